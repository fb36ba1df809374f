"""The folder of stored loops: listed, emptied and tidied, without touching what is somebody else's."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from cnnkit.loops.machine import stock, store


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with code of this version and of another, and files of others."""
    home = tmp_path / "loops"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("CNNKIT_CACHE_DIR", str(home))
    store.save("line", "here", "f8[1], Pair(a, b), i8", "symbol", b"code", [])
    other = store.pack("here\0line\0f8[1]\0another version", "symbol", [], b"code")
    (home / "line-00ff00ff.o").write_bytes(other)
    (home / ".line-00ff00ff.o.77.tmp").write_bytes(other[:20])
    (home / "notes-12.o").write_bytes(b"mine")
    (home / "notes.txt").write_bytes(other)
    (home / "line-12.o").symlink_to(home / "line-00ff00ff.o")
    (home / "line-34.o").mkdir()
    return home


NOT_OURS = {"notes-12.o", "notes.txt", "line-12.o", "line-34.o"}


def test_tells_what_there_is(folder: Path) -> None:
    found = [(one.loop, one.types, one.is_current) for one in stock.stored()]
    assert sorted(found) == [("line", "f8[1]", False), ("line", "f8[1], Pair, i8", True)]
    assert all(one.size == one.path.stat().st_size for one in stock.stored())


def test_removes_its_own_alone(folder: Path) -> None:
    count, size = stock.clear()
    assert (count, size > 0) == (3, True)
    assert {path.name for path in folder.iterdir()} == NOT_OURS


def test_removes_by_itself_what_is_old_and_of_no_use(folder: Path) -> None:
    stock.prune()
    everything = set(folder.iterdir())
    assert len(everything) == 7
    month_ago = time.time() - (stock.DAYS_UNUSED + 1) * 24 * 3600
    for path in everything:
        os.utime(path, (month_ago, month_ago), follow_symlinks=False)
    stock.prune()
    left = {path.name for path in folder.iterdir()}
    assert left > NOT_OURS
    assert [one.is_current for one in stock.stored()] == [True]


def test_without_a_folder_there_is_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("CNNKIT_CACHE_DIR", str(tmp_path / "file"))
    assert [*stock.stored()] == []
    assert stock.clear() == (0, 0)
    stock.prune()
