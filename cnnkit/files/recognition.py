"""Whether a file is a sound, by its content; and what it is if not, so that an error can say what to do about it.

Standard library only.
"""

from __future__ import annotations

from typing import BinaryIO

from cnnkit.errors import InputError

HEAD = 512
"""Bytes from its beginning that a file is known by."""

SOUND_HEADS = (
    b"fLaC",
    b"OggS",
    b"ID3",  # the tags before an MP3
    *(bytes([0xFF, second]) for second in (0xFA, 0xFB, 0xF2, 0xF3, 0xE2, 0xE3)),  # MPEG 1, 2, 2.5 layer III
    b"caff",
    b".snd",
    b"dns.",
    b"riff\x2e\x91\xcf\x11",  # Wave64
    b"Creative Voice File",
    b"NIST_1A",
    b"PVF1",
    b" paf",
    b"fap ",
    b"2BIT",
    b"ALawSoundFile",
    b"Extended Instrument:",
    *(bytes([0x64, 0xA3, machine, 0]) for machine in (1, 2, 3, 4)),  # IRCAM, by its machine
    *(bytes([0, machine, 0xA3, 0x64]) for machine in (1, 2, 3, 4)),
    *(bytes([0xF0, 0x7E, channel, 0x01]) for channel in range(128)),  # MIDI sample dump (SDS)
)
"""Source: the sounds that libsndfile 1.2 opens and that have a name or number of their own at their beginning."""

_SOUNDS = "give a sound: wav, flac, mp3, ogg, aiff and others"
_MAGIC = (
    (b"\x89PNG\r\n", "a PNG image", _SOUNDS),
    (b"\xff\xd8\xff", "a JPEG image", _SOUNDS),
    (b"GIF8", "a GIF image", _SOUNDS),
    (b"BM", "a BMP image", _SOUNDS),
    (b"II*\x00", "a TIFF image", _SOUNDS),
    (b"MM\x00*", "a TIFF image", _SOUNDS),
    (b"\x93NUMPY", "a NumPy array without a sample rate", "in Python: cnnkit.mfcc(samples, sample_rate)"),
    (b"%PDF", "a PDF document", _SOUNDS),
    (b"PK\x03\x04", "a ZIP archive", "unpack it first: unzip"),
    (b"\x1f\x8b", "a gzip archive", "unpack it first: gunzip"),
)
_HEIF = (b"heic", b"heix", b"mif1", b"avif")
_UNHEARD = (
    (b"\x1a\x45\xdf\xa3", "a Matroska or WebM file", "take the sound out of it: ffmpeg -i song.webm song.wav"),
    (b"\x30\x26\xb2\x75", "a Windows Media file", "convert it: ffmpeg -i song.wma song.wav"),
    (b"\xff\xf1", "an AAC sound, which cannot be read", "convert it: ffmpeg -i song.aac song.wav"),
    (b"\xff\xf9", "an AAC sound, which cannot be read", "convert it: ffmpeg -i song.aac song.wav"),
)


def is_sound(head: bytes) -> bool:
    """Whether a file that begins with `head`, 19 bytes at least, is a sound, and not an image.

    >>> is_sound(b"RIFF----WAVEfmt ----"), is_sound(b"RIFF----WEBPVP8 ----")
    (True, False)
    """
    if head[:4] in (b"RIFF", b"RIFX", b"RF64", b"FORM"):
        return head[8:12] in (b"WAVE", b"AIFF", b"AIFC", b"8SVX", b"16SV")
    return head.startswith(SOUND_HEADS) or _is_htk(head) or _is_mpc2k(head)


def _is_htk(head: bytes) -> bool:
    """A waveform of HTK: 4 bytes samples, 4 bytes the time between two in 100 ns, 2 bytes each, kind 0."""
    period = int.from_bytes(head[4:8], "big")
    return head[8:12] == b"\0\2\0\0" and any(head[:4]) and 25 <= period <= 10000  # 400 kHz to 1 kHz


def _is_mpc2k(head: bytes) -> bool:
    """A sample of an Akai MPC 2000: 1, 4, and a name of 17 bytes."""
    name = head[2:19].rstrip(b"\0 ")
    return head[:2] == b"\1\4" and bool(name) and all(32 <= byte < 127 for byte in name)


def unheard(head: bytes) -> InputError | None:
    """The error for a file that begins with `head` and has a sound which cannot be read; None for any other."""
    if head[4:8] == b"ftyp" and head[8:12] not in _HEIF:
        return _refused("an MPEG-4 file (M4A, AAC), which cannot be read", "convert it: ffmpeg -i song.m4a song.wav")
    return next((_refused(kind, hint) for magic, kind, hint in _UNHEARD if head.startswith(magic)), None)


def not_a_sound(stream: BinaryIO) -> InputError | None:
    """The error for a file that is known to be something else; None if it is of no known kind.

    An image, a text, an archive, or a sound of a kind that cannot be read, such as M4A.
    """
    stream.seek(0)
    head = stream.read(HEAD)
    error = unheard(head)
    if error:
        return error
    if head[4:8] == b"ftyp":
        return _refused("a HEIF or AVIF image", _SOUNDS)
    if head[:4] == b"RIFF" and head[8:12] in (b"WEBP", b"AVI "):
        return _refused("a WebP image" if head[8:12] == b"WEBP" else "an AVI film", _SOUNDS)
    for magic, kind, hint in _MAGIC:
        if head.startswith(magic):
            return _refused(kind, hint)
    return _refused("a text", _SOUNDS) if _is_text(head) else None


def _refused(kind: str, hint: str) -> InputError:
    return InputError(f"this is {kind}" if kind.endswith("cannot be read") else f"this is {kind}, not a sound", hint)


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < HEAD - 3:
            return False  # not just a character cut in two
        text = head[: error.start].decode("utf-8")
    return bool(text) and all(character.isprintable() or character in "\t\n\r\f\ufeff" for character in text)
