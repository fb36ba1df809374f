"""Poolings worked out on paper, or printed by somebody else, each with its source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

TO_16 = np.arange(1, 17).reshape(4, 4)
TO_25 = np.arange(1, 26).reshape(5, 5)
CS231N = [[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]]
FIVES = np.full((3, 3), -5)
SIXES = np.full((3, 3), 6)


@dataclass(frozen=True)
class Case:
    """An image, a window, settings and what must come out."""

    name: str
    source: str
    image: Any
    size: Any
    expected: Any
    settings: dict[str, Any] = field(default_factory=dict)


AVERAGE: dict[str, Any] = {"kind": "average"}
COUNTED: dict[str, Any] = {"kind": "average", "count_padding": True}
PAPER = "worked by hand"
ONNX = "ONNX operators, MaxPool and AveragePool"

CASES = (
    Case("the lecture's picture", "CS231n notes, pooling layer", CS231N, 2, [[6, 8], [3, 4]]),
    Case("and its mean", "CS231n notes, pooling layer", CS231N, 2, [[3.25, 5.25], [2, 2]], AVERAGE),
    Case("what is left over is dropped", PAPER, TO_25, 2, [[7, 9], [17, 19]]),
    Case("unless it may hang over", PAPER, TO_25, 2, [[7, 9, 10], [17, 19, 20], [22, 24, 25]], {"ceil": True}),
    Case("maximum with ceil", ONNX, TO_16, 3, [[11, 12], [15, 16]], {"stride": 2, "ceil": True}),
    Case("mean with ceil", ONNX, TO_16, 3, [[6, 7.5], [12, 13.5]], {"stride": 2, "ceil": True, **AVERAGE}),
    Case("maximum with dilation", ONNX, TO_16, 2, [[11, 12], [15, 16]], {"stride": 1, "dilation": 2}),
    Case("mean with dilation", ONNX, TO_16, 2, [[6, 7], [10, 11]], {"stride": 1, "dilation": 2, **AVERAGE}),
    Case("mean with SAME_UPPER", ONNX, TO_25, 3, [[4, 5.5, 7], [11.5, 13, 14.5], [19, 20.5, 22]],
         {"stride": 2, "padding": "same", **AVERAGE}),
    Case("maximum with SAME_UPPER", ONNX, TO_25, 3, [[7, 9, 10], [17, 19, 20], [22, 24, 25]],
         {"stride": 2, "padding": "same"}),
    Case("mean of real samples", ONNX, TO_25, 5,
         [[7, 7.5, 8, 8.5, 9], [9.5, 10, 10.5, 11, 11.5], [12, 12.5, 13, 13.5, 14], [14.5, 15, 15.5, 16, 16.5],
          [17, 17.5, 18, 18.5, 19]],
         {"stride": 1, "padding": 2, **AVERAGE}),
    Case("mean that counts padding", ONNX, TO_25, 5,
         [[2.52, 3.6, 4.8, 4.08, 3.24], [4.56, 6.4, 8.4, 7.04, 5.52], [7.2, 10, 13, 10.8, 8.4],
          [6.96, 9.6, 12.4, 10.24, 7.92], [6.12, 8.4, 10.8, 8.88, 6.84]],
         {"stride": 1, "padding": 2, **COUNTED}),
    Case("a last window that would start on padding is dropped", ONNX, [[9, 18], [27, 36]], 3, [[10]],
         {"stride": 3, "padding": 1, "ceil": True, **COUNTED}),
    Case("and the same over the real samples", PAPER, [[9, 18], [27, 36]], 3, [[22.5]],
         {"stride": 3, "padding": 1, "ceil": True, **AVERAGE}),
    Case("what hangs over is never counted: 12 / 3 and 6 / 2", PAPER, [[6, 6, 6]], (1, 3), [[4, 3]],
         {"padding": "0x0x1x1", "ceil": True, **COUNTED}),
    Case("a stride for rows, one for columns", PAPER, TO_16, 2, [[6, 8], [10, 12], [14, 16]], {"stride": (1, 2)}),
    Case("a window of rows x columns", PAPER, TO_16, "4x1", [[13, 14, 15, 16]]),
    Case("each channel by itself", PAPER, [[[1, 8], [2, 4]]], (1, 2), [[[2, 8]]]),
    Case("skimage's block_reduce gives 0 here", "TRAPS", FIVES, 2, [[-5, -5], [-5, -5]], {"ceil": True}),
    Case("padding with 0 beats negative values", "TRAPS", FIVES, 2, [[-5, -5], [-5, -5]], {"padding": 1}),
    Case("padding wider than half the window is refused elsewhere", "TRAPS", FIVES, 3, np.full((5, 5), -5),
         {"padding": 2, "stride": 1}),
    Case("block_reduce gives 6 3 3 1.5 here", "TRAPS", SIXES, 2, [[6, 6], [6, 6]], {"ceil": True, **AVERAGE}),
    Case("a mean over real samples", "TRAPS", SIXES, 2, [[6, 6], [6, 6]], {"padding": 1, **AVERAGE}),
    Case("with padding and ceil", "TRAPS", SIXES, 3, [[6, 6], [6, 6]],
         {"padding": 1, "stride": 2, "ceil": True, **AVERAGE}),
    Case("ceil on an image smaller than the window: ceil((1 - 2) / 2) + 1 = 1", "ONNX, PyTorch", [[7]], 2, [[7]],
         {"ceil": True}),
)  # fmt: skip
