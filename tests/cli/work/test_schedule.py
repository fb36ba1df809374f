"""Inputs shared among processes: the same results and the same account as by one, whatever happens to a process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image

from cnnkit.cli.app import run as run_here
from cnnkit.cli.work import schedule
from cnnkit.cli.work.schedule import Schedule
from tests.reference.many import COUNT, contents, names

Run = Callable[..., Any]
start = Schedule._start
Start = Callable[..., "subprocess.Popen[str]"]


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


def test_a_few_small_inputs_start_no_process(surroundings: Run, tmp_path: Path) -> None:
    for number in range(5):
        Image.new("L", (8, 8), number).save(tmp_path / f"{number}.png")
    program = "import subprocess; subprocess.Popen = None; from cnnkit.__main__ import main; main()"
    words = [sys.executable, "-c", program, "pool", *names(tmp_path), "--jobs", "4"]
    ran = subprocess.run(words, capture_output=True, text=True, check=False, env=surroundings())
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr.count("wrote") == 5


@pytest.mark.parametrize(
    "more", ["", "--report r.jsonl", "--stack -o set.npz", "--explain", "--resume --report r.jsonl"]
)
@pytest.mark.parametrize("words", ["convolve -k sobel-x", "pool", "mfcc"])
def test_every_task_is_sent_whatever_else_is_wanted(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    nothing_is_compiled: None,
    words: str,
    more: str,
) -> None:
    """A helper is started behind the first input, however small the inputs are."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(schedule, "SECONDS_OF_START", -1.0)
    monkeypatch.setattr(schedule, "SECONDS_TO_PASS", 0.0)
    started: list[int] = []
    monkeypatch.setattr(Schedule, "_start", lambda own, count: (started.append(count), start(own, count)))
    for number in range(30):
        if words == "mfcc":
            soundfile.write(f"{number:02}.wav", np.sin(np.arange(8000) / (3 + number)) / 2, 8000)
        else:
            Image.fromarray(np.full((9, 12), number, np.uint8)).save(f"{number:02}.png")
    (bad := tmp_path / "07bad.xx").write_bytes(b"nothing")
    inputs = [path.name for path in sorted(tmp_path.iterdir())]
    told = []
    for jobs in ("1", "3"):
        command = [*words.split(), *inputs, "--json", "--jobs", jobs, *more.split(), "--force"]
        assert run_here([*command, *([] if "--stack" in more else ["--out-dir", f"out{jobs}"])]) == 1
        told.append(json.loads(capfd.readouterr().out.replace("out3", "out1").replace("replaced", "wrote")))
        Path("set.npz").unlink(missing_ok=True)
        if "--report" in more:
            lines = Path("r.jsonl").read_text().splitlines()
            assert [json.loads(line)["input"] for line in lines] == inputs
            Path("r.jsonl").unlink()
    assert started == [2]
    assert told[0] == told[1]
    assert [one["input"] for one in told[0]["errors"]] == [bad.name]


def test_small_results_that_are_collected_stay_in_one_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, nothing_is_compiled: None
) -> None:
    """Passing them on would take longer than the work."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(schedule, "SECONDS_OF_START", -1.0)
    started: list[int] = []
    monkeypatch.setattr(Schedule, "_start", lambda own, count: started.append(count))
    for number in range(30):
        Image.fromarray(np.full((9, 12), number, np.uint8)).save(f"{number:02}.png")
    names = [path.name for path in sorted(tmp_path.iterdir())]
    for seconds, starts in ((9.0, False), (0.0, True)):
        monkeypatch.setattr(schedule, "SECONDS_TO_PASS", seconds)
        assert run_here(["pool", *names, "--jobs", "3", "--stack", "-o", "set.npz", "--force"]) == 0
        assert bool(started) == starts
