"""How many pieces of work a Dask scheduler hands out: simulated with items that sleep, on workers of this machine.

Workers have many threads, which sleep in place of working, so that two processors are enough to see where the command
and the scheduler end.
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from distributed import LocalCluster

from cnnkit.cli.inputs import Source
from cnnkit.cli.options import Results
from cnnkit.cli.report import Report
from cnnkit.cli.work import remote
from cnnkit.cli.work.schedule import Schedule

WORKERS = 4


class Sleeping(NamedTuple):
    """A task that takes its time."""

    seconds: float

    @property
    def can_be_sent(self) -> bool:
        return True

    @property
    def shows(self) -> bool:
        return False

    @property
    def goes_by_rows(self) -> bool:
        return False

    def work(self, source: Source, outputs: Any, report: Report, threads: int | None) -> None:
        time.sleep(self.seconds)


class Nowhere:
    """Outputs that nothing goes to."""

    collects = False

    def begin(self, source: Source) -> None:
        """Nothing is to be done."""

    def folder_of(self, source: Source) -> str:
        return "."


class Place(remote.Place):
    """Work in the worker's own threads, as a process for each of so many would be too much for one machine."""

    def work(self, sources: Any) -> list[Any]:
        import pickle

        from cnnkit.cli.work.account import Recorder, account_of

        order = pickle.loads(self._order)
        task, report = order.task, order.report
        return [account_of(one, lambda s, r: task.work(s, None, r, None), Recorder(report)) for one in sources]


def _use_place() -> None:
    remote.Place = Place  # type: ignore[misc]


def measure(items: int, seconds: float, slots: int) -> tuple[float, float]:
    """Seconds that so many items took, and would have taken if nothing else took any time."""
    with LocalCluster(n_workers=WORKERS, threads_per_worker=slots // WORKERS, dashboard_address=None) as cluster:
        from distributed import Client

        with Client(cluster, set_as_default=False) as client:
            client.run(_use_place)
        sources = [Source(__file__)] * items
        results = Results(cluster=cluster.scheduler_address, quiet=True)
        outputs: Any = Nowhere()
        schedule = Schedule(Sleeping(seconds), sources, outputs, Report("scale", quiet=True), results)
        begun = time.perf_counter()
        schedule.run()
        return time.perf_counter() - begun, items * seconds / slots


def report() -> str:
    """A table."""
    lines = [
        "| items | each sleeps | threads | seconds | without any overhead | items a second |",
        "|--|--|--|--|--|--|",
    ]
    for items, seconds, slots in (
        (1_000, 0.1, 16), (10_000, 0.1, 64), (10_000, 0.01, 64), (100_000, 0.01, 64), (100_000, 0.01, 256),
        (100_000, 0.1, 512),
    ):  # fmt: skip
        took, ideal = measure(items, seconds, slots)
        cells = (
            f"{items:,}",
            f"{1000 * seconds:g} ms",
            f"{slots}",
            f"{took:.1f}",
            f"{ideal:.1f}",
            f"{items / took:,.0f}",
        )
        lines.append(f"| {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    return "\n".join(lines)


if __name__ == "__main__":
    report()
