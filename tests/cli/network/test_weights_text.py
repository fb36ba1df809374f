"""Facts and tables of weights: ranges without what is no number, orders, and what shapes become."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.cli.network import weights_text
from cnnkit.cli.network.weights_text import list_text, listed, match_text, matches
from cnnkit.data.network.weights import Tensor, Weights, tensor
from cnnkit.network.shape import shape
from cnnkit.operations.network.matching import matched


def facts_of(**tensors: Any) -> tuple[Weights, dict[str, Any]]:
    found = Weights({name: tensor(values) for name, values in tensors.items()}, "w.npz", {"format": "x"})
    return found, listed(found)


def test_ranges_leave_out_what_is_no_number() -> None:
    values = np.array([1, np.nan, -3, np.inf, -np.inf], np.float32)
    found, facts = facts_of(**{"a.w": values, "b.w": np.full(2, np.nan), "c.w": np.zeros((0, 3))})
    ranges = [(one["min"], one["max"], one["not_finite"]) for one in facts["tensors"]]
    assert ranges[0] == (-3, 1, 3)
    assert np.isnan(ranges[1][0])
    assert ranges[2] == (None, None, 0)
    lines = list_text(found, facts).splitlines()
    assert "-3 to 1 (3 not finite)" in lines[1]
    assert lines[-2:] == ["5 values are no finite number", "format: x"]


def test_bfloat16_is_named_and_ranged() -> None:
    found = Weights({"a.weight": Tensor("bfloat16", np.array([0x3F80, 0xC020], np.uint16))})
    (one,) = listed(found)["tensors"]
    assert (one["dtype"], one["bytes"], one["min"], one["max"]) == ("bfloat16", 4, -2.5, 1)


def test_large_files_have_no_ranges(monkeypatch: Any) -> None:
    monkeypatch.setattr(weights_text, "MOST_LOOKED_AT", 10)
    found, facts = facts_of(**{"a.weight": np.zeros((3, 3), np.float32)})
    assert "min" not in facts["tensors"][0]
    assert list_text(found, facts).splitlines()[1].split() == [
        "a.weight",
        "3x3",
        "float32",
        "9",
        "36",
        "B",
        "fc3:nobias",
        "weights",
    ]


def test_shapes_tell_the_order_where_names_do_not() -> None:
    assert facts_of(x=np.zeros((3, 3, 8, 64)))[1]["order"] == "hwio"
    assert facts_of(x=np.zeros((64, 8, 3, 3)))[1]["order"] == "oihw"
    assert facts_of(x=np.zeros((3, 3, 3, 3)))[1]["order"] == ""


def test_norms_have_scale_and_shift() -> None:
    parts = {f"bn.{part}": np.ones(4) for part in ("weight", "bias", "running_mean", "running_var")}
    found, facts = facts_of(**{"c.weight": np.zeros((4, 3, 1, 1)), **parts})
    assert [(one["layer"], one["part"]) for one in facts["tensors"]] == [
        ("conv1-4:nobias", "weights"), ("bn", "scale"), ("bn", "shift"), ("bn", "mean"), ("bn", "variance"),
    ]  # fmt: skip
    stack = shape("8x8x3 conv1-4:nobias bn")
    whose = matches(stack, found, matched(stack, found))
    assert [one["part"] for one in whose["layers"][1]["tensors"]] == ["scale", "shift", "mean", "variance"]
    assert match_text(found, {**facts, **whose}).splitlines() == [
        "layer             takes            in the file  here",
        "1 conv1-4:nobias  c.weight         4x3x1x1      1x1x3x4",
        "2 bn              bn.weight        4            4",
        "                  bn.bias          4            4",
        "                  bn.running_mean  4            4",
        "                  bn.running_var   4            4",
        "2 layers and 5 tensors: none is left over; w.npz was read as OIHW, as in PyTorch and ONNX",
    ]


def test_a_model_s_fully_connected_layers_may_have_another_order() -> None:
    found, facts = facts_of(c=np.zeros((4, 3, 1, 1)), f=np.zeros((4, 6)))
    stack = shape("8x8x3 conv1-4:nobias gap fc6:nobias")
    text = match_text(found, {**facts, **matches(stack, found, matched(stack, found))})
    assert "was read as OIHW, as in PyTorch and ONNX; fully connected layers as values x units" in text
