"""Sounds in blocks of their own: VOC files and MIDI sample dumps, which libsndfile reads wrongly.

Standard library only. Sources: Creative's Voice file format of 1992; MIDI 1.0, Sample Dump Standard.
"""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import BinaryIO

from cnnkit.errors import InputError
from cnnkit.files.sounds.faults import conversion, ends_early, no_samples
from cnnkit.files.sounds.stored import SIGNED, SUBTYPE_BYTES, Part, Span, stored, unpack

_VOC_TEXT = (4, 5, 7)  # kinds of blocks that are not heard: a mark, a text, the end of a loop
_VOC = {0: "PCM_U8", 4: "PCM_16", 6: "ALAW", 7: "ULAW"}
_SDS_PACKET_BYTES, _SDS_DATA_BYTES = 127, 120


def read_voc(stream: BinaryIO, start: int, stop: int, notes: list[str]) -> tuple[Part, int]:
    """A VOC file, whose sound may lie in several blocks.

    libsndfile takes all that follows the head of the first for sound, the heads of the others too.
    """
    place = start + unpack("<H", stream, start + 20)[0]
    sound: list[Span] = []
    samples: Part | None = None
    while place < stop and (kind := unpack("B", stream, place)[0]):  # 0 is the end
        begin, end = place + 4, place + 4 + int.from_bytes(unpack("4s", stream, place)[0][1:], "little")
        found, place = samples, end
        if kind in _VOC_TEXT:
            continue
        if kind == 1:
            divisor, codec = unpack("<BB", stream, begin)
            found, begin = stored(10**6 // (256 - divisor), 1, _VOC.get(codec, ""), is_little=True), begin + 2
        elif kind == 9:
            rate, bits, channels, codec = unpack("<IBBH", stream, begin)
            found, begin = stored(rate, channels, _VOC.get(codec, ""), is_little=True), begin + 12
            found = found if found and SUBTYPE_BYTES[found.subtype] * 8 == bits else None
        if samples and kind > 9:
            place = begin - 4  # no block
            break
        if found is None:
            return Part((Span(start, stop),)), stop
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
    return samples._replace(pieces=tuple(sound), samples=count // samples.block), min(place + 1, stop)


def read_sds(stream: BinaryIO, start: int, stop: int, notes: list[str]) -> tuple[Part, int]:
    """A MIDI sample dump: unsigned numbers, 7 bits in a byte, most significant first.

    libsndfile goes on silently over packets that are damaged or missing, and loses a last one that is not full.
    """
    head = bytes(unpack("21B", stream, start))
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
    part = Part((bytes(sound[: count * size]),), 10**9 // period, 1, count, SIGNED[size], "LITTLE")
    return part, start + len(head) + packets * _SDS_PACKET_BYTES
