"""Convolutions worked out on paper, or printed by somebody else, each with its source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

EDGE = [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]
SOBEL = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
ONES = np.ones((3, 3))
TO_16 = np.arange(1, 17).reshape(4, 4)
TO_25 = np.arange(25).reshape(5, 5)
TO_35 = np.arange(35).reshape(7, 5)
FAR_LEFT = [[1] + [0] * 10]
"""As wide as 11 samples: takes the sample five to the left, beyond any image of three."""

SQUARE = np.zeros((5, 5))
SQUARE[1:4, 1:4] = 10


@dataclass(frozen=True)
class Case:
    """An image, a kernel, settings and what must come out."""

    name: str
    source: str
    image: Any
    kernel: Any
    expected: Any
    settings: dict[str, Any] = field(default_factory=dict)


PAPER = "worked by hand"
TF = "TensorFlow, tf.nn.convolution, notes on padding"
ONNX = "ONNX operators, Conv"

CASES = (
    Case(
        "the lecture's edge kernel answers where a square begins and ends",
        PAPER,
        SQUARE,
        EDGE,
        [[-10, -20, -30, -20, -10], [-20, 50, 30, 50, -20], [-30, 30, 0, 30, -30], [-20, 50, 30, 50, -20],
         [-10, -20, -30, -20, -10]],
    ),
    Case("SAME of 13 by 6 in steps of 5", TF, [range(1, 14)], [[1] * 6], [[15, 45, 46]], {"stride": (1, 5)}),
    Case("VALID drops the rest", TF, [range(1, 14)], [[1] * 6], [[21, 51]], {"stride": (1, 5), "padding": "valid"}),
    Case("SAME at stride 2 on an even size: nothing before, one after", TF, TO_16, ONES, [[54, 45], [72, 54]],
         {"stride": 2}),
    Case("SAME_LOWER at stride 2 on an even size: one before, nothing after", ONNX, TO_16, ONES, [[14, 30], [57, 99]],
         {"stride": 2, "padding": "same-lower"}),
    Case("SAME at stride 2 on an odd size: one on each side", ONNX, TO_25, ONES,
         [[12, 27, 24], [63, 108, 81], [72, 117, 84]], {"stride": 2}),
    Case("SAME_LOWER on an odd size is the same", ONNX, TO_25, ONES, [[12, 27, 24], [63, 108, 81], [72, 117, 84]],
         {"stride": 2, "padding": "same-lower"}),
    Case("strides without padding", ONNX, TO_35, ONES, [[54, 72], [144, 162], [234, 252]],
         {"stride": 2, "padding": "valid"}),
    Case("strides with padding", ONNX, TO_35, ONES, [[12, 27, 24], [63, 108, 81], [123, 198, 141], [112, 177, 124]],
         {"stride": 2, "padding": 1}),
    Case("padding along the rows only", ONNX, TO_35, ONES, [[21, 33], [99, 117], [189, 207], [171, 183]],
         {"stride": 2, "padding": (1, 0)}),
    Case("four sides", PAPER, [[1, 2], [3, 4]], [[1]], [[0, 0, 0], [1, 2, 0], [3, 4, 0]], {"padding": "1x0x0x1"}),
    Case("an even kernel looks ahead", PAPER, [[1, 2, 3]], [[1, 10]], [[21, 32, 3]]),
    Case("an even kernel looks back", PAPER, [[1, 2, 3]], [[1, 10]], [[10, 21, 32]], {"padding": "same-lower"}),
    Case("laid over as written", PAPER, [[1, 2, 3]], [[1, 10, 100]], [[210, 321, 32]]),
    Case("flipped", PAPER, [[1, 2, 3]], [[1, 10, 100]], [[12, 123, 230]], {"flip_kernel": True}),
    Case("full", PAPER, [[1, 2]], [[1, 10]], [[10, 21, 2]], {"padding": "full"}),
    Case("full and flipped: (1 + 2x)(1 + 10x) = 1 + 12x + 20xx", PAPER, [[1, 2]], [[1, 10]], [[1, 12, 20]],
         {"padding": "full", "flip_kernel": True}),
    Case("dilation", PAPER, [[1, 2, 4, 8, 16]], [[1, 1]], [[9, 18]], {"padding": "valid", "dilation": 3}),
    Case("a stride for rows, one for columns", PAPER, TO_16, [[1]], [[1, 3], [5, 7], [9, 11], [13, 15]],
         {"stride": "1x2"}),
    Case("zero", PAPER, [[1, 2, 3]], [[1, 0, 0, 0, 0]], [[0, 0, 1]], {"pad_mode": "zero"}),
    Case("constant", PAPER, [[1, 2, 3]], [[1, 0, 0, 0, 0]], [[-9.5, -9.5, 1]], {"pad_mode": "constant=-9.5"}),
    Case("replicate", PAPER, [[1, 2, 3]], [[1, 0, 0, 0, 0]], [[1, 1, 1]], {"pad_mode": "replicate"}),
    Case("reflect", PAPER, [[1, 2, 3]], [[1, 0, 0, 0, 0]], [[3, 2, 1]], {"pad_mode": "reflect"}),
    Case("symmetric", PAPER, [[1, 2, 3]], [[1, 0, 0, 0, 0]], [[2, 1, 1]], {"pad_mode": "symmetric"}),
    Case("wrap", PAPER, [[1, 2, 3]], [[1, 0, 0, 0, 0]], [[2, 3, 1]], {"pad_mode": "wrap"}),
    Case("reflect beyond the image", PAPER, [[1, 2, 3]], FAR_LEFT, [[2, 1, 2]], {"pad_mode": "reflect"}),
    Case("symmetric beyond the image", PAPER, [[1, 2, 3]], FAR_LEFT, [[2, 3, 3]], {"pad_mode": "symmetric"}),
    Case("wrap beyond the image", PAPER, [[1, 2, 3]], FAR_LEFT, [[2, 3, 1]], {"pad_mode": "wrap"}),
    Case("one sample reflects itself", PAPER, [[7]], ONES, [[63]], {"pad_mode": "reflect"}),
    Case("each channel by itself", PAPER, [[[1, 2, 3]]], [[2]], [[[2, 4, 6]]]),
    Case("one number added to each channel", PAPER, [[[1, 2, 3]]], [[2]], [[[2.5, 4.5, 6.5]]], {"bias": 0.5}),
    Case("the sum over channels", PAPER, [[[1, 2, 3]]], [[2]], [[[12]]], {"depth": "sum"}),
    Case("the luminance of BT.601", "ITU-R BT.601", [[[100, 10, 1]]], [[1]], [[[29.9 + 5.87 + 0.114]]],
         {"depth": "grey"}),
    Case("a grid for each channel", PAPER, [[[1, 2, 3]]], [[[4, 5, 6]]], [[[32]]]),
    Case("two kernels, with a bias each", PAPER, [[[1, 2]]], [[[[1, 3], [10, 30]]]], [[[21.5, 62.5]]],
         {"bias": [0.5, -0.5]}),
    Case("two groups do not mix", PAPER, [[[1, 2, 3, 4]]], [[[[10, 1000], [100, 10000]]]], [[[210, 43000]]],
         {"groups": 2}),
    Case("as many groups as channels: a kernel for each", PAPER, [[[1, 2, 3]]], [[[[5, 7, 9]]]], [[[5, 14, 27]]],
         {"groups": 3}),
    Case("SciPy's sobel(uint8) gives 4 here", "TRAPS", np.array([[255, 255, 0, 0]] * 3, dtype=np.uint8), SOBEL,
         [[-1020, -1020]], {"padding": "valid"}),
    Case("libvips, ffmpeg: half a weight is not none", "TRAPS", [[3, 5]], "0.5", [[1.5, 2.5]]),
    Case("Pillow: a zero-sum kernel is not divided by its sum", "TRAPS", np.array([[9, 0, 0]], dtype=np.uint8),
         [[-1, 1]], [[-9, 0]], {"padding": "valid"}),
)  # fmt: skip
