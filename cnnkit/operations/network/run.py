"""Run a network on an image or a sound: the public door, and the inputs that networks take."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit import arrays
from cnnkit.arrays import Array
from cnnkit.data.network.graph import Learned, Network
from cnnkit.errors import SizeError
from cnnkit.network.volume import Vector, Volume, Waveform
from cnnkit.operations.network.program import Program


def run_network(
    network: Network,
    image: npt.ArrayLike,
    *,
    layers: bool = False,
    algorithm: str = "auto",
    threads: int | None = None,
) -> Any:
    """Run a network on one input; the output, or with `layers` the output of every layer by its name."""
    given = as_input(network, image)
    keep = network.values if layers else ()
    found = Program(network.graph, keep, algorithm=algorithm, threads=threads).run(given)
    if not layers:
        return found[network.graph.output][0]
    return {name: found[value][0] for name, value in zip(network.names, network.values[1:], strict=True)}


def as_input(network: Network, image: npt.ArrayLike) -> Array:
    """An image, a sound or values as a batch of one, float32; a SizeError if its shape is not that of the input."""
    samples = arrays.real(image, "samples")
    wanted = network.stack.input
    shape = samples.shape + (1,) * (isinstance(wanted, Volume) and samples.ndim == 2)
    expected = (wanted.samples,) if isinstance(wanted, Waveform) else tuple(wanted)
    if shape != expected:
        given = "x".join(map(str, samples.shape))
        raise SizeError(f"the input is {given}, and the network takes {wanted.text}", hint=f"give it {wanted.text}")
    return np.ascontiguousarray(samples.reshape(1, *expected), np.float32)
