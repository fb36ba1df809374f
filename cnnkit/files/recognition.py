"""What a file is, by its first bytes, the one list of them; what to do about one that is no image, or no sound."""

from __future__ import annotations

import itertools
import os
import re
import shlex
from collections.abc import Iterable
from typing import Any, BinaryIO, NamedTuple

from cnnkit.errors import InputError, printable
from cnnkit.files.sounds.faults import conversion

HEAD_BYTES = 512
"""Bytes from its beginning by which every format is known; all must be characters in a file taken for text."""

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GIVE_A_SOUND = "give a sound: wav, flac, mp3, ogg, aiff and others"
_IRCAM = tuple(
    bytes(order) for machine in (1, 2, 3, 4) for order in ([0x64, 0xA3, machine, 0], [0, machine, 0xA3, 0x64])
)
_LOADMAT = "in Python: import numpy, scipy.io; numpy.save('out.npy', scipy.io.loadmat('in.mat')['name'])"
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
    cure: str = "give an image: png, jpg, tiff, webp and others"  # what to do where an image is needed


def _refused(
    name: str, text: str, cure: str, *magic: bytes, offset: int = 0, contents: tuple[bytes, ...] = ()
) -> Format:
    """A format that is not read, and the command that makes one that is out of `in.{name}`."""
    return Format(name, "other", magic, offset, contents, text, cure=f"convert it: {cure.format(name)}")


def _unreadable(
    name: str, text: str, *magic: bytes, offset: int = 0, contents: tuple[bytes, ...] = (), has_frames: bool = True
) -> Format:
    """A film, or a sound that cannot be read, with the way to convert it."""
    hint, film = f"convert it: ffmpeg -i song.{name} song.wav", f"ffmpeg -i film.{name}"
    frames = f"take its frames: {film} %04d.png; or its sound: {film} film.wav"
    return Format(name, "unreadable", magic, offset, contents, text, hint, frames if has_frames else hint)


def _packed(name: str, text: str, program: str, *magic: bytes, offset: int = 0) -> Format:
    hint = f"unpack it first: {program} in.{name}"
    return Format(name, "other", magic, offset, (), text, hint, hint)


def _values(name: str, text: str, array: str, *magic: bytes, offset: int = 0) -> Format:
    """A format of measured values, which Python turns into an array without loss."""
    cure = f"in Python: import numpy, {array.partition('(')[0].rpartition('.')[0]}; numpy.save('out.npy', {array})"
    return Format(name, "other", magic, offset, (), text, cure=cure)


_PLAY = "play it into a file: timidity song.mid -Ow -o song.wav"
_SOX = "turn it into a WAV: sox song.wve song.wav"
_FFMPEG, _MAGICK, _DCRAW = "ffmpeg -i in.{} out.png", "magick in.{} out.png", "dcraw -6 -T in.{}"
_HEIF = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_M4A = (b"M4A ", b"M4B ", b"M4P ")
_PNM = tuple(b"P%c%c" % pair for pair in itertools.product(b"1234567Ff", b" \t\n\r#"))
_PCX = tuple(bytes([10, version, 1, bits]) for version in (0, 2, 3, 4, 5) for bits in (1, 2, 4, 8))
_SGI = tuple(bytes([1, 0xDA, packed, size]) for packed in (0, 1) for size in (1, 2))
_HTML = (b"<!DOCTYPE html", b"<!doctype html", b"<html")
FORMATS = (
    Format("avif", "image", (b"ftyp",), 4, (b"avif", b"avis"), "an AVIF image"),
    _refused("heic", "a HEIC image", _MAGICK, b"ftyp", offset=4, contents=_HEIF),
    _refused("cr3", "a camera's raw file", "darktable-cli in.cr3 out.tif", b"ftyp", offset=4, contents=(b"crx ",)),
    _unreadable("m4a", "an MPEG-4 file (M4A, AAC)", b"ftyp", offset=4, contents=_M4A, has_frames=False),
    _unreadable("mp4", "an MPEG-4 or QuickTime film", b"ftyp", offset=4),
    _unreadable("mov", "a QuickTime film", b"moov", b"mdat", b"wide", b"free", b"skip", offset=4),
    _unreadable("webm", "a Matroska or WebM file", b"\x1a\x45\xdf\xa3"),
    _unreadable("wma", "a Windows Media file", b"\x30\x26\xb2\x75"),
    _unreadable("avi", "an AVI film", b"RIFF", contents=(b"AVI ",)),
    _unreadable("mpg", "an MPEG film", b"\0\0\1\xba", b"\0\0\1\xb3"),
    _unreadable("flv", "a Flash film", b"FLV\1"),
    _unreadable("aac", "an AAC sound", b"\xff\xf1", b"\xff\xf9", b"\xff\xf0", b"\xff\xf8", b"ADIF", has_frames=False),
    _unreadable("amr", "an AMR sound", b"#!AMR", has_frames=False),
    _unreadable("wv", "a WavPack sound", b"wvpk", has_frames=False),
    _unreadable("ape", "a Monkey's Audio sound", b"MAC ", has_frames=False),
    _unreadable("dsf", "a DSD sound (DSF, DFF)", b"DSD ", b"FRM8", has_frames=False),
    _unreadable("tta", "a True Audio sound (TTA)", b"TTA1", b"TTA2", has_frames=False),
    _unreadable("ac3", "an AC-3 sound", b"\x0b\x77", has_frames=False),
    _unreadable("dts", "a DTS sound", b"\x7f\xfe\x80\x01", has_frames=False),
    _unreadable("rm", "a RealAudio or RealMedia file", b".ra\xfd", b".RMF", has_frames=False),
    _unreadable("mpc", "a Musepack sound", b"MPCK", b"MP+", has_frames=False),
    _unreadable("shn", "a Shorten sound", b"ajkg", has_frames=False),
    _unreadable("tak", "a TAK sound", b"tBaK", has_frames=False),
    _unreadable("ofr", "an OptimFROG sound", b"OFR ", has_frames=False),
    _unreadable("qoa", "a QOA sound", b"qoaf", has_frames=False),
    # These libsndfile reads wrongly where they are cut off, damaged or in several pieces.
    _unreadable("voc", "a Creative VOC sound", b"Creative Voice File", has_frames=False),
    _unreadable("avr", "an Audio Visual Research sound", b"2BIT", has_frames=False),
    Format("wve", "unreadable", (b"ALawSoundFile",), 0, (), "a Psion sound", _SOX, _SOX),
    _unreadable(
        "sds", "a MIDI sample dump", *(bytes([0xF0, 0x7E, channel, 1]) for channel in range(128)), has_frames=False
    ),
    Format("mat", "other", (b"MATLAB 5.0 MAT-f",), 0, (), "a MATLAB file", _IN_PYTHON, _LOADMAT),
    Format("mid", "unreadable", (b"MThd",), 0, (), "a MIDI file, notes without sound", _PLAY, _PLAY),
    Format("png", "image", (PNG_SIGNATURE,), text="a PNG image"),
    _refused("jls", "a JPEG-LS image", _FFMPEG, b"\xff\xd8\xff\xf7"),
    Format("jpeg", "image", (b"\xff\xd8",), text="a JPEG image"),
    Format("jp2", "image", (b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"), text="a JPEG 2000 image"),
    Format("gif", "image", (b"GIF8",), text="a GIF image"),
    Format("bmp", "image", (b"BM",), text="a BMP image"),
    Format("ico", "image", (b"\0\0\1\0",), text="an icon"),
    Format("qoi", "image", (b"qoif",), text="a QOI image"),
    Format("pnm", "image", _PNM, text="a PBM, PGM, PPM, PAM or PFM image"),
    Format("webp", "image", (b"RIFF",), 0, (b"WEBP",), "a WebP image"),
    _refused("cr2", "a camera's raw file", _DCRAW, b"II*\0\x10\0\0\0CR"),
    Format("tiff", "image", (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), text="a TIFF image"),
    Format("npy", "array", (b"\x93NUMPY",), 0, (), "a NumPy array without a sample rate", _IN_PYTHON),
    _refused("jxl", "a JPEG XL image", "djxl in.{} out.png", b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"),
    _refused("exr", "an OpenEXR image", "ffmpeg -i in.{} out.pfm", b"\x76\x2f\x31\x01"),
    _refused("psd", "a Photoshop document", "magick 'in.{}[0]' out.png", b"8BPS"),
    _refused("xcf", "a GIMP document", "magick in.{} -flatten out.png", b"gimp xcf"),
    _refused("raf", "a camera's raw file", _DCRAW, b"FUJIFILMCCD-RAW"),
    _refused("orf", "a camera's raw file", _DCRAW, b"IIRO", b"IIRS", b"MMOR"),
    _refused("rw2", "a camera's raw file", _DCRAW, b"IIU\0"),
    _refused("svg", "an SVG drawing", "rsvg-convert in.{} -o out.png", b"<svg"),
    _refused("pdf", "a PDF document", "pdftoppm -png in.{} out", b"%PDF"),
    _refused("eps", "a PostScript document", "gs -sDEVICE=png16m -r150 -o out.png in.{}", b"%!PS", b"\xc5\xd0\xd3\xc6"),
    _refused("xml", "an SVG or XML document", "rsvg-convert in.svg -o out.png", b"<?xml"),
    _refused("dds", "a DirectDraw surface", _MAGICK, b"DDS "),
    _refused("sgi", "an SGI image", _MAGICK, *_SGI),
    _refused("pcx", "a PCX image", _MAGICK, *_PCX),
    _refused("ras", "a Sun raster image", _MAGICK, b"\x59\xa6\x6a\x95"),
    _refused("xpm", "an XPM image", _MAGICK, b"/* XPM"),
    _refused("xbm", "an XBM image", _MAGICK, b"#define "),
    _refused("tga", "a TGA image", _FFMPEG),  # which has no name of its own: see below
    _values("fits", "a FITS image", "astropy.io.fits.getdata('in.fits')", b"SIMPLE  ="),
    _values("dicom", "a DICOM image", "pydicom.dcmread('in.dcm').pixel_array", b"DICM", offset=128),
    _values("nifti", "a NIfTI image", "nibabel.load('in.nii').get_fdata()", b"n+1\0", offset=344),
    _values("hdr", "a Radiance HDR image", "cv2.imread('in.hdr', -1)[..., ::-1]", b"#?RADIANCE", b"#?RGBE"),
    _values("nrrd", "an NRRD image", "nrrd.read('in.nrrd')[0]", b"NRRD000"),
    _values("hdf5", "an HDF5 file", "h5py.File('in.h5')['name'][()]", b"\x89HDF\r\n\x1a\n"),
    _packed("zip", "a ZIP archive", "unzip", b"PK\x03\x04"),
    _packed("gz", "a gzip archive", "gunzip", b"\x1f\x8b"),
    _packed("bz2", "a bzip2 archive", "bunzip2", b"BZh"),
    _packed("xz", "an xz archive", "unxz", b"\xfd7zXZ\0"),
    _packed("zst", "a Zstandard archive", "unzstd", b"\x28\xb5\x2f\xfd"),
    _packed("7z", "a 7-Zip archive", "7z x", b"7z\xbc\xaf\x27\x1c"),
    _packed("rar", "a RAR archive", "unrar x", b"Rar!\x1a\x07"),
    _packed("tar", "a tar archive", "tar xf", b"ustar", offset=257),
    Format("html", "other", _HTML, text="a web page", cure="save the image itself, not its page"),
    Format("lfs", "other", (b"version https://git-lfs",), 0, (), "a Git LFS pointer", "git lfs pull", "git lfs pull"),
    Format("appledouble", "other", (b"\0\5\x16\7",), text="a Mac's companion file", cure="name the file without ._"),
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
    Format("nist", "sound", (b"NIST_1A",)),
    Format("pvf", "sound", (b"PVF1",)),
    Format("paf", "sound", (b" paf", b"fap ")),
    Format("xi", "sound", (b"Extended Instrument:",)),
    Format("ircam", "sound", _IRCAM),
)
UNKNOWN = Format("", "unknown", ())
TABLE = Format("table", "array", ())
SAFETENSORS = Format(
    "safetensors",
    "other",
    (),
    text="a file of weights (safetensors)",
    hint="list what it holds: cnnkit weights in.safetensors",
    cure="list what it holds: cnnkit weights in.safetensors",
)
_TABLE = re.compile(r"(?=.*\d)(?:[-+\u2212\d.,;*/()\s]|(?i:e[-+]?\d|nan|inf)|#[^\n]*)+(?i:e[-+]?|na?|in?)?", re.DOTALL)
"""What rows of numbers consist of; the last may be cut off."""


def recognise(head: bytes) -> Format:
    """The format of a file that begins with `head` (HEAD_BYTES of it, to know them all), or UNKNOWN.

    >>> recognise(b"RIFF----WAVEfmt ----").name, recognise(b"RIFF----WEBPVP8 ----").name, recognise(b"hello").name
    ('wav', 'webp', '')
    """
    if is_safetensors(head):
        return SAFETENSORS
    for known in FORMATS:
        if head.startswith(known.magic, known.offset) and (not known.contents or head[8:12] in known.contents):
            return known
    if _is_htk(head):
        return Format("htk", "sound", ())
    if _is_tga(head):
        return next(known for known in FORMATS if known.name == "tga")
    return TABLE if is_table(head) else UNKNOWN


SUFFIXES = {
    "image": ("png", "apng", "jpg", "jpeg", "webp", "tif", "tiff", "gif", "bmp", "pbm", "pgm", "ppm", "pnm", "pfm",
              "jp2", "avif"),
    "array": ("npy", "npz"),
    "sound": ("wav", "flac", "mp3", "ogg", "oga", "opus", "aif", "aiff", "aifc", "au", "snd", "caf", "w64", "rf64"),
}  # fmt: skip
"""How names of files end that can hardly be anything else."""


def is_of_kind(path: str, kinds: Iterable[str]) -> bool:
    """Whether a file is of one of these kinds (image, array, sound), by its name, or by its content whatever its name.

    A name decides without a look, as among many files looking takes most of the time, and one that promises a picture
    and holds none is to be told of.
    """
    suffix = path.rpartition(".")[2].lower()
    if any(suffix in SUFFIXES[kind] for kind in kinds):
        return True
    try:
        opened = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            head = os.read(opened, HEAD_BYTES)
        finally:
            os.close(opened)
    except OSError:
        return False
    return recognise(head).kind in kinds


def is_safetensors(head: bytes) -> bool:
    r"""Weights as safetensors: the length of a header of at most 4 GiB, and its first characters.

    >>> is_safetensors((64).to_bytes(8, "little") + b'{"conv1": {'), is_safetensors(b"{ 1 2 }")
    (True, False)
    """
    return head[4:8] == bytes(4) and re.match(rb'\{\s*["}]', head[8:]) is not None


def is_table(head: bytes) -> bool:
    r"""Whether a text begins with rows of numbers.

    >>> is_table(b"1 2.5\n-3e4 nan"), is_table(b"28x28 conv3-8"), is_table(b"1\0")
    (True, False, False)
    """
    is_wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    return _TABLE.fullmatch(head.decode("utf-16" if is_wide else "utf-8-sig", "replace").rstrip("\ufffd")) is not None


def is_like_table(head: bytes) -> bool:
    """Whether a text has separated numbers as tables do, and something else."""
    text = head.decode("utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig", "replace")
    return _is_text(head) and len(re.findall(r"(?:^|[,;\t\n])\s*\"?-?\d[\d.]*\"?\s*(?=[,;\t\r\n])", text)) > 1


def _is_htk(head: bytes) -> bool:
    """A waveform of HTK: 4 bytes number of samples, 4 bytes period in 100 ns, 2 bytes size of a sample, kind 0."""
    period = int.from_bytes(head[4:8], "big")
    return head[8:12] == b"\0\2\0\0" and any(head[:4]) and 25 <= period <= 10000  # 400 kHz to 1 kHz


def _is_tga(head: bytes) -> bool:
    """A TGA of version 1 has no name: its type and colours fit each other, and no bit is set that has no meaning."""
    if len(head) < 18 or not any(head[12:14]) or not any(head[14:16]) or head[17] & 0xC0:
        return False
    depths = {1: (8,), 2: (15, 16, 24, 32), 3: (8, 16)}.get(head[2] & ~8, ())
    has_map = head[2] & ~8 == 1
    return head[16] in depths and head[1] == has_map and any(head[3:8]) == has_map


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


def damaged(problem: str) -> InputError:
    """The error for a file that is not what its maker wrote."""
    return InputError(problem, hint="get the whole file again")


def not_an_image_error(
    head: bytes, stream: Any = None, bare: str = "; for bare samples add --raw 16000,s16le"
) -> InputError:
    """The error for a file that begins with `head` and is not read as an image; the hint has the name of the stream."""
    found = recognise(head)
    cure, name = found.cure, getattr(stream, "name", None)
    if isinstance(name, str):
        in_shell, in_python = shlex.quote(printable(name)), repr(name)
        cure = re.sub(rf"'(in)\.{found.name}'", lambda _: in_python, cure)
        cure = re.sub(rf"\b(in|song|film)\.{found.name}\b", lambda _: in_shell, cure)
    if found.kind == "image":
        return damaged(f"this is {found.text}, but damaged or cut off")
    if found.text:
        return InputError(f"this is {found.text}, which is not read", cure)
    if _is_text(head):
        return InputError("this is a text file, not an image", found.cure)
    return InputError(
        "this is neither an image nor a sound that can be read",
        hint="give a PNG, JPEG, TIFF, WebP, .npy, WAV, FLAC, MP3 or Ogg" + bare,
    )


def not_a_sound_error(stream: BinaryIO, place: int = 0) -> InputError | None:
    """The error for a file known to be something else: an image, text, an archive, or a sound that cannot be read."""
    stream.seek(place)
    head = stream.read(HEAD_BYTES)
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
        if error.start < len(head) - 3:
            return False  # not just a character cut in two
        text = head[: error.start].decode("utf-8")
    return bool(text) and all(character.isprintable() or character in "\t\n\r\f\ufeff" for character in text)
