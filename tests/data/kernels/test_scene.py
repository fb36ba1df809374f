"""The built-in picture has something for every kernel."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkit.data.kernels.presets import PRESETS
from cnnkit.data.kernels.scene import SIDE, scene
from tests.reference import convolution as twin


def test_it_is_the_same_every_time() -> None:
    assert scene().shape == (SIDE, SIDE, 1)
    assert scene().dtype == np.uint8
    np.testing.assert_array_equal(scene(), scene())
    assert scene().min() < 40
    assert scene().max() == 255


@pytest.mark.parametrize("name", ["sobel-x", "sobel-y", "roberts", "edge", "corner", "noise", "line", "laplacian"])
def test_detectors_answer_it(name: str) -> None:
    weights = PRESETS[name].kernel().weights
    answer = np.abs(twin.convolve(scene()[:40, :90].astype(float), weights, padding="valid"))
    assert answer.max() > 60 * np.abs(weights).max()
    assert np.median(answer) < answer.max() / 10
