"""Frames of a sound laid into the lanes of vectors, and their Fourier transform.

As many frames as a vector has lanes stand side by side in a plane, whose rows are samples and whose columns are frames.
All that is done to them runs down the rows. Index letters: n sample, t frame, m lane. All arrays are flat.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnkit.loops.butterflies import Butterfly
from cnnkit.loops.lanes import Turn
from cnnkit.loops.machine import processor
from cnnkit.loops.machine.compile import Piece

VECTOR_BYTES = processor.VECTOR_BYTES

STEP = 3
"""Numbers of a step of a transform: its radix, the length it takes apart, and where its factors begin."""

forth_2, forth_3, forth_4, forth_5, forth_8 = (Butterfly(radix, is_forth=True) for radix in (2, 3, 4, 5, 8))
turn = Turn()

SPECTRUM, BANDS, LOGARITHMS, COEFFICIENTS = range(4)
"""What comes out."""

ZERO, MAX, ADD = range(3)
"""What keeps a 0 from the logarithm."""


WHOLE, MEASURED, KEPT = range(3)
"""Which part of the work is done."""


class Steps(NamedTuple):
    """Everything about a recipe that is a whole number.

    Attributes
    ----------
    frames, hop, length : int
        How many frames there are, and samples from one to the next and in each.
    laid : int
        Rows of samples that are turned at a time: the length, in whole vectors.
    bins : int
        Rows of a spectrum.
    bands : int
        Rows that bands are summed into, and one more for the energy.
    coefficients : int
        Rows in the end.
    result : int
        Which step is the last: SPECTRUM, BANDS, LOGARITHMS or COEFFICIENTS.
    guard : int
        ZERO, MAX or ADD.
    is_shaped : int
        1 if frames have anything done to them before the transform.
    is_centred : int
        1 if their mean is taken from them.
    is_root : int
        1 for magnitudes in place of powers.
    is_log : int
        1 if logarithms are taken.
    energy : int
        Which of the last rows the energy replaces, or -1.
    is_energy_of_frame : int
        1 if it is that of the samples, 0 if of the spectrum.
    stage : int
        WHOLE; MEASURED, only the largest logarithm of each block is wanted, and all are kept where there is room; or
        KEPT, what follows is made of those.
    """

    frames: int
    hop: int
    length: int
    laid: int
    bins: int
    bands: int
    coefficients: int
    result: int
    guard: int
    is_shaped: int
    is_centred: int
    is_root: int
    is_log: int
    energy: int
    is_energy_of_frame: int
    stage: int


PREEMPHASIS, GAIN, SCALE, OVER_SOUND, FLOOR, FACTOR, LOWEST, SHIFT, SLOPE = range(9)
"""What stands at each place of `numbers`: k of each frame; what |2 X|^2 is multiplied with, and samples; k of the whole
sound; the floor of powers, the factor of natural logarithms, the lowest of them, what is added to them, and what
they are multiplied with in the end."""


@Piece
def lay_frames(
    samples: Any,
    at: int,
    silence: int,
    count: int,
    steps: Steps,
    numbers: Any,
    line: Any,
    lines: Any,
    plane: Any,
    lanes: int,
) -> None:
    """Lay `count` frames, the first of which begins at `at`, into the lanes of the plane; the others hold zeros.

    So do samples from `silence` on, after preemphasis.
    """
    k = numbers[OVER_SOUND]
    scale = numbers[SCALE]
    for m in range(lanes):
        row = lines[m * steps.laid : m * steps.laid + steps.length]
        if m >= count:
            row[:] = 0
            continue
        start = at + m * steps.hop
        if k == 0:
            source = samples[start : start + steps.length]
            for n in range(steps.length):
                row[n] = source[n]
        else:
            source = samples[start - 1 : start + steps.length]
            for n in range(steps.length + 1):
                line[n] = source[n]
            now = line[1 : steps.length + 1]
            for n in range(steps.length):
                row[n] = now[n] - k * line[n]
            row[max(silence - start, 0) :] = 0
        if scale != 1:
            for n in range(steps.length):
                row[n] *= scale
    turn(lines, 0, steps.laid, lanes, plane, 0, lanes, lanes * lanes, steps.laid // lanes)


@Piece
def transform(plane: Any, work_real: Any, work_imaginary: Any, lanes: int, factors: Any, turns: Any) -> None:
    """Transform the samples of the plane, taken in pairs, into rows whose order the steps decide."""
    real, imaginary, apart = plane, plane[lanes:], 2 * lanes
    for s in range(0, turns.shape[0], STEP):
        radix, length, place, size = turns[s], turns[s + 1], turns[s + 2], turns[1]
        if radix == 8:
            forth_8(real, imaginary, 0, apart, work_real, work_imaginary, 0, lanes, factors, place, length, size)
        elif radix == 4:
            forth_4(real, imaginary, 0, apart, work_real, work_imaginary, 0, lanes, factors, place, length, size)
        elif radix == 5:
            forth_5(real, imaginary, 0, apart, work_real, work_imaginary, 0, lanes, factors, place, length, size)
        elif radix == 3:
            forth_3(real, imaginary, 0, apart, work_real, work_imaginary, 0, lanes, factors, place, length, size)
        else:
            forth_2(real, imaginary, 0, apart, work_real, work_imaginary, 0, lanes, factors, place, length, size)
        real, imaginary, apart = work_real, work_imaginary, lanes
