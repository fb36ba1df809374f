"""Layers that move values about: sizes on paper, fields followed sample by sample, and every mistake."""

from __future__ import annotations

import random

import pytest

from cnnkit.errors import NotationError
from cnnkit.network.layer import LayerShape, resolve
from cnnkit.network.layer_shape import layer_shape
from cnnkit.network.notation.reading import read_layer
from cnnkit.network.notation.word import Word
from cnnkit.network.rearrangement import RULES
from cnnkit.network.receptive_field import Axis
from cnnkit.network.shape import shape
from cnnkit.network.volume import Shape, Vector, Volume, Waveform

IMAGE = Volume(28, 20, 8)


def step(text: str, before: Shape = IMAGE) -> LayerShape:
    return layer_shape(resolve(read_layer(Word(text))), before)


@pytest.mark.parametrize(
    ("text", "before", "output"),
    [
        ("avgpool-to7", IMAGE, Volume(7, 7, 8)),
        ("maxpool-to7x5", IMAGE, Volume(7, 5, 8)),
        ("avgpool-to7", Volume(2, 2, 512), Volume(7, 7, 512)),
        ("pad1", IMAGE, Volume(30, 22, 8)),
        ("pad0x1x2x3", IMAGE, Volume(29, 25, 8)),
        ("crop1", IMAGE, Volume(26, 18, 8)),
        ("crop0x1x2x3", IMAGE, Volume(27, 15, 8)),
        ("crop27x0x0x19", IMAGE, Volume(1, 1, 8)),
        ("upsample2", IMAGE, Volume(56, 40, 8)),
        ("upsample2x3:bilinear", IMAGE, Volume(56, 60, 8)),
        ("shuffle2", IMAGE, Volume(56, 40, 2)),
        ("reshape4480", IMAGE, Vector(4480)),
        ("reshape7x7x256", Vector(12544), Volume(7, 7, 256)),
        ("reshape14x10x32", IMAGE, Volume(14, 10, 32)),
        ("reshape28x28", Vector(784), Volume(28, 28, 1)),
    ],
)
def test_shapes_by_hand(text: str, before: Shape, output: Shape) -> None:
    found = step(text, before)
    assert (found.input, found.output, found.parameters, found.macs) == (before, output, 0, 0)
    assert found.placement is None


def test_a_reshape_sees_everything_and_makes_no_values() -> None:
    assert step("reshape4480").field is None
    assert shape("28x28 reshape7x7x16 reshape784").activations == 784
    assert "every layer but flatten and reshape." in str(shape("28x28 reshape784")).replace("\n", " ")


def _seen(word: str, before: list[set[int]]) -> list[set[int]]:
    """Which samples of the input each value along one axis sees, by following them all."""
    size, (name, _, number) = len(before), read_layer(Word(word)).word.text.partition(":")[0].partition("-to")
    if number:
        count = int(number)
        return [set().union(*before[t * size // count : -(-(t + 1) * size // count)]) for t in range(count)]
    if name == "pad3":
        return [set()] * 3 + before + [set()] * 3
    if name == "crop1":
        return before[1:-1]
    factor = int(name[-1])
    if ":bilinear" not in word:
        return [before[t // factor] for t in range(size * factor)]
    found = []
    for t in range(size * factor):  # between the centres of two samples, or on one
        low, rest = divmod(2 * t + 1 - factor, 2 * factor)
        sides = {min(max(place, 0), size - 1) for place in (low, low + (rest > 0))}
        found.append(set().union(*(before[place] for place in sides)))
    return found


WORDS = ["avgpool-to3", "maxpool-to5", "avgpool-to7", "avgpool-to6", "pad3", "crop1"]
WORDS += ["upsample2", "upsample3", "upsample2:bilinear", "upsample3:bilinear", "upsample4:bilinear"]


@pytest.mark.parametrize("seed", range(40))
def test_fields_followed_sample_by_sample(seed: int) -> None:
    choice = random.Random(seed)
    length, words = choice.randint(12, 30), choice.choices(WORDS, k=choice.randint(1, 3))
    seen = [{place} for place in range(length)]
    for word in words:
        seen = _seen(word, seen)
    axis = shape(f"{length}x{length}", *words).layers[-1].field[0]  # type: ignore[index]
    if not axis.low:
        return
    for t, places in enumerate(seen):
        turns, rest = divmod(t, len(axis.low))
        low, high = axis.low[rest] + turns * axis.shift, axis.high[rest] + turns * axis.shift
        if places and low >= 0 and high < length:
            assert (min(places), max(places)) == (low, high), (words, t)


def test_an_adaptive_pool_is_the_pool_it_equals() -> None:
    assert step("avgpool-to7", Volume(14, 28, 3)).field == step("avgpool2x4", Volume(14, 28, 3)).field


def test_nearest_samples_are_those_of_a_transposed_convolution() -> None:
    assert step("upsample3").field == step("tconv3-8:s3:valid").field == step("shuffle3", Volume(5, 5, 9)).field
    assert shape("5x5 upsample3:bilinear").layers[0].field == (Axis().through_transposed(5, 3, 1),) * 2


def test_what_is_not_followed_is_said() -> None:
    for text in ("100x101 avgpool-to65x66", "7x7 upsample65", "7x7x4225 shuffle65"):
        assert "not followed beyond 64 neighbours" in str(shape(text)).replace("\n", " ")


@pytest.mark.parametrize(
    ("text", "before", "problem", "hint"),
    [
        ("crop14x0", IMAGE, "crop14x0 cuts off all of a 28x20x8 volume", "at most 27 rows and 19 columns in all"),
        ("crop0x0x9x11", IMAGE, "crop0x0x9x11 cuts off all", "at most 27 rows and 19 columns in all"),
        ("shuffle2", Volume(7, 7, 6), "shuffle2 needs a depth that 4 divides, not 6", "depth 4 or 8 before it"),
        ("shuffle3", Volume(7, 7, 6), "shuffle3 needs a depth that 9 divides, not 6", "with conv1-9"),
        ("reshape7x7x256", Vector(12800), "takes 12544 values, and 12800 has 12800", "write reshape12800"),
        ("reshape7x7x256", Volume(7, 7, 128), "takes 12544 values, and 7x7x128 has 6272", "write reshape7x7x128"),
        ("reshape10", Vector(1), "reshape10 takes 10 values, and 1 has 1", "write reshape1"),
        ("pad2147483647", IMAGE, "is too large", "2147483647"),
        ("upsample2147483647", IMAGE, "is too large", "2147483647"),
    ],
)
def test_what_does_not_fit_is_pointed_at_with_a_cure_that_works(
    text: str, before: Shape, problem: str, hint: str
) -> None:
    with pytest.raises(NotationError, match=problem) as caught:
        step(text, before)
    error = caught.value
    assert hint in error.hint
    assert error.text[error.start : error.start + error.length] == text
    if error.hint.startswith("write "):
        step(error.hint.removeprefix("write "), before)


@pytest.mark.parametrize("text", ["avgpool-to7", "pad1", "crop1", "upsample2", "shuffle2"])
def test_they_need_rows_and_columns(text: str) -> None:
    with pytest.raises(NotationError, match="without rows and columns"):
        step(text, Vector(784))
    with pytest.raises(NotationError, match="after a waveform"):
        step(text, Waveform(100, 8000))


def test_every_rule_is_a_word() -> None:
    assert all(shape("28x28x8", example).layers[0].layer.name in RULES for example in ("pad1", "shuffle2"))
