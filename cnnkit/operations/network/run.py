"""Run a network on an image or a sound: the public door, and the inputs that networks take."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from cnnkit import arrays
from cnnkit.arrays import Array
from cnnkit.data.network.model import Model
from cnnkit.data.recipes.fields import whole_number
from cnnkit.errors import ArgumentError, SizeError
from cnnkit.geometry.pair import whole
from cnnkit.network.notation.expansion import read_stack
from cnnkit.network.stack import stack_shape
from cnnkit.network.volume import Shape, Vector, Volume, Waveform
from cnnkit.operations.network.given import given_parameters
from cnnkit.operations.network.initial import random_parameters
from cnnkit.operations.network.program import Program
from cnnkit.operations.network.stacks import network as network_of


def run(
    image: npt.ArrayLike | tuple[npt.ArrayLike, int],
    *words: Any,
    weights: Mapping[int | str, Any] | None = None,
    seed: int = 0,
    layers: bool = False,
    algorithm: str = "auto",
    threads: int | None = None,
) -> Any:
    """Run a stack of layers, or a model from a file, on an image, a sound or values.

    Parameters
    ----------
    image : array-like, or a pair of array-like and int
        (rows, columns), (rows, columns, depth), a batch (n, rows, columns, depth), values (n,), or a sound with its
        sample rate in hertz, as ``cnnkit.read`` gives it: (samples, sample_rate). Computed in float32.
    *words : str
        The layers in the notation of ``cnnkit.shape``, without the input; or a model alone.
    weights : dict, optional
        For layers, by their number from 1, their mark or their word where it is one layer's: kernels by their names
        ("sobel-x+sobel-y"), a Kernel, an array of (rows, columns, depth / groups, kernels) or (values, units), or a
        dict of arrays: weights and bias; scale, shift, mean and variance of bn. All other layers have He's weights.
    seed : int
        Of the weights that are drawn at random; each layer's depend on it and on the layer's number alone.
    layers : bool
        Give the output of every layer, in a dict by its number and word.
    algorithm : str
        ``auto``, or ``direct`` for the smallest rounding errors.
    threads : int, optional
        How many to use; by default one per core. The result is the same.

    Returns
    -------
    array, or dict of arrays
        float32: (rows, columns, depth), or (values,) after flatten, gap or fc; n first for a batch.

    Raises
    ------
    NotationError
        If a word is not in the notation, or a layer does not fit its input.
    ArgumentError
        If weights do not fit their layer.
    SizeError
        If the input is none that a network takes.

    Notes
    -----
    He's weights: a normal distribution with variance 2 / n for sums of n values, arXiv:1502.01852. Biases are 0.

    Examples
    --------
    >>> image = np.zeros((4, 6)); image[:, 3:] = 1
    >>> edges = run(image, "conv3-1", "relu", weights={1: "sobel-x"})
    >>> edges[:, :, 0].tolist()[1]
    [0.0, 0.0, 4.0, 4.0, 0.0, 0.0]
    >>> found = run(image, "conv3-1 relu maxpool2 gap", weights={1: "sobel-x"}, layers=True)
    >>> {name: values.shape for name, values in found.items()}
    {'1-conv3-1': (4, 6, 1), '2-relu': (4, 6, 1), '3-maxpool2': (2, 3, 1), '4-gap': (1,)}
    >>> found["3-maxpool2"][:, :, 0].tolist()
    [[0.0, 4.0, 0.0], [0.0, 4.0, 0.0]]
    """
    whole(seed, "seed", least=0)
    threads = arrays.check_threads(threads)
    if not isinstance({} if weights is None else weights, Mapping):
        hint = 'name the layers: weights={1: "sobel-x+sobel-y"}'
        raise ArgumentError(f"weights is a {type(weights).__name__}, and no dict by layer", hint)
    shape, batch = read_input(image)
    if words and isinstance(words[0], Model):
        if words[1:] or weights:
            raise ArgumentError("a model has its layers and weights", hint="give the model alone")
        network = import_module("cnnkit.operations.network.models.lower").lower(words[0], shape)
    else:
        named = [str(name) for name in weights or ()]
        spec = read_stack((shape.text, *words), input_layout="hwc" * isinstance(shape, Volume), named=named)
        stack = stack_shape(spec, batch=len(batch))
        learned = random_parameters(stack, seed, given_parameters(stack, weights or {}))
        network = network_of(stack, learned)
    keep = network.values if layers else ()
    found = Program(network.graph, keep, algorithm=algorithm, threads=threads).run(batch)
    is_batch = not isinstance(image, tuple) and np.ndim(image) == 4

    def given(value: int) -> Array:
        return found[value] if is_batch else found[value][0]

    if not layers:
        return given(network.graph.output)
    return {name: given(value) for name, value in zip(network.names, network.values[1:], strict=True)}


def read_input(image: npt.ArrayLike | tuple[npt.ArrayLike, int]) -> tuple[Shape, Array]:
    """What a network is to take, and its numbers as a batch in float32.

    >>> read_input(np.zeros((4, 6)))[0], read_input((np.zeros(800), 8000))[0].text
    (Volume(rows=4, columns=6, depth=1), '800@8000')
    """
    rate, given = None, cast(Any, image)
    if isinstance(given, tuple) and len(given) == 2 and np.ndim(given[1]) == 0 and np.ndim(given[0]) > 0:
        given, rate = given[0], whole_number("sample_rate", given[1])
    samples = arrays.real(given, "samples")
    if samples.size == 0:
        raise SizeError(f"the input has no samples: its shape is {samples.shape}", hint="give at least 1x1")
    shape: Shape
    if rate is not None:
        if samples.ndim != 1:
            hint = "mix its channels: samples.mean(axis=1), or take one: samples[:, 0]"
            raise SizeError(f"a network takes one channel of a sound, not an array of shape {samples.shape}", hint)
        shape = Waveform(len(samples), rate)
    elif samples.ndim == 1:
        shape = Vector(len(samples))
    elif samples.ndim in (2, 3, 4):
        rows, columns, *depth = samples.shape[samples.ndim == 4 :]
        shape = Volume(rows, columns, depth[0] if depth else 1)
    else:
        raise SizeError(
            f"an input has 1 to 4 dimensions, not {samples.ndim}",
            hint="give rows x columns, rows x columns x depth, or n x rows x columns x depth",
        )
    one = (shape.samples,) if isinstance(shape, Waveform) else tuple(shape)
    return shape, np.ascontiguousarray(samples.reshape(-1, *one), np.float32)
