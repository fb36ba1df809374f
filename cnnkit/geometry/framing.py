"""How a sound is cut into overlapping frames: how many there are, and where each begins.

The tools of this field disagree by a few frames for the same sound (docs/mfcc.md): the
lecture's 51200 samples at hop 512 are 100 frames here, 101 in librosa, 97 in python_speech_features. Each answer
is one framing word.

Standard library only, so that ``cnnkit mfcc --print-shape`` starts at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from cnnkit.errors import ArgumentError, SizeError, unknown_word
from cnnkit.geometry.padding import PadMode, pad_mode
from cnnkit.geometry.pair import counted


class Framing(NamedTuple):
    """One way to cut N samples into frames of L samples, one every H samples."""

    word: str
    how_many: Callable[[int, int, int], int]  # frames, from N, L and H
    first: Callable[[int, int, int], int]  # where frame 0 begins, from L, H and n_fft; below 0 when frames are centred
    outside: PadMode  # what a frame holds beyond the ends of the sound, by default
    formula: str  # the count in symbols, for explanations
    # Whether a preemphasis of the whole sound runs on into its padding; python_speech_features pads after it.
    pads_before_preemphasis: bool = True

    def count_of(self, samples: int, length: int, hop: int, n_fft: int) -> int:
        """The frames of a sound; centred ones are padded by half an FFT on both sides, and half an odd one is less."""
        return self.how_many(samples - self._lost(n_fft), length, hop)

    def _lost(self, n_fft: int) -> int:
        return n_fft % 2 if self.first is _centred else 0

    def formula_of(self, n_fft: int, *, in_middle: bool = False) -> str:
        """The formula for an FFT size.

        >>> framing("center").formula_of(512), framing("center").formula_of(551)
        ('1 + floor(N / H)', '1 + floor((N - 1) / H)')
        """
        formula = self.formula.replace("N / H", "(N - 1) / H") if self._lost(n_fft) else self.formula
        return formula.replace("L", "n_fft") if in_middle else formula


def _psf_count(samples: int, length: int, hop: int) -> int:
    return 1 if samples <= length else 1 - (length - samples) // hop


def _centred(length: int, hop: int, n_fft: int) -> int:
    return (n_fft - length) // 2 - n_fft // 2


_ZERO = pad_mode("zero")
FRAMINGS = {
    framing.word: framing
    for framing in (
        Framing("pad-end", lambda n, length, hop: -(-n // hop), lambda *_: 0, _ZERO, "ceil(N / H)"),
        Framing(
            "valid",
            lambda n, length, hop: 0 if n < length else 1 + (n - length) // hop,
            lambda *_: 0,
            _ZERO,
            "1 + floor((N - L) / H)",
        ),
        Framing("center", lambda n, length, hop: 1 + n // hop, _centred, _ZERO, "1 + floor(N / H)"),
        Framing("psf", _psf_count, lambda *_: 0, _ZERO, "1 + ceil((N - L) / H), at least 1", False),
        Framing(
            "kaldi",
            lambda n, length, hop: (n + hop // 2) // hop,
            lambda length, hop, n_fft: hop // 2 - length // 2,
            pad_mode("symmetric"),
            "floor((N + floor(H / 2)) / H)",
        ),
        Framing("whisper", lambda n, length, hop: n // hop, _centred, _ZERO, "floor(N / H)"),
    )
}


def samples_in(milliseconds: float, rate: int, rounding: str = "half-up") -> int:
    """A length in samples, rounded ``half-up`` or ``down``.

    >>> samples_in(25, 22050), samples_in(25, 22070, "down")
    (551, 551)
    """
    if rounding == "down":
        return int(milliseconds * rate / 1000)
    exact = milliseconds / 1000 * rate
    return int(exact) + (exact - int(exact) >= 0.5)


class Frames(NamedTuple):
    """Where every frame of one sound lies; all numbers but the count are in samples."""

    samples: int  # of the sound
    count: int  # type: ignore[assignment]  # of frames, in place of a tuple's method
    first: int  # where frame 0 begins; below 0 when it begins in the padding
    length: int
    hop_length: int
    rule: Framing
    outside: PadMode  # what a frame holds beyond the ends of the sound
    n_fft: int
    in_middle: bool  # whether a frame is in the middle of its FFT, which is counted in its place

    def start(self, frame: int) -> int:
        """The sample at which `frame` begins."""
        return self.first + frame * self.hop_length

    @property
    def end(self) -> int:
        """One past the last sample of the last frame; above `samples` when it ends in the padding."""
        return self.start(self.count - 1) + self.length

    @property
    def arithmetic(self) -> str:
        """The count, with numbers.

        >>> plan_frames("pad-end", 51200, 2048, 512).arithmetic
        '51200 samples / hop 512 = 100 frames'
        >>> plan_frames("psf", 51200, 2048, 512).arithmetic
        '1 + ceil((51200 samples - frame 2048) / hop 512) = 97 frames'
        """
        return frame_arithmetic(
            self.rule, self.samples, self.length, self.hop_length, self.n_fft, in_middle=self.in_middle
        )


def framing(word: str) -> Framing:
    """Look up a framing by its word.

    >>> framing("pad-end").formula
    'ceil(N / H)'
    """
    if word in FRAMINGS:
        return FRAMINGS[word]
    raise unknown_word("framing", word, FRAMINGS)


def frame_arithmetic(
    rule: Framing, samples: int, length: int, hop_length: int, n_fft: int | None = None, *, in_middle: bool = False
) -> str:
    """The count of a framing, its formula filled with numbers, also where it finds no frame at all.

    >>> frame_arithmetic(framing("pad-end"), 51201, 2048, 512)
    'ceil(51201 samples / hop 512) = 101 frames'
    >>> frame_arithmetic(framing("valid"), 100, 2048, 512)
    '100 samples are fewer than frame 2048: 0 frames'
    """
    n_fft = n_fft or length
    span = n_fft if in_middle else length
    frames = counted(rule.count_of(samples, span, hop_length, n_fft), "frame")
    name = f"frame {span}" if span == length else f"n_fft {span}"
    if "L" in rule.formula and samples < span:
        return f"{samples} samples are fewer than {name}: {frames}"
    is_even = rule.word == "pad-end" and samples % hop_length == 0
    formula = "N / H" if is_even else rule.formula_of(n_fft).partition(",")[0]
    numbers = {"N": f"{samples} samples", "L": name, "H": f"hop {hop_length}"}
    return f"{re.sub(r'[NLH]', lambda symbol: numbers[symbol[0]], formula)} = {frames}"


def plan_frames(
    word: str,
    samples: int,
    length: int,
    hop_length: int,
    n_fft: int | None = None,
    outside: PadMode | None = None,
    *,
    in_middle: bool = False,
) -> Frames:
    """Cut a sound of `samples` samples into frames.

    `n_fft` is the FFT size that centred frames are centred in (`length` by default); `outside` replaces the padding
    that the framing is known for. With `in_middle`, what is cut out are pieces of `n_fft` samples, as by librosa and
    PyTorch, and a shorter frame is the middle of such a piece.

    >>> plan_frames("pad-end", 51200, 2048, 512).count
    100
    >>> plan_frames("center", 51200, 2048, 512).count, plan_frames("psf", 51200, 2048, 512).count
    (101, 97)
    >>> frames = plan_frames("valid", 51200, 1024, 512, 2048, in_middle=True)
    >>> frames.count, frames.first
    (97, 512)
    """
    rule = framing(word)
    for value, name in ((length, "frame length"), (hop_length, "hop length")):
        if value < 1:
            raise ArgumentError(f"{name} {value} is below 1 sample", hint=f"use a {name} of 1 sample or more")
    if samples < 1:
        raise SizeError("the sound has no samples", hint="give a sound of at least 1 sample")
    size = n_fft or length
    span = size if in_middle else length
    count = rule.count_of(samples, span, hop_length, size)
    if count < 1:
        shorter = (
            "a shorter hop" if "L" not in rule.formula else "a shorter frame" if span == length else "a smaller n_fft"
        )
        raise SizeError(
            f"framing {word} finds no frame of {span} samples in {samples} samples",
            hint=f"use framing pad-end, which pads the last frame with zeros, or {shorter}",
        )
    first = rule.first(span, hop_length, size) + (span - length) // 2
    beyond = rule.outside if outside is None else outside
    return Frames(samples, count, first, length, hop_length, rule, beyond, size, in_middle and size > length)
