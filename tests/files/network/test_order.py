"""Operators in an order in which they can be computed."""

from __future__ import annotations

import random

import pytest

from cnnkit.data.network.model import ModelNode
from cnnkit.errors import InputError
from cnnkit.files.network.order import ordered


def node(name: str, takes: str, makes: str) -> ModelNode:
    return ModelNode("Op", "", name, tuple(takes.split()), tuple(makes.split()), {})


CHAIN = [node("a", "x w", "p"), node("b", "p", "q r"), node("c", "q p", "s"), node("d", "s r", "y")]


def test_what_stands_in_order_stays() -> None:
    assert ordered(CHAIN, ["x"], ["w"]) == tuple(CHAIN)


@pytest.mark.parametrize("seed", range(10))
def test_any_order_becomes_one(seed: int) -> None:
    mixed = random.Random(seed).sample(CHAIN, len(CHAIN))
    assert [one.name for one in ordered(mixed, ["x"], ["w"])] == ["a", "b", "c", "d"]


def test_many_are_quick() -> None:
    many = [node(str(n), f"v{n}", f"v{n + 1}") for n in range(50_000)]
    assert ordered(many[::-1], ["v0"], []) == tuple(many)


@pytest.mark.parametrize(
    ("nodes", "problem"),
    [
        ([node("a", "y", "p"), node("b", "p", "y")], "2 operators wait for each other in a circle, Op 'a' among them"),
        ([node("a", "y", "y")], "Op 'a' takes what it makes itself"),
        ([node("a", "z", "y")], "Op 'a' takes 'z', which no operator makes"),
        ([node("a", "x", "y"), node("b", "x", "y")], "two operators make the value 'y'"),
        ([node("a", "x", "x")], "two operators make the value 'x'"),
        ([node("a", "x", "w")], "two operators make the value 'w'"),
        ([node("a", "x", "y y")], "two operators make the value 'y'"),
    ],
)
def test_contradictions(nodes: list[ModelNode], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        ordered(nodes, ["x"], ["w"])


def test_what_is_left_out_is_no_value() -> None:
    assert len(ordered([ModelNode("Op", "", "", ("x", ""), ("y", ""), {})], ["x"], [])) == 1
