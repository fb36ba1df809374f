"""Layers with float32 weights of their own: by which algorithm, and that nothing is kept twice."""

from typing import Any

import numpy as np
import pytest

from cnnkit.geometry.padding import Padding
from cnnkit.geometry.window import Window
from cnnkit.loops.machine.bands import run_bands
from cnnkit.operations.convolution.problem import Finish
from cnnkit.operations.convolution.sums import keeper_of_weights, prepare_sums
from tests.reference.in_place import drawn
from tests.reference.networks import assert_close, convolve


class AtOnce:
    """Runs loops at once, and tells which."""

    def __init__(self) -> None:
        self.loops: list[str] = []

    def __call__(self, loop: Any, *given: Any, **settings: Any) -> None:
        self.loops.append(loop.name)
        run_bands(loop, *given, **settings)

    def then(self, work: Any, *given: Any) -> None:
        work(*given)


@pytest.mark.parametrize(
    ("depth", "kernels", "is_direct", "loop"),
    [
        (32, 40, False, "convolve_winograd"),
        (32, 40, True, "convolve_layer_sum_pixels"),
        (3, 40, False, "convolve_layer_sum_pixels"),
    ],
)
def test_algorithms(depth: int, kernels: int, is_direct: bool, loop: str) -> None:
    image, weights, bias = drawn(0, 1, 20, 20, depth), drawn(1, 3, 3, depth, kernels), drawn(2, kernels)
    window, padding, out, later = (
        Window((3, 3)),
        Padding(1, 1, 1, 1),
        np.empty((1, 20, 20, kernels), np.float32),
        AtOnce(),
    )
    addend = drawn(3, 20 * 20 * kernels + 64)
    finish = Finish(addend, 0.0, 5.0)
    prepare_sums(
        weights, bias, window, padding, 1, image=image, out=out, finish=finish, later=later, threads=1,
        images=1, keeper=keeper_of_weights(), is_direct=is_direct,
    )  # fmt: skip
    assert later.loops == [loop]
    sums = convolve(image.astype(float), weights, bias, window, padding, 1)
    assert_close(out, np.clip(sums + addend[: out.size].reshape(out.shape), 0, 5), 2e-4)
