"""Inputs shared among processes: the same results and the same account as by one, whatever happens to a process."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

Run = Callable[..., Any]
Start = Callable[..., "subprocess.Popen[str]"]
COUNT = 60


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of images that together take long enough for other processes to be started."""
    folder = tmp_path_factory.mktemp("photographs")
    grains = np.random.default_rng(0).integers(0, 256, (420, 420, 3), dtype=np.uint8)
    for number in range(COUNT):
        Image.fromarray(np.roll(grains, number, 0)[:400]).save(folder / f"{number:02}.png", compress_level=1)
    return folder


def names(folder: Path, *, end: str = "") -> list[str]:
    return sorted(str(path) for path in folder.glob(f"*{end}"))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def helpers_of(process: int) -> list[int]:
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(one) for one in children if "cli.work.helper" in Path(f"/proc/{one}/cmdline").read_text()]


@pytest.fixture
def started(command_line: Run, surroundings: Run) -> Callable[..., subprocess.Popen[str]]:
    def start(arguments: list[str], **settings: Any) -> subprocess.Popen[str]:
        words = command_line("convolve", *arguments)
        return subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=surroundings(), **settings)

    return start


def wait_for_helpers(process: subprocess.Popen[str]) -> list[int]:
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        if found := helpers_of(process.pid):
            return found
        time.sleep(0.002)
    raise AssertionError(f"no helper was started: {process.communicate()[1]}")


@pytest.mark.parametrize("command", [("convolve", "-k", "sobel-x", "--format", "npy"), ("pool", "--size", "3")])
def test_processes_give_the_files_and_the_account_of_one(
    run: Run, photographs: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    inputs = names(photographs)
    (damaged := tmp_path / "damaged.png").write_bytes(Path(inputs[0]).read_bytes()[:-2000])
    inputs[7:7] = [str(damaged), "missing.png"]
    ends = []
    for jobs in (1, 3):
        ran = run(*command, *inputs, "--jobs", jobs, "--out-dir", tmp_path / "out", "--force", "--json")
        assert ran.code == 1
        ends.append((json.loads(ran.text), ran.err, contents(tmp_path / "out")))
        for name in contents(tmp_path / "out"):
            (tmp_path / "out" / name).unlink()
    assert len(ends[0][2]) == COUNT
    assert ends[0][0]["results"] == ends[1][0]["results"]
    assert ends[0][0]["errors"] == ends[1][0]["errors"]
    assert [one["input"] for one in ends[0][0]["errors"]] == [str(damaged), "missing.png"]
    if command[0] == "convolve":  # a PNG names the command that made it
        assert ends[0][2] == ends[1][2]


def test_lines_come_in_the_order_of_the_inputs(run: Run, photographs: Path, tmp_path: Path) -> None:
    inputs = names(photographs)[:19][::-1]
    ran = run("convolve", *inputs, "-k", "gaussian:sigma=9", "--out-dir", tmp_path, "--jobs", "4")
    lines = [line for line in ran.err.splitlines() if line.startswith("wrote")]
    assert [Path(line.split()[1]).name[:2] for line in lines] == [Path(name).name[:2] for name in inputs]


def test_wrong_usage_ends_a_command_with_many_inputs_at_once(run: Run, photographs: Path, tmp_path: Path) -> None:
    ran = run("convolve", *names(photographs), "-k", "edge", "--range", "abs", "--groups", "2", "--out-dir", tmp_path)
    assert ran.code == 2
    assert ran.err.count("error:") == 1


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
        while time.monotonic() < end and any(_is_alive(one) for one in helpers):
            time.sleep(0.01)
        assert not any(_is_alive(one) for one in helpers)


def _is_alive(process: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_few_small_inputs_start_no_process(surroundings: Run, tmp_path: Path) -> None:
    for number in range(5):
        Image.new("L", (8, 8), number).save(tmp_path / f"{number}.png")
    program = "import subprocess; subprocess.Popen = None; from cnnkit.__main__ import main; main()"
    words = [sys.executable, "-c", program, "pool", *names(tmp_path), "--jobs", "4"]
    ran = subprocess.run(words, capture_output=True, text=True, check=False, env=surroundings())
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr.count("wrote") == 5


def test_resuming_after_kills_at_random_moments_redoes_nothing_that_is_done(
    started: Start, photographs: Path, tmp_path: Path
) -> None:
    inputs = names(photographs)
    times: dict[str, int] = {}
    seconds = random.Random(3)
    command = [*inputs, "-k", "gaussian:sigma=9", "--out-dir", str(tmp_path), "--resume"]
    for _ in range(4):
        process = started([*command, "--jobs", "2"])
        time.sleep(0.8 + seconds.random())
        process.kill()
        process.communicate()
        time.sleep(0.3)  # helpers finish the input they are at
        for path in tmp_path.glob("[!.]*.png"):
            assert times.setdefault(path.name, path.stat().st_mtime_ns) == path.stat().st_mtime_ns
    process = started(command)
    errors = process.communicate(timeout=100)[1]
    assert process.returncode == 0, errors
    assert len(names(tmp_path, end=".png")) == COUNT
    kept = re.search(r"kept (\d+) of", errors)
    assert int(kept[1] if kept else 0) >= len(times) > 0
    assert all((tmp_path / name).stat().st_mtime_ns == made for name, made in times.items())


@pytest.fixture
def two(photographs: Path, tmp_path: Path) -> list[str]:
    folder = tmp_path / "two"
    folder.mkdir()
    for name in names(photographs)[:2]:
        (folder / Path(name).name).write_bytes(Path(name).read_bytes())
    return names(folder)


def test_resuming_redoes_what_is_no_longer_the_same(run: Run, two: list[str]) -> None:
    def kept(*settings: str) -> int:
        ran = run("pool", *two, "--type", "average", "--resume", "--json", *settings)
        assert ran.code == 0, ran.err
        return sum(one["action"] == "kept" for one in json.loads(ran.text)["results"])

    assert kept() == 0
    assert kept() == 2
    assert kept("--threads", "1") == 2
    assert kept("--count-padding") == 0  # another setting, though not in the name
    assert kept() == 0
    folder = Path(two[0]).parent
    Image.new("L", (9, 9)).save(two[0])  # another input
    assert kept() == 1
    next(folder.glob("*.avgpool2.png")).unlink()  # a result is gone
    assert kept() == 1
    result = next(folder.glob("*.avgpool2.png"))
    result.write_bytes(result.read_bytes() + b"!")  # or changed: it is somebody else's then
    ran = run("pool", *two, "--type", "average", "--resume")
    assert ran.code == 1
    assert "changed since cnnkit made it" in ran.err


def test_resuming_wants_all_results_of_an_input(run: Run, two: list[str]) -> None:
    command = ("convolve", *two, "-k", "edge", "-k", "sharpen", "--resume")
    run(*command)
    assert "kept 2 of 2" in run(*command).err
    next(Path(two[1]).parent.glob("*.sharpen.png")).unlink()
    assert "kept 1 of 2" in run(*command).err


def test_resuming_reads_what_a_kernel_file_holds(run: Run, two: list[str], tmp_path: Path) -> None:
    (kernel := tmp_path / "k.txt").write_text("1 0\n0 1\n")
    command = ("convolve", *two, "-k", f"@{kernel}", "--resume")
    run(*command)
    assert "kept 2 of 2" in run(*command).err
    kernel.write_text("1 0\n0 2\n")
    assert "kept" not in run(*command).err


def test_a_report_has_a_line_for_each_input(run: Run, two: list[str], tmp_path: Path) -> None:
    log = tmp_path / "report.jsonl"
    ran = run("pool", *two, "none.png", "--stride", "3", "--report", log)
    assert ran.code == 1
    first, second, none = map(json.loads, log.read_text().splitlines())
    assert (first["input"], second["input"], none["input"]) == (*two, "none.png")
    (output,) = first["outputs"]
    assert output["action"] == "wrote"
    assert output["shape"] == list(np.asarray(Image.open(output["output"])).shape)
    assert first["settings"]["stride"] == "3"
    assert first["seconds"] > 0
    assert (first["error"], none["outputs"]) == (None, [])
    assert "no such file" in none["error"]["problem"]
    assert run("pool", two[0], "--report", log).code == 0  # it may replace its own
    assert len(log.read_text().splitlines()) == 1
    log.write_text("mine\n")
    ran = run("pool", two[0], "--report", log)
    assert ran.code == 1
    assert log.read_text() == "mine\n"
    assert run("pool", two[0], "--report", tmp_path / "report.txt").code == 2
