"""Places of the largest and smallest, and what is put back there, as machine code and as plain Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit.loops.pooling.indices import unpool
from cnnkit.operations.pooling import indices as room
from cnnkit.operations.pooling.pool import pool
from tests.cases.layouts import samples
from tests.reference.agreement import check
from tests.reference.guards import linux_only, run_guarded
from tests.reference.loop_agreement import assert_units_are_apart, units_apart


@pytest.mark.parametrize("kind", ["max", "min"])
@pytest.mark.parametrize("dtype", ["u1", "i8", "f4"])
def test_against_the_twin(dtype: str, kind: str, engine: str) -> None:
    image = samples(1, (2, 7, 9, 3), dtype)
    for size, asked in (
        (3, {"stride": 1, "padding": 2}), ((2, 4), {"stride": (3, 2), "dilation": (2, 1), "ceil": True}),
        (2, {"padding": (4, 0, 0, 5)}), ("global", {}), (None, {"adaptive": (3, 10)}),
    ):  # fmt: skip
        check(image, size, kind=kind, indices="flat", **asked)


@pytest.mark.parametrize("nan", ["propagate", "ignore"])
@pytest.mark.parametrize("kind", ["max", "min"])
def test_nan_infinities_and_equals(kind: str, nan: str, engine: str) -> None:
    values = np.array([np.nan, np.inf, -np.inf, 0, -0.0, 1], "f4")
    for seed in range(8):
        image = np.random.default_rng(seed).choice(values, (7, 8, 2))
        image[:3, :3] = np.nan
        for size in (1, 2, 3):
            check(image, size, stride=1, padding=1 if size > 1 else 0, kind=kind, nan=nan, indices="pairs")


@pytest.mark.parametrize("part", [0, 1])
def test_a_unit_writes_its_own_rows_alone(part: int, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    images = samples(2, (2, 6, 5, 2), "f4")
    whole, alone = units_apart(
        monkeypatch, room, lambda: pool(images, 2, stride=1, indices=True, threads=1)[part], untouched=-7
    )
    assert len(alone) == 10
    assert_units_are_apart(whole, alone, untouched=-7)


def put(values: Any, indices: Any, images: int, results: int, plane: int, depth: int) -> tuple[Any, int]:
    out, wrong = np.zeros(images * plane * depth, np.asarray(values).dtype), np.full(1, -1)
    unpool(np.asarray(values), np.asarray(indices), out, wrong, results, plane, depth, images)
    return out, int(wrong[0])


def test_values_go_where_their_indices_say(engine: str) -> None:
    """Two images of two channels and three samples; channels are planes in indices, side by side in memory."""
    values = np.arange(1.0, 9)
    indices = [0, 3, 2, 5, 7, 10, 6, 9]
    out, wrong = put(values, indices, images=2, results=2, plane=3, depth=2)
    assert wrong == -1
    assert out.tolist() == [1, 2, 0, 0, 3, 4, 7, 8, 5, 6, 0, 0]


def test_nowhere_and_the_last_of_several(engine: str) -> None:
    out, wrong = put(np.array([5, 6, 7, 8], "u1"), [2, -1, 2, 0], images=1, results=4, plane=4, depth=1)
    assert (out.tolist(), wrong) == ([8, 0, 7, 0], -1)


@pytest.mark.parametrize("bad", [-2, 3, 6, 2**62, -(2**63)])
def test_what_is_not_in_its_own_channel_is_told_and_not_written(bad: int, engine: str) -> None:
    """Index 3 is in the image, but in the other channel's plane."""
    out, wrong = put(np.array([1.0, 2.0]), [bad, 4], images=1, results=1, plane=3, depth=2)
    assert wrong == 0
    assert out.tolist() == [0, 0, 0, 2, 0, 0]


@linux_only
def test_nothing_is_read_beyond_the_buffers() -> None:
    run_guarded(
        "from cnnkit import arrays",
        "from cnnkit.operations.pooling.pool import pool",
        "arrays.allocate = lambda shape, kind: guarded(int(np.prod(shape)), kind).reshape(shape)",
        "for width in range(3, 40):",
        "    image = guarded(5 * width * 3, np.float32).reshape(5, width, 3)",
        "    image[:] = 1",
        "    pool(image, 3, stride=1, padding=1, indices=True)",
        "    pool(image, (2, 3), stride=2, ceil=True, indices=True)",
        "    del mappings[:-40]",
    )
