"""Reading models: what is in the record, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from cnnkit.errors import InputError
from cnnkit.files.network.onnx import read_model
from tests.cases.models import single, small_network, values, written

node = helper.make_node


def message() -> onnx.ModelProto:
    return onnx.ModelProto.FromString(small_network())


def test_the_record(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(small_network(opset=13))
    model = read_model(path)
    assert repr(model) == "Model(written: x ?x3x32x32 -> y of unknown shape; 9 operators, 922 weights, opset 13)"
    assert model.inputs[0].shape == ("n", 3, 32, 32)
    first = model.nodes[0]
    assert (first.op, first.domain, first.name, first.inputs) == ("Conv", "", "first", ("x", "w1", "b1"))
    assert first.attributes == {"pads": [1, 1, 1, 1], "strides": [2, 2]}
    np.testing.assert_array_equal(model.constants["w3"], values(10, 8))
    assert read_model(path.read_bytes()).nodes == model.nodes


def test_attributes_are_plain_values() -> None:
    inner = helper.make_graph([node("Relu", ["x"], ["z"])], "inner", [], [])
    many = {"i": 3, "f": 0.5, "s": "word", "ints": [1, 2], "floats": [0.5], "strings": ["a"], "graph": inner}
    found = (
        read_model(single("Some", [1, 4], tensor=helper.make_tensor("t", 1, [2], [1, 2]), **many)).nodes[0].attributes
    )
    np.testing.assert_array_equal(found.pop("tensor"), [1, 2])
    assert found == {**many, "graph": None}


def test_old_files_name_their_constants_among_the_inputs() -> None:
    old = message()
    old.graph.input.extend(helper.make_tensor_value_info(one.name, 1, one.dims) for one in old.graph.initializer)
    assert [one.name for one in read_model(old.SerializeToString()).inputs] == ["x"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\x08\x08", "it has no graph"),
        (b"", "it has no graph"),
        (b"\xff" * 50, "it is damaged or cut off"),
        (small_network()[:-200], "it is damaged or cut off"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 30, "it is damaged or cut off"),
        (b"\x0b" * 10_000, "it is damaged or cut off"),
    ],
)
def test_other_files(content: bytes, problem: str) -> None:
    with pytest.raises(InputError, match=f"this is not a model of ONNX: {problem}"):
        read_model(content)


def test_contradictions() -> None:
    twice = message()
    twice.graph.initializer.append(twice.graph.initializer[0])
    unmade = message()
    unmade.graph.output[0].name = "nothing"
    sparse = message()
    sparse.graph.sparse_initializer.add()
    empty = message()
    del empty.graph.output[:]
    endless = message()
    endless.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 1 << 40
    listed = message()
    listed.graph.input[0].type.sequence_type.elem_type.tensor_type.elem_type = 1
    version = message()
    version.opset_import[0].version = -5
    for model, problem in (
        (twice, "two values of the model have the name 'w1'"),
        (unmade, "the output 'nothing' is made by no operator"),
        (sparse, "has sparse tensors"),
        (empty, "has no outputs"),
        (endless, "is 1099511627776, which is too large"),
        (listed, "'x' is not an array"),
        (version, "the version -5 of its operators is none"),
    ):
        with pytest.raises(InputError, match=problem):
            read_model(model.SerializeToString())


def test_a_circle_and_what_nobody_makes() -> None:
    circle = [node("Add", ["x", "b"], ["a"], name="one"), node("Relu", ["a"], ["b"]), node("Relu", ["b"], ["y"])]
    with pytest.raises(InputError, match="3 operators wait for each other in a circle, Add 'one' among them"):
        read_model(written(circle, [1, 4]))
    with pytest.raises(InputError, match="Relu '' takes 'nobody', which no operator makes"):
        read_model(written([node("Relu", ["nobody"], ["y"])], [1, 4]))


def test_a_sparse_constant_is_named() -> None:
    sparse = helper.make_sparse_tensor(
        helper.make_tensor("v", 1, [1], [1.0]), helper.make_tensor("i", TensorProto.INT64, [1], [0]), [4]
    )
    nodes = [node("Constant", [], ["c"], name="sparse", sparse_value=sparse), node("Add", ["x", "c"], ["y"])]
    with pytest.raises(InputError, match="Constant 'sparse': it has a sparse tensor"):
        read_model(written(nodes, [1, 4]))


def test_weights_beside_the_model(tmp_path: Path) -> None:
    onnx.save(message(), str(tmp_path / "net.onnx"), save_as_external_data=True, location="w.bin", size_threshold=0)
    model = read_model(tmp_path / "net.onnx")
    np.testing.assert_array_equal(model.constants["w2"], values(8, 8, 3, 3))
    (tmp_path / "w.bin").write_bytes(b"short")
    with pytest.raises(InputError, match=r"of w\.bin, which has 5"):
        read_model(tmp_path / "net.onnx")


def test_a_missing_package_is_said_with_its_cure(tmp_path: Path) -> None:
    program = "import sys; sys.modules['onnx'] = None\nimport cnnkit\ntry:\n    cnnkit.read('net.onnx')\n"
    program += "except cnnkit.CnnkitError as error:\n    print(error.problem, '|', error.hint)"
    (tmp_path / "net.onnx").write_bytes(small_network())
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "which is not installed | install it with pip install 'cnnkit[models]'" in done.stdout
