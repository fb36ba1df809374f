"""Deltas by hand, against the slow twin, python_speech_features and HTK's own file."""

from pathlib import Path

import numpy as np
import pytest
import python_speech_features
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.operations.features.deltas import with_deltas
from tests.reference import finishing as twin
from tests.reference.at_once import deltas

HTK = Path(__file__).parents[2].parent / "shared/data/htk/mfcc_d_a_0.htk"


def test_an_impulse() -> None:
    impulse = np.zeros((7, 1))
    impulse[3] = 1
    np.testing.assert_array_equal(deltas(impulse)[:, 0], [0, 0.2, 0.1, 0, -0.1, -0.2, 0])


def test_a_line_has_its_slope_but_at_the_ends() -> None:
    # At frame 0 of a line of slope 10: (1 (10 - 0) + 2 (20 - 0)) / 10; at frame 1: (1 (20 - 0) + 2 (30 - 0)) / 10.
    line = 10.0 * np.arange(8)[:, np.newaxis]
    np.testing.assert_array_equal(deltas(line)[:, 0], [5, 8, 10, 10, 10, 10, 8, 5])


def test_one_frame_does_not_change() -> None:
    np.testing.assert_array_equal(deltas(np.array([[3.0, -4.0]])), [[0, 0]])


def test_the_input_is_left_alone() -> None:
    features = np.arange(10.0)[:, np.newaxis]
    kept = features.copy()
    deltas(features)
    np.testing.assert_array_equal(features, kept)


@given(st.integers(1, 12), st.integers(1, 4), st.integers(0, 1000))
def test_as_the_slow_twin(frames: int, columns: int, seed: int) -> None:
    features = np.random.default_rng(seed).normal(0, 20, (frames, columns))
    np.testing.assert_allclose(deltas(features), twin.deltas(features.tolist()), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("frames", [1, 2, 3, 5, 200])
def test_as_python_speech_features(frames: int) -> None:
    features = np.random.default_rng(frames).normal(0, 20, (frames, 13))
    np.testing.assert_allclose(deltas(features), python_speech_features.delta(features, 2), rtol=1e-12, atol=1e-12)


@pytest.mark.skipif(not HTK.exists(), reason="HTK's own output is not at hand")
def test_as_htk() -> None:
    rows = np.frombuffer(HTK.read_bytes()[12:], ">f4").reshape(-1, 39).astype(np.float64)
    static, slopes, accelerations = rows[:, :13], rows[:, 13:26], rows[:, 26:]
    np.testing.assert_allclose(deltas(static), slopes, atol=2e-5)
    np.testing.assert_allclose(deltas(deltas(static)), accelerations, atol=2e-5)


# Other widths, and librosa's.


def both(features: np.ndarray, kind: str, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Deltas and their deltas of (frames, columns)."""
    found = np.concatenate(list(with_deltas([features[:, np.newaxis]], kind, width)))
    np.testing.assert_array_equal(found[:, 0], features)
    return found[:, 1], found[:, 2]


@pytest.mark.parametrize("reach", [1, 2, 4])
def test_any_width_is_python_speech_features_own(reach: int) -> None:
    features = np.random.default_rng(reach).normal(0, 20, (12, 3))
    first, second = both(features, "htk", 2 * reach + 1)
    wanted = python_speech_features.delta(features, reach)
    np.testing.assert_allclose(first, wanted, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(second, python_speech_features.delta(wanted, reach), rtol=1e-12, atol=1e-12)


def test_librosas_of_a_parabola_by_hand() -> None:
    # x = t^2: the slope of a line through t - 1, t, t + 1 is 2 t, the second derivative 2; at the ends the neighbour's.
    parabola = np.arange(6.0)[:, np.newaxis] ** 2
    first, second = both(parabola, "librosa", 3)
    np.testing.assert_array_equal(first[:, 0], [2, 2, 4, 6, 8, 8])
    np.testing.assert_allclose(second[:, 0], 2, rtol=1e-15)


@pytest.mark.parametrize("kind", ["htk", "librosa"])
def test_a_constant_has_none(kind: str) -> None:
    for orders in both(np.full((20, 1), -36.04365338911715), kind, 9):
        np.testing.assert_array_equal(orders, 0)


@pytest.mark.parametrize(("frames", "width"), [(9, 9), (10, 9), (40, 9), (3, 3), (30, 5), (30, 29)])
def test_as_librosa(frames: int, width: int) -> None:
    librosa = pytest.importorskip("librosa")
    features = np.random.default_rng(frames).normal(0, 20, (frames, 4))
    for order, found in enumerate(both(features, "librosa", width), start=1):
        wanted = librosa.feature.delta(features.T, width=width, order=order).T
        np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(found, twin.fitted_deltas(features.tolist(), width, order), rtol=1e-8, atol=1e-8)
