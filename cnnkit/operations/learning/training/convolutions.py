"""Convolutions that are trained: slopes of samples are a convolution too, with the kernels turned round.

A stride leaves gaps between results; backward, zeros stand in them. A transposed convolution is the same with forward
and backward exchanged. Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning",
arXiv:1603.07285.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from cnnkit.arrays import Array, Integers
from cnnkit.data.kernels.kernel import Kernel
from cnnkit.geometry.padding import Padding, PadMode
from cnnkit.geometry.transposed import TransposedPlacement
from cnnkit.geometry.window import Window, place
from cnnkit.loops.convolution.layer import WIDE_BYTES
from cnnkit.loops.learning.spreading import Spreading, spread_images
from cnnkit.loops.learning.values import gather
from cnnkit.operations.convolution import layer as sums
from cnnkit.operations.convolution.plan import Plan
from cnnkit.operations.convolution.planner import SUM, Case
from cnnkit.operations.convolution.problem import Finish, Problem
from cnnkit.operations.convolution.settings import Convolution
from cnnkit.operations.learning.training.channels import sum_bias
from cnnkit.operations.learning.training.layer import Layer, Link
from cnnkit.operations.learning.training.products import Field, sum_weights
from cnnkit.operations.learning.training.rooms import Room
from cnnkit.operations.network.work import WorkList

FLOAT32 = np.dtype(np.float32)
NO_PADDING = Padding(0, 0, 0, 0)


class Convolving(Layer):
    """conv, dwconv and tconv: an image becomes results under a moving window, or results an image.

    Of a tconv the input are the results, and the output is the image that they are spread over.
    """

    def __init__(self, link: Link, values: Array, *, is_limited: bool = False) -> None:
        """`values` are all parameters of the network; `is_limited` if the output is that of a relu."""
        super().__init__(link)
        placement = self.step.placement
        assert placement is not None
        self.values = values
        self.finish = Finish(low=0.0) if is_limited else Finish()
        self.window, self.padding = placement.window, placement.padding
        self.is_transposed = isinstance(placement, TransposedPlacement)
        depth, kernels = self.step.input[-1], self.step.output[-1]
        self.groups = depth if self.step.layer.name == "dwconv" else self.step.layer.groups
        self.depth, self.kernels = (kernels, depth) if self.is_transposed else (depth, kernels)

    def forward(self, work: WorkList, *, is_training: bool) -> None:
        bias = self.link.parameters.get("bias")
        places = None if bias is None else bias.places
        into = self._spread if self.is_transposed else self._slide
        into(work, self.link.inputs[0], self.link.output, places, self.finish)

    def backward(self, work: WorkList) -> None:
        link = self.link
        if (bias := link.parameters.get("bias")) is not None:
            sum_bias(work, link.slope, bias.slopes)
        given, slope = link.inputs[0], link.slope
        image, results = (slope, given) if self.is_transposed else (given, slope)
        self._sum_weights(work, image, results)
        if (target := link.input_slopes[0]) is not None:
            into = self._slide if self.is_transposed else self._spread
            into(work, slope, target, None, Finish())

    def _slide(self, work: WorkList, image: Room, results: Room, bias: Integers | None, finish: Finish) -> None:
        """Results of an image: the convolution itself."""
        self._convolve(work, image, results, self.window, self.padding, self._places, bias, finish)

    def _spread(self, work: WorkList, results: Room, image: Room, bias: Integers | None, finish: Finish) -> None:
        """An image of results: a convolution with stride 1, zeros between the results and around them."""
        reach = self.window.reach
        rows, columns = image.array.shape[1:3]
        top, left = reach[0] - 1 - self.padding.top, reach[1] - 1 - self.padding.left
        window = Window(self.window.size, (1, 1), self.window.dilation)
        wide = rows + reach[0] - 1, columns + reach[1] - 1
        below, right = wide[0] - top - results.array.shape[1], wide[1] - left - results.array.shape[2]
        if self.window.stride == (1, 1) and min(top, left, below, right) >= 0:
            padding = Padding(top, below, left, right)
            self._convolve(work, results, image, window, padding, self._turned, bias, finish)
            return
        laid = self._laid(work, results, wide, (top, left), self.window.stride)
        self._convolve(work, laid, image, window, NO_PADDING, self._turned, bias, finish)

    def _laid(
        self, work: WorkList, source: Room, size: tuple[int, int], corner: tuple[int, int], step: tuple[int, int]
    ) -> Room:
        """Have images be laid on zeros, in a room of their own."""
        images, rows, columns, depth = source.array.shape
        laid = Room.of((images, *size, depth))
        how = Spreading(rows, columns, depth, *size, *corner, *step)
        work(
            spread_images, images * rows, source.array.size, work.threads, source.array.reshape(-1),
            laid.array.reshape(-1), how,
        )  # fmt: skip
        return laid

    def _convolve(
        self, work: WorkList, image: Room, out: Room, window: Window, padding: Padding, places: Integers,
        bias: Integers | None, finish: Finish,
    ) -> None:  # fmt: skip
        """Have weights be brought to where the loop reads them, and the loop run."""
        placement = place(image.array.shape[1:3], window, padding)
        depth, kernels = image.array.shape[3], places.shape[3]
        case = Case(
            np.zeros(places.shape, np.float32), placement, len(image.array), depth, self.groups, FLOAT32,
            has_whole_weights=False, is_exact=False,
        )  # fmt: skip
        plan = SUM["layer"](case, forced=True)
        assert isinstance(plan, Plan)
        kernel = Kernel(np.ones((1, 1)))
        settings = Convolution(kernel, window, padding, PadMode("constant"), self.groups, np.zeros(kernels), "sum")
        waiting = WorkList(work.threads)  # weights come first
        read = sums.run(Problem(settings, plan, image.array, out.array, work.threads, finish, waiting))
        self._gather(work, places, read.layer.group_kernels, read.weights)
        if bias is not None:
            self._gather(work, bias.reshape(1, 1, 1, kernels), read.layer.group_kernels, read.bias)
        work.work += waiting.work

    def _gather(self, work: WorkList, places: Integers, group_kernels: int, packed: Array) -> None:
        index = sums.pack(places, group_kernels, WIDE_BYTES // FLOAT32.itemsize).reshape(-1)
        work(gather, len(index), len(index), work.threads, self.values, index, packed)

    @cached_property
    def _places(self) -> Integers:
        return self.link.parameters["weights"].places

    @property
    def _turned(self) -> Integers:
        """The weights turned round, with depth and kernels exchanged in each group."""
        rows, columns, depth, kernels = self._places.shape
        each = kernels // self.groups
        split = self._places[::-1, ::-1].reshape(rows, columns, depth, self.groups, each)
        return np.ascontiguousarray(split.transpose(0, 1, 4, 3, 2)).reshape(rows, columns, each, self.groups * depth)

    def _sum_weights(self, work: WorkList, image: Room, results: Room) -> None:
        images, rows, columns, depth = image.array.shape
        size, padding = (rows, columns), self.padding
        if padding != NO_PADDING:
            size = rows + padding.top + padding.bottom, columns + padding.left + padding.right
            image = self._laid(work, image, size, (padding.top, padding.left), (1, 1))
        out_rows, out_columns = results.array.shape[1:3]
        field = Field(images, *size, depth, self.window, out_rows, out_columns, self.kernels, self.groups)
        sum_weights(work, field, image.flat, results.flat, self.link.parameters["weights"].slopes)
