"""PNG's row filters there and back, against the specification written out and against other readers."""

import io
import struct
import zlib
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from cnnkit.data.bands import Bands
from cnnkit.files.images.png import read_png, write_png
from cnnkit.loops.png import filter_rows, unfilter_rows
from tests.cases.layouts import samples


def predictions(row: bytes, above: bytes, kind: int, step: int) -> list[int]:
    """What each byte of a row is guessed to be. Source: PNG Specification, section 9.2."""
    guesses = []
    for x in range(len(row)):
        a = row[x - step] if x >= step else 0
        b = above[x]
        c = above[x - step] if x >= step else 0
        p = a + b - c
        nearest = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
        guesses.append([0, a, b, (a + b) // 2, nearest][kind])
    return guesses


def filtered_slowly(raw: Any, kinds: list[int], step: int) -> Any:
    """Each row with its filter, as the specification has it."""
    rows = []
    above = bytes(raw.shape[1])
    for row, kind in zip(raw, kinds, strict=True):
        line = bytes(row)
        guesses = predictions(line, above, kind, step)
        rows.append([kind, *((value - guess) % 256 for value, guess in zip(line, guesses, strict=True))])
        above = line
    return np.array(rows, dtype=np.uint8)


def filtered(raw: Any, step: int) -> Any:
    out = np.full((raw.shape[0], raw.shape[1] + 1), 77, dtype=np.uint8)
    filter_rows(np.ascontiguousarray(raw), step, out, 0, len(raw))
    return out


def unfiltered(rows: Any, step: int) -> Any:
    out = np.full((rows.shape[0], rows.shape[1] - 1), 77, dtype=np.uint8)
    unfilter_rows(np.ascontiguousarray(rows), step, out)
    return out


def images(step: int) -> dict[str, Any]:
    """Rows of bytes of several kinds, `step` bytes to a pixel."""
    rng = np.random.default_rng(step)
    ramp = np.add.outer(3 * np.arange(9), np.arange(7 * step) // step * 5)
    return {
        "noise": rng.integers(0, 256, (9, 7 * step), dtype=np.uint8),
        "ramp": ramp.astype(np.uint8),
        "rows alike": np.tile(rng.integers(0, 256, 7 * step, dtype=np.uint8), (9, 1)),
        "steps of 128": (rng.integers(0, 2, (9, 7 * step)) * 128).astype(np.uint8),
        "extremes": (rng.integers(0, 2, (9, 7 * step)) * 255).astype(np.uint8),
        "one pixel": rng.integers(0, 256, (1, step), dtype=np.uint8),
        "one column": rng.integers(0, 256, (9, step), dtype=np.uint8),
        "zeros": np.zeros((9, 7 * step), dtype=np.uint8),
    }


def test_paeth_by_hand(engine: str) -> None:
    # Left 10, above 20, corner 15: 10 + 20 - 15 = 15 is nearest to the corner. Left 10, above 20, corner 12: 18, so 20.
    raw = np.array([[15, 20], [10, 40]], dtype=np.uint8)
    rows = np.array([[0, 15, 20], [4, 10 - 15 + 256, 40 - 15]], dtype=np.uint8)
    np.testing.assert_array_equal(filtered_slowly(raw, [0, 4], 1), rows)
    np.testing.assert_array_equal(unfiltered(rows, 1), raw)
    raw = np.array([[12, 20], [10, 40]], dtype=np.uint8)
    rows = np.array([[0, 12, 20], [4, 10 - 12 + 256, 40 - 20]], dtype=np.uint8)
    np.testing.assert_array_equal(filtered_slowly(raw, [0, 4], 1), rows)
    np.testing.assert_array_equal(unfiltered(rows, 1), raw)


@pytest.mark.parametrize("step", range(1, 9))
def test_there_and_back(step: int, engine: str) -> None:
    for name, raw in images(step).items():
        np.testing.assert_array_equal(unfiltered(filtered(raw, step), step), raw, err_msg=name)


@pytest.mark.parametrize("step", range(1, 9))
def test_filters_agree_with_the_specification(step: int, engine: str) -> None:
    chosen: set[int] = set()
    for raw in images(step).values():
        rows = filtered(raw, step)
        kinds = rows[:, 0].tolist()
        chosen |= set(kinds)
        np.testing.assert_array_equal(rows, filtered_slowly(raw, kinds, step))
    assert len(chosen) >= 3


@pytest.mark.parametrize("step", range(1, 9))
def test_every_filter_is_undone_on_every_row(step: int, engine: str) -> None:
    for name, raw in images(step).items():
        for first in range(5):  # every type on the first row too, where nothing is above
            kinds = [(first + row) % 5 for row in range(len(raw))]
            rows = filtered_slowly(raw, kinds, step)
            np.testing.assert_array_equal(unfiltered(rows, step), raw, err_msg=f"{name} {kinds}")


@pytest.mark.parametrize("step", [1, 3, 8])
def test_machine_code_and_plain_python_choose_alike(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = {name: filtered(raw, step) for name, raw in images(step).items()}
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    for name, raw in images(step).items():
        np.testing.assert_array_equal(filtered(raw, step), compiled[name], err_msg=name)


@pytest.mark.parametrize("band", [(0, 0), (0, 4), (3, 7), (8, 9)])
def test_a_band_is_all_that_is_written(band: tuple[int, int], engine: str) -> None:
    raw = images(3)["noise"]
    whole = filtered(raw, 3)
    out = np.full_like(whole, 77)
    filter_rows(raw, 3, out, *band)
    inside = np.zeros(9, dtype=bool)
    inside[slice(*band)] = True
    np.testing.assert_array_equal(out[inside], whole[inside])
    np.testing.assert_array_equal(out[~inside], np.full_like(out[~inside], 77))


# Against other readers and writers.


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (37, 41)])
@pytest.mark.parametrize("smooth", [False, True])
def test_pillow_reads_8_bits(depth: int, size: tuple[int, int], smooth: bool) -> None:
    image = samples(depth, (*size, depth), "u1")
    if smooth:
        image = np.cumsum(np.cumsum(image % 3, axis=0), axis=1).astype(np.uint8)
    stream = io.BytesIO()
    write_png(stream, Bands.of(image))
    with Image.open(io.BytesIO(stream.getvalue())) as found:
        assert found.mode == ("L", "LA", "RGB", "RGBA")[depth - 1]
        np.testing.assert_array_equal(np.asarray(found).reshape(image.shape), image)
    stream.seek(0)
    np.testing.assert_array_equal(read_png(stream).samples, image)


@pytest.mark.parametrize("depth", [1, 3, 4])
def test_opencv_reads_16_bits(depth: int) -> None:
    image = samples(depth, (37, 41, depth), "u2")
    stream = io.BytesIO()
    write_png(stream, Bands.of(image))
    found = cv2.imdecode(np.frombuffer(stream.getvalue(), np.uint8), cv2.IMREAD_UNCHANGED)
    found = found.reshape(37, 41, depth)[..., [0] if depth == 1 else [2, 1, 0, 3][:depth]]
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found, image)
    stream.seek(0)
    np.testing.assert_array_equal(read_png(stream).samples, image)


def test_pillow_reads_16_bit_grey() -> None:
    image = samples(5, (13, 11, 1), "u2")
    stream = io.BytesIO()
    write_png(stream, Bands.of(image))
    with Image.open(io.BytesIO(stream.getvalue())) as found:
        np.testing.assert_array_equal(np.asarray(found), image[..., 0])


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_pillows_files_are_read(mode: str) -> None:
    depth = len(mode)
    smooth = np.cumsum(np.cumsum(samples(depth, (37, 41, depth), "u1") % 3, axis=0), axis=1).astype(np.uint8)
    for image in (samples(6, (37, 41, depth), "u1"), smooth):
        stream = io.BytesIO()
        Image.fromarray(image.squeeze(), mode=None).save(stream, "PNG")
        stream.seek(0)
        np.testing.assert_array_equal(read_png(stream).samples, image)


@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_every_filter_in_a_file_is_read(dtype: str) -> None:
    image = samples(7, (11, 6, 3), dtype)
    step = 3 * image.dtype.itemsize
    raw = image.astype(image.dtype.newbyteorder(">")).view(np.uint8).reshape(11, -1)
    rows = filtered_slowly(raw, [row % 5 for row in range(11)], step)
    head = struct.pack(">IIBBBBB", 6, 11, 8 * image.dtype.itemsize, 2, 0, 0, 0)
    file = b"\x89PNG\r\n\x1a\n"
    for kind, content in ((b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes())), (b"IEND", b"")):
        file += struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    np.testing.assert_array_equal(read_png(io.BytesIO(file)).samples, image)


def test_threads_never_change_a_file() -> None:
    image = samples(8, (900, 700, 3), "u1")
    files = []
    for threads in (1, 2, 3, 5):
        stream = io.BytesIO()
        write_png(stream, Bands.of(image), threads=threads)
        files.append(stream.getvalue())
    assert all(file == files[0] for file in files)
    with Image.open(io.BytesIO(files[0])) as found:
        np.testing.assert_array_equal(np.asarray(found), image)
