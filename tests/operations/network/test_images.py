"""Batches run image by image: where that is chosen, and that it changes no bit."""

import threading
import time
from typing import Any

import numpy as np
import pytest

from cnnkit.data.network.graph import (
    Activate,
    Add,
    Compute,
    Concatenate,
    Convolve,
    ConvolveTransposed,
    Dense,
    Graph,
    Node,
    Pool,
    Reshape,
)
from cnnkit.geometry.padding import Padding
from cnnkit.geometry.window import Window
from cnnkit.network.shape import shape
from cnnkit.operations.network import program as room
from cnnkit.operations.network.images import image_by_image
from cnnkit.operations.network.initial import random_parameters
from cnnkit.operations.network.program import Program
from cnnkit.operations.network.stacks import network
from tests.reference.in_place import drawn
from tests.reference.networks import assert_close, evaluate

STACKS = (
    "24x24x3 conv3-32 bn relu dwconv3 relu conv1-64 relu maxpool2 conv3-64 mark:a conv3-64 add:a gap fc5 softmax",
    "20x20x40 conv3-40 relu mark:a conv1-16 cat:a dwconv3:s2 flatten fc7",
)


def made(text: str, batch: int) -> Graph:
    stack = shape(text, batch=batch)
    return network(stack, random_parameters(stack, 0)).graph


def image_alone(operation: Any, size: Any = (2, 4, 4, 8), output: Any = None, threads: int = 2) -> Graph | None:
    return image_by_image(Graph(size, (Node(operation, (0,), output or size),), 1), threads)


@pytest.mark.parametrize("text", STACKS)
@pytest.mark.parametrize("batch", [2, 5])
@pytest.mark.parametrize("algorithm", ["auto", "direct"])
def test_the_bits_of_a_batch(text: str, batch: int, algorithm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = made(text, batch)
    x, keep = drawn(1, *graph.input), range(len(graph.nodes) + 1)
    each = Program(graph, keep, algorithm=algorithm, threads=1)
    assert len(each._each) == 1
    found, again = each.run(x), Program(graph, keep, algorithm=algorithm, threads=batch).run(x)
    monkeypatch.setattr(room, "image_by_image", lambda graph, threads: None)
    whole = Program(graph, keep, algorithm=algorithm, threads=2).run(x)
    assert found.keys() == again.keys() == whole.keys() == set(keep)
    for value, expected in whole.items():
        assert found[value].tobytes() == again[value].tobytes() == expected.tobytes()
    assert_close(found[graph.output], evaluate(graph, x)[graph.output])


def test_memory_is_that_of_an_image_for_each_thread() -> None:
    one, eight = made(STACKS[0], 1), made(STACKS[0], 8)
    assert Program(eight, threads=2).nbytes == 2 * Program(one, threads=1).nbytes


def test_weights_are_packed_once_for_all_threads() -> None:
    program = Program(made(STACKS[0], 4), threads=4)
    tables = [[array for work in one._team._work for array in _arrays(work)] for one in program._each]
    large = [{id(array) for array in some if array.size >= 32 * 64} for some in tables]
    shared = set.intersection(*large)
    assert len(shared) >= 3  # conv1-64 and twice conv3-64


def _arrays(work: Any) -> list[Any]:
    found = []
    for bound in getattr(work, "_bound", []):
        for one in bound._arguments:
            whole = one
            while isinstance(whole, np.ndarray) and isinstance(whole.base, np.ndarray):
                whole = whole.base
            found += [whole] if isinstance(whole, np.ndarray) else []
    return found


def test_threads_take_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread that is held up does not hold up the images of others."""
    graph, seen = made("6x6x2 conv3-2 relu", 8), []
    run = Program.run

    def slow(self: Program, values: Any) -> Any:
        if self.graph is not graph:
            seen.append(threading.get_ident())
            time.sleep(0.05 if seen[0] == seen[-1] else 0)
        return run(self, values)

    monkeypatch.setattr(Program, "run", slow)
    Program(graph, threads=2).run(drawn(0, *graph.input))
    assert len(seen) == 8
    assert seen.count(seen[0]) < 4


def test_where_it_is_chosen() -> None:
    relu = Activate("relu")
    assert image_alone(relu, threads=1) is not None
    assert image_alone(relu) == Graph((1, 4, 4, 8), (Node(relu, (0,), (1, 4, 4, 8)),), 1)
    assert image_alone(relu, (1, 4, 4, 8)) is None
    assert image_alone(relu, threads=3) is None  # the third thread would have nothing to do
    assert image_alone(relu, (3, 4, 4, 8)) is None  # two rounds, of which the second is half empty
    assert image_alone(relu, (7, 4, 4, 8)) is not None


def test_more_weights_than_values_are_read_once_for_a_batch() -> None:
    dense = Dense(drawn(0, 128, 8), None)
    assert image_alone(dense, (2, 128), (2, 8)) is None
    small = Convolve(drawn(0, 1, 1, 8, 2), None, Window((1, 1)), Padding(0, 0, 0, 0), 1)
    assert image_alone(small, output=(2, 4, 4, 2)) is not None


def test_images_that_meet_stay_together() -> None:
    assert image_alone(Compute("mean", lambda x: x - x.mean(axis=0))) is None
    assert image_alone(Compute("less", lambda x: x - 1, is_by_image=True)) is not None
    assert image_alone(Reshape(), output=(4, 4, 4, 4)) is None
    assert image_alone(Reshape(), output=(2, 128)) is not None
    join = Node(Concatenate(0), (0, 0), (4, 4, 4, 8))
    assert image_by_image(Graph((2, 4, 4, 8), (join,), 1), 2) is None
    sides = [
        Node(Activate("relu"), (0,), (2, 4, 4, 8)),
        Node(Compute("one", lambda x: x[..., :1], True), (0,), (2, 4, 4, 1)),
    ]
    added = Graph((2, 4, 4, 8), (*sides, Node(Add(), (1, 2), (2, 4, 4, 8))), 3)
    assert image_by_image(added, 2) is None


def test_what_is_chosen_by_the_number_of_images_stays_together() -> None:
    """Their bits would be others."""
    mean = Pool((("kind", "average"), ("adaptive", (1, 1))))
    assert image_alone(mean, output=(2, 8)) is not None
    assert image_alone(mean, (32, 130, 1, 4), (32, 4)) is None
    assert image_alone(ConvolveTransposed(drawn(0, 1, 1, 8, 8), None, Window((1, 1)), Padding(0, 0, 0, 0))) is None
    assert image_alone(Convolve(drawn(0, 1, 1, 8, 8), None, Window((1, 1)), Padding(0, 0, 0, 0))) is not None


def test_a_batch_of_another_size_is_refused() -> None:
    program = Program(made("6x6x2 conv3-2 relu", 4), threads=2)
    for count in (3, 5):
        with pytest.raises(ValueError, match="broadcast"):
            program.run(drawn(0, count, 6, 6, 2))


def test_a_failure_is_raised() -> None:
    def fail(x: Any) -> Any:
        raise KeyError("here")

    graph = Graph((4, 3), (Node(Compute("fail", fail, is_by_image=True), (0,), (4, 3)),), 1)
    with pytest.raises(KeyError, match="here"):
        Program(graph, threads=2).run(drawn(0, 4, 3))
