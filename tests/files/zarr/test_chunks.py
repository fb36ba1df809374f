"""Chunks: every packing against its own encoder, those that are not there, and those that lie about their size."""

from __future__ import annotations

import os
import shutil
import subprocess
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnkit.errors import InputError
from cnnkit.files.zarr.chunks import Chunks, unpacked
from cnnkit.files.zarr.layout import read_layout

zarr = pytest.importorskip("zarr", reason="the package writes what is read here")
import numcodecs  # noqa: E402

SAMPLES = np.random.default_rng(3).integers(0, 9, 3000).astype(np.uint8)
CODECS = {
    "blosc": numcodecs.Blosc(), "zstd": numcodecs.Zstd(), "lz4": numcodecs.LZ4(), "gzip": numcodecs.GZip(),
    "zlib": numcodecs.Zlib(),
}  # fmt: skip


@pytest.mark.parametrize("packing", CODECS)
def test_as_many_bytes_as_there_should_be(packing: str) -> None:
    for count in (0, 1, 20, 255, 256, 300, 3000):
        content = bytes(CODECS[packing].encode(SAMPLES[:count]))
        if count:
            np.testing.assert_array_equal(unpacked(content, packing, count), SAMPLES[:count])
        for wrong in (count + 1, max(count - 1, 1)):
            if wrong != count:
                with pytest.raises((ValueError, RuntimeError)):
                    unpacked(content, packing, wrong)
    with pytest.raises((ValueError, RuntimeError, zlib.error)):
        unpacked(content[:100], packing, 3000)


@pytest.mark.skipif(not shutil.which("zstd"), reason="the tool zstd is not installed")
def test_a_stream_that_does_not_say_its_size() -> None:
    content = subprocess.run(["zstd", "-c"], input=SAMPLES.tobytes(), capture_output=True, check=True).stdout
    np.testing.assert_array_equal(unpacked(content, "zstd", 3000), SAMPLES)
    for wrong in (2999, 3001):
        with pytest.raises(RuntimeError):
            unpacked(content, "zstd", wrong)


def test_a_bomb_is_not_unpacked() -> None:
    with pytest.raises(ValueError, match="it holds 11 bytes, not 10"):
        unpacked(zlib.compress(bytes(1 << 26)), "zlib", 10)


def chunks_of(path: Path) -> Chunks:
    layout = read_layout(path)
    assert layout is not None
    return Chunks(layout)


@pytest.mark.parametrize(
    "settings",
    [
        {"zarr_format": 2}, {"zarr_format": 2, "order": "F"}, {"zarr_format": 3}, {"compressors": None},
        {"compressors": zarr.codecs.BloscCodec()}, {"compressors": zarr.codecs.GzipCodec()}, {"shards": (8, 8)},
        {"zarr_format": 2, "filters": [numcodecs.Delta("<i2")]}, {"zarr_format": 2, "compressors": numcodecs.LZMA()},
    ],
)  # fmt: skip
def test_as_the_package_reads_them(settings: dict[str, Any], tmp_path: Path) -> None:
    samples = np.arange(7 * 9, dtype=np.int16).reshape(7, 9)
    array = zarr.create_array(str(tmp_path / "a"), shape=(7, 9), chunks=(4, 4), dtype="<i2", **settings)
    array[:] = samples
    chunks = chunks_of(tmp_path / "a")
    for row, column in np.ndindex(2, 3):
        found = chunks.read((row, column))
        assert found is not None
        whole = samples[row * 4 : row * 4 + 4, column * 4 : column * 4 + 4]
        np.testing.assert_array_equal(found[: whole.shape[0], : whole.shape[1]], whole)


def test_what_is_missing_or_damaged(tmp_path: Path) -> None:
    zarr.create_array(str(tmp_path / "a"), shape=(8, 8), chunks=(4, 4), dtype="u1", zarr_format=2)[:] = 1
    chunk, chunks = tmp_path / "a" / "0.1", chunks_of(tmp_path / "a")
    chunk.unlink()
    assert chunks.read((0, 1)) is None
    for content, text in (
        (b"", "is damaged"),
        (b"nonsense", "chunk 0, 1 of this .* is damaged"),
        (bytes(1 << 20), "bytes"),
    ):
        chunk.write_bytes(content)
        with pytest.raises(InputError, match=text):
            chunks.read((0, 1))
    chunk.unlink()
    if hasattr(os, "mkfifo"):
        os.mkfifo(chunk)
        with pytest.raises(InputError, match=r"its 0\.1 is no file"):
            chunks.read((0, 1))
