"""The options that prepare images, read once, and their application to what was read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple

from cnnkit.cli.usage.command import in_group
from cnnkit.errors import ArgumentError
from cnnkit.geometry.look import split_crops

if TYPE_CHECKING:
    from cnnkit.cli.inputs import Source
    from cnnkit.cli.report import Report
    from cnnkit.data.preparation import Preparation
    from cnnkit.data.raster import Raster
    from cnnkit.operations.holes import Holes

prepare_option = in_group("Preparation")


class Preparing(NamedTuple):
    """Options for what is done to images first, in this order: grey or RGB, resize, crop, scale, normalise."""

    grey: Annotated[bool, prepare_option("--grey", help="Make images grey, of one channel.")] = False
    rgb: Annotated[bool, prepare_option("--rgb", help="Make images RGB, of three channels.")] = False
    resize: Annotated[
        str | None, prepare_option("--resize", metavar="HxW", help="Resize images to this many rows x columns.")
    ] = None
    fit: Annotated[
        str | None,
        prepare_option(
            "--fit", metavar="WORD", help="Where the aspect differs: stretch, cover or contain.  [default: stretch]"
        ),
    ] = None
    resample: Annotated[
        str | None,
        prepare_option(
            "--resample", metavar="WORD", help="How to resize: area or lanczos.  [default: area, to enlarge lanczos]"
        ),
    ] = None
    scale: Annotated[str | None, prepare_option("--scale", metavar="V", help="Multiply samples by V, as 1/255.")] = None
    normalise: Annotated[
        str | None,
        prepare_option(
            "--normalise", metavar="imagenet|MEAN/STD", help="Subtract the mean, divide by the deviation: 0.5/0.5."
        ),
    ] = None

    @property
    def of_example(self) -> str:
        """What a worked example says where these were given."""
        return "\n\nThe grid is not prepared: --resize and the like are for images." if self != Preparing() else ""

    def read(self, crops: Sequence[str] | None, holes: Holes) -> Preparation | None:
        """The checked settings, with the size that `--crop` cuts out; None where nothing is asked for."""
        crop, _ = split_crops(crops)
        if crop is None and self == Preparing():
            return None
        from cnnkit.data.preparation import read_preparation

        changing = [name for name in ("grey", "scale", "normalise") if getattr(self, name)]
        hole = f"--nodata {holes.nodata}" if holes.nodata is not None else "--nan ignore"
        if holes.are_sought and self.resize is not None:
            hint = "leave --resize out; --stride 2 makes results smaller too"
            raise ArgumentError(f"{hole} and --resize are both given: holes would spread to their neighbours", hint)
        if changing and holes.nodata is not None and holes.nodata == holes.nodata:  # NaN stays NaN
            problem = f"{hole} and --{changing[0]} are both given: the value marks samples as they are in the file"
            raise ArgumentError(problem, hint=f"leave --{changing[0]} out")
        return read_preparation(**self._asdict(), crop=crop)


def prepared(raster: Raster, settings: Preparation | None, source: Source, report: Report) -> Raster:
    """The image as it was asked for, of which a line says what was done."""
    if settings is None:
        return raster
    from cnnkit.files.images.preparation import done_text, prepare

    made = prepare(raster, settings)
    report.note(source, [done_text(made)])
    return made
