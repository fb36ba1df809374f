"""Writing without harm: all or nothing, nobody else's file, links and permissions as they were."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path
from typing import BinaryIO

import pytest

from cnnkit.errors import OutputError
from cnnkit.files import writing
from cnnkit.files.writing import Written, foretold, write_file


def content(data: bytes = b"new") -> writing.Encoder:
    return lambda stream: stream.write(data) and None


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def write(path: Path, encode: writing.Encoder | None = None, *, force: bool = False, shape: str = "2x2") -> Written:
    return write_file(path, encode or content(), shape=shape, force=force)


def test_a_new_file(tmp_path: Path) -> None:
    assert foretold(tmp_path / "a.png") == Written("would write")
    assert write(tmp_path / "a.png") == Written("wrote")
    assert (tmp_path / "a.png").read_bytes() == b"new"
    assert names(tmp_path) == ["a.png"]


def test_temporary_names_do_not_come_twice(tmp_path: Path) -> None:
    """Else a thread, which deletes its own after renaming it, would delete another's."""
    seen: list[str] = []
    for name in ("a.png", "b.png"):
        write(tmp_path / name, lambda stream: seen.extend(names(tmp_path)))
    temporary = [name for name in seen if name.endswith(".tmp")]
    assert len({*temporary}) == len(temporary) == 2


@pytest.mark.parametrize("size", [0, 3])
def test_a_file_of_somebody_else_is_replaced_by_force_alone(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old"[:size])
    for call in (write, foretold):
        with pytest.raises(OutputError, match="exists and was not made by cnnkit") as caught:
            call(path)
        assert "--force" in caught.value.hint
    assert path.read_bytes() == b"old"[:size]
    assert names(tmp_path) == ["a.png"]
    assert foretold(path, force=True) == Written("would replace")
    assert write(path, force=True) == Written("replaced")
    assert path.read_bytes() == b"new"


def test_what_cnnkit_wrote_is_replaced_and_what_it_was_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    write(path, shape="130x13x1")
    path.chmod(0o640)  # which changes nothing in it
    assert foretold(path) == Written("would replace", "130x13x1")
    assert write(path, content(b"newer"), shape="100x13x1") == Written("replaced", "130x13x1")
    assert write(path, content(b"newest")) == Written("replaced", "100x13x1")
    assert names(tmp_path) == ["a.npy"]


def test_what_somebody_changed_since_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    write(path)
    path.write_bytes(b"improved by hand")
    for call in (write, foretold):
        with pytest.raises(OutputError, match="exists and was changed since cnnkit made it"):
            call(path)
    assert path.read_bytes() == b"improved by hand"
    assert write(path, force=True) == Written("replaced")
    assert write(path, content(b"again")) == Written("replaced", "2x2")


def test_a_mark_decides_where_the_ledger_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    monkeypatch.setenv("CNNKIT_STATE_DIR", str(tmp_path / "a.png"))
    monkeypatch.setattr(writing, "made_by_cnnkit", lambda path: path.read_bytes() == b"old")
    assert write(path) == Written("replaced")
    with pytest.raises(OutputError, match="was not made by cnnkit"):
        write(path, content(b"newer"))


def test_the_mark_of_a_file_that_was_changed_counts_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    write(path)
    path.write_bytes(b"retouched")
    monkeypatch.setattr(writing, "made_by_cnnkit", lambda path: True)
    with pytest.raises(OutputError, match="was changed since"):
        write(path)


def test_the_same_bytes_leave_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"new")
    os.utime(path, (1, 1))
    for force in (False, True):
        assert write(path, force=force) == Written("unchanged")
        assert path.stat().st_mtime == 1
    assert names(tmp_path) == ["a.png"]


def test_only_by_force_does_a_file_of_the_same_bytes_become_cnnkits(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    path.write_bytes(b"new")
    write(path)
    with pytest.raises(OutputError, match="was not made by cnnkit"):
        write(path, content(b"newer"))
    write(path, force=True)
    assert write(path, content(b"newer")) == Written("replaced", "2x2")


def test_the_other_name_of_a_file_keeps_what_it_was(tmp_path: Path) -> None:
    write(tmp_path / "a.npy")
    os.link(tmp_path / "a.npy", tmp_path / "other.npy")
    write(tmp_path / "a.npy", content(b"newer"))
    assert (tmp_path / "other.npy").read_bytes() == b"new"
    assert write(tmp_path / "other.npy", content(b"newest")).action == "replaced"


def test_nothing_is_noted_that_does_not_come_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[str] = []
    monkeypatch.setattr(writing.ledger, "record", lambda status, path, shape: noted.append(shape))
    (tmp_path / "a.npy").write_bytes(b"theirs")
    with pytest.raises(OutputError):
        write(tmp_path / "a.npy")
    write(Path("/dev/null"))
    assert noted == []


@pytest.mark.parametrize("error", [ValueError("bad"), KeyboardInterrupt(), MemoryError(), SystemExit(3)])
@pytest.mark.parametrize("exists", [True, False])
def test_an_encoder_that_stops_half_way_leaves_nothing(error: BaseException, exists: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    if exists:
        path.write_bytes(b"old")

    def encode(stream: BinaryIO) -> None:
        stream.write(b"half")
        raise error

    with pytest.raises(type(error)):
        write(path, encode, force=True)
    assert names(tmp_path) == (["a.png"] if exists else [])
    if exists:
        assert path.read_bytes() == b"old"


def test_a_full_disk_is_reported_and_leaves_nothing(tmp_path: Path) -> None:
    def encode(stream: BinaryIO) -> None:
        stream.write(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="No space left"):
        write(tmp_path / "a.png", encode, force=True)
    assert names(tmp_path) == []


def test_nobody_sees_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")

    def encode(stream: BinaryIO) -> None:
        stream.write(b"half")
        stream.flush()
        assert path.read_bytes() == b"old"
        (temporary,) = (name for name in names(tmp_path) if name != "a.png")
        assert temporary.startswith(".")

    write(path, encode, force=True)
    assert path.read_bytes() == b"half"


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.png"

    def encode(stream: BinaryIO) -> None:
        stream.write(b"mine")
        path.write_bytes(b"theirs")

    with pytest.raises(OutputError, match="not made by cnnkit"):
        write(path, encode)
    assert path.read_bytes() == b"theirs"
    assert names(tmp_path) == ["a.png"]


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_a_new_file_has_the_permissions_any_file_gets(mask: int, tmp_path: Path) -> None:
    before = os.umask(mask)
    try:
        write(tmp_path / "a.png", content())
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.png").stat().st_mode) == 0o666 & ~mask


def test_a_replaced_file_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write(path, content(), force=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "a.png").write_bytes(b"old")
    (tmp_path / "link.png").symlink_to("far/a.png")
    write(tmp_path / "link.png", content(), force=True)
    assert (tmp_path / "link.png").is_symlink()
    assert (tmp_path / "far" / "a.png").read_bytes() == b"new"
    assert names(tmp_path / "far") == ["a.png"]


def test_a_link_to_nothing_makes_its_target(tmp_path: Path) -> None:
    (tmp_path / "link.png").symlink_to("target.png")
    write(tmp_path / "link.png", content())
    assert (tmp_path / "link.png").is_symlink()
    assert (tmp_path / "target.png").read_bytes() == b"new"


def test_a_link_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OutputError):
        write(tmp_path / "a", content(), force=True)
    assert names(tmp_path) == ["a", "b"]


def test_dev_null_is_written_to_and_stays() -> None:
    assert write(Path("/dev/null"), content()) == Written("wrote")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_device_that_is_full() -> None:
    with pytest.raises(OutputError, match="No space left"):
        write(Path("/dev/full"), content(b"x" * 100_000))
    with pytest.raises(OutputError, match="No space left"):
        write(Path("/dev/full"), content(b"x"))


def test_a_named_pipe_is_written_to(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(path.read_bytes()))
    reader.start()
    write(path, content())
    reader.join()
    assert read == [b"new"]
    assert names(tmp_path) == ["pipe"]


def test_a_folder_in_the_way(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is a folder"):
        write(tmp_path, content(), force=True)


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no folder") as caught:
        write(tmp_path / "none" / "a.png", content(), force=True)
    assert "mkdir -p" in caught.value.hint
    assert names(tmp_path) == []


def test_a_file_used_as_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    with pytest.raises(OutputError):
        write(tmp_path / "a" / "b.png", content(), force=True)
    assert (tmp_path / "a").read_bytes() == b"x"


def test_a_folder_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(0o500)
    if os.geteuid() == 0:  # who may write everywhere

        def forbidden(*arguments: object, **settings: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(writing.os, "open", forbidden)
    with pytest.raises(OutputError, match="may not be written") as caught:
        write(folder / "a.png", content(), force=True)
    assert "--out-dir" in caught.value.hint
    monkeypatch.undo()
    folder.chmod(0o700)
    assert names(folder) == []


@pytest.mark.parametrize(
    "name", ["é ü.png", "画" * 80 + ".png", "n" * 251 + ".png", "-o.png", "a\nb.png", "b\udcff.png"]
)
def test_any_name_a_file_can_have(name: str, tmp_path: Path) -> None:
    write(tmp_path / name, content())
    assert names(tmp_path) == [name]
    write(tmp_path / name, content(b"newer"), force=True)
    assert (tmp_path / name).read_bytes() == b"newer"


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="too long"):
        write(tmp_path / ("n" * 300), content())
    assert names(tmp_path) == []


def test_left_over_temporary_names_are_stepped_over(tmp_path: Path) -> None:
    left = tmp_path / f".a.png.{os.getpid()}.0.tmp"
    left.write_bytes(b"somebody's")
    write(tmp_path / "a.png", content())
    assert left.read_bytes() == b"somebody's"
    assert names(tmp_path) == [left.name, "a.png"]


def test_a_named_pipe_that_nobody_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "SECONDS_OF_SILENCE", 0.2)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutputError, match=r"for 0\.2 s no program read from .*pipe"):
        write_file(tmp_path / "pipe", lambda stream: None, shape="")


def test_processes_are_asked_nothing_where_that_would_interrupt_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def kill(process: int, number: int) -> None:
        raise AssertionError(f"{number} was sent to {process}")

    (left := tmp_path / ".cnnkit-4194305-0.tmp").write_bytes(b"half")
    os.utime(left, (1, 1))
    with monkeypatch.context() as windows:
        windows.setattr(writing.os, "kill", kill)
        windows.setattr(writing.os, "name", "nt")
        writing.sweep(tmp_path)
    assert left.exists()
    writing.sweep(tmp_path)
    assert not left.exists()


def test_folders_are_flushed_once_a_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    done: list[str] = []
    monkeypatch.setattr(writing.os, "sync", lambda: done.append("sync"), raising=False)
    monkeypatch.setattr(writing.sys, "platform", "darwin")
    (tmp_path / "inside").mkdir()
    writing.flush([str(tmp_path), str(tmp_path / "inside"), str(tmp_path / "none")])
    assert done == ["sync"]
    monkeypatch.setattr(writing, "CAN_FLUSH", False)
    writing.flush([str(tmp_path)])
    assert done == ["sync"]
