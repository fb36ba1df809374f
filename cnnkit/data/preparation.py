"""What is done to an image before it is used, as data sets and networks want it: colours, size, values.

The settings are plain values, which other processes and files can hold. The order is torchvision's: grey or RGB,
resize, crop, scale, normalise. Standard library only.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any, NamedTuple

from cnnkit.errors import ArgumentError, SizeError, quoted, unknown_word
from cnnkit.geometry.fitting import FITS, growing
from cnnkit.geometry.pair import Pair, PairLike, counted, pair, pair_text

RESAMPLINGS = ("area", "lanczos")
IMAGENET = "imagenet"
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of red, green and blue from 0 to 1. Source: the transforms of torchvision's models; Keras's mode "torch" has them."""

NORMALISE_FORM = "imagenet, or the mean and the standard deviation: 0.5/0.5, or 0.5,0.4,0.4/0.2,0.2,0.2 of each colour"


class Preparation(NamedTuple):
    """The checked settings of a preparation, whatever image it is for."""

    colours: str = ""  # grey or rgb; else as they are
    resize: Pair | None = None
    fit: str = "stretch"
    resample: str | None = None  # area or lanczos; else by whether the image grows
    crop: Pair | None = None
    scale: float | None = None
    mean: tuple[float, ...] = ()  # one for all colours, or one for each; none: values are not normalised
    std: tuple[float, ...] = ()

    @property
    def is_imagenet(self) -> bool:
        """Whether values are normalised as those of ImageNet, which are from 0 to 1."""
        return (self.mean, self.std) == (IMAGENET_MEAN, IMAGENET_STD)

    @property
    def settings(self) -> dict[str, Any]:
        """What is asked for, as JSON can hold it and `read_preparation` takes it.

        >>> read_preparation(resize="64", normalise="imagenet").settings
        {'resize': [64, 64], 'fit': 'stretch', 'normalise': 'imagenet'}
        """
        normalise = IMAGENET if self.is_imagenet else [[*self.mean], [*self.std]] if self.mean else None
        found = {
            **({self.colours: True} if self.colours else {}),
            "resize": self.resize and [*self.resize],
            "fit": self.resize and self.fit,
            "resample": self.resample,
            "crop": self.crop and [*self.crop],
            "scale": self.scale,
            "normalise": normalise,
        }
        return {name: value for name, value in found.items() if value is not None}

    def size(self, image: Pair) -> Pair:
        """Rows and columns of what becomes of an image of this size; a SizeError if the crop is larger.

        >>> read_preparation(resize=256, crop=224).size((480, 640))
        (224, 224)
        """
        size, crop = self.resize or image, self.crop
        if crop is None:
            return size
        if crop[0] > size[0] or crop[1] > size[1]:
            fitting = pair_text((min(crop[0], size[0]), min(crop[1], size[1])))
            what = "resized image" if self.resize else "image"
            raise SizeError(
                f"a crop of {pair_text(crop)} does not fit: the {what} is {pair_text(size)}",
                hint=f"use --resize {pair_text(growing(size, crop))} first, or --crop {fitting}",
            )
        return crop

    def check_colours(self, count: int, *, is_sound: bool = False) -> None:
        """Raise a SizeError if there are means or deviations for another number of colours."""
        wrong = next((len(one) for one in (self.mean, self.std) if len(one) not in (0, 1, count)), 0)
        if wrong:
            name = " imagenet" if self.is_imagenet else ""
            cure = f"give one mean and one deviation{f', or {count} of each,' if count > 1 else ''} as in 0.5/0.5"
            mended = {"": "add --rgb, or ", "grey": "leave --grey out, or "}.get(self.colours, "")
            raise SizeError(
                f"--normalise{name} is for {wrong} channels, and there {'is' if count == 1 else 'are'} {count}",
                hint=f"{mended if (wrong, count) == (3, 1) and not is_sound else ''}{cure}",
            )


def read_preparation(
    *,
    resize: PairLike | None = None,
    fit: str | None = None,
    resample: str | None = None,
    crop: PairLike | None = None,
    grey: bool = False,
    rgb: bool = False,
    scale: float | str | None = None,
    normalise: str | Sequence[Any] | None = None,
) -> Preparation | None:
    """Read what is to be done to images; None where that is nothing. Each may be text.

    >>> read_preparation(crop="224", scale="1/255", normalise="0.5/0.25")[4:]
    ((224, 224), 0.00392156862745098, (0.5,), (0.25,))
    """
    if grey and rgb:
        raise ArgumentError("--grey and --rgb are both given", hint="leave one of them out")
    for name, word, words in (("fit", fit, FITS), ("resample", resample, RESAMPLINGS)):
        if word is not None and word not in words:
            rate = f"use one of {', '.join(words)}; for the rate of a sound, --sample-rate"
            raise unknown_word(name, word, words, hint=rate if name == "resample" else "", synonyms=SYNONYMS)
        if word is not None and resize is None:
            raise ArgumentError(f"--{name} {word} says how to resize", hint="add --resize 224x224, or your own size")
    mean, std = _normalisation(normalise)
    asked = Preparation(
        "grey" if grey else "rgb" if rgb else "",
        None if resize is None else pair(resize, "resize"),
        fit or FITS[0],
        resample,
        None if crop is None else pair(crop, "crop"),
        None if scale is None else _scale(scale),
        mean,
        std,
    )
    if asked.colours:
        asked.check_colours(1 if grey else 3)
    if asked.resize:
        asked.size(asked.resize)
    return None if asked == Preparation() else asked


SYNONYMS = {
    **{"box": "area", "inter_area": "area", "antialias": "lanczos", "lanczos3": "lanczos", "bicubic": "lanczos"},
    **{"fill": "cover", "crop": "cover", "pad": "contain", "letterbox": "contain", "inside": "contain"},
}
"""What other tools call them."""


def _scale(value: float | str) -> float:
    """A factor, which may be a fraction.

    >>> _scale("1/255"), _scale(2)
    (0.00392156862745098, 2.0)
    """
    above, slash, below = str(value).partition("/")
    number, divisor = _number(above), _number(below) if slash else 1.0
    if not isfinite(number + divisor) or not number or not divisor or not isfinite(number / divisor):
        raise ArgumentError(f"--scale {_shown(value)} is no factor", hint="write a number or a fraction: --scale 1/255")
    return number / divisor


def _normalisation(value: str | Sequence[Any] | None) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Means and standard deviations."""
    if value is None:
        return (), ()
    if isinstance(value, str) and value.lower() == IMAGENET:
        return IMAGENET_MEAN, IMAGENET_STD
    parts: Any = [one.split(",") for one in value.split("/")] if isinstance(value, str) else value
    parts = parts if hasattr(parts, "__iter__") else [parts]
    rows = [tuple(map(_number, part if hasattr(part, "__iter__") else [part])) for part in parts]
    if len(rows) != 2 or not all(rows) or not all(map(isfinite, (*rows[0], *rows[-1]))):
        raise ArgumentError(f"--normalise {_shown(value)} is no mean and deviation", hint=f"write {NORMALISE_FORM}")
    if min(rows[1]) <= 0:
        raise ArgumentError(
            f"the standard deviation {min(rows[1]):g} of --normalise is not positive", hint=f"write {NORMALISE_FORM}"
        )
    means, deviations = map(len, rows)
    if means != deviations and 1 not in (means, deviations):
        problem = f"--normalise has {counted(means, 'mean')} and {counted(deviations, 'standard deviation')}"
        raise ArgumentError(problem, hint="give as many of each, or one for all channels")
    return rows[0], rows[1]


def _number(value: Any) -> float:
    try:
        return float(value if "_" not in str(value) else "nan")  # Python reads 1_000 as a number
    except (TypeError, ValueError):
        return float("nan")


def _shown(value: object) -> str:
    return quoted(value) if isinstance(value, str) else repr(value)
