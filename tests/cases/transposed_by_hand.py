"""Transposed convolutions worked out on paper, or printed by somebody else, each with its source."""

from __future__ import annotations

import numpy as np

from tests.cases.convolution_by_hand import PAPER, Case

ONNX = "ONNX operators, ConvTranspose"
PYTORCH = "PyTorch, ConvTranspose2d, the note on output_padding"

TO_9 = np.arange(9).reshape(3, 3)
TWO_MAPS = np.ones((3, 3, 2))
"""Spreads one channel over two: ONNX's weights of (1, 2, 3, 3)."""

SPREAD = [[0, 1, 3, 3, 2], [3, 8, 15, 12, 7], [9, 21, 36, 27, 15], [9, 20, 33, 24, 13], [6, 13, 21, 15, 8]]
SPREAD_9 = [[9, 19, 30, 21, 11], [21, 44, 69, 48, 25], [36, 75, 117, 81, 42], [27, 56, 87, 60, 31],
            [15, 31, 48, 33, 17]]  # fmt: skip
BY_3_AND_2 = [[0, 0, 1, 1, 3, 2, 2, 0]] * 3 + [[3, 3, 7, 4, 9, 5, 5, 0]] * 3 + [[6, 6, 13, 7, 15, 8, 8, 0]] * 3


def twice(rows: object) -> np.ndarray:
    """The same map in both channels."""
    return np.stack([rows, rows], axis=2)


CASES = (
    Case("one sample is a scaled kernel", PAPER, [[3]], [[1, 2], [4, 8]], [[3, 6], [12, 24]], {"padding": "valid"}),
    Case("1x1 scales", PAPER, [[1, 2], [3, 4]], [[10]], [[10, 20], [30, 40]]),
    Case("1x1 at stride 2 leaves gaps", PAPER, [[1, 2], [3, 4]], [[10]], [[10, 0, 20], [0, 0, 0], [30, 0, 40]],
         {"stride": 2, "padding": "valid"}),
    Case("and a gap after each for same", PAPER, [[1, 2]], [[10]], [[10, 0, 0, 20, 0, 0]], {"stride": (1, 3)}),
    Case("gaps hold the bias", PAPER, [[1, 2]], [[10]], [[10.5, 0.5, 20.5]],
         {"stride": (1, 2), "padding": "valid", "bias": 0.5}),
    Case("2x2 at stride 2: blocks that do not meet", PAPER, [[1, 2]], [[1, 2], [3, 4]], [[1, 2, 2, 4], [3, 4, 6, 8]],
         {"stride": 2}),
    Case("2x2 at stride 1: windows that meet", PAPER, [[1, 2], [3, 4]], [[1, 10], [100, 1000]],
         [[1, 12, 20], [103, 1234, 2040], [300, 3400, 4000]], {"padding": "valid"}),
    Case("same cuts the odd sample off after", PAPER, [[1, 2, 3]], [[1, 10]], [[1, 12, 23]]),
    Case("same-lower before", PAPER, [[1, 2, 3]], [[1, 10]], [[12, 23, 30]], {"padding": "same-lower"}),
    Case("flipped", PAPER, [[1, 2]], [[1, 10, 100]], [[100, 210, 21, 2]], {"padding": "valid", "flip_kernel": True}),
    Case("(1 + 2x)(1 + 10x) = 1 + 12x + 20xx", PAPER, [[1, 2]], [[1, 10]], [[1, 12, 20]], {"padding": "valid"}),
    Case("dilation", PAPER, [[1, 2]], [[1, 10]], [[1, 2, 0, 10, 20]], {"padding": "valid", "dilation": (1, 3)}),
    Case("dilation and stride share a factor: every second result is empty", PAPER, [[1, 2]], [[1, 10]],
         [[1, 0, 12, 0, 20]], {"padding": "valid", "stride": (1, 2), "dilation": (1, 2)}),
    Case("four sides", PAPER, [[1, 2], [3, 4]], [[1, 10], [100, 1000]], [[1234, 2040]], {"padding": "1x1x1x0"}),
    Case("output padding adds at the end", PAPER, [[1, 2]], [[1]], [[1, 0, 0, 2, 0, 0], [0] * 6],
         {"padding": "valid", "stride": (2, 3), "output_padding": (1, 2)}),
    Case("output padding gives back what padding cut off", PYTORCH, [[1, 2]], [[1, 10, 100]], [[10, 102, 20, 200]],
         {"padding": (0, 1), "stride": (1, 2), "output_padding": (0, 1)}),
    Case("each channel by itself", PAPER, [[[1, 2]]], [[1, 10]], [[[1, 2], [10, 20]]], {"padding": "valid"}),
    Case("a bias for each channel", PAPER, [[[1, 2]]], [[1, 10]], [[[1.5, 1.5], [10.5, 19.5]]],
         {"padding": "valid", "bias": [0.5, -0.5]}),
    Case("one channel over three", PAPER, [[2]], [[[1, 10, 100]]], [[[2, 20, 200]]]),
    Case("two channels into one", PAPER, [[[2, 3]]], [[[[1, 10]]]], [[[32]]]),
    Case("two channels into two, with a bias each", PAPER, [[[2, 3]]], [[[[1, 10], [100, 1000]]]], [[[33, 3198]]],
         {"bias": [1, -2]}),
    Case("two groups do not mix", PAPER, [[[1, 2, 3, 4]]], [[[[10, 100, 1000, 10000]]]], [[[210, 43000]]],
         {"groups": 2}),
    Case("two groups of one channel over two", PAPER, [[[1, 2]]], [[[[1, 10], [100, 1000]]]], [[[1, 100, 20, 2000]]],
         {"groups": 2}),
    Case("3x3 windows", ONNX, TO_9, TWO_MAPS, twice(SPREAD), {"padding": "valid"}),
    Case("1-D", ONNX, [[0, 1, 2]], np.ones((1, 3, 2)), twice([[0, 1, 3, 3, 2]]), {"padding": "valid"}),
    Case("strides and output padding", ONNX, TO_9, TWO_MAPS, twice([*BY_3_AND_2, [0] * 8]),
         {"padding": "valid", "stride": (3, 2), "output_padding": 1}),
    Case("strides and pads", ONNX, TO_9, TWO_MAPS, twice([row[2:5] for row in BY_3_AND_2[1:8]]),
         {"padding": (1, 2), "stride": (3, 2)}),
    Case("dilations", ONNX, [[3, 8, 1], [9, 5, 7], [3, 2, 6]], [[7, 2], [1, 9]],
         [[21, 56, 13, 16, 2], [63, 35, 67, 10, 14], [24, 22, 76, 76, 21], [9, 5, 88, 45, 63], [3, 2, 33, 18, 54]],
         {"padding": "valid", "dilation": 2}),
    Case("SAME_UPPER", ONNX, TO_9, TWO_MAPS,
         twice([[0, 0, 1, 1, 3, 2], [0, 0, 1, 1, 3, 2], [3, 3, 8, 5, 12, 7], [3, 3, 7, 4, 9, 5],
                [9, 9, 20, 11, 24, 13], [6, 6, 13, 7, 15, 8]]), {"stride": 2}),
    Case("two groups", ONNX, np.stack([TO_9, TO_9 + 9], axis=2), np.ones((3, 3, 1, 2)),
         np.stack([SPREAD, SPREAD_9], axis=2), {"padding": "valid", "groups": 2}),
)  # fmt: skip
