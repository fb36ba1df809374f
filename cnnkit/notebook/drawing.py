"""Figures for Python: what a kernel or a pooling does to an image, drawn as ``--figure`` draws it."""

from __future__ import annotations

import inspect
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit import __version__, arrays
from cnnkit.data.kernels.kernel import Kernel, layer
from cnnkit.data.kernels.text import kernel as read_kernel
from cnnkit.data.raster import Raster
from cnnkit.data.trace import Seen
from cnnkit.errors import ArgumentError, SizeError, unknown_word
from cnnkit.files.writing import write_file
from cnnkit.geometry.look import Look
from cnnkit.geometry.pair import pair_text
from cnnkit.notebook.files import named
from cnnkit.operations.convolution.raster import convolve_raster
from cnnkit.operations.convolution.settings import KernelLike, read_convolution
from cnnkit.operations.convolution.trace import convolution_trace
from cnnkit.operations.pooling.raster import pool_raster
from cnnkit.operations.pooling.settings import read_pooling
from cnnkit.operations.pooling.trace import pooling_trace
from cnnkit.views.figures.canvas import FIGURE_FORMATS
from cnnkit.views.figures.run import draw_run

MADE_BY = f"made by cnnkit {__version__}: cnnkit.show"


class Drawing:
    """A figure, which a notebook shows.

    Attributes
    ----------
    results : list of ndarray
        What is drawn: the result of each kernel, or of the pooling, (rows, columns, maps).
    """

    def __init__(self, title: str, image: Raster, seen: Sequence[Seen]) -> None:
        self._drawn = title, image, seen
        self.results = [one.values.samples for one in seen]

    def __repr__(self) -> str:
        title, _, seen = self._drawn
        return f"Drawing({title!r}, {', '.join(f'{one.name} {pair_text(one.values.shape)}' for one in seen)})"

    def _repr_png_(self) -> bytes:
        content = io.BytesIO()
        draw_run(*self._drawn, "png", MADE_BY)(content)
        return content.getvalue()

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write the figure, as .png, .svg or .pdf; an OutputError if a file may not be replaced."""
        target = Path(path)
        file_type = target.suffix[1:].lower()
        if file_type not in FIGURE_FORMATS:
            raise ArgumentError(f"{target} names no format of figures", hint="end it in .png, .svg or .pdf")
        with named(path):
            write_file(target, draw_run(*self._drawn, file_type, MADE_BY), shape="figure", force=force)


def show(
    image: npt.ArrayLike,
    kernel: KernelLike | Sequence[KernelLike] | None = None,
    *,
    title: str = "image",
    threads: int | None = None,
    **settings: Any,
) -> Drawing:
    """Draw an image, kernels or a pooling, and what comes out of them.

    Parameters
    ----------
    image : array_like, (rows, columns) or (rows, columns, depth)
        uint8 and uint16 are levels, 3 channels of them a colour image; small grids get their numbers.
    kernel : str, array_like, Kernel or a list of these, optional
        As in `convolve`; each in a list gets a row, or with ``depth="sum"`` a map of one layer.
    title : str
        What the image is called.
    threads : int, optional
        As in `convolve`.
    **settings
        Of `convolve`, but for ``dtype`` and ``algorithm``: ``stride``, ``padding``, ``depth`` ...; without a kernel, of
        `pool`, but for ``dtype`` and ``indices``: ``size``, ``kind`` ...

    Returns
    -------
    Drawing
        Which a notebook shows, and whose ``save`` writes it.

    Raises
    ------
    ArgumentError
        If a setting is wrong whatever the image, or the values are masked or not real numbers.
    SizeError
        If the image has other dimensions, or a window does not fit it.

    Examples
    --------
    >>> drawing = show([[5, 3, 1, 0], [2, 6, 4, 1], [0, 8, 7, 2]], "1 0 0; 0 1 0; 0 0 1")
    >>> drawing.results[0][1, 1].tolist()
    [18.0]
    """
    if isinstance(image, str | os.PathLike):
        raise ArgumentError(f"{os.fspath(image)!r} is a name", hint="read the file first: cnnkit.read(name)")
    samples, threads = arrays.real(image, "image"), arrays.check_threads(threads)
    if samples.ndim not in (2, 3) or not samples.size:
        raise SizeError(f"an image of shape {samples.shape} cannot be drawn", hint="give rows x columns (x depth)")
    raster, seen = Raster(np.atleast_3d(samples)), []
    kernels = _kernels(kernel)
    if kernel is None and not {"size", "adaptive"} & settings.keys():
        raise ArgumentError("neither a kernel nor a size is given", hint='give "edge" for a kernel, or size=2 to pool')
    known = inspect.signature(read_pooling if kernel is None else read_convolution).parameters
    if unknown := [name for name in settings if name not in known or name == "kernel"]:
        raise unknown_word("setting", unknown[0], [name for name in known if name != "kernel"])
    if kernel is None:
        pooling = read_pooling(**settings)
        result = pool_raster(pooling, raster, threads).whole()
        seen.append(Seen(pooling.name, pooling_trace(pooling, raster, result, Look()), result, is_signed=False))
    if settings.get("depth") == "sum" and len(kernels) > 1:
        kernels = [layer([read_kernel(one) for one in kernels])]
    for one in kernels:
        convolution = read_convolution(one, **settings)
        result = convolve_raster(convolution, raster, threads).whole()
        trace = convolution_trace(convolution, raster, result, Look())
        seen.append(Seen(convolution.name, trace, result, convolution.kernel.is_zero_sum))
    return Drawing(title, raster, seen)


def _kernels(given: KernelLike | Sequence[KernelLike] | None) -> list[KernelLike]:
    """The kernels in a list of names, Kernels and arrays; a list of numbers is one kernel."""
    if given is None:
        return []
    is_many = isinstance(given, list | tuple) and any(isinstance(one, str | Kernel | np.ndarray) for one in given)
    if isinstance(given, list | tuple) and not given:
        raise ArgumentError("the list of kernels is empty", hint='give one at least, as in ["sobel-x", "sobel-y"]')
    return [*given] if is_many else [given]  # type: ignore[misc, list-item]
