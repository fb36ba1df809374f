"""The register tile: the one inner loop of direct and separable convolution, of layers and of Winograd's products.

A few output rows (or pixels) times a few vectors of neighbouring samples (or kernels) are summed at once, each sum in
a register of its own, so that a sample loaded once is used for several sums. Numba has no vector values, so the tile
is written as LLVM code through one of its intrinsics. The plain Python beside it says the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit import arrays
from cnnkit.loops import llvm
from cnnkit.loops.machine import processor

SEGMENT = 5
"""Numbers of a segment: where its vectors begin, where its scalars begin, how many products it has, and the first and
the last but one of the scalars it is for."""


class Tile:
    """Sums of products of scalars and vectors, for `height` scalars and `width` vectors at a time.

    Called inside a loop as ``tile(vectors, at, step, scalars, at, step, apart, segments, chunks, base, at, apart,
    aside, out, at, apart, rows, columns)``: for each segment, and each of its products t,

        sums[m, x] += scalars[at + its scalars + t * step + m * apart] * vectors[at + its vectors + t * step + x]

    and then ``out[at + m * apart + x] = base[at + m * apart + x] + sums[m, x]``, for `rows` of the m and `columns` of
    the x, at most the tile's own height and width of them. `chunks` holds the number of the segment after which each
    chunk ends: long sums are put aside in `aside` after each of them and begun anew, so that they lose little.

    All arrays are flat. Vectors are read whole: beyond the last column there must be `bytes` more, and scalars are read
    for the whole height. An `out` of another type is converted to: whole numbers saturate, halves are rounded away from
    zero.

    Parameters
    ----------
    height, width : int
    is_partial : bool
        Whether a segment may be for some of the scalars only: in a tile of two rows of output, the uppermost row of
        samples lies under the first of them alone.
    is_lanewise : bool
        Whether a scalar is a vector of its own, as in a depthwise layer: ``... + m * apart + x`` there too.
    """

    def __init__(self, height: int, width: int, *, is_partial: bool = False, is_lanewise: bool = False) -> None:
        self.height = height
        self.width = width
        self.is_partial = is_partial
        self.is_lanewise = is_lanewise
        self._intrinsic: Any = None

    @property
    def bytes(self) -> int:
        """Bytes of the samples that are summed side by side."""
        return self.width * processor.VECTOR_BYTES

    def __call__(self, *arguments: Any) -> None:
        """The plain Python of the tile."""
        vectors, at, step, scalars, scalars_at, scalars_step, apart, segments, chunks = arguments[:9]
        base, base_at, base_apart, _, out, out_at, out_apart, rows, columns = arguments[9:]
        columns = min(columns, self.bytes // vectors.itemsize)
        for m in range(min(rows, self.height)):
            first = 0
            total = base[base_at + m * base_apart : base_at + m * base_apart + columns]
            for last in chunks:
                sums = np.zeros(columns, dtype=vectors.dtype)
                for s in range(first, last):
                    begin, weights, count, lowest, highest = segments[SEGMENT * s : SEGMENT * s + SEGMENT]
                    for t in range(count if lowest <= m < highest else 0):
                        w = scalars_at + weights + t * scalars_step + m * apart
                        weight = scalars[w : w + columns] if self.is_lanewise else scalars[w]
                        v = at + begin + t * step
                        sums += weight * vectors[v : v + columns]
                total = total + sums
                first = last
            place = slice(out_at + m * out_apart, out_at + m * out_apart + columns)
            out[place] = arrays.convert(total, out.dtype)

    def for_numba(self) -> Any:
        """The tile as Numba compiles it into a loop."""
        if self._intrinsic is None:
            self._intrinsic = _intrinsic(self)
        return self._intrinsic


def _intrinsic(tile: Tile) -> Any:
    from numba.core import types
    from numba.extending import intrinsic

    @intrinsic
    def numba_tile(  # type: ignore[no-untyped-def]
        context, vectors, at, step, scalars, scalars_at, scalars_step, apart, segments, chunks,
        base, base_at, base_apart, aside, out, out_at, out_apart, rows, columns,
    ):  # fmt: skip
        given: tuple[Any, ...] = (vectors, at, step, scalars, scalars_at, scalars_step, apart, segments, chunks)
        given += (base, base_at, base_apart, aside, out, out_at, out_apart, rows, columns)
        wanted = [kind if isinstance(kind, types.Array) else types.intp for kind in given]

        def emit(context, builder, signature, values):  # type: ignore[no-untyped-def]
            from numba.core import cgutils

            given = [
                context.make_array(kind)(context, builder, value) if isinstance(kind, types.Array) else value
                for kind, value in zip(wanted, values, strict=True)
            ]
            count = cgutils.unpack_tuple(builder, given[8].shape)[0]
            pointers = [
                value.data if isinstance(kind, types.Array) else value
                for kind, value in zip(wanted, given, strict=True)
            ]
            _emit(tile, builder, pointers, count, vectors.dtype, out.dtype)
            return context.get_dummy_value()

        return types.void(*wanted), emit

    return numba_tile


def _emit(tile: Tile, builder: Any, values: list[Any], chunk_count: Any, number: Any, result: Any) -> None:
    """Write the tile as LLVM code."""
    from llvmlite import ir
    from numba.core import cgutils

    vectors, at, step, scalars, scalars_at, scalars_step, apart, segments, chunks = values[:9]
    base, base_at, base_apart, aside, out, out_at, out_apart, rows, columns = values[9:]
    whole = ir.IntType(64)
    one_more = ir.Constant(whole, 1)
    element = vectors.type.pointee
    lanes = processor.VECTOR_BYTES * 8 // number.bitwidth
    vector = ir.VectorType(element, lanes)
    zero = ir.Constant(vector, None)

    def load(pointer: Any, index: Any) -> Any:
        place = builder.bitcast(builder.gep(pointer, [index]), vector.as_pointer())
        return builder.load(place, align=number.bitwidth // 8)

    def plus(index: Any, offset: int) -> Any:
        return builder.add(index, ir.Constant(whole, offset)) if offset else index

    sums = [[cgutils.alloca_once(builder, vector) for _ in range(tile.width)] for _ in range(tile.height)]

    def clear() -> None:
        for row in sums:
            for one in row:
                builder.store(zero, one)

    def scalar(place: Any) -> Any:
        if tile.is_lanewise:
            return None
        return llvm.broadcast(builder, builder.load(builder.gep(scalars, [place])), vector)

    def multiply(segment: Any) -> None:
        entry = builder.mul(segment, ir.Constant(whole, SEGMENT))
        begin, weights, count, lowest, highest = (
            builder.load(builder.gep(segments, [plus(entry, n)])) for n in range(SEGMENT)
        )
        begin, weights = builder.add(begin, at), builder.add(weights, scalars_at)

        def multiply_group(group: range) -> None:
            with cgutils.for_range(builder, count) as loop:
                v = builder.add(begin, builder.mul(loop.index, step))
                w = builder.add(weights, builder.mul(loop.index, scalars_step))
                samples = [load(vectors, plus(v, n * lanes)) for n in range(tile.width)]
                for m in group:
                    place = builder.add(w, builder.mul(apart, ir.Constant(whole, m)))
                    spread = scalar(place)
                    for n, (sample, one) in enumerate(zip(samples, sums[m], strict=True)):
                        factor = load(scalars, plus(place, n * lanes)) if spread is None else spread
                        builder.store(llvm.multiply_add(builder, sample, factor, builder.load(one)), one)

        if not tile.is_partial:
            multiply_group(range(tile.height))
            return
        groups = [range(low, high) for low in range(tile.height) for high in range(low + 1, tile.height + 1)]
        for group in groups:
            is_low = builder.icmp_signed("==", lowest, ir.Constant(whole, group.start))
            is_high = builder.icmp_signed("==", highest, ir.Constant(whole, group.stop))
            with builder.if_then(builder.and_(is_low, is_high)):
                multiply_group(group)

    def place_of(pointer_at: Any, rows_apart: Any, m: int) -> Any:
        return builder.add(pointer_at, builder.mul(rows_apart, ir.Constant(whole, m)))

    # What is added last: the base alone, or the base with the chunks that were put aside.
    start, start_at, start_apart = (cgutils.alloca_once_value(builder, value) for value in (base, base_at, base_apart))
    segment = cgutils.alloca_once_value(builder, ir.Constant(whole, 0))
    final = builder.sub(chunk_count, one_more)
    clear()
    with cgutils.for_range(builder, chunk_count) as chunk:
        end = builder.load(builder.gep(chunks, [chunk.index]))
        with cgutils.for_range_slice(builder, builder.load(segment), end, one_more, whole) as (s, _):
            multiply(s)
        builder.store(end, segment)
        with builder.if_then(builder.icmp_signed("<", chunk.index, final)):
            width = tile.width * lanes
            for m, row in enumerate(sums):
                b = place_of(builder.load(start_at), builder.load(start_apart), m)
                for n, one in enumerate(row):
                    total = llvm.add(builder, load(builder.load(start), plus(b, n * lanes)), builder.load(one))
                    place = builder.gep(aside, [ir.Constant(whole, m * width + n * lanes)])
                    llvm.store(builder, total, place, None, number)
            clear()
            builder.store(aside, start)
            builder.store(ir.Constant(whole, 0), start_at)
            builder.store(ir.Constant(whole, width), start_apart)
    is_whole = builder.icmp_signed(">=", columns, ir.Constant(whole, tile.width * lanes))
    with builder.if_else(is_whole) as (all_columns, some_columns):
        for branch, is_masked in ((all_columns, False), (some_columns, True)):
            with branch:
                for m, row in enumerate(sums):
                    with builder.if_then(builder.icmp_signed("<", ir.Constant(whole, m), rows)):
                        b = place_of(builder.load(start_at), builder.load(start_apart), m)
                        o = place_of(out_at, out_apart, m)
                        for n, one in enumerate(row):
                            mask = llvm.first_lanes(builder, columns, n * lanes, lanes) if is_masked else None
                            total = llvm.add(builder, load(builder.load(start), plus(b, n * lanes)), builder.load(one))
                            place = builder.gep(out, [plus(o, n * lanes)])
                            llvm.store(
                                builder, llvm.converted(builder, total, number, result, out), place, mask, result
                            )
