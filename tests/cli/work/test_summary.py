"""What is said of many inputs: sums, notes with their counts, faults named as they come and at the end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from cnnkit.cli.work.summary import MOST_FAULTS, MOST_KINDS, MOST_LINES, Summary

Run = Callable[..., Any]


def test_results_are_counted_by_what_became_of_them_and_by_size() -> None:
    summary = Summary()
    for number in range(30):
        summary.wrote("wrote" if number else "replaced", "100x13x1 float32" if number % 3 else "87x13x1 float32")
    assert summary.lines(30) == ["wrote 29 files, replaced 1 file: 100x13x1 float32 (20), 87x13x1 float32 (10)"]


def test_of_many_sizes_the_most_frequent_are_named() -> None:
    summary = Summary()
    for number in range(MOST_KINDS + 3):
        for _ in range(20 - number):
            summary.wrote("wrote", f"{number}x13x1")
    (line,) = summary.lines(1)
    assert "0x13x1 (20), 1x13x1 (19)" in line
    assert line.endswith(", and 3 other sizes")


def test_notes_that_differ_in_numbers_are_one() -> None:
    summary = Summary()
    for number in range(5):
        summary.note(f"{number}.wav", "mixed to mono")
        summary.note(f"{number}.wav", f"{100 + number} samples were added")
    assert summary.lines(9) == ["mixed to mono: 5 of 9", "5 of 9, as 0.wav: 100 samples were added"]


def test_faults_for_one_reason_are_told_a_few_times_and_counted() -> None:
    summary = Summary()
    told = [summary.fault(f"in/{n}.png", f"out/{n}.edge.png cannot be written: the disk is full") for n in range(125)]
    assert told == [True] * MOST_FAULTS + [False] * (125 - MOST_FAULTS)
    assert summary.fault("in/x.png", "this PNG is damaged")
    assert len(summary.faults()) == MOST_FAULTS + 2
    assert (
        summary.faults()[-1] == f"failed: {125 - MOST_FAULTS} more for the same reasons; --report FILE.jsonl names all"
    )


def test_two_hundred_sounds_are_a_few_lines(run: Run, tmp_path: Path) -> None:
    count = MOST_LINES + 5
    for number in range(count):
        channels = 1 + number % 2
        soundfile.write(tmp_path / f"{number:02}.wav", np.zeros((4000 + 100 * (number % 3), channels)), 8000)
    (tmp_path / "07.wav").write_bytes((tmp_path / "07.wav").read_bytes()[:100])
    ran = run("mfcc", *sorted(tmp_path.glob("*.wav")), "--length", "8")
    assert ran.code == 1
    assert len(ran.lines) <= 8, ran.err
    assert sum(line.startswith("error: ") and "07.wav" in line for line in ran.lines) == 1
    assert sum(line.startswith("failed: ") and "07.wav" in line for line in ran.lines) == 1
    assert f"wrote {count - 1} files: 8x13x1 float32" in ran.lines
    mixed = [line for line in ran.lines if "mono" in line or "mean" in line]
    assert len(mixed) == 1
    assert f"11 of {count}" in mixed[0]
    assert ran.lines[-1] == f"1 of {count} inputs failed"
