"""What a word that is not in the notation was probably meant to be: errors that point at it, with that as the hint."""

from __future__ import annotations

from cnnkit.errors import MAX_WORD_LENGTH, NotationError, nearest
from cnnkit.network.notation.networks import NETWORKS
from cnnkit.network.notation.spec import FORMS, NUMBERED
from cnnkit.network.notation.word import Word

_INPUT = "write rows x columns x depth, as in 224x224x3, or samples@rate, as in 51200@22050"
_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-:@")
_LOOK_ALIKES = {"×": "x", "*": "x", "X": "x", "–": "-", "—": "-", "−": "-", "_": "-", "‐": "-", "=": ""}


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
    """Check that every character belongs to the notation: no bracket, comma or multiplication sign."""
    place = next((i for i, character in enumerate(word.text) if character not in _CHARACTERS), None)
    if place is None:
        return
    foreign = word.part(place, place + 1)
    if foreign.text == ".":
        hint = "numbers are whole, as in conv3-64:s2"
    else:
        meant = "".join(_LOOK_ALIKES.get(character, character.lower()) for character in word.text)
        is_word = _CHARACTERS.issuperset(meant) and len(meant) <= MAX_WORD_LENGTH
        hint = f"write {meant}" if is_word else "a word has small letters, digits, - : and @ only"
    raise foreign.error(f"{foreign.quoted} is not a character of the notation", hint)


def not_an_input(word: Word) -> NotationError:
    """The error for a first word that is not a size at all."""
    if word.letters in FORMS or nearest(word.letters, FORMS):
        return word.error(
            f"the stack begins with a layer, {word.quoted}", hint="begin with the input, as in 224x224x3 conv3-64"
        )
    near = nearest(word.text, NETWORKS)
    return word.error(f"{word.quoted} is not an input", f"did you mean {near}?" if near else _INPUT)


def wrong_input_size(word: Word, sides: tuple[int, ...], layout: str = "") -> NotationError:
    """The error for a first word of 1 number, or of 4 or more."""
    if len(sides) == 1:
        return word.error(f"the input {word.text} is only one number", _INPUT)
    if len(sides) > 4:
        return word.error(f"the input has {len(sides)} numbers, not 2 or 3", _INPUT)
    batch, *rest = sides
    first, second, third = rest
    order = f", and --batch {batch}" if batch > 1 else ""
    last_text, first_text = f"{first}x{second}x{third}", f"{second}x{third}x{first}"
    if layout or first == second or third <= min(4, first - 1, second - 1):
        cure = last_text
    elif second == third or first <= min(4, second - 1, third - 1):
        cure = f"{first_text}, rows x columns x depth"
    else:
        cure = f"{last_text}, rows x columns x depth, or {first_text} if the depth is first"
    hint = f"leave the batch out: write {cure}{order}"
    return word.error(f"the input {word.text} has 4 numbers, not 2 or 3", hint)


def unknown_layer(head: Word) -> NotationError:
    """The error for a layer that does not exist, with the one that was probably meant."""
    name = head.letters
    if head.begins_with_digit:
        return head.error(
            f"{head.quoted} is not a layer",
            hint="the input comes first, and once; a layer begins with its name, as in conv3-64",
        )
    if name == "x":
        return head.error("a repeat without its number", hint="write x2 to have the word before it twice")
    near = _LAYERS_ELSEWHERE.get(name) or nearest(name, FORMS)
    network = nearest(head.text, NETWORKS)
    if near and (FORMS[near].counts or FORMS[near].has_size):
        hint = f"did you mean {near}{head.text[len(name) :][:MAX_WORD_LENGTH]}?"
    elif near or network:
        hint = f"did you mean {near or network}?"
    else:
        hint = f"layers are {', '.join(FORMS)}"
    return head.error(f"unknown layer {head.quoted}", hint)


def unknown_setting(part: Word, layer: str) -> NotationError:
    """The error for a setting that `layer` does not have, with the one that was probably meant."""
    settings = FORMS[layer].settings
    name = part.letters
    number = part.text[len(name) :][:MAX_WORD_LENGTH]
    owners = [owner for owner, form in FORMS.items() if name in form.settings]
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
