"""Features of a sound: frames side by side in the lanes of vectors, from samples to coefficients in one pass.

As many frames as a vector has lanes are copied into a plane, whose rows are samples and whose columns are frames. All
that follows runs down the rows of that plane and stays in the processor's cache: mean, preemphasis and taper; the
Fourier transform of real samples, as a complex one of half the size; power; the sums of the mel bands without their
zeros; logarithms; cosines. No lane reads another one, so a frame's numbers do not depend on its neighbours, its block
or its thread.

Index letters: n sample, t frame, m lane. All arrays are flat.
"""

from __future__ import annotations

import math
from typing import Any

from cnnkit.loops.features.frames import (
    ADD,
    BANDS,
    CACHED,
    COEFFICIENTS,
    FACTOR,
    FLOOR,
    LOWEST,
    MAX,
    MEASURED,
    SHIFT,
    SLOPE,
    SPECTRUM,
    Steps,
    copy_frames,
    transform,
)
from cnnkit.loops.features.spectra import logarithm, power, shape, sums
from cnnkit.loops.machine.compile import Piece, compiled
from cnnkit.loops.machine.processor import VECTOR_BYTES


@Piece
def take_logarithms(rows: Any, count: int, steps: Steps, numbers: Any) -> None:
    """Guarded logarithms of `count` numbers, a multiple of the lanes, in place."""
    floor = numbers[FLOOR]
    if steps.guard == ADD:
        for x in range(count):
            rows[x] += floor
    elif steps.guard == MAX:
        for x in range(count):
            rows[x] = rows[x] if rows[x] > floor else floor
    else:
        for x in range(count):
            rows[x] = floor if rows[x] == 0 else rows[x]
    logarithm(rows, count // (VECTOR_BYTES // rows.itemsize))
    factor = numbers[FACTOR]
    if factor != 1:
        for x in range(count):
            rows[x] *= factor


@Piece
def limit(rows: Any, count: int, numbers: Any) -> None:
    """Raise logarithms to the lowest allowed, then shift and stretch them."""
    lowest, shift, slope = numbers[LOWEST], numbers[SHIFT], numbers[SLOPE]
    for x in range(count):
        rows[x] = rows[x] if rows[x] > lowest else lowest
    if shift != 0 or slope != 1:
        for x in range(count):
            rows[x] = (rows[x] + shift) * slope


@Piece
def largest_of(rows: Any, count: int, frames: int, lanes: int) -> float:
    """The largest number of the first `frames` lanes."""
    found = -math.inf
    for x in range(0, count, lanes):
        for m in range(frames):
            found = max(found, rows[x + m])
    return found


@Piece
def write(rows: Any, first: int, count: int, numbers: int, lanes: int, out: Any) -> None:
    """Write `count` frames, the numbers of each side by side."""
    for m in range(count):
        row = out[(first + m) * numbers : (first + m + 1) * numbers]
        source = rows[m:]
        for c in range(numbers):
            row[c] = source[c * lanes]


@Piece
def to_logarithms(bins: Any, given: Any, bands: Any, energy: Any, lanes: int) -> None:
    """Bands of spectra and their logarithms, in place: everything that needs this block alone."""
    steps, numbers, weights, firsts, starts = given
    rows, height = bins, steps.bins
    if steps.result > SPECTRUM:
        height = steps.bands
        # The last band is all bins, for the energy.
        count = height + (1 if steps.energy >= 0 and not steps.is_energy_of_frame else 0)
        sums(bins, bands, weights, firsts, starts, count)
        rows = bands
    extra = 0
    if steps.result == COEFFICIENTS and steps.energy >= 0:
        extra = 1
        if steps.is_energy_of_frame:
            # A slice given to a slice would make Numba allocate: the two might overlap.
            for m in range(lanes):
                bands[height * lanes + m] = energy[m]
    if steps.is_log and steps.result != BANDS:
        take_logarithms(rows, (height + extra) * lanes, steps, numbers)


@Piece
def from_logarithms(
    bins: Any, first: int, count: int, given: Any, bands: Any, coefficients: Any, lanes: int, out: Any
) -> None:
    """Limit logarithms to their range, compute coefficients, and write the result."""
    steps, numbers, weights, firsts, starts = given
    rows, height = bins, steps.bins
    if steps.result > SPECTRUM:
        rows, height = bands, steps.bands
    if steps.result != BANDS:
        limit(rows, height * lanes, numbers)
    if steps.result == COEFFICIENTS:
        # The matrix follows the weights of the bands, and the sum over all bins.
        sums(bands, coefficients, weights, firsts[height + 1 :], starts[height + 1 :], steps.coefficients)
        if steps.energy >= 0:
            place = steps.energy * lanes
            for m in range(lanes):
                coefficients[place + m] = bands[height * lanes + m]
        rows, height = coefficients, steps.coefficients
    write(rows, first, count, height, lanes, out)


@Piece
def describe(
    bins: Any, block: int, count: int, given: Any,
    bands: Any, coefficients: Any, energy: Any, lanes: int,
    largest: Any, cached: Any, out: Any,
) -> None:  # fmt: skip
    """Compute the features of the spectra of a block, as far as the stage says, or go on from its cached logarithms."""
    steps = given[0]
    rows, height = bins, steps.bins
    if steps.result > SPECTRUM:
        rows, height = bands, steps.bands
    size = (height + 1) * lanes if steps.result > SPECTRUM else height * lanes
    if steps.stage == CACHED:
        source = cached[block * size : (block + 1) * size]
        for x in range(size):
            rows[x] = source[x]
    else:
        to_logarithms(bins, given, bands, energy, lanes)
    if steps.stage == MEASURED:
        largest[block] = largest_of(rows, height * lanes, count, lanes)
        if cached.shape[0] > 0:
            target = cached[block * size : (block + 1) * size]
            for x in range(size):
                target[x] = rows[x]
    else:
        from_logarithms(bins, block * lanes, count, given, bands, coefficients, lanes, out)


@compiled(
    "S[1], i8, i8, T[1], T[1], i8[1], i8[1], T[1], T[1], i8[1], i8[1], T[1], T[1], T[1], O[1], Steps,"
    " T[1], T[1], T[1], T[1], T[1], T[1], i8, i8",
    S=("i2", "i4", "f4", "f8"),
    T=("f4", "f8"),
    O=("f4", "f8"),
    Steps=Steps,
)
def describe_frames(
    samples: Any, origin: int, silence: int,
    taper: Any, factors: Any, transform_steps: Any, places: Any, roots: Any,
    weights: Any, firsts: Any, starts: Any, numbers: Any,
    largest: Any, cached: Any, out: Any, steps: Steps,
    lines: Any, plane: Any, work: Any, bins: Any, bands: Any, coefficients: Any,
    first_block: int, last_block: int,
) -> None:  # fmt: skip
    """Compute the features of the frames in some blocks of as many as a vector has lanes.

    Frame 0 begins at sample `origin`, which has another one before it for a preemphasis over the sound; all frames lie
    within the samples, which are zeros after preemphasis from `silence` on. `factors` and `places` belong to
    `transform_steps`. `cached` holds the logarithms of every block, if it has room.
    """
    lanes = VECTOR_BYTES // plane.itemsize
    half = steps.bins - 1
    # A frame is followed by zeros up to the FFT's size, and in its line up to a whole vector.
    for m in range(lanes):
        lines[m * steps.padded + steps.length : (m + 1) * steps.padded] = 0
    plane[steps.padded * lanes :] = 0
    line = lines[lanes * steps.padded :]
    mean, energy = coefficients[steps.coefficients * lanes :], coefficients[(steps.coefficients + 1) * lanes :]
    mean[:lanes] = 0
    work_real, work_imaginary = work[: half * lanes], work[half * lanes :]
    for block in range(first_block, last_block):
        first = block * lanes
        count = min(lanes, steps.frames - first)
        given = (steps, numbers, weights, firsts, starts)
        if steps.stage != CACHED:
            copy_frames(samples, origin + first * steps.hop, silence, count, steps, numbers, line, lines, plane, lanes)
            if steps.is_centred:
                # Weights of 1 follow those of the cosines: of equal samples the mean is exact, and nothing is left.
                last = firsts.shape[0] - 1
                sums(plane, mean, weights, firsts[last:], starts[last:], 1)
                for m in range(lanes):
                    mean[m] /= steps.length
            if steps.is_shaped:
                shape(plane, steps.length, taper, numbers, mean, energy)
            transform(plane, work_real, work_imaginary, lanes, factors, transform_steps)
            power(work_real, work_imaginary, bins, places, roots, half, numbers)
            if steps.is_root:
                for x in range(steps.bins * lanes):
                    bins[x] = math.sqrt(bins[x])
        describe(bins, block, count, given, bands, coefficients, energy, lanes, largest, cached, out)


@compiled(
    "T[1], T[1], T[1], i8[1], i8[1], T[1], T[1], T[1], O[1], Steps, T[1], T[1], T[1], i8, i8",
    T=("f4", "f8"),
    O=("f4", "f8"),
    Steps=Steps,
)
def describe_spectra(
    spectra: Any, energies: Any,
    weights: Any, firsts: Any, starts: Any, numbers: Any,
    largest: Any, cached: Any, out: Any, steps: Steps,
    bins: Any, bands: Any, coefficients: Any, first_block: int, last_block: int,
) -> None:  # fmt: skip
    """Compute features from spectra, the bins of a frame side by side, and the energies of their frames."""
    lanes = VECTOR_BYTES // bins.itemsize
    energy = coefficients[steps.coefficients * lanes :]
    for block in range(first_block, last_block):
        first = block * lanes
        count = min(lanes, steps.frames - first)
        given = (steps, numbers, weights, firsts, starts)
        if steps.stage != CACHED:
            for m in range(lanes):
                target = bins[m:]
                if m >= count:
                    for k in range(steps.bins):
                        target[k * lanes] = 1
                    energy[m] = 1
                    continue
                source = spectra[(first + m) * steps.bins : (first + m + 1) * steps.bins]
                for k in range(steps.bins):
                    target[k * lanes] = source[k]
                energy[m] = energies[first + m]
        describe(bins, block, count, given, bands, coefficients, energy, lanes, largest, cached, out)
