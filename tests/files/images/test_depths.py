"""Depths that Pillow reduces or shifts in silence: read in full, or refused.

The files are as other programs wrote them: JPEG 2000 OpenJPEG's opj_compress, AVIF avifenc.
"""

from __future__ import annotations

import base64
import contextlib
import io
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from cnnkit.data.raster import Raster
from cnnkit.errors import InputError
from cnnkit.files.images.header import read_size
from cnnkit.files.images.raster import read_raster

Array = npt.NDArray[Any]

J2K = {
    (
        1,
        1,
        "u",
    ): "/0//UQApAAAAAAAIAAAACAAAAAAAAAAAAAAACAAAAAgAAAAAAAAAAAABAAEB/1IADAAAAAEAAAQEAAH/XAAEQAj/kAAKAAAAAAAWAAH/"
    "k9MAEVBUbuGH/9k=",
    (
        4,
        1,
        "u",
    ): "/0//UQApAAAAAAAIAAAACAAAAAAAAAAAAAAACAAAAAgAAAAAAAAAAAABAwEB/1IADAAAAAEAAAQEAAH/XAAEQCD/kAAKAAAAAAAnAAH/"
    "k98hYBFQQgzscYB702l1cAQhIE9MC/MIBg//2Q==",
    (
        5,
        3,
        "u",
    ): "/0//UQAvAAAAAAAIAAAACAAAAAAAAAAAAAAACAAAAAgAAAAAAAAAAAADBAEBBAEBBAEB/1IADAAAAAEBAAQEAAH/XAAEQCj/kAAKAAAA"
    "AAAvAAH/k985wBFQQgzscYB702l1cAQhIE9MC/MIBgQVIglADB+AgP/Z",
    (
        8,
        1,
        "s",
    ): "/0//UQApAAAAAAAIAAAACAAAAAAAAAAAAAAACAAAAAgAAAAAAAAAAAABhwEB/1IADAAAAAEAAAQEAAH/XAAEQED/kAAKAAAAAAAwAAH/"
    "k8+0fCc1Cilq0xzwf08GUFs4gGEhJNuRIOZ9QYFp7yxnNyD/2Q==",
    (
        12,
        1,
        "u",
    ): "/0//UQApAAAAAAAIAAAACAAAAAAAAAAAAAAACAAAAAgAAAAAAAAAAAABCwEB/1IADAAAAAEAAAQEAAH/XAAEQGD/kAAKAAAAAABhAAH/"
    "k9/hQBFPh5Tvc7hdLQWZXSnO9iUJBg6XABhEDLmQyXPxZIMCc7FbGjnIDQfBX7KQW05ElfaOcgNB8/cRSC2nI744K+Utmg5xBUgtpxRdoAbSDAnP/9k=",
    (
        15,
        1,
        "u",
    ): "/0//UQApAAAAAAAIAAAACAAAAAAAAAAAAAAACAAAAAgAAAAAAAAAAAABDgEB/1IADAAAAAEAAAQEAAH/XAAEQHj/kAAKAAAAAAB2AAH/"
    "k9/4YyART4eU73O4XS0FmV0pzvYlCQYOlwAYRAy5kMlz8WSDAnOxWxo5yA0HwV+ykFtORJX2jnIDQfP3EUgtpyO+OCvlLZoOcQVILacjfX6OcgNB8+k5"
    "UFtOPbrtIMCc0T6JQaOcgNB7/9k=",
}
"""Codestreams of 8x8 pixels, by bits, components and sign."""

AVIF = (
    "AAAAHGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZgAAAPBtZXRhAAAAAAAAAChoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAbGliYXZpZgAAAAAOcGl0bQ"
    "AAAAAAAQAAAB5pbG9jAAAAAEQAAAEAAQAAAAEAAAEUAAAAFAAAAChpaW5mAAAAAAABAAAAGmluZmUCAAAAAAEAAGF2MDFDb2xvcgAAAABoaXBycAAAAElp"
    "cGNvAAAAFGlzcGUAAAAAAAAACAAAAAgAAAAOcGl4aQAAAAABCgAAAAxhdjFDgQBcAAAAABNjb2xybmNseAABAA0ABoAAAAAXaXBtYQAAAAAAAAABAAEEAQ"
    "KDBAAAABxtZGF0EgAKCBgIv2OAhoNQMgYfQP/xQA8="
)
"""Grey of 10 bits, 8x8 pixels."""


def read(content: bytes) -> Raster:
    raster = read_raster(io.BytesIO(content))
    assert read_size(io.BytesIO(content)) == raster.shape
    return raster


def refused(content: bytes, problem: str) -> str:
    """The hint, which reading and measuring both give."""
    hints = set()
    for reader in (read_raster, read_size):
        with pytest.raises(InputError, match=problem) as caught:
            reader(io.BytesIO(content))
        hints.add(caught.value.hint)
    (hint,) = hints
    return hint


@pytest.mark.parametrize(("bits", "components"), [(1, 1), (4, 1), (5, 3)])
def test_few_bits_of_jpeg_2000_reach_white(bits: int, components: int) -> None:
    """Pillow gives 128, 240 and 248 for white."""
    blocks = np.array([[0, 1], [2, 3]]) * ((1 << bits) - 1) // 3
    expected = np.rint(blocks.repeat(4, 0).repeat(4, 1) * 255 / ((1 << bits) - 1))
    raster = read(base64.b64decode(J2K[bits, components, "u"]))
    np.testing.assert_array_equal(raster.samples, expected[:, :, None].repeat(components, 2))
    assert raster.samples.dtype == np.uint8


@pytest.mark.parametrize("bits", [12, 15])
def test_sixteen_bits_of_jpeg_2000_reach_white(bits: int) -> None:
    white = (1 << bits) - 1
    values = np.array([[0, 1, white // 2, white], [white, white // 3, 1, 0]]).repeat(4, 0).repeat(2, 1)
    raster = read(base64.b64decode(J2K[bits, 1, "u"]))
    np.testing.assert_array_equal(raster.samples[:, :, 0], np.floor(values / white * 65535 + 0.5))
    assert raster.notes == (f"its levels, 0 to {white}, are scaled to 0 to 65535",)


@pytest.mark.parametrize(("kind", "depth"), [("u1", 1), ("u1", 3), ("u2", 1)])
def test_jpeg_2000_that_opencv_wrote(kind: str, depth: int) -> None:
    samples = np.random.default_rng(0).integers(0, np.iinfo(kind).max + 1, (64, 65, depth)).astype(kind)
    content = cv2.imencode(".jp2", samples[:, :, ::-1], [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000])[1].tobytes()
    np.testing.assert_array_equal(read(content).samples, samples)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("bare", [False, True])
def test_jpeg_2000_that_pillow_wrote(mode: str, bare: bool) -> None:
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 65, 4), dtype=np.uint8)).convert(mode)
    stream = io.BytesIO()
    image.save(stream, "JPEG2000", irreversible=False, no_jp2=bare)
    raster = read(stream.getvalue())
    np.testing.assert_array_equal(raster.samples, np.asarray(image).reshape(64, 65, -1))
    assert raster.has_alpha == mode.endswith("A")


def test_depths_that_would_be_lost_are_refused() -> None:
    colour = np.random.default_rng(0).integers(0, 65536, (64, 65, 3)).astype(np.uint16)
    for content, problem in (
        (cv2.imencode(".jp2", colour)[1].tobytes(), "JPEG 2000 image has 16-bit colour"),
        (base64.b64decode(J2K[8, 1, "s"]), "JPEG 2000 image has signed samples"),
        (base64.b64decode(J2K[5, 3, "u"]).replace(b"\4\1\1\4\1\1", b"\4\1\1\3\1\1", 1), "has several depths"),
    ):
        assert "opj_decompress -i in.jp2 -o out.png" in refused(content, problem)
    ten = base64.b64decode(AVIF)
    assert "avifdec" in refused(ten, "AVIF image has 10 bits a sample, of which 8")
    assert "avifdec" in refused(ten.replace(b"av1C\x81\x00\x5c", b"av1C\x81\x40\x7c"), "AVIF image has 12 bits")


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_avif_of_eight_bits_is_that_of_pillow_and_opencv(mode: str) -> None:
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (16, 17, 4), dtype=np.uint8)).convert(mode)
    stream = io.BytesIO()
    image.save(stream, "AVIF", quality=100, subsampling="4:4:4")
    raster = read(stream.getvalue())
    assert raster.has_alpha == (mode == "RGBA")
    np.testing.assert_array_equal(raster.samples, np.asarray(Image.open(stream)))
    theirs = cv2.imdecode(np.frombuffer(stream.getvalue(), np.uint8), cv2.IMREAD_UNCHANGED)
    if theirs is not None:  # an OpenCV that reads AVIF
        np.testing.assert_array_equal(raster.samples, theirs[..., [2, 1, 0, 3][: raster.shape[2]]])


@pytest.mark.parametrize(
    "content",
    [
        *(base64.b64decode(text)[:stop] for text in (J2K[4, 1, "u"],) for stop in (4, 20, 41, 43, 60)),
        b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\0ftyp",
        b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\1ftyp" + b"\xff" * 8,
        base64.b64decode(AVIF)[:100],
    ],
)
def test_what_is_cut_off_in_its_header_is_refused(content: bytes) -> None:
    with pytest.raises(InputError):
        read_raster(io.BytesIO(content))
    with contextlib.suppress(InputError):
        read_size(io.BytesIO(content))
