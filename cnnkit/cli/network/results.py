"""What a network gave for an input: the name of its file, its format, and the line that says so."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from cnnkit.arrays import Array
from cnnkit.cli.inputs import Source
from cnnkit.cli.looking import rows_text
from cnnkit.cli.network.loading import Recipe
from cnnkit.cli.outputs import Outputs, made_by
from cnnkit.cli.report import Report
from cnnkit.data.raster import Raster
from cnnkit.data.recipes.recipe import features_name
from cnnkit.errors import OutputError
from cnnkit.files.images.raster import IMAGE_FORMATS, encode_raster
from cnnkit.files.matrices import MATRIX_FORMATS, encode_matrix
from cnnkit.files.writing import Encoder
from cnnkit.geometry.pair import counted, pair_text
from cnnkit.operations.levels import raster_levels
from cnnkit.operations.maps import tiled
from cnnkit.views.text.grids import number_format

FORMATS = (*MATRIX_FORMATS, *IMAGE_FORMATS)
LONGEST_NAME = 40
"""Characters of the words of a network in the name of a file."""

MOST_NUMBERS = 100
"""Values in a row that are shown of a grid that was typed in."""


def network_name(recipe: Recipe, layers: int) -> str:
    """What names of results say of a network: its words, or of many their number and four digits of a checksum.

    >>> network_name(Recipe(("conv3-8:s2", "relu")), 2), network_name(Recipe(("relu",) * 30), 30)
    ('conv3-8-s2-relu', 'net30-b6b7')
    """
    if file := recipe.model or recipe.trained:
        return Path(file).stem
    parts = [Path(word[1:]).stem if word[:1] == "@" else word for text in recipe.words for word in text.split()]
    name = re.sub(r"[^\w.-]+", "-", "-".join(parts))
    if len(name) <= LONGEST_NAME:
        return name
    settings = "\0".join((*recipe.words, "", *recipe.weights, recipe.order, str(recipe.seed)))
    return f"net{layers}-{zlib.crc32(settings.encode('utf-8', 'surrogateescape')) & 0xFFFF:04x}"


def file_words(name: str, original: Raster, *, hears: bool) -> str:
    """The words for what was done in the name of a file: the frame or the features of the input, and the network."""
    if original.frame is not None:
        return f"frame{original.frame.number}.{name}"
    if original.sound and not hears:
        return f"{features_name(original.sound.recipe['dialect'], original.sound.features)}.{name}"
    return name


def deliver(
    outputs: Outputs,
    report: Report,
    source: Source,
    words: str,
    values: Array | tuple[int, ...],
    original: Raster,
    facts: dict[str, Any],
    threads: int | None = None,
) -> None:
    """Write the output of a network and say so; of a dry run there is the shape alone."""
    frame, shape = original.frame, values if isinstance(values, tuple) else values.shape
    if frame is not None and not frame.is_alone and outputs.takes_one(source):
        raise OutputError("one file is named for the results of all frames", hint="use --out-dir DIR, which names each")
    report.note(source, [*original.notes, *original.bands.notes])
    if outputs.collects:
        report.collect(source.name, np.zeros(shape, np.float32) if isinstance(values, tuple) else values, facts)
        return
    facts |= {"shape": list(shape), "dtype": "float32"}
    if outputs.is_shown(source):
        if not isinstance(values, tuple):
            report.show(shown(values))
            facts["values"] = values
        report.record(input=source.name, **facts)
        return
    file_type = outputs.format("npy")
    encode, text = _encoder(values, file_type, facts, threads)
    frames = 1 if frame is None or frame.is_alone else frame.of
    delivery = outputs.write(source, words, file_type, encode, pair_text(shape), frames)
    size = f"{pair_text(shape)} float32"
    report.wrote(f"{delivery.text}  {size}{text}", delivery, size)
    report.record(input=source.name, **delivery.facts, **facts)


def check_format(shape: tuple[int, ...], file_type: str) -> None:
    """Refuse a format that cannot hold values in a row."""
    if len(shape) == 1 and file_type in IMAGE_FORMATS:
        raise OutputError(
            f"the output is {counted(shape[0], 'value')} in a row, and a .{file_type} file holds maps",
            hint="write .npy or .csv, or see the largest: --top 5",
        )


def _encoder(
    values: Array | tuple[int, ...], file_type: str, facts: dict[str, Any], threads: int | None
) -> tuple[Encoder, str]:
    """What writes the values, and a phrase about them in a picture."""
    if isinstance(values, tuple):
        return (lambda stream: None), ""
    if file_type in MATRIX_FORMATS:
        rows = values[None] if values.ndim == 1 and file_type == "csv" else values
        return encode_matrix(np.ascontiguousarray(rows), file_type, made_by()), ""
    raster = Raster(values, are_maps=values.shape[2] > 1)
    if file_type == "tiff":
        return encode_raster(raster, file_type, made_by(), threads), ""
    levelled = raster_levels(raster, np.uint8, "minmax", threads=threads)
    picture = levelled.raster.whole()
    account = levelled.account()
    facts |= {"range": account.word, "minimum": account.minimum, "maximum": account.maximum}
    text = f"  {account.text}"
    if picture.are_maps:
        text += f"  {picture.shape[2]} maps side by side"
        picture = tiled(picture)
    return encode_raster(replace(picture, is_flat=False), file_type, made_by(), threads), text


def shown(values: Array) -> str:
    """The numbers of an output as text: maps below each other, values in a row."""
    if values.ndim == 3:
        return "\n".join(rows_text(Raster(values)))
    text = number_format(values[:MOST_NUMBERS])
    more = f" ... {len(values)} in all" * (len(values) > MOST_NUMBERS)
    return " ".join(text(float(value)) for value in values[:MOST_NUMBERS]) + more
