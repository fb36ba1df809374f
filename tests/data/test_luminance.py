"""Grey of colours: the weights, their types, and what has no grey."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkit.data.luminance import grey
from cnnkit.errors import SizeError


@pytest.mark.parametrize(("dtype", "expected"), [("u1", "f4"), ("u2", "f4"), ("f4", "f4"), ("i4", "f8"), ("f8", "f8")])
def test_grey_is_the_luminance(dtype: str, expected: str) -> None:
    image = np.random.default_rng(36).integers(0, 256, (5, 6, 3)).astype(dtype)
    found = grey(image)
    assert found.dtype == expected
    np.testing.assert_allclose(found[..., 0], image @ np.array([0.299, 0.587, 0.114]), rtol=1e-6)
    np.testing.assert_array_equal(grey(image[..., :1]), image[..., :1])


def test_four_channels_have_no_grey() -> None:
    with pytest.raises(SizeError, match="cannot make grey of 4 channels"):
        grey(np.ones((2, 2, 4)))
