"""Headers by hand, and ends that are missing, in every container."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import soundfile

from cnnkit.errors import InputError
from cnnkit.files.sounds.containers import Chunk, is_unknown, read_chunks
from cnnkit.files.sounds.header import SoundHeader, read_header
from cnnkit.files.sounds.sound import open_signal

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


def test_an_au_by_hand() -> None:
    content = b".snd" + bytes.fromhex("00000018 00000064 00000003 00001f40 00000001") + bytes(90)
    with pytest.raises(InputError, match="cut off: its header promises 50 samples, the file holds 45"):
        read_header(io.BytesIO(content))


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_what_is_cut_off_does_not(kind: tuple[str, str]) -> None:
    content = written(kind)
    for end in (len(content) * 2 // 3, len(content) - 2):
        with pytest.raises(InputError, match=r"cut off: its header promises \d+ (bytes|samples), the file holds \d+"):
            read_header(io.BytesIO(content[:end]))


# Headers by hand.

RATE = bytes.fromhex("400efa00000000000000")  # 64000 / 2 as an 80-bit float: 32000 Hz


def header_of(content: bytes) -> SoundHeader:
    return read_header(io.BytesIO(content))


def values(content: bytes) -> list[float]:
    with open_signal(io.BytesIO(content), "1") as sound:
        return list(sound.between(0, sound.count))


def aiff(common: bytes, sound: bytes, kind: bytes = b"AIFC") -> bytes:
    body = kind + b"COMM" + struct.pack(">I", len(common)) + common + b"SSND" + struct.pack(">I", 8 + len(sound))
    return b"FORM" + struct.pack(">I", len(body) + 8 + len(sound)) + body + bytes(8) + sound


@pytest.mark.parametrize(
    ("kind", "bits", "sound", "expected"),
    [
        (b"NONE", 16, b"\1\2\xff\xfe", [258, -2]),
        (b"twos", 16, b"\1\2\xff\xfe", [258, -2]),
        (b"sowt", 16, b"\1\2\xff\xfe", [513, -257]),
        (b"NONE", 12, b"\1\0\xff\0", [256, -256]),
        (b"in24", 24, b"\0\1\0\xff\xff\xff", [256, -1]),
        (b"raw ", 8, b"\x80\x81", [0, 1]),
        (b"fl32", 32, struct.pack(">2f", 0.5, -1), [0.5, -1]),
        (b"fl64", 64, struct.pack(">2d", 0.5, -1), [0.5, -1]),
        (b"ulaw", 16, b"\xff\x80", [0, 32124 / 32768]),  # ITU-T G.711
        (b"alaw", 16, b"\xd5\xaa", [8 / 32768, 32256 / 32768]),
    ],
)
def test_an_aifc(kind: bytes, bits: int, sound: bytes, expected: list[float]) -> None:
    content = aiff(struct.pack(">hIh", 1, 2, bits) + RATE + kind + b"\0\0", sound)
    assert header_of(content)[:3] == (2, 64000, 1)
    assert values(content) == expected


def test_the_form_of_the_samples_may_stand_behind_them() -> None:
    common = b"COMM" + struct.pack(">IhIh", 18, 1, 2, 16) + RATE
    content = b"FORM\0\0\0\x00AIFFSSND\0\0\0\x0c" + bytes(8) + b"\0\1\0\2" + common
    assert values(content) == [1, 2]


@pytest.mark.parametrize(
    ("flags", "bits", "sound", "expected"),
    [
        (0, 16, b"\1\2\xff\xfe", [258, -2]),
        (2, 16, b"\1\2\xff\xfe", [513, -257]),
        (3, 32, struct.pack("<2f", 0.5, -1), [0.5, -1]),
        (0, 8, b"\1\xff", [1, -1]),
    ],
)
@pytest.mark.parametrize("length", [None, -1])
def test_a_caf(flags: int, bits: int, sound: bytes, expected: list[float], length: int | None) -> None:
    description = struct.pack(">d4sIIIII", 8000, b"lpcm", flags, bits // 8, 1, 1, bits)
    size = len(sound) + 4 if length is None else length
    content = b"caff\0\1\0\0desc" + struct.pack(">q", 32) + description + b"data" + struct.pack(">q", size)
    assert values(content + bytes(4) + sound) == expected


@pytest.mark.parametrize(("encoding", "sound"), [(2, b"\1\xff"), (3, b"\0\1\xff\xff"), (5, b"\0\0\0\1" + b"\xff" * 4)])
def test_an_au(encoding: int, sound: bytes) -> None:
    for order, magic in ((">", b".snd"), ("<", b"dns.")):
        stored = sound if order == ">" else np.frombuffer(sound, f">i{len(sound) // 2}").astype("<i4").tobytes()
        if order == "<" and encoding != 5:
            continue
        head = magic + struct.pack(f"{order}5I", 28, len(stored), encoding, 8000, 1) + b"note"
        assert values(head + stored) == [1, -1]


@pytest.mark.parametrize(("magic", "order"), [(b".snd", ">"), (b"dns.", "<")])
def test_an_au_from_a_pipe_and_another(magic: bytes, order: str) -> None:
    """Bytes that look like the first ones of a header are samples."""
    sound = magic * 100
    one = magic + struct.pack(f"{order}5I", 24, 0xFFFFFFFF, 2, 8000, 1) + sound
    expected = list(np.frombuffer(sound, np.int8))
    assert values(one) == expected
    with open_signal(io.BytesIO(one + one)) as joined:
        assert list(joined.between(0, joined.count)) == expected + expected


def test_an_mp3_in_a_wav() -> None:
    stream = io.BytesIO()
    soundfile.write(stream, np.random.default_rng(0).uniform(-0.2, 0.2, 5000), 16000, format="MP3")
    mp3 = stream.getvalue()
    form = struct.pack("<HHIIHHH", 0x55, 1, 16000, 2000, 1, 0, 0)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(mp3)) + mp3
    assert values(b"RIFF" + struct.pack("<I", len(body)) + body) == values(mp3)


def test_lengths_that_stand_for_unknown_ones() -> None:
    assert all(
        map(is_unknown, (0xFFFFFFFF, 0xFFFFFFFF - 36, 0x7FFFFFFF, 0x80000000, 0x7FFFF000, 0x7F000000, 2**64 - 1))
    )
    assert not any(map(is_unknown, (1, 4096, 2**30, 3_000_000_000, 5_000_000_000, 2**40)))


def test_a_format_in_a_wav_that_cannot_be_read() -> None:
    """Windows Media."""
    head = struct.pack("<HHIIHH", 0x161, 1, 8000, 1000, 32, 0)
    content = b"RIFF\x28\0\0\0WAVEfmt \x10\0\0\0" + head + b"data\4\0\0\0" + bytes(4)
    with pytest.raises(InputError, match="this WAV holds sound of format 0x0161, which cannot be read"):
        header_of(content)


def test_a_header_that_nobody_understands() -> None:
    for channels, rate, tag in ((0, 8000, 1), (1, 0, 1), (1, 8000, 0x7777)):
        head = struct.pack("<HHIIHH", tag, channels, rate, 16000, 2, 16)
        content = b"RIFF\x28\0\0\0WAVEfmt \x10\0\0\0" + head + b"data\4\0\0\0" + bytes(4)
        with pytest.raises(InputError):
            header_of(content)


# Chunks.


@pytest.mark.parametrize(
    ("magic", "form", "order"), [(b"RIFF", b"WAVE", "<"), (b"RIFX", b"WAVE", ">"), (b"FORM", b"AIFF", ">")]
)
def test_chunks_by_hand(magic: bytes, form: bytes, order: str) -> None:
    size = struct.Struct(f"{order}I").pack
    content = magic + size(29) + form + b"odd " + size(3) + b"abc\0" + b"data" + size(99) + b"de"
    stream = io.BytesIO(content)
    found = [(chunk, stream.read(2)) for chunk in read_chunks(stream)]
    assert found == [(Chunk(b"odd ", 3, 20, 24), b"ab"), (Chunk(b"data", 99, 32, 132), b"de")]


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
    assert list(read_chunks(io.BytesIO(content))) == [Chunk(b"odd ", 3, 64, 72), Chunk(b"data", 1, 96, 104)]


@pytest.mark.parametrize(
    "content", [b"", b"fLaC" + bytes(40), b"RIFF\4\0\0\0WEBPVP8 \1\0\0\0x", b"riff\x2e\x91\xcf\x11" + bytes(99)]
)
def test_files_without_chunks(content: bytes) -> None:
    assert list(read_chunks(io.BytesIO(content))) == []


def test_another_sound_or_something_else_ends_the_chunks() -> None:
    content = b"RIFF\x14\0\0\0WAVEdata\2\0\0\0ab"
    for after in (content, b"FORM\0\0\0\4AIFF", b"\0\0\0\0\1\0\0\0", b"TAGA sound of that name", b"LIST\xff\xff\0\0"):
        assert [chunk.name for chunk in read_chunks(io.BytesIO(content + after))] == [b"data"]
    assert list(read_chunks(io.BytesIO(b"12" + content), 2)) == [Chunk(b"data", 2, 22, 24)]


def test_the_length_of_an_rf64_is_in_another_chunk() -> None:
    sizes = b"ds64" + struct.pack("<IQQQI", 28, 0, 2**33, 0, 0)
    content = b"RF64\xff\xff\xff\xffWAVE" + sizes + b"data\xff\xff\xff\xffab"
    assert [(chunk.name, chunk.length) for chunk in read_chunks(io.BytesIO(content))] == [
        (b"ds64", 28),
        (b"data", 2**33),
    ]
