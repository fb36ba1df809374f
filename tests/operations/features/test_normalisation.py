"""Normalised features by hand, against the slow twin, on sounds that spoil running sums, and what has no variance."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit.errors import InputError
from cnnkit.operations.features.normalisation import LEAST_VARIANCE, WINDOW_FRAMES, normalise, normalised_sliding
from tests.reference import finishing as twin
from tests.reference.at_once import normalise_sliding


def noise(frames: int, columns: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(-5, 20, (frames, columns))


def test_two_frames() -> None:
    np.testing.assert_array_equal(normalise(np.array([[2.0, 9.0], [6.0, 7.0]])), [[-1, 1], [1, -1]])


def test_mean_0_and_variance_1() -> None:
    found = normalise(noise(500))
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(found.var(axis=0), 1, rtol=1e-13)


def test_the_least_variance() -> None:
    # A deviation of 1e-6 counts as 1e-5.
    np.testing.assert_allclose(normalise(np.array([[0.0], [2e-6]])), [[-0.1], [0.1]], rtol=1e-9)
    assert LEAST_VARIANCE == 1e-10


@pytest.mark.parametrize("value", [0.1, -36.04365338911715, 1e9])
@pytest.mark.parametrize("frames", [1, 7, WINDOW_FRAMES, WINDOW_FRAMES + 1, 2000])
def test_a_constant_becomes_exactly_0(value: float, frames: int) -> None:
    constant = np.full((frames, 2), value)
    np.testing.assert_array_equal(normalise(constant), 0)
    np.testing.assert_array_equal(normalise_sliding(constant), 0)


def test_where_the_windows_lie() -> None:
    # Of 5 frames and a window of 3: frames 0 1 2, 0 1 2, 1 2 3, 2 3 4, 2 3 4. Of a window of 4: frame 2 is the middle.
    steps = np.array([[0.0], [3.0], [9.0], [18.0], [30.0]])
    means = {3: [4, 4, 10, 19, 19], 4: [7.5, 7.5, 7.5, 15, 15]}
    for window, wanted in means.items():
        signs = np.sign(steps[:, 0] - np.array(wanted))
        np.testing.assert_array_equal(np.sign(normalise_sliding(steps, window)[:, 0]), signs)
    np.testing.assert_allclose(normalise_sliding(steps, 3)[2], (9 - 10) / np.sqrt((49 + 1 + 64) / 3), rtol=1e-14)


@pytest.mark.parametrize("frames", [1, 2, 599, 600])
def test_a_sound_within_the_window_is_normalised_as_a_whole(frames: int) -> None:
    np.testing.assert_array_equal(normalise_sliding(noise(frames)), normalise(noise(frames)))


@given(st.integers(1, 30), st.integers(1, 3), st.integers(1, 12), st.integers(0, 1000))
def test_as_the_slow_twin(frames: int, columns: int, window: int, seed: int) -> None:
    features = noise(frames, columns, seed)
    np.testing.assert_allclose(normalise(features), twin.utterance(features.tolist()), rtol=1e-9, atol=1e-9)
    found = normalise_sliding(features, window)
    np.testing.assert_allclose(found, twin.sliding(features.tolist(), window), rtol=1e-9, atol=1e-9)
    by_mean = normalise(features, mean_only=True)
    np.testing.assert_allclose(by_mean, twin.utterance(features.tolist(), mean_only=True), rtol=1e-9, atol=1e-9)
    by_means = np.concatenate(list(normalised_sliding([features], window, mean_only=True)))
    np.testing.assert_allclose(by_means, twin.sliding(features.tolist(), window, mean_only=True), rtol=1e-9, atol=1e-9)


def test_the_mean_alone() -> None:
    # Kaldi's apply-cmvn --norm-vars=false, and speechbrain's InputNormalization with std_norm=False.
    np.testing.assert_array_equal(normalise(np.array([[2.0, 9.0], [6.0, 7.0]]), mean_only=True), [[-2, 1], [2, -1]])
    features = noise(700)
    np.testing.assert_allclose(normalise(features, mean_only=True), features - features.mean(axis=0), atol=1e-12)
    sliding = np.concatenate(list(normalised_sliding([features], mean_only=True)))
    np.testing.assert_allclose(sliding[:301], features[:301] - features[:600].mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(sliding[400:], features[400:] - features[100:].mean(axis=0), atol=1e-12)


def test_a_mean_needs_no_variance() -> None:
    large = np.array([[1e200], [3e200]])  # whose squares are infinite
    np.testing.assert_array_equal(normalise(large, mean_only=True), [[-1e200], [1e200]])
    with pytest.raises(InputError, match="column 0 of the features has no mean: a value is NaN or infinite"):
        normalise(np.array([[np.nan], [1.0]]), mean_only=True)


@pytest.mark.parametrize("frames", [601, 899, 1199, 1200, 1201])
def test_as_the_slow_twin_at_kaldis_window(frames: int) -> None:
    features = noise(frames, 1)
    np.testing.assert_allclose(normalise_sliding(features), twin.sliding(features.tolist(), 600), rtol=1e-9, atol=1e-9)


def test_a_loud_sound_leaves_nothing_behind_in_a_quiet_one() -> None:
    # Sums carried from frame to frame, or taken from the beginning, would keep 1e9 squared, and 1 would be lost in it.
    quiet = noise(3000, 1)
    loud = quiet.copy()
    loud[:700] *= 1e9
    np.testing.assert_allclose(normalise_sliding(loud)[1400:], normalise_sliding(quiet)[1400:], rtol=1e-12, atol=1e-12)


def test_a_small_change_on_a_high_level() -> None:
    features = noise(2000, 1, 3).round(3)
    high = features * 2.0**-10 + 2.0**20
    found, wanted = normalise_sliding(high), normalise_sliding(high - 2.0**20)
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(normalise(high), normalise(high - 2.0**20), rtol=1e-7, atol=1e-7)


@given(st.integers(1, 40), st.floats(-100, 100), st.floats(0.5, 100))
@settings(max_examples=30)
def test_neither_level_nor_scale_matters(frames: int, level: float, scale: float) -> None:
    features = noise(frames)
    np.testing.assert_allclose(
        normalise_sliding(features * scale + level, 9), normalise_sliding(features, 9), atol=1e-6
    )


def test_a_long_sound_takes_time_for_its_frames_and_not_for_its_windows() -> None:
    features = noise(100_000, 13)
    start = time.process_time()
    normalise_sliding(features)
    assert time.process_time() - start < 10  # a sum per window took minutes


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e200])
def test_what_has_no_variance(value: float) -> None:
    features = noise(1500)
    features[700, 1] = value
    for way in (normalise, normalise_sliding):
        with pytest.raises(InputError, match="column 1 of the features has no variance"):
            way(features)
