"""Where an image lands when it gets another size, and where its centre lies: for resizing and cropping.

Standard library only.
Sources, whose numbers these are: Pillow's `ImageOps.fit` (cover) and `ImageOps.pad` (contain), torchvision's
`CenterCrop`.
"""

from __future__ import annotations

from typing import NamedTuple

from cnnkit.geometry.pair import Pair

FITS = ("stretch", "cover", "contain")
"""What becomes of the aspect: it changes, or the image covers the new size and its overhang is cut off, or the image
lies within the new size."""


class Fitting(NamedTuple):
    """Which part of an image is resized, and where it lies in the result."""

    top: float  # of the part, in rows and columns of the image
    left: float
    bottom: float
    right: float
    size: Pair  # what the part becomes
    offset: Pair  # where that begins in the result
    grows: bool  # whether it becomes larger in a direction


def fitted(image: Pair, size: Pair, fit: str) -> Fitting:
    """Lay an image of rows x columns out in another `size`.

    >>> fitted((100, 200), (50, 50), "contain")
    Fitting(top=0.0, left=0.0, bottom=100.0, right=200.0, size=(25, 50), offset=(12, 0), grows=False)
    >>> fitted((100, 200), (50, 50), "cover")[:4]
    (0.0, 50.0, 100.0, 150.0)
    """
    (rows, columns), (height, width) = image, size
    inner, top, left = size, 0.0, 0.0
    aspect, wanted = columns / rows, width / height
    if fit == "contain" and aspect > wanted:
        inner = max(round(rows / columns * width), 1), width
    elif fit == "contain" and aspect < wanted:
        inner = height, max(round(columns / rows * height), 1)
    elif fit == "cover" and aspect > wanted:
        left = (columns - wanted * rows) * 0.5
    elif fit == "cover" and aspect < wanted:
        top = (rows - columns / wanted) * 0.5
    bottom = top + columns / wanted if top else float(rows)
    right = left + wanted * rows if left else float(columns)
    larger = height > rows, width > columns
    grows = all(larger) if fit == "contain" else any(larger)
    return Fitting(top, left, min(bottom, rows), min(right, columns), inner, centred(size, inner), grows)


def centred(outer: Pair, inner: Pair) -> Pair:
    """The row and column at which `inner` begins in the middle of `outer`; of two middles, the even number.

    >>> centred((10, 10), (4, 5)), centred((5, 5), (4, 2))
    ((3, 2), (0, 2))
    """
    return round((outer[0] - inner[0]) / 2), round((outer[1] - inner[1]) / 2)


def growing(image: Pair, size: Pair) -> Pair:
    """The smallest size of an image's aspect that holds `size`, rounded up.

    >>> growing((100, 300), (224, 224))
    (224, 672)
    """
    (rows, columns), (height, width) = image, size
    if height * columns >= width * rows:
        return height, -(-columns * height // rows)
    return -(-rows * width // columns), width
