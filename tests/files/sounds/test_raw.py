"""Samples without a header: each format by hand."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest

from cnnkit.errors import ArgumentError
from cnnkit.files.sounds.raw import RAW_FORMATS, RawSound, read_raw
from cnnkit.files.sounds.sound import open_signal

BY_HAND = {
    "s8": (b"\1\xff", [1, -1]),
    "u8": (b"\x81\x7f", [1, -1]),
    "s16le": (b"\1\0\xfe\xff", [1, -2]),
    "s16be": (b"\0\1\xff\xfe", [1, -2]),
    "s24le": (b"\1\0\0\xfe\xff\xff", [1, -2]),
    "s24be": (b"\0\0\1\xff\xff\xfe", [1, -2]),
    "s32le": (b"\1\0\0\0\xfe\xff\xff\xff", [1, -2]),
    "s32be": (b"\0\0\0\1\xff\xff\xff\xfe", [1, -2]),
    "f32le": (struct.pack("<2f", 0.5, -2), [0.5, -2]),
    "f32be": (struct.pack(">2f", 0.5, -2), [0.5, -2]),
    "f64le": (struct.pack("<2d", 0.1, -2), [0.1, -2]),
    "f64be": (struct.pack(">2d", 0.1, -2), [0.1, -2]),
    "ulaw": (b"\xff\x80", [0, 32124 / 32768]),  # ITU-T G.711
    "alaw": (b"\xd5\xaa", [8 / 32768, 32256 / 32768]),
}


def test_every_format_has_a_case() -> None:
    assert BY_HAND.keys() == RAW_FORMATS.keys()


@pytest.mark.parametrize("name", RAW_FORMATS)
def test_a_format_by_hand(name: str) -> None:
    content, expected = BY_HAND[name]
    with open_signal(io.BytesIO(content), raw=f"8000,{name}") as sound:
        assert (sound.sample_rate, list(sound.between(0, 2)), sound.notes) == (8000, expected, ())
    with open_signal(io.BytesIO(content), "2", raw=f"8000,{name},2") as sound:
        assert list(sound.between(0, 1)) == expected[1:]


@pytest.mark.parametrize("name", RAW_FORMATS)
def test_bytes_that_are_no_sample(name: str) -> None:
    content = BY_HAND[name][0]
    size = len(content)
    with open_signal(io.BytesIO(content + content[:1]), "1", raw=f"8000,{name},2") as sound:
        assert sound.count == 1
        assert sound.notes == (f"no whole sample at the end: 1 byte of {size + 1} left out",)


def test_any_bytes_are_samples() -> None:
    """Also those of a tag, and a file larger than a piece."""
    content = np.random.default_rng(0).integers(-(2**15), 2**15, 200_000).astype("<i2")
    for extra in (b"", b"TAG" + bytes(125)):
        with open_signal(io.BytesIO(content.tobytes() + extra), raw="8000,s16le") as sound:
            assert sound.count == 200_000 + len(extra) // 2
            np.testing.assert_array_equal(sound.between(0, 200_000), content)


@pytest.mark.parametrize("text", ["16000,s16le", "16000, s16le ", "16000,s16le,1"])
def test_what_is_read(text: str) -> None:
    assert read_raw(text) == RawSound(16000, "s16le", 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "16000",
        "s16le",
        "16000,s16le,2,3",
        "16000,zebra",
        "16k,s16le",
        "s16le,16000",
        "16000 s16le",
        "16000,s16",
        "1,2,3",
        "s16le,u8",
        "9" * 5000,
    ],
)
def test_what_is_not(text: str) -> None:
    with pytest.raises(ArgumentError, match="is not RATE,FORMAT") as caught:
        read_raw(text)
    assert caught.value.hint.startswith("write --raw 16000,s16le or --raw 48000,f32le,2; formats: s8 u8 ")


@pytest.mark.parametrize("text", ["0,s16le", "16000,s16le,0", "4000000000,s16le", "16000,s16le,1025"])
def test_numbers_that_cannot_be(text: str) -> None:
    with pytest.raises(ArgumentError, match="cannot be"):
        read_raw(text)
