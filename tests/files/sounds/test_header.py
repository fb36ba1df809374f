"""Headers against libsndfile: the same count for every format, length and cut, and for headers other tools write."""

from __future__ import annotations

import io
import itertools
import struct
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from cnnkit.errors import InputError
from cnnkit.files.sounds.header import SoundHeader, read_header

OWN = [("WAV", kind) for kind in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW")]
OWN += [("WAVEX", kind) for kind in ("PCM_U8", "PCM_16", "PCM_24", "FLOAT", "ULAW")]
OWN += [("RF64", "PCM_16"), ("RF64", "PCM_24"), ("FLAC", "PCM_16"), ("FLAC", "PCM_24")]
OWN += [("AIFF", kind) for kind in ("PCM_S8", "PCM_16", "PCM_24", "FLOAT", "DOUBLE")]
BY_LIBSNDFILE = [("WAV", "IMA_ADPCM"), ("WAV", "MS_ADPCM"), ("WAV", "GSM610"), ("AIFF", "ULAW"), ("AU", "PCM_16")]
BY_LIBSNDFILE += [("CAF", "PCM_16"), ("CAF", "ALAC_16"), ("W64", "PCM_16"), ("OGG", "VORBIS"), ("OGG", "OPUS")]
BY_LIBSNDFILE += [("MP3", "MPEG_LAYER_III"), ("NIST", "PCM_16"), ("PVF", "PCM_S8")]
LENGTHS = (1, 2, 255, 256, 1001)


def written(kind: tuple[str, str], samples: int, channels: int = 1, rate: int = 8000, endian: str = "FILE") -> bytes:
    content = np.random.default_rng(samples).integers(-9999, 9999, (samples, channels)).astype(np.int16)
    stream = io.BytesIO()
    soundfile.write(stream, content, rate, format=kind[0], subtype=kind[1], endian=endian)
    return stream.getvalue()


def libsndfile(content: bytes) -> tuple[int, int, int]:
    with soundfile.SoundFile(io.BytesIO(content)) as sound:
        return sound.frames, sound.samplerate, sound.channels


def ours(content: bytes) -> tuple[int, int, int]:
    header = read_header(io.BytesIO(content))
    return header.samples, header.sample_rate, header.channels


def chunk(name: bytes, content: bytes, size: int | None = None, order: str = "<") -> bytes:
    head = name + struct.pack(f"{order}I", len(content) if size is None else size)
    return head + content + bytes(len(content) % 2)


def wav(*chunks: bytes, magic: bytes = b"RIFF", size: int | None = None) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    order = ">" if magic == b"RIFX" else "<"
    return magic + struct.pack(f"{order}I", len(body) if size is None else size) + body


def fmt(tag: int = 1, channels: int = 1, bits: int = 16, block: int | None = None, order: str = "<") -> bytes:
    width = channels * bits // 8 if block is None else block
    return chunk(b"fmt ", struct.pack(f"{order}HHIIHH", tag, channels, 8000, 8000 * width, width, bits), order=order)


SAMPLES = struct.pack("<6h", 1, -2, 3, -4, 5, -6)

# By hand: one second and a half.


def test_a_header_by_hand() -> None:
    header = read_header(io.BytesIO(wav(fmt(), chunk(b"data", bytes(24000)))))
    assert header[:3] == SoundHeader(12000, 8000, 1)[:3]
    assert header.notes == ()


# Against libsndfile.


@pytest.mark.parametrize("kind", OWN + BY_LIBSNDFILE, ids="-".join)
def test_every_format(kind: tuple[str, str]) -> None:
    channels = [1] if kind[1] == "GSM610" else [1, 2]
    for samples, count in itertools.product(LENGTHS, channels):
        content = written(kind, samples, count)
        expected = libsndfile(content)
        if kind == ("WAV", "GSM610"):  # of which it takes the byte that fills up an odd chunk for a block of sound
            expected = (-(-samples // 320) * 320, *expected[1:])
        assert ours(content) == expected


@pytest.mark.parametrize("kind", OWN, ids="-".join)
def test_the_usual_formats_are_read_without_libsndfile(kind: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnkit.files.sounds.libsndfile.open_sound", None)
    assert ours(written(kind, 1001, 2)) == (1001, 8000, 2)


@pytest.mark.parametrize("kind", [kind for kind in OWN if kind[0] != "FLAC"], ids="-".join)
@pytest.mark.parametrize("cut", [1, 2, 3, 100, 333])
def test_cut_files(kind: tuple[str, str], cut: int) -> None:
    """What libsndfile silently takes as a shorter sound is an error, with libsndfile's own count."""
    content = written(kind, 1001, 2)[:-cut]
    there = libsndfile(content)[0]
    if there == 1001:  # only the byte that fills up an odd chunk is missing
        assert ours(content)[0] == 1001
        return
    with pytest.raises(InputError, match=f"promises 1001 samples, the file holds {there} "):
        read_header(io.BytesIO(content))


@pytest.mark.parametrize(("kind", "endian"), [("WAV", "BIG"), ("AIFF", "LITTLE")])
def test_the_other_byte_order(kind: str, endian: str) -> None:
    content = written((kind, "PCM_16"), 1001, 2, endian=endian)
    assert ours(content) == libsndfile(content) == (1001, 8000, 2)


@pytest.mark.parametrize("rate", [1, 8000, 11025, 22050, 44100, 48000, 96000, 192000])
def test_rates(rate: int) -> None:
    for kind in [("WAV", "PCM_16"), ("AIFF", "PCM_16"), ("FLAC", "PCM_16")]:
        assert ours(written(kind, 256, rate=rate)) == (256, rate, 1)


@pytest.mark.parametrize(
    "content",
    [
        wav(
            chunk(b"JUNK", bytes(7)), fmt(), chunk(b"LIST", b"INFO"), chunk(b"data", SAMPLES), chunk(b"JUNK", bytes(3))
        ),
        wav(fmt(), chunk(b"odd ", b"123"), chunk(b"data", SAMPLES)),
        wav(fmt(), chunk(b"data", SAMPLES, size=0xFFFFFFFF), size=0xFFFFFFFF),
        wav(fmt(), chunk(b"data", SAMPLES, size=0x7FFFF000)),
        wav(fmt(), chunk(b"data", SAMPLES[:5])),
        wav(fmt(), chunk(b"data", SAMPLES, size=0), size=8),
        wav(fmt(channels=5), chunk(b"data", SAMPLES)),
        wav(fmt(order=">"), chunk(b"data", SAMPLES, order=">"), magic=b"RIFX"),
        wav(
            chunk(b"ds64", struct.pack("<QQQI", 0, 12, 6, 0)), fmt(), chunk(b"data", SAMPLES, 0xFFFFFFFF), magic=b"RF64"
        ),
        wav(fmt(bits=12, block=2), chunk(b"data", SAMPLES)),
        wav(fmt(bits=24, block=4), chunk(b"data", SAMPLES)),
        wav(fmt(tag=3, bits=32), chunk(b"data", SAMPLES)),
        wav(fmt(tag=6, bits=8), chunk(b"data", SAMPLES)),
    ],
)
def test_headers_as_others_write_them(content: bytes) -> None:
    assert ours(content) == libsndfile(content)


def test_an_aifc_as_a_mac_writes_it() -> None:
    rate = bytes.fromhex("400eac44000000000000")
    common = struct.pack(">hIh", 1, 6, 16) + rate + b"sowt\x00\x00"
    body = b"AIFC" + chunk(b"COMM", common, order=">") + chunk(b"SSND", bytes(8) + SAMPLES, order=">")
    content = b"FORM" + struct.pack(">I", len(body)) + body
    assert ours(content) == libsndfile(content) == (6, 44100, 1)


# What is missing.


@pytest.mark.parametrize(
    ("size", "missing"),
    [(12, 0), (13, 0), (20, 4), (0xFFFFFFFF, 0), (0x7FFFF000, 0), (0, 0)],
    ids=lambda value: f"{value}",
)
def test_a_promise_that_is_not_kept(size: int, missing: int) -> None:
    content = io.BytesIO(wav(fmt(), chunk(b"data", SAMPLES, size=size)))
    if missing:
        with pytest.raises(InputError, match="cut off: its header promises 10 samples, the file holds 6"):
            read_header(content)
    else:
        assert read_header(content).samples == 6


# Errors.


@pytest.mark.parametrize("kind", [("WAV", "PCM_16"), ("AIFF", "PCM_16"), ("FLAC", "PCM_16")], ids="-".join)
def test_cut_inside_the_header(kind: tuple[str, str]) -> None:
    content = written(kind, 256)
    for length in (13, 20, 30, 36):
        with pytest.raises(InputError, match="this sound is cut off inside its header"):
            read_header(io.BytesIO(content[:length]))


@pytest.mark.parametrize("kind", [("WAV", "PCM_16"), ("AIFF", "PCM_16"), ("AU", "PCM_16")], ids="-".join)
def test_no_samples(kind: tuple[str, str]) -> None:
    with pytest.raises(InputError, match="this sound has no samples"):
        read_header(io.BytesIO(written(kind, 0)))


def test_a_flac_from_a_pipe() -> None:
    content = bytearray(written(("FLAC", "PCM_16"), 2560))
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    assert ours(bytes(content)) == (2560, 8000, 1)


@pytest.mark.parametrize("content", [b"hello\n", b"\x89PNG\r\n\x1a\n", b"RIFF\x04\0\0\0WEBP", b""])
def test_not_a_sound(content: bytes) -> None:
    with pytest.raises(InputError, match="not a sound"):
        read_header(io.BytesIO(content))


# Channels.


def test_nothing_heavy_is_imported_for_wav_and_flac() -> None:
    program = (
        "import io, sys; from cnnkit.files.sounds.header import read_header; "
        "[read_header(io.BytesIO(bytes.fromhex(text))) for text in sys.argv[1:]]; "
        "print({'numpy', 'soundfile'} & set(sys.modules))"
    )
    contents = [written(kind, 256).hex() for kind in [("WAV", "PCM_16"), ("FLAC", "PCM_16")]]
    result = subprocess.run([sys.executable, "-c", program, *contents], capture_output=True, text=True, check=True)
    assert result.stdout == "set()\n"


@pytest.mark.parametrize("after", [b"", chunk(b"LIST", b"INFO")])
def test_an_empty_data_chunk_is_empty_if_only_chunks_follow(after: bytes) -> None:
    with pytest.raises(InputError, match="this sound has no samples"):
        read_header(io.BytesIO(wav(fmt(), chunk(b"data", b""), after)))


def test_what_follows_is_noted() -> None:
    content = wav(fmt(), chunk(b"data", SAMPLES)) + b"something else"
    assert read_header(io.BytesIO(content)).notes == ("14 bytes after the end of the sound left out",)


def test_samples_without_a_header() -> None:
    assert read_header(io.BytesIO(SAMPLES), "8000,s16le,2")[:3] == (3, 8000, 2)
    header = read_header(io.BytesIO(wav(fmt(), chunk(b"data", SAMPLES))), "8000,u8")
    assert header[:3] == (56, 8000, 1)
    assert header.notes == ("this file has a header, which is read as samples (leave --raw out to have it understood)",)
    with pytest.raises(InputError, match="less than one sample of 8000,s16le is there"):
        read_header(io.BytesIO(b"a"), "8000,s16le")


def test_what_cannot_be_read_is_named_behind_a_tag_too() -> None:
    with pytest.raises(InputError, match="this is an AAC sound, which cannot be read"):
        read_header(io.BytesIO(b"ID3\4\0\0\0\0\0\5hello\xff\xf1\x50\x80" + bytes(40)))
