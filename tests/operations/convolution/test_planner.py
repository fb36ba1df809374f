"""Which algorithm is chosen, whether its reasons are right, and that all of them give the same numbers."""

from typing import Any

import numpy as np
import pytest

from cnnkit.errors import ArgumentError, SizeError
from cnnkit.operations.convolution.convolve import convolve, plan
from cnnkit.operations.convolution.plan import Plan
from cnnkit.operations.convolution.planner import ALGORITHMS, plan_convolution
from cnnkit.operations.convolution.planner import MAX_DIRECT_DEPTH as DEEP
from cnnkit.operations.convolution.planner import MIN_DIRECT_COLUMNS as NARROW
from cnnkit.operations.convolution.planner import MIN_WINOGRAD_DEPTH as FEW
from cnnkit.operations.convolution.settings import read_convolution
from tests.cases.layouts import samples

FLOAT, BYTE, DOUBLE = np.float32, np.uint8, np.float64


def random(*shape: int) -> Any:
    return samples(1, shape, "f8")


def outer(rows: int, columns: int, seed: int = 0) -> Any:
    return np.outer(samples(seed, (rows,), "f8"), samples(seed + 1, (columns,), "f8"))


@pytest.mark.parametrize(
    ("shape", "dtype", "kernel", "settings", "algorithm", "sums", "reason"),
    [
        ((40, 60), FLOAT, random(3, 3), {}, "direct", "f4", "3x3 weights: 9 products a sum"),
        ((40, 60, 3), BYTE, "sobel", {}, "direct", "i2", "3x3 weights: 9 products a sum"),
        ((40, 60, 3), FLOAT, "sobel", {}, "direct", "f4", "3x3 weights: 9 products a sum"),
        ((40, 60), FLOAT, random(11, 9), {}, "direct", "f4", "11x9 weights: 99 products a sum"),
        ((40, 60), FLOAT, outer(11, 9), {}, "separable", "f4",
         "11x9 weights are a column times a row: 20 products instead of 99"),
        ((40, 60), DOUBLE, outer(13, 15) + outer(13, 15, 5), {}, "direct", "f8", "195 products a sum"),
        ((40, 60), BYTE, np.outer(range(1, 10), np.ones(9)) % 3, {}, "separable", "i2",
         "9x9 weights are a column times a row: 18 products instead of 81"),
        ((40, 60), BYTE, np.outer(range(1, 16), np.ones(15)), {}, "separable", "f4",
         "15x15 weights are a column times a row: 30 products instead of 225"),
        ((40, 60), BYTE, np.ones((9, 9)), {}, "box", "i2", "9x9 weights are all the same"),
        ((40, 60), BYTE, np.ones((15, 15)), {}, "box", "f4", "15x15 weights are all the same"),
        ((40, 60), FLOAT, np.full((21, 21), 1 / 441), {}, "box", "f4", "21x21 weights are all the same"),
        ((40, 60), FLOAT, np.ones((3, 3)), {}, "box", "f4", "3x3 weights are all the same"),
        ((40, 60), FLOAT, np.ones((2, 4)), {}, "direct", "f4", "8 products a sum"),
        ((40, 60), FLOAT, np.ones((9, 9)), {"stride": 2}, "separable", "f4", "18 products instead of 81"),
        ((400, 600), FLOAT, random(31, 31), {}, "fourier", "f4",
         "31x31 weights would be 961 products a sum: spectra of 256x256 samples instead"),
        ((400, 600), DOUBLE, random(31, 31), {}, "fourier", "f8", "961 products"),
        ((400, 600), BYTE, random(31, 31), {}, "fourier", "f4", "961 products"),
        ((400, 600), BYTE, np.rint(random(31, 31) * 9), {}, "direct", "f4", "961 products"),
        ((40, 60), BYTE, np.ones((9, 9)) + 5 * np.eye(9)[0:1] * np.eye(9)[:, :1], {}, "direct", "i2", "81 products"),
        ((40, 60, 3), FLOAT, random(3, 3, 3), {}, "direct", "f4", "one kernel over 3 channels: 27 products a sum"),
        ((40, 60, 3), FLOAT, outer(9, 9), {"depth": "sum"}, "direct", "f4", "over 3 channels: 243 products a sum"),
        ((40, 60, 3), FLOAT, outer(9, 9), {"depth": "grey"}, "separable", "f4", "18 products instead of 81"),
        ((40, NARROW - 1, 3), FLOAT, random(3, 3, 3), {}, "layer", "f4", "1 kernels of 3x3: 27 products a sum"),
        ((40, 60, DEEP + 1), FLOAT, random(1, 1, DEEP + 1), {}, "pointwise", "f4", "pixels times weights, 65 products"),
        ((40, 60, DEEP + 1), BYTE, random(1, 1, DEEP + 1), {}, "layer", "f4", "1 kernels of 1x1: 65 products a sum"),
        ((40, 64, 3), FLOAT, random(3, 3, 3, 4), {}, "direct", "f4", "4 kernels, one by one, over 3 channels"),
        ((40, 63, 3), FLOAT, random(3, 3, 3, 4), {}, "layer", "f4", "4 kernels of 3x3"),
        ((40, 64, 5), FLOAT, random(3, 3, 5, 4), {}, "layer", "f4", "4 kernels of 3x3"),
        ((40, 64, 3), FLOAT, random(3, 3, 3, 5), {}, "layer", "f4", "5 kernels of 3x3"),
        ((40, 60, 3), FLOAT, random(3, 3, 3, 8), {}, "layer", "f4", "8 kernels of 3x3: 27 products a sum"),
        ((40, 60, 3), FLOAT, random(3, 3, 1, 3), {"groups": 3}, "layer", "f4",
         "each of 3 channels has its own 3x3 weights"),
        ((40, 60, 4), FLOAT, random(3, 3, 2, 6), {"groups": 2}, "layer", "f4", "6 kernels of 3x3: 18 products a sum"),
        ((40, 60, FEW), FLOAT, random(3, 3, FEW, FEW), {}, "winograd", "f4",
         "32 kernels of 3x3 over 32 channels: 36 products for 16 results instead of 144"),
        ((40, 60, FEW), BYTE, random(3, 3, FEW, FEW), {}, "winograd", "f4", "32 kernels"),
        ((40, 60, FEW - 1), FLOAT, random(3, 3, FEW - 1, FEW), {}, "layer", "f4", "32 kernels of 3x3: 279 products"),
        ((40, 60, FEW), FLOAT, random(3, 3, FEW, FEW - 1), {}, "layer", "f4", "31 kernels of 3x3: 288 products"),
        ((40, 60, FEW), DOUBLE, random(3, 3, FEW, FEW), {}, "layer", "f8", "288 products a sum"),
        ((40, 60, FEW), BYTE, np.ones((3, 3, FEW, FEW)), {}, "layer", "f4", "288 products a sum"),
        ((40, 60, FEW), FLOAT, random(3, 3, FEW, FEW), {"stride": 2}, "layer", "f4", "288 products a sum"),
        ((40, 60, FEW), FLOAT, random(3, 3, FEW, FEW), {"dilation": (1, 2)}, "layer", "f4", "288 products a sum"),
        ((40, 60, 64), FLOAT, random(3, 3, 32, 64), {"groups": 2}, "layer", "f4", "288 products a sum"),
        ((40, 60, FEW), FLOAT, random(1, 3, FEW, FEW), {}, "layer", "f4", "1x3: 96 products a sum"),
    ],
)  # fmt: skip
def test_what_is_chosen_and_why(
    shape: Any, dtype: Any, kernel: Any, settings: Any, algorithm: str, sums: str, reason: str
) -> None:
    found = plan(np.zeros(shape, dtype), kernel, **settings)
    assert (found.algorithm, found.sum_type) == (algorithm, np.dtype(sums))
    assert reason in found.reason
    assert repr(found) == f"Plan: {algorithm}, sums in {found.sum_type}\n  {found.reason}"
    assert found.writes_any_type is (algorithm in ("direct", "separable", "box"))


@pytest.mark.parametrize(
    ("dtype", "kernel", "settings", "expected"),
    [
        ("u1", [[128]], {}, "i2"),
        ("u1", [[129]], {}, "f4"),
        ("u1", [[100, -28]], {}, "i2"),
        ("u1", [[100, -29]], {}, "f4"),
        ("u1", [[128]], {"bias": 127}, "i2"),
        ("u1", [[128]], {"bias": -128}, "f4"),
        ("u1", [[1]], {"bias": 0.5}, "f4"),
        ("u1", [[1]], {"pad_mode": "constant=0.5"}, "f4"),
        ("u1", [[2]], {"pad_mode": "constant=16383"}, "i2"),
        ("u1", [[2]], {"pad_mode": "constant=-16384"}, "f4"),
        ("i1", [[255]], {}, "i2"),
        ("i1", [[256]], {}, "f4"),
        ("?", [[32767]], {}, "i2"),
        ("?", [[32768]], {}, "f4"),
        ("u1", [[65793]], {}, "f4"),
        ("u1", [[65794]], {}, "f8"),
        ("u2", [[256]], {}, "f4"),
        ("u2", [[257]], {}, "f8"),
        ("i2", [[511]], {}, "f4"),
        ("i2", [[512]], {}, "f8"),
        ("u1", [[1]], {"bias": 2**24 - 256}, "f4"),
        ("u1", [[1]], {"bias": 2**24}, "f8"),
        ("u2", [[0.5]], {}, "f4"),
        ("i4", [[1]], {}, "f8"),
        ("u8", [[0.5]], {}, "f8"),
        ("f2", [[1]], {}, "f4"),
        ("f4", [[1e30]], {}, "f4"),
        ("f4", [[1e39]], {}, "f8"),
        ("f4", [[1, 1e-29, 0]], {}, "f4"),
        ("f4", [[1, 1e-31]], {}, "f8"),
        ("f4", [[2e38, 2e38]], {}, "f8"),
        ("f4", [[1]], {"bias": 1e39}, "f8"),
        ("f4", [[1]], {"pad_mode": "constant=1e39"}, "f8"),
        ("f8", [[1]], {}, "f8"),
    ],
)
def test_the_type_of_the_sums(dtype: str, kernel: Any, settings: Any, expected: str) -> None:
    assert plan(np.zeros((20, 20), dtype), kernel, **settings).sum_type == np.dtype(expected)


@pytest.mark.parametrize("dtype", ["u1", "i1", "?", "u2", "i2", "f4", "f8"])
def test_a_plan_never_depends_on_samples(dtype: str) -> None:
    for kernel in ("sobel", outer(9, 9), random(3, 3, 40, 40)):
        image = samples(3, (30, 31, 40), dtype)
        blank = np.zeros_like(image)
        one, other = plan(image, kernel), plan(blank, kernel)
        assert (one.algorithm, one.reason, one.sum_type) == (other.algorithm, other.reason, other.sum_type)
        if dtype[0] == "f":
            blank[...] = np.nan
            assert plan(blank, kernel).algorithm == one.algorithm


@pytest.mark.parametrize(
    ("kernel", "settings", "dtype", "algorithm", "why"),
    [
        (random(3, 3), {}, "f4", "separable", "the kernel is not a column times a row "),
        (np.eye(2), {}, "u1", "separable", "the kernel is not a column times a row "),
        (np.zeros((3, 3)), {}, "u1", "separable", "the kernel is not a column times a row "),
        (np.full((2, 2), 2.0**20), {}, "u1", "separable", "the kernel is not a column times a row "),
        (random(3, 3), {}, "f4", "box", "the weights differ"),
        (np.ones((3, 3)), {"stride": 2}, "f4", "box", "it is for stride 1 and dilation 1"),
        (np.ones((3, 3)), {"dilation": (1, 2)}, "f4", "box", "it is for stride 1 and dilation 1"),
        (np.ones((3, 3)), {}, "u1", "fourier", "whole sums are to stay exact"),
        (random(2, 2), {"dilation": 2100, "padding": 2100}, "f4", "fourier", "spans more than 2048 samples"),
        (random(3, 3), {}, "f4", "layer", "it does not go with weights of 2 dimensions"),
        (random(3, 3), {}, "f4", "winograd", "it does not go with weights of 2 dimensions"),
        (random(3, 3, 4), {}, "f4", "separable", "it does not go with weights of 4 dimensions"),
        (random(3, 3, 4, 5), {}, "f4", "direct", "the layer has several kernels"),
        (random(3, 3, 1, 4), {"groups": 4}, "f4", "direct", "the layer has several kernels"),
        (random(3, 3, 2, 4), {"groups": 2}, "f4", "winograd", "3x3 kernels with stride 1, dilation 1 and one group"),
        (random(3, 3, 4, 2), {"stride": (1, 2)}, "f4", "winograd", "stride 1, dilation 1 and one group"),
        (random(3, 3, 4, 2), {"dilation": 2}, "f4", "winograd", "stride 1, dilation 1 and one group"),
        (random(3, 2, 4, 2), {}, "f4", "winograd", "it is for 3x3 kernels"),
        (np.ones((3, 3, 4, 2)), {}, "u1", "winograd", "whole sums are to stay exact"),
        (random(3, 3, 4, 2), {}, "f8", "winograd", "sums are computed in float64"),
    ],
)
def test_what_an_algorithm_cannot_do(kernel: Any, settings: Any, dtype: str, algorithm: str, why: str) -> None:
    image = np.zeros((9, 10, 4), dtype)
    message = f"algorithm {algorithm} cannot do this: .*{why}.*(use algorithm auto, which finds one)"
    for question in (convolve, plan):
        with pytest.raises(ArgumentError, match=message):
            question(image, kernel, algorithm=algorithm, **settings)
    assert plan(image, kernel, **settings).algorithm != algorithm


def test_a_plan_takes_what_a_convolution_takes() -> None:
    image, settings = np.zeros((9, 10, 3), np.float32), {"stride": 2, "bias": 1.5, "depth": "sum", "algorithm": "layer"}
    found = plan(image, "sobel", dtype="u1", threads=2, **settings)
    assert found.shape == (1, *convolve(image, "sobel", dtype="u1", threads=2, **settings).shape)
    assert (found.weights.shape, found.placement.output) == ((3, 3, 3, 1), (5, 5))
    with pytest.raises(ArgumentError, match="dtype 'complex' is not a real type"):
        plan(image, "sobel", dtype="complex")
    with pytest.raises(ArgumentError, match="threads 0"):
        plan(image, "sobel", threads=0)


def test_an_algorithm_that_is_none() -> None:
    with pytest.raises(ArgumentError, match=r"unknown algorithm 'fast' \(use one of auto, direct, separable"):
        convolve(np.zeros((5, 5)), "sobel", algorithm="fast")


def test_a_kernel_that_does_not_fit() -> None:
    for algorithm in ("auto", "direct"):
        with pytest.raises(SizeError, match="does not fit"):
            plan(np.zeros((2, 2)), "sobel", padding="valid", algorithm=algorithm)


@pytest.mark.parametrize(
    ("shape", "dtype", "kernel", "settings"),
    [
        ((12, 40, 3), "f4", outer(3, 3), {"stride": 2}),
        ((12, 40, 3), "u1", np.outer([1, 2, 1], [1, 0, -1]), {"bias": 3}),
        ((12, 40, 3), "f8", outer(5, 4) + outer(5, 4, 5), {"dilation": 2}),
        ((12, 40, 3), "f4", outer(3, 3), {"depth": "sum", "pad_mode": "reflect"}),
        ((2, 12, 40, 5), "f4", random(3, 3, 5), {"padding": "full"}),
        ((2, 12, 14, 33), "f4", random(3, 3, 33, 34), {"pad_mode": "wrap"}),
        ((12, 14, 33), "u1", random(3, 3, 33, 3), {"bias": [1, 2, 3]}),
    ],
)
def test_every_algorithm_gives_the_same(shape: Any, dtype: str, kernel: Any, settings: Any) -> None:
    image = samples(4, shape, dtype)
    ran = []
    expected = convolve(image, kernel, **settings)
    for algorithm in ALGORITHMS[1:]:
        try:
            found = convolve(image, kernel, algorithm=algorithm, **settings)
        except ArgumentError:
            continue
        ran.append(algorithm)
        assert plan(image, kernel, algorithm=algorithm, **settings).algorithm == algorithm
        largest = np.abs(np.asarray(kernel)).sum() * np.abs(image.astype(float)).max()
        np.testing.assert_allclose(found, expected, rtol=0, atol=(1e-14 if dtype == "f8" else 4e-5) * largest)
    assert len(ran) >= 2


def test_a_plan_needs_only_the_type_and_the_shape() -> None:
    convolution = read_convolution(random(3, 3, 40, 50))
    found = plan_convolution(convolution, np.dtype(np.float32), (7, 300, 400, 40))
    assert isinstance(found, Plan)
    assert (found.algorithm, found.details) == ("winograd", ())
