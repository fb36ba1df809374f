"""What the README promises of a command over many inputs: what is in the way of one result is found before the first.

And only what is: a file to which no result goes, by what is in the very input, is left alone.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
import tifffile
from PIL import Image

from cnnkit.cli.app import run
from cnnkit.cli.outputs import targets

pytestmark = pytest.mark.usefixtures("nothing_is_compiled", "folder")
Capture = pytest.CaptureFixture[str]
FOREIGN = b"precious"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of images, of which one has as many bands as no picture, and one has two frames."""
    monkeypatch.chdir(tmp_path)
    levels = np.arange(24, dtype=np.uint8).reshape(4, 6) * 9
    for name in ("image.png", "more.png", "a/1.png", "b/1.png"):
        Path(name).parent.mkdir(exist_ok=True)
        Image.fromarray(levels).save(name)
    tifffile.imwrite("y.tif", levels)
    tifffile.imwrite("x.tif", np.zeros((4, 6, 5), np.uint8), photometric="minisblack", planarconfig="contig")
    tifffile.imwrite("stack.tif", np.stack([levels, levels]), photometric="minisblack")
    return tmp_path


def convolve(line: str, *more: str) -> int:
    return run(["convolve", *line.split(), "-k", "edge", *more])


def files() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in Path().rglob("*") if path.is_file()}


def place(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(FOREIGN)


TABLE = [
    ("image.png stack.tif --frame all", "stack.frame2.edge.png", "1 of 2 results", "--out-dir DIR, or replace"),
    ("y.tif x.tif", "x.edge.npy y.edge.npy", "1 of 2 results may not be written, so none is: x.edge.npy exists", "-f"),
    ("image.png more.png", "more.edge.png/", "more.edge.png is a folder", "use another folder: --out-dir DIR"),
    ("image.png", "image.edge.png/", "image.edge.png is a folder", "choose another name with -o"),
    ("image.png -o more", "more/", "more is a folder", "name a file, or use --out-dir"),
    ("image.png more.png", "more.edge.png>none/x", "there is no folder", "make it first"),
    (
        "a/1.png b/1.png --out-dir out",
        "",
        "out/1.edge.png is the result of a/1.png and of b/1.png",
        "leave --out-dir out",
    ),
    ("a/1.png a/1.bmp", "a/1.bmp=", "a/1.edge.png is the result of a/1.png and of a/1.bmp", "one at a time with -o"),
    ("stack.tif --frame all", "stack.frame2.edge.png", "stack.frame2.edge.png exists", "use another folder: --out-dir"),
]


@pytest.mark.parametrize(("line", "there", "problem", "hint"), TABLE, ids=[f"{row[0]} {row[1]}" for row in TABLE])
def test_what_is_in_the_way_is_found_before_the_first(
    line: str, there: str, problem: str, hint: str, capfd: Capture
) -> None:
    for one in there.split():
        link, _, target = one.partition(">")
        if target:
            Path(link).symlink_to(target)
        elif one[-1] in "/=":
            Path(one[:-1]).mkdir() if one[-1] == "/" else Image.open("image.png").save(one[:-1])
        else:
            place(one)
    before = files()
    for dry in ((), ("-n",)):
        assert convolve(line, *dry) == 1
        error, help_line = capfd.readouterr().err.splitlines()
        assert problem in error
        assert hint.replace("-f", "--force") in help_line
    assert files() == before


def test_a_closed_folder_beside_an_input_is_found_too(capfd: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != Path("a") and may(path, mode))
    assert convolve("image.png a/1.png -k box") == 1
    assert capfd.readouterr().err.splitlines() == [
        "error: 2 of 4 results may not be written, so none is: the folder a may not be written into",
        "hint: use -o or --out-dir to write elsewhere",
    ]
    assert not Path("image.edge.png").exists()


def test_what_only_looks_like_a_result_is_left_alone(capfd: Capture) -> None:
    np.save("y.edge.npy", np.zeros((3, 4)))
    for dry in (("-n",), ()):
        assert convolve("x.tif y.tif y.edge.npy", *dry) == 0
        lines = capfd.readouterr().err.splitlines()
        assert [line.replace("would write", "wrote").split()[1] for line in lines] == [
            *("x.edge.npy", "y.edge.png", "y.edge.edge.npy")
        ]


def test_standard_input_is_looked_at_like_any_other(capfd: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    place("out/stdin.edge.npy")
    for code, there in ((0, "out/stdin.edge.npy"), (1, "out/stdin.edge.png")):
        place(there)
        with open("image.png", "rb") as stream:
            monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=stream))
            assert convolve("more.png - --out-dir out -n") == code
    assert "1 of 2 results may not be written, so none is: out/stdin.edge.png exists" in capfd.readouterr().err


def test_a_file_named_twice_is_done_once(capfd: Capture) -> None:
    assert convolve("image.png ./image.png image.png --json") == 0
    first, second, third = json.loads(capfd.readouterr().out)["results"]
    assert [first, second] == [
        {"input": name, "action": "skipped", "same_as": "image.png"} for name in ("./image.png", "image.png")
    ]
    assert (third["input"], third["action"]) == ("image.png", "wrote")
    assert convolve("image.png ./image.png") == 0
    assert capfd.readouterr().err.splitlines()[0] == "skipped ./image.png: it is named before, as image.png"


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_names_that_differ_in_case_alone_meet_where_case_does_not_count(
    system: str, capfd: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targets, "sys", SimpleNamespace(platform=system, argv=sys.argv, stdout=sys.stdout))
    monkeypatch.setattr(os.path, "normcase", str.lower)
    os.rename("b/1.png", "b/I.png")
    os.rename("a/1.png", "a/i.png")
    assert convolve("a/i.png b/I.png --out-dir out") == 1
    assert "is the result of a/i.png and of b/I.png" in capfd.readouterr().err


def test_a_file_that_may_not_be_written_is_safe(capfd: Capture) -> None:
    assert convolve("image.png") == 0
    Path("image.edge.png").chmod(0o444)
    before = files()
    assert convolve("image.png --bias 9") == 1
    assert "image.edge.png exists and is read-only" in capfd.readouterr().err
    assert files() == before
    assert convolve("image.png --bias 9 --force") == 0


@pytest.mark.parametrize("fault", ["open to others", "a link", "read-only"])
def test_a_refused_ledger_is_said_to_be(
    fault: str, folder: Path, capfd: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = folder / "state"
    monkeypatch.setenv("CNNKIT_STATE_DIR", str(state))
    (folder / "other").mkdir()
    if fault == "a link":
        state.symlink_to("other")
    else:
        state.mkdir(mode=0o755 if fault == "open to others" else 0o500)
    may = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: not (fault == "read-only" and path == state) and may(path, mode)
    )
    for code, bias in ((0, "1"), (1, "2")):
        place("image.edge.npy") if code else None
        assert convolve(f"image.png --format npy --bias {bias}") == code
    hint = f"; cnnkit cannot know its own files: the folder {state} must be yours, writable, and closed to others (chm"
    assert hint in capfd.readouterr().err


def test_a_kernel_file_called_like_a_preset_has_results_of_its_own(capfd: Capture) -> None:
    for name in ("edge", "Sobel45", "gaussian-sigma2", "edges"):
        Path(f"{name}.csv").write_text("1,2,1\n")
        assert run(["convolve", "image.png", "-k", f"@{name}.csv", "-n"]) == 0
    written = [line.split()[2] for line in capfd.readouterr().err.splitlines()]
    assert written == [f"image.{name}.png" for name in ("edge-ef3c", "Sobel45-ef3c", "gaussian-sigma2-ef3c", "edges")]


def test_standard_output_has_several_names(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    for name in ("/dev/stdout", "/dev/fd/1", "/dev/../dev/stdout"):
        assert convolve(f"image.png -q -o {name}") == 0
        assert capfdbinary.readouterr().out.startswith(b"\x89PNG")
        assert convolve(f"image.png -o {name} --json") == 2
        assert b"both want standard output" in capfdbinary.readouterr().err


def test_sounds_are_told_by_their_own_rate_and_channels(capfd: Capture) -> None:
    soundfile.write("s.wav", np.zeros((4000, 2)), 8000)
    soundfile.write("t.wav", np.zeros(4000), 4000)
    words = ["--features", "waveform", "--format", "wav", "--out-dir", "out"]
    assert run(["convolve", "s.wav", "-k", "identity", "--channel", "all", *words]) == 0
    assert "4000 samples x 2 channels int16" in capfd.readouterr().err
    assert run(["convolve", "s.wav", "t.wav", "-k", "identity", "--stride", "1x2", *words, "-n"]) == 0
    assert "sample rates differ: 4,000 Hz (1), 8,000 Hz (1)" in capfd.readouterr().err
