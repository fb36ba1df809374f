"""Stretches of a sound: which frames lie within it, what stands beyond its ends, and samples that are refused."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from cnnkit.data.recipes.recipe import FeaturePlan, Recipe
from cnnkit.data.signal import Signal
from cnnkit.errors import ArgumentError, InputError
from cnnkit.operations.features.samples import emphasised, over_sound, read, scale_of, stretch
from tests.cases.layouts import LAYOUTS

MODES = {"zero": "constant", "replicate": "edge", "reflect": "reflect", "symmetric": "symmetric", "wrap": "wrap"}
"""The pad modes, as NumPy calls them."""

FRAMINGS = ["pad-end", "valid", "center", "psf", "kaldi", "whisper"]


def plan_of(samples: int, length: int, hop: int, framing: str = "pad-end", **fields: Any) -> FeaturePlan:
    """A plan of frames alone."""
    recipe = Recipe("", length, hop, framing=framing, n_fft=fields.pop("n_fft", length), **fields)
    return recipe._replace(kind="spectrogram").plan(samples, 1000)


def signal(samples: Any, dtype: str = "f8", full_scale: float | None = None) -> Signal:
    """A sound at 1000 Hz."""
    return Signal(np.array(samples, dtype), 1000, full_scale=full_scale)


def inside(plan: FeaturePlan) -> range:
    """The frames that lie within the sound, with the sample before them if preemphasis looks at it."""
    frames, before = plan.frames, 1 if over_sound(plan) else 0
    starts = [frames.start(t) for t in range(frames.count)]
    found = [t for t, a in enumerate(starts) if a >= before and a + frames.length <= frames.samples]
    return range(found[0], found[-1] + 1) if found else range(0)


# Which frames lie within the sound: those are not copied.


@pytest.mark.parametrize(
    ("framing", "samples", "length", "hop", "k", "expected"),
    [
        ("pad-end", 10, 4, 2, 0, range(4)),  # 0-4 2-6 4-8 6-10, and 8-12 reaches beyond
        ("pad-end", 10, 4, 2, 0.5, range(1, 4)),  # nothing is before frame 0
        ("valid", 10, 4, 2, 0, range(4)),
        ("center", 10, 4, 2, 0, range(1, 5)),  # frame 0 begins at -2, frame 4 at 6 is the last that ends by 10
        ("center", 10, 4, 2, 0.5, range(2, 5)),  # and frame 1 at 0
        ("center", 10, 4, 3, 0.5, range(1, 3)),  # -2 1 4 7
        ("pad-end", 3, 4, 1, 0, range(0)),
        ("pad-end", 3, 4, 1, 0.5, range(1, 1)),
        ("kaldi", 20, 2, 10, 0.5, range(2)),  # 4 and 14: all of it is heard
        ("whisper", 10, 4, 5, 0, range(1, 2)),  # -2 3
    ],
)
def test_frames_within_by_hand(framing: str, samples: int, length: int, hop: int, k: float, expected: range) -> None:
    plan = plan_of(samples, length, hop, framing, preemphasis=k)
    sound = np.arange(float(samples))
    is_own = [
        np.shares_memory(stretch(plan, Signal(sound, 1000), t, t + 1, 1e9).samples, sound)
        for t in range(plan.frames.count)
    ]
    assert [t for t, own in enumerate(is_own) if own] == list(expected) == list(inside(plan))


def test_preemphasis_of_frames_is_not_one_of_the_sound() -> None:
    assert over_sound(plan_of(10, 4, 2, preemphasis=0.9)) == 0.9
    assert over_sound(plan_of(10, 4, 2, preemphasis=0.9, preemphasis_over="frame")) == 0


# What stands beyond the ends.


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("zero", [0, 0, 0, 1, 2, 3, 4, 0, 0, 0]),
        ("replicate", [1, 1, 1, 1, 2, 3, 4, 4, 4, 4]),
        ("reflect", [4, 3, 2, 1, 2, 3, 4, 3, 2, 1]),
        ("symmetric", [3, 2, 1, 1, 2, 3, 4, 4, 3, 2]),
        ("wrap", [2, 3, 4, 1, 2, 3, 4, 1, 2, 3]),
    ],
)
def test_pad_modes_by_hand(mode: str, expected: list[float]) -> None:
    plan = plan_of(4, 6, 1, "center", pad_mode=mode)
    np.testing.assert_array_equal(emphasised(plan, signal([1, 2, 3, 4]), -3, 7, 1e9), expected)
    np.testing.assert_array_equal(emphasised(plan, signal([1, 2, 3, 4]), 1, 3, 1e9), [2, 3])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("count", [1, 2, 3, 10])
def test_pad_modes_against_numpy(mode: str, count: int) -> None:
    samples = np.random.default_rng(count).normal(size=count)
    plan = plan_of(count, 60, 1, "center", pad_mode=mode)
    kind: Any = MODES[mode]
    padded = np.pad(samples, 30, mode=kind)
    for start in (-30, -7, -3, -1, 0, count - 1, count, count + 5):
        for stop in (start + 1, start + 9, count + 30):
            found = emphasised(plan, signal(samples), start, stop, 1e9)
            np.testing.assert_array_equal(found, padded[30 + start : 30 + stop])


def test_preemphasis_by_hand() -> None:
    # 4 2 6 less half of what is before; the first sample of it all stays as it is.
    sound = signal([4, 2, 6])
    plan = plan_of(3, 2, 1, preemphasis=0.5)
    np.testing.assert_array_equal(emphasised(plan, sound, 0, 5, 1e9), [4, 0, 5, -3, 0])
    np.testing.assert_array_equal(emphasised(plan, sound, 1, 4, 1e9), [0, 5, -3])
    # psf's zeros come after it.
    plan = plan_of(3, 2, 1, "psf", preemphasis=0.5)
    np.testing.assert_array_equal(emphasised(plan, sound, 0, 5, 1e9), [4, 0, 5, 0, 0])
    np.testing.assert_array_equal(emphasised(plan, sound, 4, 6, 1e9), [0, 0])
    # Before the sound, it is the first sample of the first frame that stays.
    plan = plan_of(3, 4, 1, "center", preemphasis=0.5, pad_mode="replicate")
    np.testing.assert_array_equal(emphasised(plan, sound, -2, 3, 1e9), [4, 2, 2, 0, 5])
    # Frames that begin within the sound are preceded by it.
    plan = plan_of(3, 1, 3, "kaldi", preemphasis=0.5)
    assert plan.frames.first == 1
    np.testing.assert_array_equal(emphasised(plan, sound, 1, 2, 1e9), [0])


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("k", [0, 0.97])
def test_a_stretch_is_the_same_wherever_it_begins(framing: str, k: float) -> None:
    samples = np.random.default_rng(0).normal(size=41)
    plan = plan_of(41, 8, 3, framing, preemphasis=k, n_fft=11, pad_mode="reflect" if framing == "center" else None)
    frames = plan.frames
    whole = emphasised(plan, signal(samples), min(frames.first, 0), max(frames.end, 41), 1e9)
    for t in range(frames.count):
        start = frames.start(t)
        part = emphasised(plan, signal(samples), start, start + 8, 1e9)
        np.testing.assert_array_equal(part, whole[start - min(frames.first, 0) :][:8])


# Stretches for the loops.


@pytest.mark.parametrize("dtype", ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", ">i2", ">f4"])
def test_types_hold_every_number(dtype: str) -> None:
    samples = np.array([0, 1, 0, 1, 1, 0, 1, 1], dtype)
    if dtype != "?":
        samples[2:4] = np.finfo(dtype).max / 2 if "f" in dtype else np.iinfo(dtype).max // 2
    plan = plan_of(8, 4, 2)
    part = stretch(plan, Signal(samples, 1000), 0, 3, math.inf)
    assert (part.origin, part.silence) == (0, 8)
    assert part.samples.dtype.str[1:] in ("i2", "i4", "f4", "f8")
    assert part.samples.dtype.isnative
    np.testing.assert_array_equal(part.samples, samples.astype(part.samples.dtype))


@pytest.mark.parametrize("dtype", ["i2", "i4", "f4", "f8"])
@pytest.mark.parametrize("layout_in_memory", LAYOUTS)
def test_every_layout_in_memory_becomes_one_that_loops_read(layout_in_memory: str, dtype: str) -> None:
    samples = np.arange(40).astype(dtype)
    given = LAYOUTS[layout_in_memory](samples.reshape(40, 1))[:, 0]
    part = stretch(plan_of(40, 4, 2), Signal(given, 1000), 1, 4, 1e9)
    np.testing.assert_array_equal(part.samples, samples[2:10])
    assert part.samples.flags.c_contiguous
    assert part.samples.flags.aligned
    assert part.samples.dtype == np.dtype(dtype)


def test_samples_of_a_type_that_loops_read_are_not_copied() -> None:
    samples = np.zeros(40, np.int16)
    assert np.shares_memory(stretch(plan_of(40, 4, 2), Signal(samples, 1000), 1, 4, 1e9).samples, samples)


def test_a_preemphasis_sees_the_sample_before() -> None:
    plan = plan_of(10, 4, 2, preemphasis=0.5)
    sound = signal(range(10), "i2")
    part = stretch(plan, sound, 1, 3, 1e9)
    assert (part.samples.tolist(), part.origin, part.silence) == ([1, 2, 3, 4, 5, 6, 7], 1, 7)
    part = stretch(plan, sound, 0, 1, 1e9)
    assert (part.samples.tolist(), part.origin, part.silence) == ([0, 0, 1, 2, 3], 1, 5)
    part = stretch(plan, sound, 4, 5, 1e9)
    assert (part.samples.tolist(), part.origin, part.silence) == ([7, 8, 9, 0, 0], 1, 5)
    # psf's zeros come after it.
    part = stretch(plan_of(9, 4, 2, "psf", preemphasis=0.5), sound, 3, 4, 1e9)
    assert (part.samples.tolist(), part.origin, part.silence) == ([5, 6, 7, 8, 0], 1, 4)


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("mode", [None, "replicate", "wrap"])
@pytest.mark.parametrize("k", [0, 0.5])
def test_stretches_are_the_sound_before_its_preemphasis(k: float, mode: str | None, framing: str) -> None:
    samples = np.random.default_rng(0).integers(-99, 99, 41).astype("i2")
    plan = plan_of(41, 8, 3, framing, preemphasis=k, n_fft=11, pad_mode=mode)
    frames = plan.frames
    for t in range(frames.count):
        part = stretch(plan, Signal(samples, 1000), t, t + 1, 1e9)
        assert part.samples.dtype == np.int16
        x = part.samples[part.origin :] - k * part.samples[part.origin - 1 : -1] if k else part.samples.astype(float)
        if k:
            x[max(part.silence - part.origin, 0) :] = 0
        start = frames.start(t)
        np.testing.assert_array_equal(x, emphasised(plan, Signal(samples, 1000), start, start + 8, 1e9))


class Recorded(Signal):
    """A sound that remembers what was read of it."""

    def between(self, start: int, stop: int) -> npt.NDArray[Any]:
        assert 0 <= start <= stop <= self.count
        reads.append((start, stop))
        return super().between(start, stop)


reads: list[tuple[int, int]] = []


@pytest.mark.parametrize("mode", ["zero", "replicate", "reflect", "symmetric"])
def test_no_more_is_read_than_the_frames_see(mode: str) -> None:
    reads.clear()
    plan = plan_of(1000, 10, 5, "center", pad_mode=mode)
    sound = Recorded(np.arange(1000.0), 1000)
    inner = inside(plan)
    stretch(plan, sound, 0, inner.start, 1e9)
    stretch(plan, sound, inner.start, inner.stop, 1e9)
    stretch(plan, sound, inner.stop, plan.frames.count, 1e9)
    assert reads.count((0, 1000)) == 1
    assert max(stop - start for start, stop in reads if stop - start < 1000) <= 15


def test_a_sound_that_is_read_piece_by_piece_is_not_begun_again() -> None:
    reads.clear()
    plan = plan_of(1000, 10, 5, "center", pad_mode="reflect", preemphasis=0.5)
    inner = inside(plan)
    cuts = [0, inner.start, *range(inner.start + 20, inner.stop, 20), inner.stop, plan.frames.count]
    for begin, end in pairwise(cuts):
        stretch(plan, Recorded(np.arange(1000.0), 1000), begin, end, 1e9)
    furthest = np.maximum.accumulate([stop for _, stop in reads])
    assert (furthest[:-1] - [start for start, _ in reads[1:]]).max() <= 20


# Samples that are no numbers.


@pytest.mark.parametrize("dtype", ["f4", "f8", "g"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_counted_through_the_whole_sound(value: float, dtype: str) -> None:
    samples = np.zeros(3_000_000, dtype)
    samples[[700, 2_900_000]] = value
    samples[800] = 1e13
    message = "2 of 3000000 samples are NaN or infinite; the first is sample 700, at 0.700 s"
    with pytest.raises(InputError, match=message):
        read(Signal(samples, 1000), 600, 900, 1e12)
    np.testing.assert_array_equal(read(Signal(samples, 1000), 0, 700, 1e12), np.zeros(700))


@pytest.mark.parametrize("dtype", ["f4", "f8", "i8", "u8"])
@pytest.mark.parametrize("sign", [1, -1])
def test_samples_too_large(dtype: str, sign: int) -> None:
    samples = np.zeros(10, dtype)
    samples[3:5] = 10**6
    samples[[6, 8]] = 2 * 10**6 * (1 if dtype == "u8" else sign)
    message = "2 of 10 samples are beyond 1e+06, too large for their power to be a number; the first is sample 6"
    with pytest.raises(InputError, match=re.escape(message)):
        read(Signal(samples, 1000), 5, 8, 1e6)
    assert read(Signal(samples, 1000), 3, 5, 1e6).tolist() == [10**6] * 2


def test_the_smallest_integer_is_large_too() -> None:
    with pytest.raises(InputError, match=r"1 of 2 samples are beyond 1e\+12"):
        read(signal([0, -(2**63)], "i8"), 0, 2, 1e12)


def test_the_largest_of_small_types_are_numbers() -> None:
    assert read(signal([65504, -65504], "f2"), 0, 2, 1e12).tolist() == [65504, -65504]
    with pytest.raises(InputError, match="1 of 2 samples are NaN or infinite"):
        read(signal([math.inf, 0], "f2"), 0, 2, 1e12)
    assert read(signal([2**31 - 1], "i4"), 0, 1, 10).tolist() == [2**31 - 1]


# Scales.


@pytest.mark.parametrize(
    ("scale", "dtype", "full_scale", "expected"),
    [
        ("as-is", "i2", None, 1), ("as-is", "u1", 128.0, 1), ("as-is", "f4", 1.0, 1),
        ("unit", "f4", None, 1), ("unit", "f8", 1.0, 1), ("unit", "i1", None, 1 / 128), ("unit", "i2", None, 2**-15),
        ("unit", ">i2", None, 2**-15), ("unit", "i4", 2.0**23, 2**-23), ("unit", "u1", 128.0, 1 / 128),
        ("int16", "f4", None, 32768), ("int16", ">f8", None, 32768), ("int16", "i2", None, 1),
        ("int16", "i8", None, 1), ("int16", "u1", None, 1), ("int16", "i4", 2.0**23, 2**-8),
        ("int16", "i2", 32768.0, 1), ("int16", "u1", 128.0, 256),
    ],
)  # fmt: skip
def test_scales(scale: str, dtype: str, full_scale: float | None, expected: float) -> None:
    plan = plan_of(10, 4, 2, scale=scale)
    assert scale_of(plan, signal([0], dtype, full_scale), np.dtype(dtype)) == expected


@pytest.mark.parametrize("dtype", ["u1", "u2", "i4", "u4", "i8", "?"])
def test_a_full_scale_that_cannot_be_told(dtype: str) -> None:
    plan = plan_of(10, 4, 2, scale="unit")
    with pytest.raises(ArgumentError, match=f"scale of {np.dtype(dtype)} is not known.*samples / 2..23"):
        scale_of(plan, signal([0], dtype), np.dtype(dtype))
