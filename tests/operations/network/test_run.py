"""``cnnkit.run``: against sums written out by hand, against the single operations, and its errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import cnnkit
from cnnkit.data.network.model import Model
from cnnkit.errors import ArgumentError, NotationError, SizeError
from cnnkit.network.volume import Vector, Volume, Waveform
from cnnkit.operations.network.run import read_input


def test_a_stack_by_hand() -> None:
    """A corner of 9 in ones, sobel-x summed by hand: rows of three, weighted 1 2 1, right minus left."""
    image = np.array([[1, 1, 1, 1], [1, 1, 9, 9], [1, 1, 9, 9], [1, 1, 9, 9]])
    found = cnnkit.run(image, "conv3-1", "relu", "maxpool2", "gap", weights={1: "sobel-x"}, layers=True)
    sums = [[3, 8, 8, -11], [4, 24, 24, -28], [4, 32, 32, -36], [3, 24, 24, -27]]
    np.testing.assert_array_equal(found["1-conv3-1"][:, :, 0], sums)
    np.testing.assert_array_equal(found["2-relu"][:, :, 0], np.maximum(sums, 0))
    np.testing.assert_array_equal(found["3-maxpool2"][:, :, 0], [[24, 24], [32, 32]])
    np.testing.assert_array_equal(found["4-gap"], [28])
    assert found["4-gap"].dtype == np.float32


def test_each_layer_is_the_single_operation() -> None:
    random = np.random.default_rng(3)
    image = random.standard_normal((11, 9, 3)).astype(np.float32)
    weights = random.standard_normal((3, 3, 3, 4)).astype(np.float32)
    dense, bias = random.standard_normal((80, 5)).astype(np.float32), random.standard_normal(5).astype(np.float32)
    given = {1: weights, "fc5": {"weights": dense, "bias": bias}}
    found = cnnkit.run(image, "conv3-4 relu maxpool2 flatten fc5", weights=given)
    maps = cnnkit.pool(np.maximum(cnnkit.convolve(image, weights), 0), 2)
    np.testing.assert_allclose(found, maps.ravel() @ dense + bias, rtol=1e-4, atol=1e-4)
    direct = cnnkit.run(image, "conv3-4 relu maxpool2 flatten fc5", weights=given, algorithm="direct", threads=1)
    np.testing.assert_allclose(direct, found, rtol=1e-4, atol=1e-4)


def test_a_batch_is_its_images() -> None:
    images = np.random.default_rng(4).standard_normal((3, 8, 8, 2))
    found = cnnkit.run(images, "conv3-4 bn relu gap fc3", seed=5)
    assert found.shape == (3, 3)
    for image, values in zip(images, found, strict=True):
        np.testing.assert_allclose(cnnkit.run(image, "conv3-4 bn relu gap fc3", seed=5), values, rtol=1e-5, atol=1e-6)


def test_random_weights_follow_the_seed() -> None:
    image = np.ones((6, 6))
    first, again, other = (cnnkit.run(image, "conv3-4", seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_sound_with_its_rate_goes_in_itself() -> None:
    samples = np.random.default_rng(6).integers(-900, 900, 4096)
    found = cnnkit.run((samples, 8000), "mfcc13", "conv3-2", layers=True)
    np.testing.assert_allclose(found["1-mfcc13"], cnnkit.mfcc(samples.astype(np.float32), 8000), atol=1e-4)
    assert found["2-conv3-2"].shape == (8, 13, 2)


def test_values_go_through_dense_layers() -> None:
    found = cnnkit.run([1.0, 2.0, 3.0], "fc2:nobias", weights={1: [[1, 0], [0, 1], [1, 1]]})
    np.testing.assert_array_equal(found, [4, 5])


def test_a_mark_names_a_layer_although_nothing_goes_on_from_it() -> None:
    image = np.ones((5, 5))
    named = cnnkit.run(image, "conv3-1", "mark:edges", "relu", weights={"edges": "sobel-x"})
    np.testing.assert_array_equal(named, cnnkit.run(image, "conv3-1", "relu", weights={1: "sobel-x"}))


@pytest.mark.parametrize(
    ("image", "shape"),
    [
        (np.zeros((4, 6)), Volume(4, 6, 1)),
        (np.zeros((3, 224, 224)), Volume(3, 224, 224)),
        (np.zeros((2, 4, 6, 3)), Volume(4, 6, 3)),
        (np.zeros(7), Vector(7)),
        ((np.zeros(800), 8000), Waveform(800, 8000)),
        ([[1, 2], [3, 4]], Volume(2, 2, 1)),
        (([1, 2], [3, 4]), Volume(2, 2, 1)),
    ],
)
def test_inputs_have_the_shapes_of_the_notation(image: object, shape: object) -> None:
    found, batch = read_input(image)  # type: ignore[arg-type]
    assert found == shape
    assert batch.dtype == np.float32
    assert batch.ndim == (4 if isinstance(shape, Volume) else 2)


def test_what_is_no_input_or_does_not_fit() -> None:
    with pytest.raises(SizeError, match="1 to 4 dimensions, not 5"):
        cnnkit.run(np.zeros((1, 1, 1, 1, 1)), "relu")
    with pytest.raises(SizeError, match="no samples"):
        cnnkit.run(np.zeros((0, 3)), "relu")
    with pytest.raises(SizeError, match="one channel of a sound"):
        cnnkit.run((np.zeros((9, 2)), 8000), "mfcc13")
    with pytest.raises(NotationError, match="fc after a 4x4x8 volume"):
        cnnkit.run(np.zeros((4, 4)), "conv3-8", "fc10")
    with pytest.raises(NotationError, match="unknown layer"):
        cnnkit.run(np.zeros((4, 4)), "covn3-8")
    with pytest.raises(ArgumentError, match="a model has its layers"):
        cnnkit.run(np.zeros((4, 4)), Model("net", 13, (), (), (), {}), "relu")


@pytest.mark.parametrize(
    ("words", "settings", "problem"),
    [
        ((["conv3-2", "relu"],), {}, "a list is not a word"),
        ((None,), {}, "a NoneType is not a word"),
        (("conv3-2",), {"weights": "sobel-x+sobel-y"}, "weights is a str, and no dict by layer"),
        (("conv3-2",), {"weights": np.ones((3, 3, 1, 2))}, "weights is a ndarray, and no dict by layer"),
        (("conv3-2",), {"threads": 0}, "threads 0 is below 1"),
        (("conv3-2",), {"threads": "2"}, "threads '2' is not a whole number"),
    ],
)
def test_arguments_of_another_kind(words: tuple[Any, ...], settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ArgumentError, match=problem):
        cnnkit.run(np.zeros((4, 4)), *words, **settings)


@pytest.mark.parametrize("rate", [float("nan"), float("inf"), 8000.5, 0, "8000"])
def test_sample_rates_are_whole(rate: Any) -> None:
    with pytest.raises(ArgumentError, match="sample_rate"):
        cnnkit.run((np.zeros(800), rate), "mfcc13")
    assert cnnkit.run((np.zeros(800), 8000.0), "waveform").shape == (1, 800, 1)


def test_a_plus_of_an_exponent_parts_no_kernels() -> None:
    assert cnnkit.run(np.ones((1, 1)), "conv1-2", weights={1: "1e+1 + 2"}).tolist() == [[[10.0, 2.0]]]
