"""MP3s that do not say how long they are, and a view of one under which all of it is decoded.

An encoder puts a first frame without sound before an MP3, named Xing or Info, with the number of frames. Without it
libsndfile takes the length from the size of the file and the bits of the first frame, and gives no sample beyond that:
too few where the bits vary, too many where there are tags.

Standard library only. Source of the layout: G. Bouvigne, Mp3 Info Tag revision 1.
"""

from __future__ import annotations

import os
import re
from typing import BinaryIO

_INFO = re.compile(rb"\xff[\xe2-\xff]..(?:..)?(?:.{9}|.{17}|.{32})(?:Xing|Info)...[%s]" % bytes(range(1, 16, 2)), re.S)
"""A frame's header, perhaps a checksum, the side information (9, 17 or 32 bytes), the name, and flags of which the
lowest bit says that there is a number of frames."""

_SEARCHED_BYTES = 2**13
"""Bytes after the tags in which the first frame is expected."""

_SEEMING_SIZE_RATIO = 32
"""Times its size that a file seems to have: the bits of one frame are at most 20 times another's (160 and 8 kbit/s)."""

_TAG_BYTES = 128
"""Bytes at the end of a file in which libmpg123 looks for a tag."""


def begins_like_mp3(head: bytes) -> bool:
    """Whether a file that begins with `head`, 3 bytes at least, may hold MPEG frames, of any layer.

    Wider than the first bytes of an MP3 in ``recognition``: any layer and version, and some other files too.

    >>> begins_like_mp3(b"ID3"), begins_like_mp3(b"RIFF")
    (True, False)
    """
    return head[:3] == b"ID3" or (head[:1] == b"\xff" and head[1:2] >= b"\xe2")


def says_its_length(stream: BinaryIO) -> bool:
    """Whether an MP3 has a first frame that tells how many follow; the stream is left at its beginning."""
    place = 0
    stream.seek(0)
    while (head := stream.read(10))[:3] == b"ID3" and len(head) == 10:
        sizes = head[6:10]  # 7 bits each, so that none looks like the beginning of a frame
        place += 10 + sum((byte & 127) << 7 * (3 - index) for index, byte in enumerate(sizes))
        place += 10 if head[5] & 0x10 else 0  # the tag has a foot
        stream.seek(place)
    stream.seek(place)
    found = _INFO.search(stream.read(_SEARCHED_BYTES))
    stream.seek(0)
    return found is not None


class Unmeasured:
    """The bytes of an MP3 that does not say its length, in a file that seems far longer.

    So libsndfile's estimate is never too small, and decoding ends where the bytes do.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._size = stream.seek(0, os.SEEK_END)
        self._seeming = _SEEMING_SIZE_RATIO * self._size + 2 * _TAG_BYTES
        self._place = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move, or stay where the new place would lie before the beginning."""
        place = offset + (0, self._place, self._seeming)[whence]
        if place >= 0:
            self._place = place
        return self._place

    def tell(self) -> int:
        """The place in the seeming file."""
        return self._place

    def read(self, count: int) -> bytes:
        """The bytes of the file; zeros where a tag at the seeming end would be; none in between."""
        content = b""
        if self._place < self._size:
            self._stream.seek(self._place)
            content = self._stream.read(count)
        elif self._place >= self._seeming - _TAG_BYTES:
            content = bytes(max(0, min(count, self._seeming - self._place)))
        self._place += len(content)
        return content
