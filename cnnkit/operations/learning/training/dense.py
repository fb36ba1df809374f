"""Fully connected layers that are trained."""

from __future__ import annotations

import numpy as np

from cnnkit import arrays
from cnnkit.arrays import Array
from cnnkit.geometry.window import Window
from cnnkit.loops.learning.values import gather
from cnnkit.loops.network.dense import UNITS, sum_columns, sum_rows
from cnnkit.operations.learning.training.channels import sum_bias
from cnnkit.operations.learning.training.layer import Layer, Link
from cnnkit.operations.learning.training.products import Field, sum_weights
from cnnkit.operations.network.work import WorkList


class Dense(Layer):
    """fc: weights are (values, units). To their slopes it is a convolution of a row of all examples, 1x1.

    Loops go along the longer side of the weights: those of few units are turned over before each batch.
    """

    def __init__(self, link: Link, values: Array) -> None:
        """`values` are all parameters of the network."""
        super().__init__(link)
        self.values = values
        weights = link.parameters["weights"]
        self.count, self.units = weights.weights.shape
        self.turned = arrays.aligned(weights.weights.size, np.float32) if self.units < UNITS else None

    def forward(self, work: WorkList, *, is_training: bool) -> None:
        weights = self.link.parameters["weights"]
        if self.turned is not None:
            places = np.ascontiguousarray(weights.places.T).reshape(-1)
            work(gather, places.size, places.size, work.threads, self.values, places, self.turned)
        bias = np.zeros(self.units, np.float32)
        bias = self.link.parameters["bias"].weights if "bias" in self.link.parameters else bias
        self._sum(work, self.given, bias, self.made, by_rows=self.turned is not None)

    def backward(self, work: WorkList) -> None:
        link, images = self.link, len(self.given)
        if "bias" in link.parameters:
            sum_bias(work, link.slope, link.parameters["bias"].slopes)
        field = Field(1, 1, images, self.count, Window((1, 1)), 1, images, self.units)
        sum_weights(work, field, link.inputs[0].flat, link.slope.flat, link.parameters["weights"].slopes)
        if self.wanted is not None:
            self._sum(work, self.slope, np.zeros(self.count, np.float32), self.wanted, by_rows=self.turned is None)

    def _sum(self, work: WorkList, values: Array, bias: Array, out: Array, *, by_rows: bool) -> None:
        """Have values be multiplied with the weights; by rows a sum goes along a row of them as they lie."""
        (images, count), units = values.shape, out.shape[1]
        table = self.link.parameters["weights"].weights.reshape(-1) if self.turned is None else self.turned
        work(
            sum_rows if by_rows else sum_columns, -(-units // UNITS), images * count * units, work.threads,
            values.reshape(-1), table, bias, out.reshape(-1), images, count, units,
            scratch=() if by_rows else ((units + UNITS, np.float32),),
        )  # fmt: skip
