"""Sounds cut into segments: what each holds by hand, and that it gives what it gives as a sound of its own."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import cnnkit
from cnnkit.data.recipes.dialects import DIALECTS, read_recipe
from cnnkit.data.recipes.finish import Finish, plan_sound
from cnnkit.data.recipes.recipe import Recipe
from cnnkit.data.rows import Rows
from cnnkit.data.signal import Signal
from cnnkit.errors import InputError, SizeError
from cnnkit.operations.features.blocks import compute_features
from cnnkit.operations.features.segments import Segment, channels_of, finished_features
from tests.reference.at_once import no_silence

NOISE = np.random.default_rng(5).integers(-9999, 9999, 50000).astype(np.int16)
TEN = Signal(np.arange(10, dtype=np.int16), 8000, ("note",), 32768.0)


@pytest.mark.parametrize(
    ("first", "count", "is_loop", "start", "stop", "expected"),
    [
        (0, 4, False, 0, 4, [0, 1, 2, 3]),
        (4, 4, True, 1, 3, [5, 6]),
        (8, 4, False, 0, 4, [8, 9, 0, 0]),
        (8, 4, False, 2, 4, [0, 0]),
        (8, 4, False, 3, 3, []),
        (8, 5, True, 0, 5, [8, 9, 8, 9, 8]),
        (8, 5, True, 3, 5, [9, 8]),
        (7, 8, True, 2, 7, [9, 7, 8, 9, 7]),
        (0, 25, True, 18, 25, [8, 9, 0, 1, 2, 3, 4]),
    ],
)
def test_samples_by_hand(first: int, count: int, is_loop: bool, start: int, stop: int, expected: list[int]) -> None:
    found = Segment(TEN, first, count, is_loop).between(start, stop)
    assert found.tolist() == expected
    assert found.dtype == np.int16


def test_a_segment_of_one_channel() -> None:
    two = Signal(np.arange(20).reshape(10, 2), 8000)
    left, right = channels_of(two, 2)
    assert (left.count, left.between(2, 5).tolist(), right.between(8, 10).tolist()) == (10, [4, 6, 8], [17, 19])
    assert Segment(two, 8, 4, channel=1).between(0, 4).tolist() == [17, 19, 0, 0]
    assert channels_of(TEN, 1) == [TEN]


def test_a_segment_is_a_sound_of_the_same_scale_and_rate() -> None:
    segment = Segment(TEN, 4, 4)
    assert (segment.count, segment.sample_rate, segment.full_scale, segment.notes) == (4, 8000, 32768.0, ("note",))


def filled(fit: str, size: int) -> list[npt.NDArray[Any]]:
    """The segments of the noise, cut by hand."""
    segments = [NOISE[first : first + size] for first in range(0, len(NOISE), size)]
    rest = size - len(segments[-1])
    if fit == "trim" and rest:
        return segments[:-1]
    segments[-1] = np.pad(segments[-1], (0, rest), mode="wrap" if fit == "loop" else "constant")
    return segments


@pytest.mark.parametrize("fit", ["pad", "trim", "loop"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_segment_is_a_sound_of_its_own(dialect: str, fit: str) -> None:
    found = cnnkit.mfcc(NOISE, 16000, dialect=dialect, segment="1s", fit=fit)
    expected = [cnnkit.mfcc(segment, 16000, dialect=dialect) for segment in filled(fit, 16000)]
    np.testing.assert_array_equal(found, expected)


def test_segments_are_finished_each_by_itself() -> None:
    found = cnnkit.mfcc(NOISE, 16000, segment=20000, cmvn="utterance", deltas="channels", length=50, layout="nctf")
    options = {"cmvn": "utterance", "deltas": "channels", "length": 50, "layout": "ctf"}
    expected = [cnnkit.mfcc(segment, 16000, **options) for segment in filled("pad", 20000)]  # type: ignore[arg-type]
    np.testing.assert_array_equal(found, expected)


def finished(recipe: Recipe, finish: Finish, signal: Signal) -> npt.NDArray[Any]:
    plan = plan_sound(recipe, finish, signal.count, signal.sample_rate)
    compute = partial(compute_features, plan.features)
    return finished_features(plan, signal, lambda sounds: [Rows.of(compute(sound)) for sound in sounds], no_silence)


def test_no_finish_copies_nothing() -> None:
    plan, one = plan_sound(read_recipe(), Finish(), len(NOISE), 16000), np.zeros((98, 13, 1))
    found = finished_features(plan, Signal(NOISE, 16000), lambda _: [Rows.of(one)], no_silence)
    assert np.shares_memory(found, one)


def test_the_whole_as_a_batch_of_one() -> None:
    whole = cnnkit.mfcc(NOISE, 16000)
    signal = Signal(NOISE, 16000)
    np.testing.assert_array_equal(finished(read_recipe(), Finish(layout="ntfc"), signal), whole[None])
    found = finished(read_recipe(), Finish(segment=len(NOISE)), signal)
    np.testing.assert_array_equal(found, whole[None])


def test_a_recipe_that_fits_no_segment_is_refused() -> None:
    with pytest.raises(SizeError, match="framing valid finds no frame of 2048 samples in 1000 samples"):
        finished(read_recipe(framing="valid"), Finish(segment=1000), Signal(NOISE, 16000))


def test_a_sample_that_is_no_number_is_refused_in_whichever_segment() -> None:
    samples = np.zeros(40000, np.float32)
    samples[39999] = np.nan
    with pytest.raises(InputError, match="NaN or infinite"):
        finished(read_recipe(), Finish(segment="1s"), Signal(samples, 16000))


@pytest.mark.parametrize("fit", ["pad", "loop"])
def test_a_duration_is_the_sound_made_longer(fit: str) -> None:
    longer = np.pad(NOISE, (0, 31000), mode="wrap" if fit == "loop" else "constant")
    for more in ({}, {"segment": "1s", "overlap": "250ms"}, {"segment": "20f", "cmvn": "utterance"}):
        options: dict[str, Any] = {**more, "deltas": "channels"}
        found = cnnkit.mfcc(NOISE, 16000, duration=81000, fit=fit, **options)
        np.testing.assert_array_equal(found, cnnkit.mfcc(longer, 16000, **options, **({"fit": fit} if more else {})))
        cut = cnnkit.mfcc(NOISE, 16000, duration="2.5s", **options)
        np.testing.assert_array_equal(cut, cnnkit.mfcc(NOISE[:40000], 16000, **options))
