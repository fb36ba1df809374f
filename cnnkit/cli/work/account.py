"""What working on one input came to, as plain values: a report takes it over later, from another process too."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from cnnkit.cli.report import Report, explained
from cnnkit.errors import ArgumentError, MisfitError, StandardOutputError

if TYPE_CHECKING:
    from cnnkit.cli.inputs import Source
    from cnnkit.cli.outputs import Delivery, Outputs

Item = TypeVar("Item")


class Task(Protocol):
    """What a command does with each input: plain values, which are sent to other processes."""

    @property
    def can_be_sent(self) -> bool:
        """Whether another process can do it: it has no terminal to draw on."""
        ...

    @property
    def shows(self) -> bool:
        """Whether it shows anything beside results."""
        ...

    @property
    def goes_by_rows(self) -> bool:
        """Whether rows of a result need no others of the image than those near them."""
        ...

    def work(self, source: Source, outputs: Outputs, report: Report, threads: int | None) -> None:
        """Read an input, write its results, and say so."""


class Collecting(Protocol):
    """What takes the results of all inputs of a command together, in the order of the inputs."""

    @property
    def keeps_records(self) -> bool:
        """Whether the report says of each input that it was collected."""
        ...

    def open(self, report: Report, sources: Sequence[Source]) -> list[Source]:
        """Begin, and return the inputs to work on."""
        ...

    def add(self, file: str, samples: Any, facts: Mapping[str, Any]) -> None:
        """Add what came of an input."""

    def close(self, report: Report) -> None:
        """End, once all inputs are done."""


class Fault(NamedTuple):
    """Why an input failed, or, where it `is_usage`, all will."""

    problem: str
    hint: str
    is_usage: bool = False
    pointer: str = ""  # the line with a layer that does not fit, and carets below it


class Account(NamedTuple):
    """What became of one input."""

    events: list[tuple[str, tuple[Any, ...], dict[str, Any]]]  # methods of a report, and with what they are called
    seconds: float = 0.0
    fault: Fault | None = None


class Recorder(Report):
    """A report that keeps what it is told."""

    def __init__(self, of: Report) -> None:
        super().__init__(of.command, quiet=of.quiet, as_json=of.as_json)
        self.keeps_records = of.keeps_records
        self.events: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def say(self, line: str) -> None:
        """Keep a line for the user."""
        self.events.append(("say", (line,), {}))

    def remark(self, line: str) -> None:
        """Keep what is said of all inputs together."""
        self.events.append(("remark", (line,), {}))

    def note(self, item: object, notes: Any) -> None:
        """Keep what reading an input found out."""
        self.events.append(("note", (str(item), [*notes]), {}))

    def wrote(self, line: str, delivery: Delivery, size: str) -> None:
        """Keep that a result was written."""
        self.events.append(("wrote", (line, delivery, size), {}))

    def show(self, text: str) -> None:
        """Keep what the command is for."""
        self.events.append(("show", (text,), {}))

    def picture(self, levels: Any, line: str, *, keeps_aspect: bool = True) -> None:
        """Keep an image to be shown."""
        self.events.append(("picture", (levels, line), {"keeps_aspect": keeps_aspect}))

    def rate(self, sample_rate: int) -> None:
        """Keep the sample rate of a sound."""
        self.events.append(("rate", (sample_rate,), {}))

    def record(self, **facts: Any) -> None:
        """Keep what was done."""
        if self.keeps_records:
            self.events.append(("record", (), self.explained_facts(facts)))

    def collect(self, file: str, samples: Any, facts: Any) -> None:
        """Keep a result for a data set."""
        self.events.append(("collect", (file, samples, facts), {}))

    def progress_of(self, item: object) -> Callable[[int, int], None]:
        """Nothing: what is shown is how many inputs are done."""
        return lambda done, of: None


def work_on(task: Task, source: Source, outputs: Outputs, report: Report, threads: int | None) -> None:
    """Do a task with an input as it is now."""
    outputs.begin(source)
    task.work(source, outputs, report, threads)


def account_of(source: Item, work: Callable[[Item, Report], None], report: Report) -> Account:
    """Work on one input, and return what it came to, whatever goes wrong; a `report` is told, if it is no recorder."""
    began, fault = time.monotonic(), None
    try:
        work(source, report)
    except StandardOutputError:
        raise
    except Exception as error:
        known = explained(error)
        is_usage = isinstance(error, ArgumentError)
        problem = f"{report.frame}: {known.problem}" if report.frame and not is_usage else known.problem
        fault = Fault(problem, known.hint, is_usage, known.pointer if isinstance(known, MisfitError) else "")
    return Account(report.events if isinstance(report, Recorder) else [], time.monotonic() - began, fault)


def each_here(report: Report, items: Iterable[Item], work: Callable[[Item], None]) -> None:
    """Do light work on every item in this process; a failure is reported and the rest go on.

    Wrong usage would fail on every item, so it ends the command at once.
    """
    everything = [*items]
    report.begin(len(everything))
    for number, item in enumerate(everything):
        report.show_share(number, item)
        account = account_of(item, lambda one, told: work(one), report)
        report.take_over(item, account)
        if account.fault and account.fault.is_usage:
            raise ArgumentError(account.fault.problem, account.fault.hint)
    report.clear_progress()
