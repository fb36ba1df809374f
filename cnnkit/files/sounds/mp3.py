"""The frames of an MP3: where they begin and end.

An encoder puts a first frame without sound before an MP3, named Xing or Info, with the number of frames. Without it
libsndfile takes the length from the size of the file and the bits of the first frame, and gives no sample beyond that:
too few where the bits vary.

Standard library only. Sources: ISO 11172-3 and 13818-3 (headers of frames); G. Bouvigne, Mp3 Info Tag revision 1.
"""

from __future__ import annotations

import re
from typing import BinaryIO, NamedTuple

from cnnkit.files.sounds.faults import ends_early
from cnnkit.files.sounds.stored import Part, Span

_SYNC = re.compile(rb"\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff][\x10-\xef]")
"""What may begin a header that says its bits: a version, a layer and a bit rate that there are."""

_INFO = re.compile(
    rb"\xff[\xe2-\xff]..(?:..)?(?:.{9}|.{17}|.{32})(?:Xing|Info)...[%s](.{4})" % bytes(range(1, 16, 2)), re.S
)
"""A frame's header, perhaps a checksum, the side information (9, 17 or 32 bytes), the name, flags of which the lowest
bit says that there is a number of frames, and that number."""

_INFO_BYTES = 50

_CHAIN = 3
"""Headers of frames, each where the one before says, that are no chance."""

_KBITS = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Thousands of bits per second by version (2 stands for 2 and 2.5) and layer."""

_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
"""Sample rates by the two bits of the version."""

_SEEMING_SIZE_RATIO = 32
"""Times its size that a file seems to have: the bits of one frame are at most 20 times another's (160 and 8 kbit/s)."""

_TAG_BYTES = 128
"""Bytes at the end of a file in which libmpg123 looks for a tag."""


class Frame(NamedTuple):
    """The header of a frame."""

    kind: int  # version, layer and sample rate: the same in all frames of a sound
    length: int  # in bytes


def read_frame(head: bytes) -> Frame | None:
    """The frame that begins with `head`; None if it is none, or does not say its bits.

    >>> read_frame(bytes.fromhex("fffb9000")).length  # 128 kbit/s at 44.1 kHz: 144 * 128000 / 44100
    417
    """
    word = int.from_bytes(head[:4], "big")
    version, layer = word >> 19 & 3, 4 - (word >> 17 & 3)
    bits, rate = word >> 12 & 15, word >> 10 & 3
    if len(head) < 4 or word >> 21 != 0x7FF or version == 1 or layer == 4 or bits in (0, 15) or rate == 3:
        return None
    kbits = _KBITS[1 if version == 3 else 2, layer][bits - 1]
    slots = {1: 12, 2: 144, 3: 144 if version == 3 else 72}[layer] * kbits * 1000 // _RATES[version][rate]
    return Frame(word & 0xFFFE0C00, (slots + (word >> 9 & 1)) * (4 if layer == 1 else 1))


def find_frame(head: bytes) -> int | None:
    """Where the first frame in `head` begins; None if no frames follow each other there."""
    for match in _SYNC.finditer(head):
        place, count = match.start(), 1
        first = read_frame(head[place : place + 4])
        if first is None:
            continue
        place += first.length
        while count < _CHAIN and (following := read_frame(head[place : place + 4])) is not None:
            if following.kind != first.kind:
                break
            place, count = place + following.length, count + 1
        if count == _CHAIN or (count > 1 and place == len(head)):
            return match.start()
    return None


def read_mp3(stream: BinaryIO, start: int, stop: int, notes: list[str]) -> tuple[Part, int]:
    """The frames that belong together from `start` on, and where they end; an InputError if the last is cut off."""
    stream.seek(start)
    head = stream.read(_INFO_BYTES)
    first, info = read_frame(head), _INFO.match(head)
    if first is None:
        return _unmeasured(Span(start, stop)), stop
    promised = int.from_bytes(info[1], "big") if info else None
    count, place = 0, start  # the first frame of a promise has no sound
    while place + 4 <= stop and (promised is None or count <= promised):
        frame = read_frame(head)
        if frame is None or frame.kind != first.kind or (count and _INFO.match(head)):
            break
        if place + frame.length > stop:
            raise ends_early(stream, frame.length, stop - place, "bytes", "its last frame has")
        count, place = count + 1, place + frame.length
        stream.seek(place)
        head = stream.read(_INFO_BYTES)
    if promised is not None and count <= promised:
        if place + 4 > stop:
            raise ends_early(stream, promised, count - 1, "frames")
        place = stop  # damaged, and for the decoder to find a way through
    frames = Span(start, place)
    return _unmeasured(frames) if promised is None else Part((frames,)), place


def _unmeasured(frames: Span) -> Part:
    """An MP3 that does not say its length, in a file that seems far longer.

    So libsndfile's estimate is never too small, and decoding ends where the bytes do.
    """
    gap = (_SEEMING_SIZE_RATIO - 1) * (frames.stop - frames.start)
    return Part((frames, gap, bytes(_TAG_BYTES)), is_measured=False)
