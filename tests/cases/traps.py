"""What other tools get wrong on a convolution or a pooling, with the input that shows it and the right answer.

Seen in Pillow 13.0, SciPy 1.17, ffmpeg 9.0, OpenCV 5.0, scikit-image 0.26, PyTorch 2.13 and ONNX Runtime 1.32; OpenCV's
NaN and libvips' integers need more than a grid: they are in `tests/promises/test_traps.py`. Transparent pixels that
bleed are in `tests/promises/test_transparency.py`, ImageMagick's Laplacian in
`tests/operations/convolution/test_raster.py`.
"""

from __future__ import annotations

import numpy as np

from tests.cases import pooling_by_hand
from tests.cases.convolution_by_hand import EDGE, SOBEL, Case
from tests.cases.pooling_by_hand import AVERAGE, COUNTED, INF, MEDIAN, MINIMUM, NAN, lp

Pooling = pooling_by_hand.Case

DOT = np.array([[0, 0, 0], [0, 9, 0], [0, 0, 0]], dtype=np.uint8)
CLIFF = np.array([[255, 255, 0, 0]] * 3, dtype=np.uint8)
TENS = np.full((4, 4), 10, dtype=np.uint8)
TO_NINE = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
TO_81 = "; ".join(" ".join(str(9 * row + column + 1) for column in range(9)) for row in range(9))
"""Nine rows of nine numbers, 1 to 81."""
FIVES = np.full((3, 3), -5)
SIXES = np.full((3, 3), 6)
FOURS = np.ones((4, 4), dtype=int)
NAN_IN_ONES = np.where(np.arange(81).reshape(9, 9) == 39, NAN, 1)
"""At row 4, column 3."""
NAN_IN_NINE = np.where(np.pad(np.ones((3, 3)), ((3, 3), (2, 4))) > 0, NAN, 1)
"""The windows of 3x3 that hold it."""

CASES = (
    Case("a zero-sum kernel with the default scale gives black", "Pillow", DOT, EDGE,
         [[-9, -9, -9], [-9, 72, -9], [-9, -9, -9]]),
    Case("kernels are turned upside down, but not left to right", "Pillow", DOT, TO_NINE,
         [[81, 72, 63], [54, 45, 36], [27, 18, 9]]),
    Case("and flipped whole when asked", "Pillow", DOT, TO_NINE, [[9, 18, 27], [36, 45, 54], [63, 72, 81]],
         {"flip_kernel": True}),
    Case("a ring at the border is copied, not filtered", "Pillow", TENS, np.ones((3, 3)),
         [[40, 60, 60, 40], [60, 90, 90, 60], [60, 90, 90, 60], [40, 60, 60, 40]]),
    Case("a 5x5 kernel copies two rings: all of this image", "Pillow", TENS, np.ones((5, 5)),
         [[90, 120, 120, 90], [120, 160, 160, 120], [120, 160, 160, 120], [90, 120, 120, 90]]),
    Case("kernels of 1x7 are refused", "Pillow", np.arange(1, 9, dtype=np.uint8)[None], [[1] * 7], [[28, 35]],
         {"padding": "valid"}),
    Case("kernels of 4x2 are refused", "Pillow", TENS, np.arange(8).reshape(4, 2), [[280, 280, 280]],
         {"padding": "valid"}),
    Case("kernels of 7x7 are refused", "Pillow", np.ones((7, 7), dtype=np.uint8), np.arange(49).reshape(7, 7), [[1176]],
         {"padding": "valid"}),
    Case("Sobel on 8 bits wraps: 4", "SciPy", CLIFF, "sobel", [[0, -1020, -1020, 0]] * 3, {"pad_mode": "replicate"}),
    Case("and its falling edge: 252", "SciPy", CLIFF[:, ::-1], SOBEL, [[0, 1020, 1020, 0]] * 3,
         {"pad_mode": "replicate"}),
    Case("0.5 is read as 0", "ffmpeg", np.array([[3, 5]], dtype=np.uint8), "0 0 0; 0 0.5 0; 0 0 0", [[1.5, 2.5]]),
    Case("0.5 is read as 0 in every notation", "ffmpeg", np.array([[3, 5]], dtype=np.uint8), "1/2 -.5",
         [[-1.0, 2.5]]),
    Case("81 numbers are accepted, 49 used", "ffmpeg", np.ones((9, 9), dtype=np.uint8), TO_81, [[3321]],
         {"padding": "valid"}),
)  # fmt: skip

POOLINGS = (
    Pooling("block_reduce pads with 0: -5 0 0 0", "scikit-image", FIVES, 2, [[-5, -5], [-5, -5]], {"ceil": True}),
    Pooling("block_reduce counts what is not there: 6 3 3 1.5", "scikit-image", SIXES, 2, [[6, 6], [6, 6]],
            {"ceil": True, **AVERAGE}),
    Pooling("padding with 0 beats negative values", "several runtimes", FIVES, 2, [[-5, -5], [-5, -5]], {"padding": 1}),
    Pooling("and is below positive ones", "several runtimes", SIXES, 2, [[6, 6], [6, 6]], {"padding": 1, **MINIMUM}),
    Pooling("and lies in the middle", "several runtimes", SIXES, 2, [[6, 6], [6, 6]], {"padding": 1, **MEDIAN}),
    Pooling("padding wider than half the window is refused", "PyTorch", FIVES, 3, np.full((5, 5), -5),
            {"padding": 2, "stride": 1}),
    Pooling("padding as wide as the window is refused", "ONNX Runtime", [[6, 6]], (1, 2), [[0, 3, 6]],
            {"padding": "0x0x2x0", "stride": 1, **COUNTED}),
    Pooling("padding is counted: 1.5", "PyTorch", SIXES, 2, [[6, 6], [6, 6]], {"padding": 1, **AVERAGE}),
    Pooling("padding is counted, unasked: 24 / 9", "PyTorch", SIXES, 3, [[6, 6], [6, 6]],
            {"padding": 1, "stride": 2, "ceil": True, **AVERAGE}),
    Pooling("what ceil hangs over is counted: 12 / 3 and 6 / 3", "several runtimes", [[6, 6, 6]], (1, 3), [[4, 3]],
            {"padding": "0x0x1x1", "ceil": True, **COUNTED}),
    Pooling("two to four times too small where two axes hang over", "several runtimes", SIXES, 2, [[6, 6], [6, 6]],
            {"ceil": True, **COUNTED}),
    Pooling("sums under what ceil hangs over are scaled up: 9 9 9 9", "PyTorch", FOURS, 3, [[9, 6], [6, 4]],
            {"stride": 2, "ceil": True, **lp(1)}),
    Pooling("odd powers of negative samples give NaN", "PyTorch", [[-3, -4, -5]], (1, 3), [[6]], lp(3)),
)  # fmt: skip

FLOAT_POOLINGS = (
    Pooling("NaN is lost but from the first place of a window", "ONNX Runtime", [[1, NAN, 2, 3]], (1, 2),
            [[NAN, NAN, 3]], {"stride": 1}),
    Pooling("dilate loses NaN in the middle", "OpenCV", [[1, NAN, 2, 0, 0]], (1, 3), [[NAN, NAN, NAN, 2, 0]],
            {"stride": 1, "padding": "0x1"}),
    Pooling("minimum_filter loses NaN to the left", "SciPy", [[1, NAN, 2, 0, 0]], (1, 3), [[NAN, NAN, NAN, 0, 0]],
            {"stride": 1, "padding": "0x1", **MINIMUM}),
    Pooling("a median beside NaN depends on the order", "OpenCV, SciPy", [[1, NAN, 2], [3, 4, 5], [6, 7, 8]], 3,
            [[NAN]], MEDIAN),
    Pooling("and is 4 without it, the lower middle of eight", "by hand", [[1, NAN, 2], [3, 4, 5], [6, 7, 8]], 3, [[4]],
            {"nan": "ignore", **MEDIAN}),
    Pooling("running sums carry one NaN to 42 means", "SciPy", NAN_IN_ONES, 3, NAN_IN_NINE,
            {"stride": 1, "padding": 1, **AVERAGE}),
    Pooling("running sums carry infinity on as NaN", "OpenCV, SciPy", [[INF, 1, 1, 1, 1]], (1, 3), [[INF, 1, 1]],
            {"stride": 1, **AVERAGE}),
)  # fmt: skip
"""Cases that integers cannot hold."""
