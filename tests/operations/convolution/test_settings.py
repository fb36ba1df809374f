"""The settings of a convolution, read and checked before any image is there."""

import gc
import weakref
from typing import Any

import numpy as np
import pytest

from cnnkit.data.kernels.kernel import MAX_CACHED, Kernel
from cnnkit.errors import ArgumentError, SizeError
from cnnkit.geometry.padding import Padding
from cnnkit.operations.convolution.convolve import convolve, plan
from cnnkit.operations.convolution.settings import Convolution, read_convolution


def test_what_is_not_said() -> None:
    convolution = read_convolution("sobel")
    assert isinstance(convolution, Convolution)
    assert (convolution.window.size, convolution.window.stride, convolution.window.dilation) == ((3, 3), (1, 1), (1, 1))
    assert (convolution.padding, convolution.groups, convolution.depth) == ("same", 1, "each")
    assert convolution.bias.tolist() == [0]
    assert convolution.pad_mode.value == 0
    assert convolution.pad_mode.is_constant


def test_what_is_said() -> None:
    convolution = read_convolution(
        np.ones((3, 2, 2, 4)), stride=(2, 3), padding=(1, 2), pad_mode="constant=7", dilation="2x1", groups=2,
        bias=[1, 2, 3, 4],
    )  # fmt: skip
    assert (convolution.window.size, convolution.window.stride, convolution.window.dilation) == ((3, 2), (2, 3), (2, 1))
    assert convolution.padding == Padding(1, 1, 2, 2)
    assert (convolution.pad_mode.value, convolution.groups, convolution.bias.tolist()) == (7, 2, [1, 2, 3, 4])
    assert convolution.place((10, 12)).output == (4, 5)


@pytest.mark.parametrize(
    ("kernel", "settings", "name"),
    [
        ("edge", {}, "edge"),
        ("edge", {"pad_mode": "wrap", "bias": 1, "flip_kernel": True, "nan": "ignore"}, "edge"),
        ("edge", {"stride": 2, "padding": "valid"}, "edge-s2-valid"),
        ("edge", {"stride": "2x1", "padding": (0, 1, 0, 1)}, "edge-s2x1-p0x1x0x1"),
        ("gaussian:sigma=2", {"dilation": (1, 2), "padding": "same-lower"}, "gaussian-sigma2-same-lower-d1x2"),
        ("sobel:45", {"depth": "grey", "padding": 0}, "sobel45-valid-grey"),
        ("1 0 -1", {"depth": "sum", "flip_kernel": True}, "k1x3-6f1b-sum"),
        (Kernel(np.ones((3, 3, 1, 4)), "mine"), {"groups": 2, "padding": 1}, "mine-p1-g2"),
        (Kernel(np.ones((3, 3, 1, 4)), "mine", groups=2), {}, "mine"),
        (Kernel(np.ones((3, 3, 1, 4)), "mine", groups=2), {"groups": 1}, "mine-g1"),
    ],
)
def test_names_for_files(kernel: Any, settings: dict[str, Any], name: str) -> None:
    assert read_convolution(kernel, **settings).name == name


def test_the_groups_of_a_kernel_are_its_own_unless_others_are_given() -> None:
    kernel = Kernel(np.arange(18.0).reshape(3, 3, 1, 2), "mine", groups=2)
    assert [read_convolution(kernel, groups=given).groups for given in (None, 1, 2)] == [2, 1, 2]
    image = np.random.default_rng(0).random((5, 4, 2))
    np.testing.assert_array_equal(convolve(image, kernel), convolve(image, kernel.weights, groups=2))
    assert convolve(image[..., :1], kernel, groups=1).shape == (5, 4, 2)
    with pytest.raises(SizeError, match="2 groups do not divide 1 channels"):
        convolve(image[..., :1], kernel)


def test_a_kernel_is_flipped_as_it_is_read() -> None:
    kernel = Kernel(np.arange(6.0).reshape(2, 3), "mine")
    convolution = read_convolution(kernel, flip_kernel=True)
    assert convolution.kernel.weights.tolist() == [[5, 4, 3], [2, 1, 0]]
    assert read_convolution(kernel).kernel is kernel


@pytest.mark.parametrize(
    ("shape", "depth", "is_each"),
    [
        ((3, 3), "each", True), ((3, 3), "grey", True), ((3, 3), "sum", False),
        ((3, 3, 2), "each", False), ((3, 3, 2, 1), "each", False),
    ],
)  # fmt: skip
def test_each_channel_by_itself(shape: Any, depth: str, is_each: bool) -> None:
    assert read_convolution(np.ones(shape), depth=depth).is_each is is_each


@pytest.mark.parametrize(
    ("shape", "settings", "channels", "expected", "maps"),
    [
        ((3, 2), {}, 5, (3, 2), 5),
        ((3, 2), {"depth": "grey"}, 3, (3, 2), 1),
        ((3, 2), {"depth": "sum"}, 5, (3, 2, 5, 1), 1),
        ((3, 2, 1), {"depth": "sum"}, 5, (3, 2, 5, 1), 1),
        ((3, 2, 1, 4), {"depth": "sum"}, 5, (3, 2, 5, 4), 4),
        ((3, 2, 5), {}, 5, (3, 2, 5, 1), 1),
        ((3, 2, 5, 7), {}, 5, (3, 2, 5, 7), 7),
        ((3, 2, 2, 6), {"groups": 3}, 6, (3, 2, 2, 6), 6),
        ((3, 2, 1, 6), {"groups": 6, "depth": "sum"}, 6, (3, 2, 1, 6), 6),
    ],
)
def test_weights_for_an_image(shape: Any, settings: Any, channels: int, expected: Any, maps: int) -> None:
    weights = np.arange(float(np.prod(shape))).reshape(shape)
    convolution = read_convolution(weights, **settings)
    found = convolution.weights(channels)
    assert found.shape == expected
    assert plan(np.zeros((4, 5, channels)), weights, **settings).shape == (1, 4, 5, maps)
    for c in range(found.shape[2] if found.ndim == 4 else 0):
        own = weights.reshape(*shape[:2], -1, found.shape[3])
        np.testing.assert_array_equal(found[:, :, c], own[:, :, min(c, own.shape[2] - 1)])


@pytest.mark.parametrize(
    ("shape", "settings", "channels", "message"),
    [
        ((3, 3, 2), {}, 3, r"the kernel has depth 2, the image has 3 channels \(use a kernel with 3 grids"),
        ((3, 3, 1, 4), {}, 3, "depth 1, the image has 3 channels .use a kernel with 3 grids"),
        (
            (3, 3, 1, 6),
            {},
            3,
            "3 channels .use groups 3, if it is for groups of channels; else a kernel with 3 grids",
        ),
        ((3, 3, 2, 4), {"groups": 2}, 6, "depth 2, the image has 6 channels in 2 groups"),
        ((3, 3, 2, 4), {"groups": 2}, 5, "2 groups do not divide 5 channels and 4 kernels"),
        ((3, 3, 2, 3), {"groups": 2}, 4, "2 groups do not divide 4 channels and 3 kernels"),
    ],
)
def test_weights_that_do_not_fit_an_image(shape: Any, settings: Any, channels: int, message: str) -> None:
    convolution = read_convolution(np.ones(shape), **settings)
    with pytest.raises(SizeError, match=message):
        convolution.weights(channels)
    with pytest.raises(SizeError, match=message):
        plan(np.ones((4, 5, channels)), np.ones(shape), **settings)


@pytest.mark.parametrize(
    ("shape", "settings", "message"),
    [
        ((3, 3), {"depth": "every"}, "unknown depth 'every' .*each, sum, grey"),
        ((3, 3, 2), {"depth": "grey"}, "depth grey does not go with weights of 3 dimensions"),
        ((3, 3), {"groups": 2}, "groups 2 do not go with weights of 2 dimensions"),
        ((3, 3, 2), {"groups": 2}, "groups 2 do not go with weights of 3 dimensions"),
        ((3, 3), {"groups": 0}, "groups 0"),
        ((3, 3), {"bias": "dark"}, "bias 'dark' is not a real number"),
        ((3, 3), {"bias": [1, 2]}, r"bias has shape \(2,\), the layer has 1 kernels"),
        ((3, 3, 2, 3), {"bias": [1, 2]}, r"bias has shape \(2,\), the layer has 3 kernels"),
        ((3, 3, 2, 3), {"bias": [1, 2, np.inf]}, "bias is not finite"),
        ((3, 3), {"pad_mode": "same"}, "same is a padding, not a pad mode .*--padding same"),
        ((3, 3), {"stride": 0}, "stride 0 is below 1"),
        ((3, 3), {"dilation": (1, 0)}, "dilation 0 is below 1"),
    ],
)
def test_what_no_image_makes_right(shape: Any, settings: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        read_convolution(np.ones(shape), **settings)


def test_settings_are_cached_with_their_kernel_and_go_with_it() -> None:
    kernel = Kernel(np.ones((3, 3)))
    convolution = read_convolution(kernel, stride=2)
    assert read_convolution(kernel, stride=2) is convolution
    assert read_convolution(kernel, stride=3) is not convolution
    assert read_convolution(kernel, stride=2, flip_kernel=True).kernel is not kernel
    assert read_convolution(kernel, bias=[1.0]).bias.tolist() == [1.0]
    with pytest.raises(ArgumentError, match=r"stride 1\.0 is not whole"):
        read_convolution(kernel, stride=1.0)  # type: ignore[arg-type]
    gone = weakref.ref(kernel)
    del kernel, convolution
    gc.collect()
    assert gone() is None


def test_the_cache_of_a_kernel_is_bounded() -> None:
    kernel = Kernel(np.ones((1, 1)))
    for stride in range(1, 500):
        read_convolution(kernel, stride=stride)
    assert len(kernel.cache) <= MAX_CACHED
