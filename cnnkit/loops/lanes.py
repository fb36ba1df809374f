"""Vectors of samples inside a loop: a square of samples transposed, a product of spectra, and rows a vector wide.

Real and imaginary parts are in arrays of their own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.loops.llvm import Array, Intrinsic, row_at
from cnnkit.loops.machine import processor

Pair = tuple[Any, Any]
"""The vectors of the real and the imaginary parts."""


class Transpose(Intrinsic):
    """Squares of as many vectors as a vector has lanes, with rows and columns exchanged.

    The rows of a square are `spacing` samples apart, and each of the `squares` begins `step` after the one before.
    """

    name = "transpose"

    def __call__(
        self, values: Any, at: int, spacing: int, step: int, out: Any, out_at: int, out_spacing: int, out_step: int,
        squares: int,
    ) -> None:  # fmt: skip
        """The plain Python."""
        lanes = processor.VECTOR_BYTES // values.itemsize
        for s in range(squares):
            start, end = at + s * step, out_at + s * out_step
            square = np.stack([values[start + m * spacing :][:lanes] for m in range(lanes)])
            for m in range(lanes):
                out[end + m * out_spacing :][:lanes] = square[:, m]

    def emit(
        self, builder: Any, values: Array, at: Any, spacing: Any, step: Any,
        out: Array, out_at: Any, out_spacing: Any, out_step: Any, squares: Any,
    ) -> None:  # fmt: skip
        """Write it as LLVM code: in each round the vectors of two halves are interleaved, one by one."""
        from llvmlite import ir
        from numba.core import cgutils

        lanes = values.lanes
        places = ir.VectorType(ir.IntType(32), lanes)
        order = [m // 2 + m % 2 * lanes for m in range(2 * lanes)]
        halves = [ir.Constant(places, order[:lanes]), ir.Constant(places, order[lanes:])]
        with cgutils.for_range(builder, squares, intp=at.type) as loop:
            source = Rows(values, builder.add(at, builder.mul(loop.index, step)), spacing)
            target = Rows(out, builder.add(out_at, builder.mul(loop.index, out_step)), out_spacing)
            rows = [source.load(m) for m in range(lanes)]
            for _ in range(lanes.bit_length() - 1):
                both = zip(rows[: lanes // 2], rows[lanes // 2 :], strict=True)
                rows = [builder.shuffle_vector(a, b, half) for a, b in both for half in halves]
            for m, row in enumerate(rows):
                target.store(m, row)


transpose = Transpose()


class Product(Intrinsic):
    """`count` pairs of vectors that follow each other, multiplied by others, in place."""

    name = "product"

    def __call__(
        self, real: Any, imaginary: Any, at: int, by_real: Any, by_imaginary: Any, by_at: int, count: int
    ) -> None:
        """The plain Python."""
        length = processor.VECTOR_BYTES // real.itemsize * count
        here, there = slice(at, at + length), slice(by_at, by_at + length)
        product = (real[here] + 1j * imaginary[here]) * (by_real[there] + 1j * by_imaginary[there])
        real[here], imaginary[here] = product.real, product.imag

    def emit(
        self, builder: Any, real: Array, imaginary: Array, at: Any,
        by_real: Array, by_imaginary: Array, by_at: Any, count: Any,
    ) -> None:  # fmt: skip
        """Write the product as LLVM code."""
        from llvmlite import ir
        from numba.core import cgutils

        with cgutils.for_range(builder, count, intp=at.type) as loop:
            skip = builder.mul(loop.index, ir.Constant(at.type, real.lanes))
            here, there = builder.add(at, skip), builder.add(by_at, skip)
            z = real.load_vector(here), imaginary.load_vector(here)
            f = by_real.load_vector(there), by_imaginary.load_vector(there)
            product = product_of(builder, z, f, is_forth=True)
            real.store_vector(here, product[0])
            imaginary.store_vector(here, product[1])


class Rows:
    """Vectors at even distances in an array: row m is the one that begins at ``at + m * spacing``."""

    def __init__(self, array: Array, at: Any, spacing: Any) -> None:
        self.array, self.at, self.spacing = array, at, spacing

    def load(self, row: int) -> Any:
        """The vector of a row."""
        return self.array.load_vector(row_at(self.array.builder, self.at, self.spacing, row))

    def store(self, row: int, vector: Any) -> None:
        """Replace the vector of a row."""
        self.array.store_vector(row_at(self.array.builder, self.at, self.spacing, row), vector)


def product_of(builder: Any, z: Pair, f: Pair, *, is_forth: bool) -> Pair:
    """Z times f, or times the conjugate of f on the way back; each part in one multiplication and one multiply-add."""
    fused = ("contract",)
    (a, b), (c, s) = z, f
    outer = [builder.fmul(b, s, flags=fused), builder.fmul(a, s, flags=fused)]
    inner = [builder.fmul(a, c, flags=fused), builder.fmul(b, c, flags=fused)]
    first, second = (builder.fsub, builder.fadd) if is_forth else (builder.fadd, builder.fsub)
    return first(inner[0], outer[0], flags=fused), second(inner[1], outer[1], flags=fused)
