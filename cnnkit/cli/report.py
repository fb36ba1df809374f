"""What a command reports: lines on stderr, or one JSON object on stdout.

stdout carries data alone, so that commands can be piped; everything for a person goes to stderr.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO, TypeVar

import typer

from cnnkit import __version__
from cnnkit.cli.work.progress import Progress
from cnnkit.cli.work.summary import MOST_LINES, Summary
from cnnkit.errors import CnnkitError, MisfitError, printable

if TYPE_CHECKING:
    from cnnkit.cli.outputs import Delivery
    from cnnkit.cli.work.account import Account, Collecting
    from cnnkit.cli.work.log import Log

JSON_SCHEMA = 1
"""Version of the keys of ``--json``; raised when a key changes its meaning or goes away."""

SECONDS_BEFORE_PROGRESS = 1.0
"""Before a terminal shows how much of the work is done."""

Item = TypeVar("Item")


def takes_escapes(stream: TextIO) -> bool:
    """Whether `stream` is a terminal that obeys escape sequences; on Windows, only Windows Terminal is known to."""
    return stream.isatty() and os.environ.get("TERM") != "dumb" and (os.name != "nt" or "WT_SESSION" in os.environ)


def colours(stream: TextIO) -> bool:
    """Whether `stream` is a terminal that may be coloured: NO_COLOR, when set to anything, says no."""
    return takes_escapes(stream) and not os.environ.get("NO_COLOR")


def colour_depth(stream: TextIO) -> int:
    """How many colours pictures on `stream` may have, as `preview` takes them: by what the terminal says of itself."""
    from cnnkit.views.text.preview import ALL_COLOURS, HALF_BLOCK, NO_COLOURS, XTERM_COLOURS

    try:
        HALF_BLOCK.encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        return NO_COLOURS
    if not colours(stream):
        return NO_COLOURS
    if os.environ.get("COLORTERM") in ("truecolor", "24bit") or os.name == "nt":  # Windows Terminal, which has all
        return ALL_COLOURS
    return XTERM_COLOURS if "256color" in os.environ.get("TERM", "") else NO_COLOURS


def _print_error(problem: str, hint: str, label: str = "", pointer: str = "") -> None:
    head = "\x1b[31merror:\x1b[0m" if colours(sys.stderr) else "error:"
    print(f"{head} {printable(f'{label}: {problem}' if label else problem)}", file=sys.stderr)
    for line in pointer.splitlines():
        print(f"  {printable(line)}", file=sys.stderr)
    if hint:
        print(f"hint: {printable(hint)}", file=sys.stderr)


def failure(error: CnnkitError, label: str = "") -> None:
    """Print an error: the problem line, the place in the text if it has one, then the hint."""
    pointer = "" if getattr(error, "text", "line") == "" else getattr(error, "pointer", "")
    _print_error(error.problem, error.hint, label, pointer)


def explained(error: Exception) -> CnnkitError:
    """Any error as one that has a problem and a hint: the user's, the system's, or a mistake of cnnkit itself."""
    if isinstance(error, CnnkitError):
        return error
    if isinstance(error, BrokenPipeError):  # of a result that goes to a named pipe
        sys.exit(141)
    if isinstance(error, MemoryError):
        return CnnkitError(f"there is not enough memory: {error}".rstrip(": "), "use a smaller input or a stride")
    if isinstance(error, OSError) and error.errno is None:  # of a library that could not be loaded
        return CnnkitError(str(error).partition(". ")[0], "give it more memory, or install cnnkit again")
    if isinstance(error, OSError):
        where = f" {error.filename}" if error.filename else ""
        return CnnkitError(f"reading or writing{where} failed: {error.strerror or error}", "check the disk")
    from traceback import extract_tb

    frames = extract_tb(error.__traceback__)[:-6:-1]
    places = " < ".join(f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno}" for frame in frames)
    return CnnkitError(
        f"{type(error).__name__}: {error} (cnnkit {__version__}, {places})",
        "this is a mistake of cnnkit; please report both lines, with the command and its input",
    )


def as_json(value: object, indent: int | None = 2) -> str:
    """A value as JSON, which has no infinities and no NaN: they become the strings that JavaScript has for them.

    A byte of a name that is not UTF-8 is spelled out, as it is on stderr.

    >>> as_json({"gain": float("inf"), "sizes": (1, 2)}, indent=None)
    '{"gain": "Infinity", "sizes": [1, 2]}'
    """
    import json

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [plain(one) for one in value]
        if hasattr(value, "tolist"):  # of NumPy
            return plain(value.tolist())
        if isinstance(value, float) and not isfinite(value):
            return {inf: "Infinity", -inf: "-Infinity"}.get(value, "NaN")
        return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value

    return json.dumps(plain(value), indent=indent, allow_nan=False)


def show(text: str, *, is_coloured: bool = False) -> None:
    """Print a result on standard output; a terminal's escape in it is spelled out, but for colours."""
    print(text if is_coloured else "\n".join(map(printable, text.split("\n"))))


class Report:
    """The account of one command over its inputs: lines on stderr, or one JSON object on stdout at the end."""

    def __init__(self, command: str, *, quiet: bool = False, as_json: bool = False) -> None:
        self.command = command
        self.quiet = quiet
        self.as_json = as_json
        self._results: list[dict[str, Any]] = []
        self._errors: list[dict[str, Any]] = []
        self._explanation: list[str] = []  # lines, of the result that is recorded next
        self._rates: Counter[int] = Counter()  # of the sounds that were read
        self._remarks: list[str] = []  # on all inputs together
        self._inputs = self._kept = 0
        self.folders: set[str] = set()  # in which files were replaced
        self.keeps_records = as_json
        self.summary: Summary | None = None  # of results and notes too many for a line each
        self.log: Log | None = None
        self.collection: Collecting | None = None
        self.drawn: dict[str, dict[str, Any]] = {}  # what became of figures, by their kind
        self.frame = ""  # the frame that is worked on, of an input of which all are
        self._progress: Progress | None = None
        self._live = 0  # lines that are shown of how much is done
        self._noted: set[tuple[str, str]] = set()  # of the input that is worked on

    def __getstate__(self) -> dict[str, Any]:
        own: dict[str, Any] = {
            "log": None,
            "collection": None,
            "summary": None,
            "_progress": None,
            "_results": [],
            "_errors": [],
        }
        return vars(self) | own  # what another process is to know of it

    def say(self, line: str) -> None:
        """Print a line for the user, unless --quiet is given."""
        if not self.quiet and not self.as_json:
            self.clear_progress()
            print("\n".join(map(printable, line.split("\n"))), file=sys.stderr)

    def remark(self, line: str) -> None:
        """Say something of all inputs together, which the JSON object has among its notes."""
        self.say(line)
        self._remarks.append(line)

    def picture(self, levels: Any, line: str, *, keeps_aspect: bool = True) -> None:
        """Show an image on stderr, also beside the JSON object, with a line about it below."""
        from shutil import get_terminal_size

        from cnnkit.views.text.preview import preview

        self.clear_progress()
        width, depth = get_terminal_size().columns, colour_depth(sys.stderr)
        print(preview(levels, width, depth, keeps_aspect=keeps_aspect), printable(line), sep="\n", file=sys.stderr)

    def note(self, item: object, notes: Iterable[str]) -> None:
        """Print what reading an input found out, each note once, or count it."""
        for note in notes:
            if (str(item), note) not in self._noted:
                self._noted.add((str(item), note))
                if self.summary:
                    self.summary.note(str(item), note)
                else:
                    self.say(f"{item}: {note}")

    def wrote(self, line: str, delivery: Delivery, size: str) -> None:
        """Print a line about a result that was written, or count those that are of a size."""
        if delivery.action == "replaced":
            self.folders.add(os.path.dirname(delivery.output) or ".")
        if self.summary:
            self.summary.wrote(delivery.action, size)
        else:
            self.say(line)

    def rate(self, sample_rate: int) -> None:
        """Count a sound by its sample rate."""
        self._rates[sample_rate] += 1

    def show(self, text: str) -> None:
        """Print what the command is for, which the JSON object has in its own words."""
        if not self.as_json:
            show(text)

    def explain(self, text: str, *, is_result: bool = False) -> None:
        """Say how the result comes about that is recorded next; the JSON object has it there."""
        if is_result:
            self.show(text)
        else:
            self.say(text)
        self._explanation += text.split("\n")

    def record(self, **facts: Any) -> None:
        """Keep what was done to one input, for the JSON object and the log."""
        facts = self.explained_facts(facts)
        if self.as_json:
            self._results.append(facts)
        if self.log:
            self.log.result(facts)

    def collect(self, file: str, samples: Any, facts: Mapping[str, Any]) -> None:
        """Add a result to what the command collects."""
        assert self.collection
        self.collection.add(file, samples, facts)
        if self.collection.keeps_records:
            self.record(input=file, action="collected", **facts, shape=list(samples.shape), dtype=str(samples.dtype))

    def kept(self, name: str) -> None:
        """Count an input whose results are there."""
        self._kept += 1
        self.record(input=name, action="kept")

    def ended(self, done: int, count: int) -> None:
        """Say how far a command over several inputs came that does not go on."""
        self.clear_progress()
        for line in self.summary.lines(done) if self.summary else []:
            self.say(line)
        self.say(f"{done} of {count} inputs are done; the same command with --resume goes on")

    def explained_facts(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Facts with the lines that explained them."""
        explanation, self._explanation = self._explanation, []
        return facts | ({"explanation": explanation} if explanation else {})

    def begin(self, count: int) -> None:
        """Begin with so many inputs, of which the results of many are summed up."""
        self._inputs += count
        self._progress = Progress(count)
        if count > MOST_LINES:
            self.summary = Summary()

    def take_over(self, item: object, account: Account) -> None:
        """Give the account of one input."""
        for name, values, keywords in account.events:
            getattr(self, name)(*values, **keywords)
        if (fault := account.fault) is not None and not fault.is_usage:
            known = MisfitError(fault.problem, fault.hint, fault.pointer)
            self.clear_progress()
            if self.summary is None or self.summary.fault(str(item), fault.problem):
                failure(known, str(item))
            name = getattr(item, "name", str(item))
            self._errors.append({"input": name, "problem": known.problem, "hint": known.hint})
        if self.log:
            self.log.end(item, account)
        self.frame, self._explanation = "", []
        self._noted.clear()

    def refuse(self, error: CnnkitError, faults: Iterable[tuple[str, str]] = (), **totals: Any) -> NoReturn:
        """Print why the command ends, and exit with 1; the JSON object has each fault, an input and its problem."""
        failure(error)
        found: list[tuple[str | None, str]] = [*faults] or [(None, error.problem)]  # of no input
        self._errors += [{"input": name, "problem": problem, "hint": error.hint} for name, problem in found]
        self.close(**totals)
        raise typer.Exit(1)

    def example(self, text: str, following: str = "") -> None:
        """Print a worked example, the result of a command without input, and what to try next."""
        text = f"{text}\n\nNext: {following}" if following else text
        if self.as_json:
            self.close(example=text)
        else:
            show(text)

    def close(self, **totals: Any) -> None:
        """Say what concerns all inputs, print the JSON object with --json; exit with 1 if an input failed."""
        self.clear_progress()
        if self._kept:
            self.say(f"kept {self._kept} of {self._inputs}: their results are there, made with the same settings")
        for line in self.summary.lines(self._inputs) if self.summary else []:
            self.say(line)
        if note := self._rates_note():
            self.remark(note)
        if self._remarks:
            totals = {"notes": self._remarks, **totals}
        totals |= self.drawn
        if self.as_json:
            head = {"schema": JSON_SCHEMA, "cnnkit": __version__, "command": self.command}
            show(as_json({**head, **totals, "results": self._results, "errors": self._errors}))
        count = len(self._errors)
        if self.log:
            self.log.close()
        if count and self._inputs > 1:
            for line in self.summary.faults() if self.summary else []:
                print(printable(line), file=sys.stderr)
            print(f"{count} of {self._inputs} inputs failed", file=sys.stderr)
        if count:
            raise typer.Exit(1)

    def _rates_note(self) -> str:
        """How many sounds have which sample rate, where it is not one."""
        if len(self._rates) < 2:
            return ""
        found = ", ".join(f"{rate:,} Hz ({count})" for rate, count in sorted(self._rates.items()))
        return f"sample rates differ: {found}; --sample-rate makes them equal"

    def progress_of(self, item: object) -> Callable[[int, int], None]:
        """A function that shows how much of one long item is done."""
        began = time.monotonic()

        def show(done: int, of: int) -> None:
            if time.monotonic() - began > SECONDS_BEFORE_PROGRESS and done < of:
                self.show_live([f"{100 * done // of} % {item}"])

        return show

    def show_share(self, done: int, item: object = "") -> None:
        """Show how many of several inputs are done."""
        if self._progress and (line := self._progress.line(done, len(self._errors), item)):
            self.show_live([line])

    def show_live(self, lines: Sequence[str]) -> None:
        """Show lines on a terminal in place of those that were shown before."""
        if not self.quiet and takes_escapes(sys.stderr):
            up = f"\x1b[{self._live - 1}A" if self._live > 1 else ""
            print(f"{up}\r\x1b[J" + "\n".join(map(printable, lines)), end="", file=sys.stderr, flush=True)
            self._live = len(lines)

    def clear_progress(self) -> None:
        """Wipe away what is shown of how much is done."""
        if self._live:
            self.show_live([])
