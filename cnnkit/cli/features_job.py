"""What ``cnnkit mfcc`` makes of one sound: from its header, its shape; from its samples, what is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.data.recipes.columns import columns
from cnnkit.data.recipes.finish import Finish, Product, lay_out
from cnnkit.data.recipes.recipe import Recipe
from cnnkit.data.rows import Rows
from cnnkit.data.signal import Samples
from cnnkit.errors import CnnkitError, OutputError
from cnnkit.files.matrices import MATRIX_FORMATS, encode_matrix
from cnnkit.files.sounds.sound import SignalReader, open_signal
from cnnkit.files.writing import Encoder
from cnnkit.operations.features.blocks import Work, run
from cnnkit.operations.features.finishing import passes
from cnnkit.operations.features.segments import finished_pieces, ready

if TYPE_CHECKING:
    from cnnkit.operations.features.psf import Difference

FEATURE_FORMATS = (*MATRIX_FORMATS, "png")

AGREES = 1e-3
"""The largest difference from python_speech_features that is no mistake: float32 holds seven digits of hundreds."""


class Job(NamedTuple):
    """What is asked for, of whatever sound.

    Attributes
    ----------
    recipe : Recipe
    finish : Finish
    channel : str or None
    sample_rate : int or None
    engine : str
        cnnkit, or psf for python_speech_features itself.
    is_verified : bool
        Whether python_speech_features computes it too, and has to agree.
    threads : int or None
    """

    recipe: Recipe
    finish: Finish
    channel: str | None = None
    sample_rate: int | None = None
    engine: str = "cnnkit"
    is_verified: bool = False
    threads: int | None = None

    def open(self, stream: BinaryIO) -> SignalReader:
        """Open a sound, to be decoded piece by piece."""
        return open_signal(stream, self.channel, self.sample_rate)

    def product(self, sound: Samples) -> Product:
        """Lay the recipe and the finish out over a sound."""
        return lay_out(self.recipe, self.finish, sound.count, sound.sample_rate)

    @property
    def is_streamed(self) -> bool:
        """Whether frames can be written while they are computed: none waits for those after it."""
        is_apart = self.finish.is_channels_first and self.finish.deltas == "channels"  # a channel has all frames
        return not is_apart and self.engine == "cnnkit" and not self.is_verified

    def rows(self, sound: Samples, notes: list[str], progress: Callable[[int, int], None]) -> Rows:
        """The numbers of a sound, row by row.

        Parameters
        ----------
        sound : Samples
        notes : list of str
            What python_speech_features says of them is added here.
        progress : callable of (done, of)
            Told how many frames are done.
        """
        product = self.product(sound)
        if not self.is_streamed:
            apart: list[Difference] = []
            made = ready(self.recipe, self.finish, sound, partial(self._computed, apart))
            if apart:
                notes.append(f"python_speech_features agrees: the largest difference is {_furthest(apart)}")
            return Rows.of(made)
        frames, width = product.layout.shape[:2]
        total = product.pieces * frames * passes(self.finish, frames, width)
        computed = 0

        def compute(piece: Samples) -> Rows:
            work = Work(product.layout, piece, "float32", self.threads)

            def blocks() -> Iterator[npt.NDArray[Any]]:
                nonlocal computed
                for _, block in work.blocks():
                    yield block
                    computed += len(block)
                    progress(computed, total)

            return Rows(product.layout.shape, np.dtype(np.float32), blocks)

        return finished_pieces(product, self.finish, sound, compute)._replace(shape=product.shape)

    def _computed(self, apart: list[Difference], recipe: Recipe, sound: Samples) -> npt.NDArray[Any]:
        from cnnkit.operations.features import psf as features_psf

        if self.engine == "psf":
            return np.asarray(features_psf.compute(recipe, sound), dtype=np.float32)
        found = run(recipe, sound, threads=self.threads)
        if self.is_verified:
            apart.append(features_psf.largest_difference(recipe, sound, found))
            if not apart[-1].largest <= AGREES:
                raise CnnkitError(
                    f"python_speech_features differs by {_furthest(apart)}, more than {AGREES:g}",
                    hint="report this with the sound; --engine psf gives its own numbers",
                )
        return found

    @property
    def words(self) -> str:
        """What was made, as a default name says it.

        >>> from cnnkit.data.recipes.dialects import read_recipe
        >>> Job(read_recipe("lecture"), Finish(deltas="columns", segment="3s")).words
        'mfcc13.segments.deltas'
        """
        recipe, finish = self.recipe, self.finish
        number = {"mfcc": recipe.n_mfcc, "spectrogram": "", "waveform": ""}.get(recipe.kind, recipe.n_mels)
        done = {"segments": finish.segment, "cmvn": finish.cmvn, "deltas": finish.deltas}
        return ".".join([f"{recipe.kind}{number}", *(word for word, asked in done.items() if asked is not None)])

    def encode(self, rows: Rows, product: Product, kind: str, title: str, made_by: str) -> Encoder:
        """A function that writes the numbers of a sound in a format."""
        if kind == "png":
            return self._drawn(rows, product, title, made_by)
        beside: dict[str, npt.NDArray[Any] | str] = {
            "sample_rate": np.array(product.layout.sample_rate),
            "recipe": json.dumps({**product.layout.settled._asdict(), **self.finish._asdict()}),
        }
        if self.recipe.kind != "waveform":  # the columns of which are its samples
            beside["names"] = np.array(self.finish.names(columns(product.layout).names))
        return encode_matrix(rows, kind, made_by, beside)

    def _drawn(self, rows: Rows, product: Product, title: str, made_by: str) -> Encoder:
        from cnnkit.data.heatmap import HeatmapAxes
        from cnnkit.files.heatmap import encode_heatmap

        if product.pieces > 1 or self.finish.deltas is not None:
            raise OutputError(
                "a picture shows the features of one sound, without deltas",
                hint="leave --segment and --deltas out, or write .npy",
            )
        if self.recipe.kind == "waveform":
            raise OutputError(
                "a picture shows frames, and a waveform has none", hint="leave --features out, or write .npy"
            )
        layout, told = product.layout, columns(product.layout)
        frames = layout.frames
        values = np.concatenate([block.reshape(-1, layout.shape[1]) for block in rows.blocks()])
        axes = HeatmapAxes(
            title,
            frames.hop_length / layout.sample_rate,
            (frames.first + frames.length / 2) / layout.sample_rate,
            told.axis,
            told.unit,
            told.places,
            told.value if self.finish.cmvn is None else "standard deviations",
            "mean" if self.recipe.kind == "mfcc" else "maximum",
        )
        return encode_heatmap(values, axes, made_by)


def _furthest(apart: Sequence[Difference]) -> str:
    """The largest of the differences, one for each piece, and where it is; the last one if it is no number."""
    worst = apart[-1] if not apart[-1].largest <= AGREES else max(apart)
    piece = f" of piece {apart.index(worst)}" if len(apart) > 1 else ""
    return f"{worst.largest:.2g} in frame {worst.frame}, column {worst.column}{piece}"
