"""Whatever is done to a sound file: it is read or refused in words, its header promises what is read, and no library
prints. Damage is drawn with fixed seeds."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
import soundfile

from cnnkit.errors import InputError
from cnnkit.files.sounds.header import SoundHeader, read_header
from cnnkit.files.sounds.sound import open_signal

KINDS = [
    *(("WAV", kind) for kind in ("PCM_U8", "PCM_16", "PCM_24", "FLOAT", "ULAW", "IMA_ADPCM", "MS_ADPCM", "GSM610")),
    *(("AIFF", kind) for kind in ("PCM_S8", "PCM_16", "DOUBLE", "ULAW", "IMA_ADPCM")),
    *(("AU", kind) for kind in ("PCM_16", "ALAW", "G721_32")),
    *(("CAF", kind) for kind in ("PCM_16", "FLOAT", "ALAC_16")),
    *((name, "PCM_16") for name in ("WAVEX", "RF64", "W64", "FLAC", "SVX", "NIST", "HTK", "IRCAM", "PAF", "PVF")),
    *(("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III"), ("XI", "DPCM_16")),
    *(("W64", "IMA_ADPCM"), ("FLAC", "PCM_24"), ("FLAC", "PCM_S8")),
]
MUTANTS = 25
"""Of each kind; after a change to the readers, take 300."""

MAY_DIFFER = "FLAC", "OGG", "MP3", "CAF"
"""Containers of compressed sound, of which only decoding shows damage within."""


@cache
def written(container: str, subtype: str, channels: int = 1) -> bytes:
    tone = 0.4 * np.sin(np.arange(1500) * 0.2)[:, None] * [1, -0.5][:channels]
    stream = io.BytesIO()
    soundfile.write(stream, tone, 8000, format=container, subtype=subtype)
    return stream.getvalue()


def promised(content: bytes) -> SoundHeader | None:
    try:
        return read_header(io.BytesIO(content))
    except InputError:
        return None


def read(content: bytes) -> int | None:
    try:
        with open_signal(io.BytesIO(content), "1") as sound:
            return len(sound.between(0, sound.count))
    except InputError:
        return None


def agree(content: bytes, *, may_fail_within: bool = False) -> int | None:
    """Samples read, after the header promised as many."""
    header, count = promised(content), read(content)
    if count is None and may_fail_within:
        return None
    assert (header and header.samples) == count
    return count


def damaged(content: bytes, random: np.random.Generator) -> bytes:
    """Some bytes changed, mostly in the header; cut, padded or shifted."""
    out = bytearray(content)
    for _ in range(random.integers(1, 4)):
        place = int(random.integers(0, min(len(out), 128) if random.random() < 0.7 else len(out)))
        out[place] = random.choice([0, 1, 0x7F, 0x80, 0xFF, random.integers(0, 256)])
    if random.random() < 0.3:
        out = out[: random.integers(1, len(out))]
    if random.random() < 0.1:
        out += random.bytes(random.integers(1, 300))
    return bytes(out)


@pytest.fixture(autouse=True)
def nothing_printed(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    yield
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_mutants(kind: tuple[str, str]) -> None:
    random = np.random.default_rng(KINDS.index(kind))
    for _ in range(MUTANTS):
        agree(damaged(written(*kind), random), may_fail_within=kind[0] in MAY_DIFFER or "ADPCM" in kind[1])


# What stands around a sound.


def id3(size: int, *, has_foot: bool = False, is_foot_only: bool = False) -> bytes:
    digits = bytes([size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127])
    head = b"\4\0" + bytes([0x10 if has_foot else 0]) + digits
    return b"ID3" + head + bytes(size) + (b"3DI" + head if has_foot else b"")


ID3V1 = b"TAG" + b"a song".ljust(125, b"\0")
APE = b"APETAGEX" + (2000).to_bytes(4, "little") + (44).to_bytes(4, "little") + (1).to_bytes(4, "little")
APE_HEAD = APE + b"\0\0\0\xa0" + bytes(8)
APE_TAG = APE_HEAD + b"\1\0\0\0\0\0\0\0ab\0c" + APE + b"\0\0\0\x80" + bytes(8)
LYRICS = b"LYRICSBEGIN" + b"la" * 40 + b"000091LYRICS200"
BEFORE = {
    "ID3": id3(300),
    "two ID3, one with a foot": id3(200, has_foot=True) + id3(999),
    "zeros": bytes(2000),
    "a line break": b"\r\n",
    "a byte order mark": b"\xef\xbb\xbf",
    "APE": APE_TAG,
}
AFTER = {
    "ID3v1": ID3V1,
    "APE and ID3v1": APE_TAG + ID3V1,
    "Lyrics3 and ID3v1": LYRICS + ID3V1,
    "ID3v2": id3(500, has_foot=True),
}
OF_NO_LENGTH = "IRCAM", "PAF", "PVF", "XI"
"""Containers whose sound goes on to the end of the file, whatever stands there."""


def values(content: bytes) -> tuple[np.ndarray, tuple[str, ...]]:
    with open_signal(io.BytesIO(content), "1") as sound:
        return sound.between(0, sound.count), sound.notes


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_what_stands_before_or_after_changes_no_sample(kind: tuple[str, str]) -> None:
    content = written(*kind)
    expected, notes = values(content)
    assert notes == ()
    for before in BEFORE.values():
        np.testing.assert_array_equal(values(before + content)[0], expected)
    for after in AFTER.values():
        found, notes = values(content + after)
        np.testing.assert_array_equal(found, expected)
        assert notes == ()
    np.testing.assert_array_equal(values(BEFORE["ID3"] + content + AFTER["ID3v1"])[0], expected)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind[0] not in OF_NO_LENGTH], ids="-".join)
def test_zeros_and_other_bytes_after_the_end_change_no_sample(kind: tuple[str, str]) -> None:
    content = written(*kind)
    expected, _ = values(content)
    junk = np.random.default_rng(0).bytes(700)
    for after in (bytes(1), bytes(700), junk):
        found, notes = values(content + after)
        np.testing.assert_array_equal(found, expected)
        if after is junk and kind[0] != "FLAC":  # which does not say where they end
            assert len(notes) == 1
            assert "left out" in notes[0]
        agree(content + after)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind[0] not in OF_NO_LENGTH], ids="-".join)
def test_joined_sounds_are_read_one_after_the_other(kind: tuple[str, str]) -> None:
    content = written(*kind)
    expected, _ = values(content)
    for between in (b"", ID3V1, id3(40), ID3V1 + id3(9)):
        found, notes = values(content + between + content)
        np.testing.assert_array_equal(found, np.concatenate([expected, expected]))
        assert notes == ("2 sounds that follow each other in this file are read as one",)
        assert agree(content + between + content) == 2 * len(expected)


@pytest.mark.parametrize(
    "kind",
    [("WAV", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III"), ("CAF", "FLOAT")],
    ids="-".join,
)
def test_another_sound_of_another_kind_is_left_out_with_a_note(kind: tuple[str, str]) -> None:
    content = written(*kind)
    expected, _ = values(content)
    for other in (written(*kind, 2), written("FLAC", "PCM_24"), written("WAV", "PCM_U8"), written("OGG", "OPUS")):
        found, notes = values(content + other)
        np.testing.assert_array_equal(found, expected)
        assert len(notes) == 1
        assert notes[0].startswith("another sound that follows in this file is left out: ")


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_cut_files(kind: tuple[str, str]) -> None:
    """A file that lacks more than the byte that fills it up is refused where its header says how long it is."""
    content = written(*kind)
    whole = agree(content)
    for cut in (1, 2, 3, 17, 100, len(content) // 3, len(content) // 2, len(content) - 60, len(content) - 5):
        count = agree(content[:-cut], may_fail_within=kind[0] == "FLAC")
        if cut >= 3 and kind[0] not in OF_NO_LENGTH:
            assert count is None or (kind[0] == "CAF" and kind[1] == "ALAC_16" and count == whole)


# Lengths.

MARKERS = (0, 0xFFFFFFFF, 0xFFFFFFFF - 36, 0x7FFFFFFF, 0x7FFFF000, 0x7FFFF024, 0x80000000, 0x7F000000)
WIDE_MARKERS = (0, 2**64 - 1, 2**63 - 1)
STORED = [(name, subtype) for name in ("WAV", "AIFF", "AU", "RF64", "W64", "CAF") for subtype in
          ("PCM_16", "PCM_24", "FLOAT", "DOUBLE", "ULAW", "ALAW")]  # fmt: skip


def with_length(content: bytes, container: str, length: int) -> bytes:
    """The file with another length of its sound, in bytes as its header counts them."""
    name, width, order, skipped = {
        "WAV": (b"data", 4, "little", 0),
        "AIFF": (b"SSND", 4, "big", 0),
        "AU": (b".snd", 4, "big", 4),
        "CAF": (b"data", 8, "big", 0),
        "W64": (b"data", 8, "little", 12),
        "RF64": (b"ds64", 8, "little", 12),
    }[container]
    place = content.index(name) + 4 + skipped
    return content[:place] + length.to_bytes(width, order) + content[place + width :]  # type: ignore[arg-type]


def sound_only(content: bytes, container: str) -> bytes:
    """Without the chunks that stand behind the sound, which cannot be told from it if its length is unknown."""
    end = {"AIFF": content.rfind(b"PEAK"), "CAF": content.rfind(b"peak")}.get(container, -1)
    return content[:end] if end > len(content) - 60 else content


@pytest.mark.parametrize("kind", STORED, ids="-".join)
def test_an_unknown_length_is_that_of_the_file(kind: tuple[str, str]) -> None:
    content = sound_only(written(*kind), kind[0])
    expected, _ = values(content)
    for length in WIDE_MARKERS if kind[0] in ("RF64", "W64", "CAF") else MARKERS:
        streamed = with_length(content, kind[0], length)
        found, notes = values(streamed)
        np.testing.assert_array_equal(found[: len(expected)], expected)
        assert len(found) - len(expected) in (0, 1)  # the byte that fills a chunk up
        assert notes == ()
        assert agree(streamed) == len(found)
        for more in (streamed + ID3V1, BEFORE["ID3"] + streamed):
            np.testing.assert_array_equal(values(more)[0], found)
        assert agree(streamed + streamed) == 2 * len(found)


@pytest.mark.parametrize("kind", STORED, ids="-".join)
def test_any_other_length_counts(kind: tuple[str, str]) -> None:
    content = written(*kind)
    wide = kind[0] in ("RF64", "W64", "CAF")
    for length in (20_000, 2**31 + 2**29, 3_000_000_000, *((5_000_000_000, 2**40) if wide else ())):
        patched = with_length(content, kind[0], length)
        with pytest.raises(InputError, match=r"cut off: its header promises \d+ samples, the file holds \d+ "):
            read_header(io.BytesIO(patched))
        assert agree(patched) is None
    found, notes = values(with_length(content, kind[0], 1000))
    assert 100 < len(found) <= 1000
    assert len(notes) == 1
    assert notes[0].endswith("bytes after the end of the sound left out")
