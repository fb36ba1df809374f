"""What a word that is not in the notation was probably meant to be: errors that point at it, with that as the hint."""

from __future__ import annotations

from cnnkit.errors import NotationError, nearest
from cnnkit.network.notation.networks import NETWORKS
from cnnkit.network.notation.spec import FORMS
from cnnkit.network.notation.word import Word

_INPUT = "write rows x columns x depth, as in 224x224x3, or samples@rate, as in 51200@22050"
_NUMBERLESS = {
    "gap": "gap makes one value of a whole map; windows of {0}x{0} are avgpool{0}",
    "gmp": "gmp makes one value of a whole map; windows of {0}x{0} are maxpool{0}",
    "relu": "relu{0} is not in the notation; relu has the same shapes",
    "softmax": "softmax keeps the number of values; fc{0} before it makes {0} of them",
}
_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-:@")


def refuse_foreign(word: Word) -> None:
    """Check that every character belongs to the notation: no bracket, comma or multiplication sign."""
    place = next((i for i, character in enumerate(word.text) if character not in _CHARACTERS), None)
    if place is None:
        return
    foreign = word.part(place, place + 1)
    is_point = foreign.text == "."
    hint = "numbers are whole, as in conv3-64:s2" if is_point else "a word has small letters, digits, - : and @ only"
    raise foreign.error(f"{foreign.quoted} is not a character of the notation", hint)


def looks_depth_first(sides: tuple[int, ...]) -> bool:
    """Whether three sides look like PyTorch's: a square after 1 or 3 channels, or two large sides after 3 or 4.

    >>> looks_depth_first((3, 224, 224)), looks_depth_first((3, 3, 512))
    (True, False)
    """
    first, second, third = sides
    return (first in (1, 3) and second == third > 4) or (first in (3, 4) and min(second, third) >= 64)


def not_an_input(word: Word) -> NotationError:
    """The error for a first word that is not a size at all."""
    if word.letters in FORMS or nearest(word.letters, FORMS):
        return word.error(
            f"the stack begins with a layer, {word.quoted}", hint="begin with the input, as in 224x224x3 conv3-64"
        )
    networks = f"{_INPUT}, or a network: {', '.join(NETWORKS)}"
    return word.error(f"{word.quoted} is not an input", networks if word.letters else _INPUT)


def wrong_input_size(word: Word, sides: tuple[int, ...]) -> NotationError:
    """The error for a first word of 1 number, or of 4 or more."""
    if len(sides) == 1:
        return word.error(f"the input {word.text} is only one number", _INPUT)
    if len(sides) > 4:
        return word.error(f"the input has {len(sides)} numbers, not 2 or 3", _INPUT)
    batch, rows, columns, depth = sides
    order = f", and --batch {batch}" if batch > 1 else ""
    if looks_depth_first((rows, columns, depth)):
        rows, columns, depth, order = columns, depth, rows, f", rows x columns x depth{order}"
    hint = f"leave the batch out: write {rows}x{columns}x{depth}{order}"
    return word.error(f"the input {word.text} has 4 numbers, not 2 or 3", hint)


def unknown_layer(head: Word) -> NotationError:
    """The error for a layer that does not exist."""
    if head.begins_with_digit:
        return head.error(
            f"{head.quoted} is not a layer",
            hint="the input comes first, and once; a layer begins with its name, as in conv3-64",
        )
    if head.letters == "x":
        return head.error("a repeat without its number", hint="write x2 to have the word before it twice")
    return head.error(
        f"unknown layer {head.quoted}", hint=f"layers are {', '.join(FORMS)}; networks are {', '.join(NETWORKS)}"
    )


def takes_no_number(rest: Word, name: str) -> NotationError:
    """The error for a number behind a layer that has none."""
    hint = _NUMBERLESS.get(name, "") if rest.text.isdecimal() else ""
    return rest.error(f"{name} takes no number", hint.format(rest.text[:9]) or f"{name} keeps its input's values")


def unknown_setting(part: Word, layer: str) -> NotationError:
    """The error for a setting that `layer` does not have."""
    settings = FORMS[layer].settings
    name = part.letters
    owners = [owner for owner, form in FORMS.items() if name in form.settings]
    if not settings:
        hint = f"{layer} takes no settings"
    else:
        takes = f"{layer} takes {', '.join(settings)}"
        hint = f"{name} is for {', '.join(owners)}; {takes}" if owners else takes
    return part.error(f"unknown setting {part.quoted} for {layer}", hint)
