"""What other tools get wrong on a convolution, with the input that shows it and the right answer.

Seen in Pillow 13.0, SciPy 1.17 and ffmpeg 9.0; OpenCV's NaN and libvips' integers need more than a grid and stand in
`tests/operations/test_traps.py`. Poolings that scikit-image and the runtimes get wrong stand in `pooling_by_hand`,
transparent pixels that bleed and ImageMagick's Laplacian in `tests/operations/test_alpha.py`.
"""

from __future__ import annotations

import numpy as np

from tests.cases.convolution_by_hand import EDGE, SOBEL, Case

DOT = np.array([[0, 0, 0], [0, 9, 0], [0, 0, 0]], dtype=np.uint8)
CLIFF = np.array([[255, 255, 0, 0]] * 3, dtype=np.uint8)
TENS = np.full((4, 4), 10, dtype=np.uint8)
TO_NINE = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
TO_81 = "; ".join(" ".join(str(9 * row + column + 1) for column in range(9)) for row in range(9))
"""Nine rows of nine numbers, 1 to 81."""

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
