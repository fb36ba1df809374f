"""Finished features: sizes by hand, the plan of a sound, and every wrong setting."""

import subprocess
import sys
from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.data.recipes.dialects import read_recipe
from cnnkit.data.recipes.finish import Finish, plan_sound, read_finish, read_settings
from cnnkit.errors import ArgumentError, SizeError

SHAPES: list[tuple[dict[str, Any], tuple[int, ...]]] = [
    ({}, (100, 13, 1)),
    ({"layout": "ctf"}, (1, 100, 13)),
    ({"layout": "ntfc"}, (1, 100, 13, 1)),
    ({"layout": "nctf"}, (1, 1, 100, 13)),
    ({"layout": "ftc"}, (13, 100, 1)),
    ({"layout": "ft"}, (13, 100)),
    ({"layout": "tnf"}, (100, 1, 13)),
    ({"deltas": "columns"}, (100, 39, 1)),
    ({"deltas": "channels"}, (100, 13, 3)),
    ({"deltas": "channels", "layout": "nctf"}, (1, 3, 100, 13)),
    ({"channels": 2}, (100, 13, 2)),
    ({"channels": 2, "deltas": "channels", "layout": "cft"}, (6, 13, 100)),
    ({"channels": 2, "deltas": "columns"}, (100, 39, 2)),
    ({"cmvn": "sliding", "length": 120}, (120, 13, 1)),
    ({"length": 80, "fit": "trim"}, (80, 13, 1)),
    ({"duration": 102400}, (200, 13, 1)),
    ({"duration": "1s"}, (44, 13, 1)),
    ({"segment": "1s"}, (3, 44, 13, 1)),
    ({"segment": "1s", "layout": "tfc"}, (3, 44, 13, 1)),
    ({"segment": "1s", "layout": "cft"}, (3, 1, 13, 44)),
    ({"segment": "1s", "layout": "ft"}, (3, 13, 44)),
    ({"segment": "1s", "layout": "tfn"}, (44, 13, 3)),
    ({"segment": "1s", "overlap": "500ms"}, (4, 44, 13, 1)),
    ({"segment": "1s", "overlap": "500ms", "fit": "trim"}, (3, 44, 13, 1)),
    ({"duration": "4s", "segment": "1s", "overlap": 0}, (4, 44, 13, 1)),
    ({"segment": "96f"}, (2, 96, 13, 1)),
    ({"segment": "96f", "fit": "trim"}, (1, 96, 13, 1)),
    ({"segment": "20f", "overlap": "10f"}, (9, 20, 13, 1)),
    ({"duration": "30s", "segment": "96f", "overlap": "48f", "fit": "loop"}, (26, 96, 13, 1)),
]


@pytest.mark.parametrize(("given_", "shape"), SHAPES)
def test_shapes_of_51200_samples(given_: dict[str, Any], shape: tuple[int, ...]) -> None:
    finish = {name: value for name, value in given_.items() if name != "channels"}
    plan = plan_sound(read_recipe(), read_finish(**finish), 51200, 22050, given_.get("channels", 1))
    assert plan.shape == shape


@pytest.mark.parametrize(
    ("given_", "shape"),
    [
        ({}, (1, 900, 1)),
        ({"layout": "tfc"}, (900, 1, 1)),
        ({"layout": "t"}, (900,)),
        ({"segment": 300}, (3, 1, 300, 1)),
    ],
)
def test_time_runs_along_the_row_of_a_waveform(given_: dict[str, Any], shape: tuple[int, ...]) -> None:
    plan = plan_sound(*read_settings("lecture", "waveform", given_), 900, 8000)
    assert plan.shape == shape


@pytest.mark.parametrize(
    ("layout", "channels", "problem"),
    [
        ("ft", 2, "layout ft has no c, and there are 2 channels .use layout ftc"),
        ("tc", 1, "layout tc has no f, and there are 13 columns .use layout tcf"),
    ],
)
def test_only_an_axis_of_1_is_left_out(layout: str, channels: int, problem: str) -> None:
    with pytest.raises(SizeError, match=problem):
        plan_sound(read_recipe(), Finish(layout=layout), 51200, 22050, channels)


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
        ("9f", 16000, "pad", (1, 150000)),
    ],
)
def test_segments_of_150000_samples(segment: str | int | None, rate: int, fit: str, segments: tuple[int, int]) -> None:
    assert Finish(segment=segment, fit=fit).segments(150000, rate) == (*segments, segments[1])


@given(st.integers(1, 60), st.integers(1, 30), st.integers(0, 29), st.booleans())
def test_pieces_that_overlap(samples: int, size: int, overlap: int, is_trimmed: bool) -> None:
    overlap %= size
    finish = Finish(segment=size, overlap=overlap or None, fit="trim" if is_trimmed else "pad")
    starts = range(0, samples, size - overlap)
    whole = [start for start in starts if start + size <= samples]
    # Pieces go on until nothing is left that none had.
    wanted = whole if is_trimmed else [start for start in starts if start == 0 or start + overlap < samples]
    if not wanted:
        with pytest.raises(SizeError, match="fewer than 1 segment"):
            finish.segments(samples, 8000)
        return
    assert finish.segments(samples, 8000) == (len(wanted), size, size - overlap)
    in_frames = finish._replace(segment=f"{size}f", overlap=f"{overlap}f" if overlap else None)
    assert in_frames.windows(samples) == (len(wanted), size, size - overlap)


# 10 ms are 220.5 samples at 22050 Hz; 0.29 s at 100 Hz are 28.999999999999996 in floats.
@pytest.mark.parametrize(
    ("segment", "rate", "samples"), [("10ms", 22050, 221), ("0.29s", 100, 29), ("12.5ms", 8000, 100), ("1s", 7, 7)]
)
def test_times_are_rounded_half_up(segment: str, rate: int, samples: int) -> None:
    assert Finish(segment=segment).segments(1, rate) == (1, samples, samples)
    assert Finish(duration=segment).samples(1, rate) == samples


@given(st.integers(1, 10**6), st.integers(0, 4), st.sampled_from(("s", "ms")), st.integers(1, 400000))
def test_times_are_exact(digits: int, decimals: int, unit: str, rate: int) -> None:
    exact = Fraction(digits, 10**decimals) * rate / (1000 if unit == "ms" else 1)
    samples = floor(exact + Fraction(1, 2))
    text = f"{digits // 10**decimals}.{digits % 10**decimals:0{decimals}d}" if decimals else str(digits)
    finish = read_finish(segment=f"{text}{unit}")
    if 1 <= samples < 2**31:
        assert finish.segments(1, rate) == (1, samples, samples)
    else:
        with pytest.raises(SizeError, match=r"is less than 1 sample|too large"):
            finish.segments(1, rate)


def test_names() -> None:
    assert Finish().names(["c0"]) == Finish(deltas="channels").names(["c0"]) == ["c0"]
    assert Finish(deltas="columns").names(["energy", "c1"])[1::2] == ["c1", "c1 delta", "c1 delta-delta"]


def test_the_plan_of_a_sound() -> None:
    recipe, finish = read_settings("lecture", "logmel", {"n_mels": 40, "segment": "1s", "deltas": None})
    plan = plan_sound(recipe, finish, 51200, 22050)
    assert (plan.finish, plan.features) == (finish._replace(layout="ntfc"), recipe.plan(22050, 22050))
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


@pytest.mark.parametrize("value", ["3 s", "3min", "0s", "0.0ms", "-3s", "s", "ms", ".5s", "", "1e3", 100.5, True, "³s"])
def test_what_is_no_segment(value: object) -> None:
    with pytest.raises(
        ArgumentError,
        match=r"neither samples nor a time nor frames.*write segment as 48000, as 3s or as 500ms, or in frames",
    ):
        read_finish(segment=value)


@pytest.mark.parametrize("value", [0, -1, "0", "-5", 2**31])
@pytest.mark.parametrize("name", ["segment", "length", "duration", "delta_width"])
def test_numbers_out_of_bounds(name: str, value: object) -> None:
    with pytest.raises(ArgumentError, match=f"{name}.*is not"):
        read_finish(**{name: value})


@pytest.mark.parametrize("value", ["3s", 2.5, [3]])
def test_a_length_is_in_frames(value: object) -> None:
    with pytest.raises(ArgumentError, match=r"length .* is not a whole number"):
        read_finish(length=value)


@pytest.mark.parametrize("name", ["deltas", "delta_kind", "cmvn", "fit"])
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
    with pytest.raises(ArgumentError, match=f"fit {fit} says how a duration, a length or a segment is met"):
        read_finish(fit=fit)


def test_trimming_what_is_too_short() -> None:
    with pytest.raises(SizeError, match=r"the sound has 80 frames, fewer than length 100 .*or length 80 or less"):
        Finish(length=100, fit="trim").windows(80)
    with pytest.raises(SizeError, match="every segment has 1 frame, fewer than length 100"):
        Finish(length=100, fit="trim", segment=5).windows(1)
    with pytest.raises(SizeError, match="the sound has 999 samples, fewer than 1 segment of 1000"):
        Finish(segment="1s", fit="trim").segments(999, 1000)
    with pytest.raises(
        SizeError, match=r"the sound has 80 frames, fewer than 1 segment of 96 .*a segment of 80 frames"
    ):
        Finish(segment="96f", fit="trim").windows(80)
    with pytest.raises(
        SizeError, match=r"the sound has 999 samples, fewer than duration 1000 .*or duration 999 or less"
    ):
        Finish(duration="1s", fit="trim").samples(999, 1000)


def test_segments_that_do_not_fit_the_rate() -> None:
    with pytest.raises(SizeError, match=r"segment 0\.01ms is less than 1 sample at 16000 Hz"):
        Finish(segment="0.01ms").segments(100, 16000)
    with pytest.raises(SizeError, match="segment 999999999s is too large: 15999999984000 samples at 16000 Hz"):
        Finish(segment="999999999s").segments(100, 16000)
    with pytest.raises(SizeError, match="no samples"):
        Finish().samples(0, 16000)
    with pytest.raises(ArgumentError, match="sample_rate"):
        Finish(segment="1s").segments(100, 0)


def test_it_imports_nothing_heavy() -> None:
    program = "import sys, cnnkit.data.recipes.finish; sys.exit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


# Settings that do not go together.


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (
            {"overlap": "1s"},
            "overlap 1s is what a segment shares with the next, and no segment is given .give a segment",
        ),
        ({"overlap": "48f", "segment": "3s"}, "and segment is 3s .give a segment in frames, such as 96f"),
        ({"overlap": 100, "segment": "96f"}, "and segment is 96f .write the overlap in frames, such as 100f"),
        ({"segment": "96f", "length": 9}, "length 9 and segment 96f both say .*leave length out"),
        ({"pad_value": "silence"}, "pad_value silence is for frames that are missing.*give a length in frames"),
        ({"pad_value": -5, "segment": "3s"}, "pad_value -5.0 is for frames .*or a segment such as 96f"),
        ({"pad_value": 1, "length": 9, "fit": "loop"}, "pad_value 1.0 .*use fit pad, or leave pad_value out"),
        (
            {"delta_kind": "librosa"},
            "delta_kind is for deltas, and there are none .give deltas, as columns or channels",
        ),
        ({"delta_width": 9}, "delta_width is for deltas"),
        ({"delta_width": 4, "deltas": "columns"}, "delta_width 4 is not an odd number from 3 on .use delta_width 5"),
        ({"delta_width": 1, "deltas": "columns"}, "delta_width 1 is not an odd number from 3 on .use delta_width 3"),
        ({"pad_value": "quiet", "length": 9}, "pad_value 'quiet' is not a finite number"),
        ({"pad_value": 1e39, "length": 9}, r"pad_value 1e\+39 is not a finite number of -3.4e\+38 to 3.4e\+38"),
        ({"duration": "96f"}, "duration '96f' is neither samples nor a time .write duration as 48000"),
        ({"segment": "0f"}, "segment 0 is not between 1"),
        ({"layout": "tt"}, "layout 'tt' is not made of the letters"),
        ({"layout": "fc"}, "layout 'fc' is not made of the letters"),
        ({"layout": "hwc"}, "layout 'hwc' is not made of the letters n, t, f and c, each once .use tfc: t is time"),
    ],
)
def test_settings_that_do_not_go_together(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ArgumentError, match=problem):
        read_finish(**settings)


@pytest.mark.parametrize("overlap", ["3s", 3000, "4s"])
def test_an_overlap_is_shorter_than_its_segment(overlap: str | int) -> None:
    with pytest.raises(SizeError, match=f"overlap {overlap} is not shorter than segment 3s .use an overlap below 3s"):
        read_finish(segment="3s", overlap=overlap).segments(9000, 1000)


def test_a_waveform_has_no_frames_to_cut() -> None:
    with pytest.raises(ArgumentError, match="a waveform has no frames to cut"):
        read_settings("lecture", "waveform", {"segment": "96f"})


def test_the_dialect_of_librosa_has_librosas_deltas() -> None:
    assert read_settings("librosa", "mfcc", {"deltas": "columns"})[1].delta_kind == "librosa"
    assert read_settings("librosa", "mfcc", {"deltas": "columns", "delta_kind": "htk"})[1].delta_kind == "htk"
    assert read_settings("psf", "mfcc", {"deltas": "columns"})[1].delta_kind == "htk"
    assert (Finish().width, Finish(delta_kind="librosa").width, Finish(delta_width=7).width) == (5, 9, 7)


@pytest.mark.parametrize(("frames", "hint"), [(8, "use delta_width 7, or delta_kind htk"), (2, "use delta_kind htk")])
def test_too_few_frames_for_librosas_deltas(frames: int, hint: str) -> None:
    with pytest.raises(SizeError, match=f"the sound has {frames} frames, fewer than delta_width 9 .{hint}"):
        Finish(deltas="columns", delta_kind="librosa").sides(frames, 13)
