"""From words of the command line that mean nothing here to one error, with what to write instead."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from cnnkit.cli.usage.words import COMMANDS, OPTIONS
from cnnkit.errors import ArgumentError, nearest, quoted

Options = Mapping[str, Any]
MISSING = "VALUE"
"""In a cure, for a value that was not given."""

LEAVE_OUT = "leave it out"
OFF = {"none": ("none",), "null": ("none",), "false": ("none", "0"), "no": ("none", "0"), "off": ("none", "0"), "0": ()}
"""Values that switch something off, and the values of options here that may do so."""

ENDING = {"h": "--help", "v": "--version"}
ENDING |= {name: f"--{name}" for name in ("help", "version", "install-completion", "show-completion")}
"""What stands in place of a command, by how it may be written."""

_SOUND = r".*\.(wav|flac|mp3|ogg|opus|aiff?|m4a)"


def mistake(error: Any, words: Sequence[str], commands: Collection[str]) -> ArgumentError:
    """The error for what Typer found wrong with a command line."""
    if words[0] not in commands:
        return _no_command(words, commands)
    text = re.sub("valid int(eger| range)?", "whole number", error.message.rstrip("."))
    text = re.sub(r"in the range x>=(\d)", r"\1 or more", text.replace("valid float", "number"))
    option = getattr(error, "param", None)
    if option is not None:
        return ArgumentError(f"{option.opts[0]}: {text}", hint=f"write {_how_to_write(option)}")
    return ArgumentError(f"{text[:1].lower()}{text[1:]}", hint=f"see cnnkit {words[0]} --help")


def wrong_value(name: str, option: Any, value: str) -> ArgumentError:
    """The error for an option without its value, and for a switch with one: ``--ceil=False``."""
    if not option.is_flag:
        return ArgumentError(f"option {name} needs a value", hint=f"write {_how_to_write(option)}")
    is_off = (value.lower() in OFF) != (name in option.secondary_opts)
    cure = f"{option.opts[0] if name in option.secondary_opts else name} alone"
    return ArgumentError(f"{name} takes no value", hint=_hint(_switched_off(option) if is_off else cure))


def _hint(cure: str) -> str:
    return cure if cure.startswith(LEAVE_OUT) else f"write {cure}"


def _how_to_write(option: Any) -> str:
    """An option and its values, from its line of the help."""
    text = option.help.partition(";")[0].partition("  [")[0].rstrip(".")
    return f"{option.opts[0]} {option.metavar}: {text.rpartition(': ')[2]}"


def unknown_option(name: str, value: str, command: str, options: Options, words: Sequence[str]) -> ArgumentError:
    """The error for an option that a command does not have."""
    head, blank, rest = name.partition(" ")
    if blank and re.match("--?[A-Za-z]", head):  # an option and its value in one pair of quotes
        name, value = head, rest.strip()
    if name[:2] not in ("--", *options) and name[2:3].isdigit():
        name, value = name[:2], name[2:]
    is_off, free = name.startswith("--no-"), _free(options, words)
    value = "false" if is_off else "" if value.startswith("--") or value in options else value
    plain = name.removeprefix("--no-").lstrip("-")
    cure = _cure(f"-{plain}" if len(plain) == 1 else f"--{plain}", value, command, free)
    if " " in name:  # weights, of which the first is negative
        cure = f"-- {shlex.quote(name)}"
    elif "--kernel" in free and len(both := dict(re.findall(r"-k?(size|sigma)[ =]([\d.]+)", " ".join(words)))) == 2:
        cure = "--kernel gaussian:size={size},sigma={sigma}".format(**both)
    known = {option[2:] for option in options if option.startswith("--")} - {"force", "help", "version"}
    near = nearest(name.strip("-").lower().replace("_", "-"), sorted(known), cutoff=0.75)
    hint = f"did you mean --{near}?" if near and near.startswith("no-") == is_off else f"see cnnkit {command} --help"
    return ArgumentError(f"no such option: {name}", hint=_hint(cure) if cure else hint)


def check_input(word: str, command: str, options: Options, words: Sequence[str]) -> None:
    """Refuse an input that is no file but can be read as a setting: ``cnnkit pool photo.png 2``."""
    before, free = ["", *words][words.index(word)], _free(options, words)
    if before in options and word.lower() in {*OFF, "true", "yes", "on"}:
        raise wrong_value(before, options[before], word)
    name, _, value = word.partition("=")
    if before == "-r" and word.isdigit():  # as sox has it
        cure = f"--sample-rate {word}"
    else:
        cure = _cure(name, value, command, free, is_bare=True)
    if cure:
        raise ArgumentError(f"there is no file {quoted(word)}", hint=_hint(cure))


def _free(options: Options, words: Sequence[str]) -> Options:
    """The options that are not given."""
    given = {options[one].name for one in (word.partition("=")[0] for word in words) if one in options}
    return {name: option for name, option in options.items() if option.name not in given}


def _can(read: Callable[..., object], *words: str) -> bool:
    try:
        read(*words)
    except ValueError:
        return False
    return True


def _cure(name: str, value: str, command: str, options: Options, *, is_bare: bool = False) -> str:
    """What to write for an option of another tool, or for a word without dashes that alone says what is meant."""
    from cnnkit.data.recipes.other_names import OTHER_NAMES
    from cnnkit.files.kernels import read_kernel

    typed, name, forms = name, name.lstrip("-").lower().replace("_", "-"), _forms(value)
    off = value.lower() in OFF
    for line in f"{OPTIONS['']}{OPTIONS[command]}".splitlines():
        names, _, cure = line.partition(": ")
        names, _, values = names.partition("=")
        target = options.get(cure.split(" ")[0])
        is_meant = re.fullmatch(names, name) and re.fullmatch(values or ".*", forms["word"])
        if is_meant and (target or not cure.startswith("--")) and (not is_bare or value or "{name}" in cure):
            takes_value = re.search(r"\{(?!name)", cure)
            if target and off and not values and (value != "0" or not takes_value):
                return _switched_off(target, command, OFF[value.lower()] if takes_value else ())
            text = cure.format(name=name, typed=typed, **forms)
            return _readable(text, target, command) if target else text
    field = OTHER_NAMES.get(name.replace("-", "_"), "") if command == "mfcc" else ""
    own = options.get(f"--{field.replace('_', '-') or name}")
    if own is None or (is_bare and not value):
        word = f"{typed}={value}".rstrip("=") if is_bare else name
        is_kernel = "--kernel" in options and not word.isdigit() and _can(read_kernel, word)
        return f"--kernel {shlex.quote(word)}" if is_kernel else ""
    if off and (value != "0" or own.is_flag):
        return _switched_off(own, command, OFF[value.lower()])
    if own.is_flag:
        return str(max(own.opts, key=len))
    form = "time" if "ms" in own.metavar else "word" if _reader(own, command) else "value"
    return _readable(f"{own.opts[0]} {forms[form]}", own, command)


def _switched_off(option: Any, command: str = "", values: Sequence[str] = ()) -> str:
    """What to write where an option is meant to be off; `values` may say so."""
    read = None if option.multiple else _reader(option, command)
    off = [f"{option.opts[0]} {value}" for value in values if read and _can(read, value)]
    return str([*option.secondary_opts, *off, LEAVE_OUT][0])


def _readable(cure: str, option: Any, command: str) -> str:
    """A cure whose value its option reads; for any other value, what the option takes."""
    if option.is_flag or MISSING in cure:
        return cure.replace(f"={MISSING}", "=N").replace(MISSING, (option.metavar or MISSING).removesuffix("|global"))
    text, read = shlex.split(cure)[1], _reader(option, command)
    try:
        if read:
            read(text)
    except ValueError as error:
        meant = re.match(r"did you mean ([\w-]+)", getattr(error, "hint", ""))
        if not meant or not read or not _can(read, meant[1]):
            return _how_to_write(option)
        return cure.replace(shlex.quote(text), meant[1])
    return cure


def _reader(option: Any, command: str) -> Callable[[str], object] | None:
    """How an option reads its value, for values that can be wrong whatever the input is."""
    from cnnkit.data.preparation import read_preparation
    from cnnkit.data.recipes.dialects import check_kind, read_recipe
    from cnnkit.data.recipes.fields import FIELDS, whole_number
    from cnnkit.files.kernels import read_kernel
    from cnnkit.geometry.look import split_crops
    from cnnkit.geometry.padding import pad_mode, padding_rule
    from cnnkit.geometry.pair import pair
    from cnnkit.network.shape import shape
    from cnnkit.operations.pooling.settings import read_pooling

    field = FIELDS.get(option.name) if command == "mfcc" else None
    if field is not None:
        return lambda text: field.read(field.value.type(text))
    readers: dict[str, Callable[[str], object]] = {
        **dict.fromkeys(("threads", "sample_rate", "batch"), lambda text: whole_number("", int(text))),
        **dict.fromkeys(("stride", "dilation", "adaptive"), lambda text: pair(text, "")),
        **{"features": check_kind, "dialect": read_recipe, "kernel": read_kernel, "bias": float, "p": float},
        **{"resize": lambda text: pair(text, ""), "scale": lambda text: read_preparation(scale=text)},
        "normalise": lambda text: read_preparation(normalise=text),
        "crop": lambda text: split_crops([text]),
        **{"padding": padding_rule, "pad_mode": pad_mode, "size": read_pooling},
        "kind": lambda text: read_pooling(2, kind=text),
        "layout": lambda text: shape("28x28", layout=text),
        "code": lambda text: shape("28x28", "relu").code(text),
    }
    return readers.get(option.name)


def _forms(value: str) -> dict[str, str]:
    """A value as the cures want it: as it is, as a word, as sides, as one side, in milliseconds."""
    plain = shlex.quote(value or MISSING)
    word = shlex.quote(re.sub(r"^([a-z_]\w*\.)+(?=[a-z_]+$)", "", value.lower())) if value else plain  # np.max
    word = "false" if word in ("no", "off") else word
    pair = "x".join(re.findall(r"\d+", value)) if re.fullmatch(r"[\[(]?\d+([ ,xX]+\d+)*[\])]?", value) else plain
    # python_speech_features has seconds where others have samples.
    time = f"{1000 * float(value.rstrip('s')):g}ms" if re.fullmatch(r"\d?\.\d+s?", value) else plain
    return {"value": plain, "word": word, "pair": pair, "side": pair.rpartition("x")[2], "time": time}


def _no_command(words: Sequence[str], commands: Collection[str]) -> ArgumentError:
    """The error for a line that does not begin with a command."""
    from cnnkit.data.kernels.search import OTHER_WORDS
    from cnnkit.data.kernels.text import kernel
    from cnnkit.network.shape import shape

    word, *rest = words
    is_option, preset = word.startswith("-"), OTHER_WORDS.get(word.lower(), word)
    later = next((place for place, one in enumerate(words) if one in commands), 0)
    is_file = os.path.lexists(word) or re.search(r"\.\w+$", word)
    plain = re.sub(r"[-_]|[123]d$", "", word.lower() if os.path.lexists(word) else word.lower().rpartition(".")[2])
    has_kernel = any(re.match("-k|--kernel", one) for one in words)
    is_pooled = any(re.match("--(size|type|adaptive|ceil|count-padding)", one) for one in words)
    meant = next((cure for cure, names in COMMANDS.items() if plain in names.split()), plain * (plain in commands))
    if is_option or not (meant or is_file):
        near = nearest(word.partition("=")[0].lstrip("-").lower(), ENDING, cutoff=0.75)
        meant = ENDING.get(near, "" if is_option else nearest(word.lower(), commands))
    line: list[str] = []
    if is_option and later:
        line = [*words[later:], *(words[:later] if words[later] != "kernels" else ())]
    elif "completion" in meant:
        line = [meant, *(one for one in (*rest, word.partition("=")[2]) if one in ("bash", "zsh", "fish"))]
    elif meant:
        line = [*(one for one in rest if one in commands), meant] if meant[0] == "-" else [*meant.split(), *rest]
    elif is_file or (is_option and (is_pooled or has_kernel)):
        is_heard = re.fullmatch(_SOUND, word.lower()) and not has_kernel
        line = ["pool" if is_pooled else "mfcc" if is_heard else "convolve", *words]
    elif not is_option and _can(shape, *words):
        line = ["shape", *words]
    elif _can(kernel, preset):
        line = ["convolve", "--kernel", preset, *rest]
    if line[:1] == ["convolve"] and not has_kernel and "--kernel" not in line:
        names = (place for place, one in enumerate(rest) if re.match(r"[a-z]|.*[ ;]", one) and _can(kernel, one))
        place = next((len(line) - len(rest) + place for place in names), len(line))
        line = [*line[:place], "--kernel", *(line[place:] or ["edge"])]
    shown = shlex.join(["cnnkit", *line[:12]]) + " ..." * (len(line) > 12)
    what = "option" if is_option else "command"
    return ArgumentError(f"no such {what}: {word}", hint=f"write {shown}" if line else "see cnnkit --help")
