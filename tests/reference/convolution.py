"""The slow twin of convolution: the definitions of docs and DESIGN, written out in plain Python over float64.

Nothing here is shared with the package. A padded image is a list of where each of its samples comes from, windows are
lists of positions, and sums are added up one product at a time.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[Any]
Pair = tuple[int, int]


def continuation(values: list[int], count: int, mode: str) -> list[int | None]:
    """The `count` entries that follow the last of `values`; None stands for the constant.

    >>> continuation([0, 1, 2, 3], 7, "reflect"), continuation([0, 1, 2, 3], 7, "symmetric")
    ([2, 1, 0, 1, 2, 3, 2], [3, 2, 1, 0, 0, 1, 2])
    >>> continuation([0, 1, 2, 3], 5, "wrap"), continuation([0, 1, 2, 3], 2, "replicate")
    ([0, 1, 2, 3, 0], [3, 3])
    """
    back = values[::-1]
    if mode == "zero" or mode.startswith("constant="):
        return [None] * count
    if mode == "replicate" or len(values) == 1:
        return [values[-1]] * count
    round_trip = {"wrap": values, "symmetric": back + values, "reflect": back[1:] + values[1:]}[mode]
    return (round_trip * (count // len(round_trip) + 1))[:count]


def extended(length: int, before: int, after: int, mode: str) -> list[int | None]:
    """Which sample stands at each place of a padded signal.

    >>> extended(3, 2, 1, "wrap"), extended(3, 2, 1, "reflect"), extended(3, 2, 1, "zero")
    ([1, 2, 0, 1, 2, 0], [2, 1, 0, 1, 2, 1], [None, None, 0, 1, 2, None])
    """
    there = list(range(length))
    return [*continuation(there[::-1], before, mode)[::-1], *there, *continuation(there, after, mode)]


def constant_of(mode: str) -> float:
    """The value of ``constant=V``; 0 for zero."""
    return float(mode.partition("=")[2] or 0)


def ends(rule: Any, axis: int, length: int, size: int, stride: int, dilation: int) -> Pair:
    """Samples added before and after along one axis.

    ``same`` is told by what it is for: the least padding with which the window lands ceil(length / stride) times.
    """
    reach = dilation * (size - 1) + 1
    if rule == "valid":
        return 0, 0
    if rule == "full":
        return reach - 1, reach - 1
    if rule in ("same", "same-lower"):
        total = 0
        while (length + total - reach) // stride + 1 < math.ceil(length / stride):
            total += 1
        half, odd = total // 2, total % 2
        return (half + odd, half) if rule == "same-lower" else (half, half + odd)
    numbers = [int(number) for number in rule.split("x")] if isinstance(rule, str) else list(np.atleast_1d(rule))
    if len(numbers) == 1:
        return numbers[0], numbers[0]
    return (numbers[axis], numbers[axis]) if len(numbers) == 2 else (numbers[2 * axis], numbers[2 * axis + 1])


def starts(length: int, before: int, after: int, size: int, stride: int, dilation: int) -> list[int]:
    """Where every window that fits the padded signal begins, counted from the first padded sample."""
    reach = dilation * (size - 1) + 1
    return [start for start in range(0, before + length + after, stride) if start + reach <= before + length + after]


def convolve(
    image: Image,
    weights: Image,
    *,
    stride: Pair = (1, 1),
    padding: Any = "same",
    pad_mode: str = "zero",
    dilation: Pair = (1, 1),
    groups: int = 1,
    bias: Any = 0.0,
    flip_kernel: bool = False,
) -> npt.NDArray[np.float64]:
    """Lay weights over an image of (rows, columns, depth).

    Weights of (rows, columns) meet every channel by itself, of (rows, columns, depth) sum over the channels, and of
    (rows, columns, depth / groups, kernels) give as many maps as kernels.
    """
    weights = np.asarray(weights, dtype=np.float64)
    settings: dict[str, Any] = {"stride": stride, "padding": padding, "pad_mode": pad_mode, "dilation": dilation}
    if weights.ndim == 2:
        settings |= {"bias": bias, "flip_kernel": flip_kernel}
        maps = [convolve(image[:, :, c, None], weights[:, :, None], **settings) for c in range(image.shape[2])]
        return np.concatenate(maps, axis=2)
    if weights.ndim == 3:
        weights = weights[..., None]
    if flip_kernel:
        weights = weights[::-1, ::-1]
    sources, first = [], []
    for axis in (0, 1):
        along = image.shape[axis], weights.shape[axis], stride[axis], dilation[axis]
        before, after = ends(padding, axis, *along)
        sources.append(extended(image.shape[axis], before, after, pad_mode))
        first.append(starts(image.shape[axis], before, after, *along[1:]))
    kernels, group_depth = weights.shape[3], weights.shape[2]
    offsets = np.broadcast_to(np.asarray(bias, dtype=np.float64), (kernels,))
    samples, grids, outside = image.tolist(), weights.tolist(), constant_of(pad_mode)
    out = np.empty((len(first[0]), len(first[1]), kernels))
    for i, top in enumerate(first[0]):
        for j, left in enumerate(first[1]):
            for k in range(kernels):
                total = float(offsets[k])
                group = k // (kernels // groups)
                for a in range(weights.shape[0]):
                    y = sources[0][top + a * dilation[0]]
                    for b in range(weights.shape[1]):
                        x = sources[1][left + b * dilation[1]]
                        for c in range(group_depth):
                            inside = y is not None and x is not None
                            sample = samples[y][x][group * group_depth + c] if inside else outside
                            total += float(sample) * grids[a][b][c][k]
                out[i, j, k] = total
    return out


def magnitude(image: Image, weights: Image, *, pad_mode: str = "zero", **settings: Any) -> npt.NDArray[np.float64]:
    """The sum of |w| |x| under every window, which the error of a float sum is measured by."""
    mode = f"constant={abs(constant_of(pad_mode))}" if pad_mode.startswith("constant") else pad_mode
    settings = {**settings, "bias": np.abs(settings.get("bias", 0.0))}
    return convolve(np.abs(image.astype(np.float64)), np.abs(weights), pad_mode=mode, **settings)
