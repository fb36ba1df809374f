"""The steps of a Fourier transform over the lanes of vectors.

A transform runs down the rows of a plane, whose columns are the lanes: every row is one vector, and one step of the
transform takes `radix` rows at even distances.

Source of the factors: Cooley and Tukey, "An algorithm for the machine calculation of complex Fourier series", 1965;
in the order of Gentleman and Sande, 1966, on the way forth, and of Cooley and Tukey on the way back.
"""

from __future__ import annotations

import cmath
from typing import Any

import numpy as np

from cnnkit.loops.lanes import Pair, Rows, product_of
from cnnkit.loops.llvm import Array, Intrinsic, multiply_add, plus
from cnnkit.loops.machine import processor

STEP = 3
"""Numbers of a step of a transform: its radix, the length it divides, and where its factors begin."""


class Butterfly(Intrinsic):
    """One step of a transform, forth or back: small transforms of `radix` rows, and the factors that join the steps.

    The `size` rows that begin at `at`, `spacing` samples apart, are parts of `length`; row y of a part, and the rows a
    `radix`-th of it further each, are z[0], z[1] ... With f[m] the m-th pair of `factors` from `place` on, counted from
    m = 1, where `place` moves on by radix - 1 pairs with every y, it writes, in the same way,

        forth: f[m] * (sum over k of z[k] exp(-2 pi i k m / radix))
        back:  sum over k of conj(f[k]) z[k] exp(+2 pi i k m / radix)

    A `place` below 0 means factors of 1. It may write where it reads.
    """

    def __init__(self, radix: int, *, is_forth: bool) -> None:
        self.radix = radix
        self.is_forth = is_forth
        self.name = f"butterfly_{radix}_{is_forth}"

    def __call__(
        self, real: Any, imaginary: Any, at: int, spacing: int,
        out_real: Any, out_imaginary: Any, out_at: int, out_spacing: int,
        factors: Any, place: int, length: int, size: int,
    ) -> None:  # fmt: skip
        """The plain Python of the step."""
        lanes = processor.VECTOR_BYTES // real.itemsize
        sign = -1 if self.is_forth else 1
        roots = np.exp(sign * 2j * np.pi / self.radix * np.outer(np.arange(self.radix), np.arange(self.radix)))
        part = length // self.radix
        for y in range(part):
            turned = np.ones((self.radix, 1), dtype=complex)
            if place >= 0:
                here = place + 2 * (self.radix - 1) * y
                pairs = factors[here : here + 2 * (self.radix - 1)].reshape(-1, 2)
                turned[1:, 0] = pairs[:, 0] - sign * 1j * pairs[:, 1]
            for begin in range(y, size, length):
                rows = [begin + m * part for m in range(self.radix)]
                sources = [slice(at + row * spacing, at + row * spacing + lanes) for row in rows]
                values = np.stack([real[source] + 1j * imaginary[source] for source in sources])
                values = turned * (roots @ values) if self.is_forth else roots @ (turned * values)
                for row, value in zip(rows, values, strict=True):
                    target = slice(out_at + row * out_spacing, out_at + row * out_spacing + lanes)
                    out_real[target] = value.real
                    out_imaginary[target] = value.imag

    def emit(
        self, builder: Any, real: Array, imaginary: Array, at: Any, spacing: Any,
        out_real: Array, out_imaginary: Array, out_at: Any, out_spacing: Any,
        factors: Array, place: Any, length: Any, size: Any,
    ) -> None:  # fmt: skip
        """Write the step as LLVM code, with factors and without them."""
        from llvmlite import ir
        from numba.core import cgutils

        whole = place.type
        part = builder.sdiv(length, ir.Constant(whole, self.radix))
        steps = [builder.mul(part, step) for step in (spacing, out_spacing)]

        def load_factors(y: Any) -> list[Pair]:
            first = builder.add(place, builder.mul(y, ir.Constant(whole, 2 * (self.radix - 1))))
            numbers = [factors.load_spread(plus(builder, first, n)) for n in range(2 * (self.radix - 1))]
            return list(zip(numbers[0::2], numbers[1::2], strict=True))

        def turned(pairs: list[Pair], joints: list[Pair]) -> list[Pair]:
            if not joints:
                return pairs
            rest = zip(pairs[1:], joints, strict=True)
            return pairs[:1] + [product_of(builder, z, f, is_forth=self.is_forth) for z, f in rest]

        def walk(*, is_joined: bool) -> None:
            with cgutils.for_range(builder, part, intp=whole) as outer:
                joints = load_factors(outer.index) if is_joined else []
                with cgutils.for_range_slice(builder, outer.index, size, length, whole) as (begin, _):
                    start = builder.add(at, builder.mul(begin, spacing))
                    end = builder.add(out_at, builder.mul(begin, out_spacing))
                    sources = [Rows(array, start, steps[0]) for array in (real, imaginary)]
                    targets = [Rows(array, end, steps[1]) for array in (out_real, out_imaginary)]
                    pairs = [(sources[0].load(m), sources[1].load(m)) for m in range(self.radix)]
                    if self.is_forth:
                        pairs = turned(_transform(builder, pairs, is_forth=True), joints)
                    else:
                        pairs = _transform(builder, turned(pairs, joints), is_forth=False)
                    for m, pair in enumerate(pairs):
                        targets[0].store(m, pair[0])
                        targets[1].store(m, pair[1])

        with builder.if_else(builder.icmp_signed("<", place, ir.Constant(whole, 0))) as (plain, joined):
            with plain:
                walk(is_joined=False)
            with joined:
                walk(is_joined=True)


def _transform(builder: Any, pairs: list[Pair], *, is_forth: bool) -> list[Pair]:
    """The transform of a few pairs of vectors, in registers."""
    count = len(pairs)
    if count == 1:
        return pairs
    if count % 2:
        return _odd_transform(builder, pairs, is_forth=is_forth)
    even = _transform(builder, pairs[0::2], is_forth=is_forth)
    odd = _transform(builder, pairs[1::2], is_forth=is_forth)
    odd = [_turned(builder, z, k, count, is_forth=is_forth) for k, z in enumerate(odd)]
    sums = [tuple(builder.fadd(a, b) for a, b in zip(*both, strict=True)) for both in zip(even, odd, strict=True)]
    rests = [tuple(builder.fsub(a, b) for a, b in zip(*both, strict=True)) for both in zip(even, odd, strict=True)]
    return [(z[0], z[1]) for z in sums + rests]


def _odd_transform(builder: Any, pairs: list[Pair], *, is_forth: bool) -> list[Pair]:
    """The transform of an odd number of pairs: those equally far from the first, either way, share roots."""
    from llvmlite import ir

    count, vector = len(pairs), pairs[0][0].type
    half = range(1, count // 2 + 1)

    def times(part: Any, number: float, total: Any) -> Any:
        return multiply_add(builder, part, ir.Constant(vector, [number] * vector.count), total)

    sums = [[builder.fadd(a, b) for a, b in zip(pairs[k], pairs[count - k], strict=True)] for k in half]
    rests = [[builder.fsub(a, b) for a, b in zip(pairs[k], pairs[count - k], strict=True)] for k in half]
    out: list[Pair] = [pairs[0]] * count
    for z in sums:
        out[0] = (builder.fadd(out[0][0], z[0]), builder.fadd(out[0][1], z[1]))
    for m in half:
        even, odd = list(pairs[0]), [ir.Constant(vector, None)] * 2
        for k, z, d in zip(half, sums, rests, strict=True):
            root = cmath.exp(2j * cmath.pi * k * m / count)
            even = [times(part, root.real, total) for part, total in zip(z, even, strict=True)]
            odd = [times(part, root.imag, total) for part, total in zip(d, odd, strict=True)]
        low = builder.fadd(even[0], odd[1]), builder.fsub(even[1], odd[0])
        high = builder.fsub(even[0], odd[1]), builder.fadd(even[1], odd[0])
        out[m], out[count - m] = (low, high) if is_forth else (high, low)
    return out


def _turned(builder: Any, z: Pair, k: int, count: int, *, is_forth: bool) -> Pair:
    """Multiply by the k-th root of 1 of `count`: exp(-2 pi i k / count), or its conjugate on the way back."""
    from llvmlite import ir

    real, imaginary = z
    if k == 0:
        return z
    if 4 * k == count:
        return (imaginary, builder.fneg(real)) if is_forth else (builder.fneg(imaginary), real)
    vector = real.type
    root = cmath.exp(-2j * cmath.pi * k / count)
    if k * 8 % count == 0:
        # Real and imaginary part of the root are of one size: two products instead of four.
        size = ir.Constant(vector, [abs(root.real)] * vector.count)
        mixed = builder.fadd(real, imaginary), builder.fsub(imaginary, real)
        first, second = mixed if is_forth else (builder.fneg(mixed[1]), mixed[0])
        if 8 * k != count:
            first, second = (second, builder.fneg(first)) if is_forth else (builder.fneg(second), first)
        return builder.fmul(first, size), builder.fmul(second, size)
    parts = [ir.Constant(vector, [part] * vector.count) for part in (root.real, root.imag)]
    return product_of(builder, z, (parts[0], parts[1]), is_forth=is_forth)


forth_2, forth_3, forth_4, forth_5, forth_8 = (Butterfly(radix, is_forth=True) for radix in (2, 3, 4, 5, 8))
