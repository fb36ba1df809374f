"""Chunks by hand, and ends that are missing in formats whose samples only libsndfile counts."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import soundfile

from cnnkit.errors import InputError
from cnnkit.files.sounds.chunks import Chunk, SoundBytes, count_sound_bytes, read_chunks
from cnnkit.files.sounds.header import read_header

KINDS = [("AU", kind) for kind in ("PCM_16", "ULAW", "FLOAT", "G721_32")]
KINDS += [("W64", kind) for kind in ("PCM_16", "PCM_U8", "FLOAT", "IMA_ADPCM")]
KINDS += [("WAV", kind) for kind in ("IMA_ADPCM", "MS_ADPCM", "GSM610", "G721_32")]
KINDS += [("AIFF", kind) for kind in ("ULAW", "ALAW", "IMA_ADPCM", "GSM610")]
KINDS += [("SVX", "PCM_16"), ("NIST", "PCM_16"), ("NIST", "PCM_24")]


def written(kind: tuple[str, str], samples: int = 5000, endian: str = "FILE") -> bytes:
    noise = np.random.default_rng(0).integers(-9999, 9999, samples).astype(np.int16)
    stream = io.BytesIO()
    soundfile.write(stream, noise, 8000, format=kind[0], subtype=kind[1], endian=endian)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("magic", "form", "order"), [(b"RIFF", b"WAVE", "<"), (b"RIFX", b"WAVE", ">"), (b"FORM", b"AIFF", ">")]
)
def test_chunks_by_hand(magic: bytes, form: bytes, order: str) -> None:
    size = struct.Struct(f"{order}I").pack
    content = magic + size(29) + form + b"odd " + size(3) + b"abc\0" + b"data" + size(99) + b"de"
    stream = io.BytesIO(content)
    found = [(chunk, stream.read(2)) for chunk in read_chunks(stream)]
    assert found == [(Chunk(b"odd ", 3, 20), b"ab"), (Chunk(b"data", 99, 32), b"de")]


def test_chunks_of_a_wave64_by_hand() -> None:
    """A name has 16 bytes; a length counts the name, itself and the content, and the next chunk is aligned to 8."""
    chunks = (
        b"odd "
        + bytes(12)
        + struct.pack("<Q", 27)
        + b"abc"
        + bytes(5)
        + b"data"
        + bytes(12)
        + struct.pack("<Q", 25)
        + b"d"
    )
    content = b"riff\x2e\x91\xcf\x11" + bytes(32) + chunks
    assert list(read_chunks(io.BytesIO(content))) == [Chunk(b"odd ", 3, 64), Chunk(b"data", 1, 96)]


@pytest.mark.parametrize(
    "content", [b"", b"fLaC" + bytes(40), b"RIFF\4\0\0\0WEBPVP8 \1\0\0\0x", b"riff\x2e\x91\xcf\x11" + bytes(99)]
)
def test_files_without_chunks(content: bytes) -> None:
    assert list(read_chunks(io.BytesIO(content))) == []


def test_an_au_by_hand() -> None:
    content = b".snd" + bytes.fromhex("00000018 00000064 00000003 00001f40 00000001") + bytes(90)
    assert count_sound_bytes(io.BytesIO(content)) == SoundBytes(100, 90)
    with pytest.raises(InputError, match="cut off: its header promises 100 bytes, the file holds 90"):
        read_header(io.BytesIO(content))


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_what_is_whole_keeps_its_promise(kind: tuple[str, str]) -> None:
    for samples in (1, 2, 255, 5000):
        promise = count_sound_bytes(io.BytesIO(written(kind, samples)))
        assert promise is not None
        assert promise.promised <= promise.present <= promise.promised + 1


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_what_is_cut_off_does_not(kind: tuple[str, str]) -> None:
    content = written(kind)
    for end in (len(content) * 2 // 3, len(content) - 2):
        with pytest.raises(InputError, match=r"cut off: its header promises \d+ bytes, the file holds \d+"):
            read_header(io.BytesIO(content[:end]))


def test_both_byte_orders() -> None:
    for kind, endian in [(("AU", "PCM_16"), "LITTLE"), (("WAV", "IMA_ADPCM"), "BIG")]:
        try:
            content = written(kind, endian=endian)
        except soundfile.LibsndfileError:
            continue
        assert count_sound_bytes(io.BytesIO(content[:-100])) is not None


def test_a_stream_of_unknown_length_promises_nothing() -> None:
    content = bytearray(written(("AU", "PCM_16")))
    content[8:12] = b"\xff\xff\xff\xff"
    assert count_sound_bytes(io.BytesIO(bytes(content))) is None
    assert read_header(io.BytesIO(bytes(content))).samples == 5000


@pytest.mark.parametrize("content", [b"", b"RIFF", b"FORM\0\0\0\0AIFC", b".snd\0", b"NIST_1A\n", b"riff\x2e", b"fLaC"])
def test_what_cannot_be_understood_promises_nothing(content: bytes) -> None:
    assert count_sound_bytes(io.BytesIO(content)) is None
    assert count_sound_bytes(io.BytesIO(content + bytes(100))) is None
