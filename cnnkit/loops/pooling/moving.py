"""Samples moved several at a time: one load and one store, wherever they stand."""

from __future__ import annotations

from typing import Any

from cnnkit.loops.machine.processor import VECTOR_BYTES


class Move:
    """A copy of `wide` bytes, called inside a loop as ``move(source, at, target, at)``; arrays are flat, of one type.

    Parameters
    ----------
    wide : int
        A power of two, and no less than a sample.
    step : int
        Samples that are read from one to the next that is written.
    """

    def __init__(self, wide: int, step: int = 1) -> None:
        self.wide = wide
        self.step = step
        self._intrinsic: Any = None

    def __call__(self, source: Any, at: int, target: Any, target_at: int) -> None:
        """The plain Python of the move."""
        count = self.wide // source.itemsize
        target[target_at : target_at + count] = source[at : at + count * self.step : self.step]

    def for_numba(self) -> Any:
        """The move as Numba compiles it into a loop."""
        if self._intrinsic is None:
            self._intrinsic = _intrinsic(self.wide, self.step)
        return self._intrinsic


def _intrinsic(wide: int, step: int) -> Any:
    from numba.core import types
    from numba.extending import intrinsic

    @intrinsic
    def numba_move(context, source, at, target, target_at):  # type: ignore[no-untyped-def]
        wanted = source, types.intp, target, types.intp
        count = wide * 8 // source.dtype.bitwidth

        def emit(context, builder, signature, values):  # type: ignore[no-untyped-def]
            from llvmlite import ir

            def place(kind: Any, array: Any, at: Any, lanes: int) -> Any:
                pointer = context.make_array(kind)(context, builder, array).data
                vector = ir.VectorType(pointer.type.pointee, lanes)
                return builder.bitcast(builder.gep(pointer, [at]), vector.as_pointer())

            align = source.dtype.bitwidth // 8
            moved = builder.load(place(source, values[0], values[1], count * step), align=align)
            if step > 1:
                lanes = ir.Constant(ir.VectorType(ir.IntType(32), count), list(range(0, count * step, step)))
                moved = builder.shuffle_vector(moved, ir.Constant(moved.type, ir.Undefined), lanes)
            builder.store(moved, place(target, values[2], values[3], count), align=align)
            return context.get_dummy_value()

        return types.void(*wanted), emit

    return numba_move


move16 = Move(16)
move_evens = Move(VECTOR_BYTES, 2)
