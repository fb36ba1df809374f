"""The line that says how far a command with many inputs is."""

from __future__ import annotations

import pytest

from cnnkit.cli.work import progress
from cnnkit.cli.work.progress import Progress, progress_text


@pytest.mark.parametrize(
    ("done", "failed", "seconds", "text"),
    [
        (0, 0, 2.0, "[....................] 0/200"),
        (100, 0, 50.0, "[##########..........] 100/200  2/s  50 s left"),
        (2, 1, 100.0, "[....................] 2/200  0.02/s  2 h 45 min left  1 failed"),
        (199, 0, 0.1, "[###################.] 199/200  1990/s  0 s left"),
    ],
)
def test_progress(done: int, failed: int, seconds: float, text: str) -> None:
    assert progress_text(done, 200, failed, seconds) == text


def test_a_line_is_shown_after_a_second_ten_times_a_second_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    monkeypatch.setenv("COLUMNS", "60")
    shown = Progress(10)
    lines = []
    for moment in (100.5, 101.5, 101.55, 101.7):
        now[0] = moment
        lines.append(shown.line(5, 0, "a" * 100))
    assert [bool(line) for line in lines] == [False, True, False, True]
    assert all(len(line) < 60 for line in lines)
    assert not Progress(1).line(1, 0)
