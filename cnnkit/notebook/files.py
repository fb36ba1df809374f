"""Files for Python: the one door of the library to them, by the rules of the command line.

What the command line prints of a file it read is a warning here. Errors carry the name of the file.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import numpy.typing as npt

from cnnkit import __version__
from cnnkit.data.preparation import read_preparation
from cnnkit.data.raster import Raster
from cnnkit.data.recipes.fields import whole_number
from cnnkit.data.signal import MOST_FLOAT, TO_FULL_SCALE
from cnnkit.errors import ArgumentError, CnnkitError, CnnkitWarning, InputError, OutputError, printable, quoted
from cnnkit.files.images.frames import check_frame
from cnnkit.files.images.preparation import prepare
from cnnkit.files.images.raster import (
    FORMAT_ALIASES,
    IMAGE_FORMATS,
    encode_raster,
    read_frames,
)
from cnnkit.files.matrices import MATRIX_FORMATS, encode_matrix
from cnnkit.files.network.recognition import is_weights, names_a_model
from cnnkit.files.reading import is_sound, open_image
from cnnkit.files.recognition import HEAD_BYTES, is_safetensors
from cnnkit.files.writing import Encoder, write_file
from cnnkit.geometry.pair import PairLike, pair_text
from cnnkit.operations.levels import Levels, range_word, raster_levels, real_values, values_word

if TYPE_CHECKING:
    from cnnkit.data.network.weights import Weights

_FLAG = re.compile(r"(?<![\w-])--([a-z][a-z-]*)(?:[ =](all\b|left\b|ignore\b|N\b|-?\d\w*(?:[.,]\w+)*))?")
_OUTPUTS = {
    " with -o": "",
    ", or use --out-dir for a folder": "",
    "-o or --out-dir": "another path",
    "or use -o": "or another path",
}
MADE_BY = f"made by cnnkit {__version__}: cnnkit.write"


def read(
    path: str | os.PathLike[str],
    *,
    frame: str | int | None = None,
    channel: str | int | None = None,
    sample_rate: int | None = None,
    raw: str | None = None,
    resize: PairLike | None = None,
    fit: str | None = None,
    resample: str | None = None,
    crop: PairLike | None = None,
    grey: bool = False,
    rgb: bool = False,
    scale: float | str | None = None,
    normalise: str | Sequence[Any] | None = None,
) -> Any:
    """Read an image, an array, a sound, weights or a model: what the command line computes on.

    Parameters
    ----------
    path : str or os.PathLike
        The file; its content says what it is.
    frame : int or "all", optional
        Which frame of an image that has several, from 1, or a list of all; the first by default.
    channel : {"left", "right", "mix", "all"} or int, optional
        Which channel of a sound; by default the mean of all.
    sample_rate : int, optional
        In hertz; a sound of another rate is resampled.
    raw : str, optional
        The file is samples without a header, as in "16000,s16le".
    grey, rgb : bool
        Make an image grey or RGB, without its alpha. This and what follows is for images, and done in the order: grey
        or rgb, resize, crop, scale, normalise.
    resize, crop : int or (int, int) or str, optional
        Rows and columns to resize it to, and to cut out of its centre.
    fit : {"stretch", "cover", "contain"}, optional
        What becomes of the aspect: it changes, what overhangs is cut off, or zeros fill the rest.
    resample : {"area", "lanczos"}, optional
        Pillow's filter; by default area, and Lanczos for what becomes larger.
    scale : float or str, optional
        A factor, as 1 / 255; the values become float32, or float64 of float64.
    normalise : "imagenet" or (mean, std), optional
        Numbers, one or one for each channel; levels are scaled to 0 to 1 for "imagenet" where `scale` is not given.

    Returns
    -------
    ndarray, (rows, columns[, depth])
        Of an image: levels of uint8 or uint16, or the values of a float TIFF or an array; upright, alpha last.
    (samples, sample_rate)
        Of a sound: (n,), or (n, channels) of all; integers as the file holds them, or floats in [-1, 1]. A mean is
        float64 on the scale of the file, resampled samples are float32 on it; 24 bits are -2**23 to 2**23 - 1 of int32.
    Weights
        Of a .safetensors: its tensors by their names, as float32, in the order of the file; `repr` lists them.
    Model
        Of a model of ONNX, with the extra `models`: its operators and constants.

    Warns
    -----
    CnnkitWarning
        If reading left something out, mixed channels or scaled levels.

    Raises
    ------
    InputError
        If the file is missing, empty, damaged or of a kind that is not read, or has no such frame or channel.
    ArgumentError
        If a keyword is wrong for every file.
    SizeError
        If a crop is larger than the image, or it has another number of channels than what it is prepared for.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = write(f"{folder}/grey.png", [[0.0, 0.5], [0.75, 1.0]])
    ...     read(f"{folder}/grey.png").tolist()
    ...     read(f"{folder}/grey.png", rgb=True, resize=224, normalise="imagenet").shape
    [[0, 128], [191, 255]]
    (224, 224, 3)
    """
    if names_a_model([os.fspath(path)]) and not is_weights(os.fspath(path)):
        from cnnkit.files.network.onnx import read_model

        with named(path):
            return read_model(path)
    notes: dict[str, None] = {}  # each once, in order
    with named(path), open_image(Path(path)) as stream:
        sample_rate = None if sample_rate is None else whole_number("sample_rate", sample_rate)
        chosen, options = _word(frame), {"channel": _word(channel), "sample_rate": sample_rate, "raw": raw}
        preparation = read_preparation(
            resize=resize, fit=fit, resample=resample, crop=crop, grey=grey, rgb=rgb, scale=scale, normalise=normalise
        )
        if is_safetensors(stream.read(HEAD_BYTES)):
            return _weights(stream, path, {"frame": chosen, **options, **(preparation.settings if preparation else {})})
        if is_sound(stream, chosen, options):
            if preparation is not None:
                name = next(iter(preparation.settings))
                raise InputError(f"--{name} is for images, and this is a sound", hint=f"leave --{name} out for sounds")
            from cnnkit.files.sounds.sound import open_signal

            with open_signal(stream, _word(channel), sample_rate, raw) as sound:
                result: Any = (sound.between(0, sound.count), sound.sample_rate)
                notes |= dict.fromkeys(sound.notes)
        else:
            images = []
            for raster in read_frames(stream, chosen if chosen is None else check_frame(chosen)):
                made = raster if preparation is None else prepare(raster, preparation)
                samples = made.samples[:, :, 0] if made.is_flat and made.shape[2] == 1 else made.samples
                images.append(np.require(samples, requirements=["C", "W"]))
                notes |= dict.fromkeys(made.notes)
            result = images if chosen == "all" else images[0]
    for note in notes:
        warnings.warn(f"{printable(os.fspath(path))}: {_in_python(note)}", CnnkitWarning, stacklevel=2)
    return result


def write(
    path: str | os.PathLike[str],
    values: npt.ArrayLike,
    *,
    range: str = "auto",
    sample_rate: int | None = None,
    force: bool = False,
) -> Levels | None:
    """Write an array as a picture, an array or a sound; the ending of the name says which.

    Parameters
    ----------
    path : str or os.PathLike
        .png, .jpg, .webp or .tiff; .npy, .npz, .csv or .zarr (of the extra ``zarr``); .wav.
    values : array_like
        (rows, columns[, depth]) of a picture or a .zarr, (n,) or (n, channels) of a sound, any shape of an .npy. A bool
        is black or white in a picture. In its uint8 and uint16 the last of 2 or 4 channels is alpha. A sound is floats
        in [-1, 1], or integers of which full scale is that of their type; int32 that fits 24 bits is written as 24, as
        `read` gives it.
    range : {"auto", "clip", "abs", "offset", "minmax"}
        How values become the levels of a .png, .jpg or .webp, as in `levels`; "auto" writes uint8 and uint16 as they
        are. Other formats hold the values themselves.
    sample_rate : int, optional
        In hertz, of a .wav.
    force : bool
        Replace a file that cnnkit did not make.

    Returns
    -------
    Levels or None
        How values became levels, with the share that was clipped; None where they were written as they are.

    Warns
    -----
    CnnkitWarning
        If int32 is written as 24 bits.

    Raises
    ------
    OutputError
        If the file may not be replaced or written, its format cannot hold the values, or floats beyond 16 are no sound.
    ArgumentError
        If the ending is unknown, a keyword does not go with it, or the values are masked or not real numbers.
    SizeError
        If there are no values.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     print(write(f"{folder}/edges.png", [[-300.0, 12.5]]).text)
    values -300 to 12.5 as |v|, clipped to 255, 50.0 % clipped
    """
    target, account = Path(path), None
    with named(path):
        ending = target.suffix[1:].lower()
        file_type, array = FORMAT_ALIASES.get(ending, ending), real_values(values)
        range_word(range, is_zero_sum=False, has_levels=True)
        known = (*IMAGE_FORMATS, *MATRIX_FORMATS, "zarr", "wav")
        if file_type not in known:
            raise ArgumentError(f"the ending {quoted(target.suffix)} names no format", f"use one of {', '.join(known)}")
        if (file_type == "wav") != (sample_rate is not None):
            raise ArgumentError("sample_rate is for .wav, and needed there", hint="give it in hertz with a .wav alone")
        if file_type == "zarr":
            _write_zarr(target, array, force=force)
            return None
        if sample_rate is not None:
            encode = _sound(target, array, whole_number("sample_rate", sample_rate))
        elif file_type in MATRIX_FORMATS:
            encode = encode_matrix(array, file_type, MADE_BY)
        else:
            raster = _raster(array)
            if file_type != "tiff" and not raster.has_alpha and raster.shape[2] in (2, 4):
                hint = "give the colours alone, values[..., :-1]; or write .npy or .tiff"
                raise OutputError(f"{raster.shape[2]} channels of {array.dtype} are not those of a picture", hint)
            if file_type != "tiff" and (range != "auto" or not raster.is_integer):
                dtype = array.dtype if raster.is_integer else np.uint8
                raster, account, _ = raster_levels(raster, dtype, values_word(array) if range == "auto" else range)
            encode = encode_raster(raster, file_type, MADE_BY)
        write_file(target, encode, shape=pair_text(array.shape), force=force)
    return account() if account else None


def _weights(stream: BinaryIO, path: str | os.PathLike[str], given: Mapping[str, object]) -> Weights:
    """The tensors of a file of weights, for which there are no keywords."""
    from cnnkit.files.network.safetensors import read_safetensors

    if name := next((name for name, value in given.items() if value is not None), ""):
        flag = name.replace("_", "-")
        hint = f"leave --{flag} out for weights"
        raise InputError(f"--{flag} is for images and sounds, and this is a file of weights", hint)
    return read_safetensors(stream, os.fspath(path))


def _sound(target: Path, samples: npt.NDArray[Any], sample_rate: int) -> Encoder:
    """Samples as a WAV, in which they would not change their loudness."""
    from cnnkit.files.sounds.wav import encode_wav, natural_subtype

    if samples.ndim not in (1, 2) or (samples.ndim == 2 and len(samples) < samples.shape[1]):
        hint = "give (n,) or (n, channels)" + ", as in values.T" * (samples.ndim == 2)
        raise OutputError(f"values of shape {samples.shape} are not a sound", hint)
    lowest, highest = float(np.fmin.reduce(samples, None)), float(np.fmax.reduce(samples, None))
    if samples.dtype.kind == "f" and (largest := max(-lowest, highest)) > MOST_FLOAT:
        raise OutputError(f"floats that reach {largest:.8g} are not a sound in [-1, 1]", TO_FULL_SCALE)
    is_of_24_bits = samples.dtype == np.int32 and lowest >= -(2**23) and highest < 2**23
    if is_of_24_bits and (lowest or highest):
        note = "written as 24 bits, which hold all of it; give samples / 2**31 if its full scale is that of 32"
        warnings.warn(f"{printable(str(target))}: {note}", CnnkitWarning, stacklevel=3)
    subtype = natural_subtype(samples.dtype, 2.0**23 if is_of_24_bits else None)
    return encode_wav(samples, sample_rate, subtype, MADE_BY)


def _write_zarr(target: Path, array: npt.NDArray[Any], *, force: bool) -> None:
    """Write an array as a .zarr, its values as they are."""
    from cnnkit.files.datasets.folder import write_folder
    from cnnkit.files.zarr.writing import filler

    if array.ndim not in (2, 3):
        problem = f"a .zarr holds rows x columns (x depth), not shape {array.shape}"
        raise OutputError(problem, hint="use .npy for other shapes")
    raster = Raster(array if array.ndim == 3 else array[:, :, None], is_flat=array.ndim == 2)
    write_folder(target, filler(raster, MADE_BY), shape=pair_text(array.shape), force=force)


def _raster(array: npt.NDArray[Any]) -> Raster:
    """An array as a picture; a 2nd or 4th channel of levels is alpha."""
    if array.ndim not in (2, 3):
        hint = "give rows x columns (x depth), or write .npy"
        raise OutputError(f"values of shape {array.shape} are not a picture", hint)
    samples = array if array.ndim == 3 else array[:, :, None]
    if array.dtype == np.bool_:
        return Raster(samples * np.uint8(255))
    return Raster(samples, array.dtype in (np.uint8, np.uint16) and samples.shape[2] in (2, 4))


def _word(value: str | int | None) -> str | None:
    return None if value is None else str(value)


@contextmanager
def named(path: str | os.PathLike[str]) -> Iterator[None]:
    """Name the file in errors, and keywords in place of flags."""
    try:
        yield
    except CnnkitError as error:
        name, problem = printable(os.fspath(path)) or "''", printable(_in_python(error.problem))
        error.problem = problem if problem.startswith(f"{name} ") else f"{name}: {problem}"
        error.hint = printable(_in_python(error.hint))
        raise


def _in_python(text: str) -> str:
    """A text with keywords for flags.

    >>> _in_python("--channel left takes one; leave --sample-rate out; --frame 2 or --force")
    'channel="left" takes one; leave sample_rate out; frame=2 or force=True'
    """
    for words, others in _OUTPUTS.items():
        text = text.replace(words, others)
    return _FLAG.sub(_keyword, text)


def _keyword(found: re.Match[str]) -> str:
    name, value = found[1].replace("-", "_"), found[2] or "True" * (found[1] == "force")
    is_bare = value in ("N", "True") or value.removeprefix("-").replace(".", "", 1).isdecimal()
    return f"{name}={value if is_bare else repr(value)}".replace("'", '"') if value else name
