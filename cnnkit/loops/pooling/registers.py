"""The middle samples of small windows, all comparisons made in registers.

Numba has no vector values, so the network is written as LLVM code through one of its intrinsics. The plain Python
beside it says the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.loops import llvm
from cnnkit.loops.machine.processor import VECTOR_BYTES
from cnnkit.loops.pooling.sorting import Value, steps_to_middle


class Selection:
    """The middle of windows of `rows` x `columns` samples, of as many neighbours as a vector register holds.

    Called inside a loop as ``middle(image, at, apart, step, out, out_at)``: rows of a window are `apart`, columns
    `step` samples apart. A window that holds NaN gives NaN.
    """

    def __init__(self, rows: int, columns: int) -> None:
        self.rows = rows
        self.columns = columns
        self._intrinsic: Any = None

    def __call__(self, image: Any, at: int, apart: int, step: int, out: Any, out_at: int) -> None:
        """The plain Python of the selection."""
        lanes = VECTOR_BYTES // image.itemsize
        places = [at + a * apart + b * step for a in range(self.rows) for b in range(self.columns)]
        samples = np.sort([image[place : place + lanes] for place in places], axis=0)
        middle = samples[(len(samples) - 1) // 2]
        last = samples[-1]  # NaN is sorted behind all numbers
        out[out_at : out_at + lanes] = np.where(last == last, middle, last)  # noqa: PLR0124

    def for_numba(self) -> Any:
        """The selection as Numba compiles it into a loop."""
        if self._intrinsic is None:
            self._intrinsic = _intrinsic(self)
        return self._intrinsic


def _intrinsic(selection: Selection) -> Any:
    from numba.core import types
    from numba.extending import intrinsic

    @intrinsic
    def numba_selection(context, image, at, apart, step, out, out_at):  # type: ignore[no-untyped-def]
        wanted = image, *[types.intp] * 3, out, types.intp

        def emit(context, builder, signature, values):  # type: ignore[no-untyped-def]
            source, target = (
                context.make_array(kind)(context, builder, value).data
                for kind, value in ((image, values[0]), (out, values[4]))
            )
            _emit(selection, builder, source, values[1], values[2], values[3], target, values[5], image.dtype)
            return context.get_dummy_value()

        return types.void(*wanted), emit

    return numba_selection


def _emit(
    selection: Selection,
    builder: Any,
    source: Any,
    at: Any,
    apart: Any,
    step: Any,
    target: Any,
    place: Any,
    number: Any,
) -> None:
    """Write the selection as LLVM code."""
    from llvmlite import ir
    from numba.core import types

    whole = ir.IntType(64)
    vector = ir.VectorType(source.type.pointee, VECTOR_BYTES * 8 // number.bitwidth)
    align = number.bitwidth // 8
    is_float = isinstance(number, types.Float)
    steps, result = steps_to_middle(selection.rows, selection.columns)
    made: dict[Value, Any] = {}

    def load(row: int, column: int) -> Any:
        where = builder.add(at, builder.mul(apart, ir.Constant(whole, row)))
        where = builder.add(where, builder.mul(step, ir.Constant(whole, column)))
        return builder.load(builder.bitcast(builder.gep(source, [where]), vector.as_pointer()), align=align)

    def value(wanted: Value) -> Any:
        if wanted not in made:
            if wanted.step < selection.rows:
                made[wanted] = load(wanted.step, wanted.shift)
            else:
                sign, *terms = steps[wanted.step - selection.rows]
                a, b = (value(Value(term.step, term.shift + wanted.shift)) for term in terms)
                made[wanted] = llvm.smaller(builder, a, b, number) if sign < 0 else llvm.larger(builder, a, b, number)
        return made[wanted]

    middle = value(result)
    if is_float:
        samples = [value(Value(row, column)) for row in range(selection.rows) for column in range(selection.columns)]
        pairs = zip(samples[::2], samples[1::2] + samples[:1], strict=False)
        are_nan = [builder.fcmp_unordered("uno", a, b) for a, b in pairs]
        has_nan = are_nan[0]
        for one in are_nan[1:]:
            has_nan = builder.or_(has_nan, one)
        middle = builder.select(has_nan, ir.Constant(vector, [float("nan")] * vector.count), middle)
    llvm.store(builder, middle, builder.gep(target, [place]), None, number)


middle_of_3x3 = Selection(3, 3)
middle_of_5x5 = Selection(5, 5)
