"""Convolution, pooling, MFCCs, shapes and runs of networks with the frameworks' exact numbers.

The public names below are loaded on first use, so that ``import cnnkit`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from cnnkit.data.kernels.kernel import Kernel as Kernel
    from cnnkit.data.kernels.text import kernel as kernel
    from cnnkit.data.kernels.text import kernels as kernels
    from cnnkit.errors import CnnkitError as CnnkitError
    from cnnkit.errors import CnnkitWarning as CnnkitWarning
    from cnnkit.network.layer import LayerShape as LayerShape
    from cnnkit.network.shape import Stack as Stack
    from cnnkit.network.shape import shape as shape
    from cnnkit.notebook.drawing import show as show
    from cnnkit.notebook.files import read as read
    from cnnkit.notebook.files import write as write
    from cnnkit.operations.convolution.convolve import convolve as convolve
    from cnnkit.operations.convolution.convolve import plan as plan
    from cnnkit.operations.convolution.transposed import convolve_transposed as convolve_transposed
    from cnnkit.operations.features.features import features as features
    from cnnkit.operations.features.features import mfcc as mfcc
    from cnnkit.operations.learning.learn import learn as learn
    from cnnkit.operations.learning.training.train import train as train
    from cnnkit.operations.levels import levels as levels
    from cnnkit.operations.network.run import run as run
    from cnnkit.operations.pooling.pool import pool as pool
    from cnnkit.operations.pooling.unpool import unpool as unpool

_HOMES = {
    "CnnkitError": "cnnkit.errors",
    "CnnkitWarning": "cnnkit.errors",
    "Kernel": "cnnkit.data.kernels.kernel",
    "LayerShape": "cnnkit.network.layer",
    "Stack": "cnnkit.network.shape",
    "convolve": "cnnkit.operations.convolution.convolve",
    "convolve_transposed": "cnnkit.operations.convolution.transposed",
    "features": "cnnkit.operations.features.features",
    "kernel": "cnnkit.data.kernels.text",
    "kernels": "cnnkit.data.kernels.text",
    "learn": "cnnkit.operations.learning.learn",
    "levels": "cnnkit.operations.levels",
    "mfcc": "cnnkit.operations.features.features",
    "plan": "cnnkit.operations.convolution.convolve",
    "pool": "cnnkit.operations.pooling.pool",
    "read": "cnnkit.notebook.files",
    "run": "cnnkit.operations.network.run",
    "shape": "cnnkit.network.shape",
    "show": "cnnkit.notebook.drawing",
    "train": "cnnkit.operations.learning.training.train",
    "unpool": "cnnkit.operations.pooling.unpool",
    "write": "cnnkit.notebook.files",
}

__all__ = [
    "CnnkitError",
    "CnnkitWarning",
    "Kernel",
    "LayerShape",
    "Stack",
    "__version__",
    "convolve",
    "convolve_transposed",
    "features",
    "kernel",
    "kernels",
    "learn",
    "levels",
    "mfcc",
    "plan",
    "pool",
    "read",
    "run",
    "shape",
    "show",
    "train",
    "unpool",
    "write",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'cnnkit' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
