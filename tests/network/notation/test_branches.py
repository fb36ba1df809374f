"""Words that make a graph of a chain: what each layer takes, whose marks are whose, every mistake with its place."""

from __future__ import annotations

import pytest

from cnnkit.errors import NotationError
from cnnkit.network.notation.elsewhere import SQUEEZE
from cnnkit.network.notation.expansion import MOST_LAYERS, read_stack
from cnnkit.network.shape import shape


def sources(text: str) -> list[tuple[int, ...]]:
    return [wire.sources for wire in read_stack([text]).wiring[1:]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8x8 relu tanh relu", [(0,), (1,), (2,)]),
        ("8x8 mark:in relu tanh add:in", [(0,), (1,), (2, 0)]),
        ("8x8 mark:in relu mark:a from:in tanh cat:a", [(0,), (0,), (2, 1)]),
        ("8x8 mark:in relu mark:a from:in tanh cat:a:.", [(0,), (0,), (1, 2)]),
        ("8x8 mark:in relu mark:a from:in elu mark:b from:in tanh cat:a:.:b", [(0,), (0,), (0,), (1, 3, 2)]),
        ("8x8 mark:in relu mark:a from:in add:a", [(0,), (0, 1)]),
        ("8x8 mark:in relu add:in x2", [(0,), (1, 0), (2, 0)]),
        ("8x8 block mark:in relu add:in end x2", [(0,), (1, 0), (2,), (3, 2)]),
        ("8x8 mark:in block relu cat:in end x2", [(0,), (1, 0), (2,), (3, 0)]),
        ("8x8 block block relu end x2 tanh end x2", [(0,), (1,), (2,), (3,), (4,), (5,)]),
        ("8x8 mark:a mark:b relu cat:a from:b tanh", None),
        ("8x8 mark:a mark:b relu add:a tanh add:b", [(0,), (1, 0), (2,), (3, 0)]),
    ],
)
def test_what_each_layer_takes(text: str, expected: list[tuple[int, ...]] | None) -> None:
    if expected is None:
        with pytest.raises(NotationError, match="never joined"):
            sources(text)
    else:
        assert sources(text) == expected


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("8x8 block mark:in relu add:in end x2", "8x8x1 mark:in relu add:in mark:in2 relu add:in2"),
        (
            "8x8 block mark:in relu mark:in2 tanh add:in cat:in2 end x2",
            "8x8x1 mark:in relu mark:in2 tanh add:in cat:in2 mark:in3 relu mark:in2-2 tanh add:in3 cat:in2-2",
        ),
        ("8x8 mark:a relu mark:b from:a tanh cat:b:.", "8x8x1 mark:a relu mark:b from:a tanh cat:b:."),
    ],
)
def test_its_notation_has_a_name_for_each_volume_and_gives_it_again(text: str, written: str) -> None:
    stack = shape(text)
    assert stack.notation == written
    again = shape(stack.notation)
    assert again.notation == written
    assert again.layers == stack.layers


def test_a_chain_may_have_blocks() -> None:
    assert shape("8x8 block conv3-2 relu end x2") == shape("8x8 conv3-2 relu conv3-2 relu")
    assert not shape("8x8 block conv3-2 relu end x2").is_graph


class OneFile:
    """A file of layers."""

    text = "mark:in conv3-1  # the way\nadd:in\n"

    def has(self, name: str) -> bool:
        return False

    def shape_of(self, name: str, layout: str) -> object:
        raise AssertionError

    def text_of(self, name: str) -> str:
        return self.text


def test_a_file_is_a_block() -> None:
    stack = read_stack(["8x8 @block.txt x2"], OneFile())  # type: ignore[arg-type]
    assert [wire.sources for wire in stack.wiring[1:]] == [(0,), (1, 0), (2,), (3, 2)]


MISTAKES = [  # the words, what the carets are under, the problem and the hint
    ("8x8 mark relu", "mark", "mark has no name", "write mark:skip"),
    ("8x8 add-in", "add-in", "add has no name", "write add:in"),
    ("8x8 mark:in relu add", "add", "add has no name", "write add:skip"),
    ("8x8 mark:in: relu add:in", "mark:in:", "a colon with nothing behind it", "write mark:in"),
    ("8x8 mark:in relu cat::in", "cat::in", "a colon with nothing behind it", "write cat:in"),
    ("8x8 mark: relu", "mark:", "a colon with nothing behind it", "write mark:skip"),
    ("8x8 mark:a_b relu", "a_b", "'a_b' is not a name", "write mark:a-b; a name has small letters, digits"),
    ("8x8 mark:Skip relu", "Skip", "'Skip' is not a name", "write mark:skip; a name has small letters"),
    ("8x8 mark:a relu cat:.:A", "A", "'A' is not a name", "write cat:.:a; a name has small letters"),
    ("8x8 mark:_ relu", "_", "'_' is not a name", "a name has small letters, digits and - only"),
    ("8x8 mark:a:b relu", "b", "mark takes one name", "write mark:a"),
    ("8x8 mark:a relu add:a:.", ".", "add takes the current volume without a dot", "leave it out: a sum has no order"),
    ("8x8 mark:a relu cat:.:a:.", ".", "the dot stands twice", "name each volume once"),
    ("8x8 mark:a relu cat:a:a", "a", "a is joined twice", "name each volume once"),
    ("8x8 relu cat:.", "cat:.", "a join of a volume with itself", "write the mark to join, as in cat:skip"),
    ("8x8 relu mark:main tanh add:man", "man", "no volume is marked 'man'", "did you mean main?"),
    ("8x8 relu mark:one tanh add:zzz", "zzz", "no volume is marked 'zzz'", "marks before it are one; a mark stands"),
    ("8x8 relu from:a mark:a", "a", "no volume is marked 'a'", "write mark:a behind that volume; a mark stands"),
    ("8x8 block mark:a relu add:a end tanh add:a", "a", "no volume is marked 'a'", "a block, a file and a network"),
    ("8x8 mark:a relu", "mark:a", "mark:a is never used", "join it with add:a or cat:a, go on from it"),
    ("8x8 block mark:a relu end x2", "mark:a", "mark:a is never used", "join it with add:a"),
    ("8x8 mark:a relu mark:a add:a", "mark:a", "two volumes are marked a", "as in mark:a2"),
    ("8x8 mark:a add:a", "a", "add:a joins a volume with itself", "put the layers of the other branch between mark:a"),
    ("8x8 mark:a mark:b relu cat:a:b", "b", "cat:a:b joins one volume twice", "name each volume once"),
    ("8x8 mark:a relu from:a tanh", "relu", "the branch that ends in relu is never joined", "put mark:NAME"),
    ("8x8 mark:a relu mark:b from:a from:b", "from:a", "no layer follows from:a", "write the layers of this branch"),
    ("8x8 mark:a relu add:a from:a", "from:a", "no layer follows from:a", "write the layers of this branch"),
    ("8x8 block conv3-8 relu", "block", "the block never ends", "write end behind its last layer, or end x2"),
    ("8x8 conv3-8 end x2", "end", "end without a block", "write block before the first layer"),
    ("8x8 block end", "end", "a block without a layer", "write its layers between block and end"),
    ("8x8 block3 relu end", "3", "block stands alone", "write block, and end x3 behind its last layer"),
    ("8x8 block relu end2", "2", "end stands alone", "write end x2 to repeat the block"),
    ("8x8 block relu end:x3", ":x3", "end stands alone", "write end x3 to repeat the block"),
    ("8x8 block relu endx3", "endx3", "unknown layer 'endx3'", "write end x3"),
    ("8x8 blok relu end", "blok", "unknown layer 'blok'", "write block"),
    ("8x8 repeat3 relu end", "repeat3", "unknown layer 'repeat3'", "write block, and end x3 behind its last layer"),
    ("8x8 block mark:a relu end tanh add:a", "mark:a", "mark:a is never used", "its block ends before add:a: end it"),
    ("8x8 mark:a block mark:a relu end add:a", "mark:a", "mark:a is never used", "join it with add:a"),
    ("8x8 mark:in relu se16", "se16", "se is a product of branches, which is outside this notation", "write it out"),
    ("8x8 mark:a gap mul:a", "mul:a", "mul is a product of branches, which is outside this notation", "write add:a in"),
    ("8x8 mark:a x2 relu add:a", "x2", "'x2' repeats a layer or a block, not mark:a", "repeat what stands between"),
    ("8x8 block x2 relu end", "x2", "'x2' has no block before it", "the repeat stands behind end: end x2"),
    ("8x8 block conv3-8 relu end x2000", "x2000", "too many layers", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "problem", "hint"), MISTAKES, ids=[text for text, *_ in MISTAKES])
def test_mistakes(text: str, place: str, problem: str, hint: str) -> None:
    with pytest.raises(NotationError) as caught:
        shape(text)
    error = caught.value
    assert error.problem == problem
    assert hint in error.hint
    assert error.text[error.start : error.start + error.length] == place


def test_what_stands_for_a_product_can_be_computed() -> None:
    written = shape(f"56x56x64 conv3-64 {SQUEEZE}")
    assert written.output.text == "56x56x64"
    assert sum(step.parameters for step in written.layers[1:]) == 64 * 4 + 4 + 4 * 64 + 64


def test_marks_and_ends_are_not_counted_as_layers() -> None:
    times = MOST_LAYERS // 2
    assert len(read_stack([f"8x8 block mark:in relu add:in end x{times}"]).layers) == MOST_LAYERS
    with pytest.raises(NotationError, match="too many layers"):
        read_stack([f"8x8 block mark:in relu add:in end x{times + 1}"])
    with pytest.raises(NotationError, match="too many layers"):
        read_stack(["8x8 " + "block " * 9 + "relu" + " end x1000" * 9])
