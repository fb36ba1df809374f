"""What a file is, by its first bytes; and what to do about one that is not a sound.

The one list of first bytes: every reader takes its formats from here. Standard library only.
"""

from __future__ import annotations

import struct
from typing import Any, BinaryIO, NamedTuple

from cnnkit.errors import InputError
from cnnkit.files.sounds.faults import conversion

HEAD_BYTES = 26
"""Bytes from its beginning by which every format is known."""

TEXT_BYTES = 512
"""Bytes that must be characters in a file taken for text."""

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GIVE_A_SOUND = "give a sound: wav, flac, mp3, ogg, aiff and others"
_IRCAM = tuple(
    bytes(order) for machine in (1, 2, 3, 4) for order in ([0x64, 0xA3, machine, 0], [0, machine, 0xA3, 0x64])
)
MAT4 = tuple(struct.pack(f"{order}5I6s", kind, 1, 1, 0, 11, b"sample") for order, kind in (("<", 0), (">", 1000)))
"""A sample rate, which begins a MATLAB 4 file that holds a sound."""

_IN_PYTHON = "in Python: cnnkit.mfcc(samples, sample_rate)"


class Format(NamedTuple):
    """A file format and the first bytes that show it."""

    name: str
    kind: str  # image, array, sound, unreadable (holds a sound that cnnkit cannot read) or other
    magic: tuple[bytes, ...]
    offset: int = 0
    contents: tuple[bytes, ...] = ()  # of a container: what it holds, in bytes 8 to 11
    text: str = ""  # what an error calls it
    hint: str = _GIVE_A_SOUND  # what to do where a sound is needed


def _unreadable(name: str, text: str, ending: str, *magic: bytes, offset: int = 0) -> Format:
    """A format whose sound cannot be read, with the way to convert it."""
    return Format(name, "unreadable", magic, offset, (), text, f"convert it: ffmpeg -i song.{ending} song.wav")


FORMATS = (
    Format("heif", "image", (b"ftyp",), 4, (b"heic", b"heix", b"mif1", b"avif"), "a HEIF or AVIF image"),
    _unreadable("mp4", "an MPEG-4 file (M4A, AAC)", "m4a", b"ftyp", offset=4),
    _unreadable("matroska", "a Matroska or WebM file", "webm", b"\x1a\x45\xdf\xa3"),
    _unreadable("wma", "a Windows Media file", "wma", b"\x30\x26\xb2\x75"),
    _unreadable("aac", "an AAC sound", "aac", b"\xff\xf1", b"\xff\xf9", b"\xff\xf0", b"\xff\xf8", b"ADIF"),
    _unreadable("amr", "an AMR sound", "amr", b"#!AMR"),
    _unreadable("wavpack", "a WavPack sound", "wv", b"wvpk"),
    _unreadable("monkey", "a Monkey's Audio sound", "ape", b"MAC "),
    _unreadable("dsd", "a DSD sound (DSF, DFF)", "dsf", b"DSD ", b"FRM8"),
    _unreadable("tta", "a True Audio sound (TTA)", "tta", b"TTA1", b"TTA2"),
    _unreadable("ac3", "an AC-3 sound", "ac3", b"\x0b\x77"),
    _unreadable("dts", "a DTS sound", "dts", b"\x7f\xfe\x80\x01"),
    _unreadable("real", "a RealAudio or RealMedia file", "rm", b".ra\xfd", b".RMF"),
    _unreadable("musepack", "a Musepack sound", "mpc", b"MPCK", b"MP+"),
    _unreadable("shorten", "a Shorten sound", "shn", b"ajkg"),
    _unreadable("tak", "a TAK sound", "tak", b"tBaK"),
    _unreadable("optimfrog", "an OptimFROG sound", "ofr", b"OFR "),
    _unreadable("qoa", "a QOA sound", "qoa", b"qoaf"),
    _unreadable("flv", "a Flash film", "flv", b"FLV\1"),
    _unreadable("mpeg", "an MPEG film", "mpg", b"\0\0\1\xba", b"\0\0\1\xb3"),
    Format(
        "midi",
        "unreadable",
        (b"MThd",),
        0,
        (),
        "a MIDI file, notes without sound",
        "play it into a file: timidity song.mid -Ow -o song.wav",
    ),
    Format("png", "image", (PNG_SIGNATURE,), text="a PNG image"),
    Format("jpeg", "image", (b"\xff\xd8",), text="a JPEG image"),
    Format("gif", "image", (b"GIF8",), text="a GIF image"),
    Format("bmp", "image", (b"BM",), text="a BMP image"),
    Format("tiff", "image", (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), text="a TIFF image"),
    Format("webp", "image", (b"RIFF",), 0, (b"WEBP",), "a WebP image"),
    Format("npy", "array", (b"\x93NUMPY",), 0, (), "a NumPy array without a sample rate", _IN_PYTHON),
    Format("zip", "other", (b"PK\x03\x04",), text="a ZIP archive", hint="unpack it first: unzip"),
    Format("gzip", "other", (b"\x1f\x8b",), text="a gzip archive", hint="unpack it first: gunzip"),
    Format("pdf", "other", (b"%PDF",), text="a PDF document"),
    Format("xml", "other", (b"<?xml",), text="an SVG or XML document"),
    Format("avi", "unreadable", (b"RIFF",), 0, (b"AVI ",), "an AVI film", "convert it: ffmpeg -i song.avi song.wav"),
    # Source: the sounds that libsndfile 1.2 opens and that have a name or number of their own at their beginning.
    Format("wav", "sound", (b"RIFF", b"RIFX", b"RF64", b"BW64"), contents=(b"WAVE",)),
    Format("aiff", "sound", (b"FORM",), contents=(b"AIFF", b"AIFC")),
    Format("svx", "sound", (b"FORM",), contents=(b"8SVX", b"16SV")),
    Format("flac", "sound", (b"fLaC",)),
    Format("ogg", "sound", (b"OggS",)),
    # ID3: tags before the frames; otherwise MPEG 1, 2 or 2.5 layer III.
    Format("mp3", "sound", (b"ID3", *(bytes([0xFF, second]) for second in (0xFA, 0xFB, 0xF2, 0xF3, 0xE2, 0xE3)))),
    Format("caf", "sound", (b"caff",)),
    Format("au", "sound", (b".snd", b"dns.")),
    Format("w64", "sound", (b"riff\x2e\x91\xcf\x11",)),
    Format("voc", "sound", (b"Creative Voice File",)),
    Format("nist", "sound", (b"NIST_1A",)),
    Format("pvf", "sound", (b"PVF1",)),
    Format("paf", "sound", (b" paf", b"fap ")),
    Format("avr", "sound", (b"2BIT",)),
    Format("wve", "sound", (b"ALawSoundFile",)),
    Format("xi", "sound", (b"Extended Instrument:",)),
    Format("ircam", "sound", _IRCAM),
    Format("mat4", "sound", MAT4),
    Format("mat5", "sound", (b"MATLAB 5.0 MAT-f",), 0, (), "a MATLAB file of other numbers", _IN_PYTHON),
    Format("sds", "sound", tuple(bytes([0xF0, 0x7E, channel, 1]) for channel in range(128))),  # MIDI sample dump
)
UNKNOWN = Format("", "unknown", ())


def recognise(head: bytes) -> Format:
    """The format of a file that begins with `head` (HEAD_BYTES of it, to know them all), or UNKNOWN.

    >>> recognise(b"RIFF----WAVEfmt ----").name, recognise(b"RIFF----WEBPVP8 ----").name, recognise(b"hello").name
    ('wav', 'webp', '')
    """
    for known in FORMATS:
        if head.startswith(known.magic, known.offset) and (not known.contents or head[8:12] in known.contents):
            return known
    if _is_htk(head):
        return Format("htk", "sound", ())
    return Format("mpc2k", "sound", ()) if _is_mpc2k(head) else UNKNOWN


def _is_htk(head: bytes) -> bool:
    """A waveform of HTK: 4 bytes number of samples, 4 bytes period in 100 ns, 2 bytes size of a sample, kind 0."""
    period = int.from_bytes(head[4:8], "big")
    return head[8:12] == b"\0\2\0\0" and any(head[:4]) and 25 <= period <= 10000  # 400 kHz to 1 kHz


def _is_mpc2k(head: bytes) -> bool:
    """A sample of an Akai MPC 2000: 1, 4, a name of 17 bytes, mostly a level of 100 and no tuning where it is blank."""
    name = head[2:19].rstrip(b"\0 ")
    return head[:2] == b"\1\4" and (bool(name) or head[19:21] == b"d\0") and all(32 <= byte < 127 for byte in name)


def unreadable_sound_error(head: bytes, stream: Any = None) -> InputError | None:
    """The error for a file that holds a sound of a kind that cannot be read, such as M4A; None for any other.

    The hint has the name of the stream, where it has one.
    """
    found = recognise(head)
    if found.kind != "unreadable":
        return None
    is_named = found.hint.startswith("convert it: ") and isinstance(getattr(stream, "name", None), str)
    hint = f"convert it: {conversion(stream)}" if is_named else found.hint
    return InputError(f"this is {found.text}, which cannot be read", hint)


def not_a_sound_error(stream: BinaryIO, place: int = 0) -> InputError | None:
    """The error for a file known to be something else: an image, text, an archive, or a sound that cannot be read."""
    stream.seek(place)
    head = stream.read(TEXT_BYTES)
    error = unreadable_sound_error(head, stream)
    if error:
        return error
    found = recognise(head)
    text = found.text or ("a text file" if _is_text(head) else "")
    return InputError(f"this is {text}, not a sound", found.hint) if text else None


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < TEXT_BYTES - 3:
            return False  # not just a character cut in two
        text = head[: error.start].decode("utf-8")
    return bool(text) and all(character.isprintable() or character in "\t\n\r\f\ufeff" for character in text)
