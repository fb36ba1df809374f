"""Tensors of a file, gathered into the layers that they are of: by their names, or where names say nothing, by order.

Sources of the names: the state dicts of PyTorch, the variables of Keras, TensorFlow and Flax, the parameters of MXNet
and Caffe2, and the names that `cnnkit` writes.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from cnnkit.data.network.weights import Tensor, Weights

_WORDS = {
    "weights": "depthwise_kernel depthwise_weights pointwise_kernel kernel weights weight w",
    "bias": "biases bias beta shift offset b",
    "scale": "gamma scale s",
    "mean": "running_mean moving_mean mean rm",
    "variance": "running_variance running_var moving_variance moving_var variance var riv",
    "slope": "negative_slope slope alpha",
    "epsilon": "epsilon",
    "counter": "num_batches_tracked",
}
_PARTS = {word: part for part, words in _WORDS.items() for word in words.split()}
_NAME = re.compile(
    rf"(?:(.*?)[./_:])??({'|'.join(sorted(_PARTS, key=len, reverse=True))})(?::\d+|(?<=_[a-z])_\d+)?", re.IGNORECASE
)

KERAS = {"kernel", "depthwise_kernel", "pointwise_kernel", "moving_mean", "moving_variance"}
TORCH = {"weight", "running_mean", "running_var", "num_batches_tracked"}
OWN = {"weights", "shift", "variance", "slope", "biases", "depthwise_weights"}
"""Words that tell whose layout a file has; Flax has those of Keras, TensorFlow's slim that of `cnnkit`."""

KERAS_NORM = {"moving_mean", "moving_variance"}


class Group(NamedTuple):
    """The tensors of one layer, by what they are to it; `names` are theirs in the file."""

    title: str
    tensors: dict[str, Tensor]
    names: dict[str, str]
    words: frozenset[str]  # with which the names end

    @property
    def kind(self) -> str:
        """What layer it may be of: conv, fc, bn, norm or prelu; empty if none is known."""
        weights = self.tensors.get("weights")
        if "mean" in self.tensors or "variance" in self.tensors:
            return "bn"
        if weights is not None and weights.stored.ndim > 1:
            return {2: "fc", 3: "conv", 4: "conv"}.get(weights.stored.ndim, "")
        if "slope" in self.tensors:
            return "prelu"
        if "bias" in self.tensors and (weights is not None or "scale" in self.tensors):
            return "norm"
        return "prelu" if weights is not None else ""


def name_parts(name: str) -> tuple[str, str]:
    """The layer that a tensor's name names, and the word for what the tensor is; none where it says nothing.

    >>> name_parts("layer1.0.bn1.running_mean"), name_parts("conv2d/kernel:0"), name_parts("arr_3")
    (('layer1.0.bn1', 'running_mean'), ('conv2d', 'kernel'), ('arr_3', ''))
    """
    found = _NAME.fullmatch(name)
    return (found[1] or "", found[2].lower()) if found else (name, "")


def groups(weights: Weights) -> list[Group]:
    """The layers of a file, in the order of their first tensors; counters are left out."""
    named: dict[str, Group] = {}
    loose: list[tuple[str, Tensor]] = []
    pointwise = {name_parts(name)[0] for name in weights.tensors if name_parts(name)[1] == "pointwise_kernel"}
    for name, tensor in weights.tensors.items():
        title, word = name_parts(name)
        part = _PARTS.get(word, "")
        if part == "counter" or (tensor.is_counter and part != "epsilon"):
            continue
        if not part:
            loose.append((name, tensor))
            continue
        if title in pointwise and word in ("pointwise_kernel", "bias"):  # which are those of a layer of their own
            title += "/pointwise"
        group = named.setdefault(title, Group(title, {}, {}, frozenset()))
        if part in group.tensors:  # as a bias that is called b beside a beta
            loose.append((name, tensor))
            continue
        group.tensors[part], group.names[part] = tensor, name
        named[title] = group._replace(words=group.words | {word})
    found = [*map(_of_norm, named.values()), *_by_order(loose)]
    place = {name: number for number, name in enumerate(weights.tensors)}
    return sorted(found, key=lambda group: min(place[name] for name in group.names.values()))


def _of_norm(group: Group) -> Group:
    """A normalisation whose factor is called weight has it as its scale."""
    if group.kind in ("bn", "norm") and "scale" not in group.tensors and "weights" in group.tensors:
        renamed = {"weights": "scale"}
        tensors = {renamed.get(part, part): tensor for part, tensor in group.tensors.items()}
        names = {renamed.get(part, part): name for part, name in group.names.items()}
        return group._replace(tensors=tensors, names=names)
    return group


def _by_order(loose: list[tuple[str, Tensor]]) -> list[Group]:
    """Layers of tensors whose names say nothing, as in the list of a model's weights.

    Behind the weights of a layer stands its bias, and behind them four vectors of one length for a batch normalisation:
    scale, shift, mean and variance, in PyTorch and Keras alike; two are a scale and a shift, one is a slope.
    """
    found: list[Group] = []
    at = 0
    runs = _runs(loose)
    while at < len(loose):
        shape = loose[at][1].shape
        parts = ["weights"]
        if len(shape) > 1:
            run = runs[at + 1]
            if run % 2 and loose[at + 1][1].shape[0] in (*shape, shape[-2] * shape[-1]):  # of Keras's depthwise
                parts.append("bias")
        else:
            run = runs[at]
            parts = [*_NORM] if run >= len(_NORM) else [*_NORM[:2]] if run > 1 else ["slope"]
        taken = loose[at : at + len(parts)]
        tensors, names = ({part: one[k] for part, one in zip(parts, taken, strict=True)} for k in (1, 0))
        found.append(Group(taken[0][0], tensors, names, frozenset()))  # type: ignore[arg-type]
        at += len(parts)
    return found


_NORM = ("scale", "bias", "mean", "variance")


def _runs(loose: list[tuple[str, Tensor]]) -> list[int]:
    """How many vectors of one length stand at each place, and behind it; 0 at the end."""
    counts = [0] * (len(loose) + 1)
    for at in range(len(loose) - 1, -1, -1):
        shape = loose[at][1].shape
        if len(shape) == 1:
            counts[at] = 1 + (counts[at + 1] if at + 1 < len(loose) and loose[at + 1][1].shape == shape else 0)
    return counts
