"""Notes on what meets nothing: samples that no window looks at, weights that meet no sample, and values that see
padding alone or that no sample reaches.

Standard library only: importing it must stay nearly free.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnkit.geometry.padding import Padding
from cnnkit.geometry.pair import Pair, counted, pair_text
from cnnkit.geometry.transposed import TransposedPlacement
from cnnkit.geometry.window import Placement
from cnnkit.network.coverage import Missing, Sweep
from cnnkit.network.layer import POOLS, Layer, LayerShape

NAMES = ("row", "column")
_UNSEEN = "never looked at"


def unseen(placement: Placement) -> list[str]:
    """Samples behind the last window, and samples between the taps of all windows."""
    ends: list[tuple[int, str]] = []
    gaps: list[str] = []
    for sweep, name in _sweeps(placement):
        missed = sweep.missed()
        if missed.count == missed.of:
            return []  # its output sees padding alone, which is said below
        if sweep.gap:
            gaps += _joined([(sweep.gap, f"{sweep.gap} of every {sweep.stride} {name}s")], "is", "are", _UNSEEN)
            if missed.last > max(sweep.stride - sweep.reach, 0):
                ends.append((missed.last, f"the last {counted(missed.last, name)}"))
        elif missed.last and sweep.is_regular:
            ends.append((missed.last, f"the last {counted(missed.last, name)}"))
        elif missed.count and not sweep.is_regular:
            ends.append(_missing(missed, name))
    return _joined(ends, "is", "are", _UNSEEN) + gaps


def padding_alone(step: LayerShape, placement: Placement) -> list[str]:
    """Values whose window sees no sample, and weights that meet none; the words without them, where there are any."""
    idle = [(sweep, name, sweep.idle()) for sweep, name in _sweeps(placement)]
    if any(missing.count == missing.of for *_, missing in idle):
        return ["its whole output sees padding alone"]
    found = _joined(
        [_missing(missing, name) for _, name, missing in idle if missing.count], "sees", "see", "padding alone"
    )
    if found and all(missing.count == missing.first + missing.last for *_, missing in idle):
        taken = [(missing.first * sweep.stride, missing.last * sweep.stride) for sweep, _, missing in idle]
        output = [missing.of - missing.count for *_, missing in idle]
        cure = _less_padding(step, placement, placement.window.size, taken, output)
        if cure:
            found = [f"{found[0]}; write {cure.spec} for {pair_text(output)}x{step.output[-1]}"]
    return found if step.layer.name in POOLS else found + _pointless(step, placement)


def unreached(step: LayerShape, placement: TransposedPlacement) -> list[str]:
    """Values of a transposed convolution that no sample reaches, and samples that only reach what is cut off."""
    holes: list[tuple[int, str]] = []
    cut: list[tuple[int, str]] = []
    verbs, value = (("holds", "hold"), "the bias alone") if step.layer.bias else (("is", "are"), "0")
    for sweep, name in _sweeps(placement):
        missed, idle = sweep.missed(), sweep.idle()
        if missed.count == missed.of:
            return [f"its whole output {verbs[0]} {value}, for no sample reaches it"]
        if sweep.gap:
            holes.append((sweep.gap, f"{sweep.gap} of every {sweep.stride} {name}s"))
        elif missed.count:
            holes.append(_missing(missed, name))
        if idle.count:
            cut.append((idle.count, f"{idle.count:,} of its {counted(idle.of, f'input {name}', ',')}"))
    found = _joined(holes, *verbs, f"{value}, for no sample reaches {'it' if _is_one(holes) else 'them'}")
    return found + _joined(cut, "reaches", "reach", "nothing but what the padding cuts off")


def _sweeps(placement: Placement | TransposedPlacement) -> list[tuple[Sweep, str]]:
    return [(Sweep.along(placement, axis), name) for axis, name in enumerate(NAMES)]


def _is_one(parts: list[tuple[int, str]]) -> bool:
    return len(parts) == 1 and parts[0][0] == 1


def _joined(parts: list[tuple[int, str]], singular: str, plural: str, end: str) -> list[str]:
    """One sentence on rows and columns, or none: each part is how many, and their name."""
    verb = singular if _is_one(parts) else plural
    return [f"{' and '.join(text for _, text in parts)} {verb} {end}"] if parts else []


def _missing(missing: Missing, name: str) -> tuple[int, str]:
    """Those at the end, if they are all; else how many of how many."""
    if missing.count == missing.last < missing.of:
        return missing.count, f"the last {counted(missing.count, name)}"
    return missing.count, f"{missing.count:,} of its {counted(missing.of, name, ',')}"


def _less_padding(
    step: LayerShape, placement: Placement, size: Pair, taken: Sequence[Pair], output: Sequence[int]
) -> Layer | None:
    """The layer with a window of `size` and that much less padding before and after, if its output is as large."""
    from cnnkit.network.rewording import reworded

    (top, bottom), (left, right) = taken
    above, below, before, after = placement.padding
    sides = Padding(above - top, max(below - bottom, 0), before - left, max(after - right, 0))
    if min(sides) < 0:
        return None
    stride = placement.window.stride
    cure = reworded(step.layer, size, stride, step.layer.padding)
    if cure.place(placement.input).padding != sides:
        cure = reworded(step.layer, size, stride, sides if sides.widest else "valid")
    return cure if cure.place(placement.input).output == tuple(output) else None


def _pointless(step: LayerShape, placement: Placement) -> list[str]:
    """Weights that never meet a sample, as in a 3x3 kernel over a single one, and the window without them."""
    window = placement.window
    meeting = Sweep.along(placement, 0).meeting(), Sweep.along(placement, 1).meeting()
    rows, columns = map(len, meeting)
    if (rows, columns) == window.size or not rows * columns:
        return []
    meet = "meets" if rows * columns == 1 else "meet"
    rest = "others meet" if window.size[0] * window.size[1] - rows * columns > 1 else "other meets"
    found = (
        f"only {rows}x{columns} of its {pair_text(window.size)} weights ever {meet} a sample, the {rest} padding alone"
    )
    if all(taps[-1] - taps[0] + 1 == len(taps) for taps in meeting):
        ends = [(taps[0], k - 1 - taps[-1]) for taps, k in zip(meeting, window.size, strict=True)]
        taken = [(first * d, last * d) for (first, last), d in zip(ends, window.dilation, strict=True)]
        cure = _less_padding(step, placement, (rows, columns), taken, placement.output)
        found += f"; {cure.spec} does the same" if cure else ""
    return [found]
