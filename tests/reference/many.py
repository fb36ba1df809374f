"""Many inputs of a command, and the processes that work on them."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

COUNT = 60
"""Images in the folder of the tests of work."""


def names(folder: Path, *, end: str = "") -> list[str]:
    """The files of a folder, sorted."""
    return sorted(str(path) for path in folder.glob(f"*{end}"))


def contents(folder: Path) -> dict[str, bytes]:
    """What is in the files of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def helpers_of(process: int) -> list[int]:
    """The processes that work for one."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(one) for one in children if "cli.work.helper" in Path(f"/proc/{one}/cmdline").read_text()]


def wait_for_helpers(process: subprocess.Popen[str]) -> list[int]:
    """The processes that work for one, as soon as there are any."""
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        if found := helpers_of(process.pid):
            return found
        time.sleep(0.002)
    raise AssertionError(f"no helper was started: {process.communicate()[1]}")


def is_alive(process: int) -> bool:
    """Whether a process is there, and no zombie."""
    try:
        return "State:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
