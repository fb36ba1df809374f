"""Rooms and parameters: where values lie, what is behind them, and which decay."""

import numpy as np

from cnnkit.operations.learning.training.rooms import Parameters, Room, beyond

SHAPES = {(1, "weights"): (3, 3, 2, 5), (1, "bias"): (5,), (4, "weights"): (10, 3), (5, "scale"): (3,)}


def test_a_room_is_zeros_with_more_behind_it() -> None:
    room = Room.of((2, 3, 4, 5))
    assert room.array.shape == (2, 3, 4, 5)
    assert room.array.dtype == np.float32
    assert len(room.flat) == 120 + beyond(5)
    assert not room.flat.any()
    room.array[1, 2, 3, 4] = 7
    assert room.flat[119] == 7


def test_a_room_in_another_shape_is_the_same_one() -> None:
    room = Room.of((2, 3, 4))
    other = room.shaped((2, 12))
    other.array[1, 11] = 5
    assert room.array[1, 2, 3] == 5
    assert other.flat is room.flat


def test_parameters_lie_in_a_row_behind_a_zero() -> None:
    parameters = Parameters(SHAPES)
    assert len(parameters.values) == len(parameters.slopes) == len(parameters.decayed) == 1 + 90 + 5 + 30 + 3
    for number, (key, shape) in enumerate(SHAPES.items(), start=1):
        one = parameters[key]
        one.weights[...], one.slopes[...] = number, -number
        assert one.weights.shape == one.slopes.shape == one.places.shape == shape
        np.testing.assert_array_equal(parameters.values[one.places], one.weights)
        np.testing.assert_array_equal(parameters.slopes[one.places], one.slopes)
    assert parameters.values[0] == parameters.slopes[0] == 0
    assert parameters.values[1:].all()


def test_weights_decay_and_nothing_else_does() -> None:
    parameters = Parameters(SHAPES)
    for key in SHAPES:
        assert (parameters.decayed[parameters[key].places] == (key[1] == "weights")).all()
    assert parameters.decayed[0] == 0


def test_those_of_a_layer_by_their_names() -> None:
    parameters = Parameters(SHAPES)
    assert [*parameters.of(1)] == ["weights", "bias"]
    assert parameters.of(2) == {}
    assert parameters.of(5)["scale"] is parameters[5, "scale"]


def test_behind_the_slopes_is_what_tiles_may_read() -> None:
    parameters = Parameters({(1, "weights"): (2, 7), (2, "weights"): (3, 40)})
    assert parameters.slopes.base is not None
    assert parameters.slopes.base.nbytes >= (len(parameters.slopes) + beyond(40)) * 4


def test_a_network_without_parameters_has_the_zero_alone() -> None:
    assert Parameters({}).values.tolist() == [0]
