"""What words that cannot be read were meant to be, as words that can.

People bring the words of PyTorch, of Keras and of papers: ``Conv2d(3,64,3)``, ``maxpool3/2``, ``conv3-64:stride=2``,
``64@5x5``. A guess is made only where it reads, so whoever follows it gets on at once; and only where it means the
same: a convolution of a framework has no padding unless it is given, one of the notation has.

Loaded for errors alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import NamedTuple

from cnnkit.errors import NotationError
from cnnkit.network.notation.elsewhere import ABSENT, LAYERS_ELSEWHERE, SETTINGS_ELSEWHERE
from cnnkit.network.notation.networks import NETWORKS
from cnnkit.network.notation.spec import BARE, FORMS, Form
from cnnkit.network.notation.word import Word

Reads = Callable[[str], bool]

MOST_CHARACTERS = 100  # of a word that is looked at
LOOK_ALIKES = str.maketrans(
    {"×": "x", "*": "x", "·": "x", "–": "-", "—": "-", "−": "-", "‐": "-", "\u200b": "", '"': "", "'": "", " ": ""}
)
LARGEST_USUAL_WINDOW = 11  # a larger number alone, as in conv64, counts kernels
_FALSE, _TRUE = ("0", "false", "no", "none"), ("", "1", "true", "yes")
_HEAD = re.compile(r"(?:[a-z]+\.)*([a-z]+(?:[-_]?[123]d(?:transpose)?)?(?:[-_][a-z]+)*(?:[123]d)?)?(.*)")
_PART = re.compile(r"([a-z]+(?:[-_][a-z]+)*)|(\d*\.\d+|\d+(?:x\d+)*)|(.)")
_REPEATED = re.compile(r"(.*[a-z]\d+(?:x\d+)?-\d+)x(\d+)")
_REPEAT = re.compile(r"x(\d+)|(\d+)x")
_NUMBERS = re.compile(r"[\dx]+")
_VALUES = re.compile(r"(?<=[a-z=])(\d+),(\d+)")
_PAIR = re.compile(r"(?<![a-z])[(\[](\d+),(\d+)[)\]]")


class Parts(NamedTuple):
    """A word in parts: numbers in their order, settings as other tools may call them."""

    numbers: list[str]
    settings: list[tuple[str, str]]  # name and value; the value of a word alone is empty
    is_call: bool  # Conv2d(3,64,3)
    is_swapped: bool  # 64@5x5, but not 5x5@64


def cured_layer(error: NotationError, word: Word, reads: Reads) -> NotationError:
    """The error with what was meant as its hint, where that is clear; words that belong together are looked at as one.

    >>> def reads(word):
    ...     return True
    >>> cured_layer(NotationError("unknown"), Word("stride2", "28x28 conv3-8 stride2", 14), reads).hint
    "write conv3-8:s2 in place of 'conv3-8 stride2'"
    """
    before, after = _neighbours(word)
    repeat = _REPEAT.fullmatch(word.text.lower().translate(LOOK_ALIKES))
    if repeat and before:
        return _with_hint(error, f"write x{repeat[1] or repeat[2]}")
    numbers = 0
    while numbers < min(2, len(after)) and _NUMBERS.fullmatch(after[numbers]):
        numbers += 1
    attempts = [([word.text, *after[:n]], "-") for n in range(numbers, -1, -1)]
    attempts += [([before[-1], word.text, *after[:n]], ":") for n in range(numbers, -1, -1) if before]
    for words, sign in attempts:
        joined = sign.join(text.strip(":") for text in words) if len(words) > 1 else word.text
        meant = _network(joined) or meant_layer(joined, reads)
        if not meant and len(words) > 1 and reads(joined):
            meant = joined
        if meant:
            return _with_hint(error, f"write {meant}" + _place(words) + _assumed(meant, words))
    return error


def cured_input(error: NotationError, word: Word, reads: Reads) -> NotationError:
    """The error with the input that was meant as its hint, where that is clear."""
    before, after = _neighbours(word)
    sides = [word.text[:MOST_CHARACTERS]]
    while before and _NUMBERS.fullmatch(before[-1]):
        sides.insert(0, before.pop())
    while after and _NUMBERS.fullmatch(after[0]):
        sides.append(after.pop(0))
    meant = _network("".join(sides)) or meant_input("x".join(sides), reads)
    return _with_hint(error, f"write {meant}" + _place(sides)) if meant else error


def _network(text: str) -> str:
    """The network of a name as others write it.

    >>> [_network(text) for text in ("VGG-16", "lenet", "alexnt", "vgg", "resnet50")]
    ['vgg16', 'lenet5', 'alexnet', '', '']
    """
    plain = re.sub(r"[-_]", "", text[:MOST_CHARACTERS].lower())
    letters = plain.rstrip("0123456789")
    near = get_close_matches(letters, {name.rstrip("0123456789") for name in NETWORKS}, n=1, cutoff=0.75)
    number = plain[len(letters) :]
    names = [name for name in NETWORKS if near and name.startswith(near[0]) and name.endswith(number)]
    return names[0] if len(names) == 1 else ""


def _neighbours(word: Word) -> tuple[list[str], list[str]]:
    """The words of the line before and after a word."""
    line = word.line or word.text
    return line[: word.start].split(), line[word.start + len(word.text) :].split()


def _place(words: list[str]) -> str:
    return f" in place of {' '.join(words)!r}" if len(words) > 1 else ""


def _assumed(meant: str, words: list[str]) -> str:
    """What was assumed of a window that nobody gave."""
    size = meant.split(":", maxsplit=1)[0].lstrip("abcdefghijklmnopqrstuvwxyz").partition("-")
    return f" for {size[2]} kernels of 3x3" if size[0] == "3" and size[2] and "3" not in " ".join(words) else ""


def _with_hint(error: NotationError, hint: str) -> NotationError:
    return NotationError(error.problem, hint, text=error.text, start=error.start, length=error.length)


def meant_layer(text: str, reads: Reads) -> str:
    """The layer that was meant, or nothing.

    >>> def reads(word):
    ...     return True
    >>> [meant_layer(text, reads) for text in ("max_pool3/2", "conv3-64s2", "conv3-64:stride=2", "Linear(128,10)")]
    ['maxpool3:s2', 'conv3-64:s2', 'conv3-64:s2', 'fc10']
    >>> meant_layer("Conv2d(3,64,kernel_size=(3,5),bias=False)", reads), meant_layer("selu", reads)
    ('conv3x5-64:valid:nobias', '')
    """
    plain = text.lower().translate(LOOK_ALIKES).strip(",;+")
    repeated = _REPEATED.fullmatch(plain)
    if len(text) > MOST_CHARACTERS:
        return ""
    if repeated and int(repeated[1].rpartition("-")[2]) > LARGEST_USUAL_WINDOW:
        word = meant_layer(repeated[1], reads) or repeated[1]
        return f"{word} x{repeated[2]}" if reads(word) else ""
    written, rest = _HEAD.fullmatch(plain).groups("")  # type: ignore[union-attr]  # it takes anything
    name = _layer_name(re.sub(r"[-_]|2d", "", written))
    parts = _parts(rest) if name else None
    if parts is None:
        return ""
    if parts.is_call and len(parts.numbers) == 2 and written == "conv" and len(parts.numbers[0]) < 3:
        parts = parts._replace(is_call=False)  # conv(3,64), as the notation has it
    word = _word(name, FORMS[name], parts, keras="2D" in text, gives_out="linear" in written)
    return word if word and all(map(reads, word.split())) else ""


def meant_input(text: str, reads: Reads) -> str:
    """The input that was meant, or nothing.

    >>> def reads(word):
    ...     return True
    >>> [meant_input(text, reads) for text in ("(224,224,3)", "64X64XRGB", "51200@22.05kHz", "3s@16000")]
    ['224x224x3', '64x64x3', '51200@22050', '48000@16000']
    """
    plain = text.lower().translate(LOOK_ALIKES)
    plain = re.sub(r"^(input|image|shape)[-_:=]?|^[(\[]|[)\],;]+$", "", plain)
    plain = re.sub(r"[(\[\])]", "", plain).replace(",", "x").replace("_", "x")
    plain = re.sub(r"xrgb$", "x3", re.sub(r"x(grey|gray)$", "x1", plain)).removesuffix("hz")
    samples, at, rate = plain.partition("@")
    if at:
        if rate.endswith("k"):
            rate = _times(rate[:-1], 1000)
        if samples.endswith("s"):
            samples = _times(samples[:-1], float(rate)) if rate.isdecimal() else ""
        plain = f"{samples}@{rate}"
    sides = plain.split("x")
    turned = "x".join([*sides[1:], sides[0]])
    return next((word for word in (plain, turned) if reads(word)), "")


def _times(number: str, factor: float) -> str:
    return str(round(float(number) * factor)) if re.fullmatch(r"\d+(\.\d+)?", number) else ""


def _layer_name(written: str) -> str:
    if written in FORMS or written in ABSENT:
        return written if written in FORMS else ""
    near = get_close_matches(written, [*FORMS, *LAYERS_ELSEWHERE, *ABSENT], n=1, cutoff=0.72)
    name = LAYERS_ELSEWHERE.get(written) or (near[0] if near and near[0] not in ABSENT else "")
    return LAYERS_ELSEWHERE.get(name, name)


def _parts(rest: str) -> Parts | None:
    """The parts of what follows a layer's name; None if there is anything else in it."""
    is_call = rest.startswith("(")
    body = _PAIR.sub(r"\1x\2", rest[1:].removesuffix(")") if is_call else rest)
    body = _VALUES.sub(r"\1x\2", body)
    numbers: list[str] = []
    settings: list[tuple[str, str]] = []
    key, before, is_swapped = "", "", False
    for name, number, mark in _PART.findall(body):
        if mark == "-" and (key or before in ("-", "=")):
            return None  # a minus
        if name and key and before != "=":
            settings.append((key, ""))
            key = name
        elif name and not key:
            key = name
        elif key and (name or number):
            settings.append((key, name or number))
            key = ""
        elif number:
            numbers.append(number)
        elif mark == "/":
            key = "stride"
        elif mark == "@":
            is_swapped = "x" not in "".join(numbers)
        elif mark not in "-:,;=_+":
            return None
        before = mark
    return Parts(numbers, [*settings, (key, "")] if key else settings, is_call, is_swapped)


def _word(name: str, form: Form, parts: Parts, *, keras: bool, gives_out: bool) -> str:
    """The word of a layer from its parts; nothing if they do not make one."""
    named: dict[str, str] = {}
    settings: list[str] = []
    after: list[str] = []
    for written, value in parts.settings:
        if not form.settings and (parts.is_call or "." in value):
            continue  # what changes no shape: ReLU(inplace=True), dropout:p=0.5
        activation = value if written == "activation" else written
        if activation in BARE and (not value or activation == value):
            after.append(activation)
            continue
        key = _setting_key(written.replace("-", "").replace("_", ""), written, form)
        if key is None:
            return ""
        if key in ("size", "count"):
            named[key] = value
        elif key == "bias":
            settings += ["nobias"] * (value in _FALSE)
            if value not in (*_FALSE, *_TRUE):
                return ""
        elif key in ("ceil", "nobias"):
            settings += [key] * (value not in _FALSE)
        elif key:
            settings.append(value if key == "p" and value in form.settings else key + value)
    placed = _placed(form, parts, keras=keras, gives_out=gives_out, named=named)
    if placed is None:
        return ""
    size, count, more = placed
    settings = more + settings
    has_padding = any(setting[0] == "p" or setting in ("same", "valid", "full") for setting in settings)
    if parts.is_call and name in ("conv", "tconv", "dwconv") and not has_padding:
        settings.insert(0, "valid")  # as the frameworks have it
    rows, _, columns = size.partition("x")
    size = rows if rows == columns else size
    word = ":".join([name + size + ("-" if size and count else "") + count, *settings])
    return " ".join([word, *after])


def _setting_key(joined: str, written: str, form: Form) -> str | None:
    """The key of a setting, size or count; empty where the notation needs none; None for an unknown one."""
    if written in form.settings:
        return written
    if joined in SETTINGS_ELSEWHERE:
        return SETTINGS_ELSEWHERE[joined]
    words = [*(word for word in form.settings if len(word) > 2), *SETTINGS_ELSEWHERE]
    near = get_close_matches(joined, words, n=1, cutoff=0.75)
    return SETTINGS_ELSEWHERE.get(near[0], near[0]) if near else None


def _placed(
    form: Form, parts: Parts, *, keras: bool, gives_out: bool, named: dict[str, str]
) -> tuple[str, str, list[str]] | None:
    """Window, count and further settings from the numbers in their order; None where it is not clear."""
    numbers = list(parts.numbers)
    size, count = named.get("size", ""), named.get("count", "")
    if not form.has_size and not form.counts:  # the rate of a dropout, the channels of a normalisation
        return ("", "", []) if parts.is_call or "." in "".join(numbers or ".") else None
    if not form.has_size:
        if gives_out and len(numbers) == 2:
            numbers = numbers[1:]
        return ("", count or numbers[0], []) if len(numbers) + bool(count) == 1 else None
    if not form.counts:
        order = ["size", "s", "p"] if parts.is_call or "ceil" in form.settings else ["size"]
    elif parts.is_swapped or (parts.is_call and "size" not in named and (keras or len(numbers) < 3)):
        order = ["count", "size", "s"]
    elif parts.is_call and "size" in named:
        order, numbers = ["count"], numbers[-1:]
    elif parts.is_call:
        order, numbers = ["count", "size", "s", "p", "d", "g"], numbers[1:]
    else:
        order = ["size", "count"]
        if len(numbers) == 1 and numbers[0].count("x") == 2:  # 3x3x64
            window, _, last = numbers[0].rpartition("x")
            numbers = [window, last]
    order = [key for key in order if key not in named]
    if len(numbers) > len(order):
        return None
    given = dict(zip(order, numbers, strict=False))
    size, count = size or given.pop("size", ""), count or given.pop("count", "")
    if form.counts and not count and size.isdecimal() and int(size) > LARGEST_USUAL_WINDOW:
        size, count = "", size
    if form.counts and count and not size:
        size = "3"
    return (size, count, [key + number for key, number in given.items()]) if size else None
