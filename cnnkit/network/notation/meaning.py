"""What words that cannot be read were meant to be, as words that can.

People bring the words of PyTorch, of Keras and of papers: ``Conv2d(3,64,3)``, ``maxpool3/2``, ``conv3-64:stride=2``,
``64@5x5``. A guess is made only where it reads, so whoever follows it gets on at once; and only where it means the
same: a convolution of a framework has no padding unless it is given, one of the notation has.

Loaded for errors alone.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import NamedTuple

from cnnkit.errors import NotationError
from cnnkit.network.notation.elsewhere import ABSENT, DIFFERENT, LAYERS_ELSEWHERE, OUTSIDE, SETTINGS_ELSEWHERE
from cnnkit.network.notation.networks import NETWORKS
from cnnkit.network.notation.spec import FORMS, KEEPING, WINDOW, Form
from cnnkit.network.notation.word import Word

Reads = Callable[[str], bool]

MOST_CHARACTERS = 100  # of a word that is looked at
LOOK_ALIKES = str.maketrans(
    {"×": "x", "*": "x", "·": "x", "–": "-", "—": "-", "−": "-", "‐": "-", "\u200b": "", '"': "", "'": "", " ": ""}
)
LARGEST_USUAL_WINDOW = 11  # a larger number alone, as in conv64, counts kernels
_FALSE, _TRUE = ("0", "false", "no", "none"), ("", "1", "true", "yes")
_HEAD = re.compile(r"(?:[a-z]+\.)*([a-z]+(?:[-_]?[123]d(?:transpose)?)?(?:[-_][a-z]+)*(?:[123]d)?)?(.*)")
_PART = re.compile(r"([a-z]+(?:[-_][a-z]+)*)|(\d*\.\d+|\de-?\d+|\d+(?:x\d+)*(?:ms)?)|(.)")
_REPEATED = re.compile(r"(.*[a-z]\d+(?:x\d+)?-\d+)x(\d+)")
_ALONG_ROWS = re.compile(r"^(s|p|d|op)\d+$")
_REPEAT = re.compile(r"x(\d+)|(\d+)x")
_NUMBERS = re.compile(r"[\dx]+")
_VALUES = re.compile(r"(?<=[a-wyz=])(\d+),(\d+)")
_SIZE_FIRST = re.compile(r"^(\d+x\d+)[-_]?([a-z]+)")  # 3x3conv
_ACTIVATION = re.compile(r"(?:[a-z]+\.)*activation[(=]([a-z_]+)\)?")
_LIST = re.compile(r"(?<![a-z])[(\[]([\d,]+)[)\]]")


class Parts(NamedTuple):
    """A word in parts: numbers in their order, settings as other tools may call them."""

    numbers: list[str]
    settings: list[tuple[str, str]]  # name and value; the value of a word alone is empty
    is_call: bool  # Conv2d(3,64,3)
    is_swapped: bool  # 64@5x5, but not 5x5@64


def cured_layer(error: NotationError, word: Word, reads: Reads) -> NotationError:
    """The error with what was meant as its hint, where that is clear; words that belong together are looked at as one."""
    written, _ = _head(word.text[:MOST_CHARACTERS])
    joined = re.sub(r"[-_]|2d", "", written)
    kind = OUTSIDE.get(joined) or ("a 3-D layer" if _layer_name(joined.removesuffix("3d")) and "3d" in joined else "")
    if kind:
        problem = f"{word.text[: len(written)]} is {kind}, which is outside this notation"
        return word.error(problem, "end the stack before it")
    before, after = _neighbours(word)
    numbers = [*before, word.text, *itertools.takewhile(str.isdecimal, after)]
    if before and len(numbers) <= 3 and all(map(str.isdecimal, numbers)):  # 224 224 3
        return _with_hint(error, f"write {'x'.join(numbers)}{_place(numbers)}")
    if word.text == "x" and after and after[0].isdecimal():
        return _with_hint(error, f"write x{after[0]}{_place(['x', after[0]])}")
    repeat = _REPEAT.fullmatch(word.text.lower().translate(LOOK_ALIKES))
    if repeat and before:
        return _with_hint(error, f"write x{repeat[1] or repeat[2]}")
    following = len(list(itertools.takewhile(_NUMBERS.fullmatch, after[:2])))
    settings = len(list(itertools.takewhile(lambda text: not _layer_name(_head(text)[0]), after[:4])))
    attempts = [([word.text, *after[:n]], "-") for n in range(following, -1, -1)]
    attempts += [([before[-1], word.text, *after[:n]], ":") for n in range(settings, -1, -1) if before]
    for words, sign in attempts:
        joined = sign.join(text.strip(":") for text in words) if len(words) > 1 else word.text
        meant = _network(joined) or meant_layer(joined, reads)
        if not meant and len(words) > 1 and reads(joined):
            meant = joined
        if meant:
            rows = "a signal of one dimension runs down the rows: " if "1d" in written else ""
            return _with_hint(error, f"{rows}write {meant}" + _place(words) + _assumed(meant, words))
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
    """The network of a name as others write it."""
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
    """The layer that was meant, or nothing."""
    plain = _plain(text)
    repeated = _REPEATED.fullmatch(plain)
    if len(text) > MOST_CHARACTERS:
        return ""
    if repeated and int(repeated[1].rpartition("-")[2]) > LARGEST_USUAL_WINDOW:
        word = meant_layer(repeated[1], reads) or repeated[1]
        return f"{word} x{repeated[2]}" if reads(word) else ""
    written, rest = _head(_ACTIVATION.sub(r"\1", plain))
    kept = [] if rest else _kept(written)
    if len(kept) > 1:
        return " ".join(kept) if all(map(reads, kept)) else ""
    name = _layer_name(re.sub(r"[-_]|[12]d", "", written))
    if name and not rest.strip("()"):  # the name alone: the usual numbers
        rest = FORMS[name].example[len(name) :]
    parts = _parts(rest) if name and not (name == "reshape" and rest.startswith("-")) else None
    if parts is None:
        return ""
    if parts.is_call and len(parts.numbers) == 2 and written == "conv" and len(parts.numbers[0]) < 3:
        parts = parts._replace(is_call=False)  # conv(3,64), as the notation has it
    is_keras = bool(re.search("[12]D", text))
    if parts.is_call and (_means_else(name, parts) if not is_keras else name == "relu" and parts.numbers):
        return ""
    sides = "x".join(parts.numbers).split("x")
    if written == "zeropad2d" and len(sides) == 4:  # PyTorch's begin on the left
        parts = parts._replace(numbers=["x".join([*sides[2:], *sides[:2]])])
    if name == "prelu" and parts.numbers not in ([], ["1"]):
        parts = parts._replace(settings=[*parts.settings, ("channels", "")])
    word = _word(name, FORMS[name], parts, written=written, keras=is_keras)
    return word if word and all(map(reads, word.split())) else ""


def _plain(text: str) -> str:
    return _SIZE_FIRST.sub(r"\2\1", text.lower().translate(LOOK_ALIKES).strip(",;+"))


def _head(text: str) -> tuple[str, str]:
    """The name that a word begins with, and the rest."""
    match = _HEAD.fullmatch(_plain(text))
    return (match[1] or "", match[2]) if match else ("", text)


def meant_input(text: str, reads: Reads) -> str:
    """The input that was meant, or nothing."""
    plain = text.lower().translate(LOOK_ALIKES)
    plain = re.sub(r"^((input|image|shape|layer)[-_:=(]*)*|[()\[\],;]+$", "", plain)
    plain = re.sub(r"[(\[\])]", "", plain).replace(",", "x").replace("_", "x")
    plain = re.sub(r"xrgb$", "x3", re.sub(r"x(grey|gray)$", "x1", plain))
    if not _NUMBERS.fullmatch(text):  # whose batch has an error of its own
        plain = re.sub(r"^(none|\?|-1|1)x(?=\d+x\d+x\d+$)", "", plain)
    samples, at, rate = plain.removesuffix("hz").partition("@")
    if at:
        if rate.endswith("k"):
            rate = _times(rate[:-1], 1000)
        if samples.endswith("s"):
            samples = _times(samples[:-1], float(rate)) if rate.isdecimal() else ""
        plain = f"{samples}@{rate}"
    sides = plain.split("x")
    turned = "x".join([*sides[1:], sides[0]])
    guesses = (plain, turned) if plain != text else (plain,)  # the error of 3x224x224 itself names both orders
    return next((word for word in guesses if reads(word)), "")


def _times(number: str, factor: float) -> str:
    return str(round(float(number) * factor)) if re.fullmatch(r"\d+(\.\d+)?", number) else ""


def _layer_name(joined: str) -> str:
    """Our name of a layer, from any name without dashes."""
    names = {name.replace("-", ""): name for name in FORMS} | LAYERS_ELSEWHERE
    # A misspelling begins alike and is as long; what is longer is another layer: unpool, globalstdpool.
    alike = [
        name for name in [*names, *ABSENT, *OUTSIDE] if name[:1] == joined[:1] and abs(len(name) - len(joined)) < 2
    ]
    near = get_close_matches(joined, alike, n=1, cutoff=0.72 if len(joined) < 6 else 0.8)
    return names.get(joined) or (names.get(near[0], "") if near and joined not in ABSENT else "")


def _kept(written: str) -> list[str]:
    """The activations and normalisations that are joined into one word, as in relu-bn; none if anything else is."""
    pieces = re.split("[-_]", written)
    return pieces if all(piece in KEEPING for piece in pieces) else []


def _means_else(name: str, parts: Parts) -> bool:
    """Whether the numbers of a call in PyTorch or torchaudio are not ours."""
    if name == "upsample":
        return bool(parts.numbers) or "size" in dict(parts.settings)  # the size of the output
    if name in ("mfcc", "mel", "logmel", "spectrogram"):
        return bool(parts.settings)  # the hop that is not given
    return name == "relu" and bool(parts.numbers)


def _parts(rest: str) -> Parts | None:
    """The parts of what follows a layer's name; None if there is anything else in it."""
    is_call = rest.startswith("(")
    body = _LIST.sub(lambda one: one[1].replace(",", "x"), rest[1:].removesuffix(")") if is_call else rest)
    body = _VALUES.sub(r"\1x\2", body)
    numbers: list[str] = []
    settings: list[tuple[str, str]] = []
    key, before, is_swapped = "", "," if is_call else "", False
    for name, number, mark in _PART.findall(body):
        if mark == "-" and (key or before in ("-", "=", ",")):
            return None  # a minus
        if name and key and before not in ("=", "("):
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


def _word(name: str, form: Form, parts: Parts, *, written: str, keras: bool) -> str:
    """The word of a layer from its parts; nothing if they do not make one."""
    named: dict[str, str] = {}
    settings: list[str] = []
    after: list[str] = []
    for setting, value in parts.settings:
        activation = value if setting == "activation" else setting
        if (kept := _kept(activation)) and (not value or activation == value):
            after += kept
            continue
        plain = setting.replace("-", "").replace("_", "")
        key = _setting_key(plain, setting, form)
        if key not in form.settings and not (form.size or form.counts):
            if plain in DIFFERENT or not (parts.is_call or "." in value):
                return ""
            continue  # what changes no shape: ReLU(inplace=True), dropout:p=0.5
        if key is None:
            return ""
        if key in ("size", "count"):
            named[key] = value
        elif key == "bias":
            settings += ["nobias"] * (value in _FALSE)
            if value not in (*_FALSE, *_TRUE):
                return ""
        elif key in ("ceil", "nobias", "channels"):
            settings += [key] * (value not in _FALSE)
        elif key == "bilinear":
            if value not in ("", "bilinear", "nearest"):
                return ""
            settings += [key] * (value != "nearest")
        elif key:
            settings.append(value if key == "p" and value in form.settings else key + value)
    placed = _placed(form, parts, named, keras=keras, gives_out=written.endswith("linear"))
    if placed is None:
        return ""
    size, count, more = placed
    settings = more + settings
    has_padding = any(setting[0] == "p" or setting in ("same", "valid", "full") for setting in settings)
    if parts.is_call and name in ("conv", "tconv", "dwconv") and not has_padding:
        settings.insert(0, "valid")  # as the frameworks have it
    rows, _, columns = size.partition("x")
    size = rows if rows == columns else size
    if "1d" in written and form.size in ("padding", "border"):
        size = f"{size}x0x0" if "x" in size else f"{size}x0"
    elif "1d" in written and size.isdecimal():
        size = f"{size}x1"
        settings = [_ALONG_ROWS.sub(lambda one: f"{one[0]}x{int(one[1] in 'sd')}", setting) for setting in settings]
    word = ":".join([name + size + ("-" if size and count else "") + count, *settings])
    return " ".join([word, *after])


def _setting_key(joined: str, written: str, form: Form) -> str | None:
    """The key of a setting, size or count; empty where the notation needs none; None for an unknown one."""
    if written in form.settings:
        return written
    if joined in SETTINGS_ELSEWHERE:
        return SETTINGS_ELSEWHERE[joined]
    words = [
        word for word in (*form.settings, *SETTINGS_ELSEWHERE) if len(word) > 2 and SETTINGS_ELSEWHERE.get(word, word)
    ]
    near = get_close_matches(joined, words, n=1, cutoff=0.76)
    return (near[0] if near[0] in form.settings else SETTINGS_ELSEWHERE[near[0]]) if near else None


def _placed(
    form: Form, parts: Parts, named: dict[str, str], *, keras: bool, gives_out: bool
) -> tuple[str, str, list[str]] | None:
    """Window, count and further settings from the numbers in their order; None where it is not clear."""
    numbers = list(parts.numbers)
    size, count = named.get("size", ""), named.get("count", "")
    if not form.size and not form.counts:  # the rate of a dropout, the channels of a normalisation
        is_free = (parts.is_call or "." in "".join(numbers or ".")) and "x" not in "".join(numbers)
        return ("", "", []) if is_free else None
    if form.size and form.size != WINDOW:
        order, numbers = ["size"], ["x".join(numbers)] if form.size == "shape" else numbers
    elif not form.size:
        if parts.is_call and len(numbers) == 2:  # Linear(in, out), GroupNorm(groups, channels)
            numbers = numbers[1:] if gives_out else numbers[:1]
        return ("", count or numbers[0], []) if len(numbers) + bool(count) == 1 else None
    elif not form.counts:
        order = ["size", "s", "p"] if parts.is_call or "ceil" in form.settings else ["size"]
    else:
        order, numbers = _kernels_in_order(parts, keras=keras, has_size="size" in named)
        order = ["op" if key == "d" and "op" in form.settings else key for key in order]  # ConvTranspose2d's
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


def _kernels_in_order(parts: Parts, *, keras: bool, has_size: bool) -> tuple[list[str], list[str]]:
    """What the numbers of a convolution are, one by one: 3-64, Conv2d(3,64,3), Conv2D(64,3), 64@5x5."""
    numbers = list(parts.numbers)
    if parts.is_call and has_size:
        return ["count"], numbers[-1:]
    if parts.is_swapped or (parts.is_call and (keras or len(numbers) < 3)):
        return ["count", "size", "s"], numbers
    if parts.is_call:
        return ["count", "size", "s", "p", "d", "g"], numbers[1:]
    if len(numbers) == 1 and numbers[0].count("x") == 2:  # 3x3x64
        window, _, last = numbers[0].rpartition("x")
        numbers = [window, last]
        if int(window.partition("x")[0]) > LARGEST_USUAL_WINDOW >= int(last):  # 64x3x3
            numbers = parts.numbers[0].split("x", maxsplit=1)
    if len(numbers) == 2 and numbers[0].isdecimal() and int(numbers[0]) > LARGEST_USUAL_WINDOW >= int(numbers[1][0]):
        return ["count", "size"], numbers  # conv64:3
    return ["size", "count"], numbers
