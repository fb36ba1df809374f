"""Convolution, pooling, MFCCs and layer shapes with the frameworks' exact numbers.

The public names below are loaded on first use, so that ``import cnnkit`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from cnnkit.data.kernel import Kernel as Kernel
    from cnnkit.data.kernel_text import kernel as kernel
    from cnnkit.data.kernel_text import kernels as kernels
    from cnnkit.errors import CnnkitError as CnnkitError
    from cnnkit.geometry.layer import LayerShape as LayerShape
    from cnnkit.geometry.stack import Stack as Stack
    from cnnkit.geometry.stack import shape as shape
    from cnnkit.operations.convolution import convolve as convolve
    from cnnkit.operations.convolution import plan as plan
    from cnnkit.operations.features import features as features
    from cnnkit.operations.features import mfcc as mfcc
    from cnnkit.operations.pooling import pool as pool
    from cnnkit.operations.transposed import convolve_transposed as convolve_transposed
    from cnnkit.operations.unpooling import unpool as unpool

_HOMES = {
    "CnnkitError": "cnnkit.errors",
    "Kernel": "cnnkit.data.kernel",
    "LayerShape": "cnnkit.geometry.layer",
    "Stack": "cnnkit.geometry.stack",
    "convolve": "cnnkit.operations.convolution",
    "convolve_transposed": "cnnkit.operations.transposed",
    "features": "cnnkit.operations.features",
    "kernel": "cnnkit.data.kernel_text",
    "kernels": "cnnkit.data.kernel_text",
    "mfcc": "cnnkit.operations.features",
    "plan": "cnnkit.operations.convolution",
    "pool": "cnnkit.operations.pooling",
    "shape": "cnnkit.geometry.stack",
    "unpool": "cnnkit.operations.unpooling",
}

__all__ = [
    "CnnkitError",
    "Kernel",
    "LayerShape",
    "Stack",
    "__version__",
    "convolve",
    "convolve_transposed",
    "features",
    "kernel",
    "kernels",
    "mfcc",
    "plan",
    "pool",
    "shape",
    "unpool",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'cnnkit' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
