"""A whole stack read from its words: presets and files expanded, repeats written out.

``vgg16`` alone is that network with its own input; after an input it is its layers. ``@net.txt`` is the words of a
file. Both may begin a stack and may be repeated as one word. This module opens nothing: whoever has files hands over
how to read them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

from cnnkit.errors import NotationError
from cnnkit.network.notation.reading import read_count, read_input, read_layer, refuse_foreign
from cnnkit.network.notation.spec import BRANCHING, FORMS, JOINS, Spec, StackSpec
from cnnkit.network.notation.word import Word, split_lines, split_words
from cnnkit.network.volume import Shape, Volume, Waveform

MOST_LAYERS = 1000
MOST_WORDS = 4 * MOST_LAYERS  # with marks, blocks and their ends


class Files(Protocol):
    """Reader for files named in the stack. The library has none; the command line reads the user's."""

    def has(self, name: str) -> bool:
        """Whether there is a file of this name."""

    def shape_of(self, name: str, layout: str) -> Volume | Waveform:
        """The shape of the image or sound of this name, from its header alone; `layout` is that of arrays."""

    def text_of(self, name: str) -> str:
        """The content of the text file of this name."""


def read_stack(
    texts: Iterable[str], files: Files | None = None, input_layout: str = "", named: Collection[str] = ()
) -> StackSpec:
    """Read an input and its layers from words, or from texts of several words.

    `input_layout` says in which order the numbers of the input stand, unless it is a network's own. Marks must be for
    something in the stack, but for those that are `named` elsewhere.
    """

    def is_name(piece: str) -> bool:
        return files is not None and files.has(piece.removeprefix("@"))

    words = split_words(texts, is_name)
    if not words:
        raise NotationError("the stack has no words", hint="begin with the input, as in 224x224x3 conv3-64")
    first, *rest = words
    if first.text.startswith("@") and len(first.text) > 1:
        first, *inner = _from_file(first, files)
    else:
        inner = []
    if _is_network(first):
        first, *preset = _preset(first)
        inner = [*preset, *inner]
        input_layout = ""
    if _names_a_file(first.text):
        if files is None:
            raise _unread(first, "give its size: rows x columns x depth, as in 224x224x3, or samples@rate")
        shape: Shape = files.shape_of(first.text, input_layout)
    else:
        shape = read_input(first, input_layout)
    layers = _own_marks(_layers(inner, files), first)
    layers += _layers(rest, files, _count(layers))
    if BRANCHING.keys().isdisjoint([layer.name for layer in layers]):
        return StackSpec(shape, tuple(layers))
    from cnnkit.network.notation.branches import connected

    return StackSpec(shape, *connected(layers, named))


def read_layers(texts: Iterable[str], files: Files | None = None, named: Collection[str] = ()) -> tuple[Spec, ...]:
    """Read layers alone, whose input is not known yet; an error if they are wrong whatever it is."""

    def is_name(piece: str) -> bool:
        return files is not None and files.has(piece.removeprefix("@"))

    words = split_words(texts, is_name)
    layers = _layers(words, files)
    if BRANCHING.keys().isdisjoint([layer.name for layer in layers]):
        return tuple(layers)
    from cnnkit.network.notation.branches import connected

    return connected(layers, named)[0]


def _own_marks(layers: list[Spec], word: Word) -> list[Spec]:
    """The layers of the network or file that `word` names: a block, whose marks are its own, where they have any."""
    if BRANCHING.keys().isdisjoint([layer.name for layer in layers]):
        return layers
    return [Spec("block", None, None, (), word), *layers, Spec("end", None, None, (), word)]


def _layers(words: list[Word], files: Files | None, before: int = 0, *, is_nested: bool = False) -> list[Spec]:
    """The layers of `words`, and their words of branches; `before` is the number of layers before them."""
    layers: list[Spec] = []
    group: list[Spec] = []  # what the last word gave; empty after a repeat
    blocks: list[tuple[list[Spec], Spec]] = []  # those that are open: the layers before each, and its word
    for word in words:
        if word.letters == "x" and word.text != "x":
            layers += _repeated(word, group, layers)
            group = []
        elif word.text == "block":
            blocks.append((layers, read_layer(word)))
            layers, group = [], [blocks[-1][1]]
        elif word.text == "end":
            if not blocks:
                raise word.error("end without a block", "write block before the first layer of what ends here")
            outside, opening = blocks.pop()
            group = [opening, *layers, read_layer(word)]
            layers = outside + group
        else:
            group = _of_word(word, files, is_nested=is_nested)
            layers += group
        if before + len(layers) > MOST_LAYERS and (len(layers) > MOST_WORDS or before + _count(layers) > MOST_LAYERS):
            raise word.error("too many layers", hint=f"a stack has at most {MOST_LAYERS} layers")
    if blocks:
        raise blocks[-1][1].word.error(
            "the block never ends", "write end behind its last layer, or end x2 to repeat it"
        )
    return layers


def _repeated(word: Word, group: list[Spec], layers: list[Spec]) -> list[Spec]:
    """What a repeat adds to `layers`, which end in the `group` of the word before it."""
    refuse_foreign(word)
    times = read_count(word.part(1), "repeats")
    if not group:
        raise word.error(
            f"{word.quoted} repeats the layer before it, which is {'another repeat' if layers else 'missing'}",
            hint="write the layer, then how many there are in all, as in conv3-64 x2",
        )
    if len(group) == 1 and group[0].name == "block":
        raise word.error(f"{word.quoted} has no block before it", f"the repeat stands behind end: end {word.text}")
    if group[0].name in ("mark", "from"):
        cure = "repeat what stands between block and end, as in block conv3-64 end x2"
        raise word.error(f"{word.quoted} repeats a layer or a block, not {group[0]}", cure)
    return group * min(times - 1, MOST_WORDS // len(group) + 1)


def _of_word(word: Word, files: Files | None, *, is_nested: bool) -> list[Spec]:
    """The layers of one word: those of a network or a file, or one."""
    if word.text.startswith("@") and len(word.text) > 1:
        if is_nested:
            raise word.error("a file of layers names another one", hint="name both on the command line")
        return _own_marks(_layers(_from_file(word, files), files, is_nested=True), word)
    if _is_network(word):
        return _own_marks(_layers(_preset(word)[1:], None), word)
    return [read_layer(word)]


def _count(layers: list[Spec]) -> int:
    return sum(layer.name not in BRANCHING or layer.name in JOINS for layer in layers)


def _is_network(word: Word) -> bool:
    if word.begins_with_digit or word.letters in FORMS:
        return False
    from cnnkit.network.notation.networks import NETWORKS  # which a stack of layers has no need of

    return word.text in NETWORKS


def _preset(word: Word) -> list[Word]:
    from cnnkit.network.notation.networks import NETWORKS

    words = split_words([NETWORKS[word.text]])
    return [each._replace(origin=word.text) for each in words]


def _from_file(word: Word, files: Files | None) -> list[Word]:
    name = word.text[1:]
    if files is None:
        raise _unread(word, "read it yourself, and give its words: cnnkit.shape(*text.split())")
    words = split_lines(files.text_of(name), name)
    if not words:
        raise word.error(f"{word.quoted} has no layers", hint="write one layer a line; what follows a # is a comment")
    return words


def _unread(word: Word, hint: str) -> NotationError:
    return word.error(f"{word.quoted} names a file, and the library reads none", hint)


def _names_a_file(text: str) -> bool:
    """Whether an input is the name of a file: it has a folder, or an ending that begins with a letter."""
    stem, _, ending = text.rpartition(".")
    return "/" in text or "\\" in text or bool(stem and ending[:1].isalpha())
