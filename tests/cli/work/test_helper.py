"""What happens when a process that works on inputs is ended, or the one it works for."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.reference.many import COUNT, is_alive, names, wait_for_helpers

Run = Callable[..., Any]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds processes in /proc")
class TestHelpers:
    """What happens when a process is ended."""

    def test_one_that_is_killed_costs_the_input_it_was_at_alone(
        self, started: Start, photographs: Path, tmp_path: Path
    ) -> None:
        arguments = [*names(photographs), "-k", "gaussian:sigma=9"]
        process = started(
            [*arguments, "--out-dir", str(tmp_path), "--jobs", "3", "--report", str(tmp_path / "r.jsonl")]
        )
        helper = wait_for_helpers(process)[0]
        while process.poll() is None and not names(tmp_path, end=".png"):
            time.sleep(0.002)
        time.sleep(0.4)  # it is at work
        os.kill(helper, signal.SIGKILL)
        errors = process.communicate(timeout=60)[1]
        records = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
        assert len(records) == COUNT
        failed = [one for one in records if one["error"]]
        assert len(failed) <= 1
        assert len(names(tmp_path, end=".png")) == COUNT - len(failed)
        if failed:
            assert process.returncode == 1
            assert "was ended by signal 9" in errors

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_an_interrupt_ends_all_and_leaves_whole_files(
        self, started: Start, photographs: Path, tmp_path: Path, number: int
    ) -> None:
        process = started(
            [*names(photographs), "-k", "gaussian:sigma=9", "--out-dir", str(tmp_path), "--jobs", "3"],
            start_new_session=True,
        )
        helpers = wait_for_helpers(process)
        time.sleep(0.5)
        os.killpg(process.pid, number)  # as a terminal sends it, to all
        process.communicate(timeout=20)
        assert process.returncode == 128 + number
        end = time.monotonic() + 5
        while time.monotonic() < end and any(Path(f"/proc/{one}").exists() for one in helpers):
            time.sleep(0.01)
        assert not any(Path(f"/proc/{one}").exists() for one in helpers)
        assert not names(tmp_path, end=".tmp")
        assert not [name for name in tmp_path.iterdir() if name.name.startswith(".cnnkit")]
        for name in names(tmp_path, end=".png"):
            with Image.open(name) as image:
                image.load()

    def test_helpers_end_with_a_process_that_is_killed(self, started: Start, photographs: Path, tmp_path: Path) -> None:
        process = started([*names(photographs), "-k", "gaussian:sigma=9", "--out-dir", str(tmp_path), "--jobs", "3"])
        helpers = wait_for_helpers(process)
        process.kill()
        process.communicate()
        end = time.monotonic() + 20
        while time.monotonic() < end and any(is_alive(one) for one in helpers):
            time.sleep(0.01)
        assert not any(is_alive(one) for one in helpers)
