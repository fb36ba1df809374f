"""From words of the command line that mean nothing here to one error, with what to write instead."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from cnnkit.cli.usage.words import COMMANDS, OPTIONS
from cnnkit.errors import ArgumentError, CnnkitError, nearest, quoted

Options = Mapping[str, Any]
MISSING = "VALUE"
"""In a cure, for a value that was not given."""

_SOUND = r".*\.(wav|flac|mp3|ogg|opus|aiff?|m4a)"


def mistake(error: Any, words: Sequence[str], commands: Collection[str]) -> ArgumentError:
    """The error for what Typer found wrong with a command line."""
    if words[0] not in commands:
        return _no_command(words, commands)
    text = re.sub("valid int(eger| range)?", "whole number", error.message.rstrip("."))
    text = text.replace("valid float", "number").replace("in the range x>=1", "1 or more")
    option = getattr(error, "param", None)
    if option is not None:
        return ArgumentError(f"{option.opts[0]}: {text}", hint=_how_to_write(option))
    return ArgumentError(f"{text[:1].lower()}{text[1:]}", hint=f"see cnnkit {words[0]} --help")


def missing_value(name: str, option: Any) -> ArgumentError:
    """The error for an option that has another one, or nothing, behind it."""
    return ArgumentError(f"option {name} needs a value", hint=_how_to_write(option))


def _how_to_write(option: Any) -> str:
    """The line of the help of an option, as a hint."""
    return " ".join(f"write {option.opts[0]} {option.metavar}: {option.help}".split())


def unknown_option(name: str, value: str, command: str, options: Options, words: Sequence[str]) -> ArgumentError:
    """The error for an option that a command does not have."""
    if name[1] != "-" and name[2:3].isdigit():
        name, value = name[:2], name[2:]
    cure = _cure(name, "" if value.startswith("--") else value, command, options, words)
    if " " in name:  # weights, of which the first is negative
        cure = f"-- {shlex.quote(name)}"
    near = nearest(name, [option for option in options if option.startswith("--")])
    hint = f"did you mean {near}?" if near else f"see cnnkit {command} --help"
    if cure:
        hint = cure if cure.startswith("leave") else f"write {cure}"
    return ArgumentError(f"no such option: {name}", hint=hint)


def check_input(word: str, command: str, options: Options, words: Sequence[str]) -> None:
    """Refuse an input that is no file but can be read as a setting: ``cnnkit pool photo.png 2``."""
    from cnnkit.files.kernels import read_kernel

    name, _, value = word.partition("=")
    cure = _cure(name, value, command, options, words, is_bare=True)
    if not cure and command == "convolve" and not word.isdigit() and _can(read_kernel, word):
        cure = f"--kernel {shlex.quote(word)}"
    if cure:
        raise ArgumentError(f"there is no file {quoted(word)}", hint=f"write {cure}")


def _can(read: Callable[..., object], *words: str) -> bool:
    try:
        read(*words)
    except CnnkitError:
        return False
    return True


def _cure(name: str, value: str, command: str, options: Options, words: Sequence[str], *, is_bare: bool = False) -> str:
    """What to write for an option of another tool, or for a word without dashes that alone says what is meant."""
    from cnnkit.data.recipes.other_names import OTHER_NAMES

    typed, name, forms = name, name.lstrip("-").lower().replace("_", "-"), _forms(value)
    given = {options[one].name for one in (word.partition("=")[0] for word in words) if one in options}
    for line in f"{OPTIONS['']}{OPTIONS[command]}".splitlines():
        names, _, cure = line.partition(": ")
        names, _, values = names.partition("=")
        target = options.get(cure.split(" ")[0])
        is_of_use = not cure.startswith("--") or (target is not None and target.name not in given)
        is_meant = re.fullmatch(names, name) and re.fullmatch(values or ".*", forms["word"])
        if is_of_use and is_meant and (not is_bare or value or "{name}" in cure):
            return cure.format(name=name, typed=typed, **forms).replace(
                MISSING, getattr(target, "metavar", "") or MISSING
            )
    field = OTHER_NAMES.get(name.replace("-", "_"), "") if command == "mfcc" else ""
    own = options.get(f"--{field.replace('_', '-') or name}")
    if own is None or (is_bare and not value):
        return ""
    if own.is_flag:
        return str(own.opts[0])
    return f"{own.opts[0]} {forms['time' if 'ms' in own.metavar else 'value'].replace(MISSING, own.metavar)}"


def _forms(value: str) -> dict[str, str]:
    """A value as the cures want it: as it is, in lower case, as sides, as one side, as a pad mode, in milliseconds."""
    from cnnkit.geometry.padding import OTHER_MODES

    plain = shlex.quote(value or MISSING)
    word = plain if not value else plain.lower()
    pair = "x".join(re.findall(r"\d+", value)) if re.fullmatch(r"[\[(]?\d+([ ,x]+\d+)*[\])]?", value) else plain
    # python_speech_features has seconds where others have samples.
    time = f"{1000 * float(value.rstrip('s')):g}ms" if re.fullmatch(r"\d*\.\d+s?", value) else plain
    mode = OTHER_MODES.get(word.removeprefix("border_"), word.removeprefix("border_"))
    return {"value": plain, "word": word, "pair": pair, "side": pair.rpartition("x")[2], "mode": mode, "time": time}


def _no_command(words: Sequence[str], commands: Collection[str]) -> ArgumentError:
    """The error for a line that does not begin with a command."""
    from cnnkit.data.kernels.text import OTHER_WORDS, kernel
    from cnnkit.network.shape import shape

    word, *rest = words
    preset = OTHER_WORDS.get(word.lower(), word)
    later = next((place for place, one in enumerate(words) if one in commands), 0)
    meant = next((cure for cure, names in COMMANDS.items() if word.lower().replace("_", "-") in names.split()), "")
    is_file = os.path.lexists(word) or re.search(r"\.\w+$", word)
    meant = meant or ("" if is_file else nearest(word, commands))
    line: list[str] = []
    if word.startswith("-"):
        line = [*words[later:], *words[:later]] if later else []
    elif meant:
        line = [*rest, meant] if meant.startswith("--") else [*meant.split(), *rest]
    elif is_file:
        line = ["mfcc", *words] if re.fullmatch(_SOUND, word.lower()) else ["convolve", *words, "--kernel", "edge"]
    elif _can(shape, *words):
        line = ["shape", *words]
    elif _can(kernel, preset):
        line = ["convolve", "--kernel", preset, *rest]
    shown = shlex.join(["cnnkit", *line[:8]]) + " ..." * (len(line) > 8)
    what = "option" if word.startswith("-") else "command"
    return ArgumentError(f"no such {what}: {word}", hint=f"write {shown}" if line else "see cnnkit --help")
