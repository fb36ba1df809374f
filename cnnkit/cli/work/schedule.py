"""Which process works on which input, and when an account of it is given: in the order of the inputs, whoever is first.

This process works too, and alone as long as others would not pay: starting one takes as long as a few small images.
"""

from __future__ import annotations

import gc
import pickle
import sys
import threading
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnkit.cli import compiling
from cnnkit.cli.inputs import Source
from cnnkit.cli.options import Results
from cnnkit.cli.outputs import Outputs
from cnnkit.cli.report import Report
from cnnkit.cli.work.account import Account, Recorder, Task, account_of, work_on
from cnnkit.cli.work.helper import Helper, Order, ended
from cnnkit.cli.work.parts import Dividing
from cnnkit.errors import ArgumentError, CnnkitError
from cnnkit.files.writing import flush
from cnnkit.folders import refusal
from cnnkit.loops.machine.threads import available_threads
from cnnkit.loops.machine.together import CAN_START

if TYPE_CHECKING:
    from cnnkit.cli.work.cluster import Cluster, Slot

GARBAGE = 700, 10, 10
"""Python's own thresholds; those of a short process let the garbage of thousands of inputs pile up."""

SECONDS_OF_START = 0.3
"""That a helper takes before its first input."""

SECONDS_TO_PASS = 0.001
"""That passing a small result from one process to another takes, about; work that is shorter stays in one."""

PACES = 4
"""Inputs before, by whose shortest time it is judged whether passing results pays: any one may be slow by chance."""

SECONDS_AT_ONCE = 0.05
"""Work that a helper is given at a time: more would leave others without any at the end."""

MOST_AT_ONCE = 16
"""Inputs that a helper is given at a time."""

SECONDS_AFAR, MOST_AFAR = 5.0, 256
"""The same for a worker of a cluster, as long as many inputs are left: telling it takes milliseconds."""

AHEAD, AHEAD_WITH_RESULTS = 64, 2
"""Inputs that each process may be ahead of the first one whose account is missing; fewer where it has the result."""


def each(task: Task, sources: Sequence[Source], outputs: Outputs, report: Report, results: Results) -> None:
    """Do a task with every input, in as many processes as pay; a failure is told and the others go on.

    Wrong usage would fail on every input, so it ends the command at once.
    """
    if results.resume and (reason := refusal("state")):
        report.say(f"nothing is known of what is done: {reason}")
    if results.report:
        from cnnkit.cli.work.log import LogFile

        named = [source.name for source in sources if source.name.endswith(".jsonl")]
        file = LogFile(results.report, report, named, force=results.force, dry_run=results.dry_run)
        report.log = file.open(goes_on=results.resume)
        report.keeps_records = True
    if report.collection:
        sources = report.collection.open(report, sources)
    Schedule(task, sources, outputs, report, results).run()
    if report.collection:
        report.collection.close(report)


class Schedule:
    """The inputs of a command, and who works on them."""

    def __init__(
        self, task: Task, sources: Sequence[Source], outputs: Outputs, report: Report, results: Results
    ) -> None:
        self.task, self.sources, self.outputs, self.report, self.results = task, sources, outputs, report, results
        self.threads = results.threads
        # Loops that cannot be stored would be compiled by each process again.
        is_alone = not CAN_START or not task.can_be_sent or any(one.is_here for one in sources) or refusal("cache")
        self.jobs = 1 if is_alone else min(results.jobs or available_threads(), len(sources))
        self._cluster: Cluster | None = None
        if results.cluster and not results.dry_run:
            if is_alone:
                report.remark("--cluster is for files alone: this is worked on here")
            else:
                from cnnkit.cli.work.cluster import Cluster

                self._cluster = Cluster(results.cluster, results.jobs)
                self.jobs = min(self._cluster.slots, len(sources))
        self._ahead = self.jobs * (AHEAD_WITH_RESULTS if outputs.collects else AHEAD)
        self._next = self._told = 0  # numbers of the inputs that are taken, and told of, next
        self._resumes = results.resume and not task.shows
        self._returned: deque[int] = deque()  # numbers of those that a helper did not begin
        self._accounts: dict[int, Account] = {}
        self._changed = threading.Condition(threading.RLock())
        self._helpers: list[Helper | Slot] = []
        self._seconds = 0.0  # that an input took lately
        self._paces: deque[float] = deque(maxlen=PACES)
        self._least_seconds = SECONDS_TO_PASS if outputs.collects else 0.0
        self._failure: BaseException | None = None

    @property
    def is_over(self) -> bool:
        """Whether all is told, or something ended the command."""
        return self._failure is not None or self._told == len(self.sources)

    def run(self) -> None:
        """Work on all inputs, and give an account of each."""
        self.report.begin(len(self.sources))
        gc.set_threshold(*GARBAGE)
        work = compiling.together(self._work, self.outputs)
        try:
            if self._cluster is not None:
                self._start_on(self._cluster)
            while numbers := self._take(1, waits=True):
                recorder = Recorder(self.report) if self.jobs > 1 else self.report
                self.report.show_share(self._told + len(self._accounts), self.sources[numbers[0]])
                self._give(numbers[0], account_of(self.sources[numbers[0]], work, recorder))
                left = len(self.sources) - self._next
                pays = left * self._seconds > SECONDS_OF_START and min(self._paces, default=1) > self._least_seconds
                if self.jobs > 1 and not self._helpers and pays:
                    self._start(min(self.jobs - 1, left))
            if self._failure is not None:
                raise self._failure
        except (KeyboardInterrupt, SystemExit, CnnkitError) as failure:
            can_go_on = len(self.sources) > 1 and not self.outputs.collects and not isinstance(failure, ArgumentError)
            if can_go_on and self._told:
                self.report.ended(self._told, len(self.sources))
            raise
        finally:
            if len(self.sources) > 1:
                flush(self.report.folders)
            with self._changed:
                self._failure = self._failure or KeyboardInterrupt()  # nothing more is taken
                self._changed.notify_all()
            for helper in self._helpers:
                helper.end(is_idle=self._told == len(self.sources))
            for helper in self._helpers:
                helper.wait()
            if self._cluster is not None:
                self._cluster.close()

    def _work(self, source: Source, report: Report) -> None:
        work_on(self.task, source, self.outputs, report, self.threads)

    def _take(self, most: int, *, waits: bool = False) -> list[int]:
        """The numbers of the inputs to work on next; none if all are taken, or, where one `waits`, told of."""
        with self._changed:
            while not self.is_over:
                self._keep()
                left = len(self.sources) - self._next
                if self._returned:
                    return [self._returned.popleft()]
                count = min(most, left, self._told + self._ahead - self._next)
                if count > 0:
                    self._next += count
                    return [*range(self._next - count, self._next)]
                if not left and not waits:
                    break
                self._changed.wait(0.5)  # on Windows an interrupt is heard between two waits alone
            return []

    def _keep(self) -> None:
        """Pass over inputs whose results are there, where that is wanted and nothing else is to be seen of them."""
        while self._resumes and self._next < len(self.sources) and self._next - self._told < self._ahead:
            source = self.sources[self._next]
            if not self.outputs.has_results(source):
                break
            self._next += 1
            self._give(self._next - 1, Account([("kept", (source.name,), {})]))

    def _give(self, number: int, account: Account) -> None:
        """Take over an account, and tell of all whose turn it is."""
        with self._changed:
            # The first one's are also those of what is imported and compiled for it.
            if account.seconds:
                self._seconds = account.seconds if number else max(account.seconds - SECONDS_OF_START, 0)
                self._paces.append(account.seconds)
            self._accounts[number] = account
            try:
                while not self.is_over and self._told in self._accounts:
                    account = self._accounts.pop(self._told)
                    self.report.take_over(self.sources[self._told], account)
                    self._told += 1
                    if account.fault and account.fault.is_usage:
                        raise ArgumentError(account.fault.problem, account.fault.hint)
                    self.report.show_share(self._told + len(self._accounts))
            except BaseException as failure:
                self._failure = failure
            self._changed.notify_all()

    def _start(self, count: int) -> None:
        """Start helpers, and share the threads with them."""
        self.threads = self.results.threads or max(available_threads() // (count + 1), 1)
        task, report = self.task, Recorder(self.report)
        order = Order(sys.argv[1:], task, self.outputs, report, self.threads, self.results.max_memory)
        content = pickle.dumps(order)
        for _ in range(count):
            try:
                self._helpers.append(Helper(content))
            except OSError:  # a machine without room for another process
                return
            threading.Thread(target=self._feed, args=(len(self._helpers) - 1, content), daemon=True).start()

    def _start_on(self, cluster: Cluster) -> None:
        """Have the workers of a cluster do all work, and wait for them."""
        order = Order(
            sys.argv[1:], self.task, self.outputs, Recorder(self.report), self.threads or 1, self.results.max_memory
        )
        content = pickle.dumps(order)
        paths = [self.sources[0].name, self.outputs.folder_of(self.sources[0])]
        cluster.begin(content, paths, Dividing(self.task, self.outputs))
        if len(self.sources) == 1:
            cluster.watch = self.report.progress_of(self.sources[0])
        for place in range(self.jobs):
            self._helpers.append(cluster.slot())
            threading.Thread(target=self._feed, args=(place, content), daemon=True).start()
        with self._changed:
            is_told = False
            while not self.is_over:
                self._changed.wait(0.5)
                if not cluster.has_workers and not is_told:
                    is_told = True
                    self.report.say("the cluster has no workers: waiting for one to come")

    def _feed(self, place: int, order: bytes) -> None:
        """Give a helper inputs as long as there are any; where it ends before, another takes its place."""
        try:
            self._feed_helper(place, order)
        except BaseException as failure:  # of which this thread could tell nobody
            with self._changed:
                self._failure = self._failure or failure
                self._changed.notify_all()

    def _feed_helper(self, place: int, order: bytes) -> None:
        at_once = 1
        while numbers := self._take(at_once):
            helper, waiting = self._helpers[place], deque(numbers)
            try:
                for account in helper.work([self.sources[number] for number in numbers]):
                    self._give(waiting.popleft(), account)
            except (EOFError, OSError, pickle.UnpicklingError):
                code = helper.wait()
                with self._changed:
                    if self.is_over:
                        return
                    begun = waiting.popleft() if helper.is_ready else None
                    self._returned.extend(waiting)
                    self._changed.notify_all()
                if begun is None:  # it does not start here
                    return
                self.outputs.clear(self.sources[begun], helper.number)
                self._give(begun, Account([], 0.0, ended(code)))
                try:
                    self._helpers[place] = Helper(order)
                except OSError:
                    return
            at_once = self._at_once()

    def _at_once(self) -> int:
        """How many inputs are given at a time; afar, fewer and fewer towards the end, so that all end together."""
        pace = max(self._seconds, 1e-4)
        if self._cluster is None:
            return max(1, min(MOST_AT_ONCE, int(SECONDS_AT_ONCE / pace)))
        share = (len(self.sources) - self._next) // (2 * self.jobs)
        return max(1, min(MOST_AFAR, int(SECONDS_AFAR / pace), share))
