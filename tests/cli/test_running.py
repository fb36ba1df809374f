"""Options of how a command runs are those of every command that has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize("command", ["convolve", "pool", "mfcc", "run"])
def test_commands_that_write_files_have_them_all(run: Callable[..., Any], command: str) -> None:
    told = run(command, "--help").text
    assert all(option in told for option in ("--jobs", "--cluster", "--threads", "--max-memory"))


@pytest.mark.parametrize("words", [("--jobs", "0"), ("--threads", "-1"), ("--max-memory", "much")])
def test_what_is_out_of_range(run: Callable[..., Any], words: tuple[str, str]) -> None:
    ran = run("pool", "1 2; 3 4", "--size", "2", *words)
    assert ran.code == 2
    assert words[0] in ran.err
