"""The computation of features, some frames at a time: which loop runs over which stretch of a sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.arrays import allocate
from cnnkit.data.recipes.recipe import FeaturePlan
from cnnkit.data.signal import Samples, Signal
from cnnkit.errors import ArgumentError
from cnnkit.loops.features.features import describe_frames, describe_spectra
from cnnkit.loops.features.frames import CACHED, LOWEST, MEASURED, SCALE, SHIFT, WHOLE, Steps
from cnnkit.loops.machine.bands import run_bands
from cnnkit.loops.machine.processor import VECTOR_BYTES
from cnnkit.operations.features.samples import LOUDEST, Stretch, emphasised, over_sound, read, scale_of, stretch
from cnnkit.operations.features.tables import tables

BLOCK_SAMPLES = 2**20
"""Samples read at a time, or numbers computed: some megabytes, in which every thread finds work."""

FOURIER_BLOCK_SAMPLES = 2**17
"""Samples in a block of frames that NumPy transforms: some megabytes of spectra, which stay in cache."""

MAX_CACHED_BYTES = 2**25
"""Memory for logarithms cached in the first pass of a log range; beyond it they are computed again."""

STEPS_PER_SAMPLE = 1
"""Inner steps for each sample of a frame, by which work is shared among threads."""


def compute_features(
    plan: FeaturePlan, signal: Samples, dtype: npt.DTypeLike = "float32", threads: int | None = None
) -> npt.NDArray[Any]:
    """The features of a sound, (frames, columns, 1), in float32 or float64."""
    return Work(plan, signal, dtype, threads).array()


def works_of(
    plan: FeaturePlan, channels: Sequence[Samples], dtype: npt.DTypeLike = "float32", threads: int | None = None
) -> list[Work]:
    """The computation of each channel of a sound, with one largest logarithm for all, as librosa and torchaudio do."""
    works = [Work(plan, channel, dtype, threads) for channel in channels]
    for work in works:
        work.channels = works
    return works


def silent_frame(plan: FeaturePlan, channels: Sequence[Samples], dtype: npt.DTypeLike = "float32") -> npt.NDArray[Any]:
    """The features of a frame of zeros, (columns,), as if it were one of the sound: within the range of its loudest."""
    zeros = Signal(np.zeros(max(plan.n_fft, plan.frames.hop_length), np.int16), plan.sample_rate)
    silent = Work(plan.recipe.plan(zeros.count, zeros.sample_rate), zeros, dtype, 1)
    silent.channels = works_of(plan, channels, dtype)
    return silent.array()[0, :, 0]


class _Room(NamedTuple):
    """Where some frames are written."""

    out: npt.NDArray[Any]
    largest: npt.NDArray[Any]  # the largest logarithm of each block
    cached: npt.NDArray[Any]  # the logarithms themselves

    def part(self, block: int, frame: int, columns: int, logarithms: int) -> _Room:
        """The room from some block and frame on."""
        return _Room(self.out[frame * columns :], self.largest[block:], self.cached[block * logarithms :])


class Work:
    """The computation of features, block by block, so that memory need not grow with the sound."""

    def __init__(self, plan: FeaturePlan, signal: Samples, dtype: npt.DTypeLike, threads: int | None) -> None:
        if str(dtype) not in ("float32", "float64") and dtype not in (np.float32, np.float64):
            raise ArgumentError(f"dtype {dtype!r} is not a type of the result", hint="use float32 or float64")
        self.plan = plan
        self.signal = signal
        self.threads = threads
        self.channels: Sequence[Work] = (self,)  # of the sound, whose largest logarithm counts
        self.dtype = np.dtype(dtype)
        precision = self.dtype if self.dtype == np.float64 else np.dtype(plan.recipe.precision)
        self._tables = tables(plan, precision)
        self._numbers = self._tables.numbers.copy()
        scale = scale_of(plan, signal, signal.between(0, 1).dtype)
        self._numbers[SCALE] = scale
        self._loudest = LOUDEST[precision.name] / max(scale, 1)  # LOUDEST is on the recipe's scale
        self._cached: dict[int, npt.NDArray[Any]] = {}
        self._sample_dtype = np.dtype(np.float32)  # of the samples that were read last

    def blocks(self, into: npt.NDArray[Any] | None = None) -> Iterator[tuple[int, npt.NDArray[Any]]]:
        """The rows of the result, some at a time, each time with the number of the first: views of `into`, or new."""
        plan = self.plan
        if plan.recipe.kind == "waveform":
            rows = allocate(plan.shape[:2], self.dtype) if into is None else into
            with np.errstate(over="ignore"):  # infinite beyond float32, as anywhere
                rows[0] = read(self.signal, 0, self.signal.count, LOUDEST["float64"])
            yield 0, rows
            return
        if plan.recipe.needs_largest:
            if plan.recipe.log_range is not None:
                self._numbers[LOWEST] = self._largest - plan.recipe.log_range
            if plan.recipe.log_ref == "max":
                self._numbers[SHIFT] = plan.recipe.log_shift - self._largest
            if any(begin not in self._cached for begin, _ in self._parts()):
                self.signal.between(0, 1)  # a sound that is read piece by piece begins anew, and does not look back
        for begin, end in self._parts():
            rows = np.empty((end - begin, plan.shape[1]), self.dtype) if into is None else into[begin:end]
            self._fill(rows, begin, end)
            yield begin, rows

    def array(self) -> npt.NDArray[Any]:
        """All rows: (frames, columns, 1)."""
        out = allocate(self.plan.shape[:2], self.dtype)
        for _ in self.blocks(out):
            pass
        return out[:, :, None]

    @cached_property
    def _largest(self) -> float:
        """The largest logarithm of the whole sound, in whichever channel."""
        return max(work._own_largest for work in self.channels)

    @cached_property
    def _own_largest(self) -> float:
        return max(self._fill(None, begin, end) for begin, end in self._parts())

    def _parts(self) -> Iterator[tuple[int, int]]:
        """Runs of frames that are computed together: where each begins and ends."""
        count = self.plan.frames.count
        frames = max(1, BLOCK_SAMPLES // max(self.plan.frames.hop_length, self.plan.shape[1]))
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
        """Compute frames `begin` to `end`; or, without rows to fill, only their largest logarithm."""
        blocks, precision = -(-(end - begin) // self._lanes), self._numbers.dtype
        cached = self._cached.get(begin, np.empty(0, precision))
        if rows is None:
            size = blocks * self._logarithms
            if (size + sum(one.size for one in self._cached.values())) * precision.itemsize <= MAX_CACHED_BYTES:
                cached = self._cached[begin] = np.empty(size, precision)
        stage = MEASURED if rows is None else CACHED if cached.size else WHOLE
        room = _Room(
            np.empty(0, self.dtype) if rows is None else rows.reshape(-1), np.full(blocks, -np.inf, precision), cached
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
            part = Stretch(np.empty(0, self._sample_dtype), 0, 0)
        else:
            part = stretch(self.plan, self.signal, begin, end, self._loudest)
            self._sample_dtype = part.samples.dtype
        sizes = (
            lanes * steps.padded + steps.length + 1,
            max(self.plan.n_fft, steps.padded) * lanes,
            2 * (steps.bins - 1) * lanes,
            steps.bins * lanes,
            (steps.bands + 1) * lanes,
            (steps.coefficients + 2) * lanes,
        )
        run_bands(
            describe_frames,
            len(room.largest),
            len(room.largest) * lanes * self.plan.n_fft * STEPS_PER_SAMPLE,
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
            room.cached,
            room.out,
            steps,
            scratch=[(size, numbers.dtype) for size in sizes],
        )

    def _by_numpy(self, begin: int, end: int, steps: Steps, room: _Room) -> None:
        """The features of frames from `begin` to `end` by NumPy's transform, for sizes that the loops have none for."""
        lanes, precision = self._lanes, self._numbers.dtype
        block = max(1, FOURIER_BLOCK_SAMPLES // max(self.plan.n_fft, self.plan.frames.hop_length, 1) // lanes) * lanes
        for first in range(begin, end, block):
            last = min(first + block, end)
            nothing = np.empty(0, precision)
            spectra, energies = (nothing, nothing) if steps.stage == CACHED else self._spectra(first, last)
            number = (first - begin) // lanes
            part = room.part(number, first - begin, self.plan.shape[1], self._logarithms)
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
                part.cached,
                part.out,
                steps._replace(frames=last - first),
                scratch=[(size, precision) for size in sizes],
            )

    def _spectra(self, begin: int, end: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Spectra of frames, one after another, and the energies of the frames; in float64, then rounded."""
        plan, recipe, precision = self.plan, self.plan.recipe, self._numbers.dtype
        frames = plan.frames
        start, stop = frames.start(begin), frames.start(end - 1) + frames.length
        sound = emphasised(plan, self.signal, start, stop, self._loudest) * float(self._numbers[SCALE])
        cut = np.lib.stride_tricks.sliding_window_view(sound, frames.length)[:: frames.hop_length]
        if recipe.remove_mean:
            cut = cut - cut.mean(axis=1, keepdims=True)
        energies = np.square(cut).sum(axis=1)
        if not over_sound(plan) and recipe.preemphasis:
            cut = cut - recipe.preemphasis * np.concatenate([cut[:, :1], cut[:, :-1]], axis=1)
        spectra = np.fft.rfft(cut * self._tables.taper.astype(np.float64), plan.n_fft, axis=1)
        power = np.square(spectra.real) + np.square(spectra.imag)
        if recipe.spectrum == "power/n_fft":
            power /= plan.n_fft
        if recipe.spectrum == "magnitude":
            power = np.sqrt(power)
        return power.reshape(-1).astype(precision), energies.astype(precision)
