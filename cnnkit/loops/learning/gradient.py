"""How wrong kernels are on some windows of an image, and the gradient of that: what one step of descent needs.

Index letters: n window, t tap (a weight of a kernel), k kernel. All arrays are flat.
"""

from __future__ import annotations

from typing import Any

from cnnkit.loops.machine.compile import compiled


@compiled("f8[1], i8[1], i8[1], f8[1], f8[1], f8[1], f8[1], f8[1], i8, i8, i8")
def squared_errors(
    image: Any, places: Any, taps: Any, means: Any, targets: Any, weights: Any, gradient: Any, errors: Any,
    kernels: int, first: int, last: int,
) -> None:  # fmt: skip
    """Add half the squared errors of windows `first` to `last` to ``errors[0]``, and their gradient to `gradient`.

    A window's samples are at its place plus each of the `taps`, less the mean of the tap; `weights` and `gradient` are
    (taps, kernels), `targets` (windows, kernels).
    """
    count = taps.shape[0]
    for n in range(first, last):
        place = places[n]
        for k in range(kernels):
            error = -targets[n * kernels + k]
            for t in range(count):
                error += weights[t * kernels + k] * (image[place + taps[t]] - means[t])
            errors[0] += 0.5 * error * error
            for t in range(count):
                gradient[t * kernels + k] += error * (image[place + taps[t]] - means[t])
