"""Layers that move values, or add and copy them: their slopes are moved back."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property, partial

import numpy as np

from cnnkit.arrays import Array
from cnnkit.network.rearrangement import border
from cnnkit.operations.learning.training.layer import Layer
from cnnkit.operations.network import functions
from cnnkit.operations.network.work import WorkList


class Moving(Layer):
    """A layer that computes its output with `move`, and the slope of its input with `back`, both by NumPy."""

    @abstractmethod
    def move(self) -> Array:
        """The output."""

    @abstractmethod
    def back(self) -> Array:
        """The slope of the input."""

    def forward(self, work: WorkList, *, is_training: bool) -> None:
        work.then(lambda: np.copyto(self.made, self.move(), casting="same_kind"))

    def backward(self, work: WorkList) -> None:
        wanted = self.wanted
        if wanted is not None:
            work.then(lambda: np.copyto(wanted, self.back(), casting="same_kind"))


class Reshape(Moving):
    """flatten and reshape; nothing is to be done where the output lies where the input does."""

    def forward(self, work: WorkList, *, is_training: bool) -> None:
        if not np.may_share_memory(self.given, self.made):
            super().forward(work, is_training=is_training)

    def backward(self, work: WorkList) -> None:
        if not np.may_share_memory(self.given, self.made):
            super().backward(work)

    def move(self) -> Array:
        return self.given.reshape(self.made.shape)

    def back(self) -> Array:
        return self.slope.reshape(self.given.shape)


class Mean(Moving):
    """gap."""

    def move(self) -> Array:
        return functions.mean_of_maps(self.given)

    def back(self) -> Array:
        rows, columns = self.given.shape[1:3]
        return np.broadcast_to(self.slope[:, None, None] / np.float32(rows * columns), self.given.shape)


class Largest(Moving):
    """gmp: the first of several that are equal."""

    def move(self) -> Array:
        found: Array = self.given.max(axis=(1, 2))
        return found

    def back(self) -> Array:
        n, rows, columns, depth = self.given.shape
        places = self.given.reshape(n, rows * columns, depth).argmax(axis=1)
        found = np.zeros((n, rows * columns, depth), np.float32)
        np.put_along_axis(found, places[:, None], self.slope[:, None], axis=1)
        return found.reshape(self.given.shape)


class Border(Moving):
    """pad and crop."""

    @cached_property
    def sides(self) -> dict[str, int]:
        """What is added on each side."""
        return border(self.step.layer)._asdict()

    def move(self) -> Array:
        return functions.padded(self.given, **self.sides)

    def back(self) -> Array:
        return functions.padded(self.slope, **{side: -count for side, count in self.sides.items()})


class Shuffle(Moving):
    """shuffle: channels become rows and columns."""

    def move(self) -> Array:
        return functions.shuffled(self.given, self.step.layer.count)

    def back(self) -> Array:
        n, rows, columns, depth = self.given.shape
        factor = self.step.layer.count
        split = self.slope.reshape(n, rows, factor, columns, factor, depth // factor**2)
        found: Array = split.transpose(0, 1, 3, 5, 2, 4).reshape(self.given.shape)
        return found


class Enlarge(Moving):
    """upsample: along each axis the product with a matrix, and backward with that turned over."""

    def move(self) -> Array:
        layer = self.step.layer
        return functions.enlarged(self.given, layer.size, is_bilinear=layer.mode == "bilinear")

    @cached_property
    def matrices(self) -> tuple[Array, Array]:
        """(rows after, rows before) and (columns after, columns before): what becomes of one row or column alone."""
        layer, is_bilinear = self.step.layer, self.step.layer.mode == "bilinear"
        rows, columns = (np.eye(length, dtype=np.float32) for length in self.given.shape[1:3])
        down = functions.enlarged(rows[None, :, None, :], (layer.size[0], 1), is_bilinear=is_bilinear)[0, :, 0]
        across = functions.enlarged(columns[None, None], (1, layer.size[1]), is_bilinear=is_bilinear)[0, 0]
        return down, across

    def back(self) -> Array:
        down, across = self.matrices
        narrow = np.einsum("nijc,ix->nxjc", self.slope, down, optimize=True)
        found: Array = np.einsum("nxjc,jy->nxyc", narrow, across, optimize=True)
        return found


class Add(Layer):
    """add: the slope of a sum is that of each of its terms."""

    def forward(self, work: WorkList, *, is_training: bool) -> None:
        first, *others = (room.array for room in self.link.inputs)
        made = self.made
        for number, other in enumerate(others):
            before = made if number else first
            work.in_blocks(lambda a, b, out: np.add(a, b, out=out), made, before, other)

    def backward(self, work: WorkList) -> None:
        for room in self.link.input_slopes:
            if room is not None:
                work.in_blocks(lambda slope, out: np.copyto(out, slope), room.array, self.slope)


class Join(Layer):
    """cat: channels side by side."""

    def forward(self, work: WorkList, *, is_training: bool) -> None:
        rooms = self.link.inputs
        work.then(lambda: np.concatenate([room.array for room in rooms], axis=-1, out=self.made))

    def backward(self, work: WorkList) -> None:
        end = 0
        for given, room in zip(self.link.inputs, self.link.input_slopes, strict=True):
            begin, end = end, end + given.array.shape[-1]
            if room is not None:
                work.then(partial(np.copyto, room.array, self.slope[..., begin:end]))
