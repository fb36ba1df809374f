"""Where the layers begin among words of which the first name inputs: ``photo.png song.wav conv3-8 relu``.

A word is a layer if the notation reads it, whatever files there are: a file of such a name is written with its folder,
``./relu``. One that the notation does not read begins the layers all the same where nothing else can be meant, so that
the mistake is shown there. Standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from cnnkit.errors import NotationError
from cnnkit.network.notation.networks import NETWORKS
from cnnkit.network.notation.reading import read_layer
from cnnkit.network.notation.spec import BRANCHING, FORMS
from cnnkit.network.notation.word import Word

_ENDING = re.compile(r"\.[a-z][a-z0-9]*$", re.IGNORECASE)

IsInput = Callable[[str], bool]
"""Whether something can be read under this name."""


def split_arguments(words: Sequence[str], is_input: IsInput) -> tuple[list[str], list[str]]:
    """The words before the first layer, and the layers.

    >>> split_arguments(["a.png", "./relu", "conv3-8", "relu"], lambda name: False)
    (['a.png', './relu'], ['conv3-8', 'relu'])
    """
    first = next((place for place, word in enumerate(words) if begins_layers(word, is_input)), len(words))
    return [*words[:first]], [*words[first:]]


def begins_layers(text: str, is_input: IsInput) -> bool:
    """Whether a word is a layer, a word of branches, a network or a file of layers, or is meant to be one."""
    typed = text.split()
    if not typed or text in ("-", "@"):
        return False
    word = Word(typed[0])
    if word.text[0] == "@" or word.text in NETWORKS:
        return True
    try:
        read_layer(word)
    except NotationError as error:
        return not is_input(text) and _is_meant(word, text, error)
    return True


def _is_meant(word: Word, text: str, error: NotationError) -> bool:
    """Whether a word that cannot be read is a layer all the same, as its error sees it."""
    from cnnkit.network.notation.misspelling import ALL_LAYERS

    if any(mark in text for mark in "/\\*?[") or _ENDING.search(text) or word.begins_with_digit:
        return False
    return word.letters in FORMS or word.letters in BRANCHING or error.hint != ALL_LAYERS
