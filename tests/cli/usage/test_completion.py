"""What Tab brings: in this process word by word, and in real shells, which change the line that is typed."""

from __future__ import annotations

import os
import re
import select
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from cnnkit.cli.app import COMMANDS, application
from cnnkit.cli.delivery import PICTURE_FORMATS
from cnnkit.cli.features.job import FEATURE_FORMATS
from cnnkit.cli.network.results import FORMATS as NETWORK_FORMATS
from cnnkit.cli.usage import completion
from cnnkit.cli.usage.completion import FILES, MARK, candidates, complete, install, script, words_of
from cnnkit.data.preparation import RESAMPLINGS
from cnnkit.data.recipes.dialects import DIALECTS
from cnnkit.data.recipes.recipe import KINDS as FEATURES
from cnnkit.errors import OutputError
from cnnkit.geometry.fitting import FITS
from cnnkit.geometry.padding import PADDING_WORDS
from cnnkit.network.notation.networks import NETWORKS
from cnnkit.network.notation.spec import BRANCHING
from cnnkit.network.shape import shape
from cnnkit.network.volume import INPUT_LAYOUTS, LAYOUTS
from cnnkit.operations.convolution.settings import DEPTH_WORDS
from cnnkit.operations.learning.descent import OPTIMISERS
from cnnkit.operations.learning.learn import DEPTHS, METHODS
from cnnkit.operations.learning.training.optimisers import OPTIMISERS as TRAINERS
from cnnkit.operations.levels import RANGE_WORDS
from cnnkit.operations.network.layouts import ORDERS
from cnnkit.operations.pooling.settings import KINDS as POOLINGS
from tests.conftest import environment

Capture = pytest.CaptureFixture[bytes]
SHELLS = ("bash", "zsh", "fish")


def found(line: str) -> list[str]:
    """The candidates that begin like the last word, without files."""
    words = line.split(" ")
    return [one.value for one in candidates(words, application) if one.value.startswith(words[-1]) and one != FILES]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cnnkit po", "pool"),
        ("cnnkit --v", "--version"),
        ("cnnkit pool --stri", "--stride"),
        ("cnnkit pool --size=2 --si", ""),  # given already
        ("cnnkit pool --size 2 --si", ""),
        ("cnnkit pool -oa.png --out", "--out-dir"),
        ("cnnkit convolve -k edge --ker", "--kernel"),  # which may be repeated
        ("cnnkit convolve -- --ker", ""),
        ("cnnkit convolve -k -- --ker", "--kernel"),  # it is a value here
        ("cnnkit pool --size gl", "global"),
        ("cnnkit pool --size=gl", "--size=global"),
        ("cnnkit pool --type m", "max min median"),
        ("cnnkit pool --fit c", "cover contain"),
        ("cnnkit pool --normalise ", "imagenet"),
        ("cnnkit convolve --crop 8x8 --cro", "--crop"),  # which may be given for both of its meanings
        ("cnnkit convolve -k gaussian-", "gaussian-x gaussian-y"),
        ("cnnkit convolve --kernel=gaussian-", "--kernel=gaussian-x --kernel=gaussian-y"),
        ("cnnkit convolve -k gaussian:", "gaussian:sigma= gaussian:size="),
        ("cnnkit convolve -k gaussian:sigma=2,", "gaussian:sigma=2,size="),
        ("cnnkit convolve -k edge:", ""),
        ("cnnkit kernels motion:a", "motion:angle="),
        ("cnnkit convolve --frame ", "all"),
        ("cnnkit mfcc --log-ref ", "max none"),
        ("cnnkit mfcc --no-energy --energ", "--energy-of"),
        ("cnnkit mfcc --n-mfcc ", ""),
        ("cnnkit shape ", " ".join(NETWORKS)),
        ("cnnkit shape 28x28 max", "maxpool2 maxpool-to7"),
        ("cnnkit shape 28x28 conv5-8:s2:va", "conv5-8:s2:valid"),
        ("cnnkit shape 28x28 maxpool-to7:", ""),
        ("cnnkit run photo.png max", "maxpool2 maxpool-to7"),
        ("cnnkit run photo.png conv3-8:s2:va", "conv3-8:s2:valid"),
        ("cnnkit run --algorithm d", "direct"),
        ("cnnkit compile p", "pool"),
        ("cnnkit weights --weights-order ", "oihw hwio"),
        ("cnnkit weights net.npz tiny", "tinyvgg"),
        ("cnnkit weights net.npz 28x28 max", "maxpool2 maxpool-to7"),
    ],
)
def test_what_can_come_next(line: str, expected: str) -> None:
    assert sorted(found(line)) == sorted(expected.split())


@pytest.mark.parametrize(
    "line",
    [
        "pool ",
        "pool -o ",
        "run ",
        "run -q photo",
        "run --model ",
        "mfcc --figure ",
        "convolve --out-dir ",
        "pool --output=",
        "shape ",
        "mfcc --dialect psf ",
        "weights ",
    ],
)
def test_files_are_left_to_the_shell(line: str) -> None:
    assert FILES in candidates(f"cnnkit {line}".split(" "), application)


@pytest.mark.parametrize(
    "line", ["pool --stride ", "convolve -k ", "shape 28x28 ", "run a.png relu ", "mfcc --dialect ", "pool --"]
)
def test_files_are_not_brought_where_none_can_stand(line: str) -> None:
    assert FILES not in candidates(f"cnnkit {line}".split(" "), application)


def test_files_behind_an_at_sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("k.txt", ".hidden", "weights/1.npy", *["a\x1b[31m\n.txt"] * (os.name != "nt")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    assert found("cnnkit convolve -k @") == ["@k.txt", "@weights/"]
    assert found("cnnkit kernels @weights/") == ["@weights/1.npy"]
    assert found("cnnkit shape 28x28 @k") == ["@k.txt"]


def test_layers_and_settings_that_are_brought_can_be_read() -> None:
    sounds = ("mfcc", "mel", "logmel", "spectrogram", "waveform")
    for word in found("cnnkit shape 51200@22050 "):
        if word.startswith("reshape") or word in NETWORKS or word.partition(":")[0] in BRANCHING:
            continue
        before = "51200@22050" if word.startswith(sounds) else "512" if word.startswith("fc") else "64x64x64"
        assert shape(before, word).layers[0].layer.spec.word.text == word
        for longer in found(f"cnnkit shape 28x28 {word}:"):
            if ":op" not in longer:  # which needs a padding in numbers
                assert shape(before, longer).layers, longer


def test_words_of_branches_are_brought_and_make_a_graph() -> None:
    words = found("cnnkit shape 8x8 ")
    assert [word for word in words if word.partition(":")[0] in BRANCHING] == [*BRANCHING.values()]
    for join in ("add:skip", "cat:skip"):
        assert shape("8x8 block mark:skip relu mark:a from:skip tanh add:a", join, "end").layers
    assert found("cnnkit shape 8x8 mark:") == []


def options() -> list[Any]:
    group: Any = typer.main.get_command(application([]))
    groups: list[Any] = [typer.main.get_command(application([name])) for name in COMMANDS]
    assert [*group.commands] == [*COMMANDS]
    return [
        pytest.param(name, one, id=f"{name} {one.opts[0]}")
        for name, group in zip(COMMANDS, groups, strict=True)
        for one in group.commands[name].params
        if one.param_type_name == "option" and "WORD" in (one.metavar or "")
    ]


OWN_WORDS = {("learn", "depth"): DEPTHS, ("train", "optimiser"): TRAINERS}
OWN_FORMATS = {"mfcc": FEATURE_FORMATS, "run": NETWORK_FORMATS}
WORDS: dict[str, Any] = {
    "algorithm": ("auto", "direct"),
    "features": FEATURES, "dialect": DIALECTS, "padding": PADDING_WORDS, "depth": DEPTH_WORDS,
    "value_range": RANGE_WORDS, "kind": POOLINGS, "layout": LAYOUTS, "input_layout": INPUT_LAYOUTS,
    "code": ("torch", "keras"), "weights_order": ORDERS,
    "combine": ("magnitude", "max"), "fit": FITS, "resample": RESAMPLINGS,
    "method": METHODS, "optimiser": OPTIMISERS,
    "labels": ("folder",), "nan": ("propagate", "ignore"),
    "channel": ("left", "right", "mix", "all"), "engine": ("cnnkit", "psf"),
    "pad_mode": ("zero", "replicate", "reflect", "symmetric", "wrap", "constant="),
}  # fmt: skip


@pytest.mark.parametrize(("command", "option"), options())
def test_the_words_of_an_option_are_those_that_it_takes(command: str, option: Any) -> None:
    words = words_of(option, command)
    if option.name == "file_format":
        assert sorted(words) == sorted(OWN_FORMATS.get(command, PICTURE_FORMATS))
    elif command == "mfcc" and option.name not in WORDS.keys() - {"fit"}:
        from cnnkit.data.recipes.fields import FIELDS

        assert words == [FIELDS[option.name].read(word) or word for word in words] != []
    elif not (command == "mfcc" and option.name == "pad_mode"):
        assert sorted(words) == sorted(OWN_WORDS.get((command, option.name), WORDS[option.name]))


def completed(
    shell: str, line: str, monkeypatch: pytest.MonkeyPatch, capsysbinary: Capture, part: str = ""
) -> tuple[int, str]:
    monkeypatch.setenv("_CNNKIT_WORDS", line)
    monkeypatch.setenv("_CNNKIT_PART", part)
    code = complete(shell, application)
    out, err = capsysbinary.readouterr()
    assert err == b""
    return code, out.decode()


def test_each_shell_is_told_in_its_own_way(monkeypatch: pytest.MonkeyPatch, capsysbinary: Capture) -> None:
    def told(*arguments: str) -> tuple[int, str]:
        return completed(*arguments[:2], monkeypatch, capsysbinary, *arguments[2:])

    assert told("fish", "cnnkit\npool", "--stri") == (0, "--stride\tStep from one window to the next.\n")
    assert told("zsh", "cnnkit\npool", "--stri") == (0, "--stride:Step from one window to the next.\n")
    assert told("zsh", "cnnkit\nkernels", "sobel:a") == (0, " sobel\\:angle=\n")
    assert told("bash", "cnnkit pool --stri", "--stri") == (0, "--stride\n")
    # bash replaces what stands behind a separator
    assert told("bash", "cnnkit kernels sobel:a", "a") == (0, "angle=\n")
    assert told("bash", "cnnkit kernels --zzz=", "") == (0, "")
    assert told("bash", "cnnkit kernels 'sobel:a", "sobel:a") == (0, "sobel:angle=\n")
    assert told("bash", "cnnkit pool ", "") == (1, "")
    assert told("fish", "cnnkit\nnosuch") == (1, "")


def test_bash_has_blanks_behind_backslashes_or_in_quotes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: Capture
) -> None:
    (tmp_path / "my k.txt").touch()
    monkeypatch.chdir(tmp_path)
    assert completed("bash", "cnnkit kernels @my\\ ", monkeypatch, capsysbinary, "@my\\ ")[1] == "@my\\ k.txt\n"
    assert completed("bash", 'cnnkit kernels "@my ', monkeypatch, capsysbinary, "@my ")[1] == "@my k.txt\n"


def test_a_fault_says_nothing_in_the_middle_of_a_line(run: Callable[..., Any]) -> None:
    for shell in (*SHELLS, "tcsh"):
        ran = run(_CNNKIT_COMPLETION=shell)
        assert (ran.code, ran.out, ran.err) == (1, b"", "")
    ran = run(_CNNKIT_COMPLETION="bash", _CNNKIT_WORDS="cnnkit shape nosuch:")
    assert (ran.code, ran.out, ran.err) == (1, b"", "")
    assert run(_CNNKIT_COMPLETION="bash", _CNNKIT_WORDS="cnnkit po", _CNNKIT_PART="po").text == "pool\n"
    assert run("--version", _CNNKIT_COMPLETION="bash").text.startswith("cnnkit ")


def test_it_imports_nothing_heavy() -> None:
    program = "import sys; from cnnkit.cli.app import run; run([]); print(*sys.modules)"
    for line in (
        "cnnkit ",
        "cnnkit convolve -k ga",
        "cnnkit mfcc --ta",
        "cnnkit shape 28x28 co",
        "cnnkit pool --format ",
    ):
        settings = environment(_CNNKIT_COMPLETION="bash", _CNNKIT_WORDS=line)
        done = subprocess.run([sys.executable, "-c", program], env=settings, capture_output=True, text=True, check=True)
        assert len(done.stdout.splitlines()) > 1, line
        heavy = {"numpy", "PIL", "numba", "llvmlite", "scipy", "rich", "pydantic", "matplotlib"}
        assert heavy & {*done.stdout.splitlines()[-1].split()} == set()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "ZDOTDIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(completion, "BASH_COMPLETION", str(tmp_path / "none"))
    return tmp_path


FOLDERS = {
    "bash": (".local/share/bash-completion/completions/cnnkit", ".bashrc"),
    "zsh": (".local/share/cnnkit/completion.zsh", ".zshrc"),
    "fish": (".config/fish/completions/cnnkit.fish", ""),
}


@pytest.mark.parametrize("shell", SHELLS)
def test_it_is_installed_once_and_harms_no_file(shell: str, home: Path) -> None:
    name, read_first = FOLDERS[shell]
    if read_first:
        (home / read_first).write_text("alias ll='ls -l'  # no end of line")
    said, path = install(shell), shlex.quote(str(home / name))
    assert (home / name).read_text() == script(shell)
    assert said.splitlines()[0] == f"wrote {home / name}"
    undo = f"remove that file{f' and its line in {home / read_first}' * bool(read_first)}"
    assert said.splitlines()[-1].endswith(undo)
    if read_first:
        lines = (home / read_first).read_text().splitlines()
        assert lines == ["alias ll='ls -l'  # no end of line", f"[ -r {path} ] && . {path}"]
        assert f"added a line to {home / read_first}" in said
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    assert "added" not in install(shell)
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


def test_bash_completion_finds_it_without_a_line(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "loader").touch()
    monkeypatch.setattr(completion, "BASH_COMPLETION", str(home / "loader"))
    (home / ".bashrc").write_text("# . /usr/share/bash-completion/bash_completion\n")
    assert "added a line" in install("bash")
    (home / ".bashrc").write_text("  . /usr/share/bash-completion/bash_completion\n")
    assert "added a line" not in install("bash")
    assert len((home / ".bashrc").read_text().splitlines()) == 1


def test_what_cannot_be_written_is_an_error_with_a_cure(home: Path) -> None:
    (home / ".config").touch()
    with pytest.raises(OutputError, match="cannot be written") as error:
        install("fish")
    assert error.value.hint == "for this shell alone, write cnnkit --show-completion | source"
    foreign = home / FOLDERS["bash"][0]
    foreign.parent.mkdir(parents=True)
    foreign.write_text("# mine\n")
    with pytest.raises(OutputError, match="not from cnnkit") as error:
        install("bash")
    assert foreign.read_text() == "# mine\n"
    assert not (home / ".bashrc").exists()


def test_the_shell_is_found(run: Callable[..., Any], refused: Callable[..., None], tmp_path: Path) -> None:
    def ran(option: str, shell: str) -> Any:
        return run(option, shell="{}; exit $?", SHELL=shell, HOME=str(tmp_path), XDG_CONFIG_HOME=str(tmp_path / "x"))

    assert ran("--show-completion", "/usr/bin/fish").text.splitlines()[0] == MARK
    assert ran("--show-completion", "/bin/zsh").text.startswith("#compdef cnnkit\n")
    done = ran("--install-completion", "/usr/bin/fish")
    assert done.text.startswith(f"wrote {tmp_path}/x/fish/completions/cnnkit.fish\n")
    named = run("--show-completion", "zsh", SHELL="/usr/bin/fish")
    assert named.text == script("zsh") + "\n"
    assert run("--install-completion", "bash", SHELL="/bin/zsh", HOME=str(tmp_path), XDG_DATA_HOME="").code == 0
    assert (tmp_path / FOLDERS["bash"][0]).read_text() == script("bash")
    for words in (["powershell"], ["nonsense"], ["bash", "zsh"]):
        refused(run("--install-completion", *words), 2, f"there is no completion for '{' '.join(words)}'", "bash, zsh")
    refused(ran("--install-completion", "/bin/tcsh"), 2, "there is no completion for", "run this in bash, zsh or fish")


LINES = {
    "cnnkit po": "pool",
    "cnnkit convolve -k gaussian:sig": "convolve -k gaussian:sigma=",
    "cnnkit convolve --kernel=gaussian:sigma=2,s": "convolve --kernel=gaussian:sigma=2,size=",
    "cnnkit mfcc --dialect spee": "mfcc --dialect speech-commands",
    "cnnkit shape 28x28 maxpool2:ce": "shape 28x28 maxpool2:ceil",
    "cnnkit convolve -k @weights/o": "convolve -k @weights/one.txt",
    "cnnkit pool pho": "pool photo.png",
    "cnnkit pool --output=pho": "pool --output=photo.png",
    "true && cnnkit pool --strid": "pool --stride",
}
"""What is typed before Tab is pressed, and the words of the line then."""

IN_QUOTES = {'cnnkit kernels "sobel:a': "kernels sobel:angle="}
"""The others leave the quotes open, as a value follows."""

STARTS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], 'eval "$(cnnkit --show-completion)"'),
    "zsh": (["zsh", "-f", "-i"], 'eval "$(cnnkit --show-completion)"'),
    "fish": (["fish", "--no-config", "-i"], "cnnkit --show-completion | source"),
}


@pytest.mark.skipif(os.name == "nt", reason="there are no terminals of this kind")
@pytest.mark.parametrize("shell", SHELLS)
def test_tab_in_a_shell(shell: str, tmp_path: Path) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    for name in ("photo.png", "weights/one.txt", "bin/cnnkit"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    program = tmp_path / "bin" / "cnnkit"
    # the first word is shown, where it does not complete
    program.write_text(f'#!/bin/sh\n[ -z "$1" ] || [ "$1" = --show-completion ] || exec echo "<$*>"\n'
                       f'exec {sys.executable} -m cnnkit "$@"\n')  # fmt: skip
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    settings = environment(
        PATH=path, HOME=str(tmp_path), TERM="xterm", SHELL=shutil.which(shell) or "", INPUTRC="/dev/null"
    )
    start, setup = STARTS[shell]
    terminal = [sys.executable, "-c", "import pty, sys; pty.spawn(sys.argv[1:])", *start]
    with subprocess.Popen(
        terminal, cwd=tmp_path, env=settings, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as typing:
        assert typing.stdin
        assert typing.stdout
        screen = b""

        def shown(pattern: str) -> str:
            """What the pattern finds on the screen, when it is there."""
            nonlocal screen
            end = time.monotonic() + 20
            while not (match := re.search(pattern.encode(), screen)) and time.monotonic() < end:
                if select.select([typing.stdout], [], [], 0.1)[0]:
                    screen += os.read(typing.stdout.fileno(), 1 << 16)
            assert match, screen
            screen = screen[match.end() :]
            return match[1].decode()

        def type_in(text: str) -> None:
            os.write(typing.stdin.fileno(), text.encode())

        try:
            type_in(f"{setup}; echo rea''dy\r")
            shown(r"(ready)\r?\n")
            for line, expected in {**LINES, **(IN_QUOTES if shell == "bash" else {})}.items():
                type_in(f"{line}\t\r")
                assert shown(r"<([^<>\r\n]*)>\r?\n").strip() == expected, line
        finally:
            typing.kill()
