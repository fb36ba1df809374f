"""The arithmetic behind each number of a layer: the relation in symbols, the same with numbers, the value, the source.

Symbols: i input, o output, k kernel, s stride, d dilation, e reach (what the window spans), before and after padding,
op output padding, r receptive field; _h down the rows, _w across the columns. Expressions are written so that Python
can evaluate them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import zip_longest
from math import gcd
from typing import NamedTuple

from cnnkit.geometry.framing import FRAMINGS
from cnnkit.geometry.padding import Padding
from cnnkit.geometry.transposed import SAME, TransposedPlacement
from cnnkit.geometry.window import Placement, output_length
from cnnkit.network.layer import LayerShape
from cnnkit.network.receptive_field import Axis, Field
from cnnkit.network.volume import Volume, Waveform

Number = int | float
Row = tuple[str, str, str, Number, str]
"""A relation without its numbers: name, symbol, symbols, value, source."""

GUIDE = 'Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285'
TENSORFLOW = "TensorFlow's SAME padding, which is ONNX's SAME_UPPER (same-lower: SAME_LOWER)"
CEIL = "PyTorch's ceil_mode and ONNX's ceil_mode: a window that begins in the padding after the input is dropped"
DISTILL = (
    'Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks", Distill 2019, '
    "doi:10.23915/distill.00021"
)
PYTORCH = "PyTorch's AdaptiveAvgPool2d and AdaptiveMaxPool2d, Upsample and PixelShuffle"
FRAMES = "the framing's own tool, as in cnnkit's docs/mfcc.md"
WIDEST = "high - low + 1"
"""The field after an upscaling, where neighbours see unlike parts: that of the one that sees most."""
LONGEST = "max(high) - min(low) + 1"
"""The field of a join, from the first and the last sample that each of its branches sees."""
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
    """Every number of one step; `before` is the field of the step before it."""
    found: list[Relation] = []
    if isinstance(step.placement, Placement):
        found += _merged([_window(step, step.placement, axis) for axis in (0, 1)])
    elif isinstance(step.placement, TransposedPlacement):
        found += _merged([_transposed(step, step.placement, axis) for axis in (0, 1)])
    elif isinstance(step.input, Volume) and step.layer.name in _SIZES:
        found += _merged([_resized(step, before, axis) for axis in (0, 1)])
    found += _joined(step) if step.joined else _counts(step)
    if step.placement is not None and before is not None and step.field is not None:
        found += _merged([_seen(step.placement, before[axis], step.field[axis], axis) for axis in (0, 1)])
    return found


def _filled(rows: list[Row], numbers: Mapping[str, Number | str]) -> list[Relation]:
    """The relations, their symbols replaced by numbers here, so that the two cannot disagree."""

    def number(match: re.Match[str]) -> str:
        value = numbers.get(match[0], match[0])
        return f"{value:g}" if isinstance(value, float) else str(value)

    return [Relation(*row[:3], re.sub(r"[A-Za-z_]+", number, row[2]), *row[3:]) for row in rows]


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


def _numbers(placement: Placement | TransposedPlacement, axis: int) -> dict[str, Number | str]:
    """The symbols of a window along one axis."""
    window, padding = placement.window, placement.padding
    before, after = padding.before[axis], padding.after[axis]
    return {
        "i": placement.input[axis], "k": window.size[axis], "s": window.stride[axis], "d": window.dilation[axis],
        "e": window.reach[axis], "before": before, "after": after, "total": before + after,
    }  # fmt: skip


def _window(step: LayerShape, placement: Placement, axis: int) -> list[Relation]:
    rule, window, output = step.layer.padding, placement.window, placement.output[axis]
    length, stride, span = placement.input[axis], window.stride[axis], window.reach[axis]
    before, after = placement.padding.before[axis], placement.padding.after[axis]
    smallest = -(-length // stride)
    rows: list[Row] = [("reach", "e", "d * (k - 1) + 1", span, GUIDE)]
    if rule in SAME:
        first, second = ("floor", "ceil") if rule == "same" else ("ceil", "floor")
        rows += [
            ("size by same", "o", "ceil(i / s)", smallest, TENSORFLOW),
            ("padding", "total", "max((o - 1) * s + e - i, 0)", before + after, TENSORFLOW),
            ("padding before", "before", f"{first}(total / 2)", before, TENSORFLOW),
            ("padding after", "after", f"{second}(total / 2)", after, TENSORFLOW),
        ]
    elif rule == "full":
        rows.append(("padding before, after", "before", "e - 1", before, GUIDE))
    rounding, source, dropped = ("ceil", CEIL, "") if step.layer.ceil else ("floor", GUIDE, "")
    padded = before + length + after
    if step.layer.ceil and output_length(length, before, after, span, stride) == output and (padded - span) % stride:
        dropped = " - 1"
    rows.append(("rows", "o", f"{rounding}((i + before + after - e) / s) + 1{dropped}", output, source))
    return _filled(rows, {**_numbers(placement, axis), "o": smallest})


def _transposed(step: LayerShape, placement: TransposedPlacement, axis: int) -> list[Relation]:
    numbers = {**_numbers(placement, axis), "op": placement.output_padding[axis]}
    rows: list[Row] = [("reach", "e", "d * (k - 1) + 1", placement.window.reach[axis], GUIDE)]
    if step.layer.padding in SAME:
        cut = placement.padding.before[axis] + placement.padding.after[axis]
        rows += [
            ("cut off by same", "total", "max(e - s, 0)", cut, TENSORFLOW),
            ("added by same", "op", "max(s - e, 0)", placement.output_padding[axis], TENSORFLOW),
        ]
    rows.append(("rows", "o", "s * (i - 1) + e - before - after + op", placement.output[axis], GUIDE))
    return _filled(rows, numbers)


_SIZES = {
    **dict.fromkeys(("upsample", "shuffle"), "i * factor"),
    "pad": "i + before + after",
    "crop": "i - before - after",
    **dict.fromkeys(("maxpool-to", "avgpool-to"), "o"),
}


def _resized(step: LayerShape, before: Field, axis: int) -> list[Relation]:
    """Rows or columns without a window of fixed size, and the part of the input that one of them sees."""
    layer, length, output = step.layer, step.input[axis], step.output[axis]
    numbers: dict[str, Number | str] = {"i": length, "o": output, "factor": output // length}
    if isinstance(layer.padding, Padding):
        numbers |= {"before": layer.padding.before[axis], "after": layer.padding.after[axis]}
        return _filled([("rows", "o", _SIZES[layer.name], output, "")], numbers)
    rows: list[Row] = [("rows", "", _SIZES[layer.name], output, PYTORCH)]
    jump = "jump / factor"
    if layer.name.endswith("-to"):
        common, jump = gcd(length, output), "jump * i / o"
        more = length % output // common  # the window of this number reaches into one sample more on both sides
        numbers["number"] = number = output // common // more if more > 1 else 0
        width = -(-(number + 1) * length // output) - number * length // output
        widest = "ceil((number + 1) * i / o) - floor(number * i / o)"
        rows.append(("largest window", "", widest, width, PYTORCH))
    if before is not None and step.field is not None and step.field[axis].widest is not None:
        seen = step.field[axis]
        numbers |= {"jump": before[axis].jump_text, **dict(zip(("low", "high"), seen.widest or (), strict=True))}
        rows += [("field", "r'", WIDEST, seen.size, ""), ("jump", "jump'", jump, seen.shift / len(seen.low), "")]
    return _filled(rows, numbers)


def _counts(step: LayerShape) -> list[Relation]:
    """Depth, values, parameters and MACs: what is merely counted."""
    layer, shape, output = step.layer, step.input, step.output
    if isinstance(shape, Waveform):
        return _frames(step, shape)
    numbers: dict[str, Number | str] = {"kernels": layer.count, "groups": layer.groups, "m": layer.multiplier}
    numbers |= {"k_h": layer.size[0], "k_w": layer.size[1], "depth": shape[-1], "units": layer.count}
    numbers |= {"values": shape.values, "rows": shape[0], "columns": shape[1] if isinstance(shape, Volume) else 1}
    if isinstance(output, Volume):
        numbers |= {"o_h": output.rows, "o_w": output.columns, "i_h": shape[0], "i_w": numbers["columns"]}
    position = {"conv": "o_h * o_w", "dwconv": "o_h * o_w", "tconv": "i_h * i_w"}.get(layer.name, "")
    kernels = "depth * m" if layer.name == "dwconv" else "kernels"
    weights = "k_h * k_w" if layer.name == "dwconv" else "k_h * k_w * depth / groups"
    rows: list[Row] = []
    if position:
        parameters = f"{weights} * {kernels}" + (f" + {kernels}" if layer.bias else "")
        inputs = "(i_h * i_w * depth + 1)" if layer.bias else "i_h * i_w * depth"
        dense = f"{inputs} * o_h * o_w * {kernels}"
        rows = [
            ("depth", "", kernels, output[-1], ""),
            ("parameters", "", parameters, step.parameters, ""),
            ("as a dense layer", "", dense, (shape.values + layer.bias) * output.values, ""),
            ("MACs", "", f"{position} * {kernels} * {weights}", step.macs, ""),
        ]
    elif layer.name == "fc":
        parameters = "values * units" + (" + units" if layer.bias else "")
        rows = [("parameters", "", parameters, step.parameters, ""), ("MACs", "", "values * units", step.macs, "")]
    elif layer.name in ("bn", "layernorm", "groupnorm"):
        rows = [("parameters", "", "2 * depth", step.parameters, "")]
    elif layer.name == "prelu":
        numbers["slopes"] = 1
        rows = [("parameters", "", "depth" if layer.is_each_channel else "slopes", step.parameters, "")]
    elif layer.name == "shuffle":
        numbers["factor"] = layer.count
        rows = [("depth", "", "depth / (factor * factor)", output[-1], PYTORCH)]
    elif layer.name in ("flatten", "reshape") and (isinstance(shape, Volume) or isinstance(output, Volume)):
        if isinstance(output, Volume):
            numbers |= output._asdict()
        rows = [("values", "", "rows * columns * depth", shape.values, "")]
    elif layer.name in ("gap", "gmp"):
        rows = [("values", "", "depth", output[-1], "")]
    return _filled(rows, numbers)


def _joined(step: LayerShape) -> list[Relation]:
    """The depth of a join, and what it sees: from the first to the last sample that one of its branches sees."""
    found: list[Relation] = []
    if step.layer.name == "cat":
        depths = " + ".join(str(shape[-1]) for shape, _ in step.joined)
        found.append(Relation("depth", "", "the sum of the depths", depths, step.output[-1]))
    axes = []
    for axis in (0, 1):
        seen = step.field and step.field[axis].widest
        rows = []
        if step.field and seen:
            place = [*zip(step.field[axis].low, step.field[axis].high, strict=True)].index(seen)
            bounds = [field[axis].bounds_at(place) for _, field in step.joined if field]
            lows, highs = (", ".join(str(b) for b in side if b is not None) for side in zip(*bounds, strict=True))
            numbers = f"max({highs}) - min({lows}) + 1"
            rows = [Relation("field", "r'", LONGEST, numbers, step.field[axis].size)]
        axes.append(rows)
    return found + _merged(axes)


def _frames(step: LayerShape, waveform: Waveform) -> list[Relation]:
    layer, frames = step.layer, step.output[0]
    if layer.name == "waveform":
        return _filled([("columns", "", "N", waveform.samples, "")], {"N": waveform.samples})
    symbols = FRAMINGS[layer.framing].formula.partition(",")[0]
    if layer.framing == "psf" and waveform.samples <= layer.frame_length:
        symbols = "1"
    seconds = frames * layer.hop_length / waveform.rate
    rows: list[Row] = [
        ("frames", "frames", symbols, frames, FRAMES),
        ("seconds", "", "frames * H / rate", seconds, ""),
    ]
    if layer.name == "spectrogram":
        rows.append(("bins", "", "floor(n_fft / 2) + 1", layer.n_fft // 2 + 1, ""))
    numbers = {"N": waveform.samples, "L": layer.frame_length, "H": layer.hop_length, "rate": waveform.rate}
    return _filled(rows, {**numbers, "frames": frames, "n_fft": layer.n_fft})


def _seen(placement: Placement | TransposedPlacement, before: Axis, after: Axis, axis: int) -> list[Relation]:
    """Receptive field, jump and start along one axis."""
    if after.widest is None or before.widest is None:  # only biases arrive, or the field is not followed
        return []
    numbers = {**_numbers(placement, axis), "r": before.size, "jump": before.jump_text, "start": before.start or 0}
    is_spread = isinstance(placement, TransposedPlacement)
    rows: list[Row]
    if is_spread or len(before.low) > 1:  # after an upscaling neighbours see different parts
        numbers |= dict(zip(("low", "high"), after.widest, strict=True))
        symbols, source = ("jump / s", "") if is_spread else ("jump * s", DISTILL)
        rows = [
            ("field", "r'", WIDEST, after.size, ""),
            ("jump", "jump'", symbols, after.shift / len(after.low), source),
        ]
    else:
        rows = [
            ("field", "r'", "r + (e - 1) * jump", after.size, DISTILL),
            ("jump", "jump'", "jump * s", after.shift, DISTILL),
            ("start", "start'", "start + ((e - 1) / 2 - before) * jump", sum(after.widest) / 2, DISTILL),
        ]
    return _filled(rows, numbers)
