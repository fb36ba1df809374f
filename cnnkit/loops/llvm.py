"""Functions written as LLVM code, for what Numba has no words for: vectors, in registers, masked and rounded.

Numba has no vector values, and cannot know that the rows of a plane do not overlap. So what is done to whole vectors is
an `Intrinsic`: LLVM code, and beside it plain Python that computes the same.

`builder` is llvmlite's; it is loaded only where a loop is compiled.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from inspect import signature
from typing import Any

from cnnkit.loops.machine import processor


class Intrinsic:
    """A function written as LLVM code, called inside loops with flat arrays and whole numbers.

    A subclass has the plain Python as `__call__`, and an `emit` that takes a builder and the same arguments, arrays as
    `Array`. The code becomes part of the calling loop; with a `name`, it is a function of its own, compiled once for
    each type of samples.
    """

    name = ""
    emit: Callable[..., None]

    @cached_property
    def for_numba(self) -> Any:
        """The intrinsic as Numba compiles it into a loop."""
        from numba.core import types
        from numba.extending import intrinsic

        def typed(context: Any, *given: Any) -> Any:
            return types.void(*[one if isinstance(one, types.Array) else types.intp for one in given]), self._lower

        typed.__signature__ = signature(self.emit)  # type: ignore[attr-defined]  # by which Numba counts arguments
        return intrinsic(typed)

    def _lower(self, context: Any, builder: Any, signature: Any, values: Any) -> Any:
        from numba.core import cgutils, types

        flat, lengths = [], []
        for dtype, value in zip(signature.args, values, strict=True):
            array = context.make_array(dtype)(context, builder, value) if isinstance(dtype, types.Array) else None
            flat.append(value if array is None else array.data)
            lengths.append(None if array is None else cgutils.unpack_tuple(builder, array.shape)[0])

        def emit(builder: Any, flat: Any, lengths: Any) -> None:
            self.emit(builder, *[
                Array(builder, value, dtype.dtype, length) if isinstance(dtype, types.Array) else value
                for dtype, value, length in zip(signature.args, flat, lengths, strict=True)
            ])  # fmt: skip

        if self.name:
            symbol = f"cnnkit_{self.name}_{signature.args[0].dtype}"
            builder.call(_function(builder.module, symbol, flat, emit), flat)
        else:
            emit(builder, flat, lengths)
        return context.get_dummy_value()


def _function(module: Any, symbol: str, values: list[Any], emit: Callable[..., None]) -> Any:
    """The function of a name in a module, written there if it is not yet."""
    from llvmlite import ir

    if symbol not in module.globals:
        function = ir.Function(module, ir.FunctionType(ir.VoidType(), [value.type for value in values]), symbol)
        function.linkage = "internal"
        function.attributes.add("noinline")
        builder = ir.IRBuilder(function.append_basic_block())
        emit(builder, function.args, [None] * len(values))
        builder.ret_void()
    return module.globals[symbol]


class Array:
    """A flat array as LLVM code sees it, read and written one number or one vector at a time."""

    def __init__(self, builder: Any, pointer: Any, number: Any, length: Any = None) -> None:
        from llvmlite import ir

        self.builder = builder
        self.pointer = pointer
        self.number = number  # Numba's type of a sample
        self.length = length  # None in a function of its own
        self.lanes = processor.VECTOR_BYTES * 8 // number.bitwidth
        self.vector = ir.VectorType(pointer.type.pointee, self.lanes)

    def load(self, index: Any) -> Any:
        """One number."""
        return self.builder.load(self.builder.gep(self.pointer, [index]))

    def load_spread(self, index: Any) -> Any:
        """One number in all lanes of a vector."""
        return broadcast(self.builder, self.load(index), self.vector)

    def load_vector(self, index: Any, lanes: int | None = None, *, is_there: Any = None) -> Any:
        """The numbers from `index` on: as many as a register holds, or `lanes`; zeros unless all of it `is_there`."""
        from llvmlite import ir

        vector = ir.VectorType(self.pointer.type.pointee, lanes or self.lanes)
        place = self.builder.bitcast(self.builder.gep(self.pointer, [index]), vector.as_pointer())
        align = self.number.bitwidth // 8
        if is_there is None:
            return self.builder.load(place, align=align)
        mask = broadcast(self.builder, is_there, ir.VectorType(is_there.type, vector.count))
        name = f"llvm.masked.load.{_name(vector)}.p0"
        return call(
            self.builder, name, vector, place, ir.Constant(ir.IntType(32), align), mask, ir.Constant(vector, None)
        )

    def store_vector(self, index: Any, vector: Any, mask: Any = None) -> None:
        """Replace the numbers from `index` on by a vector, or by those of its lanes that a mask names."""
        store(self.builder, vector, self.builder.gep(self.pointer, [index]), mask, self.number)


def plus(builder: Any, index: Any, number: int) -> Any:
    """An index and a number that is known."""
    from llvmlite import ir

    return builder.add(index, ir.Constant(index.type, number)) if number else index


def row_at(builder: Any, begin: Any, spacing: Any, row: int) -> Any:
    """Where a row begins: row 0 at `begin`, each `spacing` samples after the one before it."""
    from llvmlite import ir

    return builder.add(begin, builder.mul(spacing, ir.Constant(spacing.type, row)))


def shuffled(builder: Any, a: Any, b: Any, places: list[int]) -> Any:
    """The lanes of two vectors at these places, counted through both."""
    from llvmlite import ir

    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(ir.IntType(32), len(places)), places))


def broadcast(builder: Any, number: Any, vector: Any) -> Any:
    """A vector that holds one number in all its lanes."""
    from llvmlite import ir

    places = ir.VectorType(ir.IntType(32), vector.count)
    alone = builder.insert_element(ir.Constant(vector, ir.Undefined), number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(alone, ir.Constant(vector, ir.Undefined), ir.Constant(places, None))


def _is_float(vector: Any) -> bool:
    from llvmlite import ir

    return isinstance(vector.element, ir.FloatType | ir.DoubleType)


def _name(vector: Any) -> str:
    """A vector type as LLVM's intrinsics spell it, v8f32."""
    from llvmlite import ir

    element = vector.element
    word = f"i{element.width}" if isinstance(element, ir.IntType) else "f32" if element == ir.FloatType() else "f64"
    return f"v{vector.count}{word}"


def call(builder: Any, name: str, result: Any, *values: Any) -> Any:
    """Call one of LLVM's own functions."""
    from llvmlite import ir
    from numba.core import cgutils

    function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(result, [v.type for v in values]), name)
    return builder.call(function, values)


def multiply_add(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """A times b plus c; in one rounding where the processor has that."""
    if not _is_float(a.type):
        return builder.add(builder.mul(a, b), c)
    return call(builder, f"llvm.fmuladd.{_name(a.type)}", a.type, a, b, c)


def add(builder: Any, a: Any, b: Any) -> Any:
    """The sum of two vectors."""
    return builder.fadd(a, b) if _is_float(a.type) else builder.add(a, b)


def smaller(builder: Any, a: Any, b: Any, number: Any) -> Any:
    """The smaller of two vectors, lane by lane; either where one is NaN."""
    return builder.select(_is_less(builder, a, b, number), a, b)


def larger(builder: Any, a: Any, b: Any, number: Any) -> Any:
    """The larger of two vectors, lane by lane; either where one is NaN."""
    return builder.select(_is_less(builder, a, b, number), b, a)


def _is_less(builder: Any, a: Any, b: Any, number: Any) -> Any:
    if _is_float(a.type):
        return builder.fcmp_ordered("<", a, b)
    return (builder.icmp_signed if number.signed else builder.icmp_unsigned)("<", a, b)


def in_order(builder: Any) -> None:
    """Keep a loop from being unrolled, and what is loaded after this from being loaded before it.

    A compiler does both to fill a processor's time, and then lacks registers.
    """
    from llvmlite import ir

    nothing = ir.FunctionType(ir.VoidType(), ())
    builder.call(ir.InlineAsm(nothing, "", "~{memory}", side_effect=True), (), attrs=("convergent",))


def first_lanes(builder: Any, columns: Any, begin: int, lanes: int) -> Any:
    """A mask of the lanes that lie before `columns`."""
    from llvmlite import ir

    whole = ir.IntType(64)
    numbers = ir.Constant(ir.VectorType(whole, lanes), [begin + n for n in range(lanes)])
    return builder.icmp_signed("<", numbers, broadcast(builder, columns, numbers.type))


def converted(builder: Any, total: Any, number: Any, result: Any, out: Any) -> Any:
    """Sums in the type of the result: whole numbers saturate, halves are rounded away from zero, NaN becomes 0."""
    from llvmlite import ir
    from numba.core import types

    if number == result:
        return total
    wanted = ir.VectorType(out.type.pointee, total.type.count)
    if isinstance(result, types.Float):
        if isinstance(number, types.Float):
            return (builder.fpext if result.bitwidth > number.bitwidth else builder.fptrunc)(total, wanted)
        return builder.sitofp(total, wanted)
    if isinstance(number, types.Float):
        return builder.trunc(_rounded(builder, total, number, result), wanted)
    low = broadcast(builder, ir.Constant(total.type.element, max(result.minval, number.minval)), total.type)
    high = broadcast(builder, ir.Constant(total.type.element, min(result.maxval, number.maxval)), total.type)
    clipped = call(builder, f"llvm.smax.{_name(total.type)}", total.type, total, low)
    clipped = call(builder, f"llvm.smin.{_name(total.type)}", total.type, clipped, high)
    if result.bitwidth == number.bitwidth:
        return clipped
    return (builder.trunc if result.bitwidth < number.bitwidth else builder.sext)(clipped, wanted)


def _rounded(builder: Any, total: Any, number: Any, result: Any) -> Any:
    """Floats in the range of a `result` of few bits as whole numbers, halves away from zero.

    Clipped first, in float, so that the conversion is a plain one: LLVM's saturating one takes three times as long.
    """
    from llvmlite import ir

    if result.bitwidth > 16:
        raise TypeError(f"sums are not rounded to {result}")

    def spread(value: float) -> Any:
        return broadcast(builder, ir.Constant(total.type.element, float(value)), total.type)

    zero, low, high = ir.Constant(total.type, None), spread(result.minval), spread(result.maxval)
    if result.minval:
        clipped = builder.select(builder.fcmp_ordered("ord", total, total), total, zero)
        clipped = builder.select(builder.fcmp_ordered("<", clipped, low), low, clipped)
        clipped = builder.select(builder.fcmp_ordered(">", clipped, high), high, clipped)
        rounded = call(builder, f"llvm.round.{_name(total.type)}", total.type, clipped)
    else:  # what is not above 0, a NaN as well, is 0; a half, added to what lies just below one, would round it up
        clipped = builder.select(builder.fcmp_ordered(">", total, zero), total, zero)
        clipped = builder.select(builder.fcmp_ordered("<", clipped, high), clipped, high)
        rounded = builder.fadd(clipped, spread(0.5 - 2.0 ** -(25 if number.bitwidth == 32 else 54)))
    return builder.fptosi(rounded, ir.VectorType(ir.IntType(32), total.type.count))


def store(builder: Any, vector: Any, place: Any, mask: Any, number: Any) -> None:
    """Store a vector, or those of its lanes that a mask names."""
    from llvmlite import ir

    pointer = builder.bitcast(place, vector.type.as_pointer())
    align = number.bitwidth // 8
    if mask is None:
        builder.store(vector, pointer, align=align)
    else:
        width = ir.Constant(ir.IntType(32), align)
        call(builder, f"llvm.masked.store.{_name(vector.type)}.p0", ir.VoidType(), vector, pointer, width, mask)
