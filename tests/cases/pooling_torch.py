"""What PyTorch 2.13.0 answered on a CPU, in float64: it is too large to be asked in every test.

`x` is `GRID` as a tensor of 1x1x7x10, and `source` the call, of torch.nn.functional or of the tensor. Nothing here is
rounded further than to 12 digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

_PLACES = np.arange(70)
GRID = ((37 * _PLACES**2 + 11 * _PLACES) % 101 - 50).reshape(7, 10)
"""Whole numbers from -50 to 50 without an order."""


@dataclass(frozen=True)
class Answer:
    """A call, the same asked of a pooling, the values and, where asked for, their flat places."""

    source: str
    asked: dict[str, Any]
    expected: Any
    indices: Any = None
    of_magnitudes: bool = False


ANSWERS = (
    Answer("adaptive_avg_pool2d(x, (3, 4))", {"adaptive": (3, 4), "kind": "average"},
           [[3, -5.77777777778, 3, -6.44444444444], [15.4444444444, -7.22222222222, -2.44444444444, -14.5555555556],
            [1.22222222222, -1.66666666667, 10.3333333333, 6.77777777778]]),
    Answer("adaptive_avg_pool2d(x, (2, 7))", {"adaptive": (2, 7), "kind": "average"},
           [[9, 4.625, -5.58333333333, -6.375, 5, -7.875, -11.875], [0.25, 6.5, -2.5, -10.5, 10.5, -5.375, 1.25]]),
    Answer("adaptive_avg_pool2d(x, (5, 3))", {"adaptive": (5, 3), "kind": "average"},
           [[-6.875, -3.25, 9.875], [2.875, -8.125, -9.625], [6.41666666667, -7.58333333333, -12.0833333333],
            [-7.875, -12.25, 5.5], [8.875, 15.125, 18.25]]),
    Answer("adaptive_avg_pool2d(x, (9, 2))", {"adaptive": (9, 2), "kind": "average"},
           [[-8, 15.2], [-9.2, 5.6], [1.9, -10.2], [9.7, -9.1], [5.2, -1.8], [-6, -1.2], [-14.9, 3.4], [3.2, 14.8],
            [19, 22.2]]),
    Answer("adaptive_avg_pool2d(x, (4, 13))", {"adaptive": (4, 13), "kind": "average"},
           [[-13.5, -6.5, -6, -7.25, -2, -10.25, -15, 3.75, 19, 20.75, 10.75, -1, -1],
            [31, 20.6666666667, 3.33333333333, -7.33333333333, -11, -11.3333333333, -8.66666666667, 0.666666666667, 7,
             -0.166666666667, -11.1666666667, -15.5, -16],
            [9, -2, -3.83333333333, 1, -3.33333333333, -21.1666666667, -19.8333333333, 5, 10.6666666667, 2.83333333333,
             -9.5, 1.66666666667, 17.3333333333],
            [-18, -4.25, 9.75, 22, 34, 7.25, -9.25, 23, 45, 28.25, 6.5, 8.25, 15]]),
    Answer("adaptive_max_pool2d(x, (3, 4))", {"adaptive": (3, 4)},
           [[35, 21, 35, 23], [48, 30, 24, 42], [46, 46, 46, 42]],
           [[21, 22, 6, 17], [30, 42, 45, 49], [62, 62, 66, 49]]),
    Answer("adaptive_max_pool2d(x, (2, 7))", {"adaptive": (2, 7)},
           [[48, 35, 21, 21, 35, 23, 16], [48, 46, 46, 36, 46, 29, 42]],
           [[30, 21, 22, 5, 6, 17, 9], [30, 62, 62, 65, 66, 67, 49]]),
    Answer("adaptive_max_pool2d(x, (5, 3))", {"adaptive": (5, 3)},
           [[23, 35, 35], [35, 19, 23], [48, 24, 42], [32, 44, 44], [46, 46, 46]],
           [[10, 6, 6], [21, 25, 17], [30, 45, 49], [53, 56, 56], [62, 66, 66]]),
    Answer("adaptive_max_pool2d(x, (9, 2))", {"adaptive": (9, 2)},
           [[19, 35], [23, 35], [35, 23], [48, 20], [48, 20], [48, 42], [32, 44], [46, 46], [46, 46]],
           [[2, 6], [10, 6], [21, 17], [30, 36], [30, 36], [30, 49], [53, 56], [62, 66], [62, 66]]),
    Answer("adaptive_max_pool2d(x, (4, 13))", {"adaptive": (4, 13)},
           [[23, 23, 19, 19, 13, 13, 21, 35, 35, 35, 23, 16, 16], [48, 48, 35, 21, 4, 13, 19, 20, 20, 23, 23, 16, -5],
            [48, 48, 30, 32, 32, 32, 24, 44, 44, 44, 18, 42, 42],
            [-15, 29, 46, 46, 36, 36, 36, 46, 46, 46, 29, 18, 15]],
           [[10, 10, 2, 2, 3, 3, 5, 6, 6, 6, 17, 9, 9], [30, 30, 21, 22, 33, 24, 25, 36, 36, 17, 17, 18, 39],
            [30, 30, 42, 53, 53, 53, 45, 56, 56, 56, 58, 49, 49],
            [60, 61, 62, 62, 63, 63, 65, 66, 66, 66, 67, 58, 59]]),
    Answer("max_pool2d(x, (3, 2), stride=(2, 3), padding=(1, 1), dilation=(1, 2), ceil_mode=True)",
           {"size": (3, 2), "stride": (2, 3), "padding": (1, 1), "dilation": (1, 2), "ceil": True},
           [[3, 19, 23, 16], [35, 21, 23, 16], [-7, 30, 24, 18], [29, 46, 36, 18]],
           [[11, 2, 17, 18], [21, 22, 17, 18], [31, 42, 45, 58], [61, 62, 65, 58]]),
    Answer("avg_pool2d(x, (2, 4), stride=(2, 3), padding=(1, 2), ceil_mode=True, count_include_pad=True)",
           {"size": (2, 4), "stride": (2, 3), "padding": (1, 2), "ceil": True, "kind": "average",
            "count_padding": True},
           [[-6.5, 1.25, 7.25, 2.5], [10.375, -3.25, -6.875, -9.75], [2.375, -13.5, -8.5, -4], [-2.125, 8.5, 9.5, 7]]),
    Answer("avg_pool2d(x, (2, 4), stride=(2, 3), padding=(1, 2), ceil_mode=True, count_include_pad=False)",
           {"size": (2, 4), "stride": (2, 3), "padding": (1, 2), "ceil": True, "kind": "average"},
           [[-26, 2.5, 14.5, 6.66666666667], [20.75, -3.25, -6.875, -13], [4.75, -13.5, -8.5, -5.33333333333],
            [-4.25, 8.5, 9.5, 9.33333333333]]),
    # PyTorch takes powers of the samples, not of their magnitudes, and gives NaN for odd powers of negative sums.
    Answer("lp_pool2d(x.abs(), 3, (2, 4), stride=(2, 3))", {"size": (2, 4), "stride": (2, 3), "kind": "lp", "p": 3},
           [[61.8284365524, 53.9892525479, 44.0668748905], [56.8269089916, 38.1286039771, 59.754552853],
            [58.0472266956, 77.5645248271, 60.034609662]], of_magnitudes=True),
    Answer("lp_pool2d(x.abs(), 1.5, 3)", {"size": 3, "kind": "lp", "p": 1.5},
           [[116.228413571, 92.0902308011, 102.654269242], [94.6326904633, 135.5906718, 103.458231019]],
           of_magnitudes=True),
    Answer("x.unfold(2, 2, 2).unfold(3, 3, 3).flatten(4).median(4)", {"size": (2, 3), "kind": "median"},
           [[-2, -17, 16], [21, 4, -24], [-21, -38, -14]]),
)  # fmt: skip
