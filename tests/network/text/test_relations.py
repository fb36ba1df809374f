"""The arithmetic that is shown, evaluated: symbols and numbers both give the value that the table prints."""

from __future__ import annotations

import math
from itertools import product
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.errors import CnnkitError
from cnnkit.network.notation.networks import NETWORKS
from cnnkit.network.receptive_field import ITSELF
from cnnkit.network.shape import Stack, shape
from cnnkit.network.text.explanation import relations_of
from cnnkit.network.text.relations import LONGEST, PYTORCH, WIDEST, Relation, relations
from tests.cases.public_stacks import LECTURE_SOUND
from tests.network.notation.test_spec import layers

FUNCTIONS = {"floor": floor, "ceil": ceil, "max": max}


def check(stack: Stack) -> None:
    for step, found in zip(stack.layers, relations_of(stack), strict=True):
        known: dict[str, float] = {}
        for relation in found:
            value = eval(relation.numbers, dict(FUNCTIONS))
            assert math.isclose(value, relation.value, rel_tol=1e-12), (step.layer.spec, relation)
            known[relation.name] = relation.value
        assert known.get("parameters", 0) == step.parameters
        assert known.get("MACs", 0) == step.macs
        if "as a dense layer" in known:
            dense = shape(f"{step.input.values}x1x1 flatten fc{step.output.values}{':nobias' * (not step.layer.bias)}")
            assert known["as a dense layer"] == dense.parameters
        assert ("as a dense layer" in known) == (step.layer.name in ("conv", "dwconv", "tconv"))
        if "rows, columns" in known:
            assert (known["rows, columns"],) * 2 == step.output[:2]
        elif "rows" in known:
            assert (known["rows"], known["columns"]) == step.output[:2]
        if {"padding before", "padding after"} <= set(known) and step.placement is not None:
            assert {known["padding before"]} >= {step.placement.padding.top}
        if step.field is not None and "field" in known:
            assert known["field"] == step.field[0].size == step.field[1].size


@pytest.mark.parametrize(
    "stack", [*NETWORKS, LECTURE_SOUND, "16000@16000 logmel40:psf", "99@8000 mfcc13:psf conv3-8", "9@8 waveform"]
)
def test_networks(stack: str) -> None:
    check(shape(stack))


@given(st.integers(5, 40), st.integers(5, 40), st.lists(layers(largest=9), max_size=3))
def test_any_stack(rows: int, columns: int, words: list[str]) -> None:
    try:
        stack = shape(f"{rows}x{columns}x4", *words)
    except CnnkitError:
        return
    check(stack)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("224x224x3 conv3-64", "MACs = 224 * 224 * 64 * 3 * 3 * 3 / 1"),
        ("224x224x3 conv3-64", "parameters = 3 * 3 * 3 / 1 * 64 + 64"),
        ("224x224x3 conv3-64:nobias", "parameters = 3 * 3 * 3 / 1 * 64"),
        ("224x224x3 conv3-64:s2", "padding = max((112 - 1) * 2 + 3 - 224, 0)"),
        ("224x224x3 conv3-64:s2", "padding before = floor(1 / 2)"),
        ("224x224x3 conv3-64:s2:same-lower", "padding before = ceil(1 / 2)"),
        ("224x224x3 conv3-64:full", "padding before, after = 3 - 1"),
        ("28x28 conv3-8:d2", "reach = 2 * (3 - 1) + 1"),
        ("28x27 maxpool2", "rows = floor((28 + 0 + 0 - 2) / 2) + 1"),
        ("28x27 maxpool2", "columns = floor((27 + 0 + 0 - 2) / 2) + 1"),
        ("27x27 maxpool2:ceil", "rows, columns = ceil((27 + 0 + 0 - 2) / 2) + 1"),
        # Its last window would begin in the padding: PyTorch drops it, and so it is said.
        ("4x4 maxpool1:s3:p1:ceil", "rows, columns = ceil((4 + 1 + 1 - 1) / 3) + 1 - 1"),
        ("224x224x3 conv3-64", "as a dense layer = (224 * 224 * 3 + 1) * 224 * 224 * 64"),
        ("224x224x3 conv3-64:s2:nobias", "as a dense layer = 224 * 224 * 3 * 112 * 112 * 64"),
        ("28x28x8 dwconv3:m2", "as a dense layer = (28 * 28 * 8 + 1) * 28 * 28 * 8 * 2"),
        ("7x7x8 tconv3-4:s2:p1:op1", "as a dense layer = (7 * 7 * 8 + 1) * 14 * 14 * 4"),
        ("28x28x8 dwconv3:m2", "parameters = 3 * 3 * 8 * 2 + 8 * 2"),
        ("7x7x8 tconv3-4:s2:p1:op1", "rows, columns = 2 * (7 - 1) + 3 - 1 - 1 + 1"),
        ("7x7x8 tconv3-4:s2:p1:op1", "MACs = 7 * 7 * 4 * 3 * 3 * 8 / 1"),
        ("7x7x8 tconv2-4:s2", "jump = 1 / 2"),
        ("7x7x8 tconv2-4:s2 conv3-4:s3", "jump = 1/2 * 3"),
        ("28x28x8 bn", "parameters = 2 * 8"),
        ("28x28x8 groupnorm4", "parameters = 2 * 8"),
        ("28x28x8 prelu", "parameters = 1"),
        ("28x28x8 prelu:channels", "parameters = 8"),
        ("8x9x4 avgpool-to7", "rows, columns = 7"),
        ("8x9x4 avgpool-to7", "largest window (rows) = ceil((0 + 1) * 8 / 7) - floor(0 * 8 / 7)"),
        ("8x9x4 avgpool-to7", "largest window (columns) = ceil((3 + 1) * 9 / 7) - floor(3 * 9 / 7)"),
        ("8x9x4 avgpool-to7", "field (columns) = 5 - 3 + 1"),
        ("8x9x4 avgpool-to7", "jump (columns) = 1 * 9 / 7"),
        ("14x14 maxpool-to7", "largest window = ceil((0 + 1) * 14 / 7) - floor(0 * 14 / 7)"),
        ("7x7 upsample2x3", "rows = 7 * 2"),
        ("7x7 upsample2x3", "columns = 7 * 3"),
        ("7x7 upsample2:bilinear", "field = 0 - -1 + 1"),
        ("7x7x8 shuffle2", "depth = 8 / (2 * 2)"),
        ("7x7x8 upsample2 upsample2", "jump = 1/2 / 2"),
        ("7x7 pad0x1x2x3", "columns = 7 + 2 + 3"),
        ("7x7 crop0x1x2x3", "columns = 7 - 2 - 3"),
        ("10 reshape1x2x5", "values = 1 * 2 * 5"),
        ("51200@22050 spectrogram:win25ms", "bins = floor(1024 / 2) + 1"),
        ("51200@22050 spectrogram:hop10ms", "frames = ceil(51200 / 221)"),
        ("51200@22050 waveform", "columns = 51200"),
        ("28x27x8 flatten", "values = 28 * 27 * 8"),
        ("28x28x8 gap", "values = 8"),
        ("28x28x8 gap fc10", "parameters = 8 * 10 + 10"),
        ("51200@22050 mfcc13", "frames = ceil(51200 / 512)"),
        ("51200@22050 mfcc13", "seconds = 100 * 512 / 22050"),
        ("51200@22050 mfcc13:psf", "frames = 1 + ceil((51200 - 2048) / 512)"),
    ],
)
def test_numbers(text: str, expected: str) -> None:
    assert expected in [f"{relation.name} = {relation.numbers}" for relation in relations_of(shape(text))[-1]]


def test_every_published_relation_names_its_source() -> None:
    counted = {"depth", "parameters", "as a dense layer", "MACs", "values", "seconds"}
    unsourced = (LONGEST, WIDEST, "jump / s", "i - before - after", "N")
    for stack in [*NETWORKS, LECTURE_SOUND]:
        for found in relations_of(shape(stack)):
            names = {relation.name for relation in found if not relation.source and relation.symbols not in unsourced}
            assert names - ({"field", "jump"} if found and found[0].source == PYTORCH else set()) <= counted


def test_the_field_begins_with_the_layer_before() -> None:
    first, second = relations_of(shape("28x28 conv3-8 conv5-8:s2"))

    def field(found: list[Relation]) -> list[str]:
        return [relation.numbers for relation in found[-3:]]

    assert field(first) == ["1 + (3 - 1) * 1", "1 * 1", "0 + ((3 - 1) / 2 - 1) * 1"]
    assert field(second) == ["3 + (5 - 1) * 1", "1 * 2", "0 + ((5 - 1) / 2 - 1) * 1"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("7x7 tconv2-4:s2x1 conv3-4",
         ["field (rows)", "field (columns)", "jump (rows)", "jump (columns)", "start (columns)"]),
        ("7x7 tconv2-4:s1x65 conv3-4", ["field (rows)", "jump (rows)", "start (rows)"]),
    ],
)  # fmt: skip
def test_after_an_upscaling_of_one_axis_the_other_is_explained(text: str, names: list[str]) -> None:
    check(shape(text))
    found = [relation.name for relation in relations_of(shape(text))[-1]]
    assert found[found.index("MACs") + 1 :] == names


def test_what_is_not_followed_is_not_explained() -> None:
    step = shape("7x7 tconv65-8:s65").layers[0]
    assert not {"field", "jump"} & {relation.name for relation in relations(step, ITSELF)}


def test_the_largest_window_of_an_adaptive_pool_is_the_largest() -> None:
    for length, count in product(range(1, 40), range(1, 20)):
        widths = [-(-(t + 1) * length // count) - t * length // count for t in range(count)]
        found = relations(shape(f"{length}x1 avgpool-to{count}x1").layers[0], ITSELF)
        assert next(relation.value for relation in found if relation.name.startswith("largest window")) == max(widths)
