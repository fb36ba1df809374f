"""The pages of an Ogg file: which of them belong to one sound.

Several streams may lie side by side (a film's pictures and its sound) or follow each other (files joined, a radio's
songs); libsndfile reads the first of one.

Standard library only. Sources: RFC 3533 (Ogg), and the mappings of Vorbis I, RFC 7845 (Opus), xiph.org (FLAC, Theora).
"""

from __future__ import annotations

from typing import BinaryIO, NamedTuple

from cnnkit.errors import InputError
from cnnkit.files.sounds.faults import conversion, ends_early
from cnnkit.files.sounds.flac import flac_part
from cnnkit.files.sounds.stored import Part, Span

_HEAD_BYTES, _LONGEST_TABLE = 27, 255
_BEGIN, _END = 2, 4  # flags of a page
_CODECS = {b"\x01vorbis": "Vorbis", b"OpusHead": "Opus", b"\x7fFLAC": "FLAC", b"Speex   ": "Speex"}
_CODECS |= {b"\x80theora": "Theora video", b"BBCD": "Dirac video", b"\x80kate": "Kate text", b"fishead": ""}
_READ = ("Vorbis", "Opus", "FLAC")
_SEARCHED_BYTES = 2**17  # a page has at most 65,307


class _Page(NamedTuple):
    start: int
    payload: int
    stop: int
    flags: int


def read_ogg(stream: BinaryIO, start: int, stop: int, notes: list[str]) -> tuple[Part, int]:
    """The sound among the streams that begin at `start`, and where they end."""
    streams: dict[bytes, list[_Page]] = {}
    codecs: dict[bytes, str] = {}
    place, has_begun = start, False
    while place + _HEAD_BYTES <= stop:
        stream.seek(place)
        head = stream.read(_HEAD_BYTES + _LONGEST_TABLE + 8)
        if head[:4] != b"OggS":
            stream.seek(place)
            following = stream.read(min(_SEARCHED_BYTES, stop - place))
            gap = following.find(b"OggS")
            if gap < 0 or following[gap + 5 : gap + 6] in (b"", bytes([_BEGIN])):
                break
            notes.append(f"{gap} damaged bytes between its pages are left out")
            place += gap
            continue
        serial, flags, payload = head[14:18], head[5], _HEAD_BYTES + head[26]
        if flags & _BEGIN:
            if has_begun:
                break
            codec = next((_CODECS[magic] for magic in _CODECS if head.startswith(magic, payload)), "an unknown codec")
            streams.setdefault(serial, [])
            codecs.setdefault(serial, codec)
        else:
            has_begun = True
        end = place + payload + sum(head[_HEAD_BYTES:payload])
        if end > stop:
            raise ends_early(stream, end - place, stop - place, "bytes", "its last page has")
        if serial in streams:
            streams[serial].append(_Page(place, place + payload, end, flags))
        place = end
    sound = next((serial for serial, codec in codecs.items() if codec in _READ), None)
    others = [codec for serial, codec in codecs.items() if serial != sound and codec]
    if sound is None:
        raise InputError(
            f"this Ogg file holds {' and '.join(others) or 'no stream'}, which cannot be read",
            hint=f"convert it: {conversion(stream)}",
        )
    notes += [f"a stream beside the sound is left out: {codec}" for codec in others]
    pages = streams[sound]
    if not pages[-1].flags & _END:
        notes.append("its last page is not marked as the end: the sound may have been longer")
    if codecs[sound] != "FLAC":
        return Part(tuple(Span(page.start, page.stop) for page in pages)), place
    # In the first page 7F FLAC, version and number of headers, 9 bytes; what follows is a FLAC file in pieces.
    opening, *later = (Span(page.payload, page.stop) for page in pages)
    return flac_part(stream, (opening._replace(start=min(opening.start + 9, opening.stop)), *later)), place
