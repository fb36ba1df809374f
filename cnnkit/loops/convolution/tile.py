"""The register tile: the one inner loop of direct and separable convolution, of layers and of Winograd's products.

A few output rows (or pixels) times a few vectors of neighbouring samples (or kernels) are summed at once, each sum in
a register of its own, so that a sample loaded once is used for several sums.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnkit import arrays
from cnnkit.loops import llvm
from cnnkit.loops.llvm import Array, plus, row_at
from cnnkit.loops.machine import processor

SEGMENT = 5
"""Numbers of a segment: where its vectors begin, where its scalars begin, how many products it has, and the first and
the last but one of the scalars it is for."""


class Tile(llvm.Intrinsic):
    """Sums of products of scalars and vectors, for `height` scalars and `width` vectors at a time.

    For each segment, and each of its products t,

        sums[m, x] += scalars[at + its scalars + t * step + m * spacing] * vectors[at + its vectors + t * step + x]

    and then ``out[at + m * spacing + x] = base[at + m * spacing + x] + sums[m, x]``, for `rows` of the m and `columns`
    of the x, at most the tile's own height and width of them. `chunks` holds the number of the segment after which each
    chunk ends: after each, long sums are put aside in `aside` and begun anew, so that they lose little.

    Vectors are read whole: beyond the last column there must be `bytes` more, and scalars are read for the whole
    height. An `out` of another type is converted to, as `llvm.converted` does.

    In a tile that `is_partial`, a segment may be for some of the scalars only: with two rows of output, the uppermost
    row of samples lies under the first of them alone. In one that `is_lanewise`, a scalar is a vector of its own, as in
    a depthwise layer: ``... + m * spacing + x`` there too. In one that `is_brief`, sums are put aside before they are
    written row by row, as code for each row takes long to compile.
    """

    def __init__(
        self, height: int, width: int, *, is_partial: bool = False, is_lanewise: bool = False, is_brief: bool = False
    ) -> None:
        self.height = height
        self.width = width
        self.is_partial = is_partial
        self.is_lanewise = is_lanewise
        self.is_brief = is_brief

    @property
    def bytes(self) -> int:
        """Bytes of the samples that are summed side by side."""
        return self.width * processor.VECTOR_BYTES

    def __call__(
        self, vectors: Any, vectors_at: int, vectors_step: int,
        scalars: Any, scalars_at: int, scalars_step: int, scalars_spacing: int, segments: Any, chunks: Any,
        base: Any, base_at: int, base_spacing: int, aside: Any,
        out: Any, out_at: int, out_spacing: int, rows: int, columns: int,
    ) -> None:  # fmt: skip
        """The plain Python of the tile."""
        columns = min(columns, self.bytes // vectors.itemsize)
        for m in range(min(rows, self.height)):
            first = 0
            total = base[base_at + m * base_spacing :][:columns]
            for last in chunks:
                sums = np.zeros(columns, dtype=vectors.dtype)
                for s in range(first, last):
                    begin, weights, count, lowest, highest = segments[SEGMENT * s : SEGMENT * s + SEGMENT]
                    for t in range(count if lowest <= m < highest else 0):
                        w = scalars_at + weights + t * scalars_step + m * scalars_spacing
                        weight = scalars[w : w + columns] if self.is_lanewise else scalars[w]
                        sums += weight * vectors[vectors_at + begin + t * vectors_step :][:columns]
                total = total + sums
                first = last
            out[out_at + m * out_spacing :][:columns] = arrays.convert(total, out.dtype)

    def emit(
        self, builder: Any, vectors: Array, vectors_at: Any, vectors_step: Any,
        scalars: Array, scalars_at: Any, scalars_step: Any, scalars_spacing: Any, segments: Array, chunks: Array,
        base: Array, base_at: Any, base_spacing: Any, aside: Array,
        out: Array, out_at: Any, out_spacing: Any, rows: Any, columns: Any,
    ) -> None:  # fmt: skip
        """Write the tile as LLVM code."""
        self._emit(
            builder, vectors, vectors_at, vectors_step, scalars, scalars_at, scalars_step, scalars_spacing, segments,
            chunks, base, base_at, base_spacing, aside, out, out_at, out_spacing, rows, columns,
            lambda total, place: total, lambda begin, m: row_at(builder, begin, scalars_spacing, m),
        )  # fmt: skip

    def _emit(
        self, builder: Any, vectors: Array, vectors_at: Any, vectors_step: Any,
        scalars: Array, scalars_at: Any, scalars_step: Any, scalars_spacing: Any, segments: Array, chunks: Array,
        base: Array, base_at: Any, base_spacing: Any, aside: Array,
        out: Array, out_at: Any, out_spacing: Any, rows: Any, columns: Any,
        finished: Callable[[Any, Any], Any], scalar_at: Callable[[Any, int], Any],
    ) -> None:  # fmt: skip
        """The same, with what is made of a vector of sums before it is written, and where scalar m is."""
        from llvmlite import ir
        from numba.core import cgutils

        lanes, vector, whole = vectors.lanes, vectors.vector, ir.IntType(64)
        zero, one_more = ir.Constant(vector, None), ir.Constant(whole, 1)
        sums = [[cgutils.alloca_once(builder, vector) for _ in range(self.width)] for _ in range(self.height)]

        def clear() -> None:
            for row in sums:
                for one in row:
                    builder.store(zero, one)

        def multiply(segment: Any) -> None:
            entry = builder.mul(segment, ir.Constant(whole, SEGMENT))
            begin, weights, count, lowest, highest = (segments.load(plus(builder, entry, n)) for n in range(SEGMENT))
            begin, weights = builder.add(begin, vectors_at), builder.add(weights, scalars_at)

            def multiply_group(group: range) -> None:
                with cgutils.for_range(builder, count) as loop:
                    v = builder.add(begin, builder.mul(loop.index, vectors_step))
                    w = builder.add(weights, builder.mul(loop.index, scalars_step))
                    samples = [vectors.load_vector(plus(builder, v, n * lanes)) for n in range(self.width)]
                    for m in group:
                        place = scalar_at(w, m)
                        spread = None if self.is_lanewise else scalars.load_spread(place)
                        for n, (sample, one) in enumerate(zip(samples, sums[m], strict=True)):
                            factor = spread or scalars.load_vector(plus(builder, place, n * lanes))
                            builder.store(llvm.multiply_add(builder, sample, factor, builder.load(one)), one)

            if not self.is_partial:
                multiply_group(range(self.height))
                return
            groups = [range(low, high) for low in range(self.height) for high in range(low + 1, self.height + 1)]
            for group in groups:
                is_low = builder.icmp_signed("==", lowest, ir.Constant(whole, group.start))
                is_high = builder.icmp_signed("==", highest, ir.Constant(whole, group.stop))
                with builder.if_then(builder.and_(is_low, is_high)):
                    multiply_group(group)

        # What is added last: the base alone, or the base with the chunks that were put aside.
        start, start_at, start_spacing = (
            cgutils.alloca_once_value(builder, value) for value in (base.pointer, base_at, base_spacing)
        )

        def row_before(m: int) -> Any:
            return row_at(builder, builder.load(start_at), builder.load(start_spacing), m)

        def total(m: int, n: int, b: Any) -> Any:
            """A sum added to what was there, in the row that begins at b."""
            before = Array(builder, builder.load(start), base.number)
            return llvm.add(builder, before.load_vector(plus(builder, b, n * lanes)), builder.load(sums[m][n]))

        segment = cgutils.alloca_once_value(builder, ir.Constant(whole, 0))
        final, width = builder.sub(chunks.length, one_more), self.width * lanes
        clear()
        with cgutils.for_range(builder, chunks.length) as chunk:
            end = chunks.load(chunk.index)
            with cgutils.for_range_slice(builder, builder.load(segment), end, one_more, whole) as (s, _):
                multiply(s)
            builder.store(end, segment)
            is_aside = builder.icmp_signed("<", chunk.index, final)
            with builder.if_then(ir.Constant(ir.IntType(1), 1) if self.is_brief else is_aside):
                for m in range(self.height):
                    b = row_before(m)
                    for n in range(self.width):
                        aside.store_vector(ir.Constant(whole, m * width + n * lanes), total(m, n, b))
                clear()
                builder.store(aside.pointer, start)
                builder.store(ir.Constant(whole, 0), start_at)
                builder.store(ir.Constant(whole, width), start_spacing)
        is_whole = builder.icmp_signed(">=", columns, ir.Constant(whole, width))

        def write(o: Any, sums: list[Any]) -> None:
            """Write a row of the result, which begins at o."""
            places = [plus(builder, o, n * lanes) for n in range(self.width)]
            found = [
                llvm.converted(builder, finished(one, place), vectors.number, out.number, out.pointer)
                for one, place in zip(sums, places, strict=True)
            ]
            with builder.if_else(is_whole) as (all_columns, some_columns):
                with all_columns:
                    for place, one in zip(places, found, strict=True):
                        out.store_vector(place, one)
                with some_columns:
                    for n, (place, one) in enumerate(zip(places, found, strict=True)):
                        out.store_vector(place, one, llvm.first_lanes(builder, columns, n * lanes, lanes))

        if self.is_brief:
            most = ir.Constant(whole, self.height)
            with cgutils.for_range(builder, builder.select(builder.icmp_signed("<", rows, most), rows, most)) as row:
                b = builder.mul(row.index, ir.Constant(whole, width))
                o = builder.add(out_at, builder.mul(out_spacing, row.index))
                write(o, [aside.load_vector(plus(builder, b, n * lanes)) for n in range(self.width)])
            return
        for m in range(self.height):
            with builder.if_then(builder.icmp_signed("<", ir.Constant(whole, m), rows)):
                b = row_before(m)
                write(row_at(builder, out_at, out_spacing, m), [total(m, n, b) for n in range(self.width)])


class FinishedTile(Tile):
    """A tile that adds what another layer made, and limits the result, before it writes: a join and a relu.

        out[p] = min(max(out[p] + addend[is_added * p], limits[0]), limits[1])

    where out[p] is what a `Tile` writes. Of the `addend` whole vectors are read: it is zeros where `is_added` is 0. A
    NaN stays one. Scalars from number `turn` on are `jump` further: pixels of the next row.
    """

    def __call__(  # type: ignore[override]
        self, vectors: Any, vectors_at: int, vectors_step: int,
        scalars: Any, scalars_at: int, scalars_step: int, scalars_spacing: int, segments: Any, chunks: Any,
        base: Any, base_at: int, base_spacing: int, aside: Any,
        out: Any, out_at: int, out_spacing: int, rows: int, columns: int, addend: Any, is_added: int, limits: Any,
        turn: int, jump: int,
    ) -> None:  # fmt: skip
        """The plain Python of the tile."""
        columns = min(columns, self.bytes // vectors.itemsize)
        for m in range(min(rows, self.height)):
            place = out_at + m * out_spacing
            super().__call__(
                vectors, vectors_at, vectors_step,
                scalars, scalars_at + m * scalars_spacing + jump * (m >= turn), scalars_step, 0, segments, chunks,
                base, base_at + m * base_spacing, 0, aside, out, place, 0, 1, columns,
            )  # fmt: skip
            finish(out, place, columns, addend, is_added, limits)

    def emit(  # type: ignore[override]
        self, builder: Any, vectors: Array, vectors_at: Any, vectors_step: Any,
        scalars: Array, scalars_at: Any, scalars_step: Any, scalars_spacing: Any, segments: Array, chunks: Array,
        base: Array, base_at: Any, base_spacing: Any, aside: Array,
        out: Array, out_at: Any, out_spacing: Any, rows: Any, columns: Any, addend: Array, is_added: Any, limits: Array,
        turn: Any, jump: Any,
    ) -> None:  # fmt: skip
        """Write the tile as LLVM code."""
        from llvmlite import ir

        places = []
        for m in range(self.height):
            is_beyond = builder.icmp_signed(">=", ir.Constant(turn.type, m), turn)
            further = builder.select(is_beyond, jump, ir.Constant(jump.type, 0))
            places.append(row_at(builder, further, scalars_spacing, m))
        self._emit(
            builder, vectors, vectors_at, vectors_step, scalars, scalars_at, scalars_step, scalars_spacing, segments,
            chunks, base, base_at, base_spacing, aside, out, out_at, out_spacing, rows, columns,
            finisher(builder, addend, is_added, limits), lambda begin, m: builder.add(begin, places[m]),
        )  # fmt: skip


def finish(out: Any, at: int, length: int, addend: Any, is_added: int, limits: Any) -> None:
    """Add and limit what was written, in plain Python."""
    row = out[at : at + length]
    row += addend[at : at + length] if is_added else 0
    np.clip(row, limits[0], limits[1], out=row)


def finisher(builder: Any, addend: Array, is_added: Any, limits: Array) -> Callable[[Any, Any], Any]:
    """What adds and limits a vector of sums, as LLVM code."""
    from llvmlite import ir

    low, high = (limits.load_spread(ir.Constant(ir.IntType(64), n)) for n in range(2))

    def finished(total: Any, place: Any) -> Any:
        total = llvm.add(builder, total, addend.load_vector(builder.mul(place, is_added)))
        total = llvm.larger(builder, total, low, limits.number)
        return llvm.smaller(builder, high, total, limits.number)

    return finished
