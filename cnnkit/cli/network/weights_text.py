"""What ``cnnkit weights`` says of a file: facts for ``--json``, and the tables made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan, prod
from typing import Any

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.network.weights import Tensor, Weights, shape_text
from cnnkit.errors import printable
from cnnkit.geometry.pair import counted
from cnnkit.network.stack import StackShape
from cnnkit.network.text.table import human_bytes
from cnnkit.operations.network.groups import groups
from cnnkit.operations.network.guesses import layer_words, order_in_words, order_of
from cnnkit.operations.network.matching import Matched

MOST_CHARACTERS = 240
"""Of a line of metadata in the table; programs get all of it."""

MOST_LOOKED_AT = 4_000_000_000
"""Bytes of a file above which no ranges are shown, as all of it would have to be read."""

_WHOSE = {"oihw": "OIHW, as in PyTorch and ONNX", "hwio": "HWIO, as in Keras and cnnkit"}


def listed(weights: Weights, order: str = "") -> dict[str, Any]:
    """The tensors of a file with their shapes, types and ranges, and what layers they look like."""
    found = groups(weights)
    told = order or order_in_words(found) or _order_of_shapes(weights)
    whose = {
        name: (word, _part(group.kind, part))
        for group, word in zip(found, layer_words(found, told), strict=True)
        for part, name in group.names.items()
    }
    looks = weights.nbytes <= MOST_LOOKED_AT
    tensors = [
        {
            "name": name,
            "shape": list(tensor.shape),
            "dtype": tensor.dtype,
            "values": prod(tensor.shape),
            "bytes": tensor.stored.nbytes,
            **(_range(tensor) if looks else {}),
            "layer": whose.get(name, ("", ""))[0],
            "part": whose.get(name, ("", ""))[1],
        }
        for name, tensor in weights.tensors.items()
    ]
    totals = {"values": weights.count, "bytes": weights.nbytes, "order": told, "metadata": dict(weights.metadata)}
    return {**totals, "tensors": tensors}


def _order_of_shapes(weights: Weights) -> str:
    """The order that shapes of kernels tell, if they agree."""
    found = {order_of(one.shape, "") for one in weights.tensors.values() if len(one.shape) == 4} - {""}
    return found.pop() if len(found) == 1 else ""


def _part(kind: str, part: str) -> str:
    return "shift" if part == "bias" and kind in ("bn", "norm") else part


def _range(tensor: Tensor) -> dict[str, Any]:
    """The smallest and the largest value, and how many are no number, or infinite."""
    values: Array = tensor.values
    if not values.size:
        return {"min": None, "max": None, "not_finite": 0}
    low, high = float(values.min()), float(values.max())
    wrong = 0
    if not (np.isfinite(low) and np.isfinite(high)):
        is_finite = np.isfinite(values)
        wrong = values.size - int(is_finite.sum())
        low, high = (
            (float(values.min(where=is_finite, initial=np.inf)), float(values.max(where=is_finite, initial=-np.inf)))
            if wrong < values.size
            else (float("nan"), float("nan"))
        )
    return {"min": low, "max": high, "not_finite": wrong}


def list_text(weights: Weights, facts: Mapping[str, Any]) -> str:
    """The table of a file."""
    heads = ("tensor", "shape", "type", "values", "bytes", "range", "looks like")
    rows = [
        (
            printable(one["name"]),
            shape_text(tuple(one["shape"])),
            one["dtype"],
            f"{one['values']:,}",
            human_bytes(one["bytes"]),
            _range_text(one),
            " ".join(filter(None, (one["layer"], one["part"] if one["layer"] else ""))),
        )
        for one in facts["tensors"]
    ]
    order = facts["order"]
    whose = ""
    if order and any(len(tensor.shape) > 2 for tensor in weights.tensors.values()):
        whose = f"; kernels stand as {_WHOSE[order]}"
    size = f"{counted(facts['values'], 'value', ',')}, {human_bytes(facts['bytes'])}"
    total = f"{counted(len(rows), 'tensor')}, {size}{whose}"
    wrong = sum(one.get("not_finite", 0) for one in facts["tensors"])
    lines = [*_table([heads, *rows], "lllrrll"), total]
    lines += [f"{counted(wrong, 'value')} {'is' if wrong == 1 else 'are'} no finite number"] * bool(wrong)
    for key, value in facts["metadata"].items():
        line = printable(f"{key}: {value}")
        lines.append(line if len(line) <= MOST_CHARACTERS else f"{line[: MOST_CHARACTERS - 3]}...")
    return "\n".join(lines)


def _range_text(one: Mapping[str, Any]) -> str:
    if one.get("min") is None:
        return ""
    low, high = one["min"], one["max"]
    if isnan(low):
        return "none is finite"
    text = f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"
    return f"{text} ({one['not_finite']:,} not finite)" if one["not_finite"] else text


def matches(stack: StackShape, weights: Weights, match: Matched) -> dict[str, Any]:
    """Which layer takes which tensors, and what their shapes become."""
    layers = []
    for number, names in match.names.items():
        learned = match.learned[number]
        taken = []
        for part, name in names.items():
            own = next((key for key in (part, "shift", "slope") if key in learned), part)
            shape = learned[own].shape if own in learned else weights.tensors[name].shape
            taken.append({"part": own, "tensor": name, "shape": list(shape)})
        layers.append({"layer": number, "word": stack.layers[number - 1].word, "tensors": taken})
    return {"order": match.layout.convolutions, "dense": match.layout.dense, "layers": layers, "notes": match.notes}


def match_text(weights: Weights, facts: Mapping[str, Any]) -> str:
    """The table of which tensors go to which layer, and what is to be known of it."""
    digits = len(str(max((one["layer"] for one in facts["layers"]), default=0)))
    rows = [("layer", "takes", "in the file", "here")]
    for one in facts["layers"]:
        head = f"{one['layer']:>{digits}} {one['word']}"
        for tensor in one["tensors"]:
            shape = shape_text(weights.tensors[tensor["tensor"]].shape)
            rows.append((head, printable(tensor["tensor"]), shape, shape_text(tuple(tensor["shape"]))))
            head = ""
    count = sum(len(one["tensors"]) for one in facts["layers"])
    is_split = facts["order"] != facts["dense"]
    dense = f"; fully connected layers as {_DENSE[facts['dense']]}" if is_split else ""
    total = f"{counted(len(facts['layers']), 'layer')} and {counted(count, 'tensor')}: none is left over; "
    total += f"{weights.name} was read as {_WHOSE[facts['order']]}{dense}"
    return "\n".join([*_table(rows, "llll"), total, *facts["notes"]])


_DENSE = {"oihw": "units x values", "hwio": "values x units"}


def _table(rows: Sequence[Sequence[str]], sides: str) -> list[str]:
    """Rows in columns as wide as their widest cell, each to the left or to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if side == "r" else cell.ljust(width)
            for cell, width, side in zip(row, widths, sides, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return lines
