"""Opening an input: every way it can go wrong has its own line."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from cnnkit.errors import InputError
from cnnkit.files import reading
from cnnkit.files.reading import decoded, open_file

before = reading._read


def refused(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        open_file(path)
    assert caught.value.hint
    return caught.value


def test_bytes_are_read_from_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"content")
    with open_file(path) as stream:
        assert stream.read() == b"content"
        stream.seek(0)
        assert stream.read(3) == b"con"


def test_a_missing_file_with_a_neighbour(tmp_path: Path) -> None:
    (tmp_path / "image.png").write_bytes(b"x")
    error = refused(tmp_path / "imgae.png")
    assert "no such file" in error.problem
    assert f"did you mean {tmp_path}/image.png?" in error.hint


def test_a_missing_file_without_a_neighbour(tmp_path: Path) -> None:
    (tmp_path / "image.png").write_bytes(b"x")
    assert "did you mean" not in refused(tmp_path / "zzz.wav").hint


def test_a_missing_folder(tmp_path: Path) -> None:
    assert f"no folder {tmp_path}/none" in refused(tmp_path / "none" / "image.png").hint


def test_a_missing_file_of_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("image.png").write_bytes(b"x")
    assert refused(Path("imag.png")).hint == "did you mean image.png?"
    assert refused(Path("image.jpg")).hint == "did you mean image.png?"
    Path("thin.png").touch()
    assert "did you mean" not in refused(Path("missing.png")).hint


def test_a_folder(tmp_path: Path) -> None:
    assert "folder" in refused(tmp_path).problem


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert "empty" in refused(tmp_path / "a").problem


def test_a_file_used_as_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    assert "\n" not in refused(tmp_path / "a" / "b.png").problem


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    refused(tmp_path / ("n" * 300))
    refused(tmp_path / "a\0b")


def test_a_link_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    refused(tmp_path / "a")


def test_a_link_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.png").symlink_to(tmp_path / "gone.png")
    assert "this link leads to no file" in refused(tmp_path / "a.png").problem


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.png"
    path.write_bytes(b"x")
    path.chmod(0)
    if os.geteuid() == 0:  # who may read everything

        def forbidden(*arguments: object, **settings: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "open", forbidden)
    assert "may not be read" in refused(path).problem


def test_a_named_pipe_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b"content" * 50_000,))
    writer.start()
    with open_file(path) as stream:
        writer.join()
        assert stream.read(7) == b"content"
        stream.seek(0)
        assert len(stream.read()) == 350_000


def test_a_named_pipe_that_closes_empty(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b"",))
    writer.start()
    assert "without a byte" in refused(path).problem
    writer.join()


def test_a_device_without_end_is_not_empty() -> None:
    with open_file(Path("/dev/zero")) as stream:
        assert stream.read(2) == b"\0\0"


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc here")
def test_a_file_whose_size_is_not_known() -> None:
    with open_file(Path("/proc/self/status")) as stream:
        assert stream.read(5) == b"Name:"


def test_a_named_pipe_that_nobody_writes_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SECONDS_OF_SILENCE", 0.2)
    os.mkfifo(tmp_path / "pipe")
    assert "for 0.2 s no program wrote into this pipe" in refused(tmp_path / "pipe").problem


def test_a_program_that_begins_to_write_late_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SECONDS_OF_SILENCE", 0.1)
    ours, theirs = os.pipe()

    def write() -> None:
        time.sleep(0.5)
        os.write(theirs, b"content")
        os.close(theirs)

    writer = threading.Thread(target=write)
    writer.start()
    with open_file(Path(f"/dev/fd/{ours}")) as stream:  # as a shell has <(command)
        assert stream.read() == b"content"
    writer.join()
    os.close(ours)


@pytest.mark.parametrize("size", [1, -1])
def test_an_error_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    (tmp_path / "a").write_bytes(b"x")

    def failing(*arguments: object) -> None:
        raise OSError(5, "Input/output error")

    with open_file(tmp_path / "a") as stream:
        stream.seek(0, 2)  # what was looked at is forgotten
        monkeypatch.setattr(reading, "_read", lambda read, *arguments: before(failing, *arguments))
        with pytest.raises(InputError, match="this file cannot be read: Input/output error"):
            stream.read(size)


def test_text_is_read_whatever_wrote_it() -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le"):
        content = "1 0 -1\r\n".encode(encoding)
        assert decoded(content if encoding != "utf-16-le" else b"\xff\xfe" + content) == "1 0 -1\r\n"
    for content in (b"PK\3\4", b"\xff1", b"1 \x1b[31m"):
        assert decoded(content) is None
