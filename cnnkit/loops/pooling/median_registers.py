"""The middle samples of small windows: the network of `sorting`, with all comparisons in registers."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.loops import llvm
from cnnkit.loops.llvm import Array, row_at
from cnnkit.loops.machine.processor import VECTOR_BYTES
from cnnkit.loops.pooling.median_network import Value, steps_to_middle


class Selection(llvm.Intrinsic):
    """The middle of windows of `rows` x `columns` samples, of as many neighbours as a vector register holds.

    Rows of a window are `spacing` samples apart, columns `step`. A window that holds NaN gives NaN.
    """

    def __init__(self, rows: int, columns: int) -> None:
        self.rows = rows
        self.columns = columns

    def __call__(self, image: Any, at: int, spacing: int, step: int, out: Any, out_at: int) -> None:
        """The plain Python of the selection."""
        lanes = VECTOR_BYTES // image.itemsize
        places = [at + a * spacing + b * step for a in range(self.rows) for b in range(self.columns)]
        samples = np.sort([image[place : place + lanes] for place in places], axis=0)
        middle = samples[(len(samples) - 1) // 2]
        last = samples[-1]  # NaN is sorted behind all numbers
        out[out_at : out_at + lanes] = np.where(last == last, middle, last)  # noqa: PLR0124

    def emit(self, builder: Any, image: Array, at: Any, spacing: Any, step: Any, out: Array, out_at: Any) -> None:
        """Write the selection as LLVM code."""
        from llvmlite import ir
        from numba.core import types

        steps, result = steps_to_middle(self.rows, self.columns)
        made: dict[Value, Any] = {}

        def value(wanted: Value) -> Any:
            if wanted not in made:
                if wanted.step < self.rows:
                    begin = row_at(builder, at, spacing, wanted.step)
                    made[wanted] = image.load_vector(row_at(builder, begin, step, wanted.shift))
                else:
                    sign, *terms = steps[wanted.step - self.rows]
                    a, b = (value(Value(term.step, term.shift + wanted.shift)) for term in terms)
                    made[wanted] = (llvm.smaller if sign < 0 else llvm.larger)(builder, a, b, image.number)
            return made[wanted]

        middle = value(result)
        if isinstance(image.number, types.Float):
            samples = [value(Value(row, column)) for row in range(self.rows) for column in range(self.columns)]
            pairs = zip(samples[::2], samples[1::2] + samples[:1], strict=False)
            are_nan = [builder.fcmp_unordered("uno", a, b) for a, b in pairs]
            has_nan = are_nan[0]
            for one in are_nan[1:]:
                has_nan = builder.or_(has_nan, one)
            nan = ir.Constant(image.vector, [float("nan")] * image.lanes)
            middle = builder.select(has_nan, nan, middle)
        out.store_vector(out_at, middle)


middle_of_3x3 = Selection(3, 3)
middle_of_5x5 = Selection(5, 5)
