"""What a command does about loops that are not compiled yet: it says so, and has all it needs compiled at once."""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import BytesIO
from typing import Any

import numpy as np

from cnnkit.cli.inputs import Source
from cnnkit.cli.outputs import Delivery, Outputs
from cnnkit.cli.report import Report
from cnnkit.cli.work.account import Recorder
from cnnkit.data.raster import Raster
from cnnkit.folders import own_folder, refusal
from cnnkit.loops.machine import compile, rehearsal

MOST_ROWS, MOST_COLUMNS = 512, 2048
"""Of the part of an image that is rehearsed on: enough for the algorithm to be the same."""

_latest: weakref.WeakValueDictionary[str, Raster] = weakref.WeakValueDictionary()
"""The image that was read last, as long as the work on it needs it."""


def announce(report: Report) -> None:
    """Say, once a command, why a first run on a machine takes longer; why the next will too, once ever."""

    def say(names: Sequence[str], seconds: float) -> None:
        compile.announce = None
        if report.quiet or report.as_json:
            return
        reason = refusal("cache")
        if not reason:
            named = ", ".join(dict.fromkeys(names))
            report.say(f"compiling once for this machine, about {math.ceil(seconds)} s: {named}")
        elif _is_first_time():
            report.say(f"compiling, and again next time: {reason}")

    compile.announce = say


def _is_first_time() -> bool:
    """Whether it was not noted yet that nothing can be stored; where that cannot be noted either, it is always."""
    with suppress(OSError):
        if folder := own_folder("state"):
            note = folder / "loops-not-stored"
            if note.exists():
                return False
            note.touch()
    return True


def together(work: Callable[[Source, Report], None], outputs: Outputs) -> Callable[[Source, Report], None]:
    """`work`, of which all loops are compiled at once when the first is missing: it is rehearsed then."""

    def rehearse(source: Source, report: Report) -> None:
        vars(outputs).update(stack=None, write=lambda *result: _encode(outputs, *result))
        work(source, Recorder(report))  # of which nobody gives an account

    def worked(source: Source, report: Report) -> None:
        compile.rehearse = lambda: rehearse(source, report)
        try:
            work(source, report)
        finally:
            compile.rehearse = None

    return worked


def _encode(outputs: Outputs, *result: Any) -> Delivery:
    if not outputs.dry_run:
        _, _, _, encode, *_ = result
        encode(BytesIO())
    return Delivery("-", "would write")


def read(raster: Raster) -> Raster:
    """An image that was read; in a rehearsal, the part of it that is enough."""
    if rehearsal.note:
        rows, columns, depth = raster.shape
        part = min(rows, MOST_ROWS), min(columns, MOST_COLUMNS), depth
        return raster.with_samples(np.zeros(part, raster.dtype))  # loops do nothing: samples do not matter
    _latest["image"] = raster
    return raster


def read_before() -> Raster | None:
    """In a rehearsal, the image that was read before it."""
    raster = _latest.get("image") if rehearsal.note else None
    return raster and read(raster)
