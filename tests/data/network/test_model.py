"""The record of a model: what it says of itself in brief."""

from __future__ import annotations

import numpy as np

from cnnkit.data.network.model import Model, ModelValue


def test_in_brief() -> None:
    x, y = ModelValue("x", ("n", 3, None, 224)), ModelValue("y", None)
    model = Model("net", 13, (x,), (y,), (), {"w": np.zeros((1000, 3), np.float32), "n": np.zeros(5, np.int64)})
    assert repr(model) == "Model(net: x ?x3x?x224 -> y of unknown shape; 0 operators, 3,000 weights, opset 13)"
    assert ModelValue("z", ()).text == "a single number"
