"""What a table of sizes does not show: samples that no window looks at, and layers where the frameworks differ.

The frameworks' rules: TensorFlow's SAME; PyTorch's Conv2d, MaxPool2d and ConvTranspose2d; Caffe's pooling layer,
which rounds up; librosa's centred frames and python_speech_features' framesig.
"""

from __future__ import annotations

from math import gcd

from cnnkit.geometry.framing import FRAMINGS
from cnnkit.geometry.pair import brief, counted, pair_text
from cnnkit.geometry.transposed import SAME, TransposedPlacement
from cnnkit.geometry.window import Placement, output_length
from cnnkit.network.layer import POOLS, LayerShape
from cnnkit.network.receptive_field import LONGEST_PERIOD
from cnnkit.network.volume import Waveform

_LARGEST_WINDOW = 99
"""The weights of a larger one are not counted."""


def notes(step: LayerShape) -> list[str]:
    """Notes on one layer, a line each.

    >>> from cnnkit.network.shape import shape
    >>> notes(shape("7x7 maxpool2").layers[0])
    ['the last 1 row and the last 1 column are never looked at', 'Caffe rounds pooling up, to 4x4; write :ceil for it']
    """
    if isinstance(step.placement, Placement):
        found = _unseen(step.placement) + _same(step, step.placement) + _pointless(step, step.placement)
        return found + _pooling(step, step.placement) if step.layer.name in POOLS else found
    if isinstance(step.placement, TransposedPlacement):
        return _transposed(step, step.placement)
    return _framing(step, step.input) if isinstance(step.input, Waveform) else []


def _unseen(placement: Placement) -> list[str]:
    """Samples behind the last window, and samples between the taps of all windows.

    Tap a of a window lands on a * dilation, and moving on by a stride keeps that modulo the stride.
    """
    ends: list[tuple[int, str]] = []
    gaps: list[str] = []
    for axis, name in enumerate(("row", "column")):
        size, stride, dilation = _window(placement, axis)
        gap = stride - min(size, stride // gcd(stride, dilation))
        if placement.unseen[axis] > max(stride - placement.window.reach[axis], 0):
            ends.append((placement.unseen[axis], name))
        if gap and placement.output[axis] > 1:
            gaps.append(f"{gap} of every {stride} {name}s {'is' if gap == 1 else 'are'} never looked at")
    if not ends:
        return gaps
    last = " and ".join(f"the last {counted(count, name)}" for count, name in ends)
    return [f"{last} {'is' if len(ends) == 1 and ends[0][0] == 1 else 'are'} never looked at", *gaps]


def _same(step: LayerShape, placement: Placement) -> list[str]:
    if step.layer.padding not in SAME or not placement.padding.widest:
        return []
    padding = placement.padding
    found: list[str] = []
    if step.layer.padding == "same" and not padding.is_symmetric and _is_even_kernel(step, placement):
        found.append(f"an even kernel has no middle: same padding is {padding.text}, the odd sample after")
    if step.layer.padding == "same-lower" and not padding.is_symmetric:
        found.append("TensorFlow and PyTorch put the odd sample of same padding after, not before")
    if step.layer.name in POOLS:
        found.append(f"PyTorch has no same padding in its pools; {_pool_cure(step, placement)}")
    elif max(placement.window.stride) > 1:
        inside, outside = (
            f"padding {brief(padding.before)} is the same there",
            f"pad by {padding.text} before it there",
        )
        found.append(f"PyTorch has no same padding with a stride; {inside if padding.is_symmetric else outside}")
    return found


def _is_even_kernel(step: LayerShape, placement: Placement) -> bool:
    is_even = any(k % 2 == 0 and s == 1 for k, s in zip(placement.window.size, placement.window.stride, strict=True))
    return is_even and step.layer.name not in POOLS


def _pointless(step: LayerShape, placement: Placement) -> list[str]:
    """Weights that never meet a sample, as in a 3x3 kernel over a single one."""
    if step.layer.name in POOLS:
        is_single = placement.input == placement.output == (1, 1)
        return ["its input is 1x1, which pooling leaves as it is"] if is_single else []
    rows, columns = _meeting(placement, 0), _meeting(placement, 1)
    if (rows, columns) == placement.window.size:
        return []
    weights = f"only {rows}x{columns} of its {pair_text(placement.window.size)} weights ever"
    if rows * columns == 1:
        return [f"{weights} meets a sample, the others meet padding alone: a window of 1 does the same"]
    return [f"{weights} meet a sample, the others meet padding alone"]


def _meeting(placement: Placement, axis: int) -> int:
    """How many of a window's rows or columns see a sample of the input from some position."""
    size, stride, dilation = _window(placement, axis)
    length, before = placement.input[axis], placement.padding.before[axis]
    if placement.window.reach[axis] <= length or size > _LARGEST_WINDOW:
        return int(size)

    def meets(tap: int) -> bool:
        first = max(-((tap * dilation - before) // stride), 0)  # the first position from which it sees the input
        return bool(first < placement.output[axis] and first * stride + tap * dilation - before < length)

    return sum(map(meets, range(size)))


def _window(placement: Placement, axis: int) -> tuple[int, int, int]:
    window = placement.window
    return window.size[axis], window.stride[axis], window.dilation[axis]


def _pool_cure(step: LayerShape, placement: Placement) -> str:
    """The same pool in PyTorch, whose ceil_mode lets the last window hang over the end by the odd sample."""
    padding, stride = placement.padding, placement.window.stride
    odd = padding.bottom - padding.top, padding.right - padding.left
    is_average = step.layer.name == "avgpool"
    settings = ["count_include_pad=False"] if is_average else []
    if odd == (0, 0) or all(o == 0 or (o == 1 and s > 1) for o, s in zip(odd, stride, strict=True)):
        ceil = ["ceil_mode=True"] if any(odd) else []
        return f"{', '.join([f'padding={brief(padding.before)}', *ceil, *settings])} is the same there"
    if is_average:
        return "there is nothing the same there at the border"
    return f"pad by {padding.text} with -inf before it there"


def _pooling(step: LayerShape, placement: Placement) -> list[str]:
    padding, window = placement.padding, placement.window
    axes = zip(placement.input, padding.before, padding.after, window.reach, window.stride, strict=True)
    other = tuple(output_length(*axis, ceil=not step.layer.ceil) for axis in axes)
    found: list[str] = []
    if other != placement.output and step.layer.ceil:
        found.append(f"TensorFlow rounds pooling down, to {pair_text(other)}")
    elif max(other[0] - placement.output[0], other[1] - placement.output[1]) > 0:
        found.append(f"Caffe rounds pooling up, to {pair_text(other)}; write :ceil for it")
    if any(2 * max(sides) > size for *sides, size in zip(padding.before, padding.after, window.size, strict=True)):
        found.append("PyTorch refuses a pool with more padding than half its window")
    return found


def _transposed(step: LayerShape, placement: TransposedPlacement) -> list[str]:
    window, padding, added = placement.window, placement.padding, placement.output_padding
    found: list[str] = []
    if step.layer.padding in SAME:
        if not padding.is_symmetric:
            found.append(f"PyTorch has no same padding here; leave its padding at 0 and cut {padding.text} off there")
        elif padding.widest or any(added):
            extra = f" and output_padding {brief(added)}" if any(added) else ""
            found.append(f"PyTorch has no same padding here; padding {brief(padding.before)}{extra} is the same there")
    elif step.layer.padding == "valid" and not any(added):
        size = tuple(o + max(s - e, 0) for o, s, e in zip(placement.output, window.stride, window.reach, strict=True))
        if size != placement.output:
            found.append(f"TensorFlow's valid gives {pair_text(size)}")
    if step.field and not all(axis.size for axis in step.field):
        found.append(f"the receptive field is not followed through upscaling by more than {LONGEST_PERIOD}")
    return found


def _framing(step: LayerShape, waveform: Waveform) -> list[str]:
    layer = step.layer

    def count(word: str) -> int:
        length = layer.frame_length
        return FRAMINGS[word].count_of(waveform.samples, length, layer.hop_length, length)

    others = {"librosa (center)": count("center"), "python_speech_features (psf)": count("psf")}
    frames = count(layer.framing)
    seconds = frames * layer.hop_length / waveform.rate
    length = f"{seconds:,.2f}" if seconds >= 1 else f"{seconds:.3g}"
    found = f"{counted(frames, 'frame', ',')} at hop {layer.hop_length:,} and {waveform.rate:,} Hz"
    duration = f"{found} {'are' if frames > 1 else 'is'} {length} s"
    different = [f"{name} {other:,}" for name, other in others.items() if other != frames]
    return [duration] + ([f"{frames:,} frames by framing {layer.framing}; {', '.join(different)}"] if different else [])
