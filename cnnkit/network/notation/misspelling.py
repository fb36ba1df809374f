"""What a word that is not in the notation was probably meant to be: errors that point at it, with that as the hint."""

from __future__ import annotations

from cnnkit.errors import MAX_WORD_LENGTH, NotationError, nearest
from cnnkit.network.notation.networks import NETWORKS
from cnnkit.network.notation.spec import CHARACTERS, FORMS, NUMBERED
from cnnkit.network.notation.word import Word

_INPUT = "write rows x columns x depth, as in 224x224x3, or samples@rate, as in 51200@22050"
_LOOK_ALIKES = {"×": "x", "*": "x", "X": "x", "–": "-", "—": "-", "−": "-", "_": "-", "‐": "-", "=": ""}


# What other tools call the same layer or setting.
_LAYERS_ELSEWHERE = {
    **dict.fromkeys(("adaptiveavgpool", "adaptiveaveragepooling"), "avgpool-to"),
    **dict.fromkeys(("adaptivemaxpool", "adaptivemaxpooling"), "maxpool-to"),
    **dict.fromkeys(("avg", "averagepooling"), "avgpool"),
    **dict.fromkeys(("batchnorm", "batchnormalization"), "bn"),
    **dict.fromkeys(("convtranspose", "deconv", "convtransposed"), "tconv"),
    **dict.fromkeys(("dense", "linear"), "fc"),
    **dict.fromkeys(("depthwise", "depthwiseconv"), "dwconv"),
    "fbank": "logmel",
    **dict.fromkeys(("globalavgpool", "globalaveragepooling"), "gap"),
    **dict.fromkeys(("globalmaxpool", "globalmaxpooling"), "gmp"),
    "groupnormalization": "groupnorm",
    "hardsilu": "hardswish",
    "layernormalization": "layernorm",
    "localresponsenorm": "lrn",
    **dict.fromkeys(("max", "maxpooling", "pool"), "maxpool"),
    "melspectrogram": "mel",
    **dict.fromkeys(("pixelshuffle", "depthtospace"), "shuffle"),
    "swish": "silu",
    "unflatten": "reshape",
    **dict.fromkeys(("upsampling", "interpolate"), "upsample"),
    **dict.fromkeys(("zeropad", "zeropadding"), "pad"),
    "cropping": "crop",
}
_OUTSIDE = {
    **dict.fromkeys(("rnn", "lstm", "bilstm", "gru", "bigru"), "a recurrent layer"),
    **dict.fromkeys(("attn", "attention", "selfattention", "mha", "multiheadattention"), "an attention layer"),
    **dict.fromkeys(("transformer", "transformerencoder", "vit"), "a stack of attention layers"),
    "embedding": "a table of vectors",
}
"""What the notation has no words for, and the kind of layer that it is."""
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


def foreign_character(word: Word) -> NotationError:
    """The error for a word with a character that the notation has not: a bracket, a comma, a multiplication sign."""
    place = next(i for i, character in enumerate(word.text) if character not in CHARACTERS)
    foreign = word.part(place, place + 1)
    if foreign.text == ".":
        hint = "numbers are whole, as in conv3-64:s2"
    elif ours := _meant(word):
        hint = f"write {ours}"
    else:
        meant = "".join(_LOOK_ALIKES.get(character, character.lower()) for character in word.text)
        is_word = CHARACTERS.issuperset(meant) and len(meant) <= MAX_WORD_LENGTH
        hint = f"write {meant}" if is_word else "a word has small letters, digits, - : and @ only"
    return foreign.error(f"{foreign.quoted} is not a character of the notation", hint)


def _meant(word: Word) -> str:
    """Our word for a layer by the name that another library has for it; empty when it has none.

    >>> [_meant(Word(text)) for text in ("LeakyReLU", "max_pool2", "ConvTranspose2d", "zebra")]
    ['leakyrelu', 'maxpool2', 'tconv2-64:s2', '']
    """
    end = next((i for i, c in enumerate(word.text) if not (c.isascii() and c.isalpha()) and c != "_"), len(word.text))
    name, rest = word.text[:end].lower().replace("_", ""), word.text[end:]
    ours = _LAYERS_ELSEWHERE.get(name, name if name in FORMS else "")
    dimensions = rest[:2].lower() if ours and rest[:2].lower() in ("1d", "2d", "3d") else ""
    if name in _OUTSIDE or dimensions == "3d":
        written, kind = word.text[: end + len(dimensions)], _OUTSIDE.get(name, "a 3-D layer")
        raise word.error(f"{written} is {kind}, which is outside this notation", "end the stack before it")
    if not ours or not (FORMS[ours].counts or FORMS[ours].size):
        return ours
    numbers = "".join(_LOOK_ALIKES.get(c, c.lower()) for c in rest[len(dimensions) :][:MAX_WORD_LENGTH])
    if dimensions == "1d":
        return f"{ours}3x1{'-64' if FORMS[ours].counts else ''}"
    if not numbers:
        return FORMS[ours].example
    return f"{ours}{numbers}" if CHARACTERS.issuperset(numbers) else ""


def not_an_input(word: Word) -> NotationError:
    """The error for a first word that is not a size at all."""
    if word.letters in FORMS or nearest(word.letters, FORMS):
        return word.error(
            f"the stack begins with a layer, {word.quoted}", hint="begin with the input, as in 224x224x3 conv3-64"
        )
    near = nearest(word.text, NETWORKS)
    return word.error(f"{word.quoted} is not an input", f"did you mean {near}?" if near else _INPUT)


def wrong_input_size(word: Word, sides: tuple[int, ...], layout: str = "") -> NotationError:
    """The error for a first word of 4 numbers or more."""
    if len(sides) > 4:
        return word.error(f"the input has {len(sides)} numbers, not 1 to 3", _INPUT)
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
    return word.error(f"the input {word.text} has 4 numbers, not 1 to 3", hint)


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
    meant = _meant(head)
    near = nearest(name, FORMS)
    network = nearest(head.text, NETWORKS)
    if meant:
        hint = f"did you mean {meant}?"
    elif near and (FORMS[near].counts or FORMS[near].size):
        hint = f"did you mean {near}{head.text[len(name) :][:MAX_WORD_LENGTH]}?"
    elif near or network:
        hint = f"did you mean {near or network}?"
    else:
        hint = "layers are conv, tconv, dwconv, maxpool, flatten, fc, relu and more: cnnkit shape --help lists them"
    return head.error(f"unknown layer {head.quoted}", hint)


def wrong_dimensions(head: Word) -> NotationError:
    """The error for a layer whose name ends in its dimensions, as in other libraries: conv2d, conv1d, conv3d."""
    hint = f"write {_meant(head)}"
    dimensions = head.part(len(head.letters), len(head.letters) + 2)
    if dimensions.text == "1d":
        hint = f"a signal of one dimension runs down the rows: {hint}"
    return dimensions.error(f"{head.letters} takes no {dimensions.text}", hint)


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
