"""Windows and their results: which count, where they lie, and what does not go together."""

from typing import Any

import numpy as np
import pytest

import cnnkit
from cnnkit.errors import SizeError
from cnnkit.geometry.padding import pad_mode
from cnnkit.geometry.window import Window
from cnnkit.operations.learning import windows as room
from cnnkit.operations.learning.windows import gather, landing

IMAGE = np.arange(30.0).reshape(5, 6)


def test_by_hand() -> None:
    after = np.zeros((5, 6))
    after[1:4, 1:5] = np.arange(12).reshape(3, 4)
    found = gather([(IMAGE, after)], Window((3, 3)))
    assert found.shape == (3, 3)
    assert found.targets[:, 0].tolist() == [*range(12)]
    assert found.matrix(0, 1).tolist() == [[0, 1, 2, 6, 7, 8, 12, 13, 14]]
    assert found.matrix(11, 12).tolist() == [[15, 16, 17, 21, 22, 23, 27, 28, 29]]
    assert (found.left_out, found.step) == (0, 0)


@pytest.mark.parametrize(
    ("settings", "depth"),
    [
        ({"stride": (2, 1), "padding": "same"}, "each"),
        ({"dilation": (1, 2), "padding": "valid"}, "sum"),
        ({"stride": 2, "padding": "valid"}, "sum"),
        ({"padding": "full"}, "each"),
    ],
)
def test_windows_times_a_kernel_are_the_results(settings: dict[str, Any], depth: str) -> None:
    rng = np.random.default_rng(0)
    pairs = []
    shape = (3, 3) if depth == "each" else (3, 3, 2, 4)
    kernel = rng.normal(size=shape)
    for rows, columns in ((9, 11), (12, 8)):
        image = rng.normal(size=(rows, columns, 2))
        pairs.append((image, cnnkit.convolve(image, kernel, **settings)))
    window = Window((3, 3), *(_pair(settings.get(name, 1)) for name in ("stride", "dilation")))
    for mode in (None, pad_mode("zero")):
        found = gather(pairs, window, depth=depth, pad_mode=mode)
        rows = found.matrix(0, len(found.places))
        np.testing.assert_allclose(rows @ kernel.reshape(len(found.taps), -1), found.targets, atol=1e-12)
        if mode is not None:
            assert found.targets.size == sum(after.size for _, after in pairs)


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else value


def test_clipped_and_missing_results_are_left_out() -> None:
    after = np.full((5, 6), 100, np.uint8)
    after[1, 1], after[2, 2], after[0, 0] = 0, 255, 255
    found = gather([(IMAGE, after)], Window((3, 3)))
    assert (len(found.places), found.left_out, found.step) == (10, 2, 1)
    holes = after.astype(float)
    holes[1, 1] = np.nan
    image = IMAGE.copy()
    image[4, 5] = np.inf
    found = gather([(image, holes)], Window((3, 3)))
    assert (len(found.places), found.left_out) == (10, 2)
    assert np.isfinite(found.matrix(0, 10)).all()


def test_many_windows_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_WINDOWS", 7)
    after = np.arange(30.0).reshape(5, 6)
    first, again, other = (gather([(IMAGE, after)], Window((3, 3)), seed=seed) for seed in (1, 1, 2))
    assert len(first.places) == 7
    assert first.places.tolist() == again.places.tolist() != other.places.tolist()
    assert (first.matrix(0, 7)[:, 4] == first.targets[:, 0]).all()


@pytest.mark.parametrize(
    ("after", "size", "depth", "problem"),
    [
        ((4, 4), 3, "each", r"makes 5x6 \(same\) or 3x4 \(valid\) or 7x8 \(full\) of 5x6, not 4x4"),
        ((5, 6), 7, "each", "no window of 7x7 lies in an image of 5x6"),
        ((5, 6, 3), 3, "each", "1 channel became 3, and one grid for every channel keeps them"),
    ],
)
def test_what_does_not_go_together_is_told(after: Any, size: int, depth: str, problem: str) -> None:
    with pytest.raises(SizeError, match=problem):
        gather([(IMAGE, np.ones(after))], Window((size, size)), depth=depth)


def test_landings() -> None:
    assert landing((5, 6), (5, 6), Window((3, 3))).padding.text == "1x1x1x1"
    assert landing((5, 6), (3, 3), Window((3, 3), (2, 2))).padding.text == "1x1x0x1"
