"""The colours of numbers, against those of matplotlib."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkit.data.viridis import NOT_A_NUMBER, VIRIDIS

LUMA = (0.2126, 0.7152, 0.0722)


def test_colours_are_those_of_matplotlib() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    theirs = matplotlib.colormaps["viridis"](np.arange(256), bytes=True)
    np.testing.assert_array_equal(VIRIDIS, theirs[:, :3])


def test_colours_grow_brighter_from_violet_to_yellow() -> None:
    assert VIRIDIS.shape == (256, 3)
    assert tuple(VIRIDIS[0]) == (68, 1, 84)
    assert tuple(VIRIDIS[-1]) == (253, 231, 36)
    brightness = VIRIDIS @ LUMA
    assert (brightness[8:] > brightness[:-8]).all()


def test_nan_has_a_colour_of_its_own() -> None:
    assert np.abs(VIRIDIS.astype(int) - NOT_A_NUMBER).max(axis=1).min() > 40
