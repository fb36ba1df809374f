"""What a C library writes to stderr is lost inside, and only there."""

import os
import subprocess
import sys

import pytest

from cnnkit.files.sounds.quiet_stderr import silent_stderr


def test_nothing_is_heard_inside(capfd: pytest.CaptureFixture[str]) -> None:
    os.write(2, b"before ")
    with silent_stderr():
        os.write(2, b"inside ")
    os.write(2, b"after")
    assert capfd.readouterr().err == "before after"


def test_an_error_inside_ends_it(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError), silent_stderr():
        _ = 1 / 0
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"


def test_without_a_stderr() -> None:
    program = (
        "import os; os.close(2)\nfrom cnnkit.files.sounds.quiet_stderr import silent_stderr\n"
        "with silent_stderr(): print('done')"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.stdout == "done\n"


def test_no_file_stays_open() -> None:
    before = os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []
    for _ in range(50):
        with silent_stderr():
            pass
    after = os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []
    assert len(before) == len(after)
