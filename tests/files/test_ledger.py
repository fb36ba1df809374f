"""The ledger of what cnnkit made: kept by many processes at once, bounded, and never in anybody's way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cnnkit.files import ledger

ROOT = Path(__file__).parents[2]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder that is not there yet."""
    folder = tmp_path / "state"
    monkeypatch.setenv("CNNKIT_STATE_DIR", str(folder))
    return folder


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Know nothing, as a process that begins."""
    for name in ("_made", "_places", "_read_bytes"):
        monkeypatch.setattr(ledger, name, type(getattr(ledger, name))())


def made(path: Path, content: bytes = b"made", shape: str = "2x2") -> os.stat_result:
    path.write_bytes(content)
    ledger.record(path.stat(), path, shape)
    return path.stat()


def test_a_file_is_known_as_long_as_nobody_changes_it(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.npy"
    status = made(path, shape="51200 samples")
    for _ in range(2):
        assert ledger.shape_of(status) == "51200 samples"
        assert not ledger.was_changed(status, path)
        forget(monkeypatch)
    path.rename(tmp_path / "b.npy")
    assert ledger.shape_of((tmp_path / "b.npy").stat()) == "51200 samples"


def test_what_another_thread_reads_meanwhile_is_all_there(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statuses = [made(tmp_path / name, name.encode()) for name in ("a", "bb")]
    forget(monkeypatch)
    seen: list[str | None] = []

    class Slow(dict[bytes, bytes]):
        """Other threads look while the first line is noted."""

        def __setitem__(self, key: bytes, value: bytes) -> None:
            if not seen:
                seen.append("")
                seen.extend(map(ledger.shape_of, statuses))
            super().__setitem__(key, value)

    monkeypatch.setattr(ledger, "_made", Slow())
    assert ledger.shape_of(statuses[0]) == "2x2"
    assert seen == ["", "2x2", "2x2"]


@pytest.mark.parametrize("change", ["longer", "as long", "time"])
def test_a_file_that_was_changed_is_said_to_be(state: Path, tmp_path: Path, change: str) -> None:
    path = tmp_path / "a.npy"
    status = made(path)
    if change != "time":
        path.write_bytes(b"theirs" if change == "longer" else b"them")
    os.utime(path, ns=(0, status.st_mtime_ns + 1000))
    assert ledger.shape_of(path.stat()) is None
    assert ledger.was_changed(path.stat(), path)


def test_another_file_was_not_made_here(state: Path, tmp_path: Path) -> None:
    made(tmp_path / "a.npy")
    path = tmp_path / "theirs.npy"
    path.write_bytes(b"made")
    status = path.stat()
    assert (ledger.shape_of(status), ledger.was_changed(status, path)) == (None, False)


def test_a_file_that_got_the_number_of_one_that_was_deleted_is_another(state: Path, tmp_path: Path) -> None:
    made(tmp_path / "a.npy")
    (tmp_path / "a.npy").write_bytes(b"theirs")
    status = (tmp_path / "a.npy").stat()
    assert ledger.was_changed(status, tmp_path / "a.npy")
    assert not ledger.was_changed(status, tmp_path / "theirs.npy")


def test_a_device_that_is_numbered_anew_changes_nothing(state: Path, tmp_path: Path) -> None:
    made(tmp_path / "a.npy")
    (file,) = state.iterdir()
    status = (tmp_path / "a.npy").stat()
    file.write_bytes(file.read_bytes().replace(b"on %d:" % status.st_dev, b"on 123456789:"))
    assert ledger.shape_of(status) == "2x2"


def test_what_another_process_made_since_is_known(state: Path, tmp_path: Path) -> None:
    made(tmp_path / "a")
    assert ledger.shape_of((tmp_path / "a").stat())
    program = (
        "import os; from pathlib import Path; from cnnkit.files import ledger; "
        "Path('b').write_bytes(b'b'); ledger.record(os.stat('b'), Path('b'), '1x1')"
    )
    settings = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=settings, check=True)
    assert ledger.shape_of((tmp_path / "b").stat()) == "1x1"


@pytest.mark.parametrize(
    "end", [b"", b"\n1 2 3", b"\n1 2 3 on ", b"\n1 2 3 on 4", b"\n" + b"\x00\xff" * 999, b"\n" * 99]
)
def test_what_is_cut_off_or_damaged_spoils_nothing_else(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: bytes
) -> None:
    first = made(tmp_path / "a")
    with (state / "made-1").open("ab") as stream:
        stream.write(end)
    second = made(tmp_path / "b", b"other")
    forget(monkeypatch)
    assert (ledger.shape_of(first), ledger.shape_of(second)) == ("2x2", "2x2")


def test_it_is_bounded_and_forgets_the_oldest(state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "MAX_LINES", 5)
    statuses = []
    for number in range(23):
        statuses.append(made(tmp_path / f"{number}"))
        sizes = [file.stat().st_size for file in state.iterdir()]
        assert len(sizes) <= 2
        assert sum(sizes) <= 10 * ledger.LINE_BYTES
        forget(monkeypatch)
        assert ledger.shape_of(statuses[-1])
    known = [ledger.shape_of(status) is not None for status in statuses]
    assert known == [False] * 15 + [True] * 8
    assert sorted(file.name for file in state.iterdir()) == ["made-4", "made-5"]


def test_many_processes_write_and_none_loses_a_line(state: Path, tmp_path: Path) -> None:
    """Files are begun while others are written to; two are kept, so that no line may be in a third."""
    program = """
import os, sys
from pathlib import Path
from cnnkit.files import ledger
ledger.MAX_LINES = 250
for number in range(100):
    ledger.record(os.stat_result((0, int(sys.argv[1]) * 1000 + number, 7, 0, 0, 0, 9, 0, 0, 0)), Path("a"), "2x2")
"""
    settings = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", program]
    processes = [subprocess.Popen([*words, str(number)], cwd=tmp_path, env=settings) for number in range(4)]
    assert [process.wait() for process in processes] == [0] * 4
    lines = [line for file in state.iterdir() for line in file.read_text().split("\n") if line]
    assert len({line.split()[0] for line in lines}) == len(lines) == 400


@pytest.mark.parametrize("way", ["file", "open", "link", "below a file", "no home", "relative"])
def test_a_folder_that_cannot_be_trusted_is_left_alone(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    (tmp_path / "own").mkdir(mode=0o700)
    if way == "file":
        state.write_text("theirs")
    elif way == "open":
        state.mkdir(mode=0o755)
        state.chmod(0o755)
    elif way == "link":
        state.symlink_to(tmp_path / "own")
    elif way == "below a file":
        (tmp_path / "file").touch()
        monkeypatch.setenv("CNNKIT_STATE_DIR", str(tmp_path / "file" / "state"))
    else:
        monkeypatch.delenv("CNNKIT_STATE_DIR")
        monkeypatch.setenv("HOME", "/proc/none")
        monkeypatch.delenv("XDG_STATE_HOME", raising=False)
        if way == "relative":
            monkeypatch.setenv("XDG_STATE_HOME", "state")
            monkeypatch.chdir(tmp_path)
    before = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    path = tmp_path / "a"
    status = made(path)
    assert (ledger.shape_of(status), ledger.was_changed(status, path)) == (None, False)
    path.unlink()
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*")) == before


@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_something_else_in_the_place_of_the_ledger(state: Path, tmp_path: Path, kind: str) -> None:
    state.mkdir(mode=0o700)
    if kind == "pipe":
        os.mkfifo(state / "made-1")
    else:
        (state / "made-1").mkdir()
    assert ledger.shape_of(made(tmp_path / "a")) is None


def test_the_folder_is_where_others_have_theirs(state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CNNKIT_STATE_DIR")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setattr("sys.platform", "linux")
    made(tmp_path / "a")
    (file,) = (tmp_path / "xdg" / "cnnkit").iterdir()
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert file.stat().st_mode & 0o777 == 0o600
