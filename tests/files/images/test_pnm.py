"""Netpbm's formats and PFM: values by hand, then Pillow, OpenCV and Netpbm's own programs, then every error."""

from __future__ import annotations

import contextlib
import io
import shutil
import subprocess
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cnnkit.data.raster import Raster
from cnnkit.errors import InputError
from cnnkit.files.images import pnm
from cnnkit.files.images.header import read_size
from cnnkit.files.images.raster import read_raster

Array = npt.NDArray[Any]


def read(content: bytes) -> Raster:
    raster = read_raster(io.BytesIO(content))
    assert read_size(io.BytesIO(content)) == raster.shape
    return raster


def noise(*shape: int, white: int = 255) -> Array:
    return np.random.default_rng(0).integers(0, white + 1, shape)


def binary(samples: Array, white: int, words: str = "") -> bytes:
    """A PGM or PPM, or a PAM of a type."""
    rows, columns, depth = samples.shape
    head = f"P{5 if depth == 1 else 6}\n{columns} {rows}\n{white}\n"
    if words:
        head = f"P7\nWIDTH {columns}\nHEIGHT {rows}\nDEPTH {depth}\nMAXVAL {white}\nTUPLTYPE {words}\nENDHDR\n"
    return head.encode() + samples.astype(">u2" if white > 255 else "u1").tobytes()


def plain(samples: Array, white: int) -> bytes:
    rows, columns, depth = samples.shape
    head = f"P{2 if depth == 1 else 3} # a comment 7\n{columns}\t{rows}\r\n# 99\n{white}\n"
    return (head + "\n".join(map(str, samples.ravel())) + " # the end").encode()


def test_sixteen_bit_colour_by_hand() -> None:
    values = [0, 1, 128, 256, 257, 1000, 40000, 65535, 65534]
    raster = read(b"P6\n3 1\n65535\n" + np.array(values, ">u2").tobytes())
    assert raster.samples.tolist() == [[values[:3], values[3:6], values[6:]]]
    assert raster.samples.dtype == np.uint16
    assert raster.samples.dtype.isnative
    assert (raster.notes, raster.has_alpha) == ((), False)


def test_levels_of_another_white_are_scaled_and_said() -> None:
    for content in (b"P5 3 1 1000\n\0\0\1\xf4\3\xe8", b"P2 3 1 1000 0 500 1000"):
        raster = read(content)
        assert raster.samples[0, :, 0].tolist() == [0, 32768, 65535]
        assert raster.notes == ("its levels, 0 to 1000, are scaled to 0 to 65535",)
    assert read(b"P5 3 1 100 \0\x32\x64").samples[0, :, 0].tolist() == [0, 128, 255]


def test_bits_by_hand() -> None:
    """In PBM 1 is black; in a PAM it is white."""
    expected = [[0, 255, 0, 255, 255, 255, 255, 255, 0], [255, 255, 255, 255, 255, 255, 255, 0, 255]]
    for content in (
        b"P4\n# by hand\n9 2\n\xa0\x80\x01\x00",
        b"P1 9 2\n101000001 000000010",
        b"P1\n9 2\n1 0 1 0 0 0\n0 0 1 # half\n0 0 0 0 0 0 0 1 0",
        binary(np.array(expected)[:, :, None] // 255, 1, "BLACKANDWHITE"),
    ):
        raster = read(content)
        assert raster.samples[:, :, 0].tolist() == expected
        assert raster.samples.dtype == np.uint8
        assert raster.is_flat
        assert raster.notes == ()


@pytest.mark.parametrize("form", [binary, plain])
@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("white", [1, 3, 7, 15, 100, 254, 255, 256, 1000, 1023, 4095, 65534, 65535])
def test_every_white(white: int, depth: int, form: Any) -> None:
    samples = noise(5, 7, depth, white=white)
    full = 255 if white < 256 else 65535
    raster = read(form(samples, white))
    np.testing.assert_array_equal(raster.samples, np.floor(samples / white * full + 0.5))
    assert bool(raster.notes) == (white not in (1, 3, 15, 255, 65535))
    assert len(np.unique(raster.samples)) == len(np.unique(samples))


@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("kind", ["u1", "u2"])
def test_opencv_writes_and_reads_the_same(kind: str, depth: int) -> None:
    samples = noise(6, 9, depth, white=np.iinfo(kind).max).astype(kind)
    content = cv2.imencode(".pgm" if depth == 1 else ".ppm", samples[:, :, ::-1])[1].tobytes()
    np.testing.assert_array_equal(read(content).samples, samples)
    content = cv2.imencode(".pam", samples)[1].tobytes()  # as it stands, without a type
    np.testing.assert_array_equal(read(content).samples, samples)


@pytest.mark.parametrize("white", [255, 1000, 4095, 65535])
def test_pillow_reads_the_same_grey(white: int) -> None:
    content = binary(noise(6, 9, 1, white=white), white)
    theirs = np.asarray(Image.open(io.BytesIO(content)))  # a half is rounded to even there
    np.testing.assert_allclose(read(content).samples[:, :, 0], theirs, rtol=0, atol=int(white == 1000))


@pytest.mark.parametrize("white", [255, 65535])
@pytest.mark.parametrize(
    ("words", "depth", "has_alpha"),
    [
        ("GRAYSCALE", 1, False),
        ("GRAYSCALE_ALPHA", 2, True),
        ("RGB", 3, False),
        ("RGB_ALPHA", 4, True),
        ("bands", 2, False),
        ("bands", 4, False),
        ("bands", 7, False),
    ],
)
def test_the_type_of_a_pam_says_whether_there_is_alpha(words: str, depth: int, has_alpha: bool, white: int) -> None:
    samples = noise(4, 5, depth, white=white)
    raster = read(binary(samples, white, words))
    np.testing.assert_array_equal(raster.samples, samples)
    assert raster.has_alpha == has_alpha


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("depth", [1, 3])
def test_floats_of_either_byte_order_from_the_bottom_up(depth: int, order: str) -> None:
    samples = np.random.default_rng(0).normal(size=(4, 5, depth)).astype(np.float32)
    samples[0, 0] = np.inf
    head = f"P{'f' if depth == 1 else 'F'}\n5 4\n{'-' if order == '<' else ''}1.0\n".encode()
    raster = read(head + samples[::-1].astype(f"{order}f4").tobytes())
    np.testing.assert_array_equal(raster.samples, samples)
    assert raster.samples.dtype == np.float32
    assert raster.samples.dtype.isnative
    assert raster.notes == ()


@pytest.mark.parametrize("depth", [1, 3])
def test_floats_that_opencv_wrote(depth: int) -> None:
    samples = np.random.default_rng(0).normal(size=(4, 5, depth)).astype(np.float32)
    content = cv2.imencode(".pfm", samples[:, :, ::-1])[1].tobytes()
    np.testing.assert_array_equal(read(content).samples, samples)


def test_the_scale_of_floats_is_said_and_not_applied() -> None:
    raster = read(b"Pf\n1 1\n-0.5\n" + np.float32(3).tobytes())
    assert raster.samples.tolist() == [[[3.0]]]
    assert raster.notes == ("its values are those of the file; the scale 0.5 is not applied",)


def test_what_follows_the_first_image_is_said() -> None:
    one = binary(noise(2, 3, 3), 255)
    assert read(one + one).notes == ("only the first of its images is read",)
    assert read(one + b"xyz").notes == ("3 bytes after its end left out",)
    assert read(one + b"\n").notes == ()


@pytest.mark.skipif(shutil.which("pamtopnm") is None, reason="Netpbm is not installed")
@pytest.mark.parametrize(("depth", "white"), [(1, 255), (1, 1000), (3, 255), (3, 1000), (3, 65535)])
def test_netpbm_writes_the_same_image_in_every_form(depth: int, white: int) -> None:
    content = binary(noise(5, 7, depth, white=white), white)
    expected = read(content).samples
    for command in (["pamtopnm", "-plain"], ["pamtopam"], ["pamdepth", "65535"], ["pamtopfm"]):
        done = subprocess.run(command, input=content, capture_output=True, check=True)
        samples = read(done.stdout).samples
        if command[0] == "pamtopfm":
            np.testing.assert_allclose(samples, expected / (255 if white == 255 else 65535), atol=1e-5)
        else:
            scale = 257 if samples.dtype != expected.dtype else 1
            np.testing.assert_array_equal(samples, expected.astype(int) * scale)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"P6 ", "an invalid header"),
        (b"P5 3", "an invalid header"),
        (b"P5 3 x 255\nabc", "an invalid header"),
        (b"P5 0 3 255\n", "an invalid header"),
        (b"P5 -1 3 255\n", "an invalid header"),
        (b"P5 1 3 0\nabc", "an invalid header"),
        (b"P5 1 1 65536\nabc", "an invalid header"),
        (b"P5 1 1 2.5\nabc", "an invalid header"),
        (b"P5 1 1 nan\nabc", "an invalid header"),
        (b"P5 " + b"1" * 400 + b" 1 255\n", "an invalid header"),
        (b"Pf\n1 1\n0\nabcd", "an invalid header"),
        (b"Pf\n1 1\ninf\nabcd", "an invalid header"),
        (b"P7\nWIDTH 1\nHEIGHT 1\n", "an invalid header"),
        (b"P7\nWIDTH 1\nENDHDR\n", "an invalid header"),
        (b"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE CMYK\nENDHDR\nabcd", "CMYK, for printing"),
        (b"P5 3 1 255\nab", "cut off: it lacks 1 byte "),
        (b"P6 60000 60000 65535\nab", "cut off: it lacks 21599999998 bytes"),
        (b"P4 9 2\nabc", "cut off: it lacks 1 byte "),
        (b"Pf\n2 1\n1\nabcd", "cut off: it lacks 4 bytes"),
        (b"P2 60000 60000 255\n1 2", "cut off"),
        (b"P2 3 1 255\n1 222", "some samples are no numbers"),
        (b"P2 3 1 255\n1 two 3", "some samples are no numbers"),
        (b"P2 2 1 255\n-1 3", "some samples are no numbers"),
        (b"P1 3 1\n012", "some samples are no numbers"),
        (b"P1 3 1\n01 ", "some samples are no numbers"),
        (b"P2 2 1 100\n1 101", "a sample of 101 where its header allows 100"),
        (b"P5 1 1 1000\n\4\0", "a sample of 1024 where its header allows 1000"),
    ],
)
def test_what_is_refused(content: bytes, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        read_raster(io.BytesIO(content))
    assert caught.value.hint


def test_the_hint_for_samples_beyond_white_works() -> None:
    with pytest.raises(InputError) as caught:
        read(b"P5 2 1 1000\n\4\0\0\0")
    assert caught.value.hint == "write 1024 for 1000 in its header"
    assert read(b"P5 2 1 1024\n\4\0\0\0").samples[0, :, 0].tolist() == [65535, 0]


@given(st.sampled_from([b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"P7", b"PF", b"Pf"]), st.binary(max_size=60))
def test_any_bytes_are_an_image_or_an_error(kind: bytes, rest: bytes) -> None:
    for content in (kind + rest, kind + b"\n3 2 5\n" + rest):
        with contextlib.suppress(InputError):
            assert pnm.read_pnm(io.BytesIO(content)).samples.size
