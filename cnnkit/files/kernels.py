"""Kernels from files: ``@k.txt`` with a literal, ``.csv``, ``.json``, ``.npy``, or vips' ``.mat``.

Source: libvips, matrixload: a line ``columns rows [scale [offset]]``, then a line for each row; sums are divided by the
scale, and the offset is added.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from cnnkit.data.kernels.kernel import Kernel, grid_name
from cnnkit.data.kernels.presets import PRESETS
from cnnkit.data.kernels.text import kernel
from cnnkit.errors import ArgumentError, InputError
from cnnkit.files.matrices import read_npy
from cnnkit.files.reading import decoded, open_file
from cnnkit.files.recognition import HEAD_BYTES, is_safetensors, recognise
from cnnkit.geometry.pair import counted

MAX_FILE_BYTES = 1 << 24
"""No kernel file is larger."""

_NUMBER = re.compile(r"[+-]?[0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]{1,3})?")


def read_kernel(spec: str) -> Kernel:
    """Read a kernel as the command line gives it: a preset, a literal, or ``@FILE``.

    >>> read_kernel("1 0 -1").weights.tolist()
    [[1.0, 0.0, -1.0]]
    """
    if not spec.startswith("@"):
        return kernel(spec)
    path = Path(spec[1:])
    try:
        found, bias = _read(path)
    except (InputError, ArgumentError) as error:
        raise ArgumentError(f"kernel file {path}: {error.problem}", hint=error.hint) from None
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", path.stem).strip("-.") or grid_name(found.weights)
    if re.fullmatch(rf"({'|'.join(PRESETS)})[-.\dex]*(-[a-z]+[-.\dex]+)*", name.lower()):
        name += f"-{grid_name(found.weights).rpartition('-')[2]}"  # results of the preset have the other name
    return Kernel(found.weights, name, found.detects, found.source, bias, found.groups)


def _read(path: Path) -> tuple[Kernel, tuple[float, ...]]:
    """The kernel of a file and its biases: of a trained network, those of its first convolution."""
    with open_file(path, MAX_FILE_BYTES + 1) as stream:
        content = stream.read(MAX_FILE_BYTES + 1)
    if is_safetensors(content[:HEAD_BYTES]):
        from cnnkit.files.network.trained import first_kernels

        found = first_kernels(path)
        return found, found.bias
    weights = _weights(path, content)
    facts = weights if isinstance(weights, dict) else {"weights": weights}
    return kernel(facts["weights"]), _biases(facts.get("bias"))


def encode_kernel(made: Kernel, made_by: str) -> Callable[[BinaryIO], None]:
    """A function that writes a kernel as JSON: its weights, its biases if it has any, and `made_by`, the command."""
    import json

    facts = {"note": made_by, "weights": made.weights.tolist(), "bias": [*made.bias]}
    text = json.dumps({name: value for name, value in facts.items() if value}, indent=None)

    def write(stream: BinaryIO) -> None:
        stream.write(f"{text}\n".encode())

    return write


def _weights(path: Path, content: bytes) -> Any:
    """The content of the file: an array, nested lists, an object of JSON that has them, or the text of a literal."""
    if len(content) > MAX_FILE_BYTES:
        raise InputError(f"it has more than {MAX_FILE_BYTES:,} bytes", hint="check that this is the kernel file")
    if recognise(content).name == "npy":
        return read_npy(io.BytesIO(content))
    text = decoded(content)
    if text is None:
        is_matlab = content.startswith(b"MATLAB")
        hint = "in MATLAB, writematrix(k, 'k.csv')" if is_matlab else "give a .txt, .csv, .json, .npy or .mat file"
        raise InputError("it holds MATLAB's variables" if is_matlab else "it is not text", hint=hint)
    if path.suffix.lower() == ".json":
        return _from_json(text)
    if path.suffix.lower() == ".csv":
        import csv

        delimiter = ";" if ";" in text and "," not in text else ","  # written where the decimal point is a comma
        try:
            read = [next(csv.reader([line], delimiter=delimiter, strict=True), []) for line in text.splitlines()]
        except csv.Error as error:  # such as a quotation mark that is never closed
            raise InputError(f"it is not CSV: {error}", hint="write a row of weights a line") from None
        rows = [row for row in read if any(cell.strip() for cell in row)]
        if any(";" in cell for row in rows for cell in row):
            raise InputError(
                "it has commas and semicolons", hint="separate weights by one of them, with decimal points"
            )
        return "\n".join(" ".join(cell.strip() or "?" for cell in row) for row in rows)
    return _below_head(text, is_vips=path.suffix.lower() == ".mat")


def _below_head(text: str, *, is_vips: bool) -> str:
    """The rows under a head of vips, over its scale, as a literal; a text that makes sense without it as it is."""
    head, *rows = [line.split() for line in re.sub("[,;]", " ", text).splitlines() if line.strip()] or [[]]
    widths = {len(row) for row in rows}
    fits = head[:2] == [*map(str, widths), str(len(rows))]
    if not is_vips and not (fits and len(head) <= 4 and len(head) not in widths):
        return text
    if not 2 <= len(head) <= 4 or not all(map(_NUMBER.fullmatch, head)):
        raise InputError(
            "its first line is not columns rows [scale [offset]], as vips writes it",
            hint="begin it with 3 3 for three columns and three rows",
        )
    if not fits:
        found = f"{counted(len(rows), 'row')} of {' or '.join(map(str, sorted(widths))) or 'no'} weights"
        raise InputError(
            f"its first line says {head[0]}x{head[1]} (columns x rows), not {found}",
            hint="correct it, or name the file .txt if it holds weights",
        )
    scale, offset = (*head[2:], *("1", "0")[len(head) - 2 :])
    if float(offset):
        raise InputError(
            f"it adds an offset of {offset} to every sum, which is no part of a kernel",
            hint=f"write 0 for it, and add --bias {offset} to cnnkit convolve",
        )
    if not float(scale):
        raise InputError("its scale, by which sums are divided, is 0", hint="write 1 for no scale")
    return f"({'; '.join(map(' '.join, rows))}) / {scale}"


def _from_json(text: str) -> Any:
    import json

    try:
        found = json.loads(text, parse_int=float)  # of any number of digits
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"it is not JSON: {error}", hint="write the rows as [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]"
        ) from None
    weights = found.get("weights") if isinstance(found, dict) else found
    if not isinstance(weights, list):
        raise InputError("its JSON is not a list of rows", hint='write [[1, 0, -1]], or {"weights": [[1, 0, -1]]}')
    return found


def _biases(found: Any) -> tuple[float, ...]:
    """The biases of a file, one for each kernel."""
    numbers = found if isinstance(found, list) else [] if found is None else [found]
    if not all(isinstance(one, int | float) and math.isfinite(one) for one in numbers):
        hint = 'write {"weights": [[1, 0, -1]], "bias": [0.5]}'
        raise InputError("its bias is not a list of finite numbers", hint=hint)
    return tuple(map(float, numbers))
