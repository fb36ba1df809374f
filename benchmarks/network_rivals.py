"""Who runs whole networks in the benchmark: each with its weights prepared, two threads, and its best layout."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import frameworks
import onnxruntime
import torch
from frameworks import ORT, TORCH, TORCH_LAST, inference
from harness import OURS, THREADS, Calls
from network_cases import Case

from cnnkit.data.network.graph import Activate, Add, Concatenate, Convolve, Dense, Pool, Scale
from cnnkit.operations.network.program import Program

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.reference.onnx_graphs import channels_first, model

MODULES = {name: frameworks.MODULES[name] for name in ("PyTorch", "ONNX Runtime")}


def calls(case: Case) -> Calls:
    """The call of each that runs the network, ours first."""
    program, output = Program(case.graph, threads=THREADS), case.graph.output
    return {OURS: lambda: program.run(case.inputs)[output], **onnx_runtime(case), **pytorch(case)}


def skipped(case: Case, names: Iterable[str]) -> dict[str, str]:
    """Nobody takes too long."""
    return {}


def onnx_runtime(case: Case) -> Calls:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    content = model(case.graph).SerializeToString()
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    given = {"x": channels_first(case.inputs)}
    return {ORT: lambda: session.run(None, given)[0]}


class Module(torch.nn.Module):  # type: ignore[misc]
    """A graph of convolutions, pools, sums and fully connected layers, batch normalisation folded by hand."""

    def __init__(self, case: Case) -> None:
        super().__init__()
        self.graph = case.graph
        self.steps = torch.nn.ModuleList(layer(node) for node in case.graph.nodes)

    def forward(self, x: Any) -> Any:
        values = [x]
        for node, step in zip(self.graph.nodes, self.steps, strict=True):
            values.append(step(*[values[value] for value in node.inputs]))
        return values[self.graph.output]


class Lambda(torch.nn.Module):  # type: ignore[misc]
    """A function as a module."""

    def __init__(self, function: Any) -> None:
        super().__init__()
        self.forward = function


def layer(node: Any) -> Any:  # noqa: PLR0911
    """The module of a node."""
    match node.operation:
        case Convolve(weights, bias, window, padding, groups):
            rows, columns, depth, kernels = weights.shape
            is_even = padding.is_symmetric
            inside = padding.before if is_even else 0
            made = torch.nn.Conv2d(
                depth * groups,
                kernels,
                (rows, columns),
                window.stride,
                inside,
                window.dilation,
                groups,
                bias is not None,
            )
            made.weight.data = torch.from_numpy(weights.transpose(3, 2, 0, 1).copy())
            if bias is not None:
                made.bias.data = torch.from_numpy(bias.copy())
            sides = (padding.left, padding.right, padding.top, padding.bottom)
            return made if is_even else torch.nn.Sequential(torch.nn.ZeroPad2d(sides), made)
        case Dense(weights, bias):
            made = torch.nn.Linear(*weights.shape)
            assert bias is not None
            made.weight.data, made.bias.data = torch.from_numpy(weights.T.copy()), torch.from_numpy(bias.copy())
            return made
        case Pool((("kind", "average"), ("adaptive", (1, 1)))):
            return Lambda(partial(torch.mean, dim=(2, 3)))
        case Pool(settings):
            found: dict[str, Any] = dict(settings)
            size, stride, before = found["size"], found["stride"], found["padding"].before
            if found["kind"] == "average":
                return torch.nn.AvgPool2d(size, stride, before, found["ceil"], count_include_pad=False)
            return torch.nn.MaxPool2d(size, stride, before, ceil_mode=found["ceil"])
        case Scale(factors, offsets):
            made = torch.nn.BatchNorm2d(len(factors), eps=0.0)
            made.weight.data, made.bias.data = torch.from_numpy(factors.copy()), torch.from_numpy(offsets.copy())
            return made
        case Activate("relu"):
            return torch.nn.ReLU(inplace=True)
        case Add():
            return Lambda(torch.add)
        case Concatenate():
            return Lambda(lambda *parts: torch.cat(parts, 1))
        case operation:
            raise NotImplementedError(operation)


def pytorch(case: Case) -> Calls:
    found: Calls = {}
    for name, layout in ((TORCH, torch.contiguous_format), (TORCH_LAST, torch.channels_last)):
        given = torch.from_numpy(channels_first(case.inputs)).to(memory_format=layout)
        module = Module(case).eval().to(memory_format=layout)
        with torch.inference_mode():
            traced = torch.jit.optimize_for_inference(torch.jit.trace(module, given))
        found[name] = inference(lambda traced=traced, given=given: traced(given).numpy())  # type: ignore[misc]
    return found
