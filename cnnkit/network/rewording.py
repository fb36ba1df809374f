"""A layer with another window, stride or padding, in the briefest word for it: what searches and notes propose."""

from __future__ import annotations

from cnnkit.geometry.padding import Padding
from cnnkit.geometry.pair import Pair
from cnnkit.network.layer import POOLS, Layer
from cnnkit.network.notation.spec import Setting, Spec


def reworded(layer: Layer, size: Pair, stride: Pair, padding: str | Padding, *, ceil: bool = False) -> Layer:
    """The layer with another window, stride and padding; its other settings stay."""
    default = (size, "valid") if layer.name in POOLS else ((1, 1), "same")
    dilation = layer.dilation if max(size) > 1 else (1, 1)  # which spreads nothing there
    changed = ("stride", "padding") if max(size) > 1 else ("stride", "padding", "dilation")
    settings = [s for s in layer.spec.settings if s.target not in changed]
    chosen: list[Setting] = []
    if stride != default[0]:
        chosen.append(Setting("s", "stride", stride))
    if padding != default[1]:
        chosen.append(Setting(padding if isinstance(padding, str) else "p", "padding", padding))
    if ceil and not layer.ceil:
        chosen.append(Setting("ceil", "ceil", True))
    spec = Spec(layer.spec.name, size, layer.spec.count, (*chosen, *settings), layer.spec.word)
    changes = layer._replace(spec=spec, size=size, stride=stride, dilation=dilation, padding=padding)
    return changes._replace(ceil=ceil or layer.ceil)
