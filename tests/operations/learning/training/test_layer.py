"""What every layer has: its inputs and outputs by name, and work to be written."""

import numpy as np
import pytest

from cnnkit.network.shape import shape
from cnnkit.operations.learning.training.layer import Layer, Link
from cnnkit.operations.learning.training.rooms import Room
from cnnkit.operations.network.work import WorkList


class Idle(Layer):
    """A layer that does nothing."""

    def forward(self, work: WorkList, *, is_training: bool) -> None:
        pass

    def backward(self, work: WorkList) -> None:
        pass


def linked(*, is_wanted: bool) -> Layer:
    step = shape("3 relu").layers[0]
    rooms = [Room.of((2, 3)) for _ in range(4)]
    return Idle(Link(step, (rooms[0],), rooms[1], (rooms[2] if is_wanted else None,), rooms[3], {}, {}))


def test_names() -> None:
    layer = linked(is_wanted=True)
    link = layer.link
    assert layer.given is link.inputs[0].array
    assert layer.made is link.output.array
    assert layer.slope is link.slope.array
    assert link.input_slopes[0] is not None
    assert layer.wanted is link.input_slopes[0].array
    assert layer.step.word == "relu"


def test_nobody_may_ask_for_the_slope_of_the_input() -> None:
    assert linked(is_wanted=False).wanted is None


def test_half_is_dropped_where_nothing_is_said() -> None:
    link = linked(is_wanted=True).link
    assert link.rate == 0.5
    assert isinstance(link.random(), np.random.Generator)


def test_a_kind_of_layer_says_what_its_work_is() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Layer(linked(is_wanted=True).link)  # type: ignore[abstract]
