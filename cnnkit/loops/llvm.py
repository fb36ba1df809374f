"""Pieces of LLVM code for what Numba's language has no words for: vectors, in registers, masked and rounded.

`builder` is llvmlite's; it is loaded only where a loop is compiled.
"""

from __future__ import annotations

from typing import Any


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
    kind = f"i{element.width}" if isinstance(element, ir.IntType) else "f32" if element == ir.FloatType() else "f64"
    return f"v{vector.count}{kind}"


def call(builder: Any, name: str, kind: Any, *values: Any) -> Any:
    """Call one of LLVM's own functions."""
    from llvmlite import ir
    from numba.core import cgutils

    function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [v.type for v in values]), name)
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
    """The smaller of two vectors, lane by lane; any of them where one is NaN."""
    return builder.select(_is_less(builder, a, b, number), a, b)


def larger(builder: Any, a: Any, b: Any, number: Any) -> Any:
    """The larger of two vectors, lane by lane; any of them where one is NaN."""
    return builder.select(_is_less(builder, a, b, number), b, a)


def _is_less(builder: Any, a: Any, b: Any, number: Any) -> Any:
    if _is_float(a.type):
        return builder.fcmp_ordered("<", a, b)
    return (builder.icmp_signed if number.signed else builder.icmp_unsigned)("<", a, b)


def first_lanes(builder: Any, columns: Any, begin: int, lanes: int) -> Any:
    """A mask of the lanes that lie before `columns`."""
    from llvmlite import ir

    whole = ir.IntType(64)
    numbers = ir.Constant(ir.VectorType(whole, lanes), [begin + n for n in range(lanes)])
    return builder.icmp_signed("<", numbers, broadcast(builder, columns, numbers.type))


def converted(builder: Any, total: Any, number: Any, result: Any, out: Any) -> Any:
    """The sums in the type of the result."""
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
        if result.bitwidth > 16:
            raise TypeError(f"sums are not rounded to {result}")
        # Held within the range of the result first, in float, so that the conversion is a plain one: LLVM's saturating
        # one takes three times as long. What is no number becomes 0.
        is_number = builder.fcmp_ordered("ord", total, total)
        kept = builder.select(is_number, total, ir.Constant(total.type, None))
        for limit, sign in ((result.minval, "<"), (result.maxval, ">")):
            end = broadcast(builder, ir.Constant(total.type.element, float(limit)), total.type)
            kept = builder.select(builder.fcmp_ordered(sign, kept, end), end, kept)
        rounded = call(builder, f"llvm.round.{_name(total.type)}", total.type, kept)
        whole = builder.fptosi(rounded, ir.VectorType(ir.IntType(32), total.type.count))
        return builder.trunc(whole, wanted)
    low = broadcast(builder, ir.Constant(total.type.element, max(result.minval, number.minval)), total.type)
    high = broadcast(builder, ir.Constant(total.type.element, min(result.maxval, number.maxval)), total.type)
    held = call(builder, f"llvm.smax.{_name(total.type)}", total.type, total, low)
    held = call(builder, f"llvm.smin.{_name(total.type)}", total.type, held, high)
    if result.bitwidth == number.bitwidth:
        return held
    return (builder.trunc if result.bitwidth < number.bitwidth else builder.sext)(held, wanted)


def store(builder: Any, vector: Any, place: Any, mask: Any, number: Any) -> None:
    """Store a vector, or the lanes of it that a mask names."""
    from llvmlite import ir

    pointer = builder.bitcast(place, vector.type.as_pointer())
    align = number.bitwidth // 8
    if mask is None:
        builder.store(vector, pointer, align=align)
    else:
        width = ir.Constant(ir.IntType(32), align)
        call(builder, f"llvm.masked.store.{_name(vector.type)}.p0", ir.VoidType(), vector, pointer, width, mask)
