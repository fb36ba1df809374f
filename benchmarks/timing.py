"""How calls are timed: side by side in one run, interleaved, medians; `processes.py` does it to whole processes."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

LONG_SECONDS = 0.02  # a call that takes longer is not repeated within a turn
QUIET_SECONDS = (
    0.006  # of one look whether the machine is quiet: above the 4 ms in which Linux may count processor time
)

Result = TypeVar("Result")


class Clock(NamedTuple):
    """How a kind of calls is timed."""

    timed: Callable[[Callable[[], Any]], tuple[float, Any]]  # the seconds of one call, and its result
    turn: Callable[[Callable[[], Any]], list[float]]  # the seconds of one call or several
    row_seconds: float  # what the rounds of a row may take
    slow_seconds: float  # a call above this is made twice and the faster one counts
    threads: str  # who has how many, in words


def seconds_of(call: Callable[[], Result]) -> tuple[float, Result]:
    """The time of one call, and its result."""
    began = time.perf_counter()
    result = call()
    return time.perf_counter() - began, result


def turn(call: Callable[[], object], *, most: int = 10, seconds: float = 0.005) -> list[float]:
    """Seconds of one call, or of up to `most` after it that together take about `seconds`."""
    times: list[float] = []
    while not times or (
        len(times) <= most and times[0] < LONG_SECONDS and (len(times) == 1 or sum(times[1:]) < seconds)
    ):
        times.append(seconds_of(call)[0])
    return times if len(times) == 1 else times[1:]


def settled(
    calls: Mapping[str, Callable[[], Any]],
    *,
    rounds: int,
    seconds: float,
    one_turn: Callable[[Callable[[], Any]], list[float]] = turn,
) -> dict[str, float]:
    """Median seconds of each, called in turn, each turn begun when no thread of the last one is busy any more.

    Thread pools wait for more work by spinning: for some 30 ms after a call of PyTorch or ONNX Runtime, one of two
    cores is still theirs. A turn is one call, or for short work several after one that is not counted, which
    finds its own threads asleep. There are at most `rounds`, and about as many as fit into `seconds`, but not below
    five, or three where a round takes more than a second.

    Each must have been called before.
    """
    times: dict[str, list[float]] = {name: [] for name in calls}
    began = time.perf_counter()
    done, wanted = 0, rounds
    while done < wanted:
        for name, call in calls.items():
            wait_until_quiet()
            times[name] += one_turn(call)
        done += 1
        taken = (time.perf_counter() - began) / done
        wanted = min(rounds, max(3 if taken > 1 else 5, int(seconds / taken)))
    return {name: statistics.median(values) for name, values in times.items()}


def wait_until_quiet(*, longest: float = 0.2) -> None:
    """Sleep until this process uses no processor, but no longer than `longest` seconds."""
    began = time.perf_counter()
    while time.perf_counter() - began < longest:
        before = time.process_time()
        time.sleep(QUIET_SECONDS)
        if time.process_time() - before < QUIET_SECONDS / 4:
            return


def processor_seconds() -> tuple[float, float] | None:
    """How long all processors have worked, and how long for this process and its children, where Linux says."""
    try:
        user, nice, system, _, _, *more = map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:])
    except (OSError, ValueError):
        return None
    busy = (user + nice + system + sum(more[:3])) / os.sysconf("SC_CLK_TCK")
    return busy, sum(os.times()[:4])


def others_share(before: tuple[float, float] | None, elapsed: float) -> str:
    """What other programs took meanwhile, in words: a table made beside busy neighbours says more about them."""
    after = processor_seconds()
    if before is None or after is None or elapsed <= 0:
        return "nothing is known of other programs"
    others = (after[0] - before[0]) - (after[1] - before[1])
    return f"other programs took {max(0.0, 100 * others / elapsed):.0f} % of one processor meanwhile"
