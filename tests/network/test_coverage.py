"""What meets nothing, against going through every tap of every window."""

from __future__ import annotations

from itertools import product

from cnnkit.geometry.transposed import place_transposed
from cnnkit.geometry.window import Window, place
from cnnkit.network.coverage import MOST_TAPS, Missing, Sweep


def missing(is_met: list[bool]) -> Missing:
    """The slow twin, from a list of what is met."""
    if True not in is_met:
        return Missing(len(is_met), len(is_met), len(is_met), len(is_met))
    return Missing(is_met.count(False), is_met.index(True), is_met[::-1].index(True), len(is_met))


def test_every_small_sweep() -> None:
    for windows, length, size, stride, dilation, before in product(
        (1, 2, 5), (1, 2, 5, 11), (1, 2, 4), (1, 2, 3, 6), (1, 2, 3, 4), (0, 1, 3, 8)
    ):
        sweep = Sweep(windows, length, size, stride, dilation, before)
        taps = [[stride * t + dilation * a - before for a in range(size)] for t in range(windows)]
        landed = {place for places in taps for place in places}
        assert sweep.missed() == missing([place in landed for place in range(length)]), sweep
        assert sweep.idle() == missing([any(0 <= place < length for place in places) for places in taps]), sweep
        meeting = [a for a in range(size) if any(0 <= places[a] < length for places in taps)]
        assert list(sweep.meeting()) == (meeting if sweep.reach > length else list(range(size))), sweep
        assert sweep.reach == max(taps[0]) - min(taps[0]) + 1
        if sweep.is_regular:
            ramp = max(sweep.reach - stride, 0)
            end = max((place for place in landed if place < length), default=-1) + 1 - ramp
            inner = [place in landed for place in range(max(ramp, 0), end)]
            for first in range(len(inner) - stride + 1):
                assert inner[first : first + stride].count(False) == sweep.gap, sweep


def test_long_axes_are_counted_without_going_through_them() -> None:
    sweep = Sweep(windows=10**9, length=2 * 10**9, size=3, stride=2, dilation=2, before=0)
    assert sweep.missed() == Missing(10**9, 0, 1, 2 * 10**9)
    assert sweep.idle() == Missing(0, 0, 0, 10**9)
    many = sweep._replace(size=MOST_TAPS + 1)
    assert many.missed() == many.idle() == Missing()
    assert many._replace(dilation=1).missed() == Missing(0, 0, 0, 2 * 10**9)


def test_a_transposed_convolution_has_its_inputs_for_windows() -> None:
    window = Window((2, 3), (3, 2))
    conv, up = place((9, 10), window, (1, 0, 2, 0)), place_transposed((9, 10), window, (1, 0, 2, 0))
    assert Sweep.along(conv, 1) == Sweep(conv.output[1], 10, 3, 2, 1, 2)
    assert Sweep.along(up, 0) == Sweep(9, up.output[0], 2, 3, 1, 1)
