"""The words of a layer stack, ``224x224x3 conv3-64:s2 maxpool2``, read into values: as written, no sizes yet.

Each word becomes an input or the `Spec` of a layer, which remembers its place in the line. A number always means that
number. The notation began as the VGG paper's (Simonyan and Zisserman, arXiv:1409.1556): conv3-64 has windows of 3x3
and 64 kernels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from cnnkit.errors import ArgumentError, NotationError
from cnnkit.geometry.padding import padding_rule
from cnnkit.geometry.pair import Pair, brief_text, counted, pair, pair_text, whole_numbers
from cnnkit.geometry.window import Setting, Value
from cnnkit.network.notation.spec import BRANCHING, CHARACTERS, FORMS, NUMBERED, WINDOW, Form, Size, Spec
from cnnkit.network.notation.word import Word, split_words
from cnnkit.network.volume import Shape, Vector, Volume, Waveform, looks_depth_first

Read = TypeVar("Read")

_PAIRS = {"stride": 1, "dilation": 1, "output_padding": 0}
_LENGTHS = ("hop_length", "frame_length")
_FLAGS = {"ceil": True, "bias": False, "is_each_channel": True}


def read_input(word: Word, layout: str = "") -> Shape:
    """Read ``224x224x3``, ``28x28`` (of depth 1), ``784`` (values in a row) or ``51200@22050``.

    In the layout chw the depth comes first.
    """
    try:
        return _input(word, layout)
    except NotationError as error:
        from cnnkit.network.notation.meaning import cured_input

        raise cured_input(error, word, lambda text: _is_read(lambda one: _input(one, layout), text)) from None


def _input(word: Word, layout: str = "") -> Shape:
    if not word.begins_with_digit:
        from cnnkit.network.notation.misspelling import not_an_input

        raise not_an_input(word)
    refuse_foreign(word)
    at = word.text.find("@")
    if at > 0:
        if word.text.endswith("@"):
            raise word.part(at).error("there is no sample rate after the @", hint="write it as in 51200@22050")
        return Waveform(read_count(word.part(0, at), "samples"), read_count(word.part(at + 1), "sample rate"))
    numbers = _numbers(word, "input size", "write rows x columns x depth, as in 224x224x3")
    if len(numbers) > 3:
        from cnnkit.network.notation.misspelling import wrong_input_size

        raise wrong_input_size(word, numbers, layout)
    if len(numbers) == 1:
        return Vector(*numbers)
    volume = Volume.read(numbers, layout)
    if not layout and looks_depth_first(volume):
        first, second, third = volume
        cure = f"write {second}x{third}x{first}: rows x columns x depth"
        raise word.error(
            f"the input {volume.text} looks depth first: it has rows {first}, columns {second}, depth {third}",
            hint=f"{cure}; for {counted(first, 'row')}, add --input-layout hwc",
        )
    return volume


def refuse_foreign(word: Word) -> None:
    """Check that every character belongs to the notation: no bracket, comma or multiplication sign."""
    if not CHARACTERS.issuperset(word.text):
        from cnnkit.network.notation.misspelling import foreign_character  # as all guesses, for mistakes alone

        raise foreign_character(word)


def read_output(text: str) -> Volume | Vector:
    """Read a shape that a stack may end in: ``7x7x512``, ``28x28`` (of depth 1) or ``10`` values."""
    hint = "write rows x columns x depth, as in 7x7x512, or 10 for 10 values"
    word, numbers = _alone(text, "shape", hint)
    return _shape(word, "shape", f"leave the batch out: {hint}" if len(numbers) == 4 else hint)


def read_sides(text: str) -> Pair:
    """Read rows x columns, as in ``112x112``; one number is both."""
    word, numbers = _alone(text, "size", "write rows x columns, as in 112x112")
    if len(numbers) > 2:
        raise word.error(
            f"{word.quoted} has {len(numbers)} numbers, not 1 or 2",
            hint=f"write {numbers[0]}x{numbers[1]}: the depth is the number of kernels",
        )
    return numbers[0], numbers[-1]


def _alone(text: str, name: str, hint: str) -> tuple[Word, tuple[int, ...]]:
    """The numbers of a text that is one word, and the word."""
    *_, word = words = split_words([text])
    if len(words) > 1 or not word.begins_with_digit:
        raise word.error(f"{word.quoted} is not a {name}", hint)
    refuse_foreign(word)
    return word, _numbers(word, name, hint)


def read_layer(word: Word) -> Spec:
    """Read one layer, or a word that makes a graph of the chain."""
    if word.letters in BRANCHING:
        from cnnkit.network.notation.branches import read_branching

        return read_branching(word)
    try:
        return _layer(word)
    except NotationError as error:
        from cnnkit.network.notation.meaning import cured_layer

        raise cured_layer(error, word, lambda text: _is_read(_layer, text)) from None


def _is_read(read: Callable[[Word], object], text: str) -> bool:
    try:
        read(Word(text))
    except NotationError:
        return False
    return True


def _layer(word: Word) -> Spec:
    refuse_foreign(word)
    head, *parts = _split_at_colons(word)
    name = head.letters
    if f"{name}-to" in FORMS and head.text.startswith("-to", len(name)):
        name = f"{name}-to"
    if name not in FORMS:
        from cnnkit.network.notation.misspelling import unknown_layer

        raise unknown_layer(head)
    form = FORMS[name]
    size, count = _size_and_count(head, name, form)
    settings: list[Setting] = []
    for part in parts:
        setting = _setting(part, name, form)
        first = next((i for i, other in enumerate(settings) if other.target == setting.target), None)
        if first is not None:
            what = setting.target.replace("_", " ")
            hint = f"keep one of :{parts[first].text} and :{part.text}"
            raise part.error(f"{what} is given twice for {name}", hint)
        settings.append(setting)
    return Spec(name, size, count, tuple(settings), word)


def _split_at_colons(word: Word) -> list[Word]:
    parts = word.split(":")
    empty = next((i for i, part in enumerate(parts) if not part.text), None)
    if empty is not None and len(parts) > 1:
        colon = parts[empty].start - word.start - (empty > 0)
        raise word.part(colon, colon + 1).error(
            "a colon with nothing on one side", hint="a layer is its name, then settings, as in conv3-64:s2:p1"
        )
    return parts


def _size_and_count(head: Word, name: str, form: Form) -> tuple[Size | None, int | None]:
    """The size and the count behind a layer's name: 3x5-32, 2, 10 or nothing."""
    rest = head.part(len(name))
    if not rest.text and (form.size or form.counts):
        raise head.error(f"{name} has no {form.size or form.counts}", f"write {form.example}")
    if form.size == WINDOW:
        return _window(head, rest, form)
    if form.size in ("padding", "border"):
        rule = _pointing(rest, padding_rule, rest.text)
        assert not isinstance(rule, str)  # a word would have belonged to the name
        return rule, None
    if form.size == "shape":
        return _shape(
            rest, form.size, f"write rows x columns x depth or a number of values, as in {form.example}"
        ), None
    if form.size:
        return _pointing(rest, pair, rest.text, form.size), None
    if form.counts:
        return None, read_count(rest, form.counts)
    if rest.text:
        from cnnkit.network.notation.misspelling import takes_no_number

        raise takes_no_number(rest, name)
    return None, None


def _window(head: Word, rest: Word, form: Form) -> tuple[Pair, int | None]:
    """The window and the count where there is a window: 3x5-32 or 2."""
    dash = rest.text.find("-", 1)  # a minus in front belongs to the number, which says so
    window = rest if dash < 0 else rest.part(0, dash)
    size = _pointing(window, pair, window.text, "window size")
    written = head.letters + brief_text(size)
    count = rest.part(dash + 1) if dash > 0 else None
    if not form.counts:
        if count is not None:
            hint = f"{written} keeps the depth" + (f"; {written}:m2 doubles it" if "m" in form.settings else "")
            raise rest.part(dash).error(f"{head.letters} takes no number of kernels", hint)
        return size, None
    if count is None or not count.text:
        raise head.error(
            f"{head.letters} has no number of {form.counts}",
            hint=f"write {written}-64 for 64 {form.counts} of {pair_text(size)}",
        )
    return size, read_count(count, form.counts)


def _setting(part: Word, name: str, form: Form) -> Setting:
    key = part.text if part.text in form.settings else part.letters
    if key not in form.settings:
        from cnnkit.network.notation.misspelling import unknown_setting

        raise unknown_setting(part, name)
    target = form.settings[key]
    number = part.part(len(key))
    what = target.replace("_", " ")
    value: Value
    if key not in NUMBERED:
        if number.text:
            raise number.error(f"{key} takes no number", hint=f"write :{key}")
        value = _FLAGS.get(target, key)
    elif not number.text:
        raise part.error(f"{what} has no number", hint=f"write it as in :{key}{512 if key in ('hop', 'win') else 2}")
    elif target == "padding":
        value = _pointing(number, padding_rule, number.text)
    elif target in _LENGTHS and number.text.endswith("ms"):
        value = f"{read_count(number.part(0, -2), 'milliseconds')}ms"
    elif target in _PAIRS:
        value = _pointing(number, pair, number.text, what, least=_PAIRS[target])
    else:
        value = read_count(number, what)
    return Setting(key, target, value)


def _pointing(word: Word, read: Callable[..., Read], *arguments: Any, **settings: Any) -> Read:
    """What `read` makes of its arguments; its errors point at `word`."""
    try:
        return read(*arguments, **settings)
    except ArgumentError as error:
        raise word.error(error.problem, error.hint) from None


def _numbers(word: Word, name: str, hint: str) -> tuple[int, ...]:
    return _pointing(word, whole_numbers, word.text, name, hint=hint)


def read_count(word: Word, name: str) -> int:
    """Read one whole number of 1 or more; `name` is what it counts."""
    hint = "write one whole number"
    numbers = _numbers(word, name, hint)
    if len(numbers) != 1:
        raise word.error(f"{name} {word.quoted} is not one number", hint)
    return numbers[0]


def _shape(word: Word, name: str, hint: str) -> Volume | Vector:
    numbers = _numbers(word, name, hint)
    if len(numbers) > 3:
        raise word.error(f"{word.quoted} is not a shape", hint)
    return Vector(*numbers) if len(numbers) == 1 else Volume.read(numbers)
