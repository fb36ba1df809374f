"""Whole stacks from words: networks, files and repeats; and any text at all, within bounds of work."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.errors import ArgumentError, InputError, NotationError
from cnnkit.network.notation.expansion import MOST_LAYERS, read_layers, read_stack
from cnnkit.network.notation.networks import NETWORKS
from cnnkit.network.notation.spec import FORMS
from cnnkit.network.notation.word import MAX_SHOWN_CHARACTERS, MOST_CHARACTERS
from cnnkit.network.shape import shape
from cnnkit.network.volume import Volume, Waveform


class Shelf:
    """Files that are held in memory."""

    def __init__(self, **texts: str) -> None:
        self.texts = {name.replace("_", "."): text for name, text in texts.items()}
        self.opened: list[str] = []

    def has(self, name: str) -> bool:
        return name in self.texts or name == "my song.wav"

    def shape_of(self, name: str, layout: str) -> Volume | Waveform:
        self.opened.append(name)
        return Waveform(51200, 22050) if name.endswith(".wav") else Volume(60, 80, 3)

    def text_of(self, name: str) -> str:
        self.opened.append(name)
        if name not in self.texts:
            raise InputError(f"{name}: there is no such file")
        return self.texts[name]


BLOCK = "# a block\nconv3-8   # eight kernels\n\n\trelu\nmaxpool2:s2\n"


def printed(text: str, **texts: str) -> str:
    return str(read_stack([text], Shelf(**texts)))


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_its_stack(name: str) -> None:
    assert read_stack([name]) == read_stack([NETWORKS[name]])


def test_a_network_after_an_input_is_its_layers() -> None:
    assert printed("48x48 tinyvgg softmax").split()[0] == "48x48x1"
    assert printed("48x48 tinyvgg softmax").split()[1:-1] == NETWORKS["tinyvgg"].split()[1:]


def test_layers_may_follow_a_network() -> None:
    assert printed("tinyvgg softmax") == f"{NETWORKS['tinyvgg']} softmax"


def test_a_file_is_its_words() -> None:
    assert printed("28x28 @b.txt gap", b_txt=BLOCK) == "28x28x1 conv3-8 relu maxpool2:s2 gap"


def test_a_file_may_hold_the_input_and_networks() -> None:
    assert printed("@n.txt softmax", n_txt=f"30x30x3\n{BLOCK}") == "30x30x3 conv3-8 relu maxpool2:s2 softmax"
    assert printed("@n.txt", n_txt="tinyvgg # and nothing else") == NETWORKS["tinyvgg"]


def test_a_repeat_takes_everything_the_word_before_it_expands_to() -> None:
    assert printed("28x28 @b.txt x2", b_txt="conv3-8 relu") == "28x28x1 conv3-8 relu conv3-8 relu"
    assert printed("28x28 @b.txt x2", b_txt="conv3-8 x2\nrelu") == "28x28x1" + " conv3-8 conv3-8 relu" * 2
    assert len(read_stack(["28x28", "tinyvgg", "x2"]).layers) == 2 * len(read_stack(["tinyvgg"]).layers)


@pytest.mark.parametrize("beginning", ["photo.png", "./photo", "folder\\photo.bmp", "2024.tif"])
def test_an_image_gives_its_size(beginning: str) -> None:
    shelf = Shelf()
    assert read_stack([beginning, "conv3-8"], shelf).input == Volume(60, 80, 3)
    assert shelf.opened == [beginning]


def test_a_name_with_spaces_is_one_word_where_there_is_such_a_file() -> None:
    assert read_stack(["my song.wav", "mfcc13"], Shelf()).input == Waveform(51200, 22050)
    assert printed("28x28 @my.txt", my_txt="relu") == "28x28x1 relu"
    assert len(read_stack(["28x28 relu", "relu relu"], Shelf()).layers) == 3


@pytest.mark.parametrize(
    ("text", "file", "problem", "line", "under_carets"),
    [
        ("28x28 @b.txt", "conv3-8\n relu  covn3-8 # no", "b.txt, line 2: unknown layer 'covn3-8'", None, "covn3-8"),
        ("28x28 @b.txt", "conv3-8\n\nconv31-8:valid", "b.txt, line 3: a window of 31x31", None, "conv31-8:valid"),
        ("28x28 @b.txt", "28x28\nrelu", "b.txt, line 1: '28x28' is not a layer", None, "28x28"),
        ("28x28 @b.txt", "x2", "b.txt, line 1: 'x2' repeats the layer before it", None, "x2"),
        ("28x28 @b.txt", "@b.txt", "b.txt, line 1: a file of layers names another one", None, "@b.txt"),
        ("28x28 @b.txt", "# nothing", "'@b.txt' has no layers", "28x28 @b.txt", "@b.txt"),
        ("@b.txt x2", "28x28\nrelu", "'x2' repeats the layer before it, which is missing", None, "x2"),
        ("5x5x3 alexnet", "", "alexnet: a window of 11x11", None, "conv11-64:s4:p2"),
    ],
)
def test_a_mistake_is_pointed_at_where_it_was_written(
    text: str, file: str, problem: str, line: str | None, under_carets: str
) -> None:
    with pytest.raises(NotationError) as caught:
        shape(text, files=Shelf(b_txt=file))
    error = caught.value
    assert error.problem.startswith(problem)
    assert error.text[error.start : error.start + error.length] == under_carets
    assert line is None or error.text == line


def test_a_file_that_is_too_long_is_not_read_on() -> None:
    with pytest.raises(NotationError, match="too many characters"):
        read_stack(["28x28 @b.txt"], Shelf(b_txt="relu\n" * MOST_CHARACTERS))


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(InputError, match=r"b.txt: there is no such file"):
        read_stack(["28x28 @b.txt"], Shelf())


HEAVY = [
    ["224x224x3", "conv3-64 x1000"],
    ["224x224x3", "conv3-64 x2147483647"],
    ["7x7x3", *["tconv3-7:s2", "conv3-4:s2"] * 500],
    ["7x7x3", "tconv3-7:s64", *["conv3-5", "bn"] * 490],
    ["7x7x3", "tconv3-7:s8", *["tconv3-7:s8", "maxpool8"] * 400],
    ["224x225x3", *["maxpool2:same:ceil"] * 1000],
    ["3x3", "conv99-8:d99 x1000"],
    ["3x3", "conv2147483647-8 x1000"],
    ["28x28", *["conv3-8"] * 10_000],
    ["28x28", "tinyvgg x1000"],
    ["28x28", *["tinyvgg"] * 10_000],
    ["28x28", *["@b.txt"] * 10_000],
    ["28x28", "@b.txt", "x2147483647"],
    ["conv"] * 10_000,
    ["vgg"] * 10_000,
    ["28x28", "conv3-" + "9" * 90_000],
    ["28x28", "conv3-8:p" + "0x" * 40_000 + "0"],
    ["28x28", "conv3-8" + ":s2" * 30_000],
    ["28x28", "conv3-8:" + "s" * 90_000],
    ["28x28", "conv3-8:stride" + "9" * 90_000],
    ["28x28", "convv" + "9" * 90_000],
    ["28x28", "conv" + "×" * 90_000],
    ["28x28", "conv3-" + "-" * 90_000],
    ["28x28", "x" * 90_000],
    ["v" * 90_000],
    ["." * 90_000],
    ["3x" * 40_000 + "3"],
    ["9" * 10_000_000],
    ["2147483647x2147483647x2147483647", "conv2147483647-2147483647:d2147483647 x1000"],
    ["2147483647@1", "mfcc2147483647:hop1", "flatten"],
    ["1x1", *["conv3-8:s2147483647"] * 900],
    ["9x9", "conv1-8:p2147483647", "x1000"],
    ["2147483647x2147483647", "avgpool-to2147483646", "maxpool-to64"],
    ["63x63", *["maxpool-to64", "upsample64:bilinear", "crop9"] * 300],
    ["3x3", "upsample2147483647 x1000"],
    ["2147483647", "reshape1x1x2147483647", "groupnorm2147483646"],
    ["9x9x4096", "shuffle64", "pad2147483647"],
    ["28x28", "LeakyReLU" * 9_000],
    ["28x28", "adaptive_avg_pool" + "9" * 90_000],
]


def calls_of(work: Callable[[], object]) -> int:
    """How many functions were called: the same on every machine, unlike a time."""
    calls = 0

    def count(frame: object, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize("words", HEAVY, ids=lambda words: str(words)[:40])
def test_no_text_makes_much_work_or_says_much(words: list[str]) -> None:
    def read() -> None:
        try:
            str(shape(*words, files=Shelf(b_txt="conv3-8\nrelu\n" * 50)))
        except NotationError as error:
            assert len(error.problem) < 200  # noqa: PT017
            assert len(error.hint) < 250  # noqa: PT017
            assert len(error.text) <= MAX_SHOWN_CHARACTERS  # noqa: PT017

    read()  # what is imported on first use is not this text's work
    # The longest took 0.08 s where it was measured, profiling left out.
    assert calls_of(read) < 1_500_000


pieces = st.one_of(
    st.sampled_from([*FORMS, *NETWORKS, *":-x@.#", "x2", "@b.txt", "28x28", "224x224x3", "512@8000", "conv3-8"]),
    st.sampled_from(["s2", "p1", "p0x1x0x1", "same", "full", "op1", "d2", "g2", "m2", "ceil", "hop64", "kaldi"]),
    st.integers(-3, 2**33).map(str),
    st.text(max_size=3),
)
words = st.lists(pieces, max_size=6).map("".join)


@given(st.lists(words, max_size=8), st.one_of(st.text(), st.lists(words).map("\n".join)))
def test_any_words_and_any_file_are_a_stack_or_an_error_with_its_place(texts: list[str], file: str) -> None:
    try:
        stack = shape(*texts, files=Shelf(b_txt=file))
    except InputError:
        return
    except ArgumentError as error:
        assert isinstance(error, NotationError)  # noqa: PT017
        assert error.pointer.split("\n")[1].strip(" ").strip("^") == ""  # noqa: PT017
        return
    assert len(stack.layers) <= MOST_LAYERS
    assert shape(stack.notation) == stack


@pytest.mark.parametrize(
    ("call", "word"),
    [
        ("nn.Conv2d(3, 64, 3, padding=1)", "conv3-64:p1"),
        ("nn.Linear(512, 10)", "fc10"),
        ("nn.MaxPool2d(3, 2)", "maxpool3:s2"),
        ("Conv2D(64, 3, padding='same')", "conv3-64:same"),
        ("MaxPooling2D((2, 2))", "maxpool2"),
        ("nn.AdaptiveAvgPool2d((7, 7))", "avgpool-to7"),
    ],
)
def test_a_call_with_blanks_is_understood_whole(call: str, word: str) -> None:
    with pytest.raises(NotationError) as caught:
        read_stack(["224x224x3", call])
    assert caught.value.hint == f"write {word}"


def test_layers_alone_are_read_before_their_input_is_known() -> None:
    layers = read_layers(["@net", "resnet18", "conv3-8 x2"], Shelf(net="relu # first"))
    assert [str(layers[0]), str(layers[-1]), len(layers)] == ["relu", "conv3-8", 1 + len(shape("resnet18").layers) + 2]
    with pytest.raises(NotationError, match="unknown layer") as caught:
        read_layers(["relu", "rleu"])
    assert caught.value.pointer == "relu rleu\n     ^^^^"


def test_a_mark_that_is_named_elsewhere_is_used() -> None:
    with pytest.raises(NotationError, match="mark:a is never used"):
        read_layers(["relu", "mark:a"])
    assert len(read_layers(["relu", "mark:a", "block relu mark:b end x2"], named=("a", "b"))) == 3
    assert read_stack(["4x4 relu mark:a"], named=("a",)).wiring[1].marks == ("mark:a",)
