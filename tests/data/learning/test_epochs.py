"""Which epoch is best, whatever the losses are."""

from __future__ import annotations

import math

import pytest

from cnnkit.data.learning.epochs import Epoch, best

NAN, INF = math.nan, math.inf


def epochs(losses: list[float], validation: list[float]) -> list[Epoch]:
    pairs = enumerate(zip(losses, validation, strict=True), 1)
    return [Epoch(number, loss, 0.5, other, 0.5, 1.0) for number, (loss, other) in pairs]


@pytest.mark.parametrize(
    ("losses", "validation", "number"),
    [
        ([3.0, 2.0, 1.0], [2.0, 1.5, 1.8], 2),
        ([3.0, 2.0, 1.0], [NAN, NAN, NAN], 3),
        ([3.0, 1.0, 1.0], [NAN, NAN, NAN], 2),
        ([3.0, 2.0, 1.0], [NAN, 5.0, INF], 2),
        ([NAN, INF, 1.0], [NAN, INF, NAN], 3),
        ([NAN, 2.0, NAN], [NAN, NAN, NAN], 2),
        ([NAN, NAN], [NAN, NAN], 1),
        ([-INF, 0.5], [NAN, NAN], 2),
    ],
)
def test_the_best_has_the_least_finite_loss_of_those_held_back_if_any(
    losses: list[float], validation: list[float], number: int
) -> None:
    assert best(epochs(losses, validation)).number == number


def test_examples_were_held_back_where_there_is_a_number_of_them() -> None:
    assert Epoch(1, 1.0, 0.5, NAN, 0.5, 1.0).is_validated
    assert Epoch(1, 1.0, 0.5, INF, NAN, 1.0).is_validated
    assert not Epoch(1, 1.0, 0.5, NAN, NAN, 1.0).is_validated
