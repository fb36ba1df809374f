"""Where an image lands in another size: worked by hand, then as Pillow and torchvision have it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from cnnkit.geometry.fitting import FITS, Fitting, centred, fitted, growing

SIDES = st.integers(1, 40)
SIZES = st.tuples(SIDES, SIDES)


@pytest.mark.parametrize(
    ("image", "size", "fit", "expected"),
    [
        # all of the image becomes the whole size
        ((100, 200), (50, 50), "stretch", Fitting(0, 0, 100, 200, (50, 50), (0, 0), False)),
        ((100, 200), (101, 50), "stretch", Fitting(0, 0, 100, 200, (101, 50), (0, 0), True)),
        # a square of the middle is taken: 50 columns are cut off on either side
        ((100, 200), (50, 50), "cover", Fitting(0, 50, 100, 150, (50, 50), (0, 0), False)),
        ((300, 100), (50, 50), "cover", Fitting(100, 0, 200, 100, (50, 50), (0, 0), False)),
        ((100, 200), (120, 50), "cover", Fitting(0, 100 - 125 / 6, 100, 100 + 125 / 6, (120, 50), (0, 0), True)),
        # 50 columns of 200 are a quarter, and so are 25 rows; 25 rows are left, 12 of them above
        ((100, 200), (50, 50), "contain", Fitting(0, 0, 100, 200, (25, 50), (12, 0), False)),
        ((200, 100), (50, 51), "contain", Fitting(0, 0, 200, 100, (50, 25), (0, 13), False)),
        ((10, 20), (50, 60), "contain", Fitting(0, 0, 10, 20, (30, 60), (10, 0), True)),
        ((10, 20), (50, 15), "contain", Fitting(0, 0, 10, 20, (8, 15), (21, 0), False)),
        # a line of an image has one row at least, where Pillow gives none
        ((1, 1000), (10, 10), "contain", Fitting(0, 0, 1, 1000, (1, 10), (4, 0), False)),
    ],
)
def test_by_hand(image: tuple[int, int], size: tuple[int, int], fit: str, expected: Fitting) -> None:
    found = fitted(image, size, fit)
    assert found[4:] == expected[4:]
    assert found[:4] == pytest.approx(expected[:4])


@given(image=SIZES, size=SIZES)
def test_contain_is_pillows(image: tuple[int, int], size: tuple[int, int]) -> None:
    inner = ImageOps.contain(Image.new("L", image[::-1]), size[::-1]).size[::-1]
    assert fitted(image, size, "contain").size == (max(inner[0], 1), max(inner[1], 1))


@given(image=SIZES, size=SIZES, fit=st.sampled_from(FITS))
def test_what_is_taken_lies_in_the_image_and_what_becomes_of_it_in_the_size(
    image: tuple[int, int], size: tuple[int, int], fit: str
) -> None:
    found = fitted(image, size, fit)
    assert 0 <= found.top < found.bottom <= image[0]
    assert 0 <= found.left < found.right <= image[1]
    assert all(0 <= found.offset[axis] <= size[axis] - found.size[axis] for axis in (0, 1))
    if fit == "cover":  # the aspect is kept
        assert (found.bottom - found.top) / (found.right - found.left) == pytest.approx(size[0] / size[1])


@given(outer=SIZES, inner=SIZES)
def test_the_centre_is_torchvisions(outer: tuple[int, int], inner: tuple[int, int]) -> None:
    """Of CenterCrop: ``crop_top = int(round((image_height - crop_height) / 2.0))``."""
    assert centred(outer, inner) == tuple(round((a - b) / 2.0) for a, b in zip(outer, inner, strict=True))


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [((10, 10), (4, 4), (3, 3)), ((5, 7), (4, 4), (0, 2)), ((7, 9), (4, 4), (2, 2)), ((4, 4), (4, 1), (0, 2))],
)
def test_of_two_middles_the_even_number(
    outer: tuple[int, int], inner: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert centred(outer, inner) == expected


@given(image=SIZES, size=SIZES)
def test_the_size_that_grows_holds_the_other_and_no_smaller_one_does(
    image: tuple[int, int], size: tuple[int, int]
) -> None:
    rows, columns = growing(image, size)
    assert rows >= size[0]
    assert columns >= size[1]
    assert rows == size[0] or columns == size[1]
    assert abs(rows * image[1] - columns * image[0]) < max(image)
