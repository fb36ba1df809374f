"""From sums to the levels of an image, and the account of it."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pytest

from cnnkit.data.raster import Lost, Raster
from cnnkit.errors import ArgumentError, SizeError
from cnnkit.operations.levels import BLOCK_SAMPLES, RANGE_WORDS, levels, range_word, raster_levels, to_levels


@pytest.mark.parametrize(
    ("word", "values", "expected", "clipped"),
    [
        ("clip", [-1, 0, 127.4, 127.5, 255, 256], [0, 0, 127, 128, 255, 255], 2 / 6),
        ("clip", [-0.4, 255.4, 0.5, 2.5], [0, 255, 1, 3], 0),  # half to even would give 0 and 2
        ("clip", [-0.6, 255.5], [0, 255], 1),
        ("abs", [-1020, -255, -2.5, -0.5, 0, 0.5, 300], [255, 255, 3, 1, 0, 1, 255], 2 / 7),
        ("offset", [-128, -1, 0, 1, 127], [0, 127, 128, 129, 255], 0),
        ("offset", [-129, 128, 0, 0], [0, 255, 128, 128], 2 / 4),
        ("minmax", [-10, 0, 10, 40], [0, 51, 102, 255], 0),
        ("minmax", [0.25, 0.5, 0.75, 0.25], [0, 128, 255, 0], 0),  # 127.5 away from zero
        ("minmax", [7, 7, 7], [0, 0, 0], 0),
    ],
)
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_by_hand(word: str, values: list[float], expected: list[int], clipped: float, dtype: str) -> None:
    levels, account = to_levels(np.array(values, dtype=dtype), np.uint8, word)
    assert levels.dtype == np.uint8
    assert levels.tolist() == expected
    assert account.clipped == pytest.approx(clipped)
    assert (account.word, account.white, account.not_numbers) == (word, 255, 0)
    assert (account.minimum, account.maximum) == pytest.approx((min(values), max(values)))


@pytest.mark.parametrize(
    ("word", "values", "expected"),
    [
        ("clip", [-1, 256.5, 70000], [0, 257, 65535]),
        ("abs", [-65535, -65536, 3], [65535, 65535, 3]),
        ("offset", [-32768, 0, 32767], [0, 32768, 65535]),
        ("minmax", [-1, 0, 1], [0, 32768, 65535]),
    ],
)
def test_16_bits_by_hand(word: str, values: list[float], expected: list[int]) -> None:
    levels, account = to_levels(np.array(values), np.uint16, word)
    assert levels.dtype == np.uint16
    assert levels.tolist() == expected
    assert account.white == 65535


@pytest.mark.parametrize(
    ("word", "values", "text"),
    [
        ("clip", [0, 100, 255], "values 0 to 255 clipped to 0..255, nothing clipped"),
        ("clip", [-1, 100, 255, 0], "values -1 to 255 clipped to 0..255, 25.0 % clipped"),
        ("clip", [-1] + [0] * 2999, "values -1 to 0 clipped to 0..255, under 0.1 % clipped"),
        ("abs", [-1020, 0], "values -1020 to 0 as |v|, clipped to 255, 50.0 % clipped"),
        ("offset", [-3, 3], "values -3 to 3 shifted so that 0 is 128, nothing clipped"),
        ("minmax", [-3, 3], "values -3 to 3 stretched to 0..255"),
        ("clip", [np.nan, 3], "values 3 to 3 clipped to 0..255, nothing clipped, 1 NaN made black"),
    ],
)
def test_the_account_in_words(word: str, values: list[float], text: str) -> None:
    assert to_levels(np.array(values), np.uint8, word)[1].text == text


@pytest.mark.parametrize("word", ["clip", "abs", "offset", "minmax"])
def test_nan_is_black_and_counted(word: str) -> None:
    levels, account = to_levels(np.array([np.nan, 0.0, np.nan, 255.0]), np.uint8, word)
    assert levels[[0, 2]].tolist() == [0, 0]
    assert account.not_numbers == 2
    assert (account.minimum, account.maximum) == (0, 255)
    levels, account = to_levels(np.full(3, np.nan), np.uint8, word)
    assert levels.tolist() == [0, 0, 0]
    assert account.not_numbers == 3


@pytest.mark.parametrize(
    ("word", "expected"), [("clip", [0, 7, 255]), ("abs", [255, 7, 255]), ("offset", [0, 135, 255])]
)
def test_infinities_are_clipped(word: str, expected: list[int]) -> None:
    levels, account = to_levels(np.array([-np.inf, 7, np.inf]), np.uint8, word)
    assert levels.tolist() == expected
    assert account.clipped == pytest.approx(2 / 3)


@pytest.mark.parametrize("values", [[0, 7, np.inf], [-np.inf, 7, 9], [-np.inf, 7, np.inf], [np.nan, -np.inf, 3]])
def test_infinities_stand_at_the_ends_of_a_stretch(values: list[float]) -> None:
    levels, _ = to_levels(np.array(values), np.uint8, "minmax")
    for level, value in zip(levels, values, strict=True):
        if not np.isfinite(value):
            assert level == (255 if value == np.inf else 0)


@pytest.mark.parametrize("word", ["clip", "abs", "offset", "minmax"])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_agreement_with_decimals_across_blocks(word: str, kind: Any) -> None:
    white = int(np.iinfo(kind).max)
    rng = np.random.default_rng(0)
    values = (rng.integers(-3 * white, 3 * white, BLOCK_SAMPLES + 1000) / 2).reshape(-1, 8)
    levels, account = to_levels(values, kind, word)
    low, high = values.min(), values.max()
    mapped = {
        "clip": values,
        "abs": np.abs(values),
        "offset": values + (white + 1) // 2,
        "minmax": (values - low) * (white / (high - low)),
    }[word]
    picks = [(0, 0), (-1, -1), *zip(rng.integers(0, len(values), 2000), rng.integers(0, 8, 2000), strict=True)]
    for y, x in picks:
        rounded = int(Decimal(float(mapped[y, x])).quantize(Decimal(1), rounding=ROUND_HALF_UP))
        tolerance = 1 if word == "minmax" else 0  # where a half is a matter of the last bit
        assert abs(int(levels[y, x]) - min(max(rounded, 0), white)) <= tolerance
    whole = np.floor(np.abs(mapped) + 0.5) * np.sign(mapped)
    expected = 0 if word == "minmax" else np.mean((whole < 0) | (whole > white))
    assert account.clipped == pytest.approx(expected, abs=1e-3)


def test_any_layout_and_shape_and_nothing_is_changed() -> None:
    values = np.random.default_rng(1).normal(100, 100, (6, 8, 3))
    expected, _ = to_levels(values, np.uint8, "abs")
    assert expected.shape == values.shape
    for view in (np.asfortranarray(values), values[::-1][::-1], values.astype(">f8")):
        before = view.copy()
        found, _ = to_levels(view, np.uint8, "abs")
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(view, before)


@pytest.mark.parametrize(
    ("is_zero_sum", "has_levels", "expected"),
    [(True, True, "auto"), (False, True, "clip"), (True, False, "minmax"), (False, False, "minmax")],
)
def test_auto_is_settled(is_zero_sum: bool, has_levels: bool, expected: str) -> None:
    assert range_word("auto", is_zero_sum=is_zero_sum, has_levels=has_levels) == expected
    for word in RANGE_WORDS[1:]:
        assert range_word(word, is_zero_sum=is_zero_sum, has_levels=has_levels) == word


@pytest.mark.parametrize("word", ["", "stretch", "whole"])
def test_what_is_no_range(word: str) -> None:
    with pytest.raises(ArgumentError, match=rf"unknown range '{word}' \(use one of auto, clip, abs, offset, minmax\)"):
        range_word(word, is_zero_sum=True, has_levels=True)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([-300.0, -1.5, 7.0], [255, 2, 7]),  # as of differences: magnitudes
        ([-60.0, 100.0, 300.0], [0, 100, 255]),  # overshoots of a sharpened image stay black
        ([-100, 300], [100, 255]),  # a quarter of the magnitude
        ([-99, 300], [0, 255]),
        ([0.0, 0.25, 0.75], [0, 85, 255]),  # white is not known
        ([-1.0, 0.0, 1.0], [0, 128, 255]),
        ([np.nan, 3.0, np.inf], [0, 3, 255]),
        ([-np.inf, 3.0, np.inf], [255, 3, 255]),
        ([True, False], [255, 0]),
        ([True, True], [255, 255]),
        (np.array([0, 1, 200], np.uint8), [0, 1, 200]),
        (np.array([0, 1, 2**40], np.int64), [0, 1, 255]),
        (np.array([1, 257], np.uint16), [1, 255]),
    ],
)
def test_values_alone_decide(values: Any, expected: list[int]) -> None:
    found = levels(values)
    assert found.dtype == np.uint8
    assert found.tolist() == expected


def test_a_chosen_range_and_type() -> None:
    image = np.array([[[10], [20]]], np.uint8)
    assert levels(image, "minmax").tolist() == [[[0], [255]]]
    assert levels([-1.0, 0.0], "offset", dtype=np.uint16).tolist() == [32767, 32768]
    assert levels(np.array([7, 300], np.uint16), dtype="uint16").tolist() == [7, 300]
    assert levels(5.0).shape == ()


@pytest.mark.parametrize(
    ("values", "settings", "problem"),
    [
        ([1j], {}, "complex128 are not real numbers"),
        ([[1], [1, 2]], {}, "the values are ragged"),
        (np.ma.masked_equal([1, 2], 2), {}, r"some of the values are masked \(give values.filled\(0\)"),
        ([1], {"dtype": "int8"}, r"unknown dtype of levels 'int8' \(did you mean uint8\?\)"),
        ([1], {"range": "whole"}, "unknown range 'whole'"),
    ],
)
def test_what_cannot_become_levels(values: Any, settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ArgumentError, match=problem):
        levels(values, **settings)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("auto", [[255, 255, 255], [255, 255, 3], [0, 0]]),
        ("clip", [[0, 0, 255], [255, 255, 3], [0, 0]]),
        ("abs", [[255, 255, 255], [255, 255, 3], [0, 0]]),
        ("offset", [[0, 0, 255], [255, 255, 131], [128, 128]]),
        ("minmax", [[0, 64, 255], [255, 255, 0], [0, 0]]),
    ],
)
def test_the_largest_and_smallest_numbers_become_levels_without_a_warning(word: str, expected: list[Any]) -> None:
    extremes = ([-8e307, -4e307, 8e307], [1e308, 1e308, 3.0], [0.0, 1e-320])
    assert [levels(values, word).tolist() for values in extremes] == expected


def test_no_values() -> None:
    with pytest.raises(SizeError, match=r"values of shape \(0, 3\) are none"):
        levels(np.zeros((0, 3)))


def test_holes_and_alpha_of_a_picture() -> None:
    lost = Lost(1, "NaN", None, np.array([[[True], [False]]]))
    image = Raster(np.array([[[np.nan, 300.0], [-9.0, 100.0]]]), has_alpha=True, lost=lost)
    found, account, _ = raster_levels(image, np.uint8, "abs")
    assert found.samples.tolist() == [[[0, 255], [9, 100]]]
    assert (account().minimum, account().not_numbers) == (-9, 0)


def derivative(values: Any, **settings: Any) -> tuple[Any, Any]:
    raster, account, _ = raster_levels(Raster(np.asarray(values, np.float32)[..., None]), np.uint8, "auto", **settings)
    return raster.samples[..., 0], account()


def test_auto_makes_derivatives_as_bright_as_can_be() -> None:
    values = np.zeros((100, 100))
    values[:2] = -50  # 2 % of the magnitudes
    values[0, 0] = 200
    levels, account = derivative(values)
    assert (account.word, account.factor, account.white) == ("abs", 255 / 50, 255)
    assert (levels[0, 0], levels[1, 5], levels[5, 5]) == (255, 255, 0)
    assert account.clipped == 1 / 10_000
    assert account.text == "values -50 to 200 as |v| x 5.1, clipped to 255, under 0.1 % clipped"


def test_auto_never_makes_derivatives_darker() -> None:
    _, account = derivative(np.full((10, 10), 900.0))
    assert account.factor == 1
    assert account.text == "values 900 to 900 as |v|, clipped to 255, 100.0 % clipped"


def test_auto_of_nothing_is_black() -> None:
    for values in (np.zeros((3, 3)), np.full((3, 3), np.nan)):
        levels, account = derivative(values)
        assert account.factor == 1
        assert not levels.any()


def test_auto_looks_at_results_whose_windows_lie_in_the_image() -> None:
    values = np.ones((20, 20))
    values[0], values[:, -1] = 1000, 1000
    assert derivative(values, inside=(range(1, 20), range(19)))[1].factor == 255
    assert derivative(values)[1].factor == 1


def test_the_share_below_white_is_a_nearest_rank() -> None:
    values = np.arange(1, 201.0).reshape(10, 20)  # the 199th of 200 is the 99.5th percentile
    assert derivative(values)[1].factor == 255 / 199


@pytest.mark.usefixtures("small_bands")
@pytest.mark.parametrize("word", RANGE_WORDS)
@pytest.mark.parametrize("threads", [1, 2])
def test_bands_give_the_levels_and_the_account_of_the_whole(word: str, threads: int) -> None:
    values = np.random.default_rng(3).normal(40, 200, (70, 9, 3)).astype(np.float32)
    values[3, 4] = np.nan
    raster, account, _ = raster_levels(Raster(values), np.uint8, word, threads=threads)
    assert len(raster.bands.edges) > 4
    found = raster.samples
    if word == "auto":
        assert (found == np.nan_to_num(np.abs(values) * account().factor + 0.5).clip(0, 255).astype(int)).mean() > 0.99
        return
    expected, whole = to_levels(values, np.uint8, word)
    np.testing.assert_array_equal(found, expected)
    assert account() == whole
