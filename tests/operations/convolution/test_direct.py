"""Direct convolution as an operation: what it hands to its loop."""

from typing import Any

import numpy as np
import pytest

from cnnkit.data.kernels.kernel import Kernel
from cnnkit.geometry.blocks import cut
from cnnkit.geometry.window import Window, place
from cnnkit.loops.convolution import segments
from cnnkit.operations.convolution import direct as room
from cnnkit.operations.convolution.convolve import convolve
from cnnkit.operations.convolution.direct import run_step
from tests.cases.layouts import samples


@pytest.mark.parametrize(
    ("stride", "dilation", "is_sorted", "planar", "expected"),
    [
        (1, 1, True, False, 3), (1, 2, True, False, 6), (2, 1, True, False, 3), (2, 2, True, False, 3),
        (1, 1, True, True, 1), (1, 3, True, True, 3), (2, 3, True, True, 1), (2, 3, False, True, 3),
    ],
)  # fmt: skip
def test_the_step_of_a_run(stride: int, dilation: int, is_sorted: bool, planar: bool, expected: int) -> None:
    window = Window((3, 3), (1, stride), (1, dilation))
    blocks = cut(place((9, 30), window, "same"), 3, 4, sorted_columns=is_sorted, planar=planar)
    assert run_step(window, blocks) == expected


def test_a_kernel_is_prepared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    prepare = segments.row_pair

    def spy(*given: Any, **settings: Any) -> Any:
        made.append(1)
        return prepare(*given, **settings)

    monkeypatch.setattr(room, "row_pair", spy)
    kernel, image = Kernel(samples(1, (6, 6), "f8")), samples(0, (9, 10, 2), "f4")
    first = convolve(image, kernel, algorithm="direct")
    np.testing.assert_array_equal(convolve(image, kernel, algorithm="direct"), first)
    assert len(made) == 1
    convolve(image[:5], kernel, algorithm="direct")
    convolve(image, kernel, algorithm="direct", stride=2)
    convolve(image.astype("f8"), kernel, algorithm="direct")
    assert len(made) == 4


def test_a_kernel_of_zeros_gives_the_bias() -> None:
    for dtype in ("u1", "f4"):
        for kernel in (np.zeros((3, 3)), np.zeros((3, 3, 2))):
            found = convolve(samples(0, (5, 6, 2), dtype), kernel, bias=4, algorithm="direct")
            assert set(found.ravel().tolist()) == {4}


@pytest.mark.parametrize("threads", [2, 3, None])
@pytest.mark.parametrize("dtype", ["u1", "f4", "f8"])
def test_threads_never_change_a_bit(threads: Any, dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "PRODUCTS_WORTH_A_THREAD", 100)
    images = samples(0, (3, 61, 43, 3), dtype)
    for kernel in (samples(1, (7, 5), "f8"), samples(1, (3, 3, 3), "f8")):
        one = convolve(images, kernel, algorithm="direct", threads=1, stride=(1, 2))
        found = convolve(images, kernel, algorithm="direct", threads=threads, stride=(1, 2))
        np.testing.assert_array_equal(found, one)


@pytest.mark.parametrize("dtype", [">f4", ">f8", ">i2", "<u2", "i1", "f2", "u4"])
def test_results_in_types_that_no_loop_writes(dtype: str) -> None:
    image = samples(0, (5, 6, 2), "u1")
    for kernel in ([[0.25, 0.5]], [[1, 2, 1], [2, 4, 2], [1, 2, 1]]):
        found = convolve(image, kernel, dtype=dtype)
        assert found.dtype == np.dtype(dtype)
        expected = convolve(image, kernel, dtype=np.dtype(dtype).newbyteorder("="))
        np.testing.assert_array_equal(found, expected)
        if dtype[-2:] != "i1":
            np.testing.assert_allclose(found.astype("f8"), convolve(image, kernel, dtype="f8"), rtol=1e-3, atol=0.5)
