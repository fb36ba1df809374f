"""What flows from layer to layer: a volume of feature maps, a vector of values, or the waveform it began as."""

from __future__ import annotations

from typing import NamedTuple


class Volume(NamedTuple):
    """Feature maps: rows x columns x depth."""

    rows: int
    columns: int
    depth: int

    @classmethod
    def read(cls, sides: tuple[int, ...], layout: str = "") -> Volume:
        """From two or three numbers in the order of `layout`: rows, columns and depth, or for chw the depth first.

        >>> Volume.read((3, 224, 225), "chw"), Volume.read((28, 27), "chw")
        (Volume(rows=224, columns=225, depth=3), Volume(rows=28, columns=27, depth=1))
        """
        rows, columns, depth = sides if len(sides) == 3 else (*sides, 1)
        return cls(columns, depth, rows) if layout == "chw" and len(sides) == 3 else cls(rows, columns, depth)

    @property
    def text(self) -> str:
        """The notation: rows x columns x depth."""
        return f"{self.rows}x{self.columns}x{self.depth}"

    @property
    def values(self) -> int:
        """How many numbers it holds."""
        return self.rows * self.columns * self.depth


class Vector(NamedTuple):
    """Values in a row, without rows and columns: input and output of a fully connected layer."""

    values: int

    @property
    def text(self) -> str:
        """The number of values."""
        return str(self.values)


class Waveform(NamedTuple):
    """One channel of sound."""

    samples: int
    rate: int

    @property
    def values(self) -> int:
        """How many numbers it holds: its samples."""
        return self.samples

    @property
    def text(self) -> str:
        """The notation: samples @ samples per second."""
        return f"{self.samples}@{self.rate}"


class Unknown(Vector):
    """What comes out of an operator of a model that cnnkit does not have: no values that could be counted."""

    @property
    def text(self) -> str:
        """What stands in place of numbers."""
        return "unknown"


UNKNOWN = Unknown(0)

Shape = Volume | Vector | Waveform

LAYOUTS = ("nhwc", "nchw")  # batch, rows, columns, depth; or batch, depth, rows, columns
INPUT_LAYOUTS = ("hwc", "chw")  # rows, columns, depth; or depth, rows, columns


def looks_depth_first(sides: tuple[int, ...]) -> bool:
    """Whether three sides hardly can be rows, columns and depth: a square or two large sides after 1 or 3 channels."""
    first, second, third = sides
    return (first in (1, 3) and second == third > 4) or (first == 3 and min(second, third) >= 64)


def may_be_depth_first(sides: tuple[int, ...]) -> bool:
    """Whether three sides may be either: a few rows, and a depth as large as the columns or larger than usual."""
    first, second, third = sides
    return (first <= 4 and (second == third > 4 or min(second, third) >= 64)) or (first == 1 and min(second, third) > 4)


def shape_text(shape: Shape, batch: int = 1, layout: str = "") -> str:
    """Write a shape in a layout, after the batch when there is a layout or more than one input."""
    if isinstance(shape, Waveform | Unknown) or (not layout and batch == 1):
        return shape.text
    if isinstance(shape, Volume) and layout == "nchw":
        return f"{batch}x{shape.depth}x{shape.rows}x{shape.columns}"
    return f"{batch}x{shape.text}"
