"""Folders that take the place of others: what is never deleted, and what a process that is killed leaves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnkit.errors import OutputError
from cnnkit.files import ledger
from cnnkit.files.datasets import folder
from cnnkit.files.datasets.folder import foretold, status, write_folder


def filler(text: str, chunks: int = 3, command: str = "made by cnnkit 1") -> Callable[[Path], None]:
    """A function that writes a Zarr in which every chunk says `text`."""

    def fill(place: Path) -> None:
        (place / "data").mkdir()
        (place / ".zgroup").write_text("{}")
        (place / "data" / ".zarray").write_text("{}")
        for number in range(chunks):
            (place / "data" / f"{number}.0.0").write_text(text)
        (place / ".zattrs").write_text(json.dumps({"command": command}))

    return fill


def text_of(place: Path, chunks: int = 3) -> str:
    """What every chunk of a whole set says."""
    assert len([*place.iterdir()]) == 3
    (text,) = {(place / "data" / f"{number}.0.0").read_text() for number in range(chunks)}
    return text


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A set that cnnkit made."""
    path = tmp_path / "set.zarr"
    assert write_folder(path, filler("old"), shape="3x2") == ("wrote", "")
    return path


def test_a_set_is_replaced_and_nothing_else_is_left(made: Path) -> None:
    made.chmod(0o750)
    assert foretold(made) == ("would replace", "3x2")
    assert write_folder(made, filler("new"), shape="4x2") == ("replaced", "3x2")
    assert write_folder(made, filler("new"), shape="4x2") == ("unchanged", "")
    assert text_of(made) == "new"
    assert made.stat().st_mode & 0o777 == 0o750
    assert [*made.parent.iterdir()] == [made]


def test_its_origin_is_known_until_a_chunk_is_changed(made: Path, tmp_path: Path) -> None:
    assert ledger.origin_of(status(made)) == ledger.NO_ORIGIN
    assert write_folder(made, filler("new"), shape="4x2", origin="abc/1").action == "replaced"
    assert ledger.origin_of(status(made)) == "abc/1"
    assert write_folder(made, filler("new"), shape="4x2", origin="def/1").action == "unchanged"
    ledger._made.clear()  # as the next command finds it
    (link := tmp_path / "link.zarr").symlink_to(made)
    assert ledger.origin_of(status(link)) == "def/1"
    (made / "data" / "1.0.0").write_text("wen")
    assert ledger.origin_of(status(made)) == ""
    assert write_folder(tmp_path / "other.zarr", filler("new"), shape="4x2", origin="ghi/2").action == "wrote"
    assert ledger.origin_of(status(tmp_path / "other.zarr")) == "ghi/2"


def test_without_the_ledger_the_mark_decides(made: Path) -> None:
    copied = made.with_name("copy.zarr")
    shutil.copytree(made, copied)
    assert write_folder(copied, filler("new"), shape="") == ("replaced", "")


def harm(made: Path, how: str) -> None:
    """Make a set one that is not replaced."""
    if how == "chunk changed":
        (made / "data" / "1.0.0").write_text("mine")
    elif how == "chunk added":
        (made / "data" / "9.0.0").write_text("mine")
    elif how == "attributes":
        (made / ".zattrs").write_text(json.dumps({"command": "made by cnnkit 1", "note": "mine"}))
    else:
        made.chmod(0o555)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("chunk changed", "was changed since cnnkit made it"),
        ("chunk added", "was changed since cnnkit made it"),
        ("attributes", "was changed since cnnkit made it"),
        ("read-only", "is read-only"),
    ],
)
def test_what_only_force_replaces(how: str, reason: str, made: Path) -> None:
    harm(made, how)
    for use in (foretold, lambda path: write_folder(path, pytest.fail, shape="")):
        with pytest.raises(OutputError) as error:
            use(made)
        assert error.value.problem == f"{made} exists and {reason}"
        assert "choose another name, or replace what is there with --force" in error.value.hint
    assert write_folder(made, filler("new"), shape="", force=True).action == "replaced"
    assert text_of(made) == "new"


def test_a_set_of_somebody_else(tmp_path: Path) -> None:
    path = tmp_path / "set.zarr"
    path.mkdir()
    filler("old", command="made by somebody")(path)
    with pytest.raises(OutputError, match=r"exists and was not made by cnnkit \(choose another name, or replace"):
        write_folder(path, pytest.fail, shape="")
    assert write_folder(path, filler("new"), shape="", force=True) == ("replaced", "")


STRANGERS = ["notes.txt", "data/notes.txt", "7", "data/0.0.0/photo", "photos/0.0", ".zattrs.bak"]


@pytest.mark.parametrize("name", STRANGERS)
def test_what_is_no_part_of_a_set_is_never_deleted(name: str, made: Path, state_of: Callable[[Path], object]) -> None:
    stranger = made / name
    if name.startswith("data/0.0.0/"):
        (made / "data/0.0.0").unlink()
    stranger.parent.mkdir(exist_ok=True)
    stranger.write_text("mine")
    before = state_of(made.parent)
    for force in (False, True):
        with pytest.raises(OutputError, match=rf"exists and holds {name}, which is no part .*move {name} elsewhere"):
            write_folder(made, pytest.fail, shape="", force=force)
    assert state_of(made.parent) == before


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links(made: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.zarr"
    link.symlink_to(made)
    assert write_folder(link, filler("new"), shape="").action == "replaced"
    assert link.is_symlink()
    assert text_of(made) == "new"
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "0.0").write_text("mine")
    for name, target in (("data/c", outside), ("data/5.0.0", outside / "0.0")):
        (made / name).symlink_to(target)
        with pytest.raises(OutputError, match=f"holds {name}, which is no part"):
            write_folder(made, pytest.fail, shape="", force=True)
        (made / name).unlink()
    assert (outside / "0.0").read_text() == "mine"
    dangling = tmp_path / "dangling.zarr"
    dangling.symlink_to(tmp_path / "not yet")
    assert write_folder(dangling, filler("new"), shape="").action == "wrote"
    assert text_of(tmp_path / "not yet") == "new"


def test_other_things_under_the_name(tmp_path: Path) -> None:
    (tmp_path / "file.zarr").write_text("mine")
    with pytest.raises(OutputError, match=r"file\.zarr exists and is no folder, as a \.zarr is"):
        write_folder(tmp_path / "file.zarr", pytest.fail, shape="", force=True)
    (tmp_path / "empty.zarr").mkdir()
    assert write_folder(tmp_path / "empty.zarr", filler("new"), shape="").action == "replaced"
    with pytest.raises(OutputError, match=r"there is no folder .* to write into"):
        write_folder(tmp_path / "missing" / "set.zarr", pytest.fail, shape="")


def test_the_zarr_of_somebody_in_format_3(tmp_path: Path) -> None:
    path = tmp_path / "set.zarr"
    (path / "data" / "c" / "0").mkdir(parents=True)
    (path / "zarr.json").write_text('{"zarr_format": 3, "node_type": "group"}')
    (path / "data" / "zarr.json").write_text('{"zarr_format": 3, "node_type": "array"}')
    (path / "data" / "c" / "0" / "12").write_text("numbers")
    with pytest.raises(OutputError, match="was not made by cnnkit"):
        write_folder(path, pytest.fail, shape="")
    assert write_folder(path, filler("new"), shape="", force=True).action == "replaced"
    (path / "zarr.json").write_text('{"node_type": "group"}')
    (path / "3").write_text("a file of the user in a group, which has no chunks")
    with pytest.raises(OutputError, match="holds 3, which is no part"):
        write_folder(path, pytest.fail, shape="", force=True)


def test_a_fault_while_it_is_filled(made: Path) -> None:
    def fill(place: Path) -> None:
        filler("new")(place)
        (place / "data" / "0.0.0.partial").write_text("half a chunk")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_folder(made, fill, shape="")
    assert text_of(made) == "old"
    assert [*made.parent.iterdir()] == [made]


def test_what_comes_while_it_is_replaced_stays(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exchange = folder._exchange

    def late(new: Path, old: Path) -> None:
        (old / "notes.txt").write_text("mine")
        exchange(new, old)

    monkeypatch.setattr(folder, "_exchange", late)
    write_folder(made, filler("new"), shape="")
    assert text_of(made) == "new"
    (left,) = made.parent.glob(".cnnkit-*")
    assert [path.name for path in left.rglob("*") if path.is_file()] == ["notes.txt"]


@pytest.mark.parametrize("fails", [False, True])
def test_where_two_folders_cannot_be_swapped_at_once(fails: bool, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "other")
    rename, calls = os.rename, []

    def second_fails(before: Path, after: Path) -> None:
        calls.append(before)
        if fails and len(calls) == 2:
            raise PermissionError(13, "Permission denied")
        rename(before, after)

    monkeypatch.setattr(os, "rename", second_fails)
    if fails:
        with pytest.raises(OutputError):
            write_folder(made, filler("new"), shape="")
    else:
        write_folder(made, filler("new"), shape="")
    assert text_of(made) == ("old" if fails else "new")
    assert [*made.parent.iterdir()] == [made]


def test_names_that_a_killed_process_left(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = iter([made.with_name(f".cnnkit-7-{number}.tmp") for number in range(3)])
    monkeypatch.setattr(folder, "temporary_name", lambda target: next(names))
    left = made.with_name(".cnnkit-7-0.tmp")
    left.mkdir()
    write_folder(made, filler("new"), shape="")
    assert text_of(made) == "new"
    assert sorted(made.parent.iterdir()) == [left, made]


ENDLESS = """
import sys
from itertools import count
from pathlib import Path
from cnnkit.files.datasets.folder import write_folder
from tests.files.datasets.test_folder import filler
for number in count():
    write_folder(Path(sys.argv[1]), filler(f"set {number}", 40), shape="")
    print("written", flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="two folders are swapped in one step there")
def test_killed_at_any_moment_a_whole_set_is_there(tmp_path: Path, surroundings: Callable[..., dict[str, str]]) -> None:
    path = tmp_path / "set.zarr"
    for moment in range(12):
        process = subprocess.Popen([sys.executable, "-c", ENDLESS, path], stdout=subprocess.PIPE, env=surroundings())
        assert process.stdout is not None
        assert process.stdout.readline()
        time.sleep(0.0037 * moment)
        process.kill()
        process.wait()
        process.stdout.close()
        assert text_of(path, 40).startswith("set ")
