"""Who takes steps of training in the benchmark: cnnkit and PyTorch, the same weights, batch and two threads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import frameworks
import torch
from frameworks import TORCH, TORCH_LAST
from harness import OURS, THREADS, Calls
from images import Array
from learning_cases import RATE, Case

from cnnkit.network.layer import LayerShape
from cnnkit.operations.learning.training.optimisers import Descent
from cnnkit.operations.learning.training.trainer import Trainer

MODULES = {"PyTorch": frameworks.MODULES["PyTorch"]}


def calls(case: Case) -> Calls:
    """The call of each that takes a step, and gives the slopes of the first layer's weights; ours first."""
    trainer = Trainer(case.stack, case.learned, Descent("adam", RATE), threads=THREADS)

    def ours() -> Array:
        trainer.input[...] = case.inputs
        trainer.step(case.labels)
        slopes: Array = trainer.parameters[1, "weights"].slopes.copy()
        return slopes

    return {OURS: ours, TORCH: Network(case), TORCH_LAST: Network(case, is_last=True)}


def skipped(case: Case, names: Iterable[str]) -> dict[str, str]:
    """Nobody takes too long."""
    return {}


class Network:
    """A network of PyTorch and its batch; called, it takes a step."""

    def __init__(self, case: Case, *, is_last: bool = False, wide: bool = False) -> None:
        torch.set_num_threads(THREADS)
        dtype = torch.float64 if wide else torch.float32
        parts = [module(step, case.learned.get(number, {})) for number, step in enumerate(case.stack.layers, 1)]
        how = torch.channels_last if is_last else torch.contiguous_format
        self.net = torch.nn.Sequential(*parts).to(dtype).to(memory_format=how).train()
        self.inputs = torch.from_numpy(case.inputs.transpose(0, 3, 1, 2).copy()).to(dtype).to(memory_format=how)
        self.labels = torch.from_numpy(case.labels)
        self.optimiser = torch.optim.Adam(self.net.parameters(), RATE)
        self.loss = torch.nn.CrossEntropyLoss()

    def __call__(self) -> Array:
        self.optimiser.zero_grad()
        loss = self.loss(self.net(self.inputs), self.labels)
        loss.backward()
        self.optimiser.step()
        loss.item()
        slopes: Array = self.net[0].weight.grad.numpy().transpose(2, 3, 1, 0).copy()
        return slopes


class Flatten(torch.nn.Module):  # type: ignore[misc]
    """Values in the order of rows, columns and channels, as the weights of the next layer have them."""

    def forward(self, x: Any) -> Any:
        return x.permute(0, 2, 3, 1).flatten(1) if x.ndim == 4 else x


class Mean(torch.nn.Module):  # type: ignore[misc]
    """The mean of each map."""

    def forward(self, x: Any) -> Any:
        return x.mean((2, 3))


def module(step: LayerShape, learned: dict[str, Array]) -> Any:
    """The module of a layer, with its weights."""
    layer, name = step.layer, step.layer.name
    if name in ("conv", "dwconv"):
        assert step.placement is not None
        padding = step.placement.padding
        groups = step.input[-1] if name == "dwconv" else layer.groups
        made = torch.nn.Conv2d(step.input[-1], step.output[-1], layer.size, layer.stride, 0, layer.dilation, groups)
        made.weight.data = torch.from_numpy(learned["weights"].transpose(3, 2, 0, 1).copy())
        made.bias.data = torch.from_numpy(learned["bias"].copy())
        if padding.is_symmetric:
            made.padding = (padding.top, padding.left)
            return made
        sides = (padding.left, padding.right, padding.top, padding.bottom)
        return torch.nn.Sequential(torch.nn.ZeroPad2d(sides), made)
    if name == "fc":
        made = torch.nn.Linear(*learned["weights"].shape)
        made.weight.data = torch.from_numpy(learned["weights"].T.copy())
        made.bias.data = torch.from_numpy(learned["bias"].copy())
        return made
    others = {
        "relu": torch.nn.ReLU,
        "maxpool": lambda: torch.nn.MaxPool2d(layer.size, layer.stride),
        "bn": lambda: torch.nn.BatchNorm2d(step.input[-1]),
        "flatten": Flatten,
        "gap": Mean,
    }
    return others[name]()
