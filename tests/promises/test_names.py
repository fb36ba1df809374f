"""The default names of results: other settings give another name, of words of the layer notation, safe anywhere."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.cli.convolution import result_names
from cnnkit.data.kernels.kernel import Kernel, grid_name, layer
from cnnkit.data.recipes.dialects import DIALECTS
from cnnkit.data.recipes.recipe import KINDS, features_name
from cnnkit.geometry.padding import Padding
from cnnkit.network.shape import shape
from cnnkit.operations.convolution.combine import WAYS, combined_name
from cnnkit.operations.convolution.settings import Convolution, read_convolution
from cnnkit.operations.pooling.settings import KINDS as POOLS
from cnnkit.operations.pooling.settings import read_pooling

SAFE = re.compile(r"[a-z0-9]([a-z0-9.+-]*[a-z0-9])?")

pairs = st.sampled_from(["1", "2", "1x2", "2x1", "21", "2x2", "12"])
paddings = st.sampled_from(
    ["same", "same-lower", "valid", "full", "0", "1", "1x1", "1x2", "2x1", "1x2x1x2", "12", "0x0", "0x1x0x1"]
)
kernels = st.sampled_from(
    (
        "edge", "sobel", "sobel:1", "sobel:-1", "sobel:1.5", "gaussian", "gaussian:2", "gaussian:sigma=1,size=3",
        "gaussian:sigma=13", "gaussian:2x1", "gaussian:1x2", "box:21", "box:2x1", "sobel:size=5", "sobel-x:5",
        "gaussian-x:2", "1 0 -1", "1, 0, -1", "1; 0; -1", "1 0 -1.0000001", "1 0 1; 0 0 0",
    )
)  # fmt: skip
convolutions = st.fixed_dictionaries(
    {"kernel": kernels, "stride": pairs, "padding": paddings, "dilation": pairs}
    | {"depth": st.sampled_from(["each", "sum", "grey"])}
)
windows = st.fixed_dictionaries(
    {"size": pairs, "padding": paddings, "dilation": pairs},
    optional={"stride": pairs, "ceil": st.booleans()},
)
pools = st.one_of(windows, st.just({"size": "global"}), st.fixed_dictionaries({"adaptive": pairs}))
kinds = st.one_of(
    st.fixed_dictionaries({"kind": st.sampled_from([*POOLS])}),
    st.fixed_dictionaries({"kind": st.just("lp"), "p": st.sampled_from([1, 2.0, 3, 0.5, 1e-7, 1.0000001, 1e30])}),
)


def resolved(padding: str | Padding) -> str | Padding:
    """The padding, and one way to say that there is none."""
    return "valid" if padding == Padding(0, 0, 0, 0) else padding


def meaning(kernel: str, convolution: Convolution) -> tuple[Any, ...]:
    """What settings mean; of a literal, its weights."""
    weights = convolution.kernel.weights
    said = (weights.shape, weights.tobytes()) if kernel.startswith("1") else kernel
    return said, convolution.window, resolved(convolution.padding), convolution.depth


@given(st.lists(convolutions, min_size=2, max_size=40))
def test_convolutions_share_a_name_only_where_they_are_the_same(several: list[dict[str, Any]]) -> None:
    made = [(settings["kernel"], read_convolution(**settings)) for settings in several]
    names = {convolution.name for _, convolution in made}
    assert len(names) == len({meaning(*one) for one in made})
    assert all(map(SAFE.fullmatch, names))


@given(st.lists(st.tuples(pools, kinds), min_size=2, max_size=40))
def test_pools_share_a_name_only_where_they_are_the_same(several: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    poolings = [read_pooling(**settings, **kind) for settings, kind in several]
    names = {pooling.name for pooling in poolings}
    assert len(names) == len({pooling._replace(padding=resolved(pooling.padding)) for pooling in poolings})
    assert all(map(SAFE.fullmatch, names))


@given(windows, st.sampled_from(["max", "average"]))
def test_the_name_of_a_pool_is_its_word_in_a_stack(settings: dict[str, Any], kind: str) -> None:
    pooling = read_pooling(**settings, kind=kind)
    word = re.sub("-(?!lower)", ":", pooling.name)
    read = shape("999x999", word).layers[0].layer
    assert (read.window, read.ceil) == (pooling.window, pooling.ceil)
    assert read.place((999, 999)) == pooling.windows((999, 999)).placement


def test_the_words_of_a_convolution_are_those_of_a_stack() -> None:
    for stride, padding, dilation in product(
        ("1", "2x1"), ("same", "same-lower", "full", "1x2", "0x1x0x1"), ("1", "2")
    ):
        convolution = read_convolution("edge", stride=stride, padding=padding, dilation=dilation)
        settings = re.sub("-(?!lower)", ":", convolution.name.removeprefix("edge"))
        read = shape("999x999", f"conv3-1{settings}").layers[0].layer
        assert read.window == convolution.window
        assert read.place((999, 999)) == convolution.place((999, 999))


@pytest.mark.parametrize(("kind", "word"), [("max", "maxpool-to7x5"), ("average", "avgpool-to7x5")])
def test_the_name_of_an_adaptive_pool_is_its_word_in_a_stack(kind: str, word: str) -> None:
    assert read_pooling(adaptive="7x5", kind=kind).name == word
    assert shape("999x999", word).output[:2] == (7, 5)


def test_features_of_other_dialects_and_kinds_have_other_names() -> None:
    for numbers in (None, 13, 20):
        names = [features_name(dialect, kind, numbers) for dialect in DIALECTS for kind in KINDS]
        assert len(set(names)) == len(names)
        assert all(map(SAFE.fullmatch, names))


@pytest.mark.parametrize(
    ("weights", "name"),
    [
        ([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], "k3x3-8819"),
        ([[1, 0, -1]], "k1x3-6f1b"),
        ([[1], [0], [-1]], "k3x1-6f1b"),
        ([[1, -0.0, -1]], "k1x3-6f1b"),
    ],
)
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<f8", ">f8"])
def test_weights_are_named_alike_on_every_machine(
    weights: list[list[float]], name: str, order: Any, dtype: str
) -> None:
    assert grid_name(np.array(weights, dtype=dtype, order=order)) == name


def test_a_layer_is_named_by_its_kernels_in_their_order() -> None:
    several = [Kernel(np.eye(3), f"kernel{number}") for number in range(20)]
    assert layer(several[:2]).name == "kernel0+kernel1"
    assert layer(several[1::-1]).name == "kernel1+kernel0"
    names = {layer(several[first:]).name for first in range(4)}
    assert len(names) == 4
    assert all(re.fullmatch(r"maps\d+-[0-9a-f]{4}", name) for name in names)


@given(st.lists(kernels, min_size=2, max_size=4), pairs, st.sampled_from([*WAYS]))
def test_combined_results_are_named_by_all_that_made_them(several: list[str], stride: str, way: str) -> None:
    made = [read_convolution(kernel, stride=stride) for kernel in several]
    name = combined_name(way, made)
    assert SAFE.fullmatch(name)
    assert name.endswith(f"-{way}")
    assert name not in {one.name for one in made}
    assert (name == combined_name(way, made[::-1])) == (
        [m.kernel.name for m in made] == [m.kernel.name for m in made[::-1]]
    )


@given(st.lists(st.sampled_from(["k", "K", "k2", "k-s2", "K-S2", "k2-s2"]), max_size=12))
def test_the_names_of_one_command_never_meet(names: list[str]) -> None:
    results = result_names(names)
    assert len({name.casefold() for name in results}) == len(names)
    assert all(result.startswith(name) for result, name in zip(results, names, strict=True))
