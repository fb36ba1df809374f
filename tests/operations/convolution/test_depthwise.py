"""Depthwise layers of `convolve`: against the slow twin and the loop that copies; nothing is read beyond the image."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkit.operations.convolution.convolve import convolve, plan
from cnnkit.operations.convolution.depthwise import LANES
from tests.cases.layouts import samples
from tests.reference.guards import linux_only, run_guarded
from tests.reference.loop_agreement import assert_agrees


@pytest.mark.parametrize("size", [(3, 3), (5, 5), (2, 4), (1, 7), (8, 8)])
@pytest.mark.parametrize("stride", [(1, 1), (2, 2), (1, 3)])
def test_agrees_with_the_twin(size: tuple[int, int], stride: tuple[int, int]) -> None:
    depth = 2 * LANES
    for columns in (8, 9, 14, 23):
        images = samples(0, (2, 9, columns, depth), "f4")
        weights = samples(1, (*size, 1, depth), "i2") / 16
        for padding in ("same", "valid", (3, 0, 1, 9)):
            assert_agrees(images, weights, "depthwise", groups=depth, stride=stride, padding=padding, bias=0.5)
    assert_agrees(images, weights, "depthwise", groups=depth, dilation=(2, 1), padding="full")


def test_the_same_bits_with_any_number_of_threads() -> None:
    image, weights = samples(0, (64, 80, 4 * LANES), "f4"), samples(1, (3, 3, 1, 4 * LANES), "f4")
    found = [convolve(image, weights, groups=4 * LANES, threads=threads).tobytes() for threads in (1, 2, 3)]
    assert found[0] == found[1] == found[2]


def test_when_it_is_planned() -> None:
    def planned(depth: int = LANES, size: int = 3, dtype: str = "f4", **settings: object) -> str:
        weights = np.full((size, size, 1, depth), 0.1)
        return plan(np.zeros((20, 20, depth), dtype), weights, groups=depth, **settings).algorithm  # type: ignore[arg-type]

    assert planned() == planned(stride=2) == planned(size=8) == "depthwise"
    assert planned(LANES + 1) == planned(size=9) == planned(dtype="u1") == planned(dtype="f8") == "layer"
    assert planned(pad_mode="reflect") == planned(pad_mode="constant=1") == "layer"


@linux_only
def test_no_sample_beyond_the_image_is_read() -> None:
    run_guarded(
        "for columns in (5, 6, 7, 8, 13, 20):",
        "  for size, stride in ((3, 1), (3, 2), (5, 1), (5, (1, 2)), (3, (1, 2)), (2, 1)):",
        "    for at_end in (True, False):",
        f"      image = guarded(6 * columns * {LANES}, np.float32, at_end).reshape(6, columns, {LANES})",
        "      image[:] = samples(*image.shape)",
        f"      convolve(image, samples(size, size, 1, {LANES}), groups={LANES}, stride=stride, algorithm='depthwise')",
        f"      convolve(image, samples(size, size, 1, {LANES}), groups={LANES}, stride=stride, padding='valid')",
        "      convolve(image, samples(1, 1, image.shape[2], 5), algorithm='pointwise', threads=1)",
    )
