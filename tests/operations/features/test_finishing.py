"""Finished features by hand, and every error; tests/promises/test_finish_twin.py has all combinations."""

import numpy as np
import numpy.typing as npt
import pytest
import python_speech_features

from cnnkit.data.recipes.dialects import DIALECTS
from cnnkit.data.recipes.finish import Finish, plan_sound
from cnnkit.data.rows import Rows
from cnnkit.errors import InputError
from cnnkit.operations.features.finishing import arrange_axes, finish_rows
from tests.reference.at_once import finish_features, no_silence


def noise(frames: int, columns: int = 13, seed: int = 0) -> npt.NDArray[np.float64]:
    return np.random.default_rng(seed).normal(-5, 20, (frames, columns, 1))


def test_nothing_asked_is_nothing_done() -> None:
    features = Rows.of(noise(8))
    assert finish_rows(Finish(), [features], no_silence) is features
    assert finish_rows(Finish(length=8, fit="trim"), [features], no_silence) is features


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


def test_segments_of_frames_by_hand() -> None:
    rows = np.arange(1.0, 8.0).reshape(7, 1, 1)
    for segment, overlap, fit, wanted in [
        ("3f", None, "pad", [1, 2, 3, 4, 5, 6, 7, 0, 0]),
        ("3f", None, "trim", [1, 2, 3, 4, 5, 6]),
        ("3f", None, "loop", [1, 2, 3, 4, 5, 6, 7, 7, 7]),
        ("4f", "2f", "pad", [1, 2, 3, 4, 3, 4, 5, 6, 5, 6, 7, 0]),
        ("4f", "2f", "loop", [1, 2, 3, 4, 3, 4, 5, 6, 5, 6, 7, 5]),
        ("3f", "2f", "pad", [1, 2, 3, 2, 3, 4, 3, 4, 5, 4, 5, 6, 5, 6, 7]),
        ("9f", "5f", "pad", [1, 2, 3, 4, 5, 6, 7, 0, 0]),
    ]:
        found = finish_features(Finish(segment=segment, overlap=overlap, fit=fit), rows)
        np.testing.assert_array_equal(found[:, 0, 0], wanted)


@pytest.mark.parametrize(
    ("finish", "wanted"),
    [
        (Finish(length=4, pad_value=-7.5), [[1, 3], [5, -1], [-7.5, -7.5], [-7.5, -7.5]]),
        (Finish(length=3, pad_value="silence"), [[1, 3], [5, -1], [-36, -2]]),
        (Finish(length=3, pad_value="silence", cmvn="utterance-mean"), [[-2, 2], [2, -2], [0, 0]]),
        (Finish(segment="3f", pad_value="silence"), [[1, 3], [5, -1], [-36, -2]]),
    ],
)
def test_missing_frames_by_hand(finish: Finish, wanted: list[list[float]]) -> None:
    features = np.array([[1.0, 3.0], [5.0, -1.0]])[:, :, np.newaxis]
    rows = finish_rows(finish, [Rows.of(features)], lambda: np.array([-36.0, -2.0]))
    np.testing.assert_array_equal(rows.array()[:, :, 0], wanted)


def test_deltas_of_silence_are_0() -> None:
    finish, row = Finish(length=9, deltas="columns", pad_value="silence"), np.array([-36.0, -2.0])
    found = finish_rows(finish, [Rows.of(noise(8, 2))], lambda: row).array()
    np.testing.assert_array_equal(found[8, :, 0], [-36, -2, 0, 0, 0, 0])
    behind = finish_rows(finish._replace(deltas="channels"), [Rows.of(noise(8, 2))] * 2, lambda: row).array()
    np.testing.assert_array_equal(behind[8], [[-36, -36, 0, 0, 0, 0], [-2, -2, 0, 0, 0, 0]])


def test_silence_is_computed_only_where_it_is_needed() -> None:
    for finish, frames in [
        (Finish(length=8, pad_value="silence"), 8),
        (Finish(length=8, pad_value="silence"), 9),
        (Finish(length=8, pad_value="silence", cmvn="sliding"), 5),
        (Finish(length=8), 5),
    ]:
        assert len(finish_rows(finish, [Rows.of(noise(frames))], no_silence).array()) == 8


def test_channels_are_normalised_each_by_itself_and_come_before_their_deltas() -> None:
    both = np.concatenate([noise(20), 100 * noise(20, seed=1)], axis=2)
    for deltas in (None, "columns", "channels"):
        finish = Finish(deltas=deltas, cmvn="utterance")
        found = finish_features(finish, both)
        for number in (0, 1):
            one = finish_features(finish, both[:, :, number : number + 1])
            np.testing.assert_array_equal(found[:, :, number::2], one)


@pytest.mark.parametrize(("layout", "axes"), [("tfc", (0, 1, 2)), ("ctf", (2, 0, 1)), ("ftc", (1, 0, 2))])
def test_layouts_move_axes_and_change_no_number(layout: str, axes: tuple[int, ...]) -> None:
    features = np.arange(13 * 200 * 3.0).reshape(1, 200, 13, 3)
    for batch in ("", "n"):
        plan = plan_sound(DIALECTS["lecture"], Finish(layout=batch + layout, deltas="channels"), 200 * 512, 22050)
        found = arrange_axes(plan, features)
        one = features[0].transpose(axes)
        np.testing.assert_array_equal(found, one[np.newaxis] if batch else one)
        assert found.flags.c_contiguous
        assert plan.is_in_order == (layout == "tfc")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_type_stays_and_is_rounded_once(dtype: str) -> None:
    features = noise(50).astype(dtype)
    finish = Finish(deltas="channels", cmvn="utterance")
    found = finish_features(finish, features)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, finish_features(finish, features.astype("float64")).astype(dtype))


def test_integers_become_floats() -> None:
    assert finish_features(Finish(cmvn="utterance"), np.arange(6).reshape(3, 2, 1)).dtype == np.float64


def test_numbers_that_have_no_variance() -> None:
    with pytest.raises(InputError, match="column 0 of the features has no variance"):
        finish_features(Finish(cmvn="utterance"), np.full((8, 2, 1), np.nan))
