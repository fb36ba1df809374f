"""The order of layers out of their names, where the file has them in that of the alphabet."""

from __future__ import annotations

import random

import numpy as np
import pytest

from cnnkit.data.network.weights import Weights, tensor
from cnnkit.network.shape import shape
from cnnkit.operations.network.groups import Group, groups
from cnnkit.operations.network.layouts import Layout, Need, fits, needs
from cnnkit.operations.network.succession import Names, are_told_apart, by_name, is_alphabetical, path, succession
from tests.cases.state_dicts import STATE_DICTS

OIHW = Layout("oihw", "oihw")


def record(**shapes: tuple[int, ...]) -> Weights:
    return Weights({name: tensor(np.zeros(shape, np.float32)) for name, shape in shapes.items()})


def titles(found: list[Group] | None) -> list[str] | None:
    return None if found is None else [group.title for group in found]


def arranged(weights: Weights, *words: str) -> list[str] | None:
    found = groups(weights)
    wanted = needs(shape(*words))
    return titles(succession(found, wanted, lambda group, need: fits(group, need, OIHW), Names.of(found)))


def test_files_in_the_order_of_their_names() -> None:
    assert is_alphabetical(record(**{"a.bias": (1,), "a.weight": (1,), "b.bias": (1,)}))
    assert not is_alphabetical(record(**{"a.weight": (1,), "a.bias": (1,)}))
    mixed = Weights({"b": tensor(np.zeros(1, np.int64)), "z": tensor(np.zeros(1, np.float32)), "c": tensor([1])})
    assert is_alphabetical(mixed)  # type by type


def test_numbers_stand_by_their_size() -> None:
    weights = record(
        **{f"features.{n}.weight": (1, 2) for n in (10, 2, 0)}, **{"conv2d_1.w": (1, 2), "conv2d.w": (1, 2)}
    )
    assert titles(by_name(groups(weights))) == ["conv2d", "conv2d_1", "features.0", "features.2", "features.10"]
    assert path("inception3a.branch1.conv")[0] == ("inception#a", (3,))


def test_which_names_say_what_comes_first() -> None:
    def layer(title: str) -> Group:
        return Group(title, {}, {}, frozenset())

    assert are_told_apart(layer("layer1.0.bn1"), layer("layer1.0.bn2"))
    assert are_told_apart(layer("layer1.0.bn1"), layer("layer2.0.downsample.1"))
    assert not are_told_apart(layer("bn1"), layer("layer1.0.bn1"))
    assert not are_told_apart(layer("layer2.0.bn2"), layer("layer2.0.downsample.1"))


def test_the_norm_behind_conv0_is_norm0() -> None:
    weights = record(
        **{"block1.conv1.weight": (4, 4, 3, 3), "block1.norm1.running_mean": (4,), "block1.norm1.running_var": (4,)},
        **{"block1.norm1.weight": (4,), "block1.norm1.bias": (4,), "conv0.weight": (4, 3, 3, 3)},
        **{f"norm0.{part}": (4,) for part in ("weight", "bias", "running_mean", "running_var")},
    )
    words = ("8x8x3", "conv3-4:nobias", "bn", "bn", "conv3-4:nobias")
    assert arranged(weights, *words) == ["conv0", "norm0", "block1.norm1", "block1.conv1"]


def test_a_module_is_finished_before_another_begins() -> None:
    weights = record(**{"a.one.weight": (4, 4), "a.two.weight": (4, 4), "b.one.weight": (4, 4), "b.two.weight": (5, 4)})
    fcs = ["fc4:nobias", "fc4:nobias", "fc4:nobias", "fc5:nobias"]
    assert arranged(weights, "4", *fcs) == ["a.one", "a.two", "b.one", "b.two"]


def test_no_order_is_found_where_modules_would_be_mixed() -> None:
    weights = record(**{"a.1.weight": (5, 4), "a.2.weight": (7, 6), "b.1.weight": (6, 5), "b.2.weight": (8, 7)})
    assert arranged(weights, "4", "fc5:nobias", "fc6:nobias", "fc7:nobias", "fc8:nobias") is None


def test_which_layers_are_counted_before_others() -> None:
    names = Names.of(groups(record(**{f"{title}.w": (2, 2) for title in ("a.2.x", "a.10.x", "a.1", "b2", "b1.c")})))
    # Numbers by their size, within a module and a word alone; bits are a.2.x, a.10.x, a.1, b2, b1.c.
    assert names.earlier == [0b00100, 0b00101, 0, 0b10000, 0]
    assert names.members[(("a", ()),)] == 0b00111


@pytest.mark.parametrize("name", ["resnet18", "squeezenet1.1"])
def test_the_order_of_the_file_does_not_matter(name: str) -> None:
    tensors = {title: tensor(values) for title, values in STATE_DICTS[name]().items()}
    stack = needs(shape(name))

    def can_be(group: Group, need: Need) -> bool:
        return fits(group, need, OIHW)

    wanted = titles(groups(Weights(tensors)))
    mixed = [*tensors.items()]
    random.Random(1).shuffle(mixed)
    found = groups(Weights(dict(mixed)))
    assert titles(succession(found, stack, can_be, Names.of(found))) == wanted
