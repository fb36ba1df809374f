"""The arithmetic behind each number of a layer: the relation in symbols, the same with numbers, the value, the source.

Symbols: i input, o output, k kernel, s stride, d dilation, e reach (what the window spans), before and after padding,
op output padding, r receptive field; _h down the rows, _w across the columns. Expressions are written so that Python
can evaluate them.

Standard library only: importing it must stay nearly free.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import NamedTuple

from cnnkit.geometry.framing import FRAMINGS
from cnnkit.geometry.transposed import SAME, TransposedPlacement
from cnnkit.geometry.window import Placement, output_length
from cnnkit.network.layer import LayerShape
from cnnkit.network.receptive_field import Axis, Field
from cnnkit.network.volume import Volume, Waveform

Number = int | float

GUIDE = 'Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285'
TENSORFLOW = "TensorFlow's SAME padding, which is ONNX's SAME_UPPER (same-lower: SAME_LOWER)"
CEIL = "PyTorch's ceil_mode and ONNX's ceil_mode: a window that begins in the padding after the input is dropped"
DISTILL = (
    'Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks", Distill 2019, '
    "doi:10.23915/distill.00021"
)
FRAMES = "the framing's own tool, as in cnnkit's docs/mfcc.md"
WIDEST = "high - low + 1"
"""The field after an upscaling, where neighbours see unlike parts: that of the one that sees most."""
AXES = ("rows", "columns")


class Relation(NamedTuple):
    """One number of a layer, written out."""

    name: str  # rows, parameters, field ...
    symbol: str  # its name in other relations; empty if it is in none
    symbols: str  # the relation
    numbers: str  # the same with numbers in place of the symbols
    value: Number
    source: str = ""  # who published it; empty for what is merely counted


def relations(step: LayerShape, before: Field) -> list[Relation]:
    """Every number of one step; `before` is the field of the step before it.

    >>> from cnnkit.network.shape import shape
    >>> from cnnkit.network.receptive_field import ITSELF
    >>> for relation in relations(shape("28x28 conv3-8").layers[0], ITSELF)[-5:-3]:
    ...     print(relation.name, "=", relation.numbers, "=", relation.value)
    parameters = 3 * 3 * 1 / 1 * 8 + 8 = 80
    MACs = 28 * 28 * 8 * 3 * 3 * 1 / 1 = 56448
    """
    found: list[Relation] = []
    if isinstance(step.placement, Placement):
        found += _merged([_window(step, step.placement, axis) for axis in (0, 1)])
    elif isinstance(step.placement, TransposedPlacement):
        found += _merged([_transposed(step, step.placement, axis) for axis in (0, 1)])
    found += _counts(step)
    if step.placement is not None and before is not None and step.field is not None:
        found += _merged([list(_seen(step, before[axis], step.field[axis], axis)) for axis in (0, 1)])
    return found


def _relation(name: str, symbol: str, symbols: str, value: Number, source: str = "", **given: Number | str) -> Relation:
    """A relation whose symbols are replaced by numbers here, so that the two cannot disagree."""
    return _filled(Relation(name, symbol, symbols, "", value, source), given)


def _filled(relation: Relation, given: Mapping[str, Number | str]) -> Relation:
    numbers = re.sub(r"[A-Za-z_]+", lambda word: _written(given.get(word[0], word[0])), relation.symbols)
    return relation._replace(numbers=numbers)


def _written(value: Number | str) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _merged(axes: list[list[Relation]]) -> list[Relation]:
    """The relations of rows and of columns, once where both are the same."""
    found: list[Relation] = []
    for row, column in zip_longest(*axes):  # an axis without upscaling has one relation more of its field
        if row == column:
            joined = row.name.replace("rows", "rows, columns")
            found.append(row._replace(name=joined))
            continue
        for axis, relation in zip(AXES, (row, column), strict=True):
            if relation is not None:
                name = relation.name
                name = name.replace("rows", axis) if "rows" in name else f"{name} ({axis})"
                found.append(relation._replace(name=name))
    return found


def _reach(step: LayerShape, axis: int) -> Relation:
    size, dilation = step.layer.size[axis], step.layer.dilation[axis]
    return _relation("reach", "e", "d * (k - 1) + 1", step.layer.window.reach[axis], GUIDE, d=dilation, k=size)


def _window(step: LayerShape, placement: Placement, axis: int) -> list[Relation]:
    rule, i, o = step.layer.padding, placement.input[axis], placement.output[axis]
    s, e = placement.window.stride[axis], placement.window.reach[axis]
    before, after = placement.padding.before[axis], placement.padding.after[axis]
    found = [_reach(step, axis)]
    if rule in SAME:
        smallest = -(-i // s)
        first, second = ("floor", "ceil") if rule == "same" else ("ceil", "floor")
        total = before + after
        found += [
            _relation("size by same", "o", "ceil(i / s)", smallest, TENSORFLOW, i=i, s=s),
            _relation("padding", "total", "max((o - 1) * s + e - i, 0)", total, TENSORFLOW, o=smallest, s=s, e=e, i=i),
            _relation("padding before", "before", f"{first}(total / 2)", before, TENSORFLOW, total=total),
            _relation("padding after", "after", f"{second}(total / 2)", after, TENSORFLOW, total=total),
        ]
    elif rule == "full":
        found.append(_relation("padding before, after", "before", "e - 1", before, GUIDE, e=e))
    rounding, source, dropped = ("ceil", CEIL, "") if step.layer.ceil else ("floor", GUIDE, "")
    if step.layer.ceil and output_length(i, before, after, e, s) == o and (i + before + after - e) % s:
        dropped = " - 1"
    symbols = f"{rounding}((i + before + after - e) / s) + 1{dropped}"
    found.append(_relation("rows", "o", symbols, o, source, i=i, before=before, after=after, e=e, s=s))
    return found


def _transposed(step: LayerShape, placement: TransposedPlacement, axis: int) -> list[Relation]:
    i, o, added = placement.input[axis], placement.output[axis], placement.output_padding[axis]
    s, e = placement.window.stride[axis], placement.window.reach[axis]
    before, after = placement.padding.before[axis], placement.padding.after[axis]
    found = [_reach(step, axis)]
    if step.layer.padding in SAME:
        found += [
            _relation("cut off by same", "total", "max(e - s, 0)", before + after, TENSORFLOW, e=e, s=s),
            _relation("added by same", "op", "max(s - e, 0)", added, TENSORFLOW, e=e, s=s),
        ]
    found.append(
        _relation(
            "rows", "o", "s * (i - 1) + e - before - after + op", o, GUIDE,
            s=s, i=i, e=e, before=before, after=after, op=added,
        )
    )  # fmt: skip
    return found


def _counts(step: LayerShape) -> list[Relation]:
    """Depth, values, parameters and MACs: what is merely counted."""
    layer, shape, output = step.layer, step.input, step.output
    if isinstance(shape, Waveform):
        return _frames(step, shape)
    given: dict[str, Number] = {"kernels": layer.count, "groups": layer.groups, "m": layer.multiplier}
    given |= {"k_h": layer.size[0], "k_w": layer.size[1], "depth": shape[-1], "units": layer.count}
    given |= {"values": shape.values, "rows": shape[0], "columns": shape[1] if isinstance(shape, Volume) else 1}
    if isinstance(output, Volume):
        given |= {"o_h": output.rows, "o_w": output.columns, "i_h": shape[0], "i_w": given["columns"]}
    position = {"conv": "o_h * o_w", "dwconv": "o_h * o_w", "tconv": "i_h * i_w"}.get(layer.name, "")
    kernels = "depth * m" if layer.name == "dwconv" else "kernels"
    weights = "k_h * k_w" if layer.name == "dwconv" else "k_h * k_w * depth / groups"
    rows: list[tuple[str, str, Number]] = []
    if position:
        parameters = f"{weights} * {kernels}" + (f" + {kernels}" if layer.bias else "")
        rows = [
            ("depth", kernels, output[-1]),
            ("parameters", parameters, step.parameters),
            ("MACs", f"{position} * {kernels} * {weights}", step.macs),
        ]
    elif layer.name == "fc":
        parameters = "values * units" + (" + units" if layer.bias else "")
        rows = [("parameters", parameters, step.parameters), ("MACs", "values * units", step.macs)]
    elif layer.name == "bn":
        rows = [("parameters", "2 * depth", step.parameters)]
    elif layer.name == "flatten" and isinstance(shape, Volume):
        rows = [("values", "rows * columns * depth", output[-1])]
    elif layer.name in ("gap", "gmp"):
        rows = [("values", "depth", output[-1])]
    return [_filled(Relation(name, "", symbols, "", value), given) for name, symbols, value in rows]


def _frames(step: LayerShape, waveform: Waveform) -> list[Relation]:
    layer, frames = step.layer, step.output[0]
    symbols = FRAMINGS[layer.framing].formula.partition(",")[0]
    if layer.framing == "psf" and waveform.samples <= layer.frame_length:
        symbols = "1"
    given = {"N": waveform.samples, "L": layer.frame_length, "H": layer.hop_length}
    seconds = frames * layer.hop_length / waveform.rate
    times = _relation(
        "seconds", "", "frames * H / rate", seconds, frames=frames, H=layer.hop_length, rate=waveform.rate
    )
    return [_relation("frames", "frames", symbols, frames, FRAMES, **given), times]


def _seen(step: LayerShape, before: Axis, after: Axis, axis: int) -> Iterator[Relation]:
    """Receptive field, jump and start along one axis."""
    assert step.placement is not None
    e, s = step.placement.window.reach[axis], step.placement.window.stride[axis]
    if after.start is None or before.start is None:
        return
    is_spread = isinstance(step.placement, TransposedPlacement)
    if is_spread or len(before.low) > 1:  # after an upscaling neighbours see different parts
        low, high = max(zip(after.low, after.high, strict=True), key=lambda bounds: bounds[1] - bounds[0])
        yield _relation("field", "r'", WIDEST, after.size, high=high, low=low)
        symbols, source = ("jump / s", "") if is_spread else ("jump * s", DISTILL)
        moved = after.shift / len(after.low)
        yield _relation("jump", "jump'", symbols, moved, source, jump=before.jump_text, s=s)
        return
    jump, padding = before.shift, step.placement.padding.before[axis]
    yield _relation("field", "r'", "r + (e - 1) * jump", after.size, DISTILL, r=before.size, e=e, jump=jump)
    yield _relation("jump", "jump'", "jump * s", after.shift, DISTILL, jump=jump, s=s)
    yield _relation(
        "start", "start'", "start + ((e - 1) / 2 - before) * jump", after.start, DISTILL,
        start=before.start, e=e, before=padding, jump=jump,
    )  # fmt: skip
