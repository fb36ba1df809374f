"""A named kernel before its settings are known: the function that makes its weights, and its source."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.data.kernels.kernel import Kernel
from cnnkit.errors import ArgumentError, nearest, quoted

OTHER_SETTINGS = dict.fromkeys(("radius", "std", "stddev"), "sigma")
OTHER_SETTINGS |= {"ksize": "size", "width": "size", "theta": "angle", "lambd": "wavelength"}
"""What other tools call settings."""

Weights = npt.NDArray[np.float64]
WholePair = int | tuple[int, int]
"""Annotates a setting that is one number, or rows x columns."""
RealPair = float | tuple[float, float]


class Preset(NamedTuple):
    """A named kernel with parameters.

    `make` returns the weights, (rows, columns). Its parameters, each with a default and annotated ``int``, ``float``,
    ``WholePair`` or ``RealPair``, are the preset's settings; the first may be given without its name (``sobel:45``).
    """

    name: str  # as on the command line: lower case, words joined by hyphens
    make: Callable[..., Any]
    detects: str  # what the kernel responds to or does, for people who learn
    source: str  # where it was published

    @property
    def parameters(self) -> dict[str, tuple[type, float]]:
        """Name, type (int or float) and default of each setting, in order."""
        types: dict[Any, type] = {"int": int, int: int, "WholePair": int}
        found = inspect.signature(self.make).parameters
        return {name: (types.get(one.annotation, float), one.default) for name, one in found.items()}

    def takes_pair(self, setting: str) -> bool:
        """Whether a setting may be rows x columns."""
        return inspect.signature(self.make).parameters[setting].annotation in ("WholePair", "RealPair")

    @property
    def meanings(self) -> dict[str, str]:
        """What each setting means, and what it may be."""
        from cnnkit.data.kernels.presets.settings import MEANINGS

        return {name: MEANINGS.get(f"{self.name} {name}") or MEANINGS[name] for name in self.parameters}

    def check_setting(self, name: str) -> None:
        """Raise an `ArgumentError` if the preset has no setting of this name."""
        known = list(self.parameters)
        if name in known:
            return
        near = nearest(OTHER_SETTINGS.get(name, name), known)
        if not known:
            hint = f"write {self.name} alone"
        else:
            hint = f"did you mean {near}?" if near else f"its settings are {', '.join(known)}"
        raise ArgumentError(f"{self.name} has no setting {quoted(name)}", hint=hint)

    def kernel(self, name: str | None = None, **settings: RealPair) -> Kernel:
        """The kernel with these settings, called `name`; an `ArgumentError` if one is unknown or out of bounds."""
        for setting in settings:
            self.check_setting(setting)
        return Kernel(np.asarray(self.make(**settings), dtype=np.float64), name or self.name, self.detects, self.source)
