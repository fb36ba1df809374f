"""Poolings worked out on paper, or printed by somebody else, each with its source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

TO_16 = np.arange(1, 17).reshape(4, 4)
TO_25 = np.arange(1, 26).reshape(5, 5)
CS231N = [[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]]


NAN, INF = np.nan, np.inf


@dataclass(frozen=True)
class Case:
    """An image, a window (None for adaptive bins), settings and what must come out."""

    name: str
    source: str
    image: Any
    size: Any
    expected: Any
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class IndexCase:
    """The same with the places of what comes out, in ONNX's flat order and as (row, column)."""

    name: str
    source: str
    image: Any
    size: Any
    expected: Any
    flat: Any
    pairs: Any
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class UnpoolCase:
    """Values, their places and the image of `size` they make."""

    name: str
    source: str
    pooled: Any
    indices: Any
    size: Any
    expected: Any


MINIMUM: dict[str, Any] = {"kind": "min"}
MEDIAN: dict[str, Any] = {"kind": "median"}
AVERAGE: dict[str, Any] = {"kind": "average"}
COUNTED: dict[str, Any] = {"kind": "average", "count_padding": True}
IGNORE: dict[str, Any] = {"nan": "ignore"}
PAPER = "worked by hand"
ONNX = "ONNX operators, MaxPool, AveragePool, LpPool and MaxUnpool"
BINS = "PyTorch's adaptive pools: floor(i L / O) up to ceil((i + 1) L / O)"


def lp(p: float) -> dict[str, Any]:
    return {"kind": "lp", "p": p}


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
    Case("a stride for rows, one for columns", PAPER, TO_16, 2, [[6, 8], [10, 12], [14, 16]], {"stride": (1, 2)}),
    Case("a window of rows x columns", PAPER, TO_16, "4x1", [[13, 14, 15, 16]]),
    Case("each channel by itself", PAPER, [[[1, 8], [2, 4]]], (1, 2), [[[2, 8]]]),
    Case("ceil on an image smaller than the window: ceil((1 - 2) / 2) + 1 = 1", "ONNX, PyTorch", [[7]], 2, [[7]],
         {"ceil": True}),
    Case("ceil has no use for a window that begins beyond the image", ONNX, [[1, 2], [3, 4]], 1, [[1]],
         {"stride": 2, "ceil": True}),
    Case("maximum with padding", ONNX, TO_25, 5,
         [[13, 14, 15, 15, 15], [18, 19, 20, 20, 20], *[[23, 24, 25, 25, 25]] * 3], {"stride": 1, "padding": 2}),
    Case("smallest of four", PAPER, CS231N, 2, [[1, 2], [1, 0]], MINIMUM),
    Case("minimum with ceil", PAPER, TO_16, 3, [[1, 3], [9, 11]], {"stride": 2, "ceil": True, **MINIMUM}),
    Case("middle of three", PAPER, [[9, 1, 5]], (1, 3), [[5]], MEDIAN),
    Case("lower middle of four: 1 1 5 6, 2 4 7 8, 1 2 2 3, 0 1 3 4", "torch.median", CS231N, 2, [[1, 4], [2, 1]],
         MEDIAN),
    Case("medians of 9, 6, 6 and 4 samples", PAPER, TO_16, 3, [[6, 7], [11, 12]],
         {"stride": 2, "ceil": True, **MEDIAN}),
    Case("padding has no part in a median: 1 2, 1 2 3, 2 3 4, 3 4", PAPER, [[1, 2, 3, 4]], (1, 3), [[1, 2, 3, 3]],
         {"stride": 1, "padding": "0x1", **MEDIAN}),
    Case("median of the negative", PAPER, [[-7, -7, 3, -9]], (1, 4), [[-7]], MEDIAN),
    Case("3 4 5", PAPER, [[3, 4]], (1, 2), [[5]], {"kind": "lp"}),
    Case("p of 1 adds magnitudes", PAPER, [[3, -4, 0, -1]], (1, 2), [[7, 1]], lp(1)),
    Case("27 + 64 + 125 = 216", PAPER, [[3, -4, 5]], (1, 3), [[6]], lp(3)),
    Case("p of a half: (1 + 2)^2, (3 + 4)^2", PAPER, [[1, 4, 9, -16]], (1, 2), [[9, 49]], lp(0.5)),
    Case("lp with dilation", ONNX, TO_16, 2,
         [[14.560219778561036, 16.24807680927192], [21.633307652783937, 23.49468024894146]],
         {"stride": 1, "dilation": 2, "kind": "lp"}),
    Case("lp passes over padding and what hangs over", PAPER, [[3, 4, 12, 5]], (1, 3), [[5, 13]],
         {"padding": "0x0x1x0", "ceil": True, "kind": "lp"}),
    Case("largest of all", PAPER, TO_16, "global", [[16]]),
    Case("smallest of all", PAPER, TO_16, "global", [[1]], MINIMUM),
    Case("mean of all", PAPER, TO_16, "global", [[8.5]], AVERAGE),
    Case("median of all: eight are not above 8", PAPER, TO_16, "global", [[8]], MEDIAN),
    Case("sum of all magnitudes", PAPER, TO_16, "global", [[136]], lp(1)),
    Case("all of each channel", PAPER, [[[1, 8], [2, 4]]], "global", [[[2, 8]]]),
    Case("largest in bins 1 2, 2 3 4, 4 5", BINS, [[1, 2, 3, 4, 5]], None, [[2, 4, 5]], {"adaptive": (1, 3)}),
    Case("smallest in bins", BINS, [[1, 2, 3, 4, 5]], None, [[1, 2, 4]], {"adaptive": (1, 3), **MINIMUM}),
    Case("mean of bins", BINS, [[1, 2, 3, 4, 5]], None, [[1.5, 3, 4.5]], {"adaptive": (1, 3), **AVERAGE}),
    Case("median of bins", BINS, [[5, 1, 3, 9, 7]], None, [[1, 3, 7]], {"adaptive": (1, 3), **MEDIAN}),
    Case("magnitudes of bins", BINS, [[1, 2, -3, 4, 5]], None, [[3, 9, 9]], {"adaptive": (1, 3), **lp(1)}),
    Case("ten samples in seven bins, by their last", BINS, [range(10)], None, [[1, 2, 4, 5, 7, 8, 9]],
         {"adaptive": "1x7"}),
    Case("and by their first", BINS, [range(10)], None, [[0, 1, 2, 4, 5, 7, 8]], {"adaptive": "1x7", **MINIMUM}),
    Case("more bins than samples: 1, 1 2, 2", BINS, [[1], [2]], None, [[1], [1.5], [2]],
         {"adaptive": (3, 1), **AVERAGE}),
    Case("one sample in every bin", BINS, [[-5]], None, np.full((3, 3), -5), {"adaptive": 3, **AVERAGE}),
    Case("bins of whole blocks", BINS, TO_16, None, [[3.5, 5.5], [11.5, 13.5]], {"adaptive": 2, **AVERAGE}),
)  # fmt: skip

FLOATS = (
    Case("a NaN is left out", PAPER, [[NAN, 1], [2, NAN]], 2, [[2]], IGNORE),
    Case("of a minimum", PAPER, [[NAN, 1], [2, NAN]], 2, [[1]], {**MINIMUM, **IGNORE}),
    Case("of a mean and its divisor", PAPER, [[NAN, 1], [2, NAN]], 2, [[1.5]], {**AVERAGE, **IGNORE}),
    Case("of a median", PAPER, [[NAN, 1], [2, NAN]], 2, [[1]], {**MEDIAN, **IGNORE}),
    Case("of a sum of powers", PAPER, [[NAN, 4], [3, NAN]], 2, [[5]], {"kind": "lp", **IGNORE}),
    Case("but not from its window alone", PAPER, [[NAN, 1], [2, NAN]], 2, [[NAN]], MEDIAN),
    Case("of bins", PAPER, [[1, NAN, 3, 4, 5]], None, [[1, 3.5, 4.5]], {"adaptive": (1, 3), **AVERAGE, **IGNORE}),
    Case("of all", PAPER, [[NAN, 1], [2, 6]], "global", [[3]], {**AVERAGE, **IGNORE}),
    Case("padding is counted, NaN is not: 6 / 2, 9 / 2, 9 / 3", PAPER, [[NAN, 6, 3]], (1, 3), [[3, 4.5, 3]],
         {"stride": 1, "padding": "0x1", **COUNTED, **IGNORE}),
    *(Case(f"NaN alone gives NaN: {kind}", PAPER, [[NAN, NAN, 3, 3]], (1, 2), [[NAN, 3]], {"kind": kind, **IGNORE})
      for kind in ("max", "min", "average", "median")),
    Case("NaN alone gives NaN: lp", PAPER, [[NAN, NAN, 3, 4]], (1, 2), [[NAN, 5]], {"kind": "lp", **IGNORE}),
    Case("NaN alone gives NaN, also among padding that is counted", PAPER, [[NAN, 4]], (1, 1), [[0, NAN, 4]],
         {"padding": "0x0x1x0", **COUNTED, **IGNORE}),
    Case("minus infinity is a number", PAPER, [[NAN, -INF]], (1, 2), [[-INF]], IGNORE),
    Case("and infinity, to a minimum", PAPER, [[NAN, INF]], (1, 2), [[INF]], {**MINIMUM, **IGNORE}),
    Case("and to a median", PAPER, [[INF, 2, -INF, INF]], (1, 4), [[2]], MEDIAN),
    Case("and to a sum of powers", PAPER, [[-INF, 2, 3, 4]], (1, 2), [[INF, 5]], {"kind": "lp"}),
    Case("infinities cancel", PAPER, [[INF, -INF, INF, 1]], (1, 2), [[NAN, INF]], AVERAGE),
    Case("infinities cancel where NaN is left out, too", PAPER, [[INF, -INF, NAN]], (1, 3), [[NAN]],
         {**AVERAGE, **IGNORE}),
)  # fmt: skip
"""Cases that integers cannot hold."""

INDICES = (
    IndexCase("places with padding", ONNX, TO_25, 5,
              [[13, 14, 15, 15, 15], [18, 19, 20, 20, 20], *[[23, 24, 25, 25, 25]] * 3],
              [[12, 13, 14, 14, 14], [17, 18, 19, 19, 19], *[[22, 23, 24, 24, 24]] * 3],
              [[[y, x] for x in (2, 3, 4, 4, 4)] for y in (2, 3, 4, 4, 4)], {"stride": 1, "padding": 2}),
    IndexCase("places of blocks", ONNX, TO_25, 2, [[7, 9], [17, 19]], [[6, 8], [16, 18]],
              [[[1, 1], [1, 3]], [[3, 1], [3, 3]]]),
    IndexCase("places of the smallest", PAPER, CS231N, 2, [[1, 2], [1, 0]], [[0, 2], [12, 11]],
              [[[0, 0], [0, 2]], [[3, 0], [2, 3]]], MINIMUM),
    IndexCase("places in the image, not in the dilated window", PAPER, TO_16, 2, [[11, 12], [15, 16]],
              [[10, 11], [14, 15]], [[[2, 2], [2, 3]], [[3, 2], [3, 3]]], {"stride": 1, "dilation": 2}),
    IndexCase("the first of equals", PAPER, np.ones((2, 3)), 2, [[1, 1]], [[0, 1]], [[[0, 0], [0, 1]]], {"stride": 1}),
    IndexCase("first by row, then by column", PAPER, [[1, 5], [5, 1]], 2, [[5]], [[1]], [[[0, 1]]]),
    IndexCase("the first of equally small", PAPER, [[7, 5], [5, 5]], 2, [[5]], [[1]], [[[0, 1]]], MINIMUM),
    IndexCase("padding is no place", PAPER, [[5]], (2, 1), [[5], [5]], [[0], [0]], [[[0, 0]], [[0, 0]]],
              {"stride": 1, "padding": "1x0"}),
    IndexCase("channels lie one after another", ONNX, [[[1, 8], [2, 4]]], (1, 2), [[[2, 8]]], [[[1, 2]]],
              [[[[0, 1], [0, 0]]]]),
    IndexCase("and so do images", ONNX, [[[[1, 8], [2, 4]]], [[[4, 2], [3, 1]]]], (1, 2), [[[[2, 8]]], [[[4, 2]]]],
              [[[[1, 2]]], [[[4, 6]]]], [[[[[0, 1], [0, 0]]]], [[[[0, 0], [0, 0]]]]]),
    IndexCase("places in bins that share samples", BINS, [[1, 2, 9, 9, 5]], None, [[2, 9, 9]], [[1, 2, 3]],
              [[[0, 1], [0, 2], [0, 3]]], {"adaptive": (1, 3)}),
    IndexCase("place among all", PAPER, CS231N, "global", [[8]], [[7]], [[[1, 3]]]),
)  # fmt: skip

FLOAT_INDICES = (
    IndexCase("the first NaN", PAPER, [[1, NAN, NAN, 2]], (1, 4), [[NAN]], [[1]], [[[0, 1]]]),
    IndexCase("the first NaN of a minimum", PAPER, [[1, NAN, -INF, NAN]], (1, 4), [[NAN]], [[1]], [[[0, 1]]], MINIMUM),
    IndexCase("the first of the largest beside NaN", PAPER, [[NAN, 2, NAN, 2]], (1, 4), [[2]], [[1]], [[[0, 1]]],
              IGNORE),
    IndexCase("NaN alone has no largest", PAPER, [[NAN, NAN, 1, NAN]], (1, 2), [[NAN, 1]], [[-1, 2]],
              [[[-1, -1], [0, 2]]], IGNORE),
    IndexCase("nor a smallest", PAPER, [[NAN, NAN, NAN, 1]], (1, 2), [[NAN, 1]], [[-1, 3]],
              [[[-1, -1], [0, 3]]], {**MINIMUM, **IGNORE}),
    IndexCase("minus infinity is a number", PAPER, [[NAN, -INF, -INF]], (1, 3), [[-INF]], [[1]], [[[0, 1]]], IGNORE),
    IndexCase("and infinity, to a minimum", PAPER, [[INF, INF]], (1, 2), [[INF]], [[0]], [[[0, 0]]], MINIMUM),
    IndexCase("zeros are equal whatever their sign", PAPER, [[-0.0, 0.0]], (1, 2), [[0]], [[0]], [[[0, 0]]]),
    IndexCase("zeros are equal whatever their sign to a minimum", PAPER, [[0.0, -0.0]], (1, 2), [[0]], [[0]],
              [[[0, 0]]], MINIMUM),
    IndexCase("padding alone has no place", PAPER, [[5]], 1, [[-INF], [5]], [[-1], [0]], [[[-1, -1]], [[0, 0]]],
              {"padding": "1x0x0x0"}),
    IndexCase("whatever becomes of NaN", PAPER, [[NAN]], 1, [[INF], [NAN]], [[-1], [-1]], [[[-1, -1]], [[-1, -1]]],
              {"padding": "1x0x0x0", **MINIMUM, **IGNORE}),
)  # fmt: skip
"""Cases that integers cannot hold."""

UNPOOLED = (
    UnpoolCase("zeros between", ONNX, [[1, 2], [3, 4]], [[5, 7], [13, 15]], 4,
               [[0, 0, 0, 0], [0, 1, 0, 2], [0, 0, 0, 0], [0, 3, 0, 4]]),
    # ONNX's own example reads these places in 4x4, though 5x5 is asked for; its runtime reads them in 5x5, as here.
    UnpoolCase("flat places follow the size asked for", "ONNX Runtime", [[5, 6], [7, 8]], [[5, 7], [13, 15]], (5, 5),
               [[0, 0, 0, 0, 0], [5, 0, 6, 0, 0], [0, 0, 0, 7, 0], [8, 0, 0, 0, 0], [0, 0, 0, 0, 0]]),
    UnpoolCase("pairs know their row", PAPER, [[5, 6], [7, 8]], [[[1, 1], [1, 3]], [[3, 1], [3, 3]]], "5x5",
               [[0, 0, 0, 0, 0], [0, 5, 0, 6, 0], [0, 0, 0, 0, 0], [0, 7, 0, 8, 0], [0, 0, 0, 0, 0]]),
    UnpoolCase("the last of several stays", PAPER, [[1, 2], [3, 4]], [[2, 0], [0, 2]], (1, 3), [[3, 0, 4]]),
    UnpoolCase("-1 is nowhere", PAPER, [[1, 2, 3]], [[-1, 1, -1]], (1, 3), [[0, 2, 0]]),
    UnpoolCase("nor as a pair", PAPER, [[1, 2]], [[[-1, -1], [0, 1]]], (1, 3), [[0, 2, 0]]),
    UnpoolCase("channels lie one after another", ONNX, [[[2, 8]]], [[[1, 2]]], (1, 2), [[[0, 8], [2, 0]]]),
    UnpoolCase("pairs are of their own channel", PAPER, [[[2, 8]]], [[[[0, 1], [0, 0]]]], (1, 2), [[[0, 8], [2, 0]]]),
    UnpoolCase("and so do images", ONNX, [[[[2]]], [[[3]]]], [[[[1]]], [[[2]]]], (1, 2),
               [[[[0], [2]]], [[[3], [0]]]]),
)  # fmt: skip
