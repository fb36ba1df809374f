"""Pooling against cases by hand and the slow twin: a full small grid, and any type, layout and setting."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit.errors import SizeError
from cnnkit.operations.pooling.pool import pool
from tests.cases.layouts import LAYOUTS, samples
from tests.cases.pooling_by_hand import CASES, FLOATS, Case
from tests.cases.pooling_types import types_of
from tests.cases.traps import FLOAT_POOLINGS, POOLINGS
from tests.reference import pooling as twin
from tests.reference.agreement import KINDS, assert_agrees, both, check, for_twin, kind_of

# Worked by hand.


def assert_by_hand(case: Case, dtype: str) -> None:
    found = pool(np.asarray(case.image, dtype=dtype), case.size, **case.settings)
    mean = "f8" if dtype == "f8" else "f4"
    kind = case.settings.get("kind", "max")
    assert found.dtype == (mean if kind in ("average", "lp") else dtype)
    assert found.shape == np.shape(case.expected)
    np.testing.assert_allclose(found, case.expected, rtol=1e-6 if kind == "lp" else 1e-7)


def are_held(case: Case, dtype: str) -> bool:
    return dtype in types_of(case.settings.get("kind", "max"), bins=case.size in (None, "global"))


@pytest.mark.parametrize(
    ("dtype", "case"),
    [
        pytest.param(dtype, case, id=f"{dtype}-{case.name}")
        for case in CASES
        for dtype in ("i1", "i2", "i4", "f2", "f4", "f8")
        if are_held(case, dtype)
    ],
)
def test_by_hand(case: Case, dtype: str) -> None:
    assert_by_hand(case, dtype)


@pytest.mark.parametrize("case", FLOATS, ids=lambda case: case.name)
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_by_hand_with_nan_and_infinities(case: Case, dtype: str) -> None:
    assert_by_hand(case, dtype)


@pytest.mark.parametrize("case", [*CASES, *FLOATS, *POOLINGS, *FLOAT_POOLINGS], ids=lambda case: case.name)
def test_the_twin_by_hand(case: Case) -> None:
    image = np.asarray(case.image)
    found = twin.pool(image.reshape(*image.shape[:2], -1), both(case.size), **for_twin(case.settings))
    np.testing.assert_allclose(found.ravel(), np.ravel(case.expected), rtol=1e-15)


# A window of padding alone holds no sample: above the only one, and beside it.

ALONE: dict[str, dict[str, Any]] = {
    "max": {"f4": -np.inf, "f8": -np.inf, "u1": 0, "i2": -32768, "u4": 0, "i8": -(2**63), "?": False},
    "min": {"f4": np.inf, "f8": np.inf, "u1": 255, "i1": 127, "i4": 2**31 - 1, "u8": 2**64 - 1, "?": True},
    "median": {"f4": np.nan, "f8": np.nan, "u1": 0, "i2": 0, "u4": 0, "i8": 0, "?": False},
    "average": dict.fromkeys(("f4", "f8", "u1", "i2", "i8", "u8", "?"), np.nan),
    "counted": dict.fromkeys(("f4", "f8", "u1", "i2", "i8", "u8", "?"), 0),
    "lp": dict.fromkeys(("f4", "f8", "u1", "i2", "i8", "u8", "?"), 0),
}
"""By types of `tests.cases.pooling_types`."""


@pytest.mark.parametrize("nan", ["propagate", "ignore"])
@pytest.mark.parametrize(("kind", "dtype"), [(kind, dtype) for kind in KINDS for dtype in ALONE[kind]])
def test_a_window_of_padding_alone(kind: str, dtype: str, nan: str) -> None:
    nothing = ALONE[kind][dtype]
    found = pool(np.array([[1]], dtype), 1, padding="1x0x0x2", nan=nan, **kind_of(kind))
    expected = np.array([[nothing, nothing, nothing], [1, nothing, nothing]], dtype=found.dtype)
    np.testing.assert_array_equal(found, expected)
    hollow = pool(np.array([[1], [1]], dtype), (2, 1), padding="0x0x1x0", nan=nan, **kind_of(kind))
    np.testing.assert_array_equal(hollow[0, 0], expected[0, 0])


# Agreement with the slow twin over a full grid.


@pytest.mark.parametrize(
    "padding", ["valid", "same", "same-lower", "full", 1, "2x0x1x1", "0x2x0x0", "9x0x0x7", "0x9x7x0"]
)
@pytest.mark.parametrize("ceil", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_full_grid(padding: Any, ceil: bool, kind: str) -> None:
    # Down and across take turns, and so do depths and the two types a fast loop may treat by itself; half of a
    # chequerboard of all settings for a kind, the other half for the next.
    places = product(range(5), range(4), range(4), range(2))
    for turn, place in enumerate(places):
        if (sum(place) + KINDS.index(kind) + ceil) % 2:
            continue
        length, size, stride, dilation = (1, 2, 3, 5, 8)[place[0]], place[1] + 1, (1, 2, 3, 5)[place[2]], place[3] + 1
        along = slice(None, None, 1 if turn % 2 else -1)
        image = samples(length, (*(length, 3)[along], (1, 3, 5)[turn % 3]), ("f4", "u1")[turn // 2 % 2])
        window = (size, 2)[along]
        options: dict[str, Any] = {"stride": (stride, 1)[along], "dilation": (dilation, 1)[along], **kind_of(kind)}
        options |= {"padding": padding, "ceil": ceil}
        try:
            found = pool(image, window, **options)
        except SizeError:
            assert 0 in twin.pool(image, window, **options).shape, f"{window} was refused: {options} of {image.shape}"
        else:
            assert_agrees(found, image, window, **options)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "counted"])
def test_a_full_grid_of_bins(kind: str) -> None:
    lengths = (1, 2, 3, 5, 7, 10, 16)
    for turn, (length, count) in enumerate(product(lengths, (*lengths, 20))):
        along = slice(None, None, 1 if turn % 2 else -1)
        image = samples(length, (*(length, 4)[along], (1, 3, 5)[turn % 3]), ("f4", "u1")[turn // 2 % 2])
        check(image, adaptive=(count, 3)[along], kind=kind)


@pytest.mark.parametrize("kind", KINDS)
def test_ceil_never_takes_a_window_away(kind: str) -> None:
    # Nothing hangs over at stride 1, so ceil has nothing to say, however wide the padding.
    image = samples(0, (4, 5, 1), "f4")
    found = pool(image, 2, stride=1, padding=3, ceil=True, **kind_of(kind))
    np.testing.assert_array_equal(found, pool(image, 2, stride=1, padding=3, **kind_of(kind)))


def test_ceil_on_an_image_smaller_than_the_window() -> None:
    # ceil((P - e) / s) + 1 = 1 along both axes, as ONNX and PyTorch: three halvings of 3x3 end in 1x1.
    image = samples(1, (3, 3), "f4")
    for _ in range(3):
        image = pool(image, 2, ceil=True)
    assert image.shape == (1, 1)


# Any type, layout and setting.


@st.composite
def images(draw: st.DrawFn, types: tuple[str, ...]) -> Any:
    """A batch of any of these types and any layout, with NaN and infinities among floats."""
    whole = st.integers
    shape = draw(whole(1, 2)), draw(whole(1, 9)), draw(whole(1, 9)), draw(st.sampled_from((1, 1, 2, 3, 5)))
    dtype = draw(st.one_of(st.sampled_from(types), st.sampled_from(("f4", "f8"))))
    image = samples(draw(whole(0, 99)), shape, dtype)
    if dtype[0] == "f" and draw(st.booleans()):
        rng = np.random.default_rng(draw(whole(0, 99)))
        image[rng.random(shape) < 0.2] = np.nan
        image[rng.random(shape) < 0.1] = draw(st.sampled_from((np.inf, -np.inf, 0.0)))
    if draw(st.booleans()):
        image = image.clip(0, 3)  # samples that are equal
    layout = draw(st.sampled_from(("as it is", *LAYOUTS)))
    return LAYOUTS[layout](image) if layout in LAYOUTS else image


@st.composite
def questions(draw: st.DrawFn) -> tuple[Any, Any, dict[str, Any]]:
    """A batch, a window, "global" or bins, and settings."""
    whole = st.integers
    options: dict[str, Any] = {
        "kind": draw(st.sampled_from(KINDS)),
        "nan": draw(st.sampled_from(("propagate", "ignore"))),
    }
    options["threads"] = draw(st.sampled_from((None, 1, 2, 3)))
    if options["kind"] == "lp":
        options["p"] = draw(st.sampled_from((2, 2, 1, 3, 4, 0.5, 2.5)))
    if options["kind"] in ("max", "min"):
        options["indices"] = draw(st.sampled_from((False, True, "flat", "pairs")))
    form = draw(st.sampled_from(("window", "window", "window", "global", "bins")))
    image = draw(images(types_of(options["kind"], bins=form != "window")))
    if form == "global":
        size: Any = "global"
    elif form == "bins":
        size, options["adaptive"] = None, draw(st.tuples(whole(1, 12), whole(1, 12)))
    else:
        size = draw(st.tuples(whole(1, 5), whole(1, 5)))
        options["stride"] = draw(st.one_of(st.none(), st.tuples(whole(1, 5), whole(1, 5))))
        options["dilation"] = draw(st.one_of(st.just((1, 1)), st.tuples(whole(1, 3), whole(1, 3))))
        options["padding"] = draw(
            st.one_of(st.sampled_from(("same", "same-lower", "full")), st.tuples(*[whole(0, 12)] * 4))
        )
        options["ceil"] = draw(st.booleans())
    if options["kind"] == "counted":
        options |= kind_of("counted" if form == "window" else "average")
    return image, size, options


@settings(max_examples=1200)
@given(questions())
def test_any_type_layout_and_setting(question: tuple[Any, Any, dict[str, Any]]) -> None:
    image, size, options = question
    before, threads = image.copy(), {"threads": options.pop("threads")}
    try:
        found = pool(image, size, **options, **threads)
    except SizeError:
        expected = twin.pool(image, size, **options)
        assert 0 in (expected[0] if options.get("indices") else expected).shape
    else:
        assert_agrees(found, image, size, **options)
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", KINDS)
def test_no_layout_changes_a_bit(kind: str, layout: str) -> None:
    for size, how in ((3, {"stride": 2, "padding": 1, **kind_of(kind)}), (None, {"adaptive": 4}), ("global", {})):
        options: dict[str, Any] = {"kind": kind_of(kind)["kind"], **how}
        for dtype in types_of(kind, bins=size != 3):
            image = samples(5, (6, 7, 3), dtype)
            found, expected = (pool(one, size, **options) for one in (LAYOUTS[layout](image), image))
            np.testing.assert_array_equal(found, expected, err_msg=f"{size} of {dtype}")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ((4, 6), (2, 3)),
        ((4, 6, 1), (2, 3, 1)),
        ((5, 7, 3), (2, 3, 3)),
        ((2, 4, 6, 3), (2, 2, 3, 3)),
        ((1, 4, 6, 1), (1, 2, 3, 1)),
    ],
)
def test_shapes(image: Any, expected: Any, kind: str) -> None:
    assert pool(np.ones(image), 2, **kind_of(kind)).shape == expected
    before, after = (image[:1], image[3:]) if len(image) == 4 else ((), image[2:])
    kind = kind_of(kind)["kind"]
    assert pool(np.ones(image), "global", kind=kind).shape == (*before, 1, 1, *after)
    assert pool(np.ones(image), adaptive="5x4", kind=kind).shape == (*before, 5, 4, *after)


def test_lists_are_images() -> None:
    assert pool([[1, 2], [3, 4]], 2).tolist() == [[4]]
    assert pool([[1, 2], [3, 4]], "global", kind="average").tolist() == [[2.5]]
