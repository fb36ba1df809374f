"""Whole networks against the slow twin, whatever is joined, kept, forced or shared among threads."""

import threading
from typing import Any

import numpy as np
import pytest

from cnnkit.data.network.graph import Network
from cnnkit.errors import ArgumentError
from cnnkit.network.shape import shape
from cnnkit.operations.network.initial import random_parameters
from cnnkit.operations.network.program import Program
from cnnkit.operations.network.stacks import network
from tests.reference.networks import assert_close, evaluate

STACKS = (
    "12x13x3 conv3-8 relu maxpool2 conv3-16:s2 bn relu flatten fc10 softmax",
    "40x40x32 conv3-32 bn mark:a conv3-33 bn relu conv3-32 bn add:a relu gap fc3",
    "9x9x4 mark:in dwconv3 bn relu conv1-8 bn from:in conv1-8 bn add:. relu",
    "20x24x6 conv1-24 relu dwconv5:s2 relu conv1-5 mark:a dwconv3 conv1-5 add:a leakyrelu",
    "8x8x2 mark:a conv3-2 add:a mark:b conv3-2 add:b relu avgpool3:s2:p1:ceil",
    "7x7x3 mark:a conv1-4 relu mark:b from:a conv3-4 relu mark:c from:a maxpool3:s1:same cat:b:c tconv2-3:s2 bn relu",
    "6x6x4 conv3-1 sigmoid upsample2 shuffle1 pad1 crop1x0 conv2-4:g1:valid gelu elu tanh hardswish silu",
)


def made(text: str, batch: int = 1, seed: int = 0) -> Network:
    stack = shape(
        text.replace("add:.", "add:x").replace("from:in conv1-8 bn add:x", "mark:x from:in conv1-8 bn add:x"),
        batch=batch,
    )
    learned = random_parameters(stack, seed)
    rng = np.random.default_rng(seed)
    for parameters in learned.values():
        for name, array in parameters.items():
            if name != "weights":
                parameters[name] = (array + rng.uniform(0.1, 0.5, array.shape)).astype(np.float32)
    return network(stack, learned)


def image(net: Network, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=net.graph.input).astype(np.float32)


@pytest.mark.parametrize("text", STACKS)
def test_stacks(text: str, engine: str) -> None:
    net = made(text, batch=2 if engine == "compiled" else 1)
    x = image(net)
    expected = evaluate(net.graph, x)
    assert_close(Program(net.graph).run(x)[net.graph.output], expected[net.graph.output])


@pytest.mark.parametrize("text", STACKS)
def test_every_value_can_be_kept(text: str) -> None:
    net = made(text)
    x = image(net)
    expected, everything = evaluate(net.graph, x), range(len(net.graph.nodes) + 1)
    for keep in (everything, net.values, everything[::2]):
        found = Program(net.graph, keep).run(x)
        assert found.keys() == {*keep, net.graph.output}
        for value, array in found.items():
            assert_close(array, expected[value])


@pytest.mark.parametrize("text", STACKS)
@pytest.mark.parametrize("algorithm", ["auto", "direct"])
def test_threads_change_no_bit_and_neither_does_another_run(text: str, algorithm: str) -> None:
    net = made(text)
    x = image(net)
    first = Program(net.graph, algorithm=algorithm, threads=1).run(x)[net.graph.output]
    for threads in (1, 2, 3):
        program = Program(net.graph, algorithm=algorithm, threads=threads)
        program.run(image(net, 1))
        for _ in range(3):
            np.testing.assert_array_equal(program.run(x)[net.graph.output], first)


def test_direct_sums_are_nearer() -> None:
    net = made("36x36x64 conv3-64 conv3-64 conv3-64 conv3-64")
    x = image(net)
    expected = evaluate(net.graph, x)[net.graph.output]
    direct = Program(net.graph, algorithm="direct").run(x)[net.graph.output]
    assert_close(direct, expected, 2e-6)
    assert (direct != Program(net.graph).run(x)[net.graph.output]).any()


def test_a_strip_that_products_cannot_hold_is_summed_directly() -> None:
    net = made("40x40x32 conv3-32 relu")
    x = image(net)
    x[0, 5, 5, 0] = 1e30
    x[0, 30, 30, 1] = np.nan
    program = Program(net.graph)
    for _ in range(2):
        assert_close(program.run(x)[net.graph.output], evaluate(net.graph, x)[net.graph.output])
        clean = image(net, 5)
        assert_close(program.run(clean)[net.graph.output], evaluate(net.graph, clean)[net.graph.output])


def test_programs_in_several_threads() -> None:
    nets = [made(text) for text in STACKS[:3]]
    failures: list[BaseException] = []

    def run(net: Network) -> None:
        try:
            program, x = Program(net.graph, threads=2), image(net)
            first = program.run(x)[net.graph.output]
            for _ in range(20):
                np.testing.assert_array_equal(program.run(x)[net.graph.output], first)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(net,)) for net in nets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_an_unknown_algorithm_is_told() -> None:
    with pytest.raises(ArgumentError, match="unknown algorithm 'dirct'"):
        Program(made(STACKS[0]).graph, algorithm="dirct")


def test_memory_is_that_of_few_values() -> None:
    net = made("64x64x16 " + "conv3-16 relu " * 20)
    assert Program(net.graph).nbytes < 3.2 * 64 * 64 * 16 * 4
