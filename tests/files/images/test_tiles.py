"""Rows of tiles: decoded once by the threads that need them, let go when nobody does, and failures that reach all."""

from __future__ import annotations

import io
import threading
import weakref
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit import memory
from cnnkit.data.bands import Bands
from cnnkit.errors import SizeError
from cnnkit.files.images.raster import read_raster
from cnnkit.files.images.tiles import tiled_rows
from cnnkit.loops.machine.threads import in_order
from tests.reference.tiff import tiff_of

IMAGE = np.arange(23 * 17 * 2, dtype=np.uint16).reshape(23, 17, 2)
sides = st.integers(1, 30)


def tiled(height: int, width: int, begun: Counter[tuple[int, int]]) -> Bands:
    def fill(row: int, place: int, samples: Any) -> None:
        begun[row, place] += 1
        part = samples[:, place * width : (place + 1) * width]
        part[...] = IMAGE[row * height :, place * width :][: len(part), :width]

    return tiled_rows((23, 17, 2), IMAGE.dtype, height, -(-17 // width), fill)


@given(sides, sides, sides, st.integers(0, 5), st.integers(1, 4))
def test_bands_that_overlap_decode_each_tile_once(height: int, width: int, step: int, more: int, threads: int) -> None:
    begun: Counter[tuple[int, int]] = Counter()
    bands = tiled(height, width, begun)
    edges = [(max(first - more, 0), min(first + step + more, 23)) for first in range(0, 23, step)]
    made = in_order(len(edges), lambda n: bands.take(*edges[n]), lambda taken, n: bands.make(taken, *edges[n]), threads)
    for (first, last), samples in zip(edges, made, strict=True):
        np.testing.assert_array_equal(samples, IMAGE[first:last])
    assert {*begun.values()} == {1}
    np.testing.assert_array_equal(bands.array(), IMAGE)  # once more, from the first row on


def test_rows_are_let_go() -> None:
    bands = tiled(4, 17, Counter())
    first = weakref.ref(bands.rows(0, 4).base)
    assert first() is not None
    bands.rows(8, 9)
    assert first() is None


def test_a_failure_reaches_all_who_wait() -> None:
    both = threading.Barrier(2, timeout=20)

    def fill(row: int, place: int, samples: Any) -> None:
        both.wait()
        if place:
            raise ValueError("broken")

    bands = tiled_rows((4, 4, 1), np.dtype("u1"), 4, 2, fill)
    taken, failures = bands.take(0, 4), []

    def make() -> None:
        try:
            bands.make(taken, 0, 4)
        except ValueError as error:
            failures.append(str(error))

    threads = [threading.Thread(target=make) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)
    assert failures == ["broken"] * 2


def test_a_row_of_tiles_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "most_bytes", 1000)
    tiled_rows((10_000, 10, 10), np.dtype("u1"), 10, 1, lambda row, place, samples: None)
    with pytest.raises(SizeError, match="a row of tiles of 11x10x10 takes"):
        tiled_rows((10_000, 10, 10), np.dtype("u1"), 11, 1, lambda row, place, samples: None)


@pytest.mark.parametrize("layout", [{"block": (16, 16)}, {"planar": True, "block": (16, 32)}, {"planar": True}])
def test_a_tiff_in_tiles_is_read_by_bands(layout: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    samples = np.random.default_rng(1).integers(0, 256, (100, 40, 3), dtype=np.uint8)
    raster = read_raster(io.BytesIO(tiff_of(samples, 8, **layout)))
    assert isinstance(raster.source, Bands)
    if "block" in layout:
        monkeypatch.setattr(memory, "most_bytes", 5000)
        np.testing.assert_array_equal(raster.source.rows(30, 50), samples[30:50])
    else:
        np.testing.assert_array_equal(raster.samples, samples)
