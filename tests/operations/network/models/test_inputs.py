"""Which sides of a model's input are rows, columns and depth; sizes that fit, and those that do not."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper

from cnnkit.errors import ArgumentError, InputError, SizeError
from cnnkit.files.network.onnx import read_model
from cnnkit.network.volume import Vector, Volume, Waveform
from cnnkit.operations.network.models.inputs import model_input, sized
from cnnkit.operations.network.models.orders import IMAGE, SOUND, plain
from tests.cases.models import single, values, written


@pytest.mark.parametrize(
    ("shape", "sides", "order"),
    [
        (["n", 3, None, "w"], (None, None, 3), IMAGE),
        ([1, 3, 224, 225], (224, 225, 3), IMAGE),
        ([1, 224, 225, 3], (224, 225, 3), plain(4)),
        ([1, "c", 8, 8], (8, 8, None), IMAGE),
        ([1, 1, 400], (1, 400, 1), SOUND),
        ([1, 98, 40], (98, 40, 1), (0, 1, 2, -1)),
        (["n", 784], (784,), (0, 1)),
    ],
)
def test_sides(shape: list[int | str | None], sides: tuple[int | None, ...], order: tuple[int, ...]) -> None:
    found = model_input(read_model(single("Relu", shape)))
    assert (found.sides, found.order) == (sides, order)


def test_an_operator_on_channels_tells_which_axis_they_are() -> None:
    small = read_model(single("Conv", [1, 8, 9, 3], values(4, 8, 2, 2)))
    assert model_input(small).sides == (9, 3, 8)
    nodes = [helper.make_node("Mul", ["x", "c"], ["m"]), helper.make_node("Conv", ["m", "w"], ["y"])]
    content = written(nodes, [1, 40, 100], {"c": np.float32(0.5), "w": values(4, 40, 3)})
    assert model_input(read_model(content)).order == SOUND


@pytest.mark.parametrize(
    ("shape", "size", "file"),
    [
        (["n", 3, None, None], Volume(20, 30, 3), (1, 3, 20, 30)),
        (["n", 1, "samples"], Waveform(500, 16000), (1, 1, 500)),
        (["n", 1, "samples"], Volume(1, 500, 1), (1, 1, 500)),
        (["n", "values"], Vector(12), (1, 12)),
        (["n", "values"], Waveform(12, 8000), (1, 12)),
        ([4, 3, 20, 30], None, (4, 3, 20, 30)),
    ],
)
def test_open_sides_are_those_of_the_input(shape: list[int | str | None], size: object, file: tuple[int, ...]) -> None:
    assert sized(read_model(single("Relu", shape)), size)[1] == file  # type: ignore[arg-type]


def test_a_batch_where_it_is_open() -> None:
    assert sized(read_model(single("Relu", ["n", 3, 8, 8])), None, 5)[1] == (5, 3, 8, 8)
    with pytest.raises(SizeError, match="takes 2 inputs at once, not 5"):
        sized(read_model(single("Relu", [2, 3, 8, 8])), None, 5)


def test_open_sides_need_a_size_and_the_hint_works() -> None:
    model = read_model(single("Relu", ["n", 3, None, None]))
    with pytest.raises(ArgumentError, match=r"are open: \?x\?x3") as raised:
        sized(model, None)
    assert raised.value.hint == "give its size, as in 224x224x3"
    assert sized(model, Volume(224, 224, 3))[1] == (1, 3, 224, 224)


@pytest.mark.parametrize(
    ("shape", "size", "problem", "hint"),
    [
        (["n", 3, None, None], Volume(20, 30, 1), r"\?x\?x3, not 20x30x1", "give it 20x30x3"),
        ([1, 3, 224, 224], Volume(20, 30, 3), "224x224x3, not 20x30x3", "give it 224x224x3"),
        ([1, 784], Volume(20, 30, 3), "784, not 20x30x3", "give it 784"),
    ],
)
def test_sizes_that_do_not_fit(shape: list[int | str | None], size: Volume, problem: str, hint: str) -> None:
    with pytest.raises(SizeError, match=problem) as raised:
        sized(read_model(single("Relu", shape)), size)
    assert raised.value.hint == hint


def test_one_input_of_numbers_alone() -> None:
    with pytest.raises(InputError, match="is 1x3x8x8x8"):
        model_input(read_model(single("Relu", [1, 3, 8, 8, 8])))
    with pytest.raises(InputError, match="is of bool"):
        model_input(read_model(written([helper.make_node("Not", ["x"], ["y"])], [1, 4], dtype=TensorProto.BOOL)))


def test_two_inputs_are_named() -> None:
    model = read_model(single("Relu", [1, 4]))
    other = model.inputs[0]._replace(name="state")
    both = model._replace(inputs=(*model.inputs, other))
    assert model_input(both).value.name == "x"  # as the other is used by nothing
    node = model.nodes[0]._replace(op="Add", inputs=("x", "state"))
    with pytest.raises(InputError, match=r"takes 2 inputs, and one can be given: 'x' 1x4, 'state' 1x4"):
        model_input(both._replace(nodes=(node,)))
