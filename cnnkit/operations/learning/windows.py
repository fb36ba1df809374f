"""Windows of images and what became of each: all that a kernel is learned from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit import arrays
from cnnkit.arrays import Array, Floats, Integers
from cnnkit.errors import SizeError
from cnnkit.geometry.padding import PadMode
from cnnkit.geometry.pair import Pair, counted, pair_text
from cnnkit.geometry.window import Placement, Window, place

MOST_WINDOWS = 1 << 20
"""Windows that are kept; of more, as many are drawn at random."""


class Windows(NamedTuple):
    """Samples of all images, where each window begins, and the results that belong to it."""

    samples: Floats  # flat, of all images
    places: Integers  # of each window's first sample
    taps: Integers  # from there to the sample under each weight
    targets: Floats  # (windows, kernels)
    shape: tuple[int, ...]  # of the weights: rows, columns, depth (without it one grid for every channel), kernels
    step: float  # between the levels of the results: 1 for whole numbers, 0 for floats
    left_out: int  # results that were clipped or are not finite

    @property
    def kernels(self) -> int:
        """How many kernels are learned."""
        return int(self.targets.shape[1])

    def matrix(self, begin: int, end: int) -> Floats:
        """The samples under some windows: (windows, taps)."""
        found: Floats = self.samples[self.places[begin:end, None] + self.taps]
        return found


def gather(
    pairs: Sequence[tuple[npt.ArrayLike, npt.ArrayLike]],
    window: Window,
    *,
    pad_mode: PadMode | None = None,
    depth: str = "each",
    seed: int = 0,
) -> Windows:
    """All windows of pairs of images, each before and after, that a kernel is to be learned from.

    Without a `pad_mode` only windows that lie in the image count. Results that may have been clipped, at the ends of an
    integer type, and any that are not finite are left out. A SizeError if sizes or depths do not go together.
    """
    images = [tuple(arrays.as_batch(one).samples[0] for one in pair) for pair in pairs]
    landings = [landing(before.shape[:2], after.shape[:2], window) for before, after in images]
    _check_depths(images, depth)
    channels, is_each = images[0][0].shape[2], depth == "each"
    width = max(one.padded[1] for one in landings)
    taps = np.add.outer(
        np.arange(window.size[0]) * window.dilation[0] * width * channels,
        np.arange(window.size[1]) * window.dilation[1] * channels,
    )
    if not is_each:
        taps = np.add.outer(taps, np.arange(channels))
    samples, places, targets, start, left_out = [], [], [], 0, 0
    for (before, after), lands in zip(images, landings, strict=True):
        laid = _laid(before, lands, pad_mode, width)
        rows, columns = map(range, lands.output) if pad_mode is not None else _inside(lands)
        first = np.add.outer(
            np.arange(rows.start, rows.stop) * window.stride[0] * width * channels,
            np.arange(columns.start, columns.stop) * window.stride[1] * channels,
        )
        seen = after[rows.start : rows.stop, columns.start : columns.stop]
        if is_each:
            first, seen = np.add.outer(first, np.arange(channels)), seen[..., None]
        known = _known(seen) & _finite_windows(laid, first, taps)
        samples.append(laid.reshape(-1))
        places.append(start + first[known])
        targets.append(seen[known].astype(np.float64))
        left_out += known.size - int(known.sum())
        start += laid.size
    where, wanted = np.concatenate(places), np.concatenate(targets)
    if len(where) > MOST_WINDOWS:
        drawn = np.sort(np.random.default_rng(seed).choice(len(where), MOST_WINDOWS, replace=False))
        where, wanted = where[drawn], wanted[drawn]
    kernels = wanted.shape[1]
    shape = window.size if is_each else (*window.size, channels, kernels)
    is_whole = any(after.dtype.kind in "ui" for _, after in images)
    return Windows(np.concatenate(samples), where, taps.reshape(-1), wanted, shape, float(is_whole), left_out)


def landing(before: Pair, after: Pair, window: Window) -> Placement:
    """Where windows land on an image of the size `before`, so that the result has the size `after`.

    >>> landing((10, 12), (8, 10), Window((3, 3))).padding.text
    '0x0x0x0'
    """
    tried = []
    for padding in ("same", "valid", "full"):
        try:
            found = place(before, window, padding)
        except SizeError:
            continue
        if found.output == after:
            return found
        tried.append(f"{pair_text(found.output)} ({padding})")
    reached = " or ".join(tried) or "nothing"
    moved = f"a window of {pair_text(window.size)}, stride {pair_text(window.stride)}"
    raise SizeError(
        f"{moved}, makes {reached} of {pair_text(before)}, not {pair_text(after)}",
        hint="give the size, stride and dilation of the kernel, and images that show the same part",
    )


def _check_depths(images: Sequence[tuple[Array, ...]], depth: str) -> None:
    before = {one.shape[2] for one, _ in images}
    after = {one.shape[2] for _, one in images}
    if len(before) > 1 or len(after) > 1:
        depths = " and ".join(map(str, sorted(before if len(before) > 1 else after)))
        raise SizeError(f"images of {depths} channels are given", hint="make them alike: --grey or --rgb")
    if depth == "each" and before != after:
        given = f"{counted(before.pop(), 'channel')} became {after.pop()}"
        raise SizeError(f"{given}, and one grid for every channel keeps them", hint="use depth sum")


def _inside(lands: Placement) -> tuple[range, range]:
    """The results whose windows see no padding."""
    if any(span > length for span, length in zip(lands.window.reach, lands.input, strict=True)):
        size = pair_text(lands.input)
        problem = f"no window of {pair_text(lands.window.size)} lies in an image of {size}"
        raise SizeError(problem, hint="use a smaller size, or say by the pad mode how the image goes on")
    return lands.inside


def _laid(image: Array, lands: Placement, pad_mode: PadMode | None, width: int) -> Floats:
    """The padded image with rows of `width` pixels."""
    padded = arrays.pad(image[None], lands, pad_mode or PadMode("constant"), np.float64)[0]
    return np.pad(padded, ((0, 0), (0, width - padded.shape[1]), (0, 0)))


def _known(results: Array) -> npt.NDArray[np.bool_]:
    """Whether all results of a window are finite, and none at an end of its type, where it may have been clipped."""
    if results.dtype.kind not in "ui":
        return np.asarray(np.isfinite(results).all(axis=-1))
    limits = np.iinfo(results.dtype)
    return np.asarray(((results > limits.min) & (results < limits.max)).all(axis=-1))


def _finite_windows(laid: Floats, first: Integers, taps: Integers) -> Any:
    """Whether each window's samples are finite."""
    bad = ~np.isfinite(laid.reshape(-1))
    if not bad.any():
        return True
    laid[~np.isfinite(laid)] = 0
    seen = np.zeros(first.shape, bool)
    for tap in taps.reshape(-1):
        seen |= bad[first + tap]
    return ~seen
