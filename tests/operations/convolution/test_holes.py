"""Convolution around holes: by hand, against the slow twin, and what holes must leave alone."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit.errors import ArgumentError, SizeError
from cnnkit.operations.convolution.convolve import convolve
from tests.cases.layouts import samples
from tests.reference.holes import convolve_around

NAN = np.nan

BY_HAND: list[tuple[str, Any, Any, dict[str, Any], Any]] = [
    ("what is known of a mean", [[1, NAN, 5]], [[1, 2, 1]], {}, [[8 / 3, 12, 40 / 3]]),
    ("padding is known", [[NAN, 4]], [[1, 1]], {"padding": "full"}, [[0, 8, 4]]),
    ("so is a constant", [[NAN, 4]], [[1, 1]], {"padding": "full", "pad_mode": "constant=3"}, [[6, 8, 7]]),
    ("a copy of a hole is one", [[NAN, 4]], [[1, 1]], {"padding": "full", "pad_mode": "replicate"}, [[NAN, 8, 8]]),
    ("nothing is known", [[NAN, NAN, 4]], [[1, 1]], {"padding": "valid"}, [[NAN, 8]]),
    ("a difference", [[1, NAN, 5, 7, 7]], [[1, 0, -1]], {"padding": "valid"}, [[NAN, NAN, -2]]),
    ("a hole under a weight of 0", [[1, NAN, 5]], [[1, 0, 2]], {"padding": "valid"}, [[11]]),
    ("weights that leave 0", [[1, NAN, 5]], [[1, 3, -1]], {"padding": "valid"}, [[NAN]]),
    ("weights of both signs", [[1, NAN, 5]], [[-1, 3, -1]], {"padding": "valid"}, [[-6 / -2]]),
    ("the bias comes last", [[1, NAN]], [[1, 1]], {"padding": "valid", "bias": 10}, [[12]]),
    ("infinities are known", [[np.inf, NAN, 5]], [[1, 1]], {"padding": "valid"}, [[np.inf, 10]]),
]


@pytest.mark.parametrize(("name", "image", "weights", "options", "expected"), BY_HAND, ids=lambda case: str(case)[:30])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_by_hand(name: str, image: Any, weights: Any, options: Any, expected: Any, dtype: str) -> None:
    found = convolve(np.array(image, dtype), np.array(weights, float), nan="ignore", **options)
    np.testing.assert_allclose(found, np.array(expected), rtol=1e-6)


def test_nodata_marks_holes_of_every_type_and_those_of_the_result() -> None:
    for dtype in ("u1", "i1", "u2", "i2", "i4", "i8", "u8", "f2", "f4", "f8"):
        found = convolve(np.array([[7, 7, 1, 5]], dtype), [[1, 1]], nodata=7, padding="valid")
        np.testing.assert_array_equal(found, [[7, 2, 6]])
    found = convolve(np.array([[True, False, False]]), [[1, 1]], nodata=True, padding="valid", bias=3)
    np.testing.assert_array_equal(found, [[3, 3]])
    image = np.array([[-9999, 1, NAN, 2]], np.float32)
    np.testing.assert_array_equal(convolve(image, [[1, 1]], nodata=-9999, padding="valid"), [[2, NAN, NAN]])
    np.testing.assert_array_equal(convolve(image, [[1, 1]], nodata="-9999", nan="ignore", padding="valid"), [[2, 2, 4]])
    np.testing.assert_array_equal(convolve(image[:, 2:3], [[1]], nodata=-9999, nan="ignore"), [[-9999]])
    np.testing.assert_array_equal(convolve(image[:, 1:], [[1]], nodata=NAN), [[1, NAN, 2]])
    largest = np.array([[2**63 - 1, 2**63 - 2]])
    assert convolve(largest, [[1]], nodata=2**63 - 1, dtype="i8")[0, 0] == 2**63 - 1


def test_a_result_of_integers_is_rounded_once_and_marked() -> None:
    image = np.array([[0, 1, 2, 0, 0]], np.uint8)
    found = convolve(image, [[1, 1, 1]], nodata=0, dtype="u1", padding="valid")
    np.testing.assert_array_equal(found, [[5, 5, 6]])  # 4.5 is rounded up
    assert convolve(image, [[1, 1]], nodata=0, dtype="u1", padding="valid").tolist() == [[2, 3, 4, 0]]
    assert convolve(np.array([[NAN, 3]]), [[1]], nan="ignore", dtype="u1").tolist() == [[0, 3]]


GRIDS = [(1, 1), (3, 3), (2, 4), (1, 5)]
MODES = ("zero", "constant=2", "replicate", "reflect", "symmetric", "wrap")
TYPES = ("u1", "i2", "f4", "f8")


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("mode", MODES)
def test_against_the_twin(dtype: str, mode: str) -> None:
    for turn, (grid, padding) in enumerate(product(GRIDS, ("same", "valid", "full", "2x0x1x3"))):
        options: dict[str, Any] = {"padding": padding, "pad_mode": mode, "bias": turn % 3}
        options |= {"stride": (1 + turn % 2, 1 + turn % 3), "dilation": (1 + turn // 3 % 2, 1)}
        rng = np.random.default_rng(turn)
        image, holes = samples(turn, (5, 6, 2), dtype), rng.random((5, 6, 2)) < 0.3
        made = (rng.random(grid), rng.integers(-2, 5, grid).astype(float), rng.normal(size=(*grid, 2)))
        # Each make of weights with every mode and type, and with every grid and padding of most.
        assert_agrees(image, holes, made[(turn + turn // 4 + MODES.index(mode) + TYPES.index(dtype)) % 3], **options)


@pytest.mark.parametrize("groups", [1, 2])
def test_layers_and_groups(groups: int) -> None:
    rng = np.random.default_rng(0)
    for dtype, depth in (("u1", 2), ("f4", 4)):
        image, holes = samples(1, (5, 6, depth), dtype), rng.random((5, 6, depth)) < 0.3
        weights = rng.integers(-1, 4, (3, 2, depth // groups, 4)).astype(float)
        weights[..., 1] -= weights[..., 1].mean()  # one kernel sums to zero
        assert_agrees(image, holes, weights, groups=groups, bias=[1, 0, -2, 3])


def assert_agrees(image: Any, holes: Any, weights: Any, **options: Any) -> None:
    marked = (
        np.where(holes, NAN, image)
        if image.dtype.kind == "f"
        else np.where(holes, 99, np.where(image == 99, 98, image))
    )
    marked = marked.astype(image.dtype)
    missing: dict[str, Any] = {"nan": "ignore"} if image.dtype.kind == "f" else {"nodata": 99}
    found = convolve(marked, weights, **missing, **options)
    expected = convolve_around(marked, holes, weights, **options)
    if image.dtype.kind != "f":
        found = np.where((found == 99) & np.isnan(expected), NAN, found)  # a sum may be 99, too
    # The bound of a sum, magnified as the sum is: by all weights over those that are known.
    largest = np.abs(np.where(holes, 0, image.astype(float))).max() + 2
    share = (2e-6 if image.dtype != "f8" else 1e-13) * (np.abs(weights).sum() * largest + 3)
    with np.errstate(invalid="ignore"):
        allowed = np.maximum(share, 1e-3 * np.abs(expected)) if (np.asarray(weights) < 0).any() else share * 20
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    assert (np.nan_to_num(np.abs(found - expected) - allowed) <= 0).all(), (found, expected)


def test_whole_numbers_are_divided_once() -> None:
    rng = np.random.default_rng(3)
    image, weights = rng.integers(0, 256, (9, 11, 3), dtype=np.uint8), rng.integers(0, 9, (3, 3)).astype(float)
    found = convolve(image, weights, nodata=0)
    expected = convolve_around(image, image == 0, weights)
    np.testing.assert_array_equal(found, np.where(np.isnan(expected), 0, expected).astype(np.float32))


@pytest.mark.parametrize(
    ("weights", "algorithm"),
    [("gaussian:sigma=1", "direct"), ("gaussian:sigma=2", "separable"), (np.ones((17, 17)) / 289, "box"),
     (np.random.default_rng(1).random((3, 3, 2, 5)), "layer")],
)  # fmt: skip
@pytest.mark.parametrize("dtype", ["u1", "f4", "f8"])
def test_windows_without_a_hole_give_the_same_bits(weights: Any, algorithm: str, dtype: str) -> None:
    image = samples(5, (60, 70, 2), dtype)
    image[image == 0] = 1
    expected = convolve(image, weights, algorithm=algorithm, bias=0.1)
    image[20:23, 30] = 0
    found = convolve(image, weights, nodata=0, algorithm=algorithm, bias=0.1)
    far = np.ones(found.shape[:2], bool)
    far[20 - 9 : 23 + 9, 30 - 9 : 30 + 9] = False
    np.testing.assert_array_equal(found[far], expected[far])
    assert not np.array_equal(found, expected)


@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_transforms_are_left_where_their_errors_would_be_scaled(dtype: str) -> None:
    """Of a bright image only a dark corner is known: errors of its bright half would drown it."""
    rng = np.random.default_rng(2)
    image = (rng.random((90, 90)) * 9 + 1).astype(dtype)
    image[:, 40:] = 250
    image[:39, :40] = image[41:, :40] = 0
    weights = rng.random((25, 25))
    found = convolve(image, weights, nodata=0)
    for y, x in ((30, 5), (39, 20), (52, 0), (52, 50)):
        near = [(y + a - 12, x + b - 12, weights[a, b]) for a in range(25) for b in range(25)]
        known = [(float(image[r, c]) if min(r, c) >= 0 and max(r, c) < 90 else 0.0, w) for r, c, w in near
                 if not (min(r, c) >= 0 and max(r, c) < 90) or image[r, c] != 0]  # fmt: skip
        expected = sum(s * w for s, w in known) * weights.sum() / sum(w for _, w in known)
        np.testing.assert_allclose(found[y, x], expected, rtol=1e-5)
    maps, layer = np.ones((20, 20, 32), np.float32), rng.random((3, 3, 32, 32))
    maps[5:9, 5:9] = NAN
    found = convolve(maps, layer, nan="ignore", padding="valid")
    np.testing.assert_allclose(
        found[~np.isnan(found)].reshape(10, 32, 32), np.tile(layer.sum((0, 1, 2)), (10, 32, 1)), rtol=1e-5
    )
    assert np.isnan(found).sum() == 2 * 2 * 32


def test_a_zero_sum_kernel_gives_a_hole_wherever_a_nan_would_go() -> None:
    image = samples(0, (20, 21, 3), "f4")
    image[np.random.default_rng(0).random(image.shape) < 0.02] = NAN
    for kernel in ("edge", "sobel-x", "log"):
        np.testing.assert_array_equal(convolve(image, kernel, nan="ignore"), convolve(image, kernel))


def test_grey_lacks_what_any_colour_lacks() -> None:
    image = np.full((3, 3, 3), 100.0)
    image[1, 1, 2] = image[0] = NAN
    found = convolve(image, [[1, 1]], depth="grey", nan="ignore", padding="valid")
    np.testing.assert_allclose(found[..., 0], [[NAN, NAN], [200, 200], [200, 200]])


def test_sums_over_channels_are_scaled_as_a_whole() -> None:
    image = np.array([[[1, NAN]]])
    np.testing.assert_allclose(convolve(image, [[1]], depth="sum", nan="ignore"), [[[2]]])
    np.testing.assert_allclose(convolve(image, np.array([[[1.0, 3.0]]]), nan="ignore"), [[[4]]])


def test_threads_change_no_bit_and_the_image_stays_as_it_is() -> None:
    image = samples(1, (300, 200), "f4")
    image[np.random.default_rng(0).random(image.shape) < 0.1] = NAN
    given = image.copy()
    one, two = (convolve(image, "gaussian", nan="ignore", threads=threads) for threads in (1, 2))
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(image, given)
    assert np.isfinite(one).all()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_flat_image_stays_flat(data: Any) -> None:
    """A mean over what is known of a flat image is its level, whatever is missing and however windows lie."""
    size = data.draw(st.tuples(st.integers(1, 12), st.integers(1, 12)))
    grid = data.draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    image = np.full(size, 8.0, data.draw(st.sampled_from(["f4", "f8"])))
    image[rng.random(size) < data.draw(st.sampled_from([0.1, 0.5, 0.9]))] = NAN
    mode = data.draw(st.sampled_from(["replicate", "reflect", "symmetric", "wrap", "constant=8"]))
    weights = rng.random(grid) + 0.01
    found = convolve(image, weights, nan="ignore", pad_mode=mode, padding=data.draw(st.sampled_from(["same", "full"])))
    np.testing.assert_allclose(found[~np.isnan(found)], 8 * weights.sum(), rtol=1e-5)
    if mode == "constant=8" and not np.isnan(image).all():
        assert not np.isnan(found).all()


def test_errors() -> None:
    image = np.ones((3, 3), np.uint16)
    with pytest.raises(SizeError, match="nodata -9999 cannot be among uint16 samples, which are whole numbers from 0"):
        convolve(image, "edge", nodata=-9999)
    with pytest.raises(SizeError, match=r"nodata 0\.5 cannot be among uint16 samples"):
        convolve(image, "edge", nodata=0.5)
    with pytest.raises(SizeError, match="nodata nan cannot be"):
        convolve(image, "edge", nodata=NAN)
    with pytest.raises(SizeError, match="nodata 300 cannot be among uint8 results"):
        convolve(image, "edge", nodata=300, dtype="u1")
    with pytest.raises(ArgumentError, match="unknown nan setting 'skip'"):
        convolve(image, "edge", nan="skip")
