"""How an image is cut into blocks small enough to stay in a processor's cache while a window moves over them.

A loop copies the samples under one block of output, with their padding, into a buffer of its own, in the type the sums
are made in, and reads them from there once for every weight. `Blocks` says how large a block is and where in the
buffer each sample goes; loops and operations both read it. How an image is cut depends on nothing but its size and
the window's, so that the number of threads changes no sum.

Standard library only: importing it must stay nearly free.
"""

from __future__ import annotations

from typing import NamedTuple

from cnnkit.errors import SizeError
from cnnkit.geometry.pair import Pair
from cnnkit.geometry.window import Placement

BUFFER_BYTES = 384 * 1024
"""Bytes of a buffer: most of the second-level cache of today's smaller processors."""

LINE_BYTES = 32 * 1024
"""One line of a loop that works line by line: several fit into the first-level cache."""

TILE_SIZES = (32, 64, 128, 256, 512, 1024, 2048)
"""Sizes of Fourier-transformed tiles: powers of two."""

MAX_TILE_PAIR_BYTES = 64 * 1024 * 1024
"""Two tiles with all channels stay below this unless the window is larger."""

TILE_GAP_SAMPLES = 16
"""Samples between the rows of a tile: a power of two from row to row would use few lines of the cache."""

MAX_BUFFER_BYTES = 1 << 32
"""Windows that need a larger buffer are refused: memory would not hold one for every thread."""

SLACK_SAMPLES = 1024
"""Samples after the end of a buffer, which vectors may overrun."""


class Blocks(NamedTuple):
    """An image under a moving window, and the layout of one block of it.

    Channel c of padded row y and column x of a block that begins at y0, x0 is at

        (y - y0) row_stride + ((x - x0) mod phases) phase_stride + ((x - x0) div phases) unit + c channel_stride

    so that the samples a stride of `phases` columns puts under neighbouring windows are neighbours.
    """

    rows: int  # of each image
    columns: int
    depth: int
    top: int  # padding before
    left: int
    out_rows: int
    out_columns: int
    stride_rows: int
    stride_columns: int
    reach_rows: int
    reach_columns: int
    strip: int  # rows of output in a block
    width: int  # columns of output in a block
    strips: int  # in an image
    phases: int
    phase_stride: int
    row_stride: int
    unit: int
    channel_stride: int
    buffer_size: int  # samples of the buffer

    def offset(self, row: int, column: int, channel: int = 0) -> int:
        """Where a sample of the block is in the buffer, counted from the block's first."""
        phase, index = column % self.phases, column // self.phases
        return row * self.row_stride + phase * self.phase_stride + index * self.unit + channel * self.channel_stride


def cut(
    placement: Placement,
    depth: int,
    itemsize: int,
    *,
    planar: bool = False,
    sorted_columns: bool = False,
    multiple: tuple[int, int] = (1, 1),
    fewest: int = 8,
    buffer_bytes: int = BUFFER_BYTES,
) -> Blocks:
    """Cut the output of `placement` into blocks; `itemsize` is the bytes of a sample in the buffer.

    A `planar` buffer has a plane for each channel instead of channels side by side; `sorted_columns` makes as many
    phases as the stride has columns. Rows and columns of a block are a multiple of `multiple`, even where the output
    has fewer. An image with enough rows is cut into at least `fewest` strips, so that several threads have work.

    >>> from cnnkit.geometry.window import Window, place
    >>> blocks = cut(place((3000, 4000), Window((3, 3)), "same"), 1, 4)
    >>> blocks.strip, blocks.width, blocks.strips
    (22, 4000, 137)
    """
    window = placement.window
    (step, across), (tall, wide) = window.stride, window.reach
    out_rows, out_columns = placement.output
    room = max(buffer_bytes // (itemsize * depth), 1)
    # A block is larger than the window, where it can be, so that few samples are copied twice.
    most = rounded_up(max(-(-out_rows // fewest), min(out_rows, 2 * tall // step, 8)), multiple[0])
    width = rounded_up(out_columns, multiple[1])
    strip = most
    if _covered(strip, step, tall) * _covered(width, across, wide) > room:
        strip = rounded_up(min(most, max(8, 2 * tall // step)), multiple[0])
        fits = (room // _covered(strip, step, tall) - wide) // across + 1
        width = _even(out_columns, max(fits, 64, wide), multiple[1])
        if width >= out_columns:
            strip = max(strip, min(most, (room // _covered(width, across, wide) - tall) // step + 1))
            strip = max(strip - strip % multiple[0], multiple[0])
    strip = _even(out_rows, strip, multiple[0])
    phases = across if sorted_columns else 1
    columns = -(-_covered(width, across, wide) // phases)
    unit, channel_stride = (1, 0) if planar else (depth, 1)
    phase_stride = columns * unit
    row_stride = phase_stride * phases
    buffer_size = row_stride * _covered(strip, step, tall)
    if planar:
        channel_stride, buffer_size = buffer_size, buffer_size * depth
    if buffer_size * itemsize >= MAX_BUFFER_BYTES:
        raise SizeError(
            f"the samples under one window take {buffer_size * itemsize / 1e9:.3g} GB, more memory than there is",
            hint="use a smaller dilation or a smaller kernel",
        )
    padding = placement.padding
    return Blocks(
        *placement.input, depth, padding.top, padding.left, out_rows, out_columns, step, across, tall, wide,
        strip, width, -(-out_rows // strip), phases, phase_stride, row_stride, unit, channel_stride,
        buffer_size + SLACK_SAMPLES,
    )  # fmt: skip


def lines(size: tuple[int, int, int], output: Pair, placement: Placement | None, itemsize: int) -> Blocks:
    """Cut an output into blocks of few rows, for loops that work row by row and copy nothing into a buffer.

    `size` is the rows, columns and depth of the image. Without a `placement`, as for windows that differ in size,
    stride and reach are 1.

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
    covered = columns if placement is None else across * output[1]
    most = max(LINE_BYTES // (itemsize * depth) * output[1] // covered, 1)
    strip = max(min(output[0] // 32, 4), 1)
    return Blocks(
        rows, columns, depth, top, left, *output, step, across, tall, wide,
        strip, _even(output[1], most, 1), -(-output[0] // strip), 1, 0, 0, depth, 1, 0,
    )  # fmt: skip


def tiles(placement: Placement, depth: int, size: int) -> Blocks:
    """Cut the output of `placement` into tiles of `size` x `size` padded samples, each channel a plane.

    >>> from cnnkit.geometry.window import Window, place
    >>> blocks = tiles(place((300, 400), Window((31, 31)), "same"), 1, 128)
    >>> blocks.strip, blocks.width
    (98, 98)
    """
    window = placement.window
    (step, across), (tall, wide) = window.stride, window.reach
    row_step = size + TILE_GAP_SAMPLES
    padding = placement.padding
    strip = (size - tall) // step + 1
    return Blocks(
        *placement.input, depth, padding.top, padding.left, *placement.output, step, across, tall, wide,
        strip, (size - wide) // across + 1, -(-placement.output[0] // strip),
        1, row_step, row_step, 1, size * row_step if depth > 1 else 1, depth * size * row_step,
    )  # fmt: skip


def tile_size(reach: Pair, output: Pair, stride: Pair, *, itemsize: int = 4, depth: int = 1) -> int:
    """The tile size N at which transforming N x N samples costs least; 0 when the window is too large for any.

    A transform costs its samples times the steps for each, and more once a tile leaves the second-level cache. Large
    tiles waste less on the samples that neighbours share, small ones less at the edges.

    >>> tile_size((31, 31), (3000, 4000), (1, 1)), tile_size((17, 17), (40, 40), (1, 1))
    (256, 64)
    """
    best, least = 0, 0.0
    for size in TILE_SIZES:
        if size < max(reach) or (best and 2 * depth * size * size * itemsize > MAX_TILE_PAIR_BYTES):
            continue
        results = [(size - span) // step + 1 for span, step in zip(reach, stride, strict=True)]
        down, across = (-(-length // count) for length, count in zip(output, results, strict=True))
        cost = (down * across + 1) // 2 * size * size * (size.bit_length() + 3.0)
        if size * size * itemsize > BUFFER_BYTES:
            cost *= 1.3
        if not best or cost < least:
            best, least = size, cost
    return best


def rounded_up(number: int, multiple: int) -> int:
    """The next multiple.

    >>> rounded_up(100, 64)
    128
    """
    return -(-number // multiple) * multiple


def _covered(outputs: int, step: int, span: int) -> int:
    """Samples under `outputs` windows along one axis."""
    return (outputs - 1) * step + span


def _even(whole: int, most: int, multiple: int) -> int:
    """The size of the parts when `whole` is cut evenly into as few parts of at most `most` as possible."""
    parts = -(-whole // most)
    return rounded_up(-(-whole // parts), multiple)
