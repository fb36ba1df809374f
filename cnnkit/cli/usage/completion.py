"""Completion on Tab in bash, zsh and fish: the words that can come next, and the scripts that have cnnkit say them.

A script runs cnnkit with the shell in `_CNNKIT_COMPLETION`, and in `_CNNKIT_PART` what is to be replaced. In
`_CNNKIT_WORDS` are the words before it, one to a line, but of bash the line up to the cursor, as its words end at each
``:`` and ``=``. What can come next is printed, one to a line; any exit code but 0 leaves the word to the shell, which
completes names of files.

It runs at every Tab, so it imports nothing heavy.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import typer

from cnnkit.errors import ArgumentError, OutputError, quoted

MARK = "# Completion of cnnkit on Tab, written by cnnkit --install-completion or --show-completion."
SCRIPTS = {
    "bash": r"""
_cnnkit() {
    local found IFS=$'\n'
    COMPREPLY=()
    if found=$(_CNNKIT_COMPLETION=bash _CNNKIT_WORDS=${COMP_LINE:0:COMP_POINT} _CNNKIT_PART=$2 "$1"); then
        read -r -d '' -a COMPREPLY <<< "$found"
        [[ ${#COMPREPLY[@]} == 1 && $COMPREPLY == *[:=,/] ]] && compopt -o nospace
    else
        compopt -o default
    fi 2> /dev/null
}
complete -F _cnnkit cnnkit
""",
    "zsh": r"""
_cnnkit() {
    local found
    if found=$(_CNNKIT_COMPLETION=zsh _CNNKIT_WORDS="${(F)${(@Q)words[1,CURRENT-1]}}" _CNNKIT_PART="${(Q)PREFIX}" \
        "${(Q)words[1]}" 2> /dev/null); then
        local -a lines=("${(@f)found}")
        local -a whole=(${lines:# *}) begun=(${${(M)lines:# *}# })
        _describe cnnkit whole
        _describe cnnkit begun -S ''
    else
        [[ $PREFIX == --*=* ]] && compset -P 1 '*='
        _files
    fi
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
[[ $funcstack[1] == _cnnkit ]] && _cnnkit "$@" || compdef _cnnkit cnnkit
""",
    "fish": r"""
function __cnnkit_complete
    set -l part (commandline -ct)
    set -l head (string match -r -- '^--[a-z-]+=' "$part")
    set -lx _CNNKIT_COMPLETION fish
    set -lx _CNNKIT_WORDS (commandline -opc | string collect)
    set -lx _CNNKIT_PART $part
    cnnkit 2> /dev/null
    or __fish_complete_path (string replace -- "$head" '' $part) | string replace -r '^' -- "$head"
end
complete --command cnnkit --no-files --arguments '(__cnnkit_complete)'
""",
}
"""What each shell reads, behind the mark. fish has rules of its own for where a space follows."""

FORMATS = {"mfcc": "npy npz csv png svg pdf", "run": "npy npz csv png jpg webp tiff"}
PICTURE_FORMATS = "png jpg webp tiff npy npz csv zarr wav svg pdf"
BASH_COMPLETION = "/usr/share/bash-completion/bash_completion"
"""What has bash look for scripts by the name of a command."""

NUMBERS = {"s": "2", "p": "1", "d": "2", "g": "2", "m": "2", "op": "1", "hop": "512", "win": "25ms", "fft": "2048"}
"""An example for each setting of a layer that is a number."""


class Found(NamedTuple):
    """What a word can become, and what it does."""

    value: str
    text: str = ""


FILES = Found("")
"""Any file."""


def complete(shell: str, application: Callable[[list[str]], typer.Typer]) -> int:
    """Print what the last word of the line can become; 1 leaves it to the shell."""
    try:
        line, part = os.environ["_CNNKIT_WORDS"], os.environ.get("_CNNKIT_PART", "")
        words, is_quoted = _split(line) if shell == "bash" else ([], shell == "zsh")
        part = part if is_quoted else _split(part)[0][-1]  # zsh has taken quotes and backslashes off
        words = words or [*line.split("\n"), part]
        found = candidates(words, application)
        matches = [one for one in found if one.value.startswith(words[-1]) and one != FILES]
        if FILES in found and not matches:
            return 1
        # bash replaces what stands behind the last of its separators: a part of the word.
        start = len(words[-1]) - len(part) if words[-1].endswith(part) else 0
        for value, text in matches:
            if shell == "zsh":
                line = " " * (value[-1] in ":=,/") + value.replace(":", r"\:") + f":{text}" * bool(text)
            elif shell == "fish":
                line = f"{value}\t{text}"
            else:
                line = value[start:] if is_quoted else re.sub(r"([^\w%+=:,./@-])", r"\\\1", value[start:])
            sys.stdout.buffer.write(f"{line}\n".encode())
    except Exception:  # nobody is told of it in the middle of a line
        return 1
    return 0


def _split(line: str) -> tuple[list[str], bool]:
    """The words of a line as bash reads them, the last of which may have just begun; whether it is in quotes."""
    lexer = shlex.shlex(line, posix=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    words: list[str] = []
    try:
        words.extend(lexer)
    except ValueError:
        return [*words, lexer.token], True
    return words + [""] * (not words or re.search(r"(?<!\\)\s$", line) is not None), False


def candidates(words: list[str], application: Callable[[list[str]], typer.Typer]) -> list[Found]:
    """What can stand in place of the last word, whatever is written of it."""
    *before, word = words[1:]
    group: Any = typer.main.get_command(application(before[:1]))
    context = typer.Context(group, **group.context_settings)
    if not before:
        commands = [Found(name, one.help.partition("\n")[0]) for name, one in group.commands.items()]
        return commands + _options(_by_name(group, context), set())
    name, *before = before
    options = _by_name(group.commands[name], typer.Context(group.commands[name], parent=context))
    given, waiting, has_ended = set(), None, False
    for typed in before:
        option = options.get(typed.partition("=")[0]) or options.get(typed[:2])  # --size=2, -kedge
        if option and not waiting and not has_ended:
            given.add(option.name)
            waiting = option if typed in options and not option.is_flag else None
        else:
            has_ended = has_ended or (typed == "--" and not waiting)
            waiting = None
    long, equals, value = word.partition("=")
    if waiting:
        return _values(waiting, name, word)
    if word[:1] != "-" or has_ended:
        return _arguments(name, word, before)
    if not equals or long not in options:
        return _options(options, given)
    return [one._replace(value=one.value and f"{long}={one.value}") for one in _values(options[long], name, value)]


def _arguments(command: str, word: str, before: Sequence[str]) -> list[Found]:
    """What a command works on."""
    is_first = not before
    if word[:1] == "@" and command in ("kernels", "shape", "run", "train", "weights"):
        return _files(word)
    if command == "kernels":
        return _kernels(word)
    if command == "shape":
        return _layers(word, is_first=is_first)
    if command in ("run", "train"):
        from cnnkit.network.notation.arguments import split_arguments

        has_layers = bool(split_arguments([one for one in before if one[:1] != "-"], os.path.lexists)[1])
        files = [] if has_layers else [FILES]
        return files + (_layers(word, is_first=False) if has_layers or word else [])
    if command == "weights":  # files, then the words of a stack
        return [FILES, *([] if is_first else _layers(word, is_first=False))]
    compiled = ("convolve", "pool", "mfcc", "run", "learn", "train")
    return [Found(one) for one in compiled] if command == "compile" else [FILES]


def _by_name(command: Any, context: Any) -> dict[str, Any]:
    parameters = command.get_params(context)
    return {name: one for one in parameters for name in (*one.opts, *one.secondary_opts) if name[0] == "-"}


def _options(options: dict[str, Any], given: set[str]) -> list[Found]:
    free = {name: one for name, one in options.items() if one.multiple or one.name not in given}
    return [Found(name, one.help.partition("  [")[0]) for name, one in free.items()]


def _values(option: Any, command: str, word: str) -> list[Found]:
    if option.name == "kernel":
        return _files(word) if word[:1] == "@" else _kernels(word)
    return [FILES] if option.metavar in ("FILE", "DIR") else [Found(one) for one in words_of(option, command)]


def words_of(option: Any, command: str) -> list[str]:
    """The words that an option takes: those of its field, or of its line of the help."""
    from cnnkit.data.recipes.fields import FIELDS

    field = FIELDS.get(option.name) if command == "mfcc" else None
    if field and field.value.words:
        return [*field.value.words]
    if option.name == "file_format":
        return FORMATS.get(command, PICTURE_FORMATS).split()
    if "WORD" not in option.metavar:
        return re.findall(r"\b[a-z]+\b", option.metavar)  # as global in N[xN]|global
    items = re.split(r",? or |, ", option.help.partition("  [")[0].rpartition(": ")[2])
    return [start[0] for item in items if (start := re.match("[a-z][a-z-]+=?", item))]


def _kernels(word: str) -> list[Found]:
    """Presets, or behind a colon their settings."""
    from cnnkit.data.kernels.names import preset_names

    name, colon, rest = word.partition(":")
    if not colon:
        return [Found(one.name, one.detects) for one in preset_names()]
    done = rest[: rest.rfind(",") + 1]
    settings = [setting for one in preset_names() if one.name == name for setting in one.settings]
    return [Found(f"{name}:{done}{setting}=") for setting in settings if f"{setting}=" not in done]


def _files(word: str) -> list[Found]:
    """Files and folders behind @, which shells do not complete; no hidden ones, nor those that a line cannot show."""
    folder = word[1 : word.rfind("/") + 1]
    names = [name for name in sorted(os.listdir(folder or ".")) if name[0] != "." and name.isprintable()]
    return [Found(f"@{folder}{name}{'/' * os.path.isdir(folder + name)}") for name in names]


def _layers(word: str, *, is_first: bool) -> list[Found]:
    """Networks, and files or layers, or behind a colon the settings of a layer."""
    from cnnkit.network.notation.networks import NETWORKS
    from cnnkit.network.notation.spec import BRANCHING, FORMS

    head, colon, _ = word.rpartition(":")
    if not colon:
        layers = [Found(one.example, ", ".join(filter(None, (one.size, one.counts)))) for one in FORMS.values()]
        layers += [Found(example, "a branch") for example in BRANCHING.values()]
        networks = [Found(name, "a network") for name in NETWORKS]
        return networks + ([FILES] if is_first else layers)
    if head.partition(":")[0] in BRANCHING:
        return []  # marks, which only their writer knows
    name = max((name for name in FORMS if head.startswith(name)), key=len)
    settings, written = FORMS[name].settings, head.split(":")[1:]
    given = {field for key, field in settings.items() for one in written if re.fullmatch(rf"{key}(\d.*)?", one)}
    free = {key: field for key, field in settings.items() if field not in given}
    return [Found(f"{head}:{key}{NUMBERS.get(key, '')}", field.replace("_", " ")) for key, field in free.items()]


def script(shell: str) -> str:
    """What a shell reads to complete the words of cnnkit."""
    return "#compdef cnnkit\n" * (shell == "zsh") + MARK + SCRIPTS[shell]


def shell_of(words: Sequence[str]) -> str:
    """The shell that is named, or that this process was started from, else the user's own."""
    import shellingham

    if words:
        if len(words) == 1 and words[0] in SCRIPTS:
            return words[0]
        raise ArgumentError(f"there is no completion for {quoted(' '.join(words))}", hint="write bash, zsh or fish")
    names = [Path(os.environ.get("SHELL", "")).name]
    with suppress(shellingham.ShellDetectionFailure):
        names.insert(0, shellingham.detect_shell()[0])
    for name in names:
        if name in SCRIPTS:
            return name
    raise ArgumentError(f"there is no completion for {names[0] or 'this shell'}", hint="run this in bash, zsh or fish")


def install(shell: str) -> str:
    """Write the script where the shell looks for it, or has to be told to: what was done, and how to undo it."""
    home = Path.home()
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    settings = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    file, first = {
        "bash": (data / "bash-completion" / "completions" / "cnnkit", home / ".bashrc"),
        "zsh": (data / "cnnkit" / "completion.zsh", Path(os.environ.get("ZDOTDIR") or home) / ".zshrc"),
        "fish": (settings / "fish" / "completions" / "cnnkit.fish", Path(os.devnull)),
    }[shell]
    told, for_now = [f"wrote {file}"], 'eval "$(cnnkit --show-completion)"'
    if shell == "fish":
        for_now = "cnnkit --show-completion | source"
    try:
        if file.exists() and MARK not in file.read_text(errors="replace"):
            raise OutputError(f"{file} is there, and not from cnnkit", hint=f"move it, or for now write {for_now}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(script(shell))
        text = first.read_text(errors="replace") if first.exists() else ""
        line = f"[ -r {shlex.quote(str(file))} ] && . {shlex.quote(str(file))}"
        has_loader = re.search(r"^[^#\n]*bash_completion", text, re.MULTILINE) and Path(BASH_COMPLETION).exists()
        needs_line = not (shell == "fish" or (shell == "bash" and has_loader))
        if needs_line and line not in text.splitlines():
            with first.open("a") as stream:
                stream.write("\n" * (text[-1:] not in ("", "\n")) + f"{line}\n")
            told.append(f"added a line to {first}, which reads it as long as it is there")
    except OSError as error:
        problem = f"{error.filename or file} cannot be written: {error.strerror}"
        raise OutputError(problem, hint=f"for this shell alone, write {for_now}") from None
    undo = f"to undo this, remove that file{f' and its line in {first}' * needs_line}"
    return "\n".join([*told, f"{shell} completes cnnkit on Tab from its next start; {undo}"])
