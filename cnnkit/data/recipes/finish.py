"""What is done to features after they are computed, as one record: normalised, with deltas, cut, axes in order.

The record answers how large the result is, so what ``--print-shape`` says and what is made cannot disagree.

Standard library only, so that ``cnnkit mfcc --print-shape`` starts at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cnnkit.data.recipes.dialects import read_recipe
from cnnkit.data.recipes.fields import FIELDS, Length, whole_number
from cnnkit.data.recipes.recipe import FeaturePlan, Recipe
from cnnkit.errors import ArgumentError, SizeError, unknown_word
from cnnkit.geometry.pair import LARGEST, counted

ORDERS = ("", " delta", " delta-delta")
"""What follows the name of a column: its values, their deltas, the deltas of those."""


class Finish(NamedTuple):
    """What is done to features of whatever sound, in the order segment, cmvn, deltas, length, layout."""

    deltas: str | None = None  # columns: 13 become 39, as HTK's _D_A; channels: 13 x 1 become 13 x 3
    cmvn: str | None = None
    length: int | None = None  # in frames
    fit: str = "pad"  # trim: as pad, but nothing may be missing
    segment: Length | None = None
    layout: str = "hwc"  # with segments, hwc means nhwc and chw means nchw

    @property
    def has_batch(self) -> bool:
        """Whether the result has an axis for segments, of 1 when the sound is not cut."""
        return self.segment is not None or self.layout.startswith("n")

    @property
    def is_channels_first(self) -> bool:
        """Whether channels come before frames and columns."""
        return self.layout.endswith("chw")

    @property
    def unit(self) -> str:
        """What a length is of: the sound, or every segment."""
        return "the sound" if self.segment is None else "every segment"

    def segments(self, samples: int, sample_rate: int) -> tuple[int, int]:
        """The number of segments of a sound, and the samples in each; an error if none would be whole.

        >>> Finish(segment="3s").segments(70, 10), Finish(segment="3s", fit="trim").segments(70, 10)
        ((3, 30), (2, 30))
        """
        if samples < 1:
            raise SizeError("the sound has no samples", hint="give a sound of at least 1 sample")
        if self.segment is None:
            return 1, samples
        size = self._segment_samples(sample_rate)
        count = samples // size if self.fit == "trim" else -(-samples // size)
        if count < 1:
            raise SizeError(
                f"the sound has {samples} samples, fewer than 1 segment of {size}",
                hint=f"use fit pad or loop, or a segment of {samples} samples or less",
            )
        return count, size

    def segment_shape(self, frames: int, columns: int) -> tuple[int, int, int]:
        """The frames, columns and channels of one finished sound or segment; an error if it is too short to trim.

        >>> Finish(deltas="columns", length=100).segment_shape(80, 13)
        (100, 39, 1)
        """
        if self.length is not None and self.fit == "trim" and frames < self.length:
            raise SizeError(
                f"{self.unit} has {counted(frames, 'frame')}, fewer than length {self.length}",
                hint=f"use fit pad or loop, or length {frames} or less",
            )
        times = len(ORDERS)
        rows = frames if self.length is None else self.length
        return rows, columns * (times if self.deltas == "columns" else 1), times if self.deltas == "channels" else 1

    def shape(self, frames: int, columns: int, segments: int = 1) -> tuple[int, ...]:
        """The shape of the result, from the frames and columns of one segment.

        >>> Finish().shape(100, 13), Finish(layout="chw", deltas="channels").shape(100, 13)
        ((100, 13, 1), (3, 100, 13))
        >>> Finish(segment="3s").shape(94, 13, 4), Finish(layout="nchw").shape(100, 13)
        ((4, 94, 13, 1), (1, 1, 100, 13))
        """
        rows, width, channels = self.segment_shape(frames, columns)
        one = (channels, rows, width) if self.is_channels_first else (rows, width, channels)
        return (segments, *one) if self.has_batch else one

    def names(self, names: Sequence[str]) -> list[str]:
        """The names of the columns, from those before the finish.

        >>> Finish(deltas="columns").names(["c1", "c2"])
        ['c1', 'c2', 'c1 delta', 'c2 delta', 'c1 delta-delta', 'c2 delta-delta']
        """
        orders = ORDERS if self.deltas == "columns" else ORDERS[:1]
        return [name + order for order in orders for name in names]

    def _segment_samples(self, sample_rate: int) -> int:
        """The samples in a segment: times are rounded half up, without a float, which could lie below the half."""
        if not isinstance(self.segment, str):
            return int(self.segment or 0)
        rate = whole_number("sample_rate", sample_rate)
        number, unit = (self.segment[:-2], 1000) if self.segment.endswith("ms") else (self.segment[:-1], 1)
        whole, _, decimals = number.partition(".")
        parts: int = unit * 10 ** len(decimals)
        samples = (2 * int(whole + decimals) * rate + parts) // (2 * parts)
        if samples < 1:
            raise SizeError(f"segment {self.segment} is less than 1 sample at {rate} Hz", hint="use a longer segment")
        if samples > LARGEST:
            raise SizeError(
                f"segment {self.segment} is too large: {samples} samples at {rate} Hz; the largest is {LARGEST}",
                hint=f"use a segment of {LARGEST} samples or less",
            )
        return samples


class SoundPlan(NamedTuple):
    """A recipe and a finish for one sound: what comes out of it."""

    finish: Finish
    features: FeaturePlan  # of the sound, or of each of its segments
    segments: int
    samples: int  # of the whole sound
    shape: tuple[int, ...]


def plan_sound(recipe: Recipe, finish: Finish, samples: int, sample_rate: int) -> SoundPlan:
    """Settle every number for a sound; an error if the recipe or the finish does not fit it.

    >>> plan_sound(Recipe("", 2048, 512), Finish(segment="1s"), 51200, 22050).shape
    (3, 44, 13, 1)
    """
    recipe.check_rate(sample_rate)
    segments, size = finish.segments(samples, whole_number("sample_rate", sample_rate))
    features = recipe.plan(size, sample_rate)
    shape = features.shape if finish == Finish() else finish.shape(*features.shape[:2], segments)
    return SoundPlan(finish, features, segments, samples, shape)


def read_settings(dialect: str, kind: str | None, settings: Mapping[str, Any]) -> tuple[Recipe, Finish]:
    """The recipe and the finish of settings by their names, where None is the dialect's value.

    >>> recipe, finish = read_settings("psf", "logmel", {"n_mels": 40, "segment": "3s", "fit": None})
    >>> recipe.n_mels, finish.segment
    (40, '3s')
    """
    recipe = read_recipe(dialect, kind, **{name: settings[name] for name in settings if name not in Finish._fields})
    finish = read_finish(**{name: value for name, value in settings.items() if name in Finish._fields})
    for name in ("deltas", "cmvn", "length"):
        if recipe.kind == "waveform" and getattr(finish, name) is not None:
            raise ArgumentError(f"{name} is for frames, and a waveform has none", hint=f"leave {name} out")
    return recipe, finish


def read_finish(**settings: Any) -> Finish:
    """A finish of settings by their names, where None is the default.

    >>> read_finish(deltas="columns", segment="500ms").segment
    '500ms'
    """
    for name in settings:
        if name not in Finish._fields:
            raise unknown_word("field", name, Finish._fields)
    finish = Finish(**{name: FIELDS[name].read(value) for name, value in settings.items() if value is not None})
    if finish.fit != "pad" and finish.length is None and finish.segment is None:
        raise ArgumentError(
            f"fit {finish.fit} says how a length or a segment is met, and neither is given",
            hint="give a length in frames, or a segment such as 3s, or leave fit out",
        )
    return finish
