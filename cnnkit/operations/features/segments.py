"""A sound as features ready for a network: as a whole, or cut into pieces that are sounds of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.recipes.finish import Finish, Product, lay_out
from cnnkit.data.recipes.recipe import Recipe
from cnnkit.data.rows import Rows
from cnnkit.data.signal import Samples
from cnnkit.operations.features.finishing import finish, finished, lay

Compute = Callable[[Recipe, Samples], npt.NDArray[Any]]
"""Makes (frames, columns, 1) of a sound."""


@dataclass(frozen=True)
class Piece:
    """Some samples of a sound, as a sound of its own, which may reach beyond the end.

    Attributes
    ----------
    whole : Samples
    first : int
        The sample it begins with.
    count : int
        Samples in it.
    is_loop : bool
        Whether what lies beyond the end is the piece from its beginning again, and not zeros.
    """

    whole: Samples
    first: int
    count: int
    is_loop: bool = False

    @property
    def sample_rate(self) -> int:
        """In hertz."""
        return self.whole.sample_rate

    @property
    def full_scale(self) -> float | None:
        """As of the whole sound."""
        return self.whole.full_scale

    @property
    def notes(self) -> tuple[str, ...]:
        """As of the whole sound."""
        return self.whole.notes

    def between(self, start: int, stop: int) -> npt.NDArray[Any]:
        """The samples from `start` up to, but without, `stop`.

        >>> from cnnkit.data.signal import Signal
        >>> sound = Signal(np.arange(10), 8000)
        >>> Piece(sound, 8, 4).between(1, 4).tolist(), Piece(sound, 8, 4, True).between(0, 4).tolist()
        ([9, 0, 0], [8, 9, 8, 9])
        """
        there = min(self.count, self.whole.count - self.first)
        if stop <= there:
            return self.whole.between(self.first + start, self.first + stop)
        if self.is_loop:
            return self.whole.between(self.first, self.first + there)[np.arange(start, stop) % there]
        known = self.whole.between(self.first + min(start, there), self.first + there)
        samples = np.zeros(stop - start, dtype=known.dtype)
        samples[: len(known)] = known
        return samples


def ready(recipe: Recipe, asked: Finish, signal: Samples, compute: Compute) -> npt.NDArray[Any]:
    """Compute the features of a sound and finish them.

    Returns
    -------
    ndarray
        In the shape that `cnnkit.data.recipes.finish.lay_out` promises.

    Raises
    ------
    SizeError
        If the recipe or the finish does not fit this sound.
    InputError
        If samples are no numbers to compute with.
    """
    product = lay_out(recipe, asked, signal.count, signal.sample_rate)
    if asked.segment is None:
        found = compute(recipe, signal)
        return found if asked == Finish() else lay(asked, finish(asked, found))
    return lay(asked, finished_pieces(product, asked, signal, lambda piece: Rows.of(compute(recipe, piece))).array())


def finished_pieces(product: Product, asked: Finish, signal: Samples, compute: Callable[[Samples], Rows]) -> Rows:
    """The finished features of a sound, or of all its pieces, while they are computed.

    Parameters
    ----------
    product : Product
        Of the finish and the sound.
    asked : Finish
    signal : Samples
    compute : callable
        Makes (frames, columns, 1) of the sound, or of a piece of it.

    Returns
    -------
    Rows, (frames, columns, channels) or (pieces, frames, columns, channels)
        With the bits of `ready`; of its shape too, but for a layout of channels first.

    Raises
    ------
    InputError
        From its blocks, if samples are no numbers to compute with.
    """
    if asked.segment is None:
        return finished(asked, compute(signal))
    size = product.layout.frames.samples
    pieces = [Piece(signal, number * size, size, asked.fit == "loop") for number in range(product.pieces)]
    first = finished(asked, compute(pieces[0]))

    def blocks() -> Iterator[npt.NDArray[Any]]:
        yield from first.blocks()
        for piece in pieces[1:]:
            yield from finished(asked, compute(piece)).blocks()

    return Rows((len(pieces), *first.shape), first.dtype, blocks)
