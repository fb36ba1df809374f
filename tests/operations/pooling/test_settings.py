"""The settings of a pooling: names for files, the words and numbers that are taken, and every error."""

from typing import Any

import numpy as np
import pytest

from cnnkit.errors import ArgumentError, CnnkitError, SizeError
from cnnkit.operations.pooling.pool import pool
from cnnkit.operations.pooling.settings import read_pooling
from tests.reference.agreement import KINDS, kind_of

ONES = np.ones((4, 5))


@pytest.mark.parametrize(
    ("size", "settings", "name"),
    [
        (2, {}, "maxpool2"),
        ((3, 2), {"stride": 1}, "maxpool3x2-s1"),
        (3, {"kind": "average", "stride": 3}, "avgpool3"),
        ("3x2", {"kind": "average", "stride": 1}, "avgpool3x2-s1"),
        (3, {"kind": "average", "stride": (2, 1)}, "avgpool3-s2x1"),
        (2, {"kind": "min"}, "minpool2"),
        (2, {"kind": "lp"}, "lppool2"),
        (2, {"kind": "lp", "p": 2.0}, "lppool2"),
        (2, {"kind": "lp", "p": 3}, "lp3pool2"),
        (3, {"kind": "median", "stride": 1}, "medianpool3-s1"),
        ("global", {}, "gmp"),
        ("global", {"kind": "average"}, "gap"),
        ("global", {"kind": "lp", "p": 0.5}, "globallp0.5pool"),
        (None, {"kind": "average", "adaptive": 7}, "avgpool-to7"),
        (None, {"kind": "average", "adaptive": "7x7"}, "avgpool-to7"),
        (None, {"adaptive": (7, 5)}, "maxpool-to7x5"),
        (None, {"adaptive": (7, 5), "kind": "min"}, "minpool-to7x5"),
        (3, {"stride": 2, "padding": 1}, "maxpool3-s2-p1"),
        (3, {"stride": 1, "padding": "same", "kind": "median"}, "medianpool3-s1-same"),
        (3, {"padding": "same-lower", "dilation": "2x1", "ceil": True}, "maxpool3-same-lower-ceil-d2x1"),
        (2, {"padding": (0, 1, 0, 1)}, "maxpool2-p0x1x0x1"),
        (2, {"padding": "valid", "stride": "2x2", "ceil": False, "dilation": 1}, "maxpool2"),
        (2, {"padding": 0, "nan": "ignore"}, "maxpool2"),
        (2, {"kind": "average", "padding": 1, "count_padding": True}, "avgpool2-p1"),
    ],
)
def test_names_for_files(size: Any, settings: dict[str, Any], name: str) -> None:
    assert read_pooling(size, **settings).name == name


@pytest.mark.parametrize("pair", [(2, 3), [2, 3], "2x3", np.array([2, 3]), (np.int64(2), np.uint8(3))])
def test_a_pair_in_every_form(pair: Any) -> None:
    image = np.arange(30).reshape(5, 6)
    np.testing.assert_array_equal(pool(image, pair), pool(image, (2, 3)))
    np.testing.assert_array_equal(pool(image, adaptive=pair), pool(image, adaptive=(2, 3)))
    np.testing.assert_array_equal(pool(image, 1, stride=pair), image[::2, ::3])


def test_what_is_said_aloud_changes_nothing() -> None:
    image = np.arange(30).reshape(5, 6)
    aloud = pool(
        image, 2, stride=2, kind="max", padding="valid", ceil=False, count_padding=False, dilation=1, adaptive=None,
        p=2, nan="propagate", dtype=None, indices=False, threads=None,
    )  # fmt: skip
    np.testing.assert_array_equal(aloud, pool(image, 2))
    found = pool(image, "global", stride=None, padding="valid", ceil=False, dilation=1, count_padding=False)
    np.testing.assert_array_equal(found, [[29]])
    found = pool(image, adaptive=1, stride=None, padding="valid", ceil=False, dilation=1, count_padding=False)
    np.testing.assert_array_equal(found, [[29]])


@pytest.mark.parametrize("p", [1, 2.0, 0.1, 1e-3, 7.5, np.float32(2), np.int64(3)])
def test_any_finite_power_is_taken(p: Any) -> None:
    np.testing.assert_allclose(pool([[3.0, 0.0]], (1, 2), kind="lp", p=p), [[3]], rtol=1e-10)


@pytest.mark.parametrize(("word", "meant"), [(True, "flat"), (np.True_, "flat"), (False, None), (np.False_, None)])
def test_words_for_indices(word: Any, meant: str | None) -> None:
    found = pool([[1, 2]], (1, 2), indices=word)
    if meant is None:
        assert found.tolist() == [[2]]
    else:
        assert [part.tolist() for part in found] == [[[2]], [[1]]]


# Every error.


def assert_refused(error: type[CnnkitError], message: str, image: Any, /, *given: Any, **settings: Any) -> None:
    with pytest.raises(error, match=message) as caught:
        pool(image, *given, **settings)
    assert caught.value.hint, f"{caught.value} says no cure"


@pytest.mark.parametrize(
    ("size", "settings", "message"),
    [
        (0, {}, "window size 0 is below 1"),
        (-3, {}, "window size -3 is below 1"),
        (2.5, {}, r"window size 2\.5 is not whole numbers"),
        ((2, 2, 2), {}, "window size has 3 numbers, not 1 or 2"),
        ("", {}, "window size '' is not whole numbers"),
        ("globe", {}, "globe"),
        (10**12, {}, "window size 1{1}0{12} is too large"),
        (2, {"stride": 0}, "stride 0 is below 1"),
        (2, {"stride": (1, 1.5)}, "is not whole numbers"),
        (2, {"dilation": 0}, "dilation 0 is below 1"),
        (2, {"dilation": [1, 2, 3]}, "dilation has 3 numbers"),
        (2, {"padding": "sam"}, r"unknown padding 'sam' \(did you mean same\?\)"),
        (2, {"padding": -1}, "-1"),
        (2, {"padding": "1x2x3"}, "padding has 3 numbers"),
        (2, {"threads": 0}, "threads 0 is below 1"),
        (2, {"threads": 1.5}, r"threads 1\.5"),
        (None, {"adaptive": 0}, "adaptive.* 0 is below 1"),
        (None, {"adaptive": -7}, "adaptive.* -7 is below 1"),
        (None, {"adaptive": 2.5}, r"adaptive.* 2\.5 is not whole numbers"),
        (None, {"adaptive": (1, 2, 3)}, "adaptive.* 3 numbers"),
        (None, {"adaptive": "7x"}, "7x"),
        (None, {"adaptive": 10**12}, "too large"),
    ],
)
def test_numbers_that_no_image_makes_right(size: Any, settings: dict[str, Any], message: str) -> None:
    assert_refused(ArgumentError, message, ONES, size, **settings)


@pytest.mark.parametrize(
    ("kind", "meant"),
    [
        ("averge", r"did you mean average\?"),
        ("maximum", r"\bmax\b"),
        ("minn", r"did you mean min\?"),
        ("mediam", r"did you mean median\?"),
        ("mean", "average"),  # by its letters it is nearer to median
        ("avg", "average"),
        ("Max", r"\bmax\b"),
        ("", "max"),
        ("sum", "max"),
        (None, "max"),
        (2, "max"),
        ([], "max"),
    ],
)
def test_unknown_types(kind: Any, meant: str) -> None:
    assert_refused(ArgumentError, "unknown pooling type", ONES, 2, kind=kind)
    assert_refused(ArgumentError, meant, ONES, 2, kind=kind)


@pytest.mark.parametrize("nan", ["ignor", "omit", "skip", "", None, True, False, 0, float("nan")])
def test_unknown_words_for_nan(nan: Any) -> None:
    assert_refused(ArgumentError, "nan.*(propagate|ignore)", ONES, 2, nan=nan)


@pytest.mark.parametrize("p", [0, -1, -0.5, float("inf"), float("-inf"), float("nan"), None, "two", "", [2], 1j])
def test_powers_that_are_none(p: Any) -> None:
    assert_refused(ArgumentError, r"\bp\b", ONES, 2, kind="lp", p=p)


@pytest.mark.parametrize("kind", ["max", "min", "median", "average"])
def test_a_power_is_for_lp(kind: str) -> None:
    assert_refused(ArgumentError, "lp", ONES, 2, kind=kind, p=3)
    pool(ONES, 2, kind=kind, p=2)


@pytest.mark.parametrize("kind", ["max", "min", "median", "lp"])
def test_only_an_average_counts_padding(kind: str) -> None:
    assert_refused(ArgumentError, "only average pooling can count padding", ONES, 2, kind=kind, count_padding=True)


@pytest.mark.parametrize("word", ["flats", "pair", "all", 2, ["flat"]])
def test_unknown_words_for_indices(word: Any) -> None:
    assert_refused(ArgumentError, "indices", ONES, 2, indices=word)


@pytest.mark.parametrize("word", [True, "flat", "pairs"])
@pytest.mark.parametrize("kind", ["median", "average", "lp"])
def test_only_a_maximum_or_minimum_has_a_place(kind: str, word: Any) -> None:
    assert_refused(ArgumentError, "indices", ONES, 2, kind=kind, indices=word)


@pytest.mark.parametrize("dtype", ["bool", complex, object, "float99", "U4", "M8[s]"])
@pytest.mark.parametrize("kind", ["max", "average"])
def test_types_that_are_not_real(kind: str, dtype: Any) -> None:
    assert_refused(ArgumentError, "dtype", ONES, 2, kind=kind, dtype=dtype)


def test_exactly_one_of_size_and_adaptive() -> None:
    assert_refused(ArgumentError, "adaptive", ONES)
    assert_refused(ArgumentError, "adaptive", ONES, None)
    assert_refused(ArgumentError, "adaptive", ONES, 2, adaptive=2)
    assert_refused(ArgumentError, "adaptive", ONES, "global", adaptive=1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stride", 1),
        ("stride", (4, 5)),
        ("padding", 0),
        ("padding", 1),
        ("padding", "same"),
        ("padding", "full"),
        ("ceil", True),
        ("dilation", 2),
        ("count_padding", True),
    ],
)
@pytest.mark.parametrize("how", ["global", "adaptive"])
def test_what_has_no_place_beside_global_or_bins(how: str, name: str, value: Any) -> None:
    window: dict[str, Any] = {"size": "global"} if how == "global" else {"adaptive": 2}
    words = {"count_padding": "count_padding|count padding"}.get(name, name)
    assert_refused(ArgumentError, words, ONES, **window, kind="average", **{name: value})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("size", "settings", "message"),
    [
        (5, {}, "a window of 5x5 does not fit an input of 4x5"),
        (3, {"dilation": 2, "padding": "0x0x1x1"}, r"3x3 \(spanning 5x5\) does not fit an input of 4x5, 4x7"),
        (2**31 - 1, {}, "a window of 2147483647x2147483647 does not fit"),
    ],
)
def test_windows_that_do_not_fit_this_image(size: Any, settings: dict[str, Any], message: str, kind: str) -> None:
    assert_refused(SizeError, message, ONES, size, **settings, **kind_of(kind))


@pytest.mark.parametrize(
    ("image", "kind", "message"),
    [
        (np.ones(3), ArgumentError, "not 1"),
        (np.ones((1, 2, 2, 2, 1)), ArgumentError, "not 5"),
        (np.ones((2, 2), complex), ArgumentError, "complex128"),
        (np.ones((2, 2), object), ArgumentError, "object"),
        ([[1, 2], [3]], ArgumentError, "ragged"),
        (np.ones((0, 2)), SizeError, "no samples"),
        (np.ones((2, 2, 0)), SizeError, "no samples"),
    ],
)
@pytest.mark.parametrize("window", [{"size": 2}, {"size": "global"}, {"adaptive": 2}])
def test_what_is_no_image(window: Any, image: Any, kind: type[CnnkitError], message: str) -> None:
    assert_refused(kind, message, image, **window)


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_that_no_memory_holds_is_an_error_of_ours(kind: str) -> None:
    # 2**44 results: what is needed for each row and each column alone would still fit.
    with pytest.raises(CnnkitError, match=r"large|memory"):
        pool(np.ones((4, 5)), 1, padding=2**21, **kind_of(kind))
    if kind != "counted":
        with pytest.raises(CnnkitError, match=r"large|memory"):
            pool(np.ones((4, 5)), adaptive=2**22, kind=kind)
    if kind in ("max", "min"):
        with pytest.raises(CnnkitError, match=r"large|memory"):
            pool(np.ones((4, 5)), adaptive=2**22, kind=kind, indices=True)


def test_settings_are_read_before_the_image() -> None:
    assert_refused(ArgumentError, "unknown pooling type", np.ones((0, 2)), 2, kind="mean")
    assert_refused(ArgumentError, "indices", np.ones((1, 1)), 9, kind="average", indices=True)
