"""Frames of a sound copied into the lanes of vectors, and their Fourier transform.

As many frames as a vector has lanes stand side by side in a plane, whose rows are samples and whose columns are frames.
Everything runs down the rows. Index letters: n sample, t frame, m lane. All arrays are flat.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnkit.loops.butterflies import STEP, forth_2, forth_3, forth_4, forth_5, forth_8
from cnnkit.loops.lanes import transpose
from cnnkit.loops.machine.compile import Piece

SPECTRUM, BANDS, LOGARITHMS, COEFFICIENTS = range(4)
"""Results."""

ZERO, MAX, ADD = range(3)
"""Guards against the logarithm of 0: replace it, raise all to the floor, or add the floor."""

WHOLE, MEASURED, CACHED = range(3)
"""What a call computes: everything; only each block's largest logarithm; or the rest, from cached logarithms."""


class Steps(NamedTuple):
    """The whole numbers of a recipe."""

    frames: int
    hop: int  # samples from one frame to the next
    length: int  # samples of a frame
    padded: int  # rows that are transposed at a time: the length, in whole vectors
    bins: int  # rows of a spectrum
    bands: int  # rows of bands, and one more for the energy
    coefficients: int  # rows of the result
    result: int  # the last step: SPECTRUM, BANDS, LOGARITHMS or COEFFICIENTS
    guard: int  # ZERO, MAX or ADD
    is_shaped: int  # whether anything is done to frames before the transform
    is_centred: int  # whether their mean is subtracted
    is_root: int  # magnitudes instead of powers
    is_log: int
    energy: int  # the row of the result that the energy replaces, or -1
    is_energy_of_frame: int  # of its samples; otherwise of its spectrum
    stage: int  # WHOLE, MEASURED or CACHED


PREEMPHASIS, GAIN, SCALE, OVER_SOUND, FLOOR, FACTOR, LOWEST, SHIFT, SLOPE = range(9)
"""Places in `numbers`: preemphasis of each frame; gain of |2 X|^2; scale of samples; preemphasis of the whole sound;
floor of powers; factor of natural logarithms, the lowest of them, then a shift, then a slope."""


@Piece
def copy_frames(
    samples: Any, at: int, silence: int, count: int, steps: Steps, numbers: Any,
    line: Any, lines: Any, plane: Any, lanes: int,
) -> None:  # fmt: skip
    """Copy `count` frames, the first of which begins at `at`, into the lanes of the plane; other lanes hold zeros.

    Samples from `silence` on are zeros after preemphasis.
    """
    k = numbers[OVER_SOUND]
    scale = numbers[SCALE]
    for m in range(lanes):
        row = lines[m * steps.padded : m * steps.padded + steps.length]
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
    transpose(lines, 0, steps.padded, lanes, plane, 0, lanes, lanes * lanes, steps.padded // lanes)


@Piece
def transform(plane: Any, work_real: Any, work_imaginary: Any, lanes: int, factors: Any, steps: Any) -> None:
    """Transform the samples of the plane, taken in pairs, into rows in the order of the steps."""
    real, imaginary, spacing = plane, plane[lanes:], 2 * lanes
    for s in range(0, steps.shape[0], STEP):
        radix, length, place, size = steps[s], steps[s + 1], steps[s + 2], steps[1]
        if radix == 8:
            forth_8(real, imaginary, 0, spacing, work_real, work_imaginary, 0, lanes, factors, place, length, size)
        elif radix == 4:
            forth_4(real, imaginary, 0, spacing, work_real, work_imaginary, 0, lanes, factors, place, length, size)
        elif radix == 5:
            forth_5(real, imaginary, 0, spacing, work_real, work_imaginary, 0, lanes, factors, place, length, size)
        elif radix == 3:
            forth_3(real, imaginary, 0, spacing, work_real, work_imaginary, 0, lanes, factors, place, length, size)
        else:
            forth_2(real, imaginary, 0, spacing, work_real, work_imaginary, 0, lanes, factors, place, length, size)
        real, imaginary, spacing = work_real, work_imaginary, lanes
