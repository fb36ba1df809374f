"""``cnnkit compile``: all loops compiled before they are needed, what is stored, and how it is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cnnkit.cli import options
from cnnkit.cli.usage.command import in_group

if TYPE_CHECKING:
    from cnnkit.cli.report import Report
    from cnnkit.loops.machine.stock import Stored

EXAMPLES = """\
Examples:
  cnnkit compile                   so that no command has to
  cnnkit compile pool mfcc         so that these do not have to
  cnnkit compile --list            what is stored, and how large
  cnnkit compile --list --json     the same for a program
  cnnkit compile --clear           remove it
"""
stored_option = in_group("Stored loops")
LOOPLESS = ("shape", "kernels", "compile")
"""Commands without loops."""


def compile(
    *,
    commands: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[COMMAND]...", help="Whose loops: convolve, pool, mfcc, run, learn, train; all if none."
        ),
    ] = None,
    is_list: Annotated[bool, stored_option("--list", help="Show what is stored; compile nothing.")] = False,
    is_clear: Annotated[bool, stored_option("--clear", help="Remove what is stored; compile nothing.")] = False,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
    version: options.Version = False,
) -> None:
    """Compile all loops before they are needed.

    Without this, the first command of each kind on a machine takes a few seconds longer. All that commands can need is
    compiled in as many processes as there are processors, which takes minutes, and stored.
    """
    from cnnkit.cli.everything import COMMANDS
    from cnnkit.cli.report import Report, show
    from cnnkit.errors import ArgumentError, CnnkitError, unknown_word
    from cnnkit.folders import place, refusal
    from cnnkit.geometry.pair import counted
    from cnnkit.loops.machine import compile as compiler
    from cnnkit.loops.machine import stock

    report = Report("compile", quiet=quiet, as_json=as_json)
    given = [name for name, value in {"--list": is_list, "--clear": is_clear, "a command": commands}.items() if value]
    if len(given) > 1:
        raise ArgumentError(f"{given[0]} and {given[1]} are both given", hint="leave one out")
    for name in commands or ():
        if name in LOOPLESS:
            raise ArgumentError(f"{name} has no loops to compile", hint="leave it out")
        if name not in COMMANDS:
            raise unknown_word("command", name, list(COMMANDS))
    if (reason := refusal("cache")) and not is_list:
        report.refuse(CnnkitError("compiled loops cannot be stored", hint=reason))
    if is_clear:
        count, size = stock.clear()
        report.say(f"removed {counted(count, 'loop')}, {_size(size)}, from {place('cache')}")
        report.close(folder=str(place("cache")), removed=count, bytes=size)
        return
    if compiler.is_disabled() and not is_list:
        report.say("nothing is compiled: NUMBA_DISABLE_JIT is set")
        report.close(folder=str(place("cache")), compiled=0, bytes=0)
        return
    made = 0 if is_list else _compile_missing(commands, report)
    stored = [*stock.stored()]
    for one in stored:
        report.record(loop=one.loop, types=one.types, bytes=one.size, is_current=one.is_current)
    size = sum(one.size for one in stored)
    if is_list and stored and not as_json:
        show("\n".join(_lines(stored)))
    there = f"{counted(len(stored), 'loop')}, {_size(size)}, in {place('cache')}"
    report.say(there if is_list else f"compiled {made} of {there}" if made else f"all is there: {there}")
    report.close(folder=str(place("cache")), compiled=made, bytes=size)


def _compile_missing(commands: list[str] | None, report: Report) -> int:
    """Compile what is not stored: how many loops that is."""
    from cnnkit.cli.everything import COMMANDS, try_everything
    from cnnkit.errors import CnnkitError
    from cnnkit.folders import place
    from cnnkit.geometry.pair import counted
    from cnnkit.loops.machine import compile

    wanted = compile.collect(lambda: try_everything(commands or list(COMMANDS)))
    if wanted:
        report.say(f"compiling {counted(len(wanted), 'loop')}, about {compile.seconds(wanted):.0f} s")
        progress = report.progress_of("compiled")
        for done, is_stored in enumerate(compile.compile_and_keep(wanted), 1):
            if not is_stored:
                problem = f"loop {done} of {len(wanted)} could not be stored in {place('cache')}"
                report.refuse(CnnkitError(problem, hint="check that the disk is not full"))
            progress(done, len(wanted))
    return len(wanted)


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB"


def _lines(stored: list[Stored]) -> list[str]:
    """A line for each loop: its bytes, its name, and its types; those of other versions say so."""
    return [
        f"{one.size:>8,}  {one.loop}  {one.types if one.is_current else 'of another version, processor or settings'}"
        for one in stored
    ]
