"""What somebody probably meant who wrote a word that is not in the notation: the errors that say so.

Each function returns an error that points at the word and carries the likely cure as its hint.
"""

from __future__ import annotations

from collections.abc import Mapping

from cnnkit.errors import NotationError, nearest
from cnnkit.network.notation.networks import NETWORKS
from cnnkit.network.notation.spec import NUMBERED, Form
from cnnkit.network.notation.word import Word

_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-:@")
_LOOK_ALIKES = {"×": "x", "*": "x", "X": "x", "–": "-", "—": "-", "−": "-", "_": "-", "‐": "-", "=": ""}

_LONGEST_CURE = 40

# What other tools call the same layer or setting.
_LAYERS_ELSEWHERE = {
    "avg": "avgpool",
    "batchnorm": "bn",
    "convtranspose": "tconv",
    "deconv": "tconv",
    "dense": "fc",
    "depthwise": "dwconv",
    "fbank": "logmel",
    "globalavgpool": "gap",
    "globalmaxpool": "gmp",
    "linear": "fc",
    "max": "maxpool",
    "melspectrogram": "logmel",
    "pool": "maxpool",
}
_SETTINGS_ELSEWHERE = {
    "bias": "nobias",
    "dil": "d",
    "group": "g",
    "groups": "g",
    "mult": "m",
    "outpad": "op",
    "pad": "p",
    "padding": "p",
    "rate": "d",
    "stride": "s",
    "strides": "s",
    "window": "win",
}


def refuse_foreign(word: Word) -> None:
    """Check that every character belongs to the notation.

    Raises
    ------
    NotationError
        If one does not: a bracket, a comma, a multiplication sign.
    """
    place = next((i for i, character in enumerate(word.text) if character not in _CHARACTERS), None)
    if place is None:
        return
    foreign = word.part(place, place + 1)
    if foreign.text == ".":
        hint = "numbers are whole, as in conv3-64:s2"
    else:
        meant = "".join(_LOOK_ALIKES.get(character, character.lower()) for character in word.text)
        is_cured = _CHARACTERS.issuperset(meant) and len(meant) <= _LONGEST_CURE
        hint = f"write {meant}" if is_cured else "a word has small letters, digits, - : and @ only"
    raise foreign.error(f"{foreign.quoted} is not a character of the notation", hint)


def looks_depth_first(sides: tuple[int, ...]) -> bool:
    """Whether three sides look like PyTorch's: a square after 1 or 3 channels, or two large sides after 3 or 4.

    >>> looks_depth_first((3, 224, 224)), looks_depth_first((3, 3, 512))
    (True, False)
    """
    first, second, third = sides
    return (first in (1, 3) and second == third > 4) or (first in (3, 4) and min(second, third) >= 64)


def not_an_input(word: Word, sides: tuple[int, ...], forms: Mapping[str, Form]) -> NotationError:
    """The error for a first word that is no input; `sides` are its numbers, none when it is no size at all."""
    hint = "write rows x columns x depth, as in 224x224x3, or samples@rate, as in 51200@22050"
    if len(sides) == 1:
        return word.error(f"the input {word.text} is only one number", hint)
    if len(sides) == 4:
        batch, *rest = sides
        is_depth_first = looks_depth_first((rest[0], rest[1], rest[2]))
        rows, columns, depth = (rest[1], rest[2], rest[0]) if is_depth_first else rest
        order = ", rows x columns x depth" if is_depth_first else ""
        told = f", and --batch {batch}" if batch > 1 else ""
        return word.error(
            f"the input {word.text} has 4 numbers, not 2 or 3",
            f"leave the batch out: write {rows}x{columns}x{depth}{order}{told}",
        )
    if len(sides) > 3:
        return word.error(f"the input has {len(sides)} numbers, not 2 or 3", hint)
    if word.letters in forms or nearest(word.letters, forms):
        return word.error(
            f"the stack begins with a layer, {word.quoted}", hint="begin with the input, as in 224x224x3 conv3-64"
        )
    near = nearest(word.text, NETWORKS)
    return word.error(f"{word.quoted} is not an input", f"did you mean {near}?" if near else hint)


def not_an_output(word: Word) -> NotationError:
    """The error for a shape no stack can end in."""
    return word.error(
        f"{word.quoted} is not a shape", hint="write rows x columns x depth, as in 7x7x512, or 10 for values"
    )


def unknown_layer(head: Word, forms: Mapping[str, Form]) -> NotationError:
    """The error for a layer that does not exist, with the one that was meant if it can be told."""
    name = head.letters
    if head.begins_with_digit:
        return head.error(
            f"{head.quoted} stands where a layer should",
            hint="the input stands first, and once; a layer begins with its name, as in conv3-64",
        )
    if name == "x":
        return head.error("a repeat without its number", hint="write x2 to have the word before it twice")
    near = _LAYERS_ELSEWHERE.get(name) or nearest(name, forms)
    network = nearest(head.text, NETWORKS)
    if network and not near:
        return head.error(f"unknown layer {head.quoted}", hint=f"did you mean {network}?")
    if not near:
        return head.error(f"unknown layer {head.quoted}", hint=f"layers are {', '.join(forms)}")
    form = forms[near]
    rest = head.text[len(name) :][:_LONGEST_CURE] if form.counts or form.has_size else ""
    return head.error(f"unknown layer {head.quoted}", hint=f"did you mean {near}{rest}?")


def unknown_setting(part: Word, layer: str, forms: Mapping[str, Form]) -> NotationError:
    """The error for a setting that `layer` does not have, with the one that was meant if it can be told."""
    settings = forms[layer].settings
    name = part.letters
    number = part.text[len(name) :][:_LONGEST_CURE]
    owners = [owner for owner, form in forms.items() if name in form.settings]
    near = nearest(name, [*settings, *_SETTINGS_ELSEWHERE])
    meant = _SETTINGS_ELSEWHERE.get(near, near)
    if not settings:
        hint = f"{layer} takes no settings"
    elif owners:
        hint = f"{name} is for {', '.join(owners)}; {layer} takes {', '.join(settings)}"
    elif meant in settings:
        hint = f"did you mean :{meant}{number if meant in NUMBERED else ''}?"
    else:
        hint = f"{layer} takes {', '.join(settings)}"
    return part.error(f"unknown setting {part.quoted} for {layer}", hint)
