"""Finished features: sizes by hand, the plan of a sound, and every wrong setting."""

import subprocess
import sys
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.data.recipes.finish import Finish, plan_sound, read_finish, read_settings
from cnnkit.errors import ArgumentError, SizeError

SHAPES = [
    ({}, (100, 13, 1)),
    ({"layout": "chw"}, (1, 100, 13)),
    ({"layout": "nhwc"}, (1, 100, 13, 1)),
    ({"layout": "nchw"}, (1, 1, 100, 13)),
    ({"deltas": "columns"}, (100, 39, 1)),
    ({"deltas": "channels"}, (100, 13, 3)),
    ({"deltas": "channels", "layout": "nchw"}, (1, 3, 100, 13)),
    ({"cmvn": "sliding", "length": 120}, (120, 13, 1)),
    ({"length": 80, "fit": "trim"}, (80, 13, 1)),
]


@pytest.mark.parametrize(("given_", "shape"), SHAPES)
def test_shapes(given_: dict[str, object], shape: tuple[int, ...]) -> None:
    assert read_finish(**given_).shape(100, 13) == shape


@pytest.mark.parametrize(("layout", "shape"), [("hwc", (4, 100, 13, 1)), ("nhwc", (4, 100, 13, 1))])
def test_shapes_of_segments(layout: str, shape: tuple[int, ...]) -> None:
    assert read_finish(segment="3s", layout=layout).shape(100, 13, 4) == shape
    assert read_finish(segment="3s", layout=layout.replace("hwc", "chw")).shape(100, 13, 4) == (4, 1, 100, 13)


@pytest.mark.parametrize(
    ("segment", "rate", "fit", "segments"),
    [
        ("3s", 16000, "pad", (4, 48000)),
        ("3s", 16000, "loop", (4, 48000)),
        ("3s", 16000, "trim", (3, 48000)),
        (50000, 16000, "trim", (3, 50000)),
        (150000, 16000, "trim", (1, 150000)),
        (200000, 16000, "pad", (1, 200000)),
        ("500ms", 22050, "pad", (14, 11025)),
        (None, 16000, "pad", (1, 150000)),
    ],
)
def test_segments_of_150000_samples(segment: str | int | None, rate: int, fit: str, segments: tuple[int, int]) -> None:
    assert Finish(segment=segment, fit=fit).segments(150000, rate) == segments


# 10 ms are 220.5 samples at 22050 Hz; 0.29 s at 100 Hz are 28.999999999999996 in floats.
@pytest.mark.parametrize(
    ("segment", "rate", "samples"), [("10ms", 22050, 221), ("0.29s", 100, 29), ("12.5ms", 8000, 100), ("1s", 7, 7)]
)
def test_times_are_rounded_half_up(segment: str, rate: int, samples: int) -> None:
    assert Finish(segment=segment).segments(1, rate) == (1, samples)


@given(st.integers(1, 10**6), st.integers(0, 4), st.sampled_from(("s", "ms")), st.integers(1, 400000))
def test_times_are_exact(digits: int, decimals: int, unit: str, rate: int) -> None:
    exact = Fraction(digits, 10**decimals) * rate / (1000 if unit == "ms" else 1)
    samples = floor(exact + Fraction(1, 2))
    text = f"{digits // 10**decimals}.{digits % 10**decimals:0{decimals}d}" if decimals else str(digits)
    finish = read_finish(segment=f"{text}{unit}")
    if 1 <= samples < 2**31:
        assert finish.segments(1, rate) == (1, samples)
    else:
        with pytest.raises(SizeError, match=r"is less than 1 sample|too large"):
            finish.segments(1, rate)


def test_names() -> None:
    assert Finish().names(["c0"]) == Finish(deltas="channels").names(["c0"]) == ["c0"]
    assert Finish(deltas="columns").names(["energy", "c1"])[1::2] == ["c1", "c1 delta", "c1 delta-delta"]


def test_the_plan_of_a_sound() -> None:
    recipe, finish = read_settings("lecture", "logmel", {"n_mels": 40, "segment": "1s", "deltas": None})
    plan = plan_sound(recipe, finish, 51200, 22050)
    assert (plan.finish, plan.features) == (finish, recipe.plan(22050, 22050))
    assert (plan.segments, plan.samples, plan.shape) == (3, 51200, (3, 44, 40, 1))
    assert plan_sound(recipe, Finish(), 51200, 22050).shape == recipe.plan(51200, 22050).shape


@pytest.mark.parametrize("settings", [{"deltas": "columns"}, {"cmvn": "sliding"}, {"length": 9}])
def test_a_waveform_has_no_frames(settings: dict[str, object]) -> None:
    (name,) = settings
    with pytest.raises(ArgumentError, match=f"{name} is for frames, and a waveform has none"):
        read_settings("lecture", "waveform", settings)


def test_none_leaves_a_field_as_it_is() -> None:
    assert read_finish(**dict.fromkeys(Finish._fields)) == Finish()
    assert read_finish(fit="pad") == Finish()


@pytest.mark.parametrize("value", ["3 s", "3min", "0s", "0.0ms", "-3s", "s", "ms", ".5s", "", "1e3", 0.5, True, "³s"])
def test_what_is_no_segment(value: object) -> None:
    with pytest.raises(ArgumentError, match=r"neither samples nor a time.*write segment as 48000, as 3s or as 500ms"):
        read_finish(segment=value)


@pytest.mark.parametrize("value", [0, -1, "0", "-5", 2**31])
@pytest.mark.parametrize("name", ["segment", "length"])
def test_numbers_out_of_bounds(name: str, value: object) -> None:
    with pytest.raises(ArgumentError, match=f"{name}.*is not"):
        read_finish(**{name: value})


@pytest.mark.parametrize("value", ["3s", 2.5, [3]])
def test_a_length_is_in_frames(value: object) -> None:
    with pytest.raises(ArgumentError, match=r"length .* is not a whole number"):
        read_finish(length=value)


@pytest.mark.parametrize("name", ["deltas", "cmvn", "fit", "layout"])
@pytest.mark.parametrize("value", ["", "colums", True, 3, ["pad"]])
def test_unknown_words(name: str, value: object) -> None:
    with pytest.raises(ArgumentError, match=f"unknown {name} "):
        read_finish(**{name: value})


def test_the_nearest_word_is_named() -> None:
    with pytest.raises(ArgumentError, match="did you mean columns"):
        read_finish(deltas="colums")
    with pytest.raises(ArgumentError, match=r"unknown field 'delta'.*did you mean deltas"):
        read_finish(delta="columns")


@pytest.mark.parametrize("fit", ["trim", "loop"])
def test_a_fit_needs_something_to_fit(fit: str) -> None:
    with pytest.raises(ArgumentError, match=f"fit {fit} says how a length or a segment is met"):
        read_finish(fit=fit)


def test_trimming_what_is_too_short() -> None:
    with pytest.raises(SizeError, match=r"the sound has 80 frames, fewer than length 100 .*or length 80 or less"):
        Finish(length=100, fit="trim").shape(80, 13)
    with pytest.raises(SizeError, match="every segment has 1 frame, fewer than length 100"):
        Finish(length=100, fit="trim", segment=5).segment_shape(1, 13)
    with pytest.raises(SizeError, match="the sound has 999 samples, fewer than 1 segment of 1000"):
        Finish(segment="1s", fit="trim").segments(999, 1000)


def test_segments_that_do_not_fit_the_rate() -> None:
    with pytest.raises(SizeError, match=r"segment 0\.01ms is less than 1 sample at 16000 Hz"):
        Finish(segment="0.01ms").segments(100, 16000)
    with pytest.raises(SizeError, match="segment 999999999s is too large: 15999999984000 samples at 16000 Hz"):
        Finish(segment="999999999s").segments(100, 16000)
    with pytest.raises(SizeError, match="no samples"):
        Finish(segment="1s").segments(0, 16000)
    with pytest.raises(ArgumentError, match="sample_rate"):
        Finish(segment="1s").segments(100, 0)


def test_it_imports_nothing_heavy() -> None:
    program = "import sys, cnnkit.data.recipes.finish; sys.exit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
