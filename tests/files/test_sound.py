"""Sounds as they are stored: numbers by hand for every kind of sample, channels, and damaged files."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import soundfile

from cnnkit.errors import ArgumentError, InputError
from cnnkit.files.sound import read_sound


def stored(samples: Any, kind: str, subtype: str, rate: int = 8000) -> io.BytesIO:
    stream = io.BytesIO()
    soundfile.write(stream, samples, rate, format=kind, subtype=subtype)
    return io.BytesIO(stream.getvalue())


WIDE = np.array([-(2**23), -1, 0, 1, 2**23 - 1], np.int32)
NARROW = np.array([-128, -2, -1, 0, 1, 127], np.int16)
SHORT = np.array([-32768, -1, 0, 1, 32767], np.int16)
LONG = np.array([-(2**31), -1, 0, 1, 2**31 - 1], np.int32)


# The ends and the middle of every range. libsndfile takes int16 and int32 as the highest bits.
@pytest.mark.parametrize(
    ("kind", "subtype", "given", "expected", "dtype"),
    [
        ("WAV", "PCM_16", SHORT, SHORT, "i2"),
        ("FLAC", "PCM_16", SHORT, SHORT, "i2"),
        ("CAF", "ALAC_16", SHORT, SHORT, "i2"),
        ("WAV", "PCM_U8", NARROW * 256, NARROW, "i1"),
        ("AIFF", "PCM_S8", NARROW * 256, NARROW, "i1"),
        ("FLAC", "PCM_S8", NARROW * 256, NARROW, "i1"),
        ("WAV", "PCM_24", WIDE * 256, WIDE, "i4"),
        ("FLAC", "PCM_24", WIDE * 256, WIDE, "i4"),
        ("CAF", "ALAC_24", WIDE * 256, WIDE, "i4"),
        ("WAV", "PCM_32", LONG, LONG, "i4"),
        ("WAV", "FLOAT", np.array([-1, -0.25, 0, 1.5], "f4"), [-1, -0.25, 0, 1.5], "f4"),
        ("WAV", "DOUBLE", np.array([-1, 0.1, 0, 1.5], "f8"), [-1, 0.1, 0, 1.5], "f8"),
        ("WAV", "ULAW", np.array([-0.5, 0, 0.5]), [-0.51, 0, 0.51], "f4"),
    ],
)
def test_samples_as_they_are_stored(kind: str, subtype: str, given: Any, expected: Any, dtype: str) -> None:
    signal = read_sound(stored(given, kind, subtype))
    assert (signal.samples.dtype, signal.sample_rate, signal.notes) == (dtype, 8000, ())
    np.testing.assert_allclose(signal.samples, expected, rtol=0, atol=0.01 if subtype == "ULAW" else 0)


@pytest.mark.parametrize(("kind", "subtype"), [("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III"), ("OGG", "OPUS")])
def test_what_was_compressed_with_loss_is_float(kind: str, subtype: str) -> None:
    tone = np.round(16000 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)).astype(np.int16)
    signal = read_sound(stored(tone, kind, subtype, 16000))
    assert signal.samples.dtype == np.float32
    assert signal.samples.shape == (16000,)
    assert 0.3 < np.abs(signal.samples).max() < 0.7


# Channels.

STEREO = np.array([[1, 10], [2, 21], [-3, 30]], np.int16)


@pytest.mark.parametrize(
    ("channel", "expected"),
    [("left", [1, 2, -3]), ("right", [10, 21, 30]), ("2", [10, 21, 30]), ("mix", [5.5, 11.5, 13.5])],
)
@pytest.mark.parametrize("shift", [0, 8])
def test_channels(channel: str, expected: list[float], shift: int) -> None:
    kind = ("PCM_16", STEREO) if shift == 0 else ("PCM_U8", STEREO * 256)
    signal = read_sound(stored(kind[1], "WAV", kind[0]), channel)
    np.testing.assert_array_equal(signal.samples, expected)
    assert signal.samples.flags.c_contiguous
    assert signal.samples.dtype == ("f8" if channel == "mix" else "i1" if shift else "i2")
    assert signal.notes == (("the mean of 2 channels is used",) if channel == "mix" else ())


def test_a_mix_of_one_channel_is_that_channel() -> None:
    signal = read_sound(stored(STEREO[:, 0], "WAV", "PCM_16"), "mix")
    assert (signal.samples.tolist(), signal.samples.dtype, signal.notes) == ([1, 2, -3], np.int16, ())


def test_channels_are_never_chosen_unasked() -> None:
    with pytest.raises(InputError, match="this sound has 2 channels, and one is needed"):
        read_sound(stored(STEREO, "WAV", "PCM_16"))


def test_unknown_channels() -> None:
    with pytest.raises(ArgumentError, match="unknown channel 'both'"):
        read_sound(stored(STEREO, "WAV", "PCM_16"), "both")
    with pytest.raises(InputError, match="there is no channel 3"):
        read_sound(stored(STEREO, "WAV", "PCM_16"), "3")


# Damaged.

NOISE = np.random.default_rng(0).integers(-9999, 9999, 50000).astype(np.int16)


def test_a_wav_that_ends_early() -> None:
    content = stored(NOISE, "WAV", "PCM_16").getvalue()[:-1001]
    with pytest.raises(InputError, match=r"cut off: its header promises 50000 samples, the file holds 49499 \(get the"):
        read_sound(io.BytesIO(content))


@pytest.mark.parametrize("cut", [1, 200, 50000])
def test_a_flac_that_ends_early(cut: int) -> None:
    with pytest.raises(
        InputError, match=r"this sound is cut off or damaged \(libsndfile: .*\).*ffmpeg -i INPUT song.wav"
    ):
        read_sound(io.BytesIO(stored(NOISE, "FLAC", "PCM_16").getvalue()[:-cut]))


def test_an_mp3_that_ends_early() -> None:
    content = stored(NOISE, "MP3", "MPEG_LAYER_III").getvalue()
    with pytest.raises(InputError, match=r"this MP3 file is cut off: \d+ of its 50000 samples could be read"):
        read_sound(io.BytesIO(content[: len(content) // 2]))


def test_an_ogg_that_ends_inside_its_headers(capfd: pytest.CaptureFixture[str]) -> None:
    content = stored(NOISE, "OGG", "VORBIS").getvalue()
    with pytest.raises(InputError, match="this sound is cut off or damaged"):
        read_sound(io.BytesIO(content[:100]))
    with pytest.raises(InputError, match="this sound is cut off or damaged"):
        read_sound(io.BytesIO(content[:30]))
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "this is a PNG image, not a sound"),
        (b"hello\n", "this is a text, not a sound"),
        (
            b"\0\0\0\x20ftypM4A " + bytes(100),
            r"M4A, AAC\), which cannot be read \(convert it: ffmpeg -i song.m4a song.wav",
        ),
        (bytes(range(256)), "this is not a sound of any format that can be read"),
    ],
)
def test_not_a_sound(content: bytes, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        read_sound(io.BytesIO(content))


def test_no_samples() -> None:
    with pytest.raises(InputError, match="this sound has no samples"):
        read_sound(stored(NOISE[:0], "WAV", "PCM_16"))
