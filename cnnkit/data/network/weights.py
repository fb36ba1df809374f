"""What a file of weights holds: tensors with names, in the order of the file, before it is known whose they are."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.arrays import Array
from cnnkit.geometry.pair import LARGEST, counted, pair_text

SHOWN = 8
"""Tensors that are named where a record is printed."""

MOST_COUNTED = 16
"""Values of the longest list of whole numbers that counts something, or is a shape; longer ones may be weights."""

MOST_DIMENSIONS = 32
MOST_VALUES = 1 << 60
"""No array has so many, sides of 0 counted as 1."""


class Tensor(NamedTuple):
    """One tensor as the file holds it; `stored` may be mapped from the disk, and is not to be changed."""

    dtype: str  # in the words of NumPy, or bfloat16
    stored: Array  # bfloat16 as the uint16 of the same bits

    @property
    def shape(self) -> tuple[int, ...]:
        """Its sides, in the order of the file."""
        return self.stored.shape

    @property
    def is_counter(self) -> bool:
        """Whether it is no weight of a layer: a single number, as of batches seen, or a shape."""
        is_list = self.stored.dtype.kind in "iub" and self.stored.ndim < 2 and self.stored.size <= MOST_COUNTED
        return self.stored.ndim == 0 or is_list

    @property
    def values(self) -> npt.NDArray[np.float32]:
        """Its values as float32, without a copy where they are that."""
        if self.dtype == "bfloat16":  # the upper half of a float32
            bits: Array = self.stored.astype(np.uint32) << np.uint32(16)
            return bits.view(np.float32)
        with np.errstate(over="ignore"):  # what is too large for float32 is infinite there, and noted
            values: npt.NDArray[np.float32] = np.require(self.stored, np.float32, "A")
        return values


class Weights(Mapping[str, Array]):
    """The tensors of a file by their names, as float32, in the order of the file.

    Parameters
    ----------
    tensors : mapping of str to Tensor
    name : str
        The name of the file.
    metadata : mapping of str to str
        What the file says of itself.

    Examples
    --------
    >>> weights = Weights({"conv.weight": Tensor("float32", np.ones((8, 3, 3, 3), np.float32))}, "w.safetensors")
    >>> weights
    Weights('w.safetensors', 1 tensor, 216 values: conv.weight 8x3x3x3)
    >>> weights["conv.weight"].dtype
    dtype('float32')
    """

    def __init__(
        self, tensors: Mapping[str, Tensor], name: str = "", metadata: Mapping[str, str] | None = None
    ) -> None:
        self.tensors, self.name, self.metadata = dict(tensors), name, dict(metadata or {})

    def __getitem__(self, name: str) -> Array:
        return self.tensors[name].values

    def __iter__(self) -> Iterator[str]:
        return iter(self.tensors)

    def __len__(self) -> int:
        return len(self.tensors)

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__

    @property
    def count(self) -> int:
        """Values of all tensors."""
        return sum(math.prod(tensor.shape) for tensor in self.tensors.values())

    @property
    def nbytes(self) -> int:
        """Bytes of all tensors, as the file holds them."""
        return sum(tensor.stored.nbytes for tensor in self.tensors.values())

    def __repr__(self) -> str:
        shown = [f"{name} {shape_text(tensor.shape)}" for name, tensor in [*self.tensors.items()][:SHOWN]]
        shown += ["..."] * (len(self) > SHOWN)
        return f"Weights({self.name!r}, {counted(len(self), 'tensor')}, {self.count:,} values: {', '.join(shown)})"


def shape_text(shape: tuple[int, ...]) -> str:
    """The sides of a tensor; a single number has none.

    >>> shape_text((8, 3, 3, 3)), shape_text((8,)), shape_text(())
    ('8x3x3x3', '8', 'one number')
    """
    return pair_text(shape) if shape else "one number"


def is_shape(sides: Sequence[int]) -> bool:
    """Whether an array can have these sides: one of 0 values may be as large as no array along the others.

    >>> is_shape((8, 3, 3, 3)), is_shape((1 << 40, 1 << 40, 0)), is_shape((-2, -3))
    (True, False, False)
    """
    is_small = math.prod(max(side, 1) for side in sides) < MOST_VALUES
    return is_small and all(0 <= side <= LARGEST for side in sides) and len(sides) <= MOST_DIMENSIONS


def tensor(values: Any) -> Tensor:
    """An array as a tensor."""
    array = np.asarray(values)
    return Tensor(str(array.dtype.newbyteorder("=")), array)
