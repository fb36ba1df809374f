"""What a table of sizes does not show: samples that no window looks at, values that no sample reaches, and layers where
the frameworks differ. Where a note proposes a change, the change does what is promised.

The frameworks' rules: TensorFlow's SAME; PyTorch's Conv2d, MaxPool2d and ConvTranspose2d; Caffe's pooling layer,
which rounds up; librosa's centred frames and python_speech_features' framesig.
"""

from __future__ import annotations

from cnnkit.geometry.framing import FRAMINGS
from cnnkit.geometry.pair import brief, counted, pair_text
from cnnkit.geometry.transposed import SAME, TransposedPlacement
from cnnkit.geometry.window import Placement, output_length
from cnnkit.network.layer import POOLS, LayerShape
from cnnkit.network.receptive_field import LONGEST_PERIOD
from cnnkit.network.stack import StackShape
from cnnkit.network.volume import Volume, Waveform, may_be_depth_first


def notes(step: LayerShape) -> list[str]:
    """Notes on one layer, a line each."""
    placement = step.placement
    if placement is None:
        if step.joined:
            return _joined(step)
        if isinstance(step.input, Waveform):
            return [] if step.layer.name == "waveform" else _framing(step, step.input)
        return _field(step) if step.layer.name in ("upsample", "shuffle", "maxpool-to", "avgpool-to") else []
    found = _on_what_meets_nothing(step, placement) if _may_miss(placement) else []
    if isinstance(placement, TransposedPlacement):
        found += _transposed(step, placement)
    else:
        found += _same(step, placement) + (_pooling(step, placement) if step.layer.name in POOLS else [])
    return found + _field(step)


def _may_miss(placement: Placement | TransposedPlacement) -> bool:
    """Whether a window may miss a sample, or all of them: not where windows meet, and all of them meet the input."""
    window, padding, size = placement.window, placement.padding, placement.window.size
    sides = zip(size, padding.before, padding.after, window.stride, strict=True)
    if window.dilation != (1, 1) or any(k <= max(before, after) or k < s for k, before, after, s in sides):
        return True
    if isinstance(placement, Placement):
        return any(placement.unseen) or size[0] > placement.input[0] or size[1] > placement.input[1]
    return any(placement.output_padding)


def _on_what_meets_nothing(step: LayerShape, placement: Placement | TransposedPlacement) -> list[str]:
    from cnnkit.network.text.coverage import padding_alone, unreached, unseen  # most layers need none of it

    if isinstance(placement, TransposedPlacement):
        return unreached(step, placement)
    missed = unseen(placement)
    if step.wire.is_shared:
        missed = [f"{note} by this branch" for note in missed]
    return missed + padding_alone(step, placement)


def input_notes(stack: StackShape) -> list[str]:
    """What is said of an input whose numbers stand as PyTorch writes them, unless its layout was given."""
    if stack.input_layout or not isinstance(stack.input, Volume) or not may_be_depth_first(stack.input):
        return []
    first, second, third = stack.input
    sides = f"{counted(first, 'row')}, {counted(second, 'column')}, depth {third}"
    cure = f"add --input-layout chw for {Volume.read(stack.input, 'chw').text}, else hwc"
    return [f"read as {sides}; if it is depth first, {cure}"]


def _same(step: LayerShape, placement: Placement) -> list[str]:
    if step.layer.padding not in SAME or not placement.padding.widest:
        return []
    padding = placement.padding
    found: list[str] = []
    is_even = any(k % 2 == 0 and s == 1 for k, s in zip(placement.window.size, placement.window.stride, strict=True))
    if step.layer.padding == "same" and not padding.is_symmetric and is_even and step.layer.name not in POOLS:
        found.append(f"an even kernel has no middle: same padding is {padding.text}, the odd sample after")
    if step.layer.padding == "same-lower" and not padding.is_symmetric:
        found.append("TensorFlow and PyTorch put the odd sample of same padding after, not before")
    if step.layer.name in POOLS:
        cure = _pool_cure(step, placement)
        found += [f"PyTorch has no same padding in its pools; {cure}"] if cure else []
    elif max(placement.window.stride) > 1:
        inside = f"padding {brief(padding.before)} is the same there"
        cure = inside if padding.is_symmetric else f"pad by {padding.text} before it there"
        found.append(f"PyTorch has no same padding with a stride; {cure}")
    return found


def _pool_cure(step: LayerShape, placement: Placement) -> str:
    """The same pool in PyTorch, which pads both sides alike; its ceil_mode lets the last window hang over the end."""
    padding, window = placement.padding, placement.window
    is_average = step.layer.name == "avgpool"
    if is_average and window.dilation != (1, 1):
        return ""  # it has no such pool at all
    if all(2 * before <= size for before, size in zip(padding.before, window.size, strict=True)):  # else it refuses
        axes = [*zip(placement.input, padding.before, padding.before, window.reach, window.stride, strict=True)]
        counting = ", count_include_pad=False" if is_average else ""
        for rounding, ceil in (("", False), (", ceil_mode=True", True)):
            if tuple(output_length(*axis, ceil=ceil) for axis in axes) == placement.output:
                return f"padding={brief(padding.before)}{rounding}{counting} is the same there"
    if is_average:
        return "there is nothing the same there at the border"
    return f"pad by {padding.text} with -inf before it there"


def _pooling(step: LayerShape, placement: Placement) -> list[str]:
    padding, window = placement.padding, placement.window
    axes = zip(placement.input, padding.before, padding.after, window.reach, window.stride, strict=True)
    other = tuple(output_length(*axis, ceil=not step.layer.ceil) for axis in axes)
    found: list[str] = []
    if other != placement.output and step.layer.ceil:
        fate = f", to {pair_text(other)}" if min(other) else ": this window does not fit there"
        found.append(f"TensorFlow rounds pooling down{fate}")
    elif max(other[0] - placement.output[0], other[1] - placement.output[1]) > 0 and window.dilation == (1, 1):
        found.append(f"Caffe rounds pooling up, to {pair_text(other)}; write :ceil for it")
    if step.layer.name == "avgpool" and window.dilation != (1, 1):
        found.append("PyTorch's average pools have no dilation")
    elif step.layer.padding not in SAME and any(
        2 * max(sides) > size for *sides, size in zip(padding.before, padding.after, window.size, strict=True)
    ):
        found.append("PyTorch refuses a pool with more padding than half its window")
    return found


def _transposed(step: LayerShape, placement: TransposedPlacement) -> list[str]:
    window, padding, added = placement.window, placement.padding, placement.output_padding
    found: list[str] = []
    if step.layer.padding in SAME:
        extra = f"output_padding {brief(added)}" if any(added) else ""
        if not padding.is_symmetric:
            leave = f"leave its padding at 0{extra and f', give it {extra}'}"
            found.append(f"PyTorch has no same padding here; {leave} and cut {padding.text} off there")
        elif padding.widest or extra:
            inside = f"padding {brief(padding.before)}{extra and f' and {extra}'}"
            found.append(f"PyTorch has no same padding here; {inside} is the same there")
    elif step.layer.padding == "valid" and not any(added):
        size = tuple(o + max(s - e, 0) for o, s, e in zip(placement.output, window.stride, window.reach, strict=True))
        if size != placement.output:
            found.append(f"TensorFlow's valid gives {pair_text(size)}")
    return found


def _field(step: LayerShape) -> list[str]:
    if step.field and not all(axis.is_followed for axis in step.field):
        if step.placement is None:
            return [f"the receptive field is not followed beyond {LONGEST_PERIOD} neighbours that see unlike parts"]
        is_upscaling = isinstance(step.placement, TransposedPlacement)
        return [f"the receptive field is not followed through upscaling by more than {LONGEST_PERIOD}"] * is_upscaling
    if step.field and not all(axis.size for axis in step.field):
        return ["no sample of the stack's input reaches it: it sees the holes of the upscaling before it alone"]
    return []


def _joined(step: LayerShape) -> list[str]:
    """Branches whose steps over the input are unlike: the later a value, the further apart what its branches see."""
    fields = [field for _, field in step.joined if field]
    for axis, name in enumerate(("row", "column")):
        jumps = list(dict.fromkeys(field[axis].jump_text for field in fields if field[axis].is_followed))
        if step.field and not step.field[axis].is_followed and all(field[axis].is_followed for field in fields):
            found = f"its branches move over the input by {' and '.join(jumps)} a {name}"
            return [f"{found}, so that its field grows from value to value: it is not followed"] * (len(jumps) > 1)
    return _field(step)


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
