"""What is done to a sound and its features to make them ready for a network, as one record: see `Finish`.

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
from cnnkit.geometry.framing import FRAMINGS
from cnnkit.geometry.pair import LARGEST, counted

ORDERS = ("", " delta", " delta-delta")
"""What follows the name of a column: its values, their deltas, the deltas of those."""

_AXES = {"n": "segments", "t": "frames", "f": "columns", "c": "channels"}


"""Keywords of librosa and python_speech_features."""


class Cut(NamedTuple):
    """Windows along samples or frames; the last one may reach beyond the end."""

    count: int  # type: ignore[assignment]  # of windows, in place of a tuple's method
    size: int
    step: int  # from the start of one to the start of the next

    @property
    def end(self) -> int:
        """One past the last sample or frame of the last window."""
        return (self.count - 1) * self.step + self.size


class Finish(NamedTuple):
    """What is done to whatever sound, in this order: duration and segments of the sound, features of each, cmvn,
    deltas, segments of frames or a length, layout.
    """

    duration: Length | None = None
    segment: Length | None = None  # samples, a time, or frames such as "96f"
    overlap: Length | None = None  # the same, of two neighbours
    cmvn: str | None = None
    deltas: str | None = None  # columns: 13 become 39, as HTK's _D_A; channels: 13 x 1 become 13 x 3
    delta_kind: str = "htk"
    delta_width: int | None = None
    length: int | None = None  # in frames
    fit: str = "pad"  # trim: as pad, but nothing may be missing
    pad_value: float | str = 0.0
    layout: str | None = None  # None: tfc, or of a waveform ftc; segments are in front where it has no n

    @property
    def has_frame_segments(self) -> bool:
        """Whether frames are cut, and not the sound."""
        return isinstance(self.segment, str) and self.segment.endswith("f")

    @property
    def unit(self) -> str:
        """What has frames: the sound, or every segment."""
        return "the sound" if self.segment is None or self.has_frame_segments else "every segment"

    @property
    def width(self) -> int:
        """Frames that a delta is computed from."""
        return self.delta_width or {"htk": 5, "librosa": 9}[self.delta_kind]

    def samples(self, present: int, sample_rate: int) -> int:
        """The samples of a sound once it has its duration; an error if it has none, or too few to trim.

        >>> Finish(duration="4s").samples(70, 10), Finish().samples(70, 10)
        (40, 70)
        """
        if present < 1:
            raise SizeError("the sound has no samples", hint="give a sound of at least 1 sample")
        if self.duration is None:
            return present
        wanted = self._samples_of("duration", sample_rate)
        if self.fit == "trim" and present < wanted:
            raise _too_short("the sound", counted(present, "sample"), f"duration {wanted}", f"duration {present}")
        return wanted

    def segments(self, samples: int, sample_rate: int) -> Cut:
        """Segments of a sound, in samples; an error if none would be whole.

        >>> Finish(segment="3s").segments(70, 10), Finish(segment="3s", overlap="1s", fit="trim").segments(70, 10)
        (Cut(count=3, size=30, step=30), Cut(count=3, size=30, step=20))
        """
        if self.segment is None or self.has_frame_segments:
            return Cut(1, samples, samples)
        overlap = self._samples_of("overlap", sample_rate) if self.overlap else 0
        return self._cut(samples, self._samples_of("segment", sample_rate), overlap, "sample")

    def windows(self, frames: int) -> Cut:
        """Segments of the frames of a sound, or the one of its length; an error if it is too short to trim.

        >>> Finish(segment="96f", overlap="48f").windows(200), Finish(length=100).windows(80)
        (Cut(count=4, size=96, step=48), Cut(count=1, size=100, step=100))
        """
        if self.has_frame_segments:
            size, overlap = (int(str(text or "0f")[:-1]) for text in (self.segment, self.overlap))
            return self._cut(frames, size, overlap, "frame")
        if self.length is not None and self.fit == "trim" and frames < self.length:
            raise _too_short(self.unit, counted(frames, "frame"), f"length {self.length}", f"length {frames}")
        size = self.length or frames
        return Cut(1, size, size)

    def _cut(self, present: int, size: int, overlap: int, unit: str) -> Cut:
        if overlap >= size:
            raise SizeError(
                f"overlap {self.overlap} is not shorter than segment {self.segment}",
                hint=f"use an overlap below {self.segment}, or leave it out",
            )
        rule = FRAMINGS["valid" if self.fit == "trim" else "psf"]  # whole ones alone, or until all is in one
        count = rule.how_many(present, size, size - overlap)
        if count < 1:
            has = counted(present, unit)
            raise _too_short("the sound", has, f"1 segment of {size}", f"a segment of {has}")
        return Cut(count, size, size - overlap)

    def sides(self, frames: int, columns: int, channels: int = 1) -> tuple[int, int, int]:
        """The frames, columns and depth of one result, before the layout; an error if it is too short.

        >>> Finish(deltas="columns", length=100).sides(80, 13), Finish(deltas="channels").sides(80, 13, 2)
        ((100, 39, 1), (80, 13, 6))
        """
        times = len(ORDERS)
        if self.deltas is not None and self.delta_kind == "librosa" and frames < self.width:
            most = f"delta_width {(frames - 1) // 2 * 2 + 1}, or " if frames >= 3 else ""
            raise SizeError(
                f"{self.unit} has {counted(frames, 'frame')}, fewer than delta_width {self.width}",
                hint=f"use {most}delta_kind htk",
            )
        width = columns * (times if self.deltas == "columns" else 1)
        return self.windows(frames).size, width, channels * (times if self.deltas == "channels" else 1)

    def names(self, names: Sequence[str]) -> list[str]:
        """The names of the columns, from those before the finish.

        >>> Finish(deltas="columns").names(["c1", "c2"])
        ['c1', 'c2', 'c1 delta', 'c2 delta', 'c1 delta-delta', 'c2 delta-delta']
        """
        orders = ORDERS if self.deltas == "columns" else ORDERS[:1]
        return [name + order for order in orders for name in names]

    def _samples_of(self, name: str, sample_rate: int) -> int:
        """The field `name` in samples: times are rounded half up, without a float, which could lie below the half."""
        length: Length = getattr(self, name)
        if not isinstance(length, str):
            return length
        rate = whole_number("sample_rate", sample_rate)
        number, unit = (length[:-2], 1000) if length.endswith("ms") else (length[:-1], 1)
        whole, _, decimals = number.partition(".")
        parts: int = unit * 10 ** len(decimals)
        samples = (2 * int(whole + decimals) * rate + parts) // (2 * parts)
        if samples < 1:
            raise SizeError(f"{name} {length} is less than 1 sample at {rate} Hz", hint=f"use a longer {name}")
        if samples > LARGEST:
            raise SizeError(
                f"{name} {length} is too large: {samples} samples at {rate} Hz; the largest is {LARGEST}",
                hint=f"use a {name} of {LARGEST} samples or less",
            )
        return samples


def _too_short(whose: str, has: str, wanted: str, most: str) -> SizeError:
    return SizeError(f"{whose} has {has}, fewer than {wanted}", hint=f"use fit pad or loop, or {most} or less")


class SoundPlan(NamedTuple):
    """A recipe and a finish for one sound: what comes out of it."""

    finish: Finish  # with its layout settled
    features: FeaturePlan  # of the sound, or of each of its segments
    present: int  # samples of the sound as it comes
    samples: int  # once it has its duration
    cut: Cut  # segments of the sound
    windows: Cut  # segments of its frames, or their length
    channels: int  # of the sound, each with features of its own
    sides: tuple[int, int, int, int]  # segments, and of each the frames, columns and depth
    axes: tuple[int, ...]  # which of these the result has, in order; the others are 1

    @property
    def segments(self) -> int:
        """How many there are, of the sound or of its frames."""
        return self.sides[0]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the result."""
        return tuple(self.sides[axis] for axis in self.axes)

    @property
    def is_in_order(self) -> bool:
        """Whether the layout leaves the numbers in the order in which they come."""
        moved = [axis for axis in self.axes if self.sides[axis] > 1]
        return moved == sorted(moved)


def plan_sound(recipe: Recipe, finish: Finish, samples: int, sample_rate: int, channels: int = 1) -> SoundPlan:
    """Settle every number for a sound; an error if the recipe or the finish does not fit it.

    >>> plan_sound(Recipe("", 2048, 512), Finish(segment="1s"), 51200, 22050).shape
    (3, 44, 13, 1)
    >>> plan_sound(Recipe("", 2048, 512), Finish(layout="ft"), 51200, 22050).shape
    (13, 100)
    """
    rate = whole_number("sample_rate", sample_rate)
    recipe.check_rate(rate)
    total = finish.samples(samples, rate)
    cut = finish.segments(total, rate)
    features = recipe.plan(cut.size, rate)
    rows, columns = features.shape[:2]
    windows = finish.windows(rows)
    sides = (cut.count * windows.count, *finish.sides(rows, columns, channels))
    order = "nftc" if recipe.kind == "waveform" else "ntfc"  # a waveform is one row, and time runs along it
    layout = finish.layout or order[1:]
    if finish.segment is not None and "n" not in layout:
        layout = f"n{layout}"
    for letter, side in zip(order, sides, strict=True):
        if side > 1 and letter not in layout:
            raise SizeError(
                f"layout {layout} has no {letter}, and there are {side} {_AXES[letter]}",
                hint=f"use layout {layout}{letter}",
            )
    axes = tuple(map(order.index, layout))
    return SoundPlan(finish._replace(layout=layout), features, samples, total, cut, windows, channels, sides, axes)


def read_settings(dialect: str, kind: str | None, settings: Mapping[str, Any]) -> tuple[Recipe, Finish]:
    """The recipe and the finish of settings by their names, where None is the dialect's value.

    >>> recipe, finish = read_settings("psf", "logmel", {"n_mels": 40, "segment": "3s", "fit": None})
    >>> recipe.n_mels, finish.segment
    (40, '3s')
    """
    for name in settings:
        if name not in FIELDS:
            from cnnkit.data.recipes.other_names import OTHER_NAMES

            raise unknown_word("field", name, FIELDS, synonyms=OTHER_NAMES)
    recipe = read_recipe(dialect, kind, **{name: settings[name] for name in settings if name not in Finish._fields})
    finish = read_finish(**{name: value for name, value in settings.items() if name in Finish._fields})
    for name in ("deltas", "cmvn", "length"):
        if recipe.kind == "waveform" and getattr(finish, name) is not None:
            raise ArgumentError(f"{name} is for frames, and a waveform has none", hint=f"leave {name} out")
    if recipe.kind == "waveform" and finish.has_frame_segments:
        raise ArgumentError("a waveform has no frames to cut", hint="give the segment as a time, such as 3s")
    if finish.deltas is not None and recipe.dialect == "librosa" and settings.get("delta_kind") is None:
        finish = finish._replace(delta_kind="librosa")
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
    _check_together(finish)
    for name in ("delta_kind", "delta_width"):
        if settings.get(name) is not None and finish.deltas is None:
            raise ArgumentError(f"{name} is for deltas, and there are none", hint="give deltas, as columns or channels")
    return finish


def _check_together(finish: Finish) -> None:
    fit, length, segment, overlap, value = finish.fit, finish.length, finish.segment, finish.overlap, finish.pad_value
    is_in_frames = str(overlap).endswith("f")
    other = "no segment is given" if segment is None else f"segment is {segment}"
    if fit != "pad" and finish.duration is length is segment is None:
        problem = f"fit {fit} says how a duration, a length or a segment is met, and none is given"
        hint = "give a duration such as 4s, a length in frames or a segment such as 3s, or leave fit out"
    elif overlap is not None and (segment is None or is_in_frames != finish.has_frame_segments):
        problem = f"overlap {overlap} is what a segment shares with the next, and {other}"
        hint = f"give a segment {'in frames, such as 96f' if is_in_frames else 'such as 3s'}"
        if finish.has_frame_segments:
            hint = f"write the overlap in frames, such as {overlap if isinstance(overlap, int) else 48}f"
    elif finish.has_frame_segments and length is not None:
        problem = f"length {length} and segment {segment} both say how many frames a result has"
        hint = "leave length out"
    elif value != 0 and fit != "pad":
        problem = f"pad_value {value} is for frames that are missing, and fit {fit} leaves none"
        hint = "use fit pad, or leave pad_value out"
    elif value != 0 and length is None and not finish.has_frame_segments:
        problem = f"pad_value {value} is for frames that are missing, and none can be"
        hint = "give a length in frames, or a segment such as 96f"
    else:
        return
    raise ArgumentError(problem, hint=hint)
