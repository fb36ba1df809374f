"""What is done to features after they are computed, as one record: normalised, with deltas, cut, laid out.

The record answers how large the result is, so what ``--print-shape`` says and what is made cannot disagree.

Standard library only, so that ``cnnkit mfcc --print-shape`` starts at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from cnnkit.data.recipes.fields import whole_number
from cnnkit.data.recipes.recipe import Layout, Recipe
from cnnkit.errors import ArgumentError, SizeError, unknown_word
from cnnkit.geometry.pair import LARGEST

WORDS = {
    "deltas": ("columns", "channels"),
    "cmvn": ("utterance", "sliding"),
    "fit": ("pad", "trim", "loop"),
    "layout": ("hwc", "chw", "nhwc", "nchw"),
}
"""The words that each field of a finish can have."""

ORDERS = ("", " delta", " delta-delta")
"""What stands behind the name of a column: it, its deltas, and the deltas of those."""


class Finish(NamedTuple):
    """What is done to features of whatever sound, in the order cmvn, deltas, length, layout.

    Attributes
    ----------
    deltas : str or None
        ``columns`` puts the deltas, and the deltas of the deltas, beside the columns: 13 become 39, as HTK's _D_A.
        ``channels`` puts them behind: 13 x 1 become 13 x 3.
    cmvn : str or None
        Every column minus its mean, divided by its standard deviation: over the whole sound (``utterance``), or over
        the 600 frames around each frame (``sliding``).
    length : int or None
        Frames that the result has, however many the sound gives.
    fit : str
        How a length or a segment is met. ``pad``: what is missing becomes zeros, what is too much is cut off.
        ``trim``: as pad, but nothing may be missing. ``loop``: what is missing is taken from the beginning again.
    segment : int or str or None
        Samples, or a time such as "3s" or "500ms": the sound is cut into pieces so long, each a sound of its own.
    layout : str
        The order of the axes, as letters: n pieces, h frames, w columns, c channels. With segments, hwc means nhwc
        and chw means nchw.
    """

    deltas: str | None = None
    cmvn: str | None = None
    length: int | None = None
    fit: str = "pad"
    segment: int | str | None = None
    layout: str = "hwc"

    @property
    def has_batch(self) -> bool:
        """Whether the result has an axis for pieces, of 1 when the sound is not cut."""
        return self.segment is not None or self.layout.startswith("n")

    @property
    def is_channels_first(self) -> bool:
        """Whether channels come before frames and columns."""
        return self.layout.endswith("chw")

    def pieces(self, samples: int, sample_rate: int) -> tuple[int, int]:
        """How many pieces a sound is cut into, and the samples in each.

        Raises
        ------
        SizeError
            If the sound has no samples, the segment is no whole sample, or fit is trim and no piece would be whole.

        >>> Finish(segment="3s").pieces(70, 10), Finish(segment="3s", fit="trim").pieces(70, 10)
        ((3, 30), (2, 30))
        """
        if samples < 1:
            raise SizeError("the sound has no samples", hint="give a sound of at least 1 sample")
        if self.segment is None:
            return 1, samples
        size = self._samples(sample_rate)
        count = samples // size if self.fit == "trim" else -(-samples // size)
        if count < 1:
            raise SizeError(
                f"the sound has {samples} samples, fewer than 1 segment of {size}",
                hint=f"use fit pad or loop, or a segment of {samples} samples or less",
            )
        return count, size

    def made(self, frames: int, columns: int) -> tuple[int, int, int]:
        """The frames, columns and channels that one sound, or one piece, becomes.

        Raises
        ------
        SizeError
            If fit is trim and there are fewer frames than the length.

        >>> Finish(deltas="columns", length=100).made(80, 13)
        (100, 39, 1)
        """
        if self.length is not None and self.fit == "trim" and frames < self.length:
            raise SizeError(
                f"{self._owner} has {frames} frame{_s(frames)}, fewer than length {self.length}",
                hint=f"use fit pad or loop, or length {frames} or less",
            )
        times = len(ORDERS)
        rows = frames if self.length is None else self.length
        return rows, columns * (times if self.deltas == "columns" else 1), times if self.deltas == "channels" else 1

    def shape(self, frames: int, columns: int, pieces: int = 1) -> tuple[int, ...]:
        """The shape of the result, from the frames and columns of one piece and the number of pieces.

        Raises
        ------
        SizeError
            As `made`.

        >>> Finish().shape(100, 13), Finish(layout="chw", deltas="channels").shape(100, 13)
        ((100, 13, 1), (3, 100, 13))
        >>> Finish(segment="3s").shape(94, 13, 4), Finish(layout="nchw").shape(100, 13)
        ((4, 94, 13, 1), (1, 1, 100, 13))
        """
        rows, width, channels = self.made(frames, columns)
        one = (channels, rows, width) if self.is_channels_first else (rows, width, channels)
        return (pieces, *one) if self.has_batch else one

    def names(self, names: Sequence[str]) -> list[str]:
        """The names of the columns, from those before the finish.

        >>> Finish(deltas="columns").names(["c1", "c2"])
        ['c1', 'c2', 'c1 delta', 'c2 delta', 'c1 delta-delta', 'c2 delta-delta']
        """
        orders = ORDERS if self.deltas == "columns" else ORDERS[:1]
        return [name + order for order in orders for name in names]

    def told(self, frames: int) -> list[str]:
        """What is done to bring this many frames to the length; nothing when they have it.

        >>> Finish(length=100).told(80)
        ["20 frames of zeros were added at the end: 80 of 100 are the sound's"]
        >>> Finish(length=100).told(120), Finish(length=100).told(100)
        (['20 of 120 frames were cut off at the end: 100 are left'], [])
        """
        length = self.made(frames, 1)[0]
        rest = abs(length - frames)
        if length < frames:
            left = f"{length} {'is' if length == 1 else 'are'} left"
            return [f"{rest} of {frames} frames {_were(rest)} cut off at the end: {left}"]
        if length == frames:
            return []
        if self.fit == "loop":
            return [f"{self._owner} begins again after {frames} frame{_s(frames)}: {rest} of {length} are repeated"]
        of_whom = f"{frames} of {length} are {self._owner}'s"
        return [f"{rest} frame{_s(rest)} of zeros {_were(rest)} added at the end: {of_whom}"]

    def told_of_pieces(self, samples: int, sample_rate: int) -> list[str]:
        """What is done to the end of a sound that is no whole number of pieces; nothing when it is.

        >>> Finish(segment="3s").told_of_pieces(70, 10)
        ["20 samples of zeros were added to the last of 3 pieces: 10 of 30 are the sound's"]
        >>> Finish(segment="3s", fit="trim").told_of_pieces(70, 10)
        ['10 of 70 samples were left out at the end: they are no whole piece of 30']
        """
        count, size = self.pieces(samples, sample_rate)
        rest = abs(count * size - samples)
        if rest == 0:
            return []
        if self.fit == "trim":
            they = "it is" if rest == 1 else "they are"
            return [f"{rest} of {samples} samples {_were(rest)} left out at the end: {they} no whole piece of {size}"]
        last, whole = f"the last of {count} piece{_s(count)}", size - rest
        if self.fit == "loop":
            return [f"{last} begins again after {whole} sample{_s(whole)}: {rest} of {size} are repeated"]
        added = f"{rest} sample{_s(rest)} of zeros {_were(rest)} added to {last}"
        return [f"{added}: {whole} of {size} are the sound's"]

    @property
    def _owner(self) -> str:
        return "the sound" if self.segment is None else "every piece"

    def _samples(self, sample_rate: int) -> int:
        """The samples in a piece: a time is rounded to whole samples, half up, without a float that could lie below."""
        if not isinstance(self.segment, str):
            return int(self.segment or 0)
        rate = whole_number("sample_rate", sample_rate)
        number, unit = (self.segment[:-2], 1000) if self.segment.endswith("ms") else (self.segment[:-1], 1)
        whole, _, decimals = number.partition(".")
        parts: int = unit * 10 ** len(decimals)
        samples = (2 * int(whole + decimals) * rate + parts) // (2 * parts)
        if samples < 1:
            raise SizeError(f"segment {self.segment} is no whole sample at {rate} Hz", hint="use a longer segment")
        if samples > LARGEST:
            raise SizeError(
                f"segment {self.segment} is {samples} samples at {rate} Hz, too many to be meant",
                hint=f"use a segment of {LARGEST} samples or less",
            )
        return samples


class Product(NamedTuple):
    """A recipe and a finish laid out over one sound: what comes out of it.

    Attributes
    ----------
    layout : Layout
        Of the sound, or of each of its pieces.
    pieces : int
        How many there are.
    samples : int
        Of the whole sound.
    shape : tuple of int
        Of the result.
    """

    layout: Layout
    pieces: int
    samples: int
    shape: tuple[int, ...]


def lay_out(recipe: Recipe, finish: Finish, samples: int, sample_rate: int) -> Product:
    """Lay a recipe and a finish out over a sound.

    Raises
    ------
    SizeError
        If either does not fit this sound.

    >>> lay_out(Recipe("", 2048, 512), Finish(segment="1s"), 51200, 22050).shape
    (3, 44, 13, 1)
    """
    pieces, size = finish.pieces(samples, whole_number("sample_rate", sample_rate))
    layout = recipe.lay_out(size, sample_rate)
    shape = layout.shape if finish == Finish() else finish.shape(*layout.shape[:2], pieces)
    return Product(layout, pieces, samples, shape)


def check_finish(recipe: Recipe, finish: Finish) -> None:
    """Refuse a finish for what has no frames.

    Raises
    ------
    ArgumentError
        If the recipe's kind is waveform.
    """
    for name in ("deltas", "cmvn", "length"):
        if recipe.kind == "waveform" and getattr(finish, name) is not None:
            raise ArgumentError(f"{name} is for frames, and a waveform has none", hint=f"leave {name} out")


def read_finish(**given: Any) -> Finish:
    """A finish of fields by their names; None leaves a field as it is.

    Raises
    ------
    ArgumentError
        If a field or a word is unknown, a length or segment is none, or a fit has nothing to be fitted to.

    >>> read_finish(deltas="columns", segment="500ms").segment
    '500ms'
    """
    for name in given:
        if name not in Finish._fields:
            raise unknown_word("field", name, Finish._fields)
    read = {name: _READERS.get(name, _word)(name, value) for name, value in given.items() if value is not None}
    finish = Finish(**read)
    if finish.fit != "pad" and finish.length is None and finish.segment is None:
        raise ArgumentError(
            f"fit {finish.fit} says how a length or a segment is met, and neither is given",
            hint="give a length in frames, or a segment such as 3s, or leave fit out",
        )
    return finish


def read_segment(name: str, value: object) -> int | str:
    """Read a number of samples, or a time such as ``3s`` or ``500ms``.

    Raises
    ------
    ArgumentError
        If it is neither, or nothing.

    >>> read_segment("segment", "48000"), read_segment("segment", "1.5s")
    (48000, '1.5s')
    """
    text = value.strip() if isinstance(value, str) else ""
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?m?s", text) and text.strip("0.ms"):
        return text
    if re.fullmatch(r"-?[0-9]{1,18}", text):
        return whole_number(name, int(text))
    if isinstance(value, (str, bool)) or (isinstance(value, float) and not value.is_integer()):
        raise ArgumentError(
            f"{name} {value!r} is neither samples nor a time", hint=f"write {name} as 48000, as 3s or as 500ms"
        )
    return whole_number(name, value)


def _word(name: str, value: object) -> str:
    if not isinstance(value, str) or value not in WORDS[name]:
        raise unknown_word(name, value, WORDS[name])
    return value


_READERS: dict[str, Callable[[str, object], Any]] = {"length": whole_number, "segment": read_segment}


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
