"""Lists of work: in order, again and again, in blocks, and with scratch arrays that are shared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit.loops.learning.channels import LINE, sum_channels
from cnnkit.loops.learning.values import gather
from cnnkit.loops.machine.bands import Bands
from cnnkit.loops.machine.team import Team
from cnnkit.operations.network import work as room
from cnnkit.operations.network.work import WorkList


def test_loops_and_functions_in_order_again_and_again() -> None:
    values, out, seen = np.arange(4, dtype=np.float32), np.zeros(3, np.float32), []
    work = WorkList(1)
    work.then(lambda: seen.append("begun"))
    work(gather, 3, 3, work.threads, values, np.array([3, 0, 3]), out)
    work.then(lambda: seen.append(out.tolist()))
    assert seen == []
    for _ in range(2):
        Team(work.work, 1)()
    values[3] = 8
    Team(work.work, 1)()
    assert seen == ["begun", [3, 0, 3]] * 2 + ["begun", [8, 0, 8]]


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("width", [1, 5])
def test_blocks(width: int, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "VALUES_PER_BLOCK", 12)
    a, b, out = np.arange(105.0).reshape(7, 3, 5), np.ones((7, 3, 5)), np.zeros((7, 3, 5))
    sizes: list[Any] = []

    def add(x: Any, y: Any, result: Any) -> None:
        sizes.append(result.shape)
        np.add(x, y, out=result)

    work = WorkList(threads)
    work.in_blocks(add, out, a, b, width=width)
    work.work[0]()
    np.testing.assert_array_equal(out, a + 1)
    assert sorted(sizes) == ([(9,), *[(12,)] * 8] if width == 1 else [(1, 5), *[(2, 5)] * 10])


def test_blocks_say_nothing_of_what_overflows() -> None:
    out = np.zeros(2, np.float32)
    work = WorkList(1)
    work.in_blocks(lambda x, result: np.exp(x, out=result), out, np.array([1000, -1], np.float32))
    work.work[0]()
    assert out[0] == np.inf


def test_scratch_arrays_are_shared_where_they_are_large_enough() -> None:
    work = WorkList(1)
    small, large, again = (work._room(((size, np.float32),), 0)[0] for size in (10, 100, 10))
    assert (len(small), len(large), len(again)) == (10, 100, 10)
    assert not np.may_share_memory(small, large)
    assert np.may_share_memory(large, again)
    pair = work._room(((10, np.float32), (10, np.float64)), 0)
    assert not np.may_share_memory(*pair)
    assert not np.may_share_memory(pair[0], work._room(((10, np.float32),), 1)[0])


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_loops_of_many_steps_are_bands_with_rooms_of_their_own(threads: int) -> None:
    a = np.random.default_rng(0).normal(size=(9000, 3)).astype(np.float32)
    sums, line = np.zeros(16 * 6), 3 * -(-LINE // 3)
    work = WorkList(threads)
    work(
        sum_channels, 16, 10**7, threads, a.reshape(-1), a.reshape(-1), sums, a.size, 3, line, 16, 0,
        scratch=((2 * line, np.float64),),
    )  # fmt: skip
    assert isinstance(work.work[0], Bands)
    Team(work.work, threads)()
    np.testing.assert_allclose(sums.reshape(16, 2, 3)[:, 0].sum(axis=0), a.sum(axis=0, dtype=float), atol=1e-9)
