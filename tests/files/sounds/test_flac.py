"""The header of a FLAC, by hand and as libFLAC writes it."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from cnnkit.errors import InputError
from cnnkit.files.sounds.flac import next_header, read_flac
from cnnkit.files.sounds.header import read_header
from tests.reference.at_once import read_signal


def written(subtype: str = "PCM_16", samples: int = 5000, channels: int = 1) -> bytes:
    noise = np.random.default_rng(0).integers(-9999, 9999, (samples, channels)).astype(np.int16)
    stream = io.BytesIO()
    soundfile.write(stream, noise, 8000, format="FLAC", subtype=subtype)
    return stream.getvalue()


def streamed(content: bytes) -> bytes:
    """As a program writes it that cannot go back: without the number of samples."""
    numbers = int.from_bytes(content[18:26], "big") >> 36 << 36
    return content[:18] + numbers.to_bytes(8, "big") + content[26:]


@pytest.mark.parametrize("subtype", ["PCM_S8", "PCM_16", "PCM_24"])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_header(subtype: str, channels: int) -> None:
    part, end = read_flac(io.BytesIO(b"12" + written(subtype, 77, channels)), 2, 10**6, [])
    assert part[1:5] == (8000, channels, 77, subtype)
    assert end == 10**6


@pytest.mark.parametrize("subtype", ["PCM_S8", "PCM_16", "PCM_24"])
def test_a_length_that_is_not_said(subtype: str) -> None:
    content = written(subtype)
    assert read_header(io.BytesIO(streamed(content)))[:3] == (5000, 8000, 1)
    expected, found = (read_signal(io.BytesIO(one)).samples for one in (content, streamed(content)))
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == expected.dtype


def test_where_the_next_one_begins() -> None:
    one = written()
    for between in (b"", bytes(2**20 - len(one) - 3)):
        stream = io.BytesIO(one + between + one)
        assert next_header(stream, 42, 10**7, b"fLaC") == len(one + between)
    assert next_header(io.BytesIO(one), 42, len(one), b"fLaC") == len(one)


def test_a_header_alone() -> None:
    content = written()
    for length in (41, 42, 60):  # the second block holds the name of the encoder
        with pytest.raises(InputError, match="cut off inside its header"):
            read_header(io.BytesIO(content[:length]))
    many = content[:8] + b"\0\1" + content[10:18] + (int.from_bytes(content[18:26], "big") | 2**35).to_bytes(8, "big")
    with pytest.raises(InputError, match=r"cut off: its frames are at least \d+ bytes, the file holds \d+"):
        read_header(io.BytesIO(many + content[26:]))


def test_much_that_is_missing_is_told_from_the_header_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which says how many bytes the smallest frame has."""
    monkeypatch.setattr("cnnkit.files.sounds.libsndfile.open_sound", None)
    content = written(samples=400_000)
    assert read_header(io.BytesIO(content)).samples == 400_000
    with pytest.raises(InputError, match="cut off: its frames are at least"):
        read_header(io.BytesIO(content[: len(content) // 2]))
    short = written(samples=4096)
    assert read_header(io.BytesIO(short + content)).samples == 4096 + 400_000
