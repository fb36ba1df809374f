"""Finished features by hand, against the slow twin, the promised shape in all combinations, and every error."""

from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import python_speech_features
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.data.recipes.fields import FIELDS
from cnnkit.data.recipes.finish import Finish
from cnnkit.errors import ArgumentError, InputError, SizeError
from cnnkit.operations.features.finishing import arrange_axes, finish_features
from tests.reference import finishing as twin

WORDS = {name: field.value.words for name, field in FIELDS.items()}


def noise(frames: int, columns: int = 13, seed: int = 0) -> npt.NDArray[np.float64]:
    return np.random.default_rng(seed).normal(-5, 20, (frames, columns, 1))


COMBINATIONS = list(product((None, *WORDS["deltas"]), (None, *WORDS["cmvn"]), (None, 1, 8, 9, 30), WORDS["fit"]))


def test_nothing_asked_is_nothing_done() -> None:
    features = noise(8)
    assert finish_features(Finish(), features) is features
    assert arrange_axes(Finish(), features) is features
    assert finish_features(Finish(length=8, fit="trim"), features) is features


def test_lengths_by_hand() -> None:
    rows = np.array([1.0, 2.0, 3.0]).reshape(3, 1, 1)
    for length, fit, wanted in [
        (5, "pad", [1, 2, 3, 0, 0]),
        (2, "pad", [1, 2]),
        (2, "trim", [1, 2]),
        (8, "loop", [1, 2, 3, 1, 2, 3, 1, 2]),
        (1, "loop", [1]),
    ]:
        np.testing.assert_array_equal(finish_features(Finish(length=length, fit=fit), rows)[:, 0, 0], wanted)


def test_deltas_stand_beside_or_behind() -> None:
    features = noise(20)
    slopes = python_speech_features.delta(features[:, :, 0], 2)
    orders = [features[:, :, 0], slopes, python_speech_features.delta(slopes, 2)]
    beside = finish_features(Finish(deltas="columns"), features)
    behind = finish_features(Finish(deltas="channels"), features)
    assert (beside.shape, behind.shape) == ((20, 39, 1), (20, 13, 3))
    np.testing.assert_allclose(beside[:, :, 0], np.hstack(orders), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(behind, np.stack(orders, axis=2), rtol=1e-12, atol=1e-12)


def test_normalised_before_deltas_and_deltas_before_the_length() -> None:
    found = finish_features(Finish(deltas="columns", cmvn="utterance", length=12), noise(10, 2))
    np.testing.assert_allclose(found[:10, :2].var(axis=0), 1)
    np.testing.assert_array_equal(found[10:], 0)
    # The last delta knows nothing of the zeros that follow.
    np.testing.assert_array_equal(found[:10], finish_features(Finish(deltas="columns", cmvn="utterance"), noise(10, 2)))


def by_the_twin(finish: Finish, features: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    rows = features[:, :, 0].tolist()
    if finish.cmvn:
        rows = twin.utterance(rows) if finish.cmvn == "utterance" else twin.sliding(rows, 600)
    orders = [rows]
    if finish.deltas:
        orders += [twin.deltas(rows), twin.deltas(twin.deltas(rows))]
    made = np.array([twin.fitted(order, finish.length or len(rows), finish.fit) for order in orders])
    return made.transpose(1, 2, 0) if finish.deltas == "channels" else np.hstack(list(made))[:, :, np.newaxis]


@pytest.mark.parametrize(("deltas", "cmvn", "length", "fit"), COMBINATIONS)
def test_as_the_slow_twin(deltas: str | None, cmvn: str | None, length: int | None, fit: str) -> None:
    finish, features = Finish(deltas, cmvn, length, fit), noise(9, 4)
    kept = features.copy()
    if fit == "trim" and length == 30:
        with pytest.raises(SizeError, match="9 frames, fewer than length 30"):
            finish_features(finish, features)
        return
    np.testing.assert_allclose(finish_features(finish, features), by_the_twin(finish, features), rtol=1e-10, atol=1e-10)
    np.testing.assert_array_equal(features, kept)


@pytest.mark.parametrize("deltas", WORDS["deltas"])
def test_columns_are_by_themselves_however_many_there_are(deltas: str) -> None:
    features, finish = noise(20, 133), Finish(deltas, "utterance", 25, "loop")
    found = finish_features(finish, features)
    one = finish_features(finish, features[:, 67:68])
    place = [67 + order * features.shape[1] for order in range(3)] if deltas == "columns" else [67]
    np.testing.assert_allclose(found[:, place], one, rtol=1e-10, atol=1e-10)


FINISHES = st.builds(
    Finish,
    deltas=st.sampled_from((None, *WORDS["deltas"])),
    cmvn=st.sampled_from((None, *WORDS["cmvn"])),
    length=st.none() | st.integers(1, 40),
    fit=st.sampled_from(("pad", "loop")),
    segment=st.none() | st.integers(1, 50) | st.sampled_from(("3ms", "0.02s")),
    layout=st.sampled_from(WORDS["layout"]),
)


@given(FINISHES, st.integers(1, 200), st.integers(1, 30), st.integers(1, 5))
def test_the_shape_is_what_was_promised(finish: Finish, samples: int, frames: int, columns: int) -> None:
    segments, size = finish.segments(samples, 1000)
    made = [finish_features(finish, noise(frames, columns, segment)) for segment in range(segments)]
    assert {one.shape for one in made} == {finish.segment_shape(frames, columns)}
    found = arrange_axes(finish, np.stack(made) if finish.segment is not None else made[0])
    assert found.shape == finish.shape(frames, columns, segments)
    assert found.flags.c_contiguous
    assert segments * size >= samples
    assert len(finish.names([f"c{column}" for column in range(columns)])) == finish.segment_shape(frames, columns)[1]


@pytest.mark.parametrize(("layout", "axes"), [("hwc", (0, 1, 2)), ("chw", (2, 0, 1))])
def test_layouts_move_axes_and_change_no_number(layout: str, axes: tuple[int, ...]) -> None:
    features = np.arange(24.0).reshape(2, 4, 3)
    wanted = features.transpose(axes)
    np.testing.assert_array_equal(arrange_axes(Finish(layout=layout), features), wanted)
    np.testing.assert_array_equal(arrange_axes(Finish(layout=f"n{layout}"), features), wanted[np.newaxis])
    several = np.stack([features, features + 24])
    for with_segments in (layout, f"n{layout}"):
        found = arrange_axes(Finish(layout=with_segments, segment=10), several)
        np.testing.assert_array_equal(found, np.stack([wanted, wanted + 24]))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_type_stays_and_is_rounded_once(dtype: str) -> None:
    features = noise(50).astype(dtype)
    finish = Finish(deltas="channels", cmvn="utterance")
    found = finish_features(finish, features)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, finish_features(finish, features.astype("float64")).astype(dtype))


def test_integers_become_floats() -> None:
    assert finish_features(Finish(cmvn="utterance"), np.arange(6).reshape(3, 2, 1)).dtype == np.float64


@pytest.mark.parametrize("shape", [(8, 13), (8, 13, 3), (2, 8, 13, 1), (0, 13, 1)])
def test_what_is_no_sound(shape: tuple[int, ...]) -> None:
    with pytest.raises(ArgumentError, match="are not frames x columns x 1"):
        finish_features(Finish(), np.zeros(shape))


def test_segments_need_an_axis() -> None:
    with pytest.raises(ArgumentError, match=r"\(2, 8, 13, 1\) are not frames x columns x channels"):
        arrange_axes(Finish(), np.zeros((2, 8, 13, 1)))
    with pytest.raises(ArgumentError, match=r"\(8, 13\) are not segments x frames x columns x channels"):
        arrange_axes(Finish(layout="nhwc"), np.zeros((8, 13)))


def test_numbers_that_have_no_variance() -> None:
    with pytest.raises(InputError, match="column 0 of the features has no variance"):
        finish_features(Finish(cmvn="utterance"), np.full((8, 2, 1), np.nan))
