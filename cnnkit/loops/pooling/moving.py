"""Samples moved several at a time: one load and one store, at any address."""

from __future__ import annotations

from typing import Any

from cnnkit.loops.llvm import Array, Intrinsic
from cnnkit.loops.machine.processor import VECTOR_BYTES


class Move(Intrinsic):
    """A copy of `size` bytes, a power of two and no less than a sample; of every `step`-th sample from `at` on."""

    def __init__(self, size: int, step: int = 1) -> None:
        self.size = size
        self.step = step

    def __call__(self, source: Any, at: int, target: Any, target_at: int) -> None:
        """The plain Python of the move."""
        count = self.size // source.itemsize
        target[target_at : target_at + count] = source[at : at + count * self.step : self.step]

    def emit(self, builder: Any, source: Array, at: Any, target: Array, target_at: Any) -> None:
        """Write the move as LLVM code."""
        from llvmlite import ir

        count = self.size * 8 // source.number.bitwidth
        moved = source.load_vector(at, count * self.step)
        if self.step > 1:
            places = ir.VectorType(ir.IntType(32), count)
            lanes = ir.Constant(places, list(range(0, count * self.step, self.step)))
            moved = builder.shuffle_vector(moved, ir.Constant(moved.type, ir.Undefined), lanes)
        target.store_vector(target_at, moved)


move16 = Move(16)
move_evens = Move(VECTOR_BYTES, 2)
