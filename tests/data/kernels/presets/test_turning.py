"""Turning by a ring and by mixing."""

import math

import numpy as np
import pytest

from cnnkit.data.kernels.presets.gradient import sobel
from cnnkit.data.kernels.presets.turning import RING, along_ring, direction, steered, turned_derivative
from cnnkit.errors import ArgumentError

COUNTING = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
ASYMMETRIC = np.array([[-1.0, 0.5, 3.0], [-2.0, 0.0, 2.0], [0.25, 1.0, 4.0]])


@pytest.mark.parametrize("angle", [0, 30, 45, 89.9, 123.4, 200, 350, -20, 1234.5])
def test_direction_is_cos_and_sin(angle: float) -> None:
    expected = (math.cos(math.radians(angle)), math.sin(math.radians(angle)))
    np.testing.assert_allclose(direction(angle), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("angle", "expected"), [(0, (1, 0)), (90, (0, 1)), (180, (-1, 0)), (-90, (0, -1)), (3600, (1, 0))]
)
def test_direction_is_exact_at_quarter_turns(angle: float, expected: tuple[float, float]) -> None:
    assert direction(angle) == expected
    assert "-0.0" not in repr(direction(angle))


def test_direction_of_a_vast_angle_is_still_on_the_circle() -> None:
    assert math.hypot(*direction(1e300)) == pytest.approx(1.0, abs=1e-15)


def test_ring_moves_counter_clockwise_and_leaves_the_centre() -> None:
    np.testing.assert_array_equal(along_ring(COUNTING, 45), [[2, 3, 6], [1, 5, 9], [4, 7, 8]])
    np.testing.assert_array_equal(along_ring(COUNTING, -45), [[4, 1, 2], [7, 5, 3], [8, 9, 6]])


def test_two_places_along_the_ring_are_a_quarter_turn() -> None:
    assert len(set(RING)) == 8
    for quarters in range(-4, 5):
        np.testing.assert_array_equal(along_ring(COUNTING, 90 * quarters), np.rot90(COUNTING, quarters))


@pytest.mark.parametrize("angle", [1, 44.999, 22.5, -10])
def test_ring_refuses_other_angles(angle: float) -> None:
    with pytest.raises(ArgumentError, match=f"angle {angle:g} is not a multiple of 45") as caught:
        along_ring(COUNTING, angle)
    assert "0, 45, 90" in caught.value.hint


def test_steered_is_the_mixture_of_right_and_up() -> None:
    root = math.sqrt(0.5)
    np.testing.assert_allclose(steered(ASYMMETRIC, 45), root * (ASYMMETRIC + np.rot90(ASYMMETRIC)), rtol=1e-15)
    np.testing.assert_array_equal(steered(ASYMMETRIC, 90), np.rot90(ASYMMETRIC))


@pytest.mark.parametrize("angle", [0, 1, 45, 77])
def test_steering_a_derivative_by_180_degrees_turns_its_sign(angle: float) -> None:
    np.testing.assert_array_equal(steered(ASYMMETRIC, angle + 180), -steered(ASYMMETRIC, angle))


def test_turned_derivative_takes_the_ring_at_45_and_the_mixture_beside_it() -> None:
    np.testing.assert_array_equal(turned_derivative(ASYMMETRIC, 45), along_ring(ASYMMETRIC, 45))
    np.testing.assert_array_equal(turned_derivative(ASYMMETRIC, 44), steered(ASYMMETRIC, 44))


@pytest.mark.parametrize("angle", [math.nan, math.inf])
def test_angle_must_be_finite(angle: float) -> None:
    for turn in (direction, lambda a: along_ring(COUNTING, a), lambda a: turned_derivative(COUNTING, a)):
        with pytest.raises(ArgumentError, match="angle is not a finite number"):
            turn(angle)


@pytest.mark.parametrize("angle", [45, 135, 225, 315])
def test_what_is_zero_but_for_rounding_is_zero(angle: float) -> None:
    weights = sobel(angle, 5)
    np.testing.assert_array_equal(np.diag(weights if angle in (45, 225) else weights[:, ::-1]), 0)
    assert np.abs(weights[weights != 0]).min() > 1
    assert not np.signbit(weights[weights == 0]).any()
