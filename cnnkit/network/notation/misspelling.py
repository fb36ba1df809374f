"""What a word that is not in the notation was probably meant to be: errors that point at it, with that as the hint."""

from __future__ import annotations

import re
from difflib import get_close_matches
from itertools import takewhile

from cnnkit.errors import MAX_WORD_LENGTH, NotationError
from cnnkit.network.notation.elsewhere import BRANCHES_ELSEWHERE
from cnnkit.network.notation.networks import NETWORKS
from cnnkit.network.notation.spec import CHARACTERS, FORMS, JOINS
from cnnkit.network.notation.word import Word

_INPUT = "write rows x columns x depth, as in 224x224x3, or samples@rate, as in 51200@22050"
_SOME = "lenet5, alexnet, vgg16, resnet50, mobilenet-v2, unet and more"
ALL_LAYERS = (
    "layers are conv, tconv, dwconv, maxpool, flatten, fc, relu and more: cnnkit shape --help lists them; "
    f"networks are {_SOME}"
)
"""The hint for a word that is like none of them."""
_NUMBERLESS = {
    "gap": "gap makes one value of a whole map; windows of {0}x{0} are avgpool{0}",
    "gmp": "gmp makes one value of a whole map; windows of {0}x{0} are maxpool{0}",
    "relu": "relu{0} is not in the notation; relu has the same shapes",
    "softmax": "softmax keeps the number of values; fc{0} before it makes {0} of them",
}


def foreign_character(word: Word) -> NotationError:
    """The error for a word with a character that the notation has not: a bracket, a comma, a multiplication sign."""
    place = next(i for i, character in enumerate(word.text) if character not in CHARACTERS)
    foreign = word.part(place, place + 1)
    is_point = foreign.text == "."
    hint = "numbers are whole, as in conv3-64:s2" if is_point else "a word has small letters, digits, - : and @ only"
    return foreign.error(f"{foreign.quoted} is not a character of the notation", hint)


def not_an_input(word: Word) -> NotationError:
    """The error for a first word that is not a size at all."""
    if (family := _family(word)) and word.letters not in FORMS:
        return word.error(f"{word.quoted} is not an input", family)
    if word.letters in FORMS or get_close_matches(word.letters, FORMS, n=1, cutoff=0.72):
        return word.error(
            f"the stack begins with a layer, {word.quoted}", hint="begin with the input, as in 224x224x3 conv3-64"
        )
    networks = f"write a size, as in 224x224x3 or 51200@22050, or a network: {_SOME}"
    return word.error(f"{word.quoted} is not an input", networks if word.letters else _INPUT)


def wrong_input_size(word: Word, sides: tuple[int, ...], layout: str = "") -> NotationError:
    """The error for a first word of 4 numbers or more."""
    if len(sides) > 4:
        return word.error(f"the input has {len(sides)} numbers, not 1 to 3", _INPUT)
    is_last = sides[0] == sides[1] > 4 >= sides[2]  # the batch, as in MATLAB: 224x224x3x8
    batch, *rest = (sides[3], *sides[:3]) if is_last and not layout else sides
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
    """The error for a layer that does not exist."""
    if head.begins_with_digit:
        return head.error(
            f"{head.quoted} is not a layer",
            hint="the input comes first, and once; a layer begins with its name, as in conv3-64",
        )
    if head.letters == "x":
        return head.error("a repeat without its number", hint="write x2 to have the word before it twice")
    return head.error(f"unknown layer {head.quoted}", _family(head) or ALL_LAYERS)


def takes_no_number(rest: Word, name: str) -> NotationError:
    """The error for a number behind a layer that has none."""
    side, _, other = rest.text.partition("x")
    hint = _NUMBERLESS.get(name, "") if side.isdecimal() and other in ("", side) else ""
    return rest.error(f"{name} takes no number", hint.format(side[:9]) or f"{name} is written without one")


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


def meant_branch(text: str) -> str:
    """The word of a branch as others call it, or misspelt before its colon; nothing if it is none."""
    if block := meant_block(text):
        return block
    written = "".join(takewhile(str.isalpha, text.lower()))
    name = BRANCHES_ELSEWHERE.get(written, "")
    mark = text.partition(":")[2].lower()
    if not name and mark and written not in FORMS:
        name = "".join(get_close_matches(written, (*JOINS, "mark", "from"), n=1, cutoff=0.7))
    is_name = mark and mark[0] != "-" and (CHARACTERS - {":", "@"}).issuperset(mark)
    return f"{name}:{mark if is_name else 'skip'}" if name else ""


def meant_block(text: str) -> str:
    """What begins or ends a block, from what others write, or how often, as in ``endx3``; nothing if it is none."""
    match = re.fullmatch(r"([a-z]+?)s?[^a-z0-9]*x?[^a-z0-9]*([0-9]{0,4})[^a-z0-9]*", text[:MAX_WORD_LENGTH].lower())
    if match is None:
        return ""
    name, times = BRANCHES_ELSEWHERE.get(match[1], ""), int(match[2] or 0)
    if name == "end":
        return f"end x{times or 2}"
    if name == "block" or get_close_matches(match[1], ("block",), cutoff=0.8):
        return "block" + (f", and end x{times} behind its last layer" if times else "")
    return ""


def meant_network(text: str) -> str:
    """The network of a name as others write it; nothing if it is none."""
    known = {re.sub(r"[-.]", "", name): name for name in NETWORKS}
    plain = re.sub(r"[-_.]", "", text[:MAX_WORD_LENGTH].lower())
    letters = plain.rstrip("0123456789")
    near = get_close_matches(letters, {name.rstrip("0123456789") for name in known}, n=1, cutoff=0.75)
    number = plain[len(letters) :]
    names = [name for name in known if near and name.startswith(near[0]) and name.endswith(number)]
    return known[names[0]] if len(names) == 1 and len(letters) > 1 else ""


def _family(word: Word) -> str:
    """Which networks have names like a word's, as a hint; nothing if none has."""
    plain = re.sub(r"[-_.]", "", word.text[:MAX_WORD_LENGTH].lower())
    letters = plain.rstrip("0123456789")
    names = [name for name in NETWORKS if len(letters) > 2 and letters in re.sub(r"[-.]", "", name)]
    return f"networks of that name: {', '.join(names)}" if names else ""
