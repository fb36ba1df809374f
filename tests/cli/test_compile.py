"""``cnnkit compile``: everything compiled before it is needed, listed and removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnkit.cli import everything
from cnnkit.cli.app import run as run_here
from cnnkit.loops.machine import compile as compiler
from cnnkit.loops.png import filter_rows, unfilter_rows
from tests.conftest import Ran

Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def loops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for loops, shared by the tests in their order."""
    folder = tmp_path_factory.mktemp("compile") / "loops"
    folder.mkdir(mode=0o700)
    return folder


def test_everything_is_compiled_once(
    loops: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of everything, the loops of files: all would take minutes."""
    monkeypatch.setenv("CNNKIT_CACHE_DIR", str(loops))
    monkeypatch.setattr(everything, "COMMANDS", {"pool": (everything._files,)})
    monkeypatch.setattr(compiler, "_made", {})
    for loop in (filter_rows, unfilter_rows):
        monkeypatch.setattr(loop, "_entries", {})
    assert run_here(["compile"]) == 0
    first = capsys.readouterr().err.splitlines()
    assert first[0].startswith("compiling 2 loops, about ")
    assert first[1].startswith("compiled 2 of 2 loops, 0.0 MB, in ")
    assert run_here(["compile", "pool"]) == 0
    assert capsys.readouterr().err.startswith("all is there: 2 loops, ")


def test_it_lists_what_is_stored(loops: Path, run: Run) -> None:
    ran = run("compile", "--list", CNNKIT_CACHE_DIR=str(loops))
    assert [line.split()[1:] for line in ran.text.splitlines()] == [
        ["filter_rows", "u1[2],", "i8,", "u1[2],", "i8,", "i8"],
        ["unfilter_rows", "u1[2],", "i8,", "u1[2]"],
    ]
    told = json.loads(run("compile", "--list", "--json", CNNKIT_CACHE_DIR=str(loops)).text)
    assert told["bytes"] == sum(path.stat().st_size for path in loops.iterdir())
    assert [(one["loop"], one["is_current"]) for one in told["results"]] == [
        ("filter_rows", True), ("unfilter_rows", True)
    ]  # fmt: skip


def test_it_removes_what_is_stored(loops: Path, run: Run) -> None:
    (loops / "mine.txt").touch()
    ran = run("compile", "--clear", CNNKIT_CACHE_DIR=str(loops))
    assert (ran.code, ran.err) == (0, f"removed 2 loops, 0.0 MB, from {loops}\n")
    assert [path.name for path in loops.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--list", "--clear"), "--list and --clear are both given"),
        (("pool", "--clear"), "--clear and a command are both given"),
        (("poll",), "unknown command 'poll'"),
    ],
)
def test_it_refuses_what_makes_no_sense(
    words: tuple[str, ...], problem: str, run: Run, refused: Callable[..., None]
) -> None:
    refused(run("compile", *words), 2, problem)


def test_it_refuses_a_folder_that_is_open_to_others(tmp_path: Path, run: Run, refused: Callable[..., None]) -> None:
    tmp_path.chmod(0o755)
    refused(run("compile", CNNKIT_CACHE_DIR=str(tmp_path)), 1, "cannot be stored", "chmod 700")


def test_the_plain_python_needs_nothing(run: Run) -> None:
    assert "nothing is compiled" in run("compile", NUMBA_DISABLE_JIT="1").err
