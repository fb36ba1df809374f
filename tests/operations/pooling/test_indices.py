"""Words for indices, and pairs of them; what they point to is held in test_pooling_indices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit.errors import ArgumentError
from cnnkit.operations.pooling.indices import as_pairs, read_form


@pytest.mark.parametrize(
    ("word", "form"), [(True, "flat"), (np.True_, "flat"), ("flat", "flat"), ("pairs", "pairs"), (False, None)]
)
@pytest.mark.parametrize("kind", ["max", "min"])
def test_words(word: Any, form: str | None, kind: str) -> None:
    assert read_form(word, kind) == form


@pytest.mark.parametrize("kind", ["average", "lp", "median"])
@pytest.mark.parametrize("word", [True, np.True_, "flat", "pairs"])
def test_kinds_without_places(kind: str, word: Any) -> None:
    with pytest.raises(ArgumentError, match=f"{kind} pooling has no indices"):
        read_form(word, kind)


@pytest.mark.parametrize("kind", ["average", "lp", "median"])
@pytest.mark.parametrize("word", [False, np.False_])
def test_kinds_without_places_that_none_are_wanted(kind: str, word: Any) -> None:
    assert read_form(word, kind) is None


@pytest.mark.parametrize("word", ["pair", "", "Flat", 2, 0, 1.0, None, ("flat",)])
def test_other_words(word: Any) -> None:
    with pytest.raises(ArgumentError, match="unknown form of indices"):
        read_form(word, "max")


def test_pairs_of_images_channels_and_nowhere() -> None:
    size = (3, 5)
    flat = np.array([[0, 4, 5], [14, 15, 30 + 7], [-1, 59, -1]])
    pairs = as_pairs(flat, size)
    assert pairs.shape == (3, 3, 2)
    assert pairs[0].tolist() == [[0, 0], [0, 4], [1, 0]]
    assert pairs[1].tolist() == [[2, 4], [0, 0], [1, 2]]
    assert pairs[2].tolist() == [[-1, -1], [2, 4], [-1, -1]]
    assert flat[2, 0] == -1
