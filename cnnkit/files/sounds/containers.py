"""The headers of WAV, RF64, Wave64, AIFF, CAF, AU, HTK and others: where samples lie, and how.

Samples that are stored as they are get read as they lie, by what the header says; libsndfile reads compressed ones, and
its own count of these. One rule holds for all: a length that its writer could not know (a pipe cannot be wound back)
means up to the end of the file, and any other must be there.

Standard library only. Sources: Multimedia Programming Interface 1.0 (RIFF), EBU Tech 3306 (RF64), Sony's Wave64 (2002),
AIFF-C draft of 1991, Apple Core Audio Format 1.0, Sun's audio(4) (AU), the HTK book, NIST SPHERE 2.6.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from cnnkit.errors import InputError
from cnnkit.files.recognition import HEAD_BYTES, recognise
from cnnkit.files.sounds.faults import conversion, ends_early, ends_in_header, no_samples
from cnnkit.files.sounds.stored import SIGNED, Part, Span, stored, unpack
from cnnkit.geometry.pair import LARGEST

SOUND_CHUNKS = (b"data", b"SSND", b"BODY")
"""Names of chunks that hold the sound, which alone may be longer than the file."""

_W64_ALIGNMENT_BYTES = 8

_UNKNOWN = (0x7F000000, 0x7FFFF000, 0x7FFFFFFF, 0xFFFFFFFF, 2**63 - 1, 2**64 - 1)
"""Lengths that stand for unknown ones, perhaps less the header."""

_HEADER_BYTES = 4096
_FOLLOWING_BYTES = 2**20  # behind sound of a length that may be meant

_WAV = {(1, 8): "PCM_U8", (1, 16): "PCM_16", (1, 24): "PCM_24", (1, 32): "PCM_32"}
_WAV |= {(3, 32): "FLOAT", (3, 64): "DOUBLE", (6, 8): "ALAW", (7, 8): "ULAW"}
"""Subtypes by (format tag, bits)."""

_EXTENSIBLE = 0xFFFE
"""The format tag of WAVE_FORMAT_EXTENSIBLE, whose true tag begins a GUID; what follows it there:"""

_MICROSOFT = (0x0000, 0x0010, bytes.fromhex("800000aa00389b71"))

_MPEG = (0x50, 0x55)
_COMPRESSED = (0, 2, 0x11, 0x31, 0x38, 0x40)
"""Tags of what libsndfile reads besides: ADPCM of Microsoft, IMA and NMS, GSM 6.10, G.721."""

_GSM, _GSM_BYTES, _GSM_SAMPLES = 0x31, 65, 320
"""Two frames of 160 samples to a block. libsndfile takes the byte that fills up an odd chunk for one more block."""

_AIFC = {b"fl32": "FLOAT", b"FL32": "FLOAT", b"fl64": "DOUBLE", b"FL64": "DOUBLE", b"raw ": "PCM_U8"}
_AIFC |= {b"ulaw": "ULAW", b"ULAW": "ULAW", b"alaw": "ALAW", b"ALAW": "ALAW", b"in24": "PCM_24", b"in32": "PCM_32"}
_AIFC |= {b"NONE": "", b"twos": "", b"sowt": ""}
"""Subtypes by compression type; "" where the bits say it."""

_AU = {1: "ULAW", 2: "PCM_S8", 3: "PCM_16", 4: "PCM_24", 5: "PCM_32", 6: "FLOAT", 7: "DOUBLE", 27: "ALAW"}


class Chunk(NamedTuple):
    """A named piece of a file."""

    name: bytes
    length: int  # bytes of its content, as its header says
    start: int  # place of its content
    end: int  # of all of it


def read_chunks(stream: BinaryIO, start: int = 0, stop: int | None = None) -> Iterator[Chunk]:
    """The chunks of a WAV, AIFF, 8SVX, Wave64 or CAF file, each with the stream at its content; none of other files.

    They end where another sound begins, or something that is no chunk of this file.
    """
    stop = stream.seek(0, os.SEEK_END) if stop is None else stop
    stream.seek(start)
    head = stream.read(HEAD_BYTES)
    form = recognise(head).name
    if form in ("wav", "aiff", "svx"):
        order = ">" if head[:4] in (b"RIFX", b"FORM") else "<"
        layout, place, own_bytes, alignment = f"{order}4sI", 12, 0, 2
    elif form == "caf":
        layout, place, own_bytes, alignment = ">4sQ", 8, 0, 1
    elif form == "w64":  # names are GUIDs of 16 bytes, and a length counts the name and itself
        layout, place, own_bytes, alignment = "<16sQ", 40, 24, _W64_ALIGNMENT_BYTES
    else:
        return
    head_bytes, wide = struct.calcsize(layout), None
    place += start
    while place + head_bytes <= stop:
        stream.seek(place)
        head = stream.read(HEAD_BYTES)
        name, length = struct.unpack(layout, head[:head_bytes])
        if name[:4] in SOUND_CHUNKS:
            length = max(length, own_bytes)  # 0 where it is unknown
        if length < own_bytes or not all(32 <= letter < 127 for letter in name[:4]) or _is_sound(head):
            return
        if name == b"ds64":  # of RF64: the length that the 32 bits of the data chunk cannot hold
            wide = int.from_bytes(head[16:24], "little")
        elif name == b"data" and wide is not None:
            length = wide
        stream.seek(place + head_bytes)
        end = place + head_bytes - own_bytes + length
        end = start + -(-(end - start) // alignment) * alignment
        if end > stop + alignment and name[:4] not in SOUND_CHUNKS:
            return
        yield Chunk(name[:4], length - own_bytes, place + head_bytes, end)
        place = end


def _is_sound(head: bytes) -> bool:
    return recognise(head).kind == "sound"


def _part(
    stream: BinaryIO, samples: Part | None, begin: int, span: Span, promised: int | None, end: int | None = None
) -> tuple[Part, int]:
    """The part of a file that begins at `begin`, whose sound is `span` at most and should have `promised` bytes.

    None where that cannot be known. And where the part ends: at `end`, or with its sound.
    """
    present = max(0, span.stop - span.start)
    if promised is None:
        from cnnkit.files.sounds.flac import next_header

        stream.seek(begin)
        end = next_header(stream, span.start, span.stop, stream.read(4))
        promised = present = max(0, end - span.start)
    block = 1 if samples is None else samples.block
    if promised // block > present // block:
        raise ends_early(stream, promised // block, present // block, "bytes" if samples is None else "samples")
    end = span.start + promised if end is None else end
    if promised < block:
        raise no_samples()
    if samples is None:
        return Part((Span(begin, end),)), end
    sound = Span(span.start, span.start + promised // block * block)
    return samples._replace(pieces=(sound,), samples=promised // block), end


def read_chunked(stream: BinaryIO, start: int, stop: int, notes: list[str]) -> tuple[Part, int]:
    """A WAV, RF64, Wave64, AIFF, CAF or 8SVX file."""
    stream.seek(start)
    magic = stream.read(4)
    chunks: dict[bytes, Chunk] = {}
    end = start
    for chunk in read_chunks(stream, start, stop):
        chunks.setdefault(chunk.name, chunk)
        end = min(chunk.end, stop)
    found = next((chunks[name] for name in SOUND_CHUNKS if name in chunks), None)
    if found is None:
        stream.seek(start + 4)
        size = int.from_bytes(stream.read(4), "big" if magic in (b"FORM", b"RIFX") else "little")
        raise no_samples() if magic in (b"FORM", b"RIFF", b"RIFX") and 8 + size <= stop - start else ends_in_header()
    length, sound = found.length, found.start
    before = 0
    if found.name == b"SSND":
        before = 8 + unpack(">I", stream, sound)[0]
    elif magic == b"caff":
        before = 4
    known: int | None = length - before if length > before else 0
    present = stop - sound - before
    if known == 0:
        known = None if end < stop else 0  # no chunks follow: it is the sound
    elif is_unknown(length) and not 0 <= present - length < _FOLLOWING_BYTES:
        known = None
    samples: Part | None = None
    tag = 0
    if magic in (b"RIFF", b"RIFX", b"RF64", b"BW64", b"riff"):
        order = ">" if magic == b"RIFX" else "<"
        if b"fmt " not in chunks:
            raise ends_in_header()
        tag, samples = _wav(stream, chunks[b"fmt "], order)
        if tag in _MPEG and known != 0:
            from cnnkit.files.sounds.mp3 import read_mp3

            return read_mp3(stream, sound, min(stop, sound + (present if known is None else known)), notes)[0], end
    elif found.name == b"SSND":
        samples = _aiff(stream, chunks.get(b"COMM"))
    elif magic == b"caff":
        samples = _caf(stream, chunks.get(b"desc"))
    part, end = _part(stream, samples, start, Span(sound + before, stop), known, None if known is None else end)
    if tag == _GSM and known is not None:
        part = part._replace(samples=known // _GSM_BYTES * _GSM_SAMPLES)
    return part, end


def is_unknown(length: int) -> bool:
    """Whether a length stands for one that its writer did not know.

    >>> is_unknown(0xFFFFFFFF - 36), is_unknown(3_000_000_000)
    (True, False)
    """
    return any(abs(length - marker) <= _HEADER_BYTES for marker in _UNKNOWN)


def _wav(stream: BinaryIO, chunk: Chunk, order: str) -> tuple[int, Part | None]:
    tag, channels, rate, _, block, bits = unpack(f"{order}HHIIHH", stream, chunk.start)
    if tag == _EXTENSIBLE and chunk.length >= 40:
        _, _, _, tag, *rest = unpack(f"{order}HHIIHHQ", stream, chunk.start + 16)
        # Only the tags of old, as GUIDs; the last 8 bytes have no byte order.
        if (*rest[:2], rest[2].to_bytes(8, "little" if order == "<" else "big")) != _MICROSOFT:
            return tag, None
    if tag not in (*_MPEG, *_COMPRESSED, *(known for known, _ in _WAV)):
        raise InputError(
            f"this WAV holds sound of format {tag:#06x}, which cannot be read",
            hint=f"convert it: {conversion(stream)}",
        )
    samples = stored(rate, channels, _WAV.get((tag, bits), ""), is_little=order == "<")
    return tag, samples if samples and samples.block == block else None


def _aiff(stream: BinaryIO, chunk: Chunk | None) -> Part | None:
    if chunk is None:
        raise ends_in_header()
    channels, _, bits, exponent, mantissa = unpack(">hIhHQ", stream, chunk.start)
    kind = stream.read(4) if chunk.length >= 22 else b"NONE"
    rate = mantissa >> max(16383 + 63 - exponent, 0)  # an 80-bit float
    return stored(rate, channels, _AIFC.get(kind) or SIGNED.get(-(-bits // 8), "") if kind in _AIFC else "",
                    is_little=kind == b"sowt")  # fmt: skip


def _caf(stream: BinaryIO, chunk: Chunk | None) -> Part | None:
    if chunk is None:
        raise ends_in_header()
    rate, kind, flags, packet, _, channels, bits = unpack(">d4sIIIII", stream, chunk.start)
    names = {b"ulaw": "ULAW", b"alaw": "ALAW"}
    subtype = {32: "FLOAT", 64: "DOUBLE"}.get(bits, "") if flags & 1 else SIGNED.get(bits // 8, "") * (bits % 8 == 0)
    whole = int(rate) if 0 < rate < LARGEST else 0  # no number is neither
    found = stored(whole, channels, subtype if kind == b"lpcm" else names.get(kind, ""), is_little=bool(flags & 2))
    return found if found and found.block == packet else None


def read_au(stream: BinaryIO, start: int, stop: int, notes: list[str]) -> tuple[Part, int]:
    """An AU file."""
    stream.seek(start)
    order = ">" if stream.read(1) == b"." else "<"
    offset, length, encoding, rate, channels = unpack(f"{order}IIIII", stream, start + 4)
    if offset < 24:
        return read_other(stream, start, stop, notes)
    samples = stored(rate, channels, _AU.get(encoding, ""), is_little=order == "<")
    known = None if length == 0 or is_unknown(length) else length
    return _part(stream, samples, start, Span(start + offset, stop), known)


def read_htk(stream: BinaryIO, start: int, stop: int, notes: list[str]) -> tuple[Part, int]:
    """A waveform of HTK."""
    count, period = unpack(">II", stream, start)
    samples = stored(10**7 // period, 1, "PCM_16", is_little=False)
    return _part(stream, samples, start, Span(start + 12, stop), 2 * count)


def read_nist(stream: BinaryIO, start: int, stop: int, notes: list[str]) -> tuple[Part, int]:
    """A NIST file, whose samples libsndfile reads."""
    stream.seek(start)
    head = stream.read(1024)
    fields = dict(re.findall(rb"^(\w+) -\w+ (\S+)", head, re.M))
    try:
        names = (b"sample_count", b"channel_count", b"sample_n_bytes")
        samples, channels, width = (int(fields[name]) for name in names)
        begin = start + int(head[8:16])
    except (KeyError, ValueError):
        return read_other(stream, start, stop, notes)
    if b"," in fields.get(b"sample_coding", b"pcm"):
        return read_other(stream, start, stop, notes)
    return _part(stream, None, start, Span(begin, stop), samples * channels * width)


def read_other(stream: BinaryIO, start: int, stop: int, notes: list[str]) -> tuple[Part, int]:
    """A file whose samples only libsndfile counts."""
    return Part((Span(start, stop),)), stop
