"""The computation of features, some frames at a time: which loop runs over which stretch of a sound."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.data.recipes.recipe import Layout, Recipe
from cnnkit.data.signal import Samples
from cnnkit.errors import ArgumentError
from cnnkit.loops.features.features import describe_frames, describe_spectra
from cnnkit.loops.features.frames import CACHED, LOWEST, MEASURED, SCALE, VECTOR_BYTES, WHOLE, Steps
from cnnkit.loops.machine.bands import run_bands
from cnnkit.operations.features.samples import LOUDEST, Stretch, emphasised, over_sound, read, scale_of, stretch
from cnnkit.operations.features.tables import tables

BLOCK = 2**20
"""Samples that are asked for at a time, and numbers that are made of them: some megabytes, in which every thread finds
work."""

FOURIER_BLOCK = 2**17
"""Samples in a block of frames that NumPy transforms: some megabytes of spectra, which stay in cache."""

MOST_KEPT = 2**25
"""Bytes of logarithms that are kept while the largest of them is looked for; others are computed anew."""

STEPS = 1
"""Inner steps for each sample of a frame, by which work is shared among threads."""


def run(
    recipe: Recipe, signal: Samples, dtype: npt.DTypeLike = "float32", threads: int | None = None
) -> npt.NDArray[Any]:
    """Compute what `features` returns, of a recipe and a signal that are read already."""
    work = Work(recipe.lay_out(signal.count, signal.sample_rate), signal, dtype, threads)
    out = np.empty(work.layout.shape[:2], dtype=work.out_kind)
    for _ in work.blocks(out):
        pass
    return out[:, :, None]


class _Room(NamedTuple):
    """Where some frames are written: their numbers, the largest logarithm of each block, the logarithms themselves."""

    out: npt.NDArray[Any]
    largest: npt.NDArray[Any]
    kept: npt.NDArray[Any]

    def part(self, block: int, frame: int, columns: int, logarithms: int) -> _Room:
        """The room from some block and frame on."""
        return _Room(self.out[frame * columns :], self.largest[block:], self.kept[block * logarithms :])


class Work:
    """The computation of features, block by block, so that memory need not grow with the sound.

    Parameters
    ----------
    layout : Layout
    signal : Samples
    dtype : {"float32", "float64"}
        Type of the result.
    threads : int or None
        How many threads; None means one for each available processor.

    Raises
    ------
    ArgumentError
        If the type is another one, or the recipe needs to know the full scale of samples of which it is unknown.
    """

    def __init__(self, layout: Layout, signal: Samples, dtype: npt.DTypeLike, threads: int | None) -> None:
        if str(dtype) not in ("float32", "float64") and dtype not in (np.float32, np.float64):
            raise ArgumentError(f"dtype {dtype!r} is not a type of the result", hint="use float32 or float64")
        self.layout = layout
        self.signal = signal
        self.threads = threads
        self.out_kind = np.dtype(dtype)
        kind = self.out_kind if self.out_kind == np.float64 else np.dtype(layout.recipe.precision)
        self._tables = tables(layout, kind)
        self._numbers = self._tables.numbers.copy()
        scale = scale_of(layout, signal, signal.between(0, 1).dtype)
        self._numbers[SCALE] = scale
        self._loudest = LOUDEST[kind.name] / max(scale, 1)  # which is of samples on the recipe's scale
        self._kept: dict[int, npt.NDArray[Any]] = {}
        self._taken = np.dtype(np.float32)  # as the samples were, when logarithms that were kept are gone on with

    def blocks(self, into: npt.NDArray[Any] | None = None) -> Iterator[tuple[int, npt.NDArray[Any]]]:
        """The rows of the result, some at a time, and which is the first of them; as often as they are asked for.

        Parameters
        ----------
        into : ndarray, (frames, columns), optional
            Where they are computed; fresh arrays otherwise.
        """
        layout = self.layout
        if layout.recipe.kind == "waveform":
            rows = np.empty(layout.shape[:2], self.out_kind) if into is None else into
            with np.errstate(over="ignore"):  # infinite beyond float32, as anywhere
                rows[0] = read(self.signal, 0, self.signal.count, LOUDEST["float64"])
            yield 0, rows
            return
        if layout.recipe.log_range is not None and layout.recipe.kind != "mel":
            self._numbers[LOWEST] = self._largest - layout.recipe.log_range
            if any(begin not in self._kept for begin, _ in self._parts()):
                self.signal.between(0, 1)  # a sound that is read piece by piece begins anew, and does not look back
        for begin, end in self._parts():
            rows = np.empty((end - begin, layout.shape[1]), self.out_kind) if into is None else into[begin:end]
            self._fill(rows, begin, end)
            yield begin, rows

    @cached_property
    def _largest(self) -> float:
        """The largest logarithm of the whole sound."""
        return max(self._fill(None, begin, end) for begin, end in self._parts())

    def _parts(self) -> Iterator[tuple[int, int]]:
        """Runs of frames that are computed at a time."""
        count = self.layout.frames.count
        frames = max(1, BLOCK // max(self.layout.frames.hop_length, self.layout.shape[1]))
        for begin in range(0, count, frames):
            yield begin, min(begin + frames, count)

    @property
    def _lanes(self) -> int:
        return VECTOR_BYTES // int(self._numbers.itemsize)

    @property
    def _logarithms(self) -> int:
        """Logarithms in a block of frames."""
        steps: Steps = self._tables.steps
        return self._lanes * (steps.bands + 1 if steps.bands else steps.bins)

    def _fill(self, rows: npt.NDArray[Any] | None, begin: int, end: int) -> float:
        """Compute frames `begin` to `end`; or, without anything to fill, the largest logarithm of them alone."""
        blocks, kind = -(-(end - begin) // self._lanes), self._numbers.dtype
        kept = self._kept.get(begin, np.empty(0, kind))
        if rows is None:
            size = blocks * self._logarithms
            if (size + sum(one.size for one in self._kept.values())) * kind.itemsize <= MOST_KEPT:
                kept = self._kept[begin] = np.empty(size, kind)
        stage = MEASURED if rows is None else CACHED if kept.size else WHOLE
        room = _Room(
            np.empty(0, self.out_kind) if rows is None else rows.reshape(-1), np.full(blocks, -np.inf, kind), kept
        )
        steps = self._tables.steps._replace(frames=end - begin, stage=stage)
        if self._tables.is_in_lanes:
            self._in_lanes(begin, end, steps, room)
        else:
            self._by_numpy(begin, end, steps, room)
        return float(room.largest.max())

    def _in_lanes(self, begin: int, end: int, steps: Steps, room: _Room) -> None:
        t, numbers, lanes = self._tables, self._numbers, self._lanes
        if steps.stage == CACHED:
            part = Stretch(np.empty(0, self._taken), 0, 0)
        else:
            part = stretch(self.layout, self.signal, begin, end, self._loudest)
            self._taken = part.samples.dtype
        sizes = (
            lanes * steps.padded + steps.length + 1,
            max(self.layout.n_fft, steps.padded) * lanes,
            2 * (steps.bins - 1) * lanes,
            steps.bins * lanes,
            (steps.bands + 1) * lanes,
            (steps.coefficients + 2) * lanes,
        )
        run_bands(
            describe_frames,
            len(room.largest),
            len(room.largest) * lanes * self.layout.n_fft * STEPS,
            self.threads,
            part.samples,
            part.origin,
            part.silence,
            t.taper,
            t.factors,
            t.turns,
            t.places,
            t.roots,
            t.weights,
            t.firsts,
            t.starts,
            numbers,
            room.largest,
            room.kept,
            room.out,
            steps,
            scratch=[(size, numbers.dtype) for size in sizes],
        )

    def _by_numpy(self, begin: int, end: int, steps: Steps, room: _Room) -> None:
        """The same for sizes that the loops have no transform of."""
        lanes, kind = self._lanes, self._numbers.dtype
        block = max(1, FOURIER_BLOCK // max(self.layout.n_fft, self.layout.frames.hop_length, 1) // lanes) * lanes
        for first in range(begin, end, block):
            last = min(first + block, end)
            nothing = np.empty(0, kind)
            spectra, energies = (nothing, nothing) if steps.stage == CACHED else self._spectra(first, last)
            number = (first - begin) // lanes
            part = room.part(number, first - begin, self.layout.shape[1], self._logarithms)
            sizes = (steps.bins * lanes, (steps.bands + 1) * lanes, (steps.coefficients + 1) * lanes)
            run_bands(
                describe_spectra,
                -(-(last - first) // lanes),
                (last - first) * steps.bins,
                self.threads,
                spectra,
                energies,
                self._tables.weights,
                self._tables.firsts,
                self._tables.starts,
                self._numbers,
                part.largest,
                part.kept,
                part.out,
                steps._replace(frames=last - first),
                scratch=[(size, kind) for size in sizes],
            )

    def _spectra(self, begin: int, end: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Spectra of frames, one after another, and the energies of the frames; in float64, then rounded."""
        layout, recipe, kind = self.layout, self.layout.recipe, self._numbers.dtype
        frames = layout.frames
        start, stop = frames.start(begin), frames.start(end - 1) + frames.length
        sound = emphasised(layout, self.signal, start, stop, self._loudest) * float(self._numbers[SCALE])
        cut = np.lib.stride_tricks.sliding_window_view(sound, frames.length)[:: frames.hop_length]
        if recipe.remove_mean:
            cut = cut - cut.mean(axis=1, keepdims=True)
        energies = np.square(cut).sum(axis=1)
        if not over_sound(layout) and recipe.preemphasis:
            cut = cut - recipe.preemphasis * np.concatenate([cut[:, :1], cut[:, :-1]], axis=1)
        spectra = np.fft.rfft(cut * self._tables.taper.astype(np.float64), layout.n_fft, axis=1)
        power = np.square(spectra.real) + np.square(spectra.imag)
        if recipe.spectrum == "power/n_fft":
            power /= layout.n_fft
        if recipe.spectrum == "magnitude":
            power = np.sqrt(power)
        return power.reshape(-1).astype(kind), energies.astype(kind)
