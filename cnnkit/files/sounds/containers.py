"""The headers of WAV, RF64, Wave64, AIFF, CAF, AU, VOC, HTK and others: where samples lie, and how.

Samples that are stored as they are get read as they lie, by what the header says; libsndfile reads compressed ones, and
its own count of these. One rule holds for all: a length that its writer could not know (a pipe cannot be wound back)
means up to the end of the file, and any other must be there.

Standard library only. Sources: Multimedia Programming Interface 1.0 (RIFF), EBU Tech 3306 (RF64), Sony's Wave64 (2002),
AIFF-C draft of 1991, Apple Core Audio Format 1.0, Sun's audio(4) (AU), Creative's VOC, the HTK book, NIST SPHERE 2.6.
"""

from __future__ import annotations

import re
import struct
from functools import reduce
from operator import xor
from typing import Any, BinaryIO, NamedTuple

from cnnkit.errors import InputError
from cnnkit.files.recognition import MAT4
from cnnkit.files.sounds.chunks import SOUND_CHUNKS, Chunk, read_chunks
from cnnkit.files.sounds.faults import conversion, ends_early, ends_in_header, no_samples
from cnnkit.files.sounds.flac import next_header
from cnnkit.files.sounds.mp3 import read_mp3
from cnnkit.files.sounds.view import Part, Span
from cnnkit.geometry.pair import LARGEST

SUBTYPE_BYTES = {"PCM_S8": 1, "PCM_U8": 1, "ULAW": 1, "ALAW": 1, "PCM_16": 2, "PCM_24": 3, "PCM_32": 4}
SUBTYPE_BYTES |= {"FLOAT": 4, "DOUBLE": 8}
"""Bytes of a sample by libsndfile's word for it."""

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

_SIGNED = {1: "PCM_S8", 2: "PCM_16", 3: "PCM_24", 4: "PCM_32"}
_AIFC = {b"fl32": "FLOAT", b"FL32": "FLOAT", b"fl64": "DOUBLE", b"FL64": "DOUBLE", b"raw ": "PCM_U8"}
_AIFC |= {b"ulaw": "ULAW", b"ULAW": "ULAW", b"alaw": "ALAW", b"ALAW": "ALAW", b"in24": "PCM_24", b"in32": "PCM_32"}
_AIFC |= {b"NONE": "", b"twos": "", b"sowt": ""}
"""Subtypes by compression type; "" where the bits say it."""

_VOC_TEXT = (4, 5, 7)  # kinds of blocks that are not heard: a mark, a text, the end of a loop
_VOC = {0: "PCM_U8", 4: "PCM_16", 6: "ALAW", 7: "ULAW"}
_AU = {1: "ULAW", 2: "PCM_S8", 3: "PCM_16", 4: "PCM_24", 5: "PCM_32", 6: "FLOAT", 7: "DOUBLE", 27: "ALAW"}

_SDS_PACKET_BYTES, _SDS_DATA_BYTES = 127, 120
_COUNTS = [(b"2BIT", ">", 26), (b"ALawSoundFile", ">", 18), (b"\1\4", "<", 26), (b"MATLAB 5.0", "", 236)]
_COUNTS += [(magic, "", 47) for magic in MAT4]
"""First bytes of AVR, WVE, MPC 2000 and MATLAB files, byte order ("" as the file says) and place of their count."""

_MOST_HEADER_BYTES = 256


class _Samples(NamedTuple):
    """What a header says of its samples."""

    sample_rate: int
    channels: int
    subtype: str
    is_little: bool = False

    @property
    def block(self) -> int:
        """Bytes of one sample of every channel."""
        return self.channels * SUBTYPE_BYTES[self.subtype]


def _part(
    stream: BinaryIO, samples: _Samples | None, begin: int, span: Span, promised: int | None, end: int | None = None
) -> tuple[Part, int]:
    """The part of a file that begins at `begin`, whose sound is `span` at most and should have `promised` bytes.

    None where that cannot be known. And where the part ends: at `end`, or with its sound.
    """
    present = max(0, span.stop - span.start)
    if promised is None:
        end = next_header(stream, span.start, span.stop)
        promised = present = max(0, end - span.start)
    block = 1 if samples is None else samples.block
    if promised // block > present // block:
        raise ends_early(stream, promised // block, present // block, "bytes" if samples is None else "samples")
    end = span.start + promised if end is None else end
    if promised < block:
        raise no_samples()
    if samples is None:
        return Part((Span(begin, end),)), end
    rate, channels, subtype, is_little = samples
    sound = Span(span.start, span.start + promised // block * block)
    endian = "LITTLE" if is_little else "BIG"
    return Part((sound,), rate, channels, promised // block, subtype, endian), end


def read_chunked(stream: BinaryIO, start: int, stop: int) -> tuple[Part, int]:
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
        before = 8 + _unpack(">I", stream, sound)[0]
    elif magic == b"caff":
        before = 4
    known: int | None = length - before if length > before else 0
    present = stop - sound - before
    if known == 0:
        known = None if end < stop else 0  # no chunks follow: it is the sound
    elif is_unknown(length) and not 0 <= present - length < _FOLLOWING_BYTES:
        known = None
    samples: _Samples | None = None
    if magic in (b"RIFF", b"RIFX", b"RF64", b"BW64", b"riff"):
        order = ">" if magic == b"RIFX" else "<"
        if b"fmt " not in chunks:
            raise ends_in_header()
        tag, samples = _wav(stream, chunks[b"fmt "], order)
        if tag in _MPEG and known != 0:
            return read_mp3(stream, sound, min(stop, sound + (present if known is None else known)))[0], end
    elif found.name == b"SSND":
        samples = _aiff(stream, chunks.get(b"COMM"))
    elif magic == b"caff":
        samples = _caf(stream, chunks.get(b"desc"))
    return _part(stream, samples, start, Span(sound + before, stop), known, None if known is None else end)


def is_unknown(length: int) -> bool:
    """Whether a length stands for one that its writer did not know.

    >>> is_unknown(0xFFFFFFFF - 36), is_unknown(3_000_000_000)
    (True, False)
    """
    return any(abs(length - marker) <= _HEADER_BYTES for marker in _UNKNOWN)


def _unpack(layout: str, stream: BinaryIO, place: int) -> tuple[Any, ...]:
    stream.seek(place)
    content = stream.read(struct.calcsize(layout))
    if len(content) < struct.calcsize(layout):
        raise ends_in_header()
    return struct.unpack(layout, content)


def _wav(stream: BinaryIO, chunk: Chunk, order: str) -> tuple[int, _Samples | None]:
    tag, channels, rate, _, block, bits = _unpack(f"{order}HHIIHH", stream, chunk.start)
    if tag == _EXTENSIBLE and chunk.length >= 40:
        _, _, _, tag, *rest = _unpack(f"{order}HHIIHHQ", stream, chunk.start + 16)
        # Only the tags of old, as GUIDs; the last 8 bytes have no byte order.
        if (*rest[:2], rest[2].to_bytes(8, "little" if order == "<" else "big")) != _MICROSOFT:
            return tag, None
    if tag not in (*_MPEG, *_COMPRESSED, *(known for known, _ in _WAV)):
        raise InputError(
            f"this WAV holds sound of format {tag:#06x}, which cannot be read",
            hint=f"convert it: {conversion(stream)}",
        )
    samples = _samples(rate, channels, _WAV.get((tag, bits), ""), is_little=order == "<")
    return tag, samples if samples and samples.block == block else None


def _samples(rate: int, channels: int, subtype: str, *, is_little: bool) -> _Samples | None:
    is_possible = subtype and 0 < channels <= 1024 and 0 < rate <= LARGEST
    return _Samples(rate, channels, subtype, is_little) if is_possible else None


def _aiff(stream: BinaryIO, chunk: Chunk | None) -> _Samples | None:
    if chunk is None:
        raise ends_in_header()
    channels, _, bits, exponent, mantissa = _unpack(">hIhHQ", stream, chunk.start)
    kind = stream.read(4) if chunk.length >= 22 else b"NONE"
    rate = mantissa >> max(16383 + 63 - exponent, 0)  # an 80-bit float
    return _samples(rate, channels, _AIFC.get(kind) or _SIGNED.get(-(-bits // 8), "") if kind in _AIFC else "",
                    is_little=kind == b"sowt")  # fmt: skip


def _caf(stream: BinaryIO, chunk: Chunk | None) -> _Samples | None:
    if chunk is None:
        raise ends_in_header()
    rate, kind, flags, packet, _, channels, bits = _unpack(">d4sIIIII", stream, chunk.start)
    names = {b"ulaw": "ULAW", b"alaw": "ALAW"}
    subtype = {32: "FLOAT", 64: "DOUBLE"}.get(bits, "") if flags & 1 else _SIGNED.get(bits // 8, "") * (bits % 8 == 0)
    whole = int(rate) if 0 < rate < LARGEST else 0  # no number is neither
    found = _samples(whole, channels, subtype if kind == b"lpcm" else names.get(kind, ""), is_little=bool(flags & 2))
    return found if found and found.block == packet else None


def read_au(stream: BinaryIO, start: int, stop: int) -> tuple[Part, int]:
    """An AU file."""
    stream.seek(start)
    order = ">" if stream.read(1) == b"." else "<"
    offset, length, encoding, rate, channels = _unpack(f"{order}IIIII", stream, start + 4)
    if offset < 24:
        return read_other(stream, start, stop)
    samples = _samples(rate, channels, _AU.get(encoding, ""), is_little=order == "<")
    known = None if length == 0 or is_unknown(length) else length
    return _part(stream, samples, start, Span(start + offset, stop), known)


def read_voc(stream: BinaryIO, start: int, stop: int) -> tuple[Part, int]:
    """A VOC file, whose sound may lie in several blocks.

    libsndfile takes all that follows the head of the first for sound, the heads of the others too.
    """
    place = start + _unpack("<H", stream, start + 20)[0]
    sound: list[Span] = []
    samples: _Samples | None = None
    while place < stop and (kind := _unpack("B", stream, place)[0]):  # 0 is the end
        begin, end = place + 4, place + 4 + int.from_bytes(_unpack("4s", stream, place)[0][1:], "little")
        found, place = samples, end
        if kind in _VOC_TEXT:
            continue
        if kind == 1:
            divisor, codec = _unpack("<BB", stream, begin)
            found, begin = _samples(10**6 // (256 - divisor), 1, _VOC.get(codec, ""), is_little=True), begin + 2
        elif kind == 9:
            rate, bits, channels, codec = _unpack("<IBBH", stream, begin)
            found, begin = _samples(rate, channels, _VOC.get(codec, ""), is_little=True), begin + 12
            found = found if found and SUBTYPE_BYTES[found.subtype] * 8 == bits else None
        if samples and kind > 9:
            place = begin - 4  # no block
            break
        if found is None:
            return read_other(stream, start, stop)
        if samples not in (None, found) or kind not in (1, 2, 9):
            raise InputError(
                "this VOC file has silence, loops or other rates between its blocks of sound, which cannot be read",
                hint=f"convert it: {conversion(stream)}",
            )
        sound.append(Span(begin, max(begin, end)))
        samples = found
    if samples is None:
        raise no_samples()
    count = sum(span.stop - span.start for span in sound)
    if sound[-1].stop > stop:
        raise ends_early(stream, count, count + stop - sound[-1].stop, "bytes")
    rate, channels, subtype, _ = samples
    return Part(tuple(sound), rate, channels, count // samples.block, subtype, "LITTLE"), min(place + 1, stop)


def read_htk(stream: BinaryIO, start: int, stop: int) -> tuple[Part, int]:
    """A waveform of HTK."""
    count, period = _unpack(">II", stream, start)
    return _part(stream, _Samples(10**7 // period, 1, "PCM_16"), start, Span(start + 12, stop), 2 * count)


def read_nist(stream: BinaryIO, start: int, stop: int) -> tuple[Part, int]:
    """A NIST file, whose samples libsndfile reads."""
    stream.seek(start)
    head = stream.read(1024)
    fields = dict(re.findall(rb"^(\w+) -\w+ (\S+)", head, re.M))
    try:
        names = (b"sample_count", b"channel_count", b"sample_n_bytes")
        samples, channels, width = (int(fields[name]) for name in names)
        begin = start + int(head[8:16])
    except (KeyError, ValueError):
        return read_other(stream, start, stop)
    if b"," in fields.get(b"sample_coding", b"pcm"):
        return read_other(stream, start, stop)
    return _part(stream, None, start, Span(begin, stop), samples * channels * width)


def read_sds(stream: BinaryIO, start: int, stop: int) -> tuple[Part, int]:
    """A MIDI sample dump: unsigned numbers, 7 bits in a byte, most significant first.

    libsndfile goes on silently over packets that are damaged or missing, and loses a last one that is not full.
    """
    head = bytes(_unpack("21B", stream, start))
    period, count = (head[place] | head[place + 1] << 7 | head[place + 2] << 14 for place in (7, 10))
    bits, width = head[6], -(-head[6] // 7)
    size = -(-bits // 8)
    if not (8 <= bits <= 28 and 0 < period <= 10**9):
        raise InputError(f"this sample dump has {bits} bits and a period of {period} ns", hint="get the file again")
    in_packet = _SDS_DATA_BYTES // width
    packets, sound = -(-count // in_packet), bytearray()
    for number in range(packets):
        stream.seek(start + len(head) + number * _SDS_PACKET_BYTES)
        packet = stream.read(_SDS_PACKET_BYTES)
        if stream.tell() > stop or len(packet) < _SDS_PACKET_BYTES:
            raise ends_early(stream, packets, number, "packets")
        if packet[:2] != b"\xf0\x7e" or packet[3] != 2 or reduce(xor, packet[1:125]) & 127 != packet[125]:
            raise InputError(
                f"packet {number + 1} of {packets} of this sample dump is damaged", hint="get the file again"
            )
        for place in range(5, 5 + in_packet * width, width):
            value = reduce(lambda high, low: high << 7 | low & 127, packet[place : place + width], 0)
            value = (value << 8 * size >> 7 * width) ^ 1 << 8 * size - 1  # signed
            sound += value.to_bytes(size, "little")
    part = Part((bytes(sound[: count * size]),), 10**9 // period, 1, count, _SIGNED[size], "LITTLE")
    return part, start + len(head) + packets * _SDS_PACKET_BYTES


def read_other(stream: BinaryIO, start: int, stop: int) -> tuple[Part, int]:
    """A file whose samples only libsndfile counts; it does not look at the number that the header promises."""
    stream.seek(start)
    head = stream.read(_MOST_HEADER_BYTES)
    count = 0
    for magic, order, place in _COUNTS:
        if head.startswith(magic):
            is_little = order == "<" or (not order and (head[126:128] == b"IM" or head[:4] == bytes(4)))
            count = int.from_bytes(head[place : place + 4], "little" if is_little else "big")
    return Part((Span(start, stop),), samples=count), stop
