"""Fully connected layers that are trained."""

from __future__ import annotations

import numpy as np

from cnnkit import arrays
from cnnkit.arrays import Array, Integers
from cnnkit.geometry.window import Window
from cnnkit.loops.learning.values import gather
from cnnkit.loops.network.dense import UNITS, sum_columns, sum_rows
from cnnkit.operations.convolution.layer import pack
from cnnkit.operations.convolution.pointwise import TILE, multiply
from cnnkit.operations.convolution.problem import Finish
from cnnkit.operations.learning.training.channels import sum_bias
from cnnkit.operations.learning.training.layer import Layer, Link
from cnnkit.operations.learning.training.products import Field, sum_weights
from cnnkit.operations.learning.training.rooms import Parameter, Room
from cnnkit.operations.network.work import WorkList

MANY_WEIGHTS = 1 << 21
"""With more, packing them anew for each batch takes longer than it gains, and they are read as they lie."""


class Dense(Layer):
    """fc: weights are (values, units). To their slopes it is a convolution of a row of all examples, 1x1."""

    def __init__(self, link: Link, values: Array) -> None:
        """`values` are all parameters of the network."""
        super().__init__(link)
        self.values = values

    def forward(self, work: WorkList, *, is_training: bool) -> None:
        weights, bias = self.link.parameters["weights"], self.link.parameters.get("bias")
        if weights.weights.size <= MANY_WEIGHTS:
            self._multiply(work, self.link.inputs[0], weights.places, bias, self.made)
        else:
            self._sum(work, self.given, bias, self.made, is_back=False)

    def backward(self, work: WorkList) -> None:
        link, weights = self.link, self.link.parameters["weights"]
        (images, count), units = self.given.shape, self.made.shape[1]
        if "bias" in link.parameters:
            sum_bias(work, link.slope, link.parameters["bias"].slopes)
        field = Field(1, 1, images, count, Window((1, 1)), 1, images, units)
        sum_weights(work, field, link.inputs[0].flat, link.slope.flat, weights.slopes)
        if self.wanted is None:
            return
        if weights.weights.size <= MANY_WEIGHTS:
            self._multiply(work, link.slope, weights.places.T, None, self.wanted)
        else:
            self._sum(work, self.slope, None, self.wanted, is_back=True)

    def _multiply(self, work: WorkList, room: Room, places: Integers, bias: Parameter | None, out: Array) -> None:
        """Have weights be packed, and all examples be multiplied with them."""
        depth, kernels = places.shape
        order = pack(places.reshape(1, 1, depth, kernels), kernels, TILE)
        packed = arrays.aligned(order.size, np.float32).reshape(order.shape)
        biases = np.zeros((-(-kernels // TILE) + 1) * TILE, np.float32)
        taken = [(order.reshape(-1), packed.reshape(-1))]
        if bias is not None:
            taken.append((bias.places, biases[:kernels]))
        for index, target in taken:
            work(gather, index.size, index.size, work.threads, self.values, index, target)
        multiply(work, work.threads, room.flat, packed, biases, Finish().arguments(np.dtype(np.float32)), out)

    def _sum(self, work: WorkList, values: Array, bias: Parameter | None, out: Array, *, is_back: bool) -> None:
        """Have values be multiplied with the weights as they lie: backward, sums go along their rows."""
        (images, count), units = values.shape, out.shape[1]
        start = np.zeros(units, np.float32) if bias is None else bias.weights
        table = self.link.parameters["weights"].weights.reshape(-1)
        work(
            sum_rows if is_back else sum_columns, -(-units // UNITS), images * count * units, work.threads,
            values.reshape(-1), table, start, out.reshape(-1), images, count, units,
            scratch=() if is_back else ((units + UNITS, np.float32),),
        )  # fmt: skip
