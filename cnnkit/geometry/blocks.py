"""How an image is cut into blocks small enough to stay in a processor's cache while a window moves over them.

A loop lays the samples under one block of output, with their padding, into a buffer of its own, in the type the sums
are made in, and reads them from there once for every weight. `Blocks` says how large a block is and where in the
buffer each sample stands; loops and operations both read it. How an image is cut depends on nothing but its size and
the window's, so that the number of threads changes no sum.

Standard library only: importing it must stay nearly free.
"""

from __future__ import annotations

from typing import NamedTuple

from cnnkit.errors import SizeError
from cnnkit.geometry.pair import Pair
from cnnkit.geometry.window import Placement

CACHE = 384 * 1024
"""Bytes of a buffer: most of the second cache of today's smaller processors."""

LINE = 32 * 1024
"""Bytes of a line that is worked on by itself: several lie in the first cache."""

SIZES = (32, 64, 128, 256, 512, 1024, 2048)
"""Of the tiles that are transformed: powers of two."""

MOST_TRANSFORMED = 64 * 1024 * 1024
"""Bytes of two such tiles with all their channels, unless the window leaves no choice."""

BETWEEN = 16
"""Samples between the rows of a tile: rows a power of two apart would fall on the same few lines of the cache."""

MOST = 1 << 32
"""Bytes of a buffer; under windows that reach so far, no memory would hold it for every thread."""

SLACK = 1024
"""Samples at the end of a buffer that vectors may read over."""


class Blocks(NamedTuple):
    """An image under a moving window, and the layout of one block of it.

    Sample c of padded row y and column x of a block that begins at y0, x0 stands at

        (y - y0) row_apart + ((x - x0) mod phases) phase_apart + ((x - x0) div phases) unit + c channel_apart

    so that the samples a stride of `phases` columns puts under neighbouring windows are neighbours.

    Attributes
    ----------
    rows, columns, depth : int
        Of each image.
    top, left : int
        Padding before.
    out_rows, out_columns : int
    stride_rows, stride_columns, reach_rows, reach_columns : int
    strip, width : int
        Rows and columns of output in a block.
    strips : int
        Strips of an image.
    phases, phase_apart, row_apart, unit, channel_apart : int
        See above.
    laid : int
        Samples of the buffer.
    """

    rows: int
    columns: int
    depth: int
    top: int
    left: int
    out_rows: int
    out_columns: int
    stride_rows: int
    stride_columns: int
    reach_rows: int
    reach_columns: int
    strip: int
    width: int
    strips: int
    phases: int
    phase_apart: int
    row_apart: int
    unit: int
    channel_apart: int
    laid: int

    def offset(self, row: int, column: int, channel: int = 0) -> int:
        """Where a sample of the block stands, counted from the block's first."""
        phase, place = column % self.phases, column // self.phases
        return row * self.row_apart + phase * self.phase_apart + place * self.unit + channel * self.channel_apart


def cut(
    placement: Placement,
    depth: int,
    itemsize: int,
    *,
    planar: bool = False,
    sorted_columns: bool = False,
    multiple: tuple[int, int] = (1, 1),
    fewest: int = 8,
) -> Blocks:
    """Cut the output of `placement` into blocks.

    Parameters
    ----------
    placement : Placement
    depth : int
        Channels of the image.
    itemsize : int
        Bytes of a sample in the buffer.
    planar : bool
        Whether each channel is laid by itself instead of beside the others.
    sorted_columns : bool
        Whether columns are sorted by the steps of the stride.
    multiple : (int, int)
        Rows and columns of a block are a multiple of this, and so many are laid even where the output has fewer.
    fewest : int
        Strips to cut an image into at least, where its rows allow it, so that several threads have work.

    Raises
    ------
    SizeError
        If no memory holds the samples under one window.

    Examples
    --------
    >>> from cnnkit.geometry.window import Window, place
    >>> blocks = cut(place((3000, 4000), Window((3, 3)), "same"), 1, 4)
    >>> blocks.strip, blocks.width, blocks.strips
    (22, 4000, 137)
    """
    window = placement.window
    (step, across), (tall, wide) = window.stride, window.reach
    out_rows, out_columns = placement.output
    room = max(CACHE // (itemsize * depth), 1)
    # A block is larger than the window, where it can be, so that few samples are laid twice.
    most = _up(max(-(-out_rows // fewest), min(out_rows, 2 * tall // step, 8)), multiple[0])
    width = _up(out_columns, multiple[1])
    strip = most
    if (_laid(strip, step, tall)) * _laid(width, across, wide) > room:
        strip = _up(min(most, max(8, 2 * tall // step)), multiple[0])
        fits = (room // _laid(strip, step, tall) - wide) // across + 1
        width = _even(out_columns, max(fits, 64, wide), multiple[1])
        if width >= out_columns:
            strip = max(strip, min(most, (room // _laid(width, across, wide) - tall) // step + 1))
            strip = max(strip - strip % multiple[0], multiple[0])
    strip = _even(out_rows, strip, multiple[0])
    phases = across if sorted_columns else 1
    columns = -(-_laid(width, across, wide) // phases)
    unit, channel_apart = (1, 0) if planar else (depth, 1)
    phase_apart = columns * unit
    row_apart = phase_apart * phases
    laid = row_apart * _laid(strip, step, tall)
    if planar:
        channel_apart, laid = laid, laid * depth
    if laid * itemsize >= MOST:
        raise SizeError(
            f"the samples under one window take {laid * itemsize / 1e9:.3g} GB, more memory than there is",
            hint="use a smaller dilation or a smaller kernel",
        )
    padding = placement.padding
    return Blocks(
        *placement.input, depth, padding.top, padding.left, out_rows, out_columns, step, across, tall, wide,
        strip, width, -(-out_rows // strip), phases, phase_apart, row_apart, unit, channel_apart, laid + SLACK,
    )  # fmt: skip


def lines(size: tuple[int, int, int], output: Pair, placement: Placement | None, itemsize: int) -> Blocks:
    """Cut an output into blocks of few rows, of which one row at a time is worked on: nothing is laid.

    Parameters
    ----------
    size : (int, int, int)
        Rows, columns and depth of the image.
    output : (int, int)
    placement : Placement, optional
        None where windows differ in size: stride and reach are 1 then.
    itemsize : int
        Bytes of a sample in a line.

    >>> from cnnkit.geometry.window import Window, place
    >>> blocks = lines((3000, 4000, 3), (1500, 2000), place((3000, 4000), Window((2, 2), (2, 2))), 4)
    >>> blocks.strip, blocks.width
    (4, 1000)
    """
    rows, columns, depth = size
    top, left, step, across, tall, wide = 0, 0, 1, 1, 1, 1
    if placement is not None:
        (step, across), (tall, wide) = placement.window.stride, placement.window.reach
        top, _, left, _ = placement.padding
    apart = columns if placement is None else across * output[1]
    most = max(LINE // (itemsize * depth) * output[1] // apart, 1)
    strip = max(min(output[0] // 32, 4), 1)
    return Blocks(
        rows, columns, depth, top, left, *output, step, across, tall, wide,
        strip, _even(output[1], most, 1), -(-output[0] // strip), 1, 0, 0, depth, 1, 0,
    )  # fmt: skip


def tiles(placement: Placement, depth: int, size: int) -> Blocks:
    """Cut the output of `placement` into what tiles of `size` x `size` padded samples give, each channel a plane.

    >>> from cnnkit.geometry.window import Window, place
    >>> blocks = tiles(place((300, 400), Window((31, 31)), "same"), 1, 128)
    >>> blocks.strip, blocks.width
    (98, 98)
    """
    window = placement.window
    (step, across), (tall, wide) = window.stride, window.reach
    apart = size + BETWEEN
    padding = placement.padding
    strip = (size - tall) // step + 1
    return Blocks(
        *placement.input, depth, padding.top, padding.left, *placement.output, step, across, tall, wide,
        strip, (size - wide) // across + 1, -(-placement.output[0] // strip),
        1, apart, apart, 1, size * apart if depth > 1 else 1, depth * size * apart,
    )  # fmt: skip


def tile_size(reach: Pair, output: Pair, stride: Pair, *, itemsize: int = 4, depth: int = 1) -> int:
    """The size N of tiles with which the spectra of N x N samples cost least; 0 when the window is too large for any.

    A transform costs as many samples as it has, times the steps for each, and more once a tile leaves the second
    cache. Large tiles waste less on what the windows of neighbours share, small ones less on the edges.

    >>> tile_size((31, 31), (3000, 4000), (1, 1)), tile_size((17, 17), (40, 40), (1, 1))
    (256, 64)
    """
    best, least = 0, 0.0
    for size in SIZES:
        if size < max(reach) or (best and 2 * depth * size * size * itemsize > MOST_TRANSFORMED):
            continue
        kept = [(size - span) // step + 1 for span, step in zip(reach, stride, strict=True)]
        down, across = (-(-length // count) for length, count in zip(output, kept, strict=True))
        cost = (down * across + 1) // 2 * size * size * (size.bit_length() + 3.0)
        if size * size * itemsize > CACHE:
            cost *= 1.3
        if not best or cost < least:
            best, least = size, cost
    return best


def _laid(outputs: int, step: int, span: int) -> int:
    """Samples under so many windows along one axis."""
    return (outputs - 1) * step + span


def _up(number: int, multiple: int) -> int:
    """The next multiple."""
    return -(-number // multiple) * multiple


def _even(whole: int, most: int, multiple: int) -> int:
    """The size of the parts when `whole` is cut evenly into as few parts as have at most `most`."""
    parts = -(-whole // most)
    return _up(-(-whole // parts), multiple)
