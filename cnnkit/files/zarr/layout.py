"""What the header of a Zarr array says: its shape, its chunks, how they are packed and what their files are called.

Headers are those of strangers: each word of them is checked before it is used. Sources: the specifications of formats 2
and 3, zarr-specs.readthedocs.io.
"""

from __future__ import annotations

import json
import os
import stat
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cnnkit import memory
from cnnkit.errors import CnnkitError, InputError, printable, quoted
from cnnkit.files.reading import ZARR_HEADERS
from cnnkit.files.recognition import damaged
from cnnkit.geometry.pair import pair_text

Json = dict[str, Any]

MOST_HEADER_BYTES = 1 << 24
MOST_DIMENSIONS = 32
MOST_ALONG = 1 << 40

PACKINGS = ("blosc", "zstd", "lz4", "gzip", "zlib")
"""Of the bytes of a chunk, that are known here; others are left to the package."""

TYPES = {f"{kind}{bits}": f"{kind[0]}{bits // 8}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)}
TYPES |= {"bool": "?", "float16": "f2", "float32": "f4", "float64": "f8"}
"""The types of format 3 that are real numbers."""


class Layout(NamedTuple):
    """An array in a folder."""

    folder: Path
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: np.dtype[Any]  # in the order of bytes that the chunks have
    fill: Any  # the value of chunks that are not there
    packing: str | None  # how the bytes are packed; None if only the package can tell, "" if they are as they are
    order: str  # C or F
    name: tuple[str, str]  # what names of chunks begin with, and what is between their numbers
    dimensions: tuple[str, ...]  # what the axes are, where it says so
    attributes: Json

    def path(self, numbers: tuple[int, ...]) -> Path:
        """The file of a chunk."""
        begin, separator = self.name
        return self.folder / (begin + separator.join(map(str, numbers)))


def read_bytes(path: Path, most: int) -> bytes | None:
    """The content of a file, if there is one; an InputError if it is none of `most` bytes at most."""
    try:
        opened = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        return None
    except OSError as error:
        problem = f"its {path.name} cannot be opened: {error.strerror}"
        raise InputError(problem, "check its permissions (ls -l)") from None
    try:
        status = os.fstat(opened)
        if not stat.S_ISREG(status.st_mode):  # as a pipe, which may never end
            raise damaged(f"its {path.name} is no file")
        if status.st_size > most:
            raise damaged(f"its {path.name} has {status.st_size:,} bytes, and {most:,} at most make sense")
        with open(opened, "rb", buffering=0, closefd=False) as stream:
            return stream.read()
    finally:
        os.close(opened)


def read_header(path: Path) -> Json | None:
    """The object in a header, if there is such a file; an InputError if it is damaged."""
    content = read_bytes(path, MOST_HEADER_BYTES)
    if content is None:
        return None
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise damaged(f"its {path.name} cannot be read: {printable(str(error))}") from None
    if not isinstance(found, dict):
        raise damaged(f"its {path.name} is no object of JSON")
    return found


def attributes_of(folder: Path) -> Json:
    """The attributes of an array or a group, in either format."""
    found = (read_header(folder / ZARR_HEADERS[0]) or {}).get("attributes") or read_header(folder / ".zattrs") or {}
    return found if isinstance(found, dict) else {}


def read_layout(folder: Path) -> Layout | None:
    """The array in a folder, if one is there.

    An InputError for a header that is damaged, or numbers that are not real; a SizeError for chunks that take too much.
    """
    header = read_header(folder / ZARR_HEADERS[0])
    try:
        if header is not None:
            found = _format_3(folder, header) if header.get("node_type") == "array" else None
        else:
            header = read_header(folder / ".zarray")
            found = None if header is None else _format_2(folder, header)
        return found and _checked(found)
    except CnnkitError:
        raise
    except (LookupError, TypeError, AttributeError, ValueError, OverflowError) as error:
        reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise damaged(f"the header of this .zarr cannot be read: {printable(reason)}") from None


def _format_2(folder: Path, header: Json) -> Layout:
    text, compressor = header["dtype"], header["compressor"]
    if "pickle" in repr([header.get("filters"), compressor]).lower():
        text = "|O"
    _check_numbers(text if isinstance(text, str) else "records", isinstance(text, str) and np.dtype(text))
    packing = "" if compressor is None else compressor["id"]
    is_known = not header.get("filters") and packing in ("", *PACKINGS)
    attributes = attributes_of(folder)
    return Layout(
        folder,
        _sides(header["shape"]),
        _sides(header["chunks"]),
        np.dtype(text),
        header["fill_value"] or 0,
        packing if is_known else None,
        {"C": "C", "F": "F"}[header["order"]],
        ("", {".": ".", "/": "/"}[header.get("dimension_separator", ".")]),
        _words(attributes.get("_ARRAY_DIMENSIONS")),
        attributes,
    )


def _format_3(folder: Path, header: Json) -> Layout:
    text, grid, keys = header["data_type"], header["chunk_grid"], header["chunk_key_encoding"]
    _check_numbers(str(text), isinstance(text, str) and text in TYPES and np.dtype(TYPES[text]))
    if grid["name"] != "regular":
        raise InputError(f"its chunks lie in a grid {quoted(str(grid['name']))}", "write it in a regular one")
    chunks, codecs = _sides(grid["configuration"]["chunk_shape"]), [_named(one) for one in header["codecs"]]
    is_big, packing = False, None
    (first, settings), *others = codecs
    if first == "sharding_indexed":
        chunks = _sides(settings["chunk_shape"])
    elif first == "bytes" and len(others) < 2 and not header.get("storage_transformers"):
        is_big = {"little": False, "big": True}[settings.get("endian", "little")]
        word = others[0][0] if others else ""
        packing = word if word in ("", *PACKINGS) else None
    scheme, settings = _named(keys)
    begin = {"default": "c", "v2": ""}[scheme]
    separator = {".": ".", "/": "/"}[settings.get("separator", "/" if begin else ".")]
    return Layout(
        folder,
        _sides(header["shape"]),
        chunks,
        np.dtype(TYPES[text]).newbyteorder(">" if is_big else "<"),
        header["fill_value"] or 0,
        packing,
        "C",
        (begin and begin + separator, separator),
        _words(header.get("dimension_names")),
        attributes_of(folder),
    )


def _checked(found: Layout) -> Layout:
    """The same, of which a chunk has a size that can be read."""
    shape, chunks = found.shape, found.chunks
    if len(shape) != len(chunks):
        raise damaged(f"this .zarr of shape {shape} has chunks of {chunks}")
    if 0 in shape:
        raise InputError(f"this image has no samples: {pair_text(shape)}", hint="check where it came from")
    if 0 in chunks:
        raise damaged(f"this .zarr has chunks of {pair_text(chunks)}")
    n_bytes = prod(chunks) * found.dtype.itemsize
    memory.check(n_bytes, f"a chunk of {pair_text(chunks)}", "write the array in smaller chunks")
    return found._replace(fill=_fill(found.fill, found.dtype.newbyteorder("=")))


def _fill(given: Any, dtype: np.dtype[Any]) -> Any:
    """The value of samples that are not there."""
    if not isinstance(given, bool | int | float | str):
        raise ValueError(f"{given} is no number")  # noqa: TRY004  # what a file holds is no argument
    if isinstance(given, str) and given.startswith("0x"):  # the bits of a NaN
        return np.array(int(given, 16), f"u{dtype.itemsize}").view(dtype)
    with np.errstate(over="ignore"):
        return np.array(float(given)).astype(dtype) if dtype.kind == "f" else dtype.type(given)


def _check_numbers(name: str, dtype: Any) -> None:
    """Refuse what holds no real numbers."""
    if dtype and dtype.hasobject:
        problem = "its array holds Python objects, which can run code when they are read"
        raise InputError(problem, "save it as an array of numbers")
    if not dtype or dtype.kind not in "buif":
        raise InputError(f"this .zarr holds {quoted(name)}, not real numbers", "save an array of integers or floats")


def _sides(given: Any) -> tuple[int, ...]:
    if not isinstance(given, list) or not 0 < len(given) <= MOST_DIMENSIONS:
        raise ValueError(f"{given} is no shape")
    for side in given:
        if type(side) is not int or not 0 <= side <= MOST_ALONG:
            raise ValueError(f"{side} in its shape or chunks is no length")
    return tuple(given)


def _named(given: Any) -> tuple[str, Json]:
    """The name of a codec or an encoding, and its settings."""
    return (given, {}) if isinstance(given, str) else (given["name"], given.get("configuration") or {})


def _words(given: Any) -> tuple[str, ...]:
    return tuple(str(one).lower() for one in given) if isinstance(given, list) else ()
