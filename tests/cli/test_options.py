"""The options that commands share are there on each that can use them, and read alike."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import pytest
import typer

from cnnkit.cli.options import with_records
from tests.conftest import Ran

SHARED = ["--output", "--out-dir", "--format", "--force", "--quiet", "--dry-run", "--json", "--version", "--help"]


@pytest.mark.parametrize("command", ["convolve", "pool", "mfcc"])
def test_commands_that_write_files_share_their_options(command: str, here: Callable[..., Ran]) -> None:
    told = here(command, "--help").out.decode()
    for option in SHARED:
        assert re.search(rf"(?<![\w-]){option}(?![\w-])", told), option


@pytest.mark.parametrize("command", ["convolve", "pool"])
def test_commands_that_take_sounds_share_how(command: str, here: Callable[..., Ran]) -> None:
    told = here(command, "--help").out.decode()
    for option in ("--features", "--channel"):
        assert re.search(rf"(?<![\w-]){option}(?![\w-])", told), option
    assert "song.logmel." in told


@pytest.mark.parametrize("command", ["convolve", "pool", "mfcc", "shape", "kernels"])
def test_every_command_tells_the_version(command: str, here: Callable[..., Ran]) -> None:
    ran = here(command, "--version")
    assert (ran.code, ran.out) == (0, here("--version").out)


class Pair(NamedTuple):
    """Two options of one command."""

    first: Annotated[int, typer.Option("--first", help="One.")] = 1
    second: Annotated[str | None, typer.Option("--second")] = None


def test_a_record_has_an_option_for_each_field_in_its_place() -> None:
    given: list[Any] = []

    @with_records
    def command(*, name: Annotated[str, typer.Argument()] = "", pair: Pair, last: bool = False) -> None:
        given.extend([name, pair, last])

    assert list(inspect.signature(command).parameters) == ["name", "first", "second", "last"]
    app = typer.Typer()
    app.command()(command)
    app(["song", "--second", "2", "--last"], standalone_mode=False)
    assert given == ["song", Pair(1, "2"), True]


def test_a_worked_example_says_that_it_has_no_holes(here: Callable[..., Any]) -> None:
    for command in ("convolve", "pool"):
        for option in (("--nodata", "0"), ("--nan", "ignore")):
            assert "The grid has no holes: --nan and --nodata are for images." in here(command, *option).text
        assert "holes" not in here(command).text
