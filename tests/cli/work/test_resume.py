"""Runs that go on where one before was ended: nothing is lost, and nothing that is done is done again."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.reference.many import COUNT, names

Run = Callable[..., Any]
Start = Callable[..., "subprocess.Popen[str]"]


def test_resuming_after_kills_at_random_moments_redoes_nothing_that_is_done(
    started: Start, photographs: Path, tmp_path: Path
) -> None:
    inputs = names(photographs)
    times: dict[str, int] = {}
    seconds = random.Random(3)
    command = [*inputs, "-k", "gaussian:sigma=9", "--out-dir", str(tmp_path), "--resume"]
    for _ in range(4):
        process = started([*command, "--jobs", "2"])
        while process.poll() is None and len(names(tmp_path, end=".png")) == len(times):
            time.sleep(0.01)
        time.sleep(seconds.random() / 3)
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


def test_results_in_zarr_are_kept_until_they_or_their_inputs_change(run: Run, two: list[str]) -> None:
    zarr = pytest.importorskip("zarr", reason="the package packs the chunks")
    folder = Path(two[0]).parent
    for path in two:
        assert run("convolve", path, "-k", "identity", "-o", path.replace(".png", ".zarr")).code == 0
        Path(path).unlink()
    command = ("pool", f"{folder}/*.zarr", "--size", "3", "--resume", "--out-dir", folder / "out")
    first, second = sorted(folder.glob("*.zarr"))
    assert "of 2: their" not in run(*command).err
    assert "kept 2 of 2" in run(*command).err
    zarr.open_array(str(first), mode="r+")[:5] = 7  # an input, whose folder may be as old as before
    assert "kept 1 of 2" in run(*command).err
    assert "kept 2 of 2" in run(*command).err
    result = folder / "out" / f"{second.stem}.maxpool3.zarr"
    chunk = next(path for path in result.iterdir() if path.name[0] != ".")
    chunk.write_bytes(chunk.read_bytes()[::-1])  # it is somebody else's then
    ran = run(*command)
    assert ran.code == 1
    assert "changed since cnnkit made it" in ran.err
    assert "kept 1 of 2" in run(*command, "--force").err
    chunk.unlink()
    assert "kept 1 of 2" in run(*command, "--force").err


def test_resuming_reads_what_a_kernel_file_holds(run: Run, two: list[str], tmp_path: Path) -> None:
    (kernel := tmp_path / "k.txt").write_text("1 0\n0 1\n")
    command = ("convolve", *two, "-k", f"@{kernel}", "--resume")
    run(*command)
    assert "kept 2 of 2" in run(*command).err
    kernel.write_text("1 0\n0 2\n")
    assert "kept" not in run(*command).err


def test_what_was_seen_of_an_input_is_seen_again(run: Run, two: list[str], tmp_path: Path) -> None:
    command = ("convolve", two[0], "-k", "edge", "--resume")
    assert run(*command).code == 0
    ran = run(*command, "--figure", tmp_path / "f.png")
    assert "kept" not in ran.err
    assert (tmp_path / "f.png").exists()


def test_it_does_not_matter_how_inputs_are_named(run: Run, two: list[str], tmp_path: Path) -> None:
    folder = Path(two[0]).parent
    (names_of := tmp_path / "list.txt").write_text("\n".join(two))
    command = ("pool", "--resume", "--out-dir", tmp_path / "out")
    assert run(*command, folder).code == 0
    for words in ([folder, "-r"], [f"{folder}/*.png"], ["--files-from", names_of], two):
        assert "kept 2 of 2" in run(*command, *words).err, words


def test_a_result_that_was_lost_with_the_power_is_made_again(run: Run, two: list[str]) -> None:
    assert run("pool", *two).code == 0
    result = next(Path(two[0]).parent.glob("*.maxpool2.png"))
    result.write_bytes(b"")
    ran = run("pool", *two, "--resume")
    assert ran.code == 0, ran.err
    assert "kept 1 of 2" in ran.err
    assert result.stat().st_size > 0


def test_a_report_goes_on(run: Run, two: list[str], tmp_path: Path) -> None:
    log = tmp_path / "r.jsonl"
    log.write_bytes(b"")  # of a command that was ended at once
    command = ("pool", two[0], two[1], "none.png", "--resume", "--report", log)
    run(*command)
    with log.open("a") as stream:
        stream.write('{"cnnkit": "broken off')
    run(*command)
    lines = log.read_text().splitlines()
    assert len(lines) == 7
    kept = json.loads(lines[4])
    assert (kept["input"], kept["outputs"][0]["action"], kept["error"]) == (two[0], "kept", None)


def test_what_processes_left_behind_is_removed_by_the_next(run: Run, two: list[str]) -> None:
    folder = Path(two[0]).parent
    old, new, ours = (folder / f".cnnkit-{number}-0.tmp" for number in (2**22 + 1, 2**22 + 2, os.getpid()))
    for path in (old, new, ours):
        path.write_bytes(b"half a file")
    for path in (old, ours):
        os.utime(path, (1, 1))
    assert run("pool", *two).code == 0
    assert [path.exists() for path in (old, new, ours)] == [False, True, True]
