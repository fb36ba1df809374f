"""The options that commands share are there on each that can use them, and read alike."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from tests.cli.conftest import Ran

SHARED = ["--output", "--out-dir", "--format", "--force", "--quiet", "--dry-run", "--json", "--version", "--help"]


@pytest.mark.parametrize("command", ["convolve", "pool", "mfcc"])
def test_commands_that_write_files_share_their_options(command: str, run: Callable[..., Ran]) -> None:
    told = run(command, "--help").out.decode()
    for option in SHARED:
        assert re.search(rf"(?<![\w-]){option}(?![\w-])", told), option


@pytest.mark.parametrize("command", ["convolve", "pool"])
def test_commands_that_take_sounds_share_how(command: str, run: Callable[..., Ran]) -> None:
    told = run(command, "--help").out.decode()
    for option in ("--features", "--channel"):
        assert re.search(rf"(?<![\w-]){option}(?![\w-])", told), option
    assert "song.logmel." in told


@pytest.mark.parametrize("command", ["convolve", "pool", "mfcc", "shape", "kernels"])
def test_every_command_tells_the_version(command: str, run: Callable[..., Ran]) -> None:
    ran = run(command, "--version")
    assert (ran.code, ran.out) == (0, run("--version").out)
