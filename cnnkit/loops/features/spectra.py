"""Frames of a sound side by side in the lanes of vectors: what is done to all of them at once, written as LLVM code.

A plane has a row for each sample of a frame, or each bin of its spectrum; a row is one vector, and each lane another
frame. The plain Python beside it says the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.loops import llvm
from cnnkit.loops.lanes import Rows, as_function, vector_of
from cnnkit.loops.machine import processor


class _InLanes:
    """What is called in a loop with arrays and whole numbers."""

    name = ""
    arguments = 0

    def __init__(self) -> None:
        self._intrinsic: Any = None

    def for_numba(self) -> Any:
        """The function as Numba compiles it into a loop."""
        if self._intrinsic is None:
            self._intrinsic = as_function(self._emit, self.name, self.arguments)
        return self._intrinsic

    def _emit(self, builder: Any, values: list[Any], bits: int) -> None:
        raise NotImplementedError


class Shape(_InLanes):
    """Frames without their mean, with preemphasis, times the taper; and their energy.

    Called as ``shape(plane, length, taper, numbers, mean, energy)``, with m the row `mean` and k the first of
    `numbers`: of the `length` rows x[n] of the plane,

        energy = sum of (x[n] - m)^2
        x[n] = (x[n] - m - k (x[n - 1] - m)) taper[n], with x[-1] = x[0]
    """

    name = "shape_frames"
    arguments = 6

    def __call__(self, *arguments: Any) -> None:
        """The plain Python."""
        plane, length, taper, numbers, mean, energy = arguments
        lanes = processor.VECTOR_BYTES // plane.itemsize
        rows = plane[: length * lanes].reshape(length, lanes)
        rows -= mean[:lanes]
        energy[:lanes] = (rows * rows).sum(axis=0)
        before = np.concatenate([rows[:1], rows[:-1]])
        rows[:] = (rows - numbers[0] * before) * taper[:length, None]

    def _emit(self, builder: Any, values: list[Any], bits: int) -> None:
        from llvmlite import ir
        from numba.core import cgutils

        plane, length, taper, numbers, mean, energy = values
        whole, vector = length.type, vector_of(plane, bits)
        nought, lanes = ir.Constant(whole, 0), ir.Constant(whole, vector.count)
        rows = Rows(builder, plane, nought, lanes, bits)
        middle = Rows(builder, mean, nought, lanes, bits).load(0)
        factor = llvm.broadcast(builder, builder.fneg(builder.load(numbers)), vector)
        before = cgutils.alloca_once_value(builder, builder.fsub(rows.load(0), middle))
        squares = [cgutils.alloca_once_value(builder, ir.Constant(vector, None)) for _ in range(2)]
        with cgutils.for_range(builder, length, intp=whole) as loop:
            here = Rows(builder, plane, builder.mul(loop.index, lanes), lanes, bits)
            now = builder.fsub(here.load(0), middle)
            # Two sums in turn: one would have to wait for itself.
            last = builder.load(squares[0])
            builder.store(llvm.multiply_add(builder, now, now, builder.load(squares[1])), squares[0])
            builder.store(last, squares[1])
            raised = llvm.multiply_add(builder, builder.load(before), factor, now)
            weight = llvm.broadcast(builder, builder.load(builder.gep(taper, [loop.index])), vector)
            here.store(0, builder.fmul(raised, weight))
            builder.store(now, before)
        total = builder.fadd(builder.load(squares[0]), builder.load(squares[1]))
        Rows(builder, energy, nought, lanes, bits).store(0, total)


class Power(_InLanes):
    """The power of the bins of real frames, from the transform of their samples taken in pairs.

    Called as ``power(real, imaginary, out, places, roots, half, numbers)``: row places[k] holds Z[k], the
    transform of x[2m] + i x[2m + 1] at frequency k of `half`; `roots` are pairs cos, sin of 2 pi k / (2 half). It
    writes |2 X[k]|^2 times the second of `numbers` for k from 0 to half.

    Source: Cooley, Lewis and Welch, "The fast Fourier transform algorithm: programming considerations", 1970.
    """

    name = "power_of_frames"
    arguments = 7

    def __call__(self, *arguments: Any) -> None:
        """The plain Python."""
        real, imaginary, out, places, _, half, numbers = arguments
        lanes = processor.VECTOR_BYTES // real.itemsize
        z = (real[: half * lanes] + 1j * imaginary[: half * lanes]).reshape(half, lanes)[places[:half]]
        z = np.concatenate([z, z[:1]])
        mirrored = z[::-1].conj()
        root = np.exp(-1j * np.pi * np.arange(half + 1) / half)[:, None]
        twice = (z + mirrored) - 1j * root * (z - mirrored)
        out[: (half + 1) * lanes] = (np.abs(twice) ** 2 * numbers[1]).ravel()

    def _emit(self, builder: Any, values: list[Any], bits: int) -> None:
        from llvmlite import ir
        from numba.core import cgutils

        real, imaginary, out, places, roots, half, numbers = values
        whole, vector = half.type, vector_of(real, bits)
        one, lanes = ir.Constant(whole, 1), ir.Constant(whole, vector.count)
        gain = llvm.broadcast(builder, builder.load(builder.gep(numbers, [one])), vector)
        four = ir.Constant(vector, [4.0] * vector.count)

        def row(pointer: Any, number: Any) -> Rows:
            return Rows(builder, pointer, builder.mul(number, lanes), lanes, bits)

        def bin_of(k: Any) -> tuple[Any, Any]:
            place = builder.load(builder.gep(places, [k]))
            return row(real, place).load(0), row(imaginary, place).load(0)

        def square(a: Any, b: Any, scale: Any) -> Any:
            both = llvm.multiply_add(builder, a, a, builder.fmul(b, b))
            return builder.fmul(both, scale)

        nothing = ir.Constant(vector, None)
        a, b = bin_of(ir.Constant(whole, 0))
        edge = builder.fmul(gain, four)
        row(out, ir.Constant(whole, 0)).store(0, square(builder.fadd(a, b), nothing, edge))
        row(out, half).store(0, square(builder.fsub(a, b), nothing, edge))
        last = builder.add(builder.sdiv(half, ir.Constant(whole, 2)), one)
        with cgutils.for_range_slice(builder, one, last, one, whole) as (k, _):
            other = builder.sub(half, k)
            (ar, ai), (br, bi) = bin_of(k), bin_of(other)
            even = builder.fadd(ar, br), builder.fsub(ai, bi)
            odd = builder.fadd(ai, bi), builder.fsub(br, ar)
            at = builder.mul(k, ir.Constant(whole, 2))
            c, s = (
                llvm.broadcast(
                    builder, builder.load(builder.gep(roots, [builder.add(at, ir.Constant(whole, n))])), vector
                )
                for n in range(2)
            )
            # Times the root cos - i sin.
            turned = (
                llvm.multiply_add(builder, odd[0], c, builder.fmul(odd[1], s)),
                llvm.multiply_add(builder, odd[1], c, builder.fneg(builder.fmul(odd[0], s))),
            )
            for number, combine in ((k, builder.fadd), (other, builder.fsub)):
                parts = [combine(e, t) for e, t in zip(even, turned, strict=True)]
                row(out, number).store(0, square(parts[0], parts[1], gain))


class Sums(_InLanes):
    """Weighted sums of neighbouring rows.

    Called as ``sums(rows, out, weights, firsts, starts, count)``: for each m below `count`, row m of `out` is the
    sum of weights[q] rows[firsts[m] + q - starts[m]] for q from starts[m] to starts[m + 1].
    """

    name = "sums_of_rows"
    arguments = 6
    together = 4
    """Sums that are made in turn, and added in the end: one would have to wait for itself."""

    def __call__(self, *arguments: Any) -> None:
        """The plain Python."""
        rows, out, weights, firsts, starts, count = arguments
        lanes = processor.VECTOR_BYTES // rows.itemsize
        for m in range(count):
            begin, end = starts[m], starts[m + 1]
            here = rows[firsts[m] * lanes : (firsts[m] + end - begin) * lanes].reshape(-1, lanes)
            out[m * lanes : (m + 1) * lanes] = (weights[begin:end, None] * here).sum(axis=0)

    def _emit(self, builder: Any, values: list[Any], bits: int) -> None:
        from llvmlite import ir
        from numba.core import cgutils

        rows, out, weights, firsts, starts, count = values
        whole, vector = count.type, vector_of(rows, bits)
        one, lanes = ir.Constant(whole, 1), ir.Constant(whole, vector.count)
        step = ir.Constant(whole, self.together)
        totals = [cgutils.alloca_once(builder, vector) for _ in range(self.together)]

        def take(source: Rows, place: Any, n: int) -> None:
            weight = llvm.broadcast(builder, builder.load(builder.gep(weights, [place])), vector)
            builder.store(llvm.multiply_add(builder, source.load(n), weight, builder.load(totals[n])), totals[n])

        with cgutils.for_range(builder, count, intp=whole) as band:
            for total in totals:
                builder.store(ir.Constant(vector, None), total)
            begin = builder.load(builder.gep(starts, [band.index]))
            end = builder.load(builder.gep(starts, [builder.add(band.index, one)]))
            start = builder.sub(builder.load(builder.gep(firsts, [band.index])), begin)
            turns = builder.sdiv(builder.sub(end, begin), step)
            rest = builder.add(begin, builder.mul(turns, step))

            def source(q: Any, start: Any = start) -> Rows:
                return Rows(builder, rows, builder.mul(builder.add(start, q), lanes), lanes, bits)

            with cgutils.for_range_slice(builder, begin, rest, step, whole) as (q, _):
                for n in range(self.together):
                    take(source(q), builder.add(q, ir.Constant(whole, n)), n)
            with cgutils.for_range_slice(builder, rest, end, one, whole) as (q, _):
                take(source(q), q, 0)
            first, second, third, fourth = (builder.load(total) for total in totals)
            total = builder.fadd(builder.fadd(first, second), builder.fadd(third, fourth))
            Rows(builder, out, builder.mul(band.index, lanes), lanes, bits).store(0, total)


_TERMS = {
    32: (0.66666662693, 0.40000972152, 0.28498786688, 0.24279078841),
    64: (
        6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
        1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01,
    ),
}  # fmt: skip
_LN2 = {32: (6.9313812256e-01, 9.0580006145e-06), 64: (6.93147180369123816490e-01, 1.90821492927058770002e-10)}
"""The natural logarithm of 2 as two numbers, of which the first times a whole number is exact."""


class Logarithm(_InLanes):
    """The natural logarithm of rows, in place: of positive numbers, to less than two units in the last place.

    Called as ``logarithm(rows, count)``. Source of the method and its numbers: fdlibm's e_log.c and FreeBSD's e_logf.c.
    """

    name = "logarithm_of_rows"
    arguments = 2

    def __call__(self, *arguments: Any) -> None:
        """The plain Python."""
        rows, count = arguments
        here = rows[: count * (processor.VECTOR_BYTES // rows.itemsize)]
        here[:] = np.log(here)

    def _emit(self, builder: Any, values: list[Any], bits: int) -> None:
        from llvmlite import ir
        from numba.core import cgutils

        rows, count = values
        vector = vector_of(rows, bits)
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
            here = Rows(builder, rows, builder.mul(loop.index, ir.Constant(count.type, vector.count)), count, bits)
            x = here.load(0)
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
            here.store(0, fused(k, number(high), builder.fsub(f, near)))


shape = Shape()
power = Power()
sums = Sums()
logarithm = Logarithm()
