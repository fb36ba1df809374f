"""Features that are finished while they come: the same bits however they are cut, in the memory of a few frames."""

import tracemalloc
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.data.recipes.fields import FIELDS
from cnnkit.data.recipes.finish import Finish
from cnnkit.data.rows import Rows
from cnnkit.errors import InputError, SizeError
from cnnkit.operations.features import finishing
from cnnkit.operations.features.deltas import with_deltas
from cnnkit.operations.features.finishing import finish_rows, passes
from cnnkit.operations.features.normalisation import Moments, normalised_sliding
from tests.reference.at_once import deltas, finish_features, no_silence, normalise_sliding

WORDS = {name: field.value.words for name, field in FIELDS.items()}

FINISHES = [
    Finish(deltas=deltas, cmvn=cmvn, delta_kind=kind, fit=fit, **size)  # type: ignore[arg-type]
    for deltas, cmvn, kind, fit, size in product(
        (None, *WORDS["deltas"]),
        (None, *WORDS["cmvn"]),
        ("htk", "librosa"),
        ("pad", "loop"),
        ({}, {"length": 1}, {"length": 700}, {"length": 3000}, {"segment": "250f", "overlap": "100f"}),
    )
    if deltas is not None or kind == "htk"
]


def noise(frames: int, columns: int = 3) -> npt.NDArray[np.float32]:
    return np.random.default_rng(frames).normal(-5, 20, (frames, columns, 1)).astype(np.float32)


def cut(whole: npt.NDArray[Any], places: list[int]) -> Rows:
    """The rows of an array in blocks that begin at these places, some of them empty."""
    return Rows(whole.shape, whole.dtype, lambda: np.split(whole, sorted(place % (len(whole) + 1) for place in places)))


PLACES = st.lists(st.integers(0, 10**6), max_size=12)
COUNTS = st.integers(1, 9) | st.sampled_from((599, 600, 601, 1199, 1200, 1201, 1800, 2345))


@given(st.sampled_from(FINISHES), COUNTS, PLACES)
def test_no_bit_depends_on_how_frames_are_cut(finish: Finish, frames: int, places: list[int]) -> None:
    features = noise(frames)
    if finish.delta_kind == "librosa" and frames < 9:
        with pytest.raises(SizeError, match=f"{frames} frames?, fewer than delta_width 9"):
            finish_features(finish, features)
        return
    wanted = finish_features(finish, features)
    rows = finish_rows(finish, [cut(features, places)], no_silence)
    assert (rows.shape, rows.dtype) == (wanted.shape, wanted.dtype)
    blocks = list(rows.blocks())
    assert all(block.flags.c_contiguous and block.dtype == wanted.dtype for block in blocks)
    np.testing.assert_array_equal(np.concatenate(blocks), wanted)
    np.testing.assert_array_equal(finish_features(finish, np.asfortranarray(features)), wanted)


@pytest.mark.parametrize(
    "finish", [Finish(cmvn="utterance"), Finish(deltas="columns", cmvn="utterance", length=3000, fit="loop")]
)
def test_no_bit_depends_on_what_is_kept(finish: Finish, monkeypatch: pytest.MonkeyPatch) -> None:
    features = noise(1900)
    wanted = finish_features(finish, features)
    monkeypatch.setattr(finishing, "MAX_CACHED_NUMBERS", 0)
    np.testing.assert_array_equal(finish_features(finish, features), wanted)
    np.testing.assert_array_equal(finish_rows(finish, [cut(features, [7, 1234])], no_silence).array(), wanted)


@given(st.integers(1, 30), PLACES)
def test_deltas_of_frames_that_are_cut(frames: int, places: list[int]) -> None:
    features = noise(frames).astype(np.float64)
    blocks = with_deltas(cut(features.transpose(0, 2, 1), places).blocks())
    found = np.concatenate(list(blocks))
    np.testing.assert_array_equal(found[:, 0], features[:, :, 0])
    np.testing.assert_array_equal(found[:, 1], deltas(features[:, :, 0]))


@given(st.integers(1, 60), st.integers(1, 20), PLACES)
def test_windows_of_any_size_over_frames_that_are_cut(frames: int, window: int, places: list[int]) -> None:
    features = noise(frames)[:, :, 0]
    blocks = normalised_sliding(cut(features, places).blocks(), window)
    np.testing.assert_array_equal(np.concatenate(list(blocks)), normalise_sliding(features.astype(float), window))


def test_moments_of_many_runs_are_those_of_the_whole() -> None:
    features = noise(100_000)[:, :, 0].astype(np.float64) * 2.0**-10 + 2.0**20
    moments = Moments.of([features])
    near = features - 2.0**20  # exact
    np.testing.assert_allclose(moments.mean - 2.0**20, near.mean(axis=0), atol=2.0**-32)
    np.testing.assert_allclose(moments.deviation, near.std(axis=0), rtol=1e-9)


class Endless:
    """A sound of whatever length that nobody holds, and how much of it was read."""

    def __init__(self, frames: int, columns: int = 13) -> None:
        self.frames, self.shape = frames, (frames, columns, 1)
        self.frames_read = 0

    def blocks(self) -> Iterator[npt.NDArray[np.float64]]:
        for begin in range(0, self.frames, 1000):
            place = np.arange(begin, min(begin + 1000, self.frames))
            self.frames_read += len(place)
            yield np.sin(place[:, np.newaxis, np.newaxis] * np.arange(1, self.shape[1] + 1)[:, np.newaxis])

    @property
    def rows(self) -> Rows:
        return Rows(self.shape, np.dtype(np.float64), self.blocks)


@pytest.mark.parametrize(
    ("finish", "count"),
    [
        (Finish(cmvn="utterance"), 200_000),
        (Finish(cmvn="sliding", length=10**6), 10**6),
        (Finish(delta_kind="librosa", length=10**6, pad_value=-5.0), 10**6),
        (Finish(segment="4000f", overlap="1000f", fit="trim"), 66 * 4000),  # 1 + floor((200000 - 4000) / 3000)
    ],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_memory_does_not_grow_with_the_sound(
    finish: Finish, count: int, channels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finishing, "MAX_CACHED_NUMBERS", 10**4)
    sounds = [Endless(200_000, 6).rows for _ in range(channels)]
    rows = finish_rows(finish._replace(deltas="channels"), sounds, no_silence)
    tracemalloc.start()
    try:
        found = sum(len(block) for block in rows.blocks())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found == count
    assert peak < 3e6 * channels  # all of a channel is 29 MB, a run of 600 frames 0.1 MB


def test_how_often_features_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for kept, finish, times in [
        (10**6, Finish(deltas="columns", cmvn="utterance"), 1),
        (10**4, Finish(deltas="columns", cmvn="utterance"), 2),
        (10**4, Finish(deltas="columns", cmvn="sliding"), 1),
        (10**4, Finish(deltas="columns", length=6000, fit="loop"), 1),
    ]:
        monkeypatch.setattr(finishing, "MAX_CACHED_NUMBERS", kept)
        sound = Endless(5000)
        for _ in finish_rows(finish, [sound.rows], no_silence).blocks():
            pass
        assert sound.frames_read == times * 5000
        assert passes(finish, 5000, 13) == times


def test_what_a_length_leaves_out_is_not_computed() -> None:
    sound = Endless(10**9)
    rows = finish_rows(Finish(deltas="columns", cmvn="sliding", length=500), [sound.rows], no_silence).array()
    assert sound.frames_read <= 3000
    np.testing.assert_array_equal(
        rows, finish_features(Finish(deltas="columns", cmvn="sliding", length=500), Endless(5000).rows.array())
    )


def test_what_does_not_fit_is_said_before_a_frame_is_asked_for() -> None:
    sound = Endless(5)
    with pytest.raises(SizeError, match="5 frames, fewer than length 6"):
        finish_rows(Finish(length=6, fit="trim"), [sound.rows], no_silence)
    assert sound.frames_read == 0


@pytest.mark.parametrize("cmvn", WORDS["cmvn"])
def test_numbers_that_have_no_variance(cmvn: str) -> None:
    features = noise(3000)
    features[2000, 1] = np.inf
    with pytest.raises(InputError, match=f"column 1 of the features has no {'mean' if 'mean' in cmvn else 'variance'}"):
        finish_rows(Finish(cmvn=cmvn), [cut(features, [1000])], no_silence).array()
