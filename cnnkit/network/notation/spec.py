"""How the words of a layer stack are written, and one stack as it was written: no defaults filled in, no sizes yet."""

from __future__ import annotations

from typing import NamedTuple

from cnnkit.geometry.framing import FRAMINGS
from cnnkit.geometry.padding import PADDING_WORDS, Padding
from cnnkit.geometry.pair import Pair, brief_text
from cnnkit.geometry.window import Setting
from cnnkit.network.notation.word import Word
from cnnkit.network.volume import Shape, Vector, Volume

Size = Pair | Padding | Volume | Vector


class Form(NamedTuple):
    """How the word of one layer is written."""

    example: str
    counts: str  # what its number counts: kernels, units ...; empty when it has none
    size: str  # what its size is: that of a window, a factor ...; empty when it has none
    settings: dict[str, str]  # from the key or word of a setting to the field of the layer that it sets


_STEP = {"s": "stride", "p": "padding", "d": "dilation"}
_PADDINGS = dict.fromkeys(PADDING_WORDS, "padding")
_BIAS = {"nobias": "bias"}
_FRAMES = {"hop": "hop_length", "win": "frame_length", **dict.fromkeys(FRAMINGS, "framing")}
# Nobody agrees on what "full" means for a transposed convolution; its full size is "valid".
_CUTS = {word: "padding" for word in PADDING_WORDS if word != "full"}

CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-:@")  # what words are written with

ACTIVATIONS = ("relu", "leakyrelu", "prelu", "elu", "gelu", "silu", "hardswish", "tanh", "sigmoid", "softmax")
KEEPING = (*ACTIVATIONS, "bn", "layernorm", "groupnorm", "instancenorm", "lrn", "dropout")
"""The layers that leave the shape as it is."""

WINDOW = "window size"

FORMS = {
    "conv": Form("conv3-64", "kernels", WINDOW, _STEP | {"g": "groups"} | _PADDINGS | _BIAS),
    "tconv": Form("tconv2-64:s2", "kernels", WINDOW, _STEP | {"op": "output_padding", "g": "groups"} | _CUTS | _BIAS),
    "dwconv": Form("dwconv3", "", WINDOW, _STEP | {"m": "multiplier"} | _PADDINGS | _BIAS),
    "maxpool": Form("maxpool2", "", WINDOW, _STEP | _PADDINGS | {"ceil": "ceil"}),
    "avgpool": Form("avgpool2", "", WINDOW, _STEP | _PADDINGS | {"ceil": "ceil"}),
    "maxpool-to": Form("maxpool-to7", "", "output size", {}),
    "avgpool-to": Form("avgpool-to7", "", "output size", {}),
    **{word: Form(word, "", "", {}) for word in ("gap", "gmp", "flatten")},
    "reshape": Form("reshape7x7x256", "", "shape", {}),
    "pad": Form("pad1", "", "padding", {}),
    "crop": Form("crop1", "", "border", {}),
    "upsample": Form("upsample2", "", "factor", {"bilinear": "mode"}),
    "shuffle": Form("shuffle2", "factor", "", {}),
    "fc": Form("fc10", "units", "", _BIAS),
    **{word: Form(word, "", "", {}) for word in KEEPING},
    "prelu": Form("prelu", "", "", {"channels": "is_each_channel"}),
    "groupnorm": Form("groupnorm32", "groups", "", {}),
    "waveform": Form("waveform", "", "", {}),
    "spectrogram": Form("spectrogram", "", "", _FRAMES | {"fft": "n_fft"}),
    "mel": Form("mel64", "bands", "", _FRAMES),
    "logmel": Form("logmel40", "bands", "", _FRAMES),
    "mfcc": Form("mfcc13", "coefficients", "", _FRAMES),
}

JOINS = ("add", "cat")
BRANCHING = {
    "mark": "mark:skip",
    "from": "from:skip",
    "add": "add:skip",
    "cat": "cat:skip",
    "block": "block",
    "end": "end",
}
"""The words that make a graph of a chain, and how each is written; only joins are layers."""

NUMBERED = ("s", "p", "d", "g", "m", "op", "hop", "win", "fft")
"""The settings that are a letter or two and a number; the others are words."""


class Spec(NamedTuple):
    """One layer as it was written, with nothing filled in. Its place is not compared."""

    name: str  # a key of FORMS
    size: Size | None  # of the window, of the output, of the padding ...
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
        size = _text(self.size) if self.size else ""
        dash = "-" if self.size and self.count else ""
        return ":".join((f"{self.name}{size}{dash}{self.count or ''}", *map(str, self.settings)))

    def word_of(self, target: str) -> Word:
        """Where `target` is set; the whole layer when it is not."""
        places = zip(self.settings, self.word.split(":")[1:], strict=True)
        return next((place for setting, place in places if setting.target == target), self.word)


class Wire(NamedTuple):
    """Where a layer stands in the graph. Layers are numbered from 1, and 0 is the input."""

    sources: tuple[int, ...] = ()  # the numbers of what it takes, in the order of a join; none for the input
    start: str = ""  # from:NAME, where it goes on from a mark
    is_shared: bool = False  # whether another layer takes one of its sources too
    marks: tuple[str, ...] = ()  # mark:NAME behind it; here, in start and in joins no name stands for two volumes

    def text(self, word: str) -> str:
        """The words of this layer, of which `word` is its own."""
        return " ".join(filter(None, (self.start, word, *self.marks)))


class StackSpec(NamedTuple):
    """A stack as it was written, its repeats written out. As text it is the notation again."""

    input: Shape
    layers: tuple[Spec, ...]
    wires: tuple[Wire, ...] = ()  # that of the input and one a layer; empty for a chain

    @property
    def wiring(self) -> tuple[Wire, ...]:
        """One wire for the input and one a layer: in a chain each layer takes what is before it."""
        return self.wires or (Wire(), *(Wire((number,)) for number in range(len(self.layers))))

    def __str__(self) -> str:
        texts = (self.input.text, *map(str, self.layers))
        return " ".join(wire.text(text) for wire, text in zip(self.wiring, texts, strict=True))


def _text(size: Size) -> str:
    if isinstance(size, Padding):
        return size.brief
    return size.text if isinstance(size, (Volume, Vector)) else brief_text(size)
