"""Marks of axes: places by hand, and what holds for any axis."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.geometry.ticks import nice_ticks

BY_HAND = [
    (0, 10, 12, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]),
    (0, 10, 10, ["0", "2", "4", "6", "8", "10"]),
    (0, 10, 5, ["0", "5", "10"]),
    (0, 11025, 12, [f"{hertz}" for hertz in range(0, 11001, 1000)]),
    (-0.0116, 2.31, 6, ["0.0", "0.5", "1.0", "1.5", "2.0"]),
    (-5, 5, 4, ["-5", "0", "5"]),
    (0.1, 0.3, 4, ["0.1", "0.2", "0.3"]),
    (97.2, 98.9, 5, ["97.5", "98.0", "98.5"]),
    (-0.5, 12.5, 7, ["0", "2", "4", "6", "8", "10", "12"]),
    (-0.5, 0.7, 7, ["-0.4", "-0.2", "0.0", "0.2", "0.4", "0.6"]),
    (0, 4e6, 5, ["0", "1e+06", "2e+06", "3e+06", "4e+06"]),
    (0, 1.2e7, 7, ["0", "2.0e+06", "4.0e+06", "6.0e+06", "8.0e+06", "1.0e+07", "1.2e+07"]),
    (-1e300, 1e300, 5, ["-1.0e+300", "-5.0e+299", "0", "5.0e+299", "1.0e+300"]),
    (0, 3e-300, 4, ["0", "1e-300", "2e-300", "3e-300"]),
    (0, 2e-5, 4, ["0", "1e-05", "2e-05"]),
]


@pytest.mark.parametrize(("low", "high", "most", "labels"), BY_HAND)
def test_labels_by_hand(low: float, high: float, most: int, labels: list[str]) -> None:
    ticks = nice_ticks(low, high, most)
    assert [tick.label for tick in ticks] == labels
    assert [tick.place for tick in ticks] == [float(label) for label in labels]


def test_whole_numbers_only() -> None:
    assert [tick.label for tick in nice_ticks(-0.5, 2.5, 20)][:3] == ["-0.4", "-0.2", "0.0"]
    assert [tick.label for tick in nice_ticks(-0.5, 2.5, 20, whole=True)] == ["0", "1", "2"]
    assert [tick.label for tick in nice_ticks(-0.5, 127.5, 12, whole=True)][:3] == ["0", "20", "40"]


@given(
    low=st.floats(-1e9, 1e9),
    span=st.floats(1e-3, 1e9),
    most=st.integers(4, 40),
)
def test_ticks_lie_on_the_axis_and_differ(low: float, span: float, most: int) -> None:
    high = low + span
    ticks = nice_ticks(low, high, most)
    places = [tick.place for tick in ticks]
    tolerance = 1e-8 * max(abs(low), abs(high))
    assert 1 <= len(ticks) <= most
    assert all(low - tolerance <= place <= high + tolerance for place in places)
    assert places == sorted(set(places))
    assert len({tick.label for tick in ticks}) == len(ticks)
    for tick in ticks:
        assert float(tick.label) == pytest.approx(tick.place, rel=1e-9, abs=1e-9 * span)
