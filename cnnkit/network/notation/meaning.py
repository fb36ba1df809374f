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
from cnnkit.network.notation.elsewhere import (
    ABSENT,
    DIFFERENT,
    LAYERS_ELSEWHERE,
    ORDERS,
    OUTSIDE,
    SETTINGS_ELSEWHERE,
    instead_of,
)
from cnnkit.network.notation.misspelling import meant_branch, meant_network
from cnnkit.network.notation.spec import FORMS, KEEPING, Form
from cnnkit.network.notation.word import Word

Reads = Callable[[str], bool]

MOST_CHARACTERS = 100  # of a word that is looked at
LOOK_ALIKES = str.maketrans(
    {"×": "x", "*": "x", "·": "x", "–": "-", "—": "-", "−": "-", "‐": "-", "\u200b": "", '"': "", "'": "", " ": ""}
)
LARGEST_USUAL_WINDOW = 11  # a larger number alone, as in conv64, counts kernels
_HEAD = re.compile(r"(?:[a-z]+\.)*([a-z]+(?:[-_]?[123]d(?:transpose)?)?(?:[-_][a-z]+)*(?:[123]d)?)?((?s:.*))")
_NUMBER = r"\d*\.\d+|\de-?\d+|\d+(?:x\d+)*(?:ms)?"
_PART = re.compile(
    rf"(?P<name>[a-z]+(?:[-_][a-z]+)*)(?:[=:(]?(?P<value>{_NUMBER})|=(?P<word>[a-z][a-z0-9_]*))?"
    rf"|/(?P<stride>{_NUMBER})|(?P<number>{_NUMBER})|[-:,;=_+@]|(?P<other>(?s:.))"
)
_MINUS = re.compile(r"(?:^\(|[-=,])-|(?<!\d)[a-z]-\d")
_REPEATED = re.compile(r"(.*[a-z]\d+(?:x\d+)?-\d+)x(\d+)")
_ALONG_ROWS = re.compile(r"^(s|p|d|op)\d+$")
_REPEAT = re.compile(r"x(\d+)|(\d+)x")
_NUMBERS = re.compile(r"[\dx]+")
_VALUES = re.compile(r"(?<=[a-wyz=])(\d+),(\d+)")
_SIZE_FIRST = re.compile(r"^(\d+x\d+)[-_]?([a-z]+)")  # 3x3conv
_ACTIVATION = re.compile(r"^(?:[a-z]+\.)*activation[(=]([a-z_]+)\)?$")
_SWAPPED = re.compile(r"\d+@")  # 64@5x5, but not 5x5@64
_LIST = re.compile(r"(?<![a-z\d])[(\[]([\d,]+)[)\]]")


class Parts(NamedTuple):
    """A word in parts: numbers in their order, settings as other tools may call them."""

    numbers: list[str]
    settings: list[tuple[str, str]]  # name and value; the value of a word alone is empty
    is_call: bool  # Conv2d(3,64,3)


def cured_layer(error: NotationError, word: Word, reads: Reads) -> NotationError:
    """The error with what was meant as its hint, where that is clear; words that belong together count as one."""
    written, _ = _head(word.text[:MOST_CHARACTERS])
    joined = re.sub(r"[-_]|2d", "", written)
    kind = OUTSIDE.get(joined) or ("a 3-D layer" if _layer_name(joined.removesuffix("3d")) and "3d" in joined else "")
    if kind:
        problem = f"{word.text[: len(written)]} is {kind}, which is outside this notation"
        return word.error(problem, instead_of(kind, word.text))
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
        meant = meant_network(joined) or (len(words) == 1 and meant_branch(joined)) or meant_layer(joined, reads)
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
    meant = meant_network("".join(sides)) or meant_input("x".join(sides), reads)
    return _with_hint(error, f"write {meant}" + _place(sides)) if meant else error


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
    if len(text) > MOST_CHARACTERS:
        return ""
    plain = _plain(text)
    repeated = _REPEATED.fullmatch(plain)
    if repeated and int(repeated[1].rpartition("-")[2]) > LARGEST_USUAL_WINDOW:
        word = meant_layer(repeated[1], reads) or repeated[1]
        return f"{word} x{repeated[2]}" if reads(word) else ""
    written, rest = _head(_ACTIVATION.sub(r"\1", plain))
    kept = [] if rest else _kept(written)
    if len(kept) > 1:
        return " ".join(kept) if all(map(reads, kept)) else ""
    name = _layer_name(re.sub(r"[-_]|[12]d", "", written))
    usual = FORMS[name].example[len(name) :] if name else ""
    rests = [usual if rest in ("", "()") else rest]
    if re.match(":[a-z]", rest):
        rests.append(usual.partition(":")[0] + rest)  # the name alone, and settings
    for rest in rests if name else ():
        parts = _parts(rest)
        if parts is None or (name in ("reshape", "pad", "crop") and rest.startswith("-")):  # below 0
            continue
        if written == "conv" and parts.is_call and len(parts.numbers) == 2 and len(parts.numbers[0]) < 3:
            parts = parts._replace(is_call=False)  # conv(3,64), as the notation has it
        word = _word(name, parts, written, is_keras=written == "dense" or bool(re.search("[12]D", text)))
        if word and all(map(reads, word.split())):
            return word
    return ""


def _plain(text: str) -> str:
    return _SIZE_FIRST.sub(r"\2\1", text.lower().translate(LOOK_ALIKES).strip(",;+"))


def _head(text: str) -> tuple[str, str]:
    """The name that a word begins with, and the rest."""
    return _HEAD.fullmatch(_plain(text)).groups("")  # type: ignore[union-attr,return-value]  # it takes anything


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
        rate = _times(rate[:-1], 1000) if rate.endswith("k") else rate
        if samples.endswith("s"):
            samples = _times(samples[:-1], float(rate)) if rate.isdecimal() else ""
        plain = f"{samples}@{rate}"
    first, _, others = plain.partition("x")
    guesses = (plain, f"{others}x{first}") if plain != text else (plain,)
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
    joined = re.sub("[-_]", "", written)
    parts = [joined] if joined in (*KEEPING, *LAYERS_ELSEWHERE) else re.split("[-_]", written)
    pieces = [LAYERS_ELSEWHERE.get(part, part) for part in parts]
    return pieces if all(piece in KEEPING for piece in pieces) else []


def _parts(rest: str) -> Parts | None:
    """The parts of what follows a layer's name; None if there is anything else in it."""
    is_call = rest.startswith("(")
    body = _LIST.sub(lambda one: one[1].replace(",", "x"), rest[1:].removesuffix(")") if is_call else rest)
    found = [*_PART.finditer(_VALUES.sub(r"\1x\2", body))]
    if _MINUS.search(rest) or any(part["other"] for part in found):
        return None
    settings = [
        (part["name"] or "stride", part["value"] or part["word"] or part["stride"] or "")
        for part in found
        if part["name"] or part["stride"]
    ]
    numbers = [part["number"] for part in found if part["number"]]
    return Parts(numbers[::-1] if _SWAPPED.match(body) else numbers, settings, is_call)


def _word(name: str, parts: Parts, written: str, *, is_keras: bool) -> str:
    """The word of a layer from its parts; nothing if they do not make one."""
    form, given, after = FORMS[name], dict[str, str](), list[str]()
    settings: list[str] = []
    for setting, value in parts.settings:
        kept = [] if value else _kept(setting)
        if setting == "activation" and value not in ("linear", "none"):
            kept = [_layer_name(value.replace("_", ""))]
        if kept or setting == "activation":
            after += kept
            continue
        key = _setting_key(setting, form)
        if key not in form.settings and not (form.size or form.counts):
            if re.sub("[-_]", "", setting) in DIFFERENT or not (parts.is_call or "." in value):
                return ""
            continue  # what changes no shape: ReLU(inplace=True), dropout:p=0.5
        if name == "upsample" and setting == "size" and not is_keras:
            return ""  # PyTorch's is that of the output
        if key in ("size", "count"):
            given[key] = value
            continue
        words = _setting(key, value, form)
        if words is None:
            return ""
        settings += words
    placed = _placed(name, parts, given, is_keras=is_keras or written.startswith("fc"))
    if placed is None:
        return ""
    size, count = placed.pop("size", ""), placed.pop("count", "")
    settings = [key + number for key, number in placed.items()] + settings
    has_padding = any(setting[0] == "p" or setting in ("same", "valid", "full") for setting in settings)
    if parts.is_call and name in ("conv", "tconv", "dwconv") and not has_padding:
        settings.insert(0, "valid")  # as the frameworks have it
    counts_padding = ("count_include_pad", "false") not in parts.settings and not is_keras
    if parts.is_call and name == "avgpool" and has_padding and counts_padding:
        return ""  # as PyTorch does
    if "1d" in written:
        settings = [_ALONG_ROWS.sub(lambda one: f"{one[0]}x{int(one[1] in 'sd')}", setting) for setting in settings]
    size = _rows_and_columns(size, form, written)
    word = ":".join([name + size + ("-" if size and count else "") + count, *settings])
    return " ".join([word, *after]) if all(after) else ""


def _rows_and_columns(size: str, form: Form, written: str) -> str:
    """A size in the order of the notation: rows before columns, and one dimension down the rows."""
    rows, _, columns = size.partition("x")
    size = rows if rows == columns else size
    if written == "zeropad2d":  # PyTorch's begin on the left
        return re.sub(r"^(\d+x\d+)x(\d+x\d+)$", r"\2x\1", size)
    if "1d" in written and form.size in ("padding", "border"):
        return f"{size}x0x0" if "x" in size else f"{size}x0"
    return f"{size}x1" if "1d" in written and size.isdecimal() else size


def _setting_key(written: str, form: Form) -> str | None:
    """The key of a setting, size or count; empty where the notation needs none; None for an unknown one."""
    joined = re.sub("[-_]", "", written)
    ours = {key: key for key in form.settings}
    if written in ours or joined in SETTINGS_ELSEWHERE:
        return ours.get(written, SETTINGS_ELSEWHERE.get(joined))
    keys = {word: key for word, key in (SETTINGS_ELSEWHERE | ours).items() if key and len(word) > 2}
    near = get_close_matches(joined, keys, n=1, cutoff=0.76)
    return keys[near[0]] if near else None


def _setting(key: str | None, value: str, form: Form) -> list[str] | None:
    """The words of a setting: none for what goes without saying, None for what we do not have."""
    is_off = value in ("0", "false", "no", "none")
    if key == "bias":
        return ["nobias"] * is_off if is_off or value in ("", "1", "true", "yes") else None
    if key in ("ceil", "nobias", "channels"):
        return [key] * (not is_off)
    if key == "bilinear":
        return {"": [key], key: [key], "nearest": []}.get(value)
    if key == "p" and value in form.settings:
        return [value]
    return [key + value] * bool(key) if key is not None else None


def _placed(name: str, parts: Parts, given: dict[str, str], *, is_keras: bool) -> dict[str, str] | None:
    """Window, count and further settings from the numbers in their order; None where it is not clear."""
    numbers, form = list(parts.numbers), FORMS[name]
    if "hop" in form.settings and parts.is_call and parts.settings:
        return None  # whose other lengths are not ours
    if not form.size and not form.counts:  # the rate of a dropout, the channels of a normalisation
        if name == "prelu" and numbers not in ([], ["1"]):
            return {"channels": ""}
        is_free = parts.is_call or "." in "".join(numbers or ".")
        return {} if is_free and "x" not in "".join(numbers) and not (numbers and name in DIFFERENT) else None
    orders = ORDERS.get(name) or ("size" if form.size else "count",) * 3
    order = orders[0 if not parts.is_call else 1 if is_keras else 2].split()
    if order[:1] == ["-"] and len(numbers) <= len({"size", "count"} & {*order} - {*given}):
        order = orders[1].split()  # Conv2d(64,3): without the depth before it
        if form.size and len(numbers) > 1 and not re.fullmatch(r"\d(x\d+)?|1[01]", numbers[1]):
            return None  # or Conv2d(1,32): without its window
    if order == ["size", "count"]:
        numbers = _window_first(numbers)
    elif form.size == "shape" and numbers:
        numbers = ["x".join(numbers)]
    order = [key for key in order if key not in given]
    if len(numbers) > len(order):
        return None
    given |= {key: number for key, number in zip(order, numbers, strict=False) if key != "-"}
    if form.size and form.counts:
        size = given.get("size", "")
        if "count" not in given and size.isdecimal() and int(size) > LARGEST_USUAL_WINDOW:
            given["count"] = given.pop("size")
        if "count" in given:
            given.setdefault("size", "3")
    return given if ("size" if form.size else "count") in given else None


def _window_first(numbers: list[str]) -> list[str]:
    """Window and kernels, from 3-64, 3x3x64 and 64x3x3."""
    if not all(map(_NUMBERS.fullmatch, numbers)):
        return numbers
    if len(numbers) == 1 and numbers[0].count("x") == 2:
        first, _, others = numbers[0].partition("x")
        window, _, last = numbers[0].rpartition("x")
        return [others, first] if int(first) > LARGEST_USUAL_WINDOW >= int(last) else [window, last]
    sides = [int(number.partition("x")[0]) for number in numbers]
    is_count = len(numbers) == 2 and numbers[0].isdecimal() and sides[0] > LARGEST_USUAL_WINDOW >= sides[1]
    return numbers[::-1] if is_count else numbers
