"""Rows that come band by band: the same samples as all at once."""

from typing import Any

import numpy as np
import pytest

from cnnkit.data.bands import SHARE, Bands


@pytest.mark.usefixtures("small_bands")
def test_all_rows_together_are_the_array() -> None:
    samples = np.arange(50 * 7 * 3, dtype=np.int16).reshape(50, 7, 3)
    given = Bands.of(samples)
    assert len(given.edges) > 10
    np.testing.assert_array_equal(given.array(), samples)
    np.testing.assert_array_equal(given.rows(3, 9), samples[3:9])


@pytest.mark.usefixtures("small_bands")
def test_a_change_is_made_of_each_band() -> None:
    samples = np.arange(50 * 7, dtype=np.uint8).reshape(50, 7, 1)
    seen: list[int] = []

    def change(rows: Any) -> Any:
        seen.append(len(rows))
        return np.concatenate([rows, rows], axis=2).astype(np.float32)

    changed = Bands.of(samples).then(change, dtype=np.dtype(np.float32), depth=2)
    assert (changed.shape, changed.dtype) == ((50, 7, 2), np.float32)
    assert seen == []
    np.testing.assert_array_equal(changed.array(), np.repeat(samples, 2, axis=2).astype(np.float32))
    assert len(seen) == len(changed.edges) > 1
    assert sum(seen) == 50


@pytest.mark.usefixtures("small_bands")
def test_progress_is_told_as_bands_are_taken() -> None:
    told: list[tuple[int, int]] = []
    watched = Bands.of(np.zeros((50, 7, 1), np.uint8)).watched(lambda done, of: told.append((done, of)))
    assert told == []
    watched.array()
    assert told == [(first, 50) for first, _ in watched.edges]


@pytest.mark.usefixtures("small_bands")
def test_steps_are_taken_in_order_and_made_of_what_was_taken() -> None:
    samples = np.arange(40 * 8, dtype=np.uint8).reshape(40, 8, 1)
    count, take, make = Bands.of(samples).steps(lambda rows, first: (first, int(rows[0, 0, 0])))
    taken = [take(number) for number in range(count)]
    made = [make(one, number) for number, one in enumerate(taken)]
    assert made == [(first, int(samples[first, 0, 0])) for first, _ in Bands.of(samples).edges]


def test_bands_have_fewer_rows_where_each_is_made_of_much() -> None:
    image = Bands.of(np.zeros((1000, 10, 1), np.uint8))
    assert len(image.edges) == 1
    heavy = image._replace(taken_bytes=SHARE << 18)
    assert max(last - first for first, last in heavy.edges) <= 4
    assert heavy.edges[-1][1] == 1000
