"""Whole models: small ones written here, architectures that ship with ONNX, and damaged files."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit.data.network.graph import Add, Convolve, Dense, Pool, Scale
from cnnkit.errors import CnnkitError, InputError
from cnnkit.files.network.onnx import read_model
from cnnkit.network.shape import Stack
from cnnkit.network.volume import UNKNOWN, Vector, Volume
from cnnkit.operations.network.models.lower import lower, model_stack
from tests.cases.models import single, small_network, values, written
from tests.reference.models import agree, ours

node = onnx.helper.make_node
LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
DAMAGED = 400


@pytest.mark.parametrize("opset", [7, 9, 11, 13, 17, 18, 21])
def test_a_small_network_in_every_version(opset: int) -> None:
    content = small_network(opset=opset, sides=(None, None))
    network = agree(content, values(1, 3, 20, 26), Volume(20, 26, 3), tolerance=1e-5)
    kinds = [type(one.operation) for one in network.graph.nodes]
    assert [kind for kind in kinds if kind in (Convolve, Scale, Add, Dense, Pool)] == [
        Convolve, Convolve, Scale, Add, Pool, Dense,
    ]  # fmt: skip
    assert len(network.values) == len(network.stack.layers) + 1


def test_a_batch() -> None:
    agree(small_network(), values(4, 3, 32, 32), tolerance=1e-5)


def test_every_row_has_its_value() -> None:
    network = lower(read_model(small_network()))
    for step, value in zip(network.stack.layers, network.values[1:], strict=True):
        stored = network.graph.shape(value)
        assert int(np.prod(stored)) == step.output.values


def with_random_weights(path: Path) -> bytes:
    """A model whose constants of one value each become random ones."""
    model = onnx.load(path)
    shapes = {one.name: onnx.numpy_helper.to_array(one) for one in model.graph.initializer}
    kept = []
    for one in model.graph.node:
        if one.op_type != "ConstantOfShape":
            kept.append(one)
            continue
        shape = tuple(int(side) for side in shapes[one.input[0]])
        generator = np.random.default_rng((len(kept), *shape))
        array = generator.uniform(0.5, 1.5, shape).astype(np.float32)
        if len(shape) > 1:
            array = generator.standard_normal(shape, np.float32) * np.float32(np.sqrt(2 / np.prod(shape[1:])))
        model.graph.initializer.append(onnx.numpy_helper.from_array(array, one.output[0]))
    del model.graph.node[:]
    model.graph.node.extend(kept)
    return bytes(model.SerializeToString())


@pytest.mark.parametrize(
    ("name", "parameters", "macs"),
    [
        ("squeezenet", 1_235_496, 349_151_936),
        ("shufflenet", 1_393_320, 116_557_184),
        ("inception_v1", 6_998_552, 1_431_556_352),
        ("densenet121", 8_062_504, 2_834_161_664),
    ],
)
def test_architectures(name: str, parameters: int, macs: int) -> None:
    path = LIGHT / f"light_{name}.onnx"
    if not path.exists():
        pytest.skip("this release of onnx ships no models")
    x = np.random.default_rng(0).random((1, 3, 224, 224), dtype=np.float32)
    network = agree(with_random_weights(path), x, tolerance=1e-4)
    assert (network.stack.parameters, network.stack.macs) == (parameters, macs)


def test_unknown_operators_are_named_and_shape_counts_the_rest() -> None:
    nodes = [
        node("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]),
        node("LSTM", ["c", "w"], ["l"], name="lstm_3"),
        node("Relu", ["l"], ["r"]),
        node("Gemm", ["r", "v"], ["y"]),
    ]
    model = read_model(written(nodes, [1, 3, 8, 8], {"w": values(4, 3, 3, 3), "v": values(7, 5)}))
    with pytest.raises(InputError, match=r"does not have the operator LSTM \(node 'lstm_3', 2nd of 4\)") as raised:
        lower(model)
    assert "cnnkit shape counts the rest" in raised.value.hint
    stack = model_stack(model)
    assert [step.output for step in stack.layers] == [Volume(8, 8, 4), UNKNOWN, UNKNOWN, UNKNOWN]
    assert (stack.parameters, stack.macs) == (108 + 35, 108 * 64)
    assert "unknown" in str(Stack(*stack))


def test_a_shape_that_the_file_says_goes_on_behind_an_unknown_operator() -> None:
    nodes = [node("LSTM", ["x"], ["l"]), node("Flatten", ["l"], ["f"]), node("Gemm", ["f", "v"], ["y"])]
    content = written(nodes, [1, 3, 8, 8], {"v": values(16, 5)})
    message = onnx.ModelProto.FromString(content)
    message.graph.value_info.append(onnx.helper.make_tensor_value_info("l", 1, ["n", 4, 2, 2]))
    stack = model_stack(read_model(message.SerializeToString()))
    assert [step.output for step in stack.layers] == [Volume(2, 2, 4), Vector(16), Vector(5)]


@pytest.mark.parametrize("op", ["If", "Loop", "QLinearConv"])
def test_hints_for_what_is_not_known(op: str) -> None:
    with pytest.raises(InputError, match=f"the operator {op}") as raised:
        lower(read_model(single(op, [1, 3, 8, 8])))
    assert ("float" in raised.value.hint) == (op == "QLinearConv")


def test_old_versions_are_refused() -> None:
    with pytest.raises(InputError, match="operators of version 6, and those from 7 on"):
        lower(read_model(single("Relu", [1, 4], opset=6)))


def test_an_output_without_an_input() -> None:
    nodes = [node("Shape", ["x"], ["y"])]
    with pytest.raises(InputError, match="does not depend on its input"):
        lower(read_model(written(nodes, [1, 4])))
    model = read_model(single("Relu", [1, 4]))
    other = model.inputs[0]._replace(name="other")
    with pytest.raises(InputError, match="does not depend on its input"):
        lower(model._replace(inputs=(*model.inputs, other), outputs=(other,)))


def test_constants_that_explode_are_refused() -> None:
    doubled = [node("Concat", [f"v{n}", f"v{n}"], [f"v{n + 1}"], axis=0) for n in range(40)]
    nodes = [*doubled, node("Add", ["x", "v40"], ["y"])]
    with pytest.raises(InputError, match="far more memory"):
        lower(read_model(written(nodes, [1, 4], {"v0": values(64)})))
    with pytest.raises(InputError, match="its result would be 2147483647x4194304"):
        ours(single("Tile", [1, 4], np.array([2**31 - 1, 2**20])), values(1, 4))


def test_a_setting_out_of_range_is_a_fault_of_the_file() -> None:
    with pytest.raises(InputError, match=r"Conv .*: stride 0 is below 1"):
        ours(single("Conv", [1, 1, 4, 4], values(1, 1, 3, 3), strides=[0, 0]), values(1, 1, 4, 4))


def test_names_are_printed_safely() -> None:
    bad = node("Bad\x1b[31m", ["x"], ["y"], name="a\nb")
    with pytest.raises(InputError) as raised:
        lower(read_model(written([bad], [1, 4])))
    assert raised.value.problem.isprintable()


@settings(max_examples=40)
@given(st.data())
def test_random_graphs(data: st.DataObject) -> None:
    """Chains and joins of operators of which each keeps the shape of an image, or changes it as is said."""
    made, shapes, nodes = ["x"], {"x": (4, 8, 6)}, []
    constants = {"w": values(4, 4, 3, 3) / 4, "c": values(4, 1, 1), "b": values(4), "v": np.abs(values(4)) + 1}
    for number in range(data.draw(st.integers(1, 8))):
        name, one = f"n{number}", data.draw(st.sampled_from(made))
        same = [other for other in made if shapes[other] == shapes[one]]
        two = data.draw(st.sampled_from(same))
        kind = data.draw(st.sampled_from(["conv", "bn", "act", "add", "mul", "scale", "se", "turn", "mean", "cut"]))
        new = {
            "conv": [node("Conv", [one, "w"], [name], pads=[1, 1, 1, 1])],
            "bn": [node("BatchNormalization", [one, "b", "b", "b", "v"], [name])],
            "act": [node(data.draw(st.sampled_from(["Relu", "Sigmoid", "Tanh"])), [one], [name])],
            "add": [node("Add", [one, two], [name])],
            "mul": [node("Mul", [one, two], [name])],
            "scale": [node("Mul", ["c", one], [name])],
            "se": [node("GlobalAveragePool", [one], [f"{name}g"]), node("Mul", [one, f"{name}g"], [name])],
            "turn": [
                node("Transpose", [one], [f"{name}t"], perm=[0, 3, 1, 2]),
                node("Softmax", [f"{name}t"], [f"{name}s"], axis=2),
                node("Transpose", [f"{name}s"], [name], perm=[0, 2, 3, 1]),
            ],
            "mean": [node("ReduceMean", [one], [f"{name}m"], axes=[1]), node("Sub", [one, f"{name}m"], [name])],
            "cut": [
                node("Split", [one], [f"{name}a", f"{name}b"], axis=1),
                node("Concat", [f"{name}b", f"{name}a"], [name], axis=1),
            ],
        }[kind]
        nodes += new
        made.append(name)
        shapes[name] = shapes[one]
    nodes.append(node("Flatten", [made[-1]], ["y"]))
    agree(written(nodes, [1, 4, 8, 6], constants, opset=13), values(1, 4, 8, 6), tolerance=1e-4)


def test_damaged_models_give_clean_errors() -> None:
    chance = random.Random(1)
    sources = [small_network(), single("Resize", [1, 2, 4, 4], None, None, np.array([1, 2, 8, 8])), with_loops()]
    for _ in range(DAMAGED):
        content = bytearray(chance.choice(sources))
        for _ in range(chance.choice([1, 2, 8])):
            content[chance.randrange(len(content))] = chance.choice([0, 255, 127, chance.randrange(256)])
        if chance.random() < 0.2:
            del content[chance.randrange(1, len(content)) :]
        with suppress(CnnkitError):
            model = read_model(bytes(content))
            str(Stack(*model_stack(model, Volume(16, 16, 3))))
            lower(model)


def with_loops() -> bytes:
    """A model with operators within an operator."""
    results = [onnx.helper.make_tensor_value_info("z", 1, [1])]
    inner = onnx.helper.make_graph([node("Relu", ["x"], ["z"])], "inner", [], results)
    return written([node("If", ["x"], ["i"], then_branch=inner, else_branch=inner), node("Relu", ["i"], ["y"])], [1, 4])
