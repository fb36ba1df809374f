"""A run described: products in their places, and what JSON says of a result."""

from __future__ import annotations

import json

import numpy as np

from cnnkit.data.trace import Spot, channel_names


def spot(weights: object) -> Spot:
    samples = np.arange(6.0).reshape(2, 3, 1)
    nothing = np.zeros((2, 3), np.bool_)
    return Spot((1, 2), 0, ("",), (0, 1), samples, nothing, nothing[..., None], weights, 5.0, 7)  # type: ignore[arg-type]


def test_products_are_samples_times_weights() -> None:
    weights = np.array([[1, 0, -1], [2, 2, 2]])[..., None]
    assert spot(weights).products[..., 0].tolist() == [[0, 0, -2], [6, 8, 10]]  # type: ignore[index]
    assert spot(None).products is None


def test_json_has_the_numbers_and_what_they_are() -> None:
    weights = np.ones((2, 3, 1))
    facts = json.loads(json.dumps(spot(weights).facts))
    assert facts["row"] == 1
    assert facts["products"] == facts["samples"]
    assert (facts["value"], facts["level"], facts["bias"], facts["factor"]) == (5.0, 7, 0.0, 1.0)
    assert "divisor" not in facts
    pooled = spot(None).facts
    assert "weights" not in pooled
    assert pooled["divisor"] == 0


def test_channels_have_names() -> None:
    assert channel_names(3, is_colour=True) == ("R", "G", "B")
    assert channel_names(3, is_colour=False) == ("channel 0", "channel 1", "channel 2")
    assert channel_names(1, is_colour=False) == ("",)
