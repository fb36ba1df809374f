"""Every flag is a keyword of the same name, and the exceptions are those that the conventions list."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
import typer

import cnnkit
from cnnkit.cli.app import COMMANDS, application
from cnnkit.data.recipes.finish import Finish
from cnnkit.data.recipes.recipe import Recipe

PAGE = Path(__file__).parents[2] / "docs" / "conventions.md"
FUNCTIONS = {
    "convolve": ("convolve",), "pool": ("pool",), "mfcc": ("mfcc", "features"), "shape": ("shape",),
    "run": ("run",), "learn": ("learn",), "train": ("train",),
    "kernels": (), "weights": (), "compile": (),
}  # fmt: skip
"""The functions that take what each command takes."""

INPUTS = {"inputs", "stack", "names", "image", "images", "samples", "words", "overrides", "commands"}
"""What is worked on, and the fields of a recipe, which are looked at by their own names."""


def listed(heading: str, name: str) -> set[str]:
    """The names in the second column of the table with this heading, in the rows of a command or function."""
    table = PAGE.read_text(encoding="utf-8").partition(f"| {heading} |")[2].partition("\n\n")[0]
    rows = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| `")]
    words = [re.findall(r"`-*([a-z-]+)`", cell) for names, cell in rows if f"`{name}`" in names]
    return {word.replace("-", "_") for row in words for word in row}


def flags(command: str) -> set[str]:
    found = typer.main.get_command(application([command]))
    options = getattr(found, "commands", {}).get(command, found).params
    typed = {option.opts[0].lstrip("-").replace("-", "_") for option in options if option.opts[0].startswith("-")}
    return typed - (INPUTS - {"stack"})


def keywords(function: str) -> set[str]:
    found = set(inspect.signature(getattr(cnnkit, function)).parameters)
    fields = {*Recipe._fields, *Finish._fields} - {"kind"} if "overrides" in found else set()
    return (found | fields) - INPUTS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_flag_is_a_keyword_or_a_listed_exception(command: str) -> None:
    known = {word for function in FUNCTIONS[command] for word in keywords(function)}
    assert flags(command) - known == listed("command | flag without such a keyword", command)


def test_the_flags_that_switch_off_are_named() -> None:
    text = PAGE.read_text(encoding="utf-8")
    off = {
        (option.secondary_opts[0], option.opts[0].lstrip("-").replace("-", "_"))
        for command in COMMANDS
        for option in typer.main.get_command(application([command])).commands[command].params  # type: ignore[attr-defined]
        if option.secondary_opts
    }
    assert off == set(re.findall(r"`(--[a-z-]+)` is\s+`(\w+)=False`", text))


@pytest.mark.parametrize("command", FUNCTIONS)
def test_every_keyword_is_a_flag_or_a_listed_exception(command: str) -> None:
    for function in FUNCTIONS[command]:
        extra = keywords(function) - flags(command)
        assert extra == listed("function | keyword without such a flag", function)
