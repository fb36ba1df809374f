"""``cnnkit weights``: the tensors of a file of weights, and whose they are in a stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cnnkit.cli import options, running

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnkit.cli.report import Report
    from cnnkit.data.network.weights import Weights
    from cnnkit.network.stack import StackShape

EXAMPLES = """\
Examples:
  cnnkit weights net.safetensors                        what a file holds
  cnnkit weights net.safetensors tinyvgg                and whose it is
  cnnkit weights net.npz 28x28 conv3-8 relu flatten fc10
  cnnkit weights net.npz --json                         for programs
  cnnkit weights                                        a worked example
"""
EPILOG = """\
Files, known by their content: .safetensors, .npz, .npy, .onnx (initialisers).
Pickled ones (.pt, .pth, .h5, .keras, .pkl) are never loaded, as that can run
code: the hint says how to convert them.

A stack behind the file: its input and its layers, as in cnnkit shape --help.
Tensors go to layers by their order and shapes: first come, first served; none
may be left over. OIHW (PyTorch, ONNX) and HWIO (Keras) are told apart by names
and shapes; where both fit, --weights-order says which.
"""

EXAMPLE = ("28x28", "conv3-8", "relu", "maxpool2", "flatten", "fc10")
READING = """
Read it line by line: conv1.weight has 8 kernels for a depth of 1, of 3 rows and
3 columns, as PyTorch writes them (OIHW); cnnkit turns them into rows x columns x
depth x kernels (HWIO). fc.weight has 10 units of 14 x 14 x 8 = 1568 values each,
which PyTorch counts depth first.

Next, list a file of yours, and then name the network it is of:
  cnnkit weights net.safetensors
  cnnkit weights net.safetensors 28x28 conv3-8 relu maxpool2 flatten fc10"""

WeightsOrder = Annotated[
    str | None,
    options.input_option(
        "--weights-order", metavar="WORD", help="How kernels stand in files, where both fit: oihw or hwio."
    ),
]


def weights(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE]... [INPUT [LAYER]...]",
            help="Files of weights, and behind one the stack it is for. None: a worked example.",
            show_default=False,
        ),
    ] = None,
    weights_order: WeightsOrder = None,
    as_json: options.Json = False,
    max_memory: running.MaxMemory = None,
    version: options.Version = False,
) -> None:
    """List the tensors of files, and whose they are.

    Name, shape, type and range of each tensor, and what layer it looks like. With a stack behind the file, which layer
    it belongs to.
    """
    from pathlib import Path

    from cnnkit.cli.report import Report
    from cnnkit.cli.work.account import each_here
    from cnnkit.errors import ArgumentError, unknown_word
    from cnnkit.files.network.weights import read_weights
    from cnnkit.operations.network.layouts import ORDERS

    report = Report("weights", as_json=as_json)
    order = weights_order or ""
    if order and order not in ORDERS:
        raise unknown_word("order of weights", order, ORDERS)
    names, words = split(files or ())
    if not names and words:
        raise ArgumentError(f"there is no file of weights before {words[0]}", hint=f"cnnkit weights net.npz {words[0]}")
    stack = _stack(words) if words else None
    if stack is not None and len(names) > 1:
        raise ArgumentError(
            f"{len(names)} files stand before a stack, which takes one",
            hint=f"write cnnkit weights {names[0]} {words[0]}",
        )
    if not names:
        _show_example(report)
        return
    each_here(report, names, lambda name: _show(report, read_weights(Path(name)), stack, order))
    report.close()


def split(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Files, and the words of a stack behind them, from the first that is an input's size, a network or @FILE on.

    >>> split(["a.npz", "28x28", "conv3-8"]), split(["vgg16.safetensors", "vgg16"])
    ((['a.npz'], ['28x28', 'conv3-8']), (['vgg16.safetensors'], ['vgg16']))
    """
    import re

    from cnnkit.network.notation.networks import NETWORKS

    def begins(text: str) -> bool:
        first = (text.split() or [""])[0]
        return first in NETWORKS or first[:1] == "@" or re.fullmatch(r"\d+(x\d+)*|\d+@\d+", first) is not None

    start = next((place for place, text in enumerate(texts) if begins(text)), len(texts))
    return [*texts[:start]], [*texts[start:]]


def _stack(words: Sequence[str]) -> StackShape:
    from cnnkit.files.stacks import StackFiles
    from cnnkit.network.shape import shape

    return shape(*words, files=StackFiles())


def _show(report: Report, found: Weights, stack: StackShape | None, order: str) -> None:
    """Print the tensors of a file, or whose they are."""
    from cnnkit.cli.network.weights_text import list_text, listed, match_text, matches

    facts = {"input": found.name, **listed(found, order)}
    text = list_text(found, facts)
    if stack is not None:
        from cnnkit.operations.network.matching import matched

        match = matched(stack, found, order)
        facts |= matches(stack, found, match)
        text = match_text(found, facts)
    report.show(text)
    report.record(**facts)


def _show_example(report: Report) -> None:
    """Print the tables of a small network with weights at random, named as PyTorch names them."""
    import numpy as np

    from cnnkit.cli.network.weights_text import list_text, listed, match_text, matches
    from cnnkit.data.network.weights import Weights, tensor
    from cnnkit.operations.network.initial import random_parameters
    from cnnkit.operations.network.matching import matched

    stack = _stack(EXAMPLE)
    learned = random_parameters(stack)
    tensors = {
        "conv1.weight": learned[1]["weights"].transpose(3, 2, 0, 1),
        "conv1.bias": learned[1]["bias"],
        "fc.weight": np.ascontiguousarray(learned[5]["weights"].T),
        "fc.bias": learned[5]["bias"],
    }
    found = Weights({name: tensor(values) for name, values in tensors.items()}, "net.safetensors")
    facts = listed(found, "")
    lines = [
        "$ cnnkit weights net.safetensors", list_text(found, facts), "",
        f"$ cnnkit weights net.safetensors {' '.join(EXAMPLE)}",
        match_text(found, {**facts, **matches(stack, found, matched(stack, found))}),
    ]  # fmt: skip
    report.example("\n".join([*lines, READING]))
