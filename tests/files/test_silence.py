"""What a C library prints is lost inside, and only there."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from cnnkit.files.silence import silent


@pytest.mark.parametrize("number", [1, 2])
def test_nothing_is_heard_inside(number: int, capfd: pytest.CaptureFixture[str]) -> None:
    os.write(number, b"before ")
    with silent():
        os.write(number, b"inside ")
    os.write(number, b"after")
    assert capfd.readouterr()[number - 1] == "before after"


def test_an_error_inside_ends_it(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError), silent():
        _ = 1 / 0
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"


@pytest.mark.skipif(os.name != "posix", reason="the C library has another name")
def test_what_the_c_library_has_not_written_yet_is_lost_too() -> None:
    """Into a pipe it writes at its end, or when its buffer is full; and it loses nothing that was printed before."""
    program = (
        "import ctypes; from cnnkit.files.silence import silent\n"
        "c = ctypes.CDLL(None)\n"
        "c.printf(b'before ')\n"
        "with silent(): c.printf(b'inside ')\n"
        "c.printf(b'after')\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (result.stdout, result.stderr) == ("before after", "")


@pytest.mark.parametrize("closed", [(1,), (2,), (0, 1, 2)])
def test_without_a_stream(closed: tuple[int, ...], tmp_path: object) -> None:
    program = (
        f"import os; [os.close(n) for n in {closed}]\n"
        "from cnnkit.files.silence import silent\n"
        "with silent(): pass\n"
        f"for n in {closed}:\n"
        "    try: os.fstat(n)\n"
        "    except OSError: continue\n"
        f"    raise SystemExit(7)\n"
        f"open({str(tmp_path)!r} + '/done', 'w').close()"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.returncode == 0
    assert os.listdir(str(tmp_path)) == ["done"]


def test_within_itself(capfd: pytest.CaptureFixture[str]) -> None:
    with silent(), silent():  # a decoder is closed by the collector while another works
        os.write(1, b"inside")
    os.write(1, b"after")
    assert capfd.readouterr().out == "after"


def test_no_file_stays_open() -> None:
    before = os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []
    for _ in range(50):
        with silent():
            pass
    after = os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []
    assert len(before) == len(after)


def test_threads_take_turns(capfd: pytest.CaptureFixture[str]) -> None:
    """Each would save what another has redirected, and restore that."""

    def work() -> None:
        for _ in range(50):
            with silent():
                os.write(1, b"inside")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.write(1, b"after")
    assert capfd.readouterr() == ("after", "")
