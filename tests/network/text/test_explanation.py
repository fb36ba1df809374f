"""The arithmetic as text: every layer has its block, lines fit, sources are named."""

from __future__ import annotations

import pytest

from cnnkit.network.notation.networks import NETWORKS
from cnnkit.network.shape import shape
from cnnkit.network.text.explanation import explanation, relations_of, totals_of
from tests.cases.public_stacks import LECTURE_SOUND


def test_a_whole_layer() -> None:
    assert (
        explanation(shape("224x224x3 conv3-64:s2")).split("\n\n")[0]
        == """\
conv3-64:s2: 224x224x3 to 112x112x64
  reach                  e = d * (k - 1) + 1 = 1 * (3 - 1) + 1 = 3  [1]
  size by same           o = ceil(i / s) = ceil(224 / 2) = 112  [2]
  padding                total = max((o - 1) * s + e - i, 0)
                         = max((112 - 1) * 2 + 3 - 224, 0) = 1  [2]
  padding before         before = floor(total / 2) = floor(1 / 2) = 0  [2]
  padding after          after = ceil(total / 2) = ceil(1 / 2) = 1  [2]
  rows, columns          o = floor((i + before + after - e) / s) + 1
                         = floor((224 + 0 + 1 - 3) / 2) + 1 = 112  [1]
  depth                  kernels = 64
  parameters             k_h * k_w * depth / groups * kernels + kernels
                         = 3 * 3 * 3 / 1 * 64 + 64 = 1,792
  as a dense layer       (i_h * i_w * depth + 1) * o_h * o_w * kernels
                         = (224 * 224 * 3 + 1) * 112 * 112 * 64 = 120,847,089,664
  MACs                   o_h * o_w * kernels * k_h * k_w * depth / groups
                         = 112 * 112 * 64 * 3 * 3 * 3 / 1 = 21,676,032
  field                  r' = r + (e - 1) * jump = 1 + (3 - 1) * 1 = 3  [3]
  jump                   jump' = jump * s = 1 * 2 = 2  [3]
  start                  start' = start + ((e - 1) / 2 - before) * jump
                         = 0 + ((3 - 1) / 2 - 0) * 1 = 1  [3]"""
    )


@pytest.mark.parametrize("width", [None, 120, 80, 59, 40])
@pytest.mark.parametrize("stack", [*NETWORKS, LECTURE_SOUND, "28x28"])
def test_lines_fit_and_sources_are_listed(stack: str, width: int | None) -> None:
    text = explanation(shape(stack), width)
    assert max(map(len, text.splitlines())) <= (width or 100)
    assert all(line == line.rstrip() for line in text.splitlines())
    for number in range(1, 9):
        assert (f"  [{number}]\n" in text) == (f"\n[{number}] " in text)


@pytest.mark.parametrize(
    "text", ["28x27 conv3-8:s2", "28x28 conv3x5-8:full", "7x7 tconv2x3-8:s2", "7x7 tconv2-8:s2x1 conv3-8", "28x27"]
)
def test_there_is_a_gap_between_a_name_and_its_relation(text: str) -> None:
    """Names with an axis behind them are longer than others."""
    stack = shape(text)
    for width in (None, 60):
        lines = explanation(stack, width).splitlines()
        assert max(map(len, lines)) <= (width or 100)
        for name in {relation.name for found in relations_of(stack) for relation in found}:
            assert any(line.startswith(f"  {name} ") for line in lines), name


def test_symbols_of_an_upscaling_are_explained_where_they_occur() -> None:
    assert "low and high are the first" in explanation(shape("7x7 tconv2-8:s2")).replace("\n", " ")
    assert "low and high" in explanation(shape("7x7 avgpool-to4")).replace("\n", " ")
    assert "unlike parts" not in explanation(shape("7x7 conv3-8"))


def test_every_layer_has_a_block() -> None:
    stack = shape("vgg16")
    assert len(explanation(stack).split("\n\n")) == len(stack.layers) + 2
    assert len(relations_of(stack)) == len(stack.layers)


def test_a_layer_that_changes_nothing_says_so() -> None:
    assert "relu: 28x28x1 to 28x28x1\n  the shape stays, nothing is learned\n" in explanation(shape("28x28 relu"))


def test_seconds_and_frames() -> None:
    text = explanation(shape("51200@22050 mfcc13"))
    assert "frames = ceil(N / H) = ceil(51200 / 512) = 100" in text
    assert "frames * H / rate = 100 * 512 / 22050 = 2.322" in text


@pytest.mark.parametrize("text", [*NETWORKS, LECTURE_SOUND])
def test_totals_are_sums(text: str) -> None:
    stack = shape(text)
    found = {relation.name: relation for relation in totals_of(stack)}
    assert found["parameters"].value == stack.parameters == eval(found["parameters"].numbers)
    assert found["MACs"].value == stack.macs == eval(found["MACs"].numbers)
    assert found["activations"].value == stack.activations == eval(found["activations"].numbers)
    assert found["bytes"].value == stack.activation_bytes


def test_the_stack_explains_itself() -> None:
    stack = shape("28x28 conv3-8")
    assert stack.explain() == explanation(stack)


def test_values_that_are_not_stored_are_named() -> None:
    stack = shape("28x28 reshape7x7x16 flatten")
    assert next(relation for relation in totals_of(stack) if relation.name == "activations")[2:] == (
        "the input and every output but flatten's and reshape's",
        "784",
        784,
        "",
    )
