"""The settings of features, in one table: the options of ``cnnkit mfcc``, what reads and checks their values, and the
tables of docs/mfcc.md all come from it.

A setting is a field of a recipe (`cnnkit.data.recipes.recipe.Recipe`) or of a finish, group ``finish``
(`cnnkit.data.recipes.finish.Finish`), under the same name: ``n_mfcc``, ``--n-mfcc``.

Standard library only, and geometry only where a value is read, so that ``cnnkit mfcc --help`` starts at once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from operator import index
from typing import Any, NamedTuple

from cnnkit.data.recipes.tapers import TAPERS, read_taper
from cnnkit.errors import ArgumentError, unknown_word

MAX_MELS = 2**12  # of as many cosines each: 128 MiB

MIN_LOG_FLOOR = 1e-37  # the smallest power of ten that float32 holds in full

_FEWEST_SAMPLES = 100
"""Of a duration or a segment: a smaller number is meant as seconds or frames."""

Length = int | str
"""Samples, or a time as text: 2048, "25ms", "3s"."""


def whole_number(name: str, value: object) -> int:
    """Read a whole number of 1 or more.

    >>> whole_number("n_mfcc", 13.0)
    13
    """
    from cnnkit.geometry.pair import LARGEST

    try:
        number = int(value) if isinstance(value, float) and value.is_integer() else index(value)  # type: ignore[arg-type]
    except TypeError:
        raise ArgumentError(f"{name} {value!r} is not a whole number", hint=f"give {name} as a whole number") from None
    most = MAX_MELS if name in ("n_mels", "n_mfcc") else LARGEST
    if isinstance(value, bool) or not 1 <= number <= most:
        bound = f"{most} or less" if number > most else "1 or more"
        raise ArgumentError(f"{name} {value} is not between 1 and {most}", hint=f"use {name} {bound}")
    return number


def read_length(name: str, value: object) -> Length:
    """Read a number of samples, or milliseconds such as ``25ms``.

    >>> read_length("hop_length", "512"), read_length("hop_length", "12.5ms")
    (512, '12.5ms')
    """
    text = value.strip() if isinstance(value, str) else ""
    if not isinstance(value, str) or re.fullmatch(r"-?[0-9]{1,18}", text):
        return whole_number(name, int(text) if text else value)
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?ms", text) and float(text[:-2]) > 0:
        return text
    raise ArgumentError(
        f"{name} {value!r} is neither samples nor milliseconds", hint=f"write {name} as 512, or as 10ms"
    )


def read_duration(name: str, value: object, *, more: str = "") -> Length:
    """Read a number of samples, or a time such as ``3s`` or ``500ms``.

    >>> read_duration("duration", "48000"), read_duration("duration", "1.5s")
    (48000, '1.5s')
    """
    text = value.strip() if isinstance(value, str) else ""
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?m?s", text) and text.strip("0.ms"):
        return text
    is_number = re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", str(value).strip())
    if name != "overlap" and is_number and 0 < float(is_number[0]) < _FEWEST_SAMPLES:
        frames = f", or {is_number[0]}f for frames" if more and not is_number[1] else ""
        raise ArgumentError(
            f"{name} {value} would be samples, and fewer than {_FEWEST_SAMPLES}",
            hint=f"write {is_number[0]}s for seconds{frames}",
        )
    if re.fullmatch(r"-?[0-9]{1,18}", text):
        return whole_number(name, int(text))
    if isinstance(value, (str, bool)) or (isinstance(value, float) and not value.is_integer()):
        raise ArgumentError(
            f"{name} {value!r} is neither samples nor a time{' nor frames' if more else ''}",
            hint=f"write {name} as 48000, as 3s or as 500ms{more}",
        )
    return whole_number(name, value)


def read_segment(name: str, value: object) -> Length:
    """Read a number of samples, a time such as ``3s``, or frames such as ``96f``.

    >>> read_segment("segment", "1.5s"), read_segment("segment", "96f")
    ('1.5s', '96f')
    """
    frames = re.fullmatch(r"\s*([0-9]{1,18})f\s*", value) if isinstance(value, str) else None
    if frames:
        return f"{whole_number(name, int(frames[1]))}f"
    return read_duration(name, value, more=f", or in frames as {'48f' if name == 'overlap' else '96f'}")


def _read_width(name: str, value: object) -> int:
    frames = whole_number(name, value)
    if frames < 3 or frames % 2 == 0:
        raise ArgumentError(f"{name} {frames} is not an odd number from 3 on", hint=f"use {name} {max(frames + 1, 3)}")
    return frames


def _read_layout(name: str, value: object) -> str:
    word = value if isinstance(value, str) else ""
    if _is_layout(word):
        return word
    meant = word.lower().translate(str.maketrans("hw", "tf"))  # as images have them
    letters = "t is time, f frequency, c channels, n segments"
    raise ArgumentError(
        f"layout {value!r} is not made of the letters n, t, f and c, each once",
        hint=f"use {meant}: {letters}" if _is_layout(meant) else f"{letters}: tfc, ftc, nctf",
    )


def _is_layout(word: str) -> bool:
    return "t" in word and len(set(word)) == len(word) and set(word) <= set("ntfc")


def _read_framing(_: str, value: Any) -> str:
    from cnnkit.geometry.framing import framing

    return framing(value).word


def _read_pad_mode(name: str, value: Any) -> str:
    from cnnkit.geometry.padding import pad_mode

    mode = pad_mode(value)
    if mode.is_constant and mode.value:
        raise ArgumentError(f"{name} {value} is not for sounds", hint="use zero")
    return "zero" if mode.is_constant else mode.word


def _read_reference(name: str, value: Any) -> float | str | None:
    if value in ("none", "max"):
        return {"none": None, "max": "max"}[value]
    return _with_hint(_POWER, name, value, "use max, none, or a power such as 0.01")


def _read_pad_value(name: str, value: Any) -> float | str:
    return (
        "silence" if value == "silence" else _with_hint(_FLOAT32, name, value, "use silence, or a number such as -80")
    )


def _with_hint(kind: Value, name: str, value: Any, hint: str) -> float:
    try:
        return float(kind.read(name, value))
    except ArgumentError as error:
        raise ArgumentError(error.problem, hint) from None


def _read_switch(name: str, value: object) -> bool:
    if value not in (True, False):
        raise ArgumentError(f"{name} {value!r} is neither true nor false", hint=f"use {name}=True or {name}=False")
    return bool(value)


class Value(NamedTuple):
    """The values that a setting takes."""

    read: Callable[[str, Any], Any]  # from the setting's name and a value to the value as it is stored
    type: type = str  # as the command line reads it
    metavar: str = "WORD"
    words: tuple[str, ...] = ()


def _words(*words: str, metavar: str = "WORD") -> Value:
    def read(name: str, value: object) -> str:
        if not isinstance(value, str) or value not in words:
            raise unknown_word(name, value, words)
        return str(value)

    return Value(read, metavar=metavar, words=words)


def _number(metavar: str, least: float = -math.inf, most: float = math.inf) -> Value:
    def read(name: str, value: Any) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not (math.isfinite(number) and least <= number <= most):
            bounds = f"{least:g} or more" if math.isinf(most) else f"{least:g} to {most:g}"
            what = "a finite number" if math.isinf(least) else f"a finite number of {bounds}"
            hint = f"give {name} as a number" if math.isinf(least) else f"use {name} {bounds}"
            raise ArgumentError(f"{name} {value!r} is not {what}", hint=hint)
        return number

    return Value(read, float, metavar)


_WHOLE = Value(whole_number, int, "N")
_LENGTH = Value(read_length, metavar="N|Nms")
_DURATION = Value(read_duration, metavar="N|Ns|Nms")
_SEGMENT = Value(read_segment, metavar="N|Ns|Nms|Nf")
_SWITCH = Value(_read_switch, bool, "")
_FRAMING = Value(_read_framing, words=("pad-end", "valid", "center", "psf", "kaldi", "whisper"))
_PAD_MODE = Value(_read_pad_mode, words=("zero", "replicate", "reflect", "symmetric", "wrap"))
_RANGE = Value(lambda name, value: None if value == "none" else _number("V", 0).read(name, value), metavar="V|none")
_OVERLAP = Value(
    lambda name, value: None if str(value) in ("0", "0s", "0ms", "0f") else read_segment(name, value),
    metavar=_SEGMENT.metavar,
)
_FLOAT32 = _number("V", -3.4e38, 3.4e38)
_PAD_VALUE = Value(_read_pad_value, metavar="V|silence")
_POWER = _number("V", MIN_LOG_FLOOR)
_REFERENCE = Value(_read_reference, metavar="V|max|none")
_TAPER = Value(read_taper, words=TAPERS)
_ZERO_OR_ONE = Value(lambda name, value: int(_number("N", 0, 1).read(name, value)), int, "N")


class Field(NamedTuple):
    """A setting. Its text may have ``{}`` for the words, and in brackets defaults of the dialects lecture and psf."""

    name: str
    group: str
    value: Value
    text: str
    off: str = ""  # the option that switches it off

    @property
    def option(self) -> str:
        """Its option: ``--n-mfcc``."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def help(self) -> str:
        """One sentence, and the words that it takes."""
        *words, last = self.value.words or ("",)
        return self.text.format(f"{', '.join(words)} or {last}")

    def read(self, value: object) -> Any:
        """Read and check a value; None is the word none."""
        return self.value.read(self.name, "none" if value is None else value)

    @property
    def takes_none(self) -> bool:
        """Whether none is one of its words."""
        return "none" in (*self.value.words, *self.value.metavar.split("|"))


_FIELDS = (
    # The settings that are changed most come first in their group.
    Field("n_mfcc", "dct", _WHOLE, "Coefficients to keep.  [lecture, psf 13]"),
    Field("frame_length", "framing", _LENGTH, "Samples in a frame, or milliseconds (25ms).  [lecture 2048, psf 25ms]"),
    Field("hop_length", "framing", _LENGTH, "From the start of a frame to the next.  [lecture 512, psf 10ms]"),
    Field("n_fft", "spectrum", _WHOLE, "FFT size.  [default: the next power of two]"),
    Field("framing", "framing", _FRAMING, "How frames are placed: {}.  [lecture pad-end, psf psf]"),
    Field(
        "taper",
        "spectrum",
        _TAPER,
        "Window function of every frame: {}; -symmetric or -periodic can follow.  [lecture, psf none]",
    ),
    Field("preemphasis", "spectrum", _number("K", 0, 1), "K of x[n] - K x[n-1].  [lecture, psf 0.97]"),
    Field("n_mels", "mel", _WHOLE, "Mel bands.  [lecture, psf 26]"),
    Field("fmin", "mel", _number("HZ", 0), "Lower edge of the bands.  [lecture, psf 0]"),
    Field("fmax", "mel", _number("HZ", 0), "Upper edge of the bands.  [default: half the sample rate]"),
    Field("lifter", "dct", _number("Q", 0), "Raise the high coefficients; 0 leaves them.  [lecture, psf 22]"),
    Field("energy", "dct", _SWITCH, "Put the log energy in place of coefficient 0.  [lecture, psf yes]", "--no-energy"),
    # The others follow, in the order in which they act.
    Field(
        "scale",
        "spectrum",
        _words("as-is", "unit", "int16"),
        "Full scale of the samples: as-is, unit (1) or int16 (32768).",
    ),
    Field("rounding", "framing", _words("half-up", "down"), "Milliseconds to samples: {}."),
    Field("n_fft_least", "spectrum", _WHOLE, "The smallest FFT size when --n-fft is not given."),
    Field(
        "frame_place",
        "framing",
        _words("start", "middle"),
        "A frame shorter than the FFT is its start or its middle: {}.",
    ),
    Field("pad_mode", "framing", _PAD_MODE, "What lies beyond the ends of the sound: {}."),
    Field("remove_mean", "spectrum", _SWITCH, "Subtract its mean from every frame.", "--keep-mean"),
    Field("preemphasis_over", "spectrum", _words("sound", "frame"), "Preemphasis of the sound, or of each frame: {}."),
    Field("spectrum", "spectrum", _words("power", "magnitude", "power/n_fft"), "Values of a spectrum: {}."),
    Field("mel_scale", "mel", _words("htk", "slaney"), "Formula of the mel scale: {}."),
    Field("mel_family", "mel", _words("hz", "mel", "bin"), "Bands are triangles over {}."),
    Field(
        "mel_norm", "mel", _words("none", "slaney"), "Norm of the bands: none, a peak of 1; or slaney, an area of 1 Hz."
    ),
    Field("mel_bins", "mel", _words("all", "htk"), "FFT bins in use: all, or first and last by the rule of htk."),
    Field("half_rate", "mel", _words("exact", "floor"), "Half the sample rate, exact or in whole hertz: {}."),
    Field("empty_bands", "mel", _words("error", "allow"), "Bands that cover no FFT bin: {}."),
    Field("log", "log", _words("ln", "log10", "db", "none"), "Logarithm: {}."),
    Field(
        "log_guard",
        "log",
        _words("zero", "max", "add"),
        "A floor against log 0 replaces 0, bounds all, or is added: {}.",
    ),
    Field("log_floor", "log", _POWER, "The floor of --log-guard, a power."),
    Field("log_range", "log", _RANGE, "Raise what is more than V below the largest of the sound."),
    Field("log_ref", "log", _REFERENCE, "Logarithm of the ratio to V, or (max) to the largest of the sound."),
    Field("log_shift", "log", _number("V"), "Added to every logarithm."),
    Field("log_gain", "log", _number("V"), "Factor of every logarithm, after the shift."),
    Field("dct", "dct", _words("ortho", "htk"), "Factors of the DCT: ortho, or htk: sqrt(2 / n_mels) for all terms."),
    Field("lifter_first", "dct", _ZERO_OR_ONE, "The lifter's sine begins at coefficient 0 or 1."),
    Field("energy_of", "dct", _words("spectrum", "frame"), "Energy of the spectrum, or of the frame's samples: {}."),
    Field("c0", "dct", _words("first", "last"), "Place of coefficient 0: {}."),
    Field("precision", "spectrum", _words("float32", "float64"), "Computed in {}.  [lecture, psf float64]"),
    Field("duration", "finish", _DURATION, "Pad or cut the sound to 4s, 500ms or N samples first."),
    Field("segment", "finish", _SEGMENT, "Cut the sound by 3s, 500ms or N samples, or its frames by 96f."),
    Field("overlap", "finish", _OVERLAP, "What a segment shares with the next: 1s, 48f."),
    Field(
        "cmvn",
        "finish",
        _words("utterance", "sliding", "utterance-mean", "sliding-mean"),
        "Mean 0 and variance 1 over the utterance, or sliding over 600 frames; mean 0 alone: utterance-mean or"
        " sliding-mean.",
    ),
    Field(
        "deltas",
        "finish",
        _words("columns", "channels"),
        "Add deltas and their deltas, as columns (13 become 39) or channels (x 3).",
    ),
    Field(
        "delta_kind", "finish", _words("htk", "librosa"), "Whose deltas: {}.  [default: htk; dialect librosa: librosa]"
    ),
    Field("delta_width", "finish", Value(_read_width, int, "N"), "Frames under a delta, odd.  [htk 5, librosa 9]"),
    Field("length", "finish", _WHOLE, "Frames in every result."),
    Field(
        "fit",
        "finish",
        _words("pad", "trim", "loop"),
        "How a duration, length or segment is met: pad, trim (nothing may be missing) or loop.  [default: pad]",
    ),
    Field("pad_value", "finish", _PAD_VALUE, "What missing frames hold: V, or the features of silence.  [default: 0]"),
    Field(
        "layout",
        "finish",
        Value(_read_layout, metavar="LETTERS"),
        "Order of the axes: t time, f frequency, c channels, n segments, as in ftc or nctf.  [default: tfc]",
    ),
)
FIELDS = {field.name: field for field in _FIELDS}
