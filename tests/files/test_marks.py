"""Files of others, and damaged ones, do not say that cnnkit made them; that its own do is with each format's tests."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnkit.data.kernels.kernel import Kernel
from cnnkit.files.kernels import encode_kernel
from cnnkit.files.marks import made_by_cnnkit
from cnnkit.files.matrices import encode_matrix

BYTES = np.random.default_rng(0).integers(0, 256, (8, 9, 3), dtype=np.uint8)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP"])
def test_images_of_others(kind: str, tmp_path: Path) -> None:
    Image.fromarray(BYTES).save(tmp_path / "theirs", kind)
    assert not made_by_cnnkit(tmp_path / "theirs")


def test_arrays_of_others(tmp_path: Path) -> None:
    np.savez(tmp_path / "theirs.npz", data=BYTES)
    np.save(tmp_path / "theirs.npy", BYTES)
    with zipfile.ZipFile(tmp_path / "note.npz", "w") as archive:
        archive.writestr("cnnkit.txt", "made by hand")
    for path in tmp_path.iterdir():
        assert not made_by_cnnkit(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"text",
        b"PK\3\4 no archive",
        b"RIFF" + struct.pack("<I", 40) + b"WAVEfmt " + bytes(200),
        b"\x89PNG\r\n\x1a\n",
        b"made by cnnkit ",
    ],
)
def test_other_files(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "theirs"
    path.write_bytes(content)
    assert not made_by_cnnkit(path)
    assert not made_by_cnnkit(tmp_path)
    assert not made_by_cnnkit(tmp_path / "missing")


def npz(note: Any = "made by cnnkit 0.1.0: cnnkit mfcc") -> bytes:
    stream = io.BytesIO()
    encode_matrix(np.eye(3), "npz", note)(stream)
    return stream.getvalue()


def test_an_npz_that_is_damaged_anywhere_is_no_crash(tmp_path: Path) -> None:
    content = npz()
    path = tmp_path / "own.npz"
    path.write_bytes(content)
    assert made_by_cnnkit(path)
    for place in range(0, len(content), 7):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        assert made_by_cnnkit(path) in (True, False)
        path.write_bytes(content[:place])
        assert not made_by_cnnkit(path)


def test_a_kernel_of_ones_own_is_known_by_its_first_words(tmp_path: Path) -> None:
    path = tmp_path / "kernel.json"
    for note, is_own in (("made by cnnkit 0.1.0: cnnkit learn", True), ("drawn by hand", False)):
        with path.open("wb") as stream:
            encode_kernel(Kernel(np.eye(3)), note)(stream)
        assert made_by_cnnkit(path) is is_own
