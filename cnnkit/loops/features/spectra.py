"""Frames of a sound side by side in the lanes of vectors: what is done to all of them at once, written as LLVM code.

A plane has a row for each sample of a frame, or each bin of its spectrum; a row is one vector, and each lane another
frame.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.loops import llvm
from cnnkit.loops.llvm import Array, Intrinsic, plus
from cnnkit.loops.machine import processor


class Shape(Intrinsic):
    """Frames without their mean, with preemphasis, times the taper; and their energy.

    With m the row `mean` and k the first of `numbers`, of the `length` rows x[n] of the plane,

        energy = sum of (x[n] - m)^2
        x[n] = (x[n] - m - k (x[n - 1] - m)) taper[n], with x[-1] = x[0]
    """

    name = "shape_frames"

    def __call__(self, plane: Any, length: int, taper: Any, numbers: Any, mean: Any, energy: Any) -> None:
        """The plain Python."""
        lanes = processor.VECTOR_BYTES // plane.itemsize
        rows = plane[: length * lanes].reshape(length, lanes)
        rows -= mean[:lanes]
        energy[:lanes] = (rows * rows).sum(axis=0)
        before = np.concatenate([rows[:1], rows[:-1]])
        rows[:] = (rows - numbers[0] * before) * taper[:length, None]

    def emit(
        self, builder: Any, plane: Array, length: Any, taper: Array, numbers: Array, mean: Array, energy: Array
    ) -> None:
        """Write it as LLVM code."""
        from llvmlite import ir
        from numba.core import cgutils

        whole, vector = length.type, plane.vector
        start, lanes = ir.Constant(whole, 0), ir.Constant(whole, plane.lanes)
        middle = mean.load_vector(start)
        factor = llvm.broadcast(builder, builder.fneg(numbers.load(start)), vector)
        before = cgutils.alloca_once_value(builder, builder.fsub(plane.load_vector(start), middle))
        squares = [cgutils.alloca_once_value(builder, ir.Constant(vector, None)) for _ in range(2)]
        with cgutils.for_range(builder, length, intp=whole) as loop:
            here = builder.mul(loop.index, lanes)
            now = builder.fsub(plane.load_vector(here), middle)
            # Two sums in turn: one would have to wait for itself.
            last = builder.load(squares[0])
            builder.store(llvm.multiply_add(builder, now, now, builder.load(squares[1])), squares[0])
            builder.store(last, squares[1])
            raised = llvm.multiply_add(builder, builder.load(before), factor, now)
            plane.store_vector(here, builder.fmul(raised, taper.load_spread(loop.index)))
            builder.store(now, before)
        energy.store_vector(start, builder.fadd(builder.load(squares[0]), builder.load(squares[1])))


class Power(Intrinsic):
    """The power of the bins of real frames, from the transform of their samples taken in pairs.

    Row places[k] holds Z[k], the transform of x[2m] + i x[2m + 1] at frequency k of `half`; `roots` are pairs cos, sin
    of 2 pi k / (2 half). It writes |2 X[k]|^2 times the second of `numbers` for k from 0 to half.

    Source: Cooley, Lewis and Welch, "The fast Fourier transform algorithm: programming considerations", 1970.
    """

    name = "power_of_frames"

    def __call__(self, real: Any, imaginary: Any, out: Any, places: Any, roots: Any, half: int, numbers: Any) -> None:
        """The plain Python."""
        lanes = processor.VECTOR_BYTES // real.itemsize
        z = (real[: half * lanes] + 1j * imaginary[: half * lanes]).reshape(half, lanes)[places[:half]]
        z = np.concatenate([z, z[:1]])
        mirrored = z[::-1].conj()
        root = np.exp(-1j * np.pi * np.arange(half + 1) / half)[:, None]
        twice = (z + mirrored) - 1j * root * (z - mirrored)
        out[: (half + 1) * lanes] = (np.abs(twice) ** 2 * numbers[1]).ravel()

    def emit(
        self, builder: Any, real: Array, imaginary: Array, out: Array, places: Array, roots: Array, half: Any,
        numbers: Array,
    ) -> None:  # fmt: skip
        """Write it as LLVM code."""
        from llvmlite import ir
        from numba.core import cgutils

        whole, vector = half.type, real.vector
        first, one, lanes = (ir.Constant(whole, number) for number in (0, 1, real.lanes))
        gain = numbers.load_spread(one)

        def bin_of(k: Any) -> tuple[Any, Any]:
            place = builder.mul(places.load(k), lanes)
            return real.load_vector(place), imaginary.load_vector(place)

        def write(k: Any, a: Any, b: Any, scale: Any) -> None:
            square = llvm.multiply_add(builder, a, a, builder.fmul(b, b))
            out.store_vector(builder.mul(k, lanes), builder.fmul(square, scale))

        nothing = ir.Constant(vector, None)
        a, b = bin_of(first)
        edge = builder.fmul(gain, ir.Constant(vector, [4.0] * vector.count))
        write(first, builder.fadd(a, b), nothing, edge)
        write(half, builder.fsub(a, b), nothing, edge)
        last = builder.add(builder.sdiv(half, ir.Constant(whole, 2)), one)
        with cgutils.for_range_slice(builder, one, last, one, whole) as (k, _):
            other = builder.sub(half, k)
            (ar, ai), (br, bi) = bin_of(k), bin_of(other)
            even = builder.fadd(ar, br), builder.fsub(ai, bi)
            odd = builder.fadd(ai, bi), builder.fsub(br, ar)
            at = builder.mul(k, ir.Constant(whole, 2))
            c, s = (roots.load_spread(plus(builder, at, n)) for n in range(2))
            # Times the root cos - i sin.
            turned = (
                llvm.multiply_add(builder, odd[0], c, builder.fmul(odd[1], s)),
                llvm.multiply_add(builder, odd[1], c, builder.fneg(builder.fmul(odd[0], s))),
            )
            for number, combine in ((k, builder.fadd), (other, builder.fsub)):
                write(number, combine(even[0], turned[0]), combine(even[1], turned[1]), gain)


class Sums(Intrinsic):
    """Weighted sums of neighbouring rows.

    For each m below `count`, row m of `out` is the sum of weights[q] rows[firsts[m] + q - starts[m]] for q from
    starts[m] to starts[m + 1].
    """

    name = "sums_of_rows"
    partial_sums = 4  # made in turn, and added in the end: one would have to wait for itself

    def __call__(self, rows: Any, out: Any, weights: Any, firsts: Any, starts: Any, count: int) -> None:
        """The plain Python."""
        lanes = processor.VECTOR_BYTES // rows.itemsize
        for m in range(count):
            begin, end = starts[m], starts[m + 1]
            here = rows[firsts[m] * lanes : (firsts[m] + end - begin) * lanes].reshape(-1, lanes)
            out[m * lanes : (m + 1) * lanes] = (weights[begin:end, None] * here).sum(axis=0)

    def emit(
        self, builder: Any, rows: Array, out: Array, weights: Array, firsts: Array, starts: Array, count: Any
    ) -> None:
        """Write it as LLVM code."""
        from llvmlite import ir
        from numba.core import cgutils

        whole, vector = count.type, rows.vector
        one, lanes = ir.Constant(whole, 1), ir.Constant(whole, rows.lanes)
        step = ir.Constant(whole, self.partial_sums)
        totals = [cgutils.alloca_once(builder, vector) for _ in range(self.partial_sums)]

        def add(row: Any, place: Any, total: Any) -> None:
            sample = rows.load_vector(builder.mul(row, lanes))
            builder.store(llvm.multiply_add(builder, sample, weights.load_spread(place), builder.load(total)), total)

        with cgutils.for_range(builder, count, intp=whole) as band:
            for total in totals:
                builder.store(ir.Constant(vector, None), total)
            begin = starts.load(band.index)
            end = starts.load(builder.add(band.index, one))
            start = builder.sub(firsts.load(band.index), begin)
            rest = builder.add(begin, builder.mul(builder.sdiv(builder.sub(end, begin), step), step))
            with cgutils.for_range_slice(builder, begin, rest, step, whole) as (q, _):
                for n, total in enumerate(totals):
                    add(plus(builder, builder.add(start, q), n), plus(builder, q, n), total)
            with cgutils.for_range_slice(builder, rest, end, one, whole) as (q, _):
                add(builder.add(start, q), q, totals[0])
            first, second, third, fourth = (builder.load(total) for total in totals)
            total = builder.fadd(builder.fadd(first, second), builder.fadd(third, fourth))
            out.store_vector(builder.mul(band.index, lanes), total)


_TERMS = {
    32: (0.66666662693, 0.40000972152, 0.28498786688, 0.24279078841),
    64: (
        6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
        1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01,
    ),
}  # fmt: skip
_LN2 = {32: (6.9313812256e-01, 9.0580006145e-06), 64: (6.93147180369123816490e-01, 1.90821492927058770002e-10)}
"""The natural logarithm of 2 as two numbers; the first times a whole number is exact."""


class Logarithm(Intrinsic):
    """The natural logarithm of rows, in place: of positive numbers, to less than two units in the last place.

    Source of the method and its numbers: fdlibm's e_log.c and FreeBSD's e_logf.c.
    """

    name = "logarithm_of_rows"

    def __call__(self, rows: Any, count: int) -> None:
        """The plain Python."""
        here = rows[: count * (processor.VECTOR_BYTES // rows.itemsize)]
        here[:] = np.log(here)

    def emit(self, builder: Any, rows: Array, count: Any) -> None:
        """Write it as LLVM code."""
        from llvmlite import ir
        from numba.core import cgutils

        vector, bits = rows.vector, rows.number.bitwidth
        whole = ir.VectorType(ir.IntType(bits), vector.count)
        fraction = {32: 23, 64: 52}[bits]
        bias = {32: 127, 64: 1023}[bits]

        def number(value: float) -> Any:
            return ir.Constant(vector, [value] * vector.count)

        def spread(value: int) -> Any:
            return ir.Constant(whole, [value] * vector.count)

        def fused(a: Any, b: Any, c: Any) -> Any:
            return llvm.multiply_add(builder, a, b, c)

        with cgutils.for_range(builder, count, intp=count.type) as loop:
            here = builder.mul(loop.index, ir.Constant(count.type, rows.lanes))
            x = rows.load_vector(here)
            # Numbers below the smallest normal one are made 2^fraction times as large first.
            is_small = builder.fcmp_ordered("<", x, number(2.0 ** (1 - bias)))
            x = builder.select(is_small, builder.fmul(x, number(2.0**fraction)), x)
            # x = 2^k (1 + f), with 1 + f between sqrt(1/2) and sqrt(2).
            pattern = builder.bitcast(x, whole)
            half_root = (
                int(np.float64(0.5**0.5).view(np.int64)) if bits == 64 else int(np.float32(0.5**0.5).view(np.int32))
            )
            exponent = builder.ashr(builder.sub(pattern, spread(half_root)), spread(fraction))
            mantissa = builder.sub(pattern, builder.shl(exponent, spread(fraction)))
            f = builder.fsub(builder.bitcast(mantissa, vector), number(1.0))
            k = builder.sitofp(exponent, vector)
            k = builder.select(is_small, builder.fsub(k, number(float(fraction))), k)
            s = builder.fdiv(f, builder.fadd(f, number(2.0)))
            z = builder.fmul(s, s)
            terms = _TERMS[bits]
            series = number(terms[-1])
            for term in reversed(terms[:-1]):
                series = fused(series, z, number(term))
            series = builder.fmul(series, z)
            half_square = builder.fmul(builder.fmul(f, f), number(0.5))
            high, low = _LN2[bits]
            tail = fused(k, number(low), builder.fmul(s, builder.fadd(half_square, series)))
            near = builder.fsub(half_square, tail)
            rows.store_vector(here, fused(k, number(high), builder.fsub(f, near)))


shape = Shape()
power = Power()
sums = Sums()
logarithm = Logarithm()
