"""What is said: two lines for every error, one JSON object, nothing when asked to be quiet, colours on terminals."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from PIL import Image

from cnnkit.cli.app import run as door
from cnnkit.cli.report import Report, as_json, explained, failure
from cnnkit.cli.work.account import each_here
from cnnkit.errors import ArgumentError, InputError, NotationError, StandardOutputError

Run = Callable[..., Any]
EDGE = ("convolve", "--kernel", "edge")


def wav(seconds: float = 0.1) -> bytes:
    data = np.zeros(int(8000 * seconds), "<i2").tobytes()
    head = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)
    body = b"WAVEfmt " + struct.pack("<I", 16) + head + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of files that are no images, each in its own way, and one that is."""
    folder = tmp_path_factory.mktemp("bad")
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8))
    image.save(folder / "good.png")
    png = (folder / "good.png").read_bytes()
    stream = io.BytesIO()
    image.save(stream, "JPEG")
    jpeg = stream.getvalue()
    files = {
        "empty.png": b"",
        "cut.png": png[: len(png) // 2],
        "head.png": png[:25],
        "cut.jpg": jpeg[: len(jpeg) // 2],
        "flipped.png": png[:3000] + bytes([png[3000] ^ 1]) + png[3001:],
        "text.png": b"this is text, whatever its name says\n",
        "sound.wav": wav()[:-20],
        "sound.png": wav()[:-20],
        "cut.npy": b"\x93NUMPY\1\0v\0",
        "huge.npy": b"",
    }
    text = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000, 1000), }".ljust(117) + "\n"
    files["huge.npy"] = b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text.encode() + bytes(80)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "folder.png").mkdir()
    return folder


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("goood.png", ("no such file", "did you mean good.png?")),
        ("zzzzz", ("no such file",)),
        ("none/good.png", ("no such file", "no folder none")),
        ("folder.png", ("folder",)),
        ("empty.png", ("empty", "0 bytes")),
        ("cut.png", ("truncated",)),
        ("head.png", ()),
        ("flipped.png", ("damaged",)),
        ("cut.jpg", ("truncated",)),
        ("text.png", ("this is a text file, not an image",)),
        ("sound.wav", ("sound", "cut off")),
        ("sound.png", ("sound", "cut off")),
        ("cut.npy", (".npy",)),
        ("huge.npy", ()),
        ("good.png/good.png", ()),
        ("", ()),
    ],
)
def test_a_bad_input_is_two_lines_and_1_and_leaves_nothing(
    here: Run, refused: Run, state_of: Run, bad: Path, name: str, words: tuple[str, ...]
) -> None:
    before = state_of(bad)
    command = ("pool", "-o", "out.npy") if name.endswith("g") else EDGE
    refused(here(*command, name, cwd=bad), 1, f"error: {name}: " if name else "folder", *words)
    assert state_of(bad) == before


@pytest.mark.parametrize("middle", ["missing.png", "text.png", "huge.npy", "cut.png", "folder.png", "head.png"])
def test_one_bad_input_of_many_leaves_the_rest_done(here: Run, bad: Path, tmp_path: Path, middle: str) -> None:
    Image.open(bad / "good.png").save(tmp_path / "last.png")
    ran = here(*EDGE, "good.png", middle, tmp_path / "last.png", "--out-dir", tmp_path / "out", cwd=bad)
    assert "Traceback" not in ran.err
    assert ran.code == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["good.edge.png", "last.edge.png"]
    assert ran.lines[-1] == "1 of 3 inputs failed"
    assert sum(line.startswith("error: ") for line in ran.lines) == 1
    assert sum(line.startswith("hint: ") for line in ran.lines) == 1
    assert f"error: {middle}: " in ran.err


def test_inputs_are_counted_not_results(here: Run, bad: Path, tmp_path: Path) -> None:
    words = ("-k", "box", "-k", "sobel", "--out-dir", tmp_path)
    ran = here(*EDGE, *words, "good.png", "text.png", cwd=bad)
    assert ran.lines[-1] == "1 of 2 inputs failed"


@pytest.mark.parametrize("kind", ["jpg", "csv", "png"])
def test_an_input_that_does_not_fit_the_format_leaves_the_rest_done(here: Run, tmp_path: Path, kind: str) -> None:
    random = np.random.default_rng(0)
    for name, depth in (("a", 1), ("b", 4), ("c", 1)):
        samples = random.integers(0, 256, (9, 8, depth), dtype=np.uint8)
        if kind == "png" and depth == 4:
            np.save(tmp_path / "b.npy", random.random((9, 8, 5)))
        else:
            Image.fromarray(samples.squeeze()).save(tmp_path / f"{name}.png")
    middle = "b.npy" if kind == "png" else "b.png"
    ran = here("convolve", "-k", "box", "a.png", middle, "c.png", "--format", kind, cwd=tmp_path)
    assert ran.code == 1
    assert f"error: {middle}: " in ran.err
    assert ran.lines[-1] == "1 of 3 inputs failed"
    assert (tmp_path / f"c.box.{kind}").exists()


def test_json_holds_the_errors_too(here: Run, bad: Path, tmp_path: Path) -> None:
    ran = here(*EDGE, "good.png", "text.png", "--json", "--out-dir", tmp_path, cwd=bad)
    assert ran.code == 1
    told = json.loads(ran.out)
    assert set(told) == {"schema", "cnnkit", "command", "results", "errors"}
    assert [one["input"] for one in told["results"]] == ["good.png"]
    (error,) = told["errors"]
    assert error["input"] == "text.png"
    assert error["problem"] == "this is a text file, not an image"
    assert error["hint"]


@pytest.mark.parametrize("words", [("pool", "--json"), ("convolve", "--json")], ids=" ".join)
def test_json_is_json_also_without_an_input(here: Run, words: tuple[str, ...]) -> None:
    ran = here(*words)
    assert ran.code == 0
    assert json.loads(ran.out)["schema"] == 1


def test_quiet_says_errors_alone(here: Run, bad: Path, tmp_path: Path) -> None:
    """README: --quiet prints errors alone."""
    ran = here(*EDGE, "good.png", "-q", "--explain", "--out-dir", tmp_path, cwd=bad)
    assert (ran.code, ran.out, ran.err) == (0, b"", "")
    ran = here(*EDGE, "good.png", "text.png", "-q", "--out-dir", tmp_path, cwd=bad)
    assert ran.code == 1
    assert ran.lines[0].startswith("error: text.png: ")
    assert "wrote" not in ran.err
    assert "unchanged" not in ran.err


def test_notes_about_reading_are_said(here: Run, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 6
    Image.new("RGB", (6, 4)).save(tmp_path / "turned.jpg", exif=exif)
    frames = [Image.new("L", (5, 5), i) for i in (10, 20)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    ran = here(*EDGE, "turned.jpg", "moving.gif", cwd=tmp_path)
    assert ran.code == 0
    assert "turned.jpg: turned upright" in ran.err
    assert "moving.gif: only the first of its 2 frames" in ran.err


@pytest.mark.parametrize(
    ("changes", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
    ids=str,
)
def test_errors_are_coloured_on_a_terminal_alone(
    command_line: Run, surroundings: Run, run: Run, changes: dict[str, str], coloured: bool
) -> None:
    kept = {key: value for key, value in surroundings().items() if key != "NO_COLOR"}
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            command_line("pool", "missing.png"),
            env={**kept, "TERM": "xterm", **changes},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=theirs,
            check=False,
        )
        said = os.read(ours, 10_000).decode()
    finally:
        os.close(theirs)
        os.close(ours)
    assert done.returncode == 1
    assert ("\x1b[" in said) == coloured
    assert "error:" in said
    assert "\x1b" not in run("pool", "missing.png", TERM="xterm").err


def test_progress_is_shown_on_a_terminal_and_wiped_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from cnnkit.cli import report

    clock = iter(range(100))
    monkeypatch.setattr(report.time, "monotonic", lambda: float(next(clock)))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    done: list[int] = []
    each_here(report.Report("pool"), [1, 2, 3], done.append)
    told = capsys.readouterr().err
    assert done == [1, 2, 3]
    assert re.search(r"\] 2/3  .* s left  3\r", told)
    assert told.endswith("\r\x1b[J")


@pytest.mark.parametrize(
    ("is_terminal", "quiet", "shown"),
    [(True, False, "\r\x1b[J0 % song.wav\r\x1b[J50 % song.wav"), (True, True, ""), (False, False, "")],
)
def test_one_long_item_shows_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], is_terminal: bool, quiet: bool, shown: str
) -> None:
    from cnnkit.cli import report

    clock = iter([0, 0.5, 1.5, 2.0, 2.5])
    monkeypatch.setattr(report.time, "monotonic", lambda: float(next(clock)))
    monkeypatch.setattr("sys.stderr.isatty", lambda: is_terminal, raising=False)
    one = report.Report("mfcc", quiet=quiet)
    tell = one.progress_of("song.wav")
    tell(0, 300)  # not yet a second
    tell(1, 300)
    tell(150, 300)
    tell(300, 300)  # done: the line that says so comes at once
    assert capsys.readouterr().err == shown
    one.say("wrote song.mfcc13.npy")
    assert capsys.readouterr().err == ("" if quiet else ("\r\x1b[J" if shown else "") + "wrote song.mfcc13.npy\n")


def test_wrong_usage_ends_the_command_at_once() -> None:
    seen: list[int] = []

    def work(item: int) -> None:
        seen.append(item)
        raise ArgumentError("no", "yes")

    with pytest.raises(ArgumentError):
        each_here(Report("pool"), [1, 2], work)
    assert seen == [1]


def test_the_caret_stands_under_the_word(capsys: pytest.CaptureFixture[str]) -> None:
    failure(NotationError("unknown word foo", "write conv3-64", text="conv3-64 foo", start=9, length=3))
    assert capsys.readouterr().err.splitlines() == [
        "error: unknown word foo",
        "  conv3-64 foo",
        "           ^^^",
        "hint: write conv3-64",
    ]
    failure(InputError("it is cut"), "a.png")
    assert capsys.readouterr().err == "error: a.png: it is cut\n"


@pytest.mark.parametrize(
    ("fault", "problem", "hint"),
    [
        (OSError(5, "Input/output error"), "reading or writing failed: Input/output error", "check the disk"),
        (
            OSError(28, "No space left on device", "a.png"),
            "reading or writing a.png failed: No space",
            "check the disk",
        ),
        (MemoryError(), "there is not enough memory", "smaller input"),
        (MemoryError("Unable to allocate 9 GiB"), "there is not enough memory: Unable to alloc", "smaller input"),
        (KeyError(5), "KeyError: 5 (cnnkit ", "this is a mistake of cnnkit; please report"),
    ],
    ids=repr,
)
def test_whatever_happens_to_one_input_the_others_go_on(
    capsys: pytest.CaptureFixture[str], fault: Exception, problem: str, hint: str
) -> None:
    """README: A fault of one input, of whatever kind, ends that input alone and is said under its name."""
    seen: list[str] = []

    def work(name: str) -> None:
        seen.append(name)
        if name == "b.png":
            raise fault

    report = Report("pool", as_json=True)
    each_here(report, ["a.png", "b.png", "c.png"], work)
    with pytest.raises(typer.Exit):
        report.close()
    assert seen == ["a.png", "b.png", "c.png"]
    out, err = capsys.readouterr()
    assert err.startswith(f"error: b.png: {problem.removesuffix('(cnnkit ')}")
    (error,) = json.loads(out)["errors"]
    assert error["input"] == "b.png"
    assert problem in error["problem"]
    assert hint in error["hint"]


def test_a_mistake_of_cnnkit_says_where_it_is() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        Report("pool").progress_of("a.png")(1 // 0, 1)
    assert "cli/test_report.py:" in explained(caught.value).problem


def test_standard_output_that_fails_ends_the_command() -> None:
    seen: list[int] = []

    def work(item: int) -> None:
        seen.append(item)
        raise StandardOutputError("standard output cannot be written")

    with pytest.raises(StandardOutputError):
        each_here(Report("mfcc"), [1, 2], work)
    assert seen == [1]


def test_json_has_strings_for_what_it_has_no_numbers_for() -> None:
    wild = {"a": (np.float32(np.inf), -np.inf), "b": np.array([np.nan, 0.5]), "c": [{"d": 3, "e": None, "f": True}]}
    assert json.loads(as_json(wild)) == {
        "a": ["Infinity", "-Infinity"],
        "b": ["NaN", 0.5],
        "c": [{"d": 3, "e": None, "f": True}],
    }


def test_json_spells_out_a_byte_that_is_not_utf_8() -> None:
    assert as_json({"input": "nü\udcff.png"}, indent=None) == r'{"input": "n\u00fc\\udcff.png"}'


@pytest.fixture(scope="module")
def own_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a proposal names: photo.png and song.wav, and a file of weights."""
    folder = tmp_path_factory.mktemp("own")
    Image.fromarray(np.arange(40 * 30 * 3, dtype=np.uint8).reshape(40, 30, 3)).save(folder / "photo.png")
    (folder / "song.wav").write_bytes(wav(0.5))
    (folder / "k.txt").write_text("1 2 1")
    return folder


@pytest.mark.parametrize(
    "line",
    [
        "convolve --stride 2",
        "convolve --range offset -o out.png --force",
        "convolve -k sobel-x -k sobel-y -oout.png",
        "convolve -k '0 -1 0; -1 5 -1; 0 -1 0' -qn",
        "convolve --kernel=@k.txt --frame 2 --nan ignore",
        "convolve --channel right --features mfcc --json",
        "convolve --format wav --dialect kaldi --features waveform",
        "pool",
        "pool --stride 2 -q --",
        "pool --adaptive 3x3 -qo photo.png",
        "pool --features=waveform --frame=3",
        "pool --type lp --p 3 --nodata 0 --out-dir made",
        "mfcc --dialect psf --json -o x.npy",
        "mfcc --n-mfcc 20 --dialect librosa",
        "mfcc --verify --dialect psf",
        "convolve --nodata -9999",
        "pool --raw 16000,s16le",
        "shape --layout nchw",
    ],
)
@pytest.mark.usefixtures("nothing_is_compiled")
def test_what_an_example_proposes_runs(
    line: str, own_files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(own_files)
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    words = shlex.split(line)
    monkeypatch.setattr("sys.argv", ["cnnkit", *words])
    assert door(words) == 0
    text = capsys.readouterr().out
    text = json.loads(text)["example"] if "--json" in words else text
    cnnkit, *proposed = shlex.split(re.findall(r"Next[:,].*?(cnnkit .*)", text, re.DOTALL)[0])
    assert cnnkit == "cnnkit"
    before = set(own_files.iterdir())
    assert door(proposed) == 0, (proposed, capsys.readouterr().err)
    for path in set(own_files.iterdir()) - before:
        path.unlink()


@pytest.mark.parametrize(
    ("changes", "encoding", "depth"),
    [
        ({"COLORTERM": "truecolor"}, "utf-8", 1 << 24),
        ({"COLORTERM": "24bit", "TERM": "xterm-256color"}, "utf-8", 1 << 24),
        ({"TERM": "screen-256color"}, "utf-8", 256),
        ({"COLORTERM": "yes", "TERM": "xterm-256color"}, "utf-8", 256),
        ({"TERM": "xterm"}, "utf-8", 0),
        ({"TERM": "dumb", "COLORTERM": "truecolor"}, "utf-8", 0),
        ({"COLORTERM": "truecolor", "NO_COLOR": "1"}, "utf-8", 0),
        ({"COLORTERM": "truecolor"}, "ascii", 0),
        ({"COLORTERM": "truecolor"}, "iso8859-1", 0),
        ({"COLORTERM": "truecolor"}, "cp437", 1 << 24),
    ],
    ids=str,
)
@pytest.mark.skipif(os.name == "nt", reason="what Windows Terminal says is looked at, not TERM")
def test_a_terminal_has_the_colours_that_it_says_it_has(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], encoding: str, depth: int
) -> None:
    from cnnkit.cli.report import colour_depth

    for name in ("COLORTERM", "TERM", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in changes.items():
        monkeypatch.setenv(name, value)
    stream = io.TextIOWrapper(io.BytesIO(), encoding)
    assert colour_depth(stream) == 0  # no terminal
    monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    assert colour_depth(stream) == depth


def test_a_picture_is_shown_in_the_width_of_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from cnnkit.cli.report import Report

    monkeypatch.setenv("COLUMNS", "6")
    Report("pool", as_json=True).picture(np.full((8, 30), 255, np.uint8), "values\x1b 0 to 1")
    assert capsys.readouterr() == ("", "@@@@@@\nvalues\\x1b 0 to 1\n")
