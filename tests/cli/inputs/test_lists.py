"""Lists of names: how they may be written, where results of what they name go, and what is no list."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cnnkit.cli.inputs.lists import read_list
from cnnkit.errors import InputError

Run = Callable[..., Any]
EDGE = ("convolve", "-k", "edge")


@pytest.mark.parametrize(
    "content",
    [
        b"a.png\nsub/b.png\n",
        b"a.png\nsub/b.png",
        b"\n\na.png\n\nsub/b.png\n\n",
        b"a.png\r\nsub/b.png\r\n",
        b"\xef\xbb\xbfa.png\nsub/b.png\n",
        b"a.png\0sub/b.png\0",
        "a.png\r\nsub/b.png\r\n".encode("utf-16"),
    ],
)
def test_ways_to_write_a_list(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "list").write_bytes(content)
    assert [*read_list(str(tmp_path / "list"))] == ["a.png", "sub/b.png"]


def test_names_are_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(b"b\xff.png\n a \n*.png\n-\n@x\n# y\n")
    names = [*read_list(str(tmp_path / "list"))]
    assert names == [os.fsdecode(b"b\xff.png"), " a ", "*.png", "-", "@x", "# y"]
    (tmp_path / "list").write_bytes(b"new\nline.png\0cr\r\0")
    assert [*read_list(str(tmp_path / "list"))] == ["new\nline.png", "cr\r"]


def test_a_list_over_several_pieces(tmp_path: Path) -> None:
    names = [f"{number:08d}/{'x' * 90}.png" for number in range(30_000)]
    (tmp_path / "list").write_text("\n".join(names))
    assert [*read_list(str(tmp_path / "list"))] == names


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "this file is empty"),
        (b"\n\n\r\n", "names no file"),
        (b"x" * 70_000, "too long for a list of names"),
        (b"a.png\n" * 9 + b"y" * 3_000_000, "too long for a list of names"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0", "this is no list of names"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1", "this is no list of names"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_list(tmp_path: Path, content: bytes, problem: str) -> None:
    (tmp_path / "list").write_bytes(content)
    with pytest.raises(InputError, match=problem) as caught:
        read_list(str(tmp_path / "list"))
    assert caught.value.problem.startswith("--files-from ")
    assert caught.value.hint


@pytest.mark.parametrize("endless", ["/dev/zero", "/dev/urandom"])
def test_what_has_no_end_is_refused(here: Run, refused: Run, folder: Path, endless: str) -> None:
    began = time.monotonic()
    refused(here(*EDGE, "--files-from", endless, cwd=folder), 1, f"--files-from {endless}: this ")
    assert time.monotonic() - began < 20


def test_a_list_that_is_missing(run: Run, refused: Run, folder: Path) -> None:
    refused(run(*EDGE, "--files-from", "list.txt", cwd=folder), 1, "--files-from list.txt: there is no such file")
    refused(run(*EDGE, "--files-from", ".", cwd=folder), 1, "--files-from .: this is a folder")
    refused(run(*EDGE, "-", "--files-from", "-", cwd=folder, stdin=b"x"), 2, "standard input is named twice")
    refused(run(*EDGE, "--files-from", "-", cwd=folder, stdin=b""), 1, "--files-from standard input: ")
    told = json.loads(run(*EDGE, "--files-from", "no", "--json", cwd=folder).out)
    assert told["errors"][0]["problem"] == "--files-from no: there is no such file"


def test_results_lie_as_listed(here: Run, folder: Path) -> None:
    """Relative names as they are, absolute ones below what they have in common, folders with their names."""
    for name in ("in/cats/a.png", "in/dogs/a.png", "more/b.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / "grey.png", folder / name)
    absolute = [str(folder / "in/cats/a.png"), str(folder / "in/dogs")]
    (folder / "list").write_text("\n".join(["in/cats/../cats/a.png", "./more", *absolute, "image.png"]))
    ran = here(*EDGE, "grey.png", "--files-from", "list", "--out-dir", "out", cwd=folder)
    assert ran.code == 0, ran.err
    assert sorted(str(path.relative_to(folder / "out")) for path in folder.glob("out/**/*.png")) == [
        "dogs/a.edge.png", "grey.edge.png", "image.edge.png", "in/cats/a.edge.png", "more/b.edge.png",
    ]  # fmt: skip
    assert [line for line in ran.lines if "skipped" in line] == [
        f"skipped {absolute[0]}: it is named before, as in/cats/../cats/a.png"
    ]


def test_a_list_from_a_pipe(run: Run, folder: Path) -> None:
    ran = run(*EDGE, "--out-dir", "out", cwd=folder, shell="find . -name '*.png' -print0 | {} --files-from -")
    assert ran.code == 0, ran.err
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["grey.edge.png", "image.edge.png"]


def test_names_that_come_twice_and_that_are_missing(run: Run, folder: Path) -> None:
    ran = run(*EDGE, "-n", "--files-from", "-", cwd=folder, stdin=b"image.png\nimage.png\nnone.png\n[1].png\n")
    assert ran.lines[0] == "standard input: left out 1 name reached before"
    assert "error: [1].png: there is no such file" in ran.lines
    assert ran.lines[-1] == "2 of 3 inputs failed"


def test_results_stay_in_their_folder(run: Run, refused: Run, state_of: Run, folder: Path) -> None:
    (folder / "sub").mkdir()
    names = b"../image.png\n../grey.png\n"
    before = state_of(folder)
    words = (*EDGE, "--files-from", "-", "--out-dir", "out")
    refused(run(*words, cwd=folder / "sub", stdin=names), 2, "../image.png would lie outside of out, and 1 more")
    assert state_of(folder) == before
    assert run(*words[:-2], "-n", cwd=folder / "sub", stdin=names).code == 0
    assert run(*words, cwd=folder, stdin=names.replace(b"../", b"")).code == 0
    absolute = names.replace(b"..", os.fsencode(folder))
    assert run(*words, cwd=folder / "sub", stdin=absolute).code == 0
    assert (folder / "sub/out/image.edge.png").exists()
