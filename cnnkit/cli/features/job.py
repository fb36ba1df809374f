"""What ``cnnkit mfcc`` makes of one sound: from its samples to a function that writes its features in a format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit import memory
from cnnkit.cli.report import as_json
from cnnkit.data.recipes.columns import columns
from cnnkit.data.recipes.finish import Finish, SoundPlan
from cnnkit.data.recipes.recipe import Recipe, features_name
from cnnkit.data.rows import Rows
from cnnkit.data.signal import Samples
from cnnkit.errors import CnnkitError, OutputError
from cnnkit.files.matrices import MATRIX_FORMATS, encode_matrix
from cnnkit.files.writing import Encoder
from cnnkit.geometry.pair import pair_text
from cnnkit.operations.features.blocks import Work, compute_features, silent_frame, works_of
from cnnkit.operations.features.finishing import passes
from cnnkit.operations.features.segments import Compute, finished_features, finished_rows
from cnnkit.operations.levels import to_levels
from cnnkit.views.figures.canvas import FIGURE_FORMATS

if TYPE_CHECKING:
    from cnnkit.operations.features.psf import Difference

FEATURE_FORMATS = (*MATRIX_FORMATS, *FIGURE_FORMATS)

MAX_DIFFERENCE = 1e-3
"""From python_speech_features, without a mistake: float32 holds seven digits of hundreds."""


class Job(NamedTuple):
    """The features of one sound, by the settings of a command."""

    plan: SoundPlan
    engine: str = "cnnkit"
    is_verified: bool = False
    threads: int | None = None

    @property
    def is_streamed(self) -> bool:
        """Whether frames can be written while they are computed: none waits for those after it."""
        return self.plan.is_in_order and self.engine == "cnnkit" and not self.is_verified

    def rows(self, sound: Samples, notes: list[str], progress: Callable[[int, int], None]) -> Rows:
        """The features of a sound, row by row; `progress` is called with the frames done and all of them.

        The result of a verification is added to the notes.
        """
        plan = self.plan.features
        if self.engine != "cnnkit" or self.is_verified:
            differences: list[Difference] = []
            features = self._finished(
                sound, lambda parts: [Rows.of(self._computed(part, differences)) for part in parts]
            )
            if differences:
                worst = _worst(differences, self.plan.channels)
                notes.append(f"python_speech_features agrees: the largest difference is {worst}")
            return Rows.of(features)
        frames, width = plan.shape[:2]
        total = self.plan.cut.count * self.plan.channels * frames * passes(self.plan.finish, frames, width)
        computed = 0

        def rows_of(work: Work) -> Rows:
            def blocks() -> Iterator[npt.NDArray[Any]]:
                nonlocal computed
                for _, block in work.blocks():
                    yield block
                    computed += len(block)
                    progress(computed, total)

            return Rows(plan.shape, np.dtype(np.float32), blocks)

        def compute(parts: Sequence[Samples]) -> list[Rows]:
            return [rows_of(work) for work in works_of(plan, parts, "float32", self.threads)]

        if not self.is_streamed:
            return Rows.of(self._finished(sound, compute))
        return finished_rows(self.plan, sound, compute, self._silence)._replace(shape=self.plan.shape)

    def _finished(self, sound: Samples, compute: Compute) -> npt.NDArray[Any]:
        return finished_features(self.plan, sound, compute, self._silence)

    def _silence(self, parts: Sequence[Samples]) -> npt.NDArray[Any]:
        return silent_frame(self.plan.features, parts)

    def _computed(self, sound: Samples, differences: list[Difference]) -> npt.NDArray[Any]:
        """The features of a sound or a segment by the engine; if verified, their difference is added to the others."""
        from cnnkit.operations.features import psf

        plan = self.plan.features
        if self.engine == "psf":
            return np.asarray(psf.compute(plan, sound), dtype=np.float32)
        features = compute_features(plan, sound, threads=self.threads)
        if self.is_verified:
            differences.append(psf.largest_difference(plan, sound, features))
            if not differences[-1].largest <= MAX_DIFFERENCE:
                worst = _worst(differences, self.plan.channels)
                raise CnnkitError(
                    f"python_speech_features differs by {worst}, more than {MAX_DIFFERENCE:g}",
                    hint="report this with the sound; --engine psf gives its own numbers",
                )
        return features

    def check(self, *file_types: str) -> None:
        """Refuse, before anything is computed, gigabytes of padding, and a picture of what has no axes to draw."""
        plan = self.plan
        if plan.samples > 2 * plan.present or plan.windows.end > 2 * plan.features.frames.count:  # a slip of a digit
            memory.check(4 * prod(plan.shape), f"a result of {pair_text(plan.shape)}", "use a shorter length")
        if not {*file_types} & {*FIGURE_FORMATS}:
            return
        instead = "write .npy" if file_types[0] in FIGURE_FORMATS else "do without the picture"
        if self.plan.segments > 1 or self.plan.channels > 1 or self.plan.finish.deltas is not None:
            raise OutputError(
                "a picture shows the features of one sound and channel, without deltas",
                hint=f"choose one --channel, and leave --segment and --deltas out; or {instead}",
            )
        if self.plan.features.recipe.kind == "waveform":
            raise OutputError(
                "a picture shows frames, and a waveform has none", hint=f"leave --features out, or {instead}"
            )

    def encode(self, rows: Rows, file_type: str, title: str, made_by: str) -> Encoder:
        """A function that writes the features in a format."""
        if file_type in FIGURE_FORMATS:
            return self._drawn(rows, file_type, title, made_by)
        if file_type != "npz":
            return encode_matrix(rows, file_type, made_by)
        plan, finish = self.plan.features, self.plan.finish
        beside: dict[str, npt.NDArray[Any] | str] = {
            "sample_rate": np.array(plan.sample_rate),
            "recipe": as_json({**plan.settled._asdict(), **finish._asdict()}, indent=None),
        }
        if plan.recipe.kind != "waveform":  # whose columns are its samples
            beside["names"] = np.array(finish.names(columns(plan).names))
        return encode_matrix(rows, file_type, made_by, beside)

    def _drawn(self, rows: Rows, file_type: str, title: str, made_by: str) -> Encoder:
        plan, finish = self.plan.features, self.plan.finish
        from cnnkit.views.figures.features import FeatureMap, draw_features

        named, frames, values = columns(plan), plan.frames, self._grid(rows)
        features = FeatureMap(
            values,
            named,
            f"{title}: {plan.recipe.kind} {pair_text((*values.shape, 1))}",
            frames.hop_length / plan.sample_rate,
            (frames.first + frames.length / 2) / plan.sample_rate,
            (named.value or "value") if finish.cmvn is None else "standard deviations",
            "mean" if plan.recipe.kind == "mfcc" else "maximum",
        )
        return draw_features(features, file_type, made_by)

    def preview(self, rows: Rows) -> tuple[npt.NDArray[Any], str]:
        """The features as an image, time to the right and frequency up, and what is said of it."""
        levels, account = to_levels(self._grid(rows).T[::-1], np.uint8, "minmax")
        return levels, f"time to the right, {columns(self.plan.features).axis} up; {account.text}"

    def _grid(self, rows: Rows) -> npt.NDArray[Any]:
        """The features as frames x columns, whatever their layout."""
        _, *sides, _ = self.plan.sides
        is_frequency_first = [axis for axis in self.plan.axes if axis in (1, 2)] == [2, 1]
        return rows.array().reshape(sides[::-1]).T if is_frequency_first else rows.array().reshape(sides)


def result_name(recipe: Recipe, finish: Finish) -> str:
    """What is made, as a default name says it.

    >>> from cnnkit.data.recipes.dialects import DIALECTS
    >>> result_name(DIALECTS["lecture"], Finish(deltas="columns", segment="1s"))
    'mfcc13.segments.deltas'
    """
    numbers = {"mfcc": recipe.n_mfcc, "spectrogram": None, "waveform": None}.get(recipe.kind, recipe.n_mels)
    name = features_name(recipe.dialect, recipe.kind, numbers)
    steps = {"segments": finish.segment, "cmvn": finish.cmvn, "deltas": finish.deltas}
    return ".".join([name, *(word for word, value in steps.items() if value is not None)])


def _worst(differences: Sequence[Difference], channels: int) -> str:
    """The largest of the differences, of each segment's channels, and where it is; the last if it is not a number."""
    worst = differences[-1] if not differences[-1].largest <= MAX_DIFFERENCE else max(differences)
    segment, channel = divmod(differences.index(worst), channels)
    whose = f" of channel {channel + 1}" if channels > 1 else ""
    whose += f" of segment {segment}" if len(differences) > channels or segment else ""
    return f"{worst.largest:.2g} in frame {worst.frame}, column {worst.column}{whose}"
