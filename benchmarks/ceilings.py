"""How fast a convolution can be on this machine, and how near it is: the time its memory or its products would take.

Both are measured in the same run: a copy of as many bytes into fresh memory, by two threads, and the largest product of
matrices that PyTorch is given. What is left beside them is the hand-over between threads, Python, edges and shuffles.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import convolution_rivals
import numpy as np
import torch
from convolution_cases import Case, filters, layers
from harness import THREADS
from images import size_name
from report import machine, table

import cnnkit

SECONDS = 0.6
MATRIX = 1536
"""Rows and columns of the matrices."""

SMALL_BYTES = 4 << 20
"""Copied by one thread: two would wait for each other."""

SIZES = ("600x400", "12")
KERNELS = (3, 5, 7, 15)


class Floor(NamedTuple):
    """The seconds that nothing can be faster than."""

    memory: float
    products: float


def report(match: str) -> str:
    """The tables, as Markdown."""
    product, peaks = product_of_matrices(), []
    parts: list[str] = []
    for title, cases in works():
        rows = []
        for case in (one for one in cases if match in one.name):
            peaks.append(2.0 * MATRIX**3 / best(product))  # a shared machine is not always as fast
            rows.append(row(case, peaks[-1]))
        names = ["work", "algorithm", "ms", "memory, ms", "products, ms", "reached", "what is left, ms"]
        parts.append(f"### {title}\n\n{table(names, rows)}\n")
    least, most = (f"{extreme(peaks) / 1e9:.0f}" for extreme in (min, max))
    head = f"{machine()}; best of many calls, {THREADS} threads. Products: {least} to {most} GFLOP/s, row by row.\n"
    return "\n".join([head, *parts])


def works() -> Iterator[tuple[str, list[Case]]]:
    """What is measured, by title."""
    for size in SIZES:
        yield f"Filters, {size_name(size)}", [one for one in filters(size) if one.size in KERNELS]
    yield "Layers", list(layers())


def row(case: Case, peak: float) -> list[str]:
    """A line of the table."""
    call = convolution_rivals.ours(case)
    seconds, out = best(call), call()
    image, is_filter = case.picture, case.family != "layer"
    settings: dict[str, Any] = {"stride": case.stride, "dilation": case.dilation, "groups": case.groups}
    given = image.flat if is_filter else image.samples
    plan = cnnkit.plan(given, cnnkit.kernel(case.weights), **({} if is_filter else settings))
    floor = Floor(best(copy(given, out)), 2.0 * products(case, plan, out) / peak)
    least = max(floor)
    return [
        case.name, plan.algorithm, f"{seconds * 1e3:.3g}", f"{floor.memory * 1e3:.3g}", f"{floor.products * 1e3:.3g}",
        f"{100 * least / seconds:.0f} %", f"{(seconds - least) * 1e3:.3g}",
    ]  # fmt: skip


def products(case: Case, plan: Any, out: Any) -> float:
    """The products that the algorithm makes, as far as they are most of its work; of int16, two in the time of one."""
    if plan.algorithm == "separable":
        each = 2 * case.size
    elif plan.algorithm in ("box", "fourier"):
        each = 0  # sums of neighbours, or the steps of transforms
    else:
        each = case.size**2 if case.weights.ndim == 2 else case.weights[..., 0].size
    parts = 16 if plan.algorithm == "winograd" else 4  # a quarter of the products of 4 bytes
    return float(out.size * each * plan.sum_type.itemsize / parts)


def copy(given: Any, out: Any) -> Callable[[], Any]:
    """Read as many bytes as are given, and write as many as come out, into fresh memory."""
    source = np.empty(max(given.nbytes, out.nbytes), np.uint8)
    source[:] = 1

    def one(begin: int, end: int, target: Any) -> None:
        np.copyto(target[begin : min(end, out.nbytes)], source[begin : min(end, out.nbytes)])
        if end > out.nbytes:
            source[max(begin, out.nbytes) : min(end, given.nbytes)].max()

    def call() -> Any:
        target, end = np.empty(out.nbytes, np.uint8), len(source)
        if end <= SMALL_BYTES:
            one(0, end, target)
            return target
        other = threading.Thread(target=one, args=(end // 2, end, target))
        other.start()
        one(0, end // 2, target)
        other.join()
        return target

    return call


def product_of_matrices() -> Callable[[], Any]:
    """The largest product, which reads little for what it computes."""
    torch.set_num_threads(THREADS)
    one, other = torch.rand(MATRIX, MATRIX), torch.rand(MATRIX, MATRIX)
    return lambda: one @ other


def best(call: Callable[[], Any]) -> float:
    """The seconds of the fastest of many calls."""
    call()
    call()
    least, end = float("inf"), time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        began = time.perf_counter()
        call()
        least = min(least, time.perf_counter() - began)
    return least
