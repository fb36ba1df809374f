"""How the words of a layer stack are written, and one stack as it was written: no defaults filled in, no sizes yet.

Standard library only: importing it must stay nearly free.
"""

from __future__ import annotations

from typing import NamedTuple

from cnnkit.geometry.framing import FRAMINGS
from cnnkit.geometry.padding import PADDING_WORDS, Padding
from cnnkit.geometry.pair import Pair, brief_text
from cnnkit.network.notation.word import Word
from cnnkit.network.volume import Volume, Waveform

Value = Pair | Padding | int | str | bool


class Form(NamedTuple):
    """How the word of one layer is written."""

    example: str
    counts: str  # what its number counts: kernels, units ...; empty when it has none
    has_size: bool  # whether it has a window
    settings: dict[str, str]  # from the key or word of a setting to the field of the layer that it sets


_STEP = {"s": "stride", "p": "padding", "d": "dilation"}
_PADDINGS = dict.fromkeys(PADDING_WORDS, "padding")
_BIAS = {"nobias": "bias"}
_AUDIO = {"hop": "hop_length", "win": "frame_length", **dict.fromkeys(FRAMINGS, "framing")}
# Nobody agrees on what "full" means for a transposed convolution; its full size is "valid".
_CUTS = {word: "padding" for word in PADDING_WORDS if word != "full"}

BARE = ("flatten", "gap", "gmp", "relu", "tanh", "sigmoid", "softmax", "bn", "dropout")

FORMS = {
    "conv": Form("conv3-64", "kernels", True, _STEP | {"g": "groups"} | _PADDINGS | _BIAS),
    "tconv": Form("tconv2-64:s2", "kernels", True, _STEP | {"op": "output_padding", "g": "groups"} | _CUTS | _BIAS),
    "dwconv": Form("dwconv3", "", True, _STEP | {"m": "multiplier"} | _PADDINGS | _BIAS),
    "maxpool": Form("maxpool2", "", True, _STEP | _PADDINGS | {"ceil": "ceil"}),
    "avgpool": Form("avgpool2", "", True, _STEP | _PADDINGS | {"ceil": "ceil"}),
    "fc": Form("fc10", "units", False, _BIAS),
    "mfcc": Form("mfcc13", "coefficients", False, _AUDIO),
    "logmel": Form("logmel40", "bands", False, _AUDIO),
    **{word: Form(word, "", False, {}) for word in BARE},
}

NUMBERED = ("s", "p", "d", "g", "m", "op", "hop", "win")
"""The settings that are a letter or two and a number; the others are words."""


class Setting(NamedTuple):
    """One setting of a layer: ``s2``, ``same``, ``p0x1x0x1``."""

    key: str  # as written: s, p, same ...
    target: str  # what it sets: stride, padding ...
    value: Value

    def __str__(self) -> str:
        if isinstance(self.value, Padding):
            return f"{self.key}{padding_text(self.value)}"
        if isinstance(self.value, tuple):
            return f"{self.key}{brief_text(self.value)}"
        return self.key if isinstance(self.value, (bool, str)) else f"{self.key}{self.value}"


class Spec(NamedTuple):
    """One layer as it was written, with nothing filled in. Its place is not compared."""

    name: str  # a key of FORMS
    size: Pair | None  # of the window
    count: int | None  # type: ignore[assignment]  # kernels, units, coefficients or bands, in place of tuple.count
    settings: tuple[Setting, ...]
    word: Word

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Spec) and self[:-1] == other[:-1]

    def __ne__(self, other: object) -> bool:
        return not self == other  # a tuple has its own

    def __hash__(self) -> int:
        return hash(self[:-1])

    def __str__(self) -> str:
        size = brief_text(self.size) if self.size else ""
        dash = "-" if self.size and self.count else ""
        return ":".join((f"{self.name}{size}{dash}{self.count or ''}", *map(str, self.settings)))

    def word_of(self, target: str) -> Word:
        """Where `target` is set; the whole layer when it is not."""
        places = zip(self.settings, self.word.split(":")[1:], strict=True)
        return next((place for setting, place in places if setting.target == target), self.word)


class StackSpec(NamedTuple):
    """A stack as it was written, its repeats written out. As text it is the notation again.

    >>> print(StackSpec(Volume(28, 28, 1), (Spec("conv", (3, 5), 32, (), Word("conv3x5-32")),)))
    28x28x1 conv3x5-32
    """

    input: Volume | Waveform
    layers: tuple[Spec, ...]

    def __str__(self) -> str:
        return " ".join((self.input.text, *map(str, self.layers)))


def padding_text(padding: Padding) -> str:
    """Write a padding as briefly as the notation can: ``1``, ``1x2`` or ``0x1x0x1``."""
    return brief_text(padding.before) if padding.is_symmetric else padding.text
