"""A named kernel before its settings are known: the function that makes its weights, and its source."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.data.kernels.kernel import Kernel
from cnnkit.errors import ArgumentError, nearest, quoted

Weights = npt.NDArray[np.float64]


class Preset(NamedTuple):
    """A named kernel with parameters.

    `make` returns the weights, (rows, columns). Its parameters, each annotated ``int`` or ``float`` and with a default,
    are the preset's settings; the first one may be given without its name (``sobel:45``).
    """

    name: str  # as on the command line: lower case, words joined by hyphens
    make: Callable[..., Any]
    detects: str  # what the kernel responds to or does, for people who learn
    source: str  # where it was published

    @property
    def parameters(self) -> dict[str, tuple[type, float]]:
        """Name, type (int or float) and default of each setting, in order."""
        types: dict[Any, type] = {"int": int, int: int, "float": float, float: float}
        signature = inspect.signature(self.make)
        return {name: (types[p.annotation], p.default) for name, p in signature.parameters.items()}

    def check_setting(self, name: str) -> None:
        """Raise an `ArgumentError` if the preset has no setting of this name."""
        known = list(self.parameters)
        if name in known:
            return
        near = nearest(name, known)
        if not known:
            hint = f"write {self.name} alone"
        else:
            hint = f"did you mean {near}?" if near else f"its settings are {', '.join(known)}"
        raise ArgumentError(f"{self.name} has no setting {quoted(name)}", hint=hint)

    def kernel(self, name: str | None = None, **settings: float) -> Kernel:
        """The kernel with these settings, called `name`; an `ArgumentError` if one is unknown or out of bounds."""
        for setting in settings:
            self.check_setting(setting)
        return Kernel(np.asarray(self.make(**settings), dtype=np.float64), name or self.name, self.detects, self.source)
