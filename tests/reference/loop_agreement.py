"""How the loops of convolution are held against the slow twin, and their bands against each other."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from cnnkit import arrays
from cnnkit.loops.machine.bands import thread_scratch
from cnnkit.operations.convolution import problem
from cnnkit.operations.convolution.convolve import convolve
from tests.reference import convolution as twin

SUMS = {"f4": 2e-6, "f8": 1e-14}
"""What a sum may be off, as a share of sum |w| |x|."""

PRODUCTS = 2e-5
"""What Winograd's products may be off, as a share of sum |w| times max |x|."""


def assert_agrees(images: Any, weights: Any, algorithm: str, **settings: Any) -> None:
    """Convolve a batch by one algorithm and hold every image against the twin; whole numbers must be equal."""
    found = convolve(images, weights, algorithm=algorithm, threads=1, **settings)
    is_whole = images.dtype.kind in "ui" and not (np.asarray(weights) % 1).any()
    for one, image in zip(found, images, strict=True):
        expected = twin.convolve(image, weights, **settings)
        assert one.shape == expected.shape
        if is_whole:
            np.testing.assert_array_equal(one, expected.astype(one.dtype), str((image.shape, settings)))
            continue
        if algorithm == "winograd":
            allowed = PRODUCTS * np.abs(weights).sum(axis=(0, 1, 2)) * max(np.abs(image).max(), 1)
        else:
            allowed = SUMS["f8" if images.dtype == "f8" else "f4"] * twin.magnitude(image, weights, **settings)
        worst = np.abs(one - expected) - allowed
        assert worst.max() <= 0, f"off by {worst.max()} more than allowed, {image.shape}, {settings}"


def units_apart(
    monkeypatch: pytest.MonkeyPatch, room: ModuleType, call: Callable[[], Any], untouched: float = 77
) -> tuple[Any, list[Any]]:
    """The whole result of `call`, and for each unit of its work what that one writes alone, `untouched` elsewhere."""
    counts = []
    knows = room  # what has loops run again
    if room.__name__.startswith("cnnkit.operations.convolution."):
        room, knows = problem, import_module(convolve.__module__)
    if hasattr(knows, "has_machine_code"):
        monkeypatch.setattr(knows, "has_machine_code", lambda: False)

    def count(loop: Any, rows: int, *given: Any, **settings: Any) -> None:
        counts.append(rows)
        run_bands(loop, rows, *given, **settings)

    run_bands = room.run_bands
    monkeypatch.setattr(arrays, "allocate", lambda shape, kind: np.full(shape, untouched, kind))
    monkeypatch.setattr(room, "run_bands", count)
    whole = call()
    alone = []
    for unit in range(counts[0]):

        def one(
            loop: Any,
            rows: int,
            steps: int,
            threads: Any,
            *arguments: Any,
            scratch: Any = (),
            unit: int = unit,
            **_: Any,
        ) -> None:
            loop.bind(*arguments, *thread_scratch(scratch))(unit, unit + 1)

        monkeypatch.setattr(room, "run_bands", one)
        alone.append(call())
    monkeypatch.undo()
    return whole, alone


def assert_units_are_apart(whole: Any, alone: list[Any], untouched: float = 77) -> None:
    """Every place is written by one unit, with the same bits as when all of them are computed."""
    written = np.array([one != untouched for one in alone])
    np.testing.assert_array_equal(written.sum(axis=0), np.ones(whole.shape))
    np.testing.assert_array_equal(np.where(written, np.array(alone), 0).sum(axis=0), whole)
