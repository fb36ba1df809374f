"""Samples moved several at a time: one load and one store, wherever they stand."""

from __future__ import annotations

from typing import Any


class Move:
    """A copy of `wide` bytes, called inside a loop as ``move(source, at, target, at)``; arrays are flat, of one type.

    Parameters
    ----------
    wide : int
        A power of two, and no less than a sample.
    """

    def __init__(self, wide: int) -> None:
        self.wide = wide
        self._intrinsic: Any = None

    def __call__(self, source: Any, at: int, target: Any, target_at: int) -> None:
        """The plain Python of the move."""
        count = self.wide // source.itemsize
        target[target_at : target_at + count] = source[at : at + count]

    def for_numba(self) -> Any:
        """The move as Numba compiles it into a loop."""
        if self._intrinsic is None:
            self._intrinsic = _intrinsic(self.wide)
        return self._intrinsic


def _intrinsic(wide: int) -> Any:
    from numba.core import types
    from numba.extending import intrinsic

    @intrinsic
    def numba_move(context, source, at, target, target_at):  # type: ignore[no-untyped-def]
        wanted = source, types.intp, target, types.intp

        def emit(context, builder, signature, values):  # type: ignore[no-untyped-def]
            from llvmlite import ir

            pointer = ir.IntType(8 * wide).as_pointer()
            places = [
                builder.bitcast(builder.gep(context.make_array(kind)(context, builder, array).data, [place]), pointer)
                for kind, array, place in ((source, *values[:2]), (target, *values[2:]))
            ]
            builder.store(builder.load(places[0], align=1), places[1], align=1)
            return context.get_dummy_value()

        return types.void(*wanted), emit

    return numba_move


move4, move8, move16 = Move(4), Move(8), Move(16)
