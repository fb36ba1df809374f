"""Vectors of samples inside a loop: functions written as LLVM code, a square of samples turned, a product of spectra.

Numba has no vector values, and cannot know that the rows of a plane do not overlap, so what is done to whole vectors is
written as LLVM code through its intrinsics. The plain Python beside it says the same. Real and imaginary parts stand in
arrays of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnkit.loops.machine import processor

Pair = tuple[Any, Any]
"""The vectors of the real and the imaginary parts."""


class Turn:
    """Squares of as many vectors as a vector has lanes, with rows and columns exchanged.

    Called inside a loop as ``turn(values, at, apart, next, out, at, apart, next, squares)``: the rows of a square lie
    `apart`, and each of the `squares` begins `next` after the one before.
    """

    def __init__(self) -> None:
        self._intrinsic: Any = None

    def __call__(self, *arguments: Any) -> None:
        """The plain Python of the turn."""
        values, at, apart, onward, out, out_at, out_apart, out_onward, squares = arguments
        lanes = processor.VECTOR_BYTES // values.itemsize
        for s in range(squares):
            start, end = at + s * onward, out_at + s * out_onward
            square = np.stack([values[start + m * apart : start + m * apart + lanes] for m in range(lanes)])
            for m in range(lanes):
                out[end + m * out_apart : end + m * out_apart + lanes] = square[:, m]

    def for_numba(self) -> Any:
        """The turn as Numba compiles it into a loop."""
        if self._intrinsic is None:
            self._intrinsic = as_function(self._emit, "turn", 9)
        return self._intrinsic

    def _emit(self, builder: Any, values: list[Any], bits: int) -> None:
        """Write the turn as LLVM code: in each round the vectors of two halves are interleaved, one by one."""
        from llvmlite import ir
        from numba.core import cgutils

        start, at, apart, onward, out, out_at, out_apart, out_onward, squares = values
        lanes = vector_of(start, bits).count
        places = ir.VectorType(ir.IntType(32), lanes)
        order = [m // 2 + m % 2 * lanes for m in range(2 * lanes)]
        halves = [ir.Constant(places, order[:lanes]), ir.Constant(places, order[lanes:])]
        with cgutils.for_range(builder, squares, intp=at.type) as loop:
            begin = builder.add(at, builder.mul(loop.index, onward))
            end = builder.add(out_at, builder.mul(loop.index, out_onward))
            source = Rows(builder, start, begin, apart, bits)
            target = Rows(builder, out, end, out_apart, bits)
            rows = [source.load(m) for m in range(lanes)]
            for _ in range(lanes.bit_length() - 1):
                both = zip(rows[: lanes // 2], rows[lanes // 2 :], strict=True)
                rows = [builder.shuffle_vector(a, b, half) for a, b in both for half in halves]
            for m, row in enumerate(rows):
                target.store(m, row)


class Product:
    """Pairs of vectors that follow each other multiplied by others, in place.

    Called inside a loop as ``multiply(real, imaginary, at, by_real, by_imaginary, at, count)``, for `count` vectors.
    """

    def __init__(self) -> None:
        self._intrinsic: Any = None

    def __call__(self, *arguments: Any) -> None:
        """The plain Python of the product."""
        real, imaginary, at, by_real, by_imaginary, by, count = arguments
        length = processor.VECTOR_BYTES // real.itemsize * count
        here, there = slice(at, at + length), slice(by, by + length)
        product = (real[here] + 1j * imaginary[here]) * (by_real[there] + 1j * by_imaginary[there])
        real[here], imaginary[here] = product.real, product.imag

    def for_numba(self) -> Any:
        """The product as Numba compiles it into a loop."""
        if self._intrinsic is None:
            self._intrinsic = as_function(self._emit, "product", 7)
        return self._intrinsic

    def _emit(self, builder: Any, values: list[Any], bits: int) -> None:
        """Write the product as LLVM code."""
        from llvmlite import ir
        from numba.core import cgutils

        real, imaginary, at, by_real, by_imaginary, by, count = values
        lanes = ir.Constant(at.type, vector_of(real, bits).count)
        with cgutils.for_range(builder, count, intp=at.type) as loop:
            skip = builder.mul(loop.index, lanes)
            here, there = builder.add(at, skip), builder.add(by, skip)
            targets = [Rows(builder, p, here, lanes, bits) for p in (real, imaginary)]
            others = [Rows(builder, p, there, lanes, bits) for p in (by_real, by_imaginary)]
            z, f = ((rows[0].load(0), rows[1].load(0)) for rows in (targets, others))
            product = product_of(builder, z, f, is_forth=True)
            targets[0].store(0, product[0])
            targets[1].store(0, product[1])


def as_function(emit: Callable[[Any, list[Any], int], None], name: str, arguments: int) -> Any:
    """A call of a function that `emit` writes, once for each type; whatever calls it is not compiled with it."""
    from llvmlite import ir
    from numba.core import types
    from numba.extending import intrinsic

    def lower(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kinds = signature.args
        flat = [
            context.make_array(kind)(context, builder, value).data if isinstance(kind, types.Array) else value
            for kind, value in zip(kinds, values, strict=True)
        ]
        bits = kinds[0].dtype.bitwidth
        symbol = f"cnnkit_{name}_{bits}"
        function = builder.module.globals.get(symbol)
        if function is None:
            kind = ir.FunctionType(ir.VoidType(), [value.type for value in flat])
            function = ir.Function(builder.module, kind, symbol)
            function.linkage = "internal"
            function.attributes.add("noinline")
            inner = ir.IRBuilder(function.append_basic_block())
            emit(inner, list(function.args), bits)
            inner.ret_void()
        builder.call(function, flat)
        return context.get_dummy_value()

    names = ", ".join(f"a{n}" for n in range(arguments))
    scope = {"types": types, "lower": lower}
    exec(_TYPING.format(names=names), scope)
    return intrinsic(scope["typed"])


_TYPING = """
def typed(context, {names}):
    given = ({names},)
    return types.void(*[a if isinstance(a, types.Array) else types.intp for a in given]), lower
"""
"""Numba counts the arguments of an intrinsic by its definition."""


def vector_of(pointer: Any, bits: int) -> Any:
    """The vector of samples such as a pointer points to."""
    from llvmlite import ir

    return ir.VectorType(pointer.type.pointee, processor.VECTOR_BYTES * 8 // bits)


class Rows:
    """Vectors that lie evenly apart."""

    def __init__(self, builder: Any, pointer: Any, at: Any, apart: Any, bits: int) -> None:
        self.builder, self.pointer, self.at, self.apart, self.align = builder, pointer, at, apart, bits // 8
        self.vector = vector_of(pointer, bits)

    def _place(self, number: int) -> Any:
        from llvmlite import ir

        skip = self.builder.mul(self.apart, ir.Constant(self.apart.type, number))
        pointer = self.builder.gep(self.pointer, [self.builder.add(self.at, skip)])
        return self.builder.bitcast(pointer, self.vector.as_pointer())

    def load(self, number: int) -> Any:
        """The vector of a row."""
        return self.builder.load(self._place(number), align=self.align)

    def store(self, number: int, value: Any) -> None:
        """Replace the vector of a row."""
        self.builder.store(value, self._place(number), align=self.align)


def product_of(builder: Any, z: Pair, f: Pair, *, is_forth: bool) -> Pair:
    """Z times f, or times the conjugate of f on the way back; each part in one multiplication and one multiply-add."""
    fused = ("contract",)
    (a, b), (c, s) = z, f
    outer = [builder.fmul(b, s, flags=fused), builder.fmul(a, s, flags=fused)]
    inner = [builder.fmul(a, c, flags=fused), builder.fmul(b, c, flags=fused)]
    first, second = (builder.fsub, builder.fadd) if is_forth else (builder.fadd, builder.fsub)
    return first(inner[0], outer[0], flags=fused), second(inner[1], outer[1], flags=fused)
