"""Small valid files of every format, to be damaged: made anew each time, from seeds."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile
import tifffile
from PIL import Image

from cnnkit.files.network.safetensors import encode_safetensors
from tests.cases.sounds import sixteen_bits, voice

Array = npt.NDArray[Any]
RATE = 8000

STACKS = {
    "net.txt": b"28x28\nconv3-8 relu maxpool2\n# the head\nflatten fc10\n",
    "sound.txt": b"51200@22050 mfcc13:hop512 conv3-4:s2 gap",
    "bars.txt": b"8x6x5x3 conv3x1-32:p1x0 tconv2-3:s2 pad1 crop1 upsample2 x2",
}
KERNELS = {
    "rows.txt": b"1/16 * (1 2 1; 2 4 2; 1 2 1)",
    "grid.csv": b"0,-1,0\n-1,5,-1\n0,-1,0\n",
    "nested.json": b'{"weights": [[1, 0, -1], [2, 0, -2], [1, 0, -1]]}',
    "preset.txt": b"gaussian:sigma=2,size=7",
}


def colours(rows: int = 12, columns: int = 17) -> Array:
    """Colours in ramps, with a little noise."""
    random = np.random.default_rng(3)
    ramp = np.add.outer(np.arange(rows) * 9, np.arange(columns) * 7)[:, :, None] * [1, 2, 3]
    return np.asarray((ramp + random.integers(0, 30, (rows, columns, 3))) % 256, np.uint8)


def pillow(image: Image.Image, kind: str, **settings: Any) -> bytes:
    """The image as Pillow writes it."""
    stream = io.BytesIO()
    image.save(stream, kind, **settings)
    return stream.getvalue()


def npy(array: Array, version: tuple[int, int] = (1, 0)) -> bytes:
    """The array as a .npy of this version."""
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version=version)
    return stream.getvalue()


def images() -> Iterator[tuple[str, bytes]]:
    """Name and content of an image of every kind that is read."""
    rgb = Image.fromarray(colours())
    grey, frames = rgb.convert("L"), [rgb, rgb.rotate(90, expand=False), rgb.rotate(180)]
    alpha = rgb.copy()
    alpha.putalpha(grey)
    yield "rgb.png", pillow(rgb, "PNG")
    yield "palette.png", pillow(rgb.quantize(16), "PNG", transparency=3)
    yield "deep.png", pillow(Image.fromarray(colours()[:, :, 0].astype(np.uint16) * 257), "PNG")
    yield "one.png", pillow(grey.convert("1"), "PNG")
    yield "frames.png", pillow(frames[0], "PNG", save_all=True, append_images=frames[1:])
    yield "baseline.jpg", pillow(rgb, "JPEG", quality=90)
    yield "progressive.jpg", pillow(rgb, "JPEG", progressive=True, exif=_turned(6))
    yield "grey.jpg", pillow(grey, "JPEG", restart_marker_rows=1)
    yield "lossy.webp", pillow(rgb, "WEBP")
    yield "lossless.webp", pillow(alpha, "WEBP", lossless=True)
    yield "frames.webp", pillow(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    yield "one.gif", pillow(rgb, "GIF")
    yield "frames.gif", pillow(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=20)
    yield "rgb.bmp", pillow(rgb, "BMP")
    yield "palette.bmp", pillow(rgb.quantize(16), "BMP")
    yield "alpha.ico", pillow(alpha, "ICO", sizes=[(16, 11), (8, 6)])
    yield "rgb.jp2", pillow(rgb, "JPEG2000", irreversible=False)
    yield "rgb.avif", pillow(rgb, "AVIF")
    yield "rgb.qoi", _qoi(colours())
    yield "packed.ppm", pillow(rgb, "PPM")
    yield "plain.pgm", b"P2\n5 4\n15\n" + b" ".join(b"%d" % (n % 16) for n in range(20)) + b"\n"
    yield "float.pfm", b"Pf\n5 4\n-1\n" + np.arange(20, dtype="<f4").tobytes()
    yield "grey.pam", b"P7\nWIDTH 5\nHEIGHT 4\nDEPTH 1\nMAXVAL 255\nTUPLTYPE GRAYSCALE\nENDHDR\n" + bytes(range(20))
    yield from tiffs(colours(), grey)
    yield "first.npy", npy(colours()[:, :, 0].astype(np.float32))
    yield "second.npy", npy(np.asfortranarray(colours().astype(np.int16)), (2, 0))


def tiffs(rgb: Array, grey: Image.Image) -> Iterator[tuple[str, bytes]]:
    """TIFFs by tifffile and, where it lacks a compression, by Pillow."""
    deep, many = rgb.astype(np.uint16) * 200, {"photometric": "minisblack", "metadata": None}
    for name, samples, settings in (
        ("plain", rgb, {"photometric": "rgb", "metadata": None, "rowsperstrip": 5}),
        ("deflate", deep, {"photometric": "rgb", "compression": "zlib", "predictor": True, "metadata": None}),
        ("tiled", rgb[:, :, 0], {**many, "tile": (16, 16), "compression": "zlib"}),
        ("planar", deep, {**many, "planarconfig": "separate"}),
        ("float", rgb[:, :, :2].astype(np.float32), {**many, "planarconfig": "contig"}),
        ("big", rgb[:, :, 0], {**many, "bigtiff": True}),
        ("pages", np.stack([rgb[:, :, 0], rgb[:, :, 1]]), {"photometric": "minisblack", "imagej": True}),
    ):
        stream = io.BytesIO()
        with tifffile.TiffWriter(
            stream, bigtiff=bool(settings.pop("bigtiff", False)), imagej=bool(settings.pop("imagej", False))
        ) as writer:
            writer.write(np.moveaxis(samples, -1, 0) if name == "planar" else samples, **settings)  # type: ignore[arg-type]
        yield f"{name}.tif", stream.getvalue()
    for name, image, compression in (
        ("lzw", Image.fromarray(rgb), "tiff_lzw"),
        ("packbits", grey, "packbits"),
        ("fax", grey.convert("1"), "group4"),
        ("jpeg", Image.fromarray(rgb), "jpeg"),
    ):
        yield f"{name}.tif", pillow(image, "TIFF", compression=compression)


def sounds() -> Iterator[tuple[str, bytes]]:
    """Name and content of a sound of every kind of container and samples that is read."""
    mono = sixteen_bits(voice(1500, RATE))
    stereo = np.column_stack([mono, mono[::-1]])
    for name, container, subtype, samples in (
        ("pcm.wav", "WAV", "PCM_16", mono),
        ("stereo.wav", "WAV", "PCM_24", stereo),
        ("bytes.wav", "WAV", "PCM_U8", mono),
        ("float.wav", "WAV", "FLOAT", mono),
        ("ima.wav", "WAV", "IMA_ADPCM", mono),
        ("ms.wav", "WAV", "MS_ADPCM", mono),
        ("gsm.wav", "WAV", "GSM610", mono),
        ("gsm.aiff", "AIFF", "GSM610", mono),
        ("law.wav", "WAVEX", "ULAW", mono),
        ("wide.wav", "RF64", "PCM_16", mono),
        ("wave.w64", "W64", "PCM_16", mono),
        ("pcm.aiff", "AIFF", "PCM_16", mono),
        ("law.aiff", "AIFF", "ALAW", mono),
        ("pcm.caf", "CAF", "PCM_16", mono),
        ("alac.caf", "CAF", "ALAC_16", mono),
        ("pcm.au", "AU", "PCM_16", mono),
        ("g721.au", "AU", "G721_32", mono),
        ("mono.flac", "FLAC", "PCM_16", mono),
        ("stereo.flac", "FLAC", "PCM_24", stereo),
        ("vorbis.ogg", "OGG", "VORBIS", mono),
        ("opus.ogg", "OGG", "OPUS", mono),
        ("layer3.mp3", "MP3", "MPEG_LAYER_III", mono),
        ("pcm.nist", "NIST", "PCM_16", mono),
        ("pcm.svx", "SVX", "PCM_16", mono),
        ("pcm.htk", "HTK", "PCM_16", mono),
        ("pcm.sf", "IRCAM", "PCM_16", mono),
        ("pcm.paf", "PAF", "PCM_24", mono),
        ("pcm.pvf", "PVF", "PCM_16", mono),
        ("pcm.xi", "XI", "DPCM_16", mono),
    ):
        stream = io.BytesIO()
        rate = 44100 if container == "XI" else RATE
        soundfile.write(stream, samples, rate, format=container, subtype=subtype)
        yield name, stream.getvalue()


def kernels() -> Iterator[tuple[str, bytes]]:
    """Name and content of kernels in files."""
    yield from KERNELS.items()
    yield "layer.npy", npy(np.arange(36, dtype=np.float64).reshape(3, 3, 1, 4) - 17)
    yield "list.json", json.dumps(np.eye(3).tolist()).encode()


def npz() -> bytes:
    """An archive of two arrays, which is no input."""
    stream = io.BytesIO()
    np.savez(stream, a=colours(), b=np.arange(3))
    return stream.getvalue()


def weights() -> Iterator[tuple[str, bytes]]:
    """Weights of conv3-2 and a fully connected layer, as PyTorch would name them."""
    tensors = {
        "conv.weight": np.linspace(-1, 1, 18, dtype=np.float32).reshape(2, 1, 3, 3),
        "conv.bias": np.zeros(2, np.float32),
        "fc.weight": np.linspace(0, 1, 150, dtype=np.float16).reshape(3, 50),
        "fc.bias": np.arange(3, dtype=np.float32),
    }
    stream = io.BytesIO()
    encode_safetensors(tensors, {"format": "pt"})(stream)
    yield "net.safetensors", stream.getvalue()
    for name, save in (("stored.npz", np.savez), ("packed.npz", np.savez_compressed)):
        stream = io.BytesIO()
        save(stream, **tensors)  # type: ignore[arg-type]
        yield name, stream.getvalue()


def _turned(turn: int) -> Image.Exif:
    exif = Image.Exif()
    exif[274] = turn
    return exif


def _qoi(samples: Array) -> bytes:
    """QOI without any clever code: every pixel in full, and runs."""
    rows, columns, _ = samples.shape
    body = b"".join(b"\xfe" + pixel.tobytes() + b"\xc1" for pixel in samples.reshape(-1, 3)[::3])
    return b"qoif" + struct.pack(">IIBB", columns, rows, 3, 0) + body + bytes(7) + b"\1"
