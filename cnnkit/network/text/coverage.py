"""Notes on what meets nothing: samples that no window looks at, weights that meet no sample, and values that see
padding alone or that no sample reaches.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnkit.geometry.padding import Padding
from cnnkit.geometry.pair import Pair, counted, pair_text
from cnnkit.geometry.transposed import TransposedPlacement
from cnnkit.geometry.window import Placement
from cnnkit.network.coverage import Missing, Sweep
from cnnkit.network.layer import POOLS, Layer, LayerShape, reworded

_NAMES = ("row", "column")

Part = tuple[int, str]
"""How many rows or columns, and how they are named in a sentence."""


def unseen(placement: Placement) -> list[str]:
    """Samples behind the last window, and samples between the taps of all windows."""
    ends: list[Part] = []
    gaps: list[Part] = []
    for sweep, name in _sweeps(placement):
        missed = sweep.missed()
        if missed.count == missed.of:
            return []  # its output sees padding alone, which is said below
        if sweep.is_regular:  # what a gap leaves out at the end and at the ends of a dilated window goes without saying
            is_more = missed.last > (sweep.stride - sweep.reach if sweep.gap else 0)
            missed = missed._replace(count=missed.last if is_more else 0)
        ends += _parts(missed, name)
        gaps += [_gap(sweep, name)] if sweep.gap else []
    return [line for parts in (ends, gaps) for line in _sentence(parts, "is", "are", "never looked at")]


def padding_alone(step: LayerShape, placement: Placement) -> list[str]:
    """Values whose window sees no sample, and weights that meet none; the words without them, where there are any."""
    idle = [(sweep, name, sweep.idle()) for sweep, name in _sweeps(placement)]
    if any(missing.count == missing.of for *_, missing in idle):
        return ["its whole output sees padding alone"]
    parts = [part for _, name, missing in idle for part in _parts(missing, name)]
    found = _sentence(parts, "sees", "see", "padding alone")
    if found and all(missing.count == missing.first + missing.last for *_, missing in idle):
        taken = [(missing.first * sweep.stride, missing.last * sweep.stride) for sweep, _, missing in idle]
        output = [missing.of - missing.count for *_, missing in idle]
        cure = _less_padding(step, placement, placement.window.size, taken, output)
        found = [f"{found[0]}; write {cure.spec} for {pair_text(output)}x{step.output[-1]}"] if cure else found
    return found if step.layer.name in POOLS else found + _pointless(step, placement)


def unreached(step: LayerShape, placement: TransposedPlacement) -> list[str]:
    """Values of a transposed convolution that no sample reaches, and samples that only reach what is cut off."""
    holes: list[Part] = []
    cut: list[Part] = []
    verbs, value = (("holds", "hold"), "the bias alone") if step.layer.bias else (("is", "are"), "0")
    for sweep, name in _sweeps(placement):
        missed, idle = sweep.missed(), sweep.idle()
        if missed.count == missed.of:
            return [f"its whole output {verbs[0]} {value}, for no sample reaches it"]
        holes += [_gap(sweep, name)] if sweep.gap else _parts(missed, name)
        cut += [(idle.count, f"{idle.count:,} of its {counted(idle.of, f'input {name}', ',')}")] if idle.count else []
    found = _sentence(holes, *verbs, f"{value}, for no sample reaches {'it' if _is_one(holes) else 'them'}")
    return found + _sentence(cut, "reaches", "reach", "nothing but what the padding cuts off")


def _sweeps(placement: Placement | TransposedPlacement) -> list[tuple[Sweep, str]]:
    return [(Sweep.along(placement, axis), name) for axis, name in enumerate(_NAMES)]


def _gap(sweep: Sweep, name: str) -> Part:
    return sweep.gap, f"{sweep.gap} of every {sweep.stride} {name}s"


def _parts(missing: Missing, name: str) -> list[Part]:
    """Those at the end, if they are all; else how many of how many; nothing where none is missing."""
    text = f"{missing.count:,} of its {counted(missing.of, name, ',')}"
    if missing.count == missing.last < missing.of:
        text = f"the last {counted(missing.count, name)}"
    return [(missing.count, text)] if missing.count else []


def _is_one(parts: list[Part]) -> bool:
    return len(parts) == 1 and parts[0][0] == 1


def _sentence(parts: list[Part], singular: str, plural: str, end: str) -> list[str]:
    """One sentence on rows and columns, or none."""
    verb = singular if _is_one(parts) else plural
    return [f"{' and '.join(text for _, text in parts)} {verb} {end}"] if parts else []


def _less_padding(
    step: LayerShape, placement: Placement, size: Pair, taken: Sequence[Pair], output: Sequence[int]
) -> Layer | None:
    """The layer with a window of `size` and that much less padding before and after, if its output is as large."""
    (top, bottom), (left, right) = taken
    above, below, before, after = placement.padding
    sides = Padding(above - top, max(below - bottom, 0), before - left, max(after - right, 0))
    if min(sides) < 0:
        return None
    cure = reworded(step.layer, size, placement.window.stride, step.layer.padding)
    if cure.place(placement.input).padding != sides:
        cure = reworded(step.layer, size, placement.window.stride, sides)
    return cure if cure.place(placement.input).output == tuple(output) else None


def _pointless(step: LayerShape, placement: Placement) -> list[str]:
    """Weights that never meet a sample, as in a 3x3 kernel over a single one, and the window without them."""
    window = placement.window
    meeting = [sweep.meeting() for sweep, _ in _sweeps(placement)]
    rows, columns = map(len, meeting)
    others = window.size[0] * window.size[1] - rows * columns
    if not others or not rows * columns:
        return []
    found = f"only {rows}x{columns} of its {pair_text(window.size)} weights ever meet{'s' * (rows * columns == 1)}"
    found += f" a sample, the {'others meet' if others > 1 else 'other meets'} padding alone"
    cure = None
    if all(taps[-1] - taps[0] + 1 == len(taps) for taps in meeting):
        axes = zip(meeting, window.size, window.dilation, strict=True)
        taken = [(taps[0] * d, (k - 1 - taps[-1]) * d) for taps, k, d in axes]
        cure = _less_padding(step, placement, (rows, columns), taken, placement.output)
    return [f"{found}; {cure.spec} does the same" if cure else found]
