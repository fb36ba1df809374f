"""The door to libsndfile: whole sounds come through, everything else becomes an error that helps."""

from __future__ import annotations

import io
import os
import signal

import numpy as np
import pytest
import soundfile

from cnnkit.errors import InputError
from cnnkit.files.sounds import libsndfile
from cnnkit.files.sounds.header import read_header
from cnnkit.files.sounds.libsndfile import OpenSound, count_samples, read_pieces
from cnnkit.files.sounds.stored import Part, Span


def stored(samples: np.ndarray, kind: str = "FLAC") -> bytes:
    content = io.BytesIO()
    soundfile.write(content, samples, 8000, format=kind, subtype="PCM_16")
    return content.getvalue()


def open_sound(stream: io.BytesIO) -> OpenSound:
    return libsndfile.open_sound(stream, Part((Span(0, stream.seek(0, 2)),)))


SAMPLES = np.arange(-500, 500, dtype=np.int16).reshape(500, 2)


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "AIFF"])
def test_samples_come_as_they_were_stored(kind: str) -> None:
    for size in (1, 7, 250, 500, 501):
        with open_sound(io.BytesIO(stored(SAMPLES, kind))) as sound:
            pieces = list(read_pieces(sound, "int16", size))
        np.testing.assert_array_equal(np.concatenate(pieces), SAMPLES)
        assert max(map(len, pieces)) == min(size, 500)


def test_no_more_samples_than_are_wanted() -> None:
    """A decoder that is asked for more than there is reads what stands behind."""
    for count in (1, 8, 500):
        with open_sound(io.BytesIO(stored(SAMPLES) + b"TAG" + bytes(125))) as sound:
            pieces = list(read_pieces(sound, "int16", 7, count))
        np.testing.assert_array_equal(np.concatenate(pieces), SAMPLES[:count])


@pytest.mark.parametrize("endian", ["LITTLE", "BIG"])
def test_samples_as_they_lie(endian: str) -> None:
    content = SAMPLES.astype("<i2" if endian == "LITTLE" else ">i2").tobytes()
    part = Part((Span(3, 3 + len(content)),), 8000, 2, 500, "PCM_16", endian)
    with libsndfile.open_sound(io.BytesIO(b"abc" + content + b"d"), part) as sound:
        np.testing.assert_array_equal(np.concatenate(list(read_pieces(sound, "int16"))), SAMPLES)


def test_the_number_of_samples() -> None:
    with open_sound(io.BytesIO(stored(SAMPLES))) as sound:
        assert count_samples(sound) == 500


def test_a_stream_is_read_from_its_beginning() -> None:
    stream = io.BytesIO(stored(SAMPLES))
    stream.read(7)
    with open_sound(stream) as sound:
        assert (sound.frames, sound.channels, sound.samplerate) == (500, 2, 8000)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"nothing that makes a sound", "this is a text file, not a sound"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "PNG image"),
        (b"RIFF\x10\0\0\0WAVE", "cut off inside its header"),
        (b"caff\0\1\0\0desc", "cut off inside its header"),
    ],
)
def test_what_is_no_sound(content: bytes, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        read_header(io.BytesIO(content))
    assert caught.value.hint


class Interrupting(io.BytesIO):
    """A stream during whose reading Ctrl-C is pressed, once there is a sound."""

    is_pressed = False

    def read(self, size: int | None = -1) -> bytes:
        if self.is_pressed:
            os.kill(os.getpid(), signal.SIGINT)
        return super().read(size)


@pytest.mark.skipif(os.name != "posix", reason="a process sends itself a signal")
@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
def test_an_interruption_is_not_taken_for_the_end(kind: str) -> None:
    content = io.BytesIO()
    soundfile.write(content, np.random.default_rng(0).uniform(-0.5, 0.5, 80000), 8000, format=kind)
    for is_opened in (False, True):
        stream = Interrupting(content.getvalue())
        if not is_opened:
            stream.is_pressed = True
            with pytest.raises(KeyboardInterrupt):
                open_sound(stream)
            continue
        with open_sound(stream) as sound:
            stream.is_pressed = True
            with pytest.raises(KeyboardInterrupt):
                list(read_pieces(sound, "float32", 10000))


def test_what_is_whole_but_not_for_libsndfile_is_not_called_damaged() -> None:
    """64 bits in a WAV."""
    head = bytes.fromhex("01000100401f000000fa000008004000")
    content = b"RIFF\x60\0\0\0WAVEfmt \x10\0\0\0" + head + b"data\x40\0\0\0" + bytes(64)
    with pytest.raises(InputError, match="is stored in a way that cannot be read") as caught:
        read_header(io.BytesIO(content))
    assert "damaged" not in str(caught.value)


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    """libsndfile prints on stdout for each damaged packet of a sample dump."""
    content = io.BytesIO()
    soundfile.write(content, SAMPLES[:, 0], 8000, format="SDS", subtype="PCM_16")
    damaged = bytearray(content.getvalue())
    damaged[21 + 127 : 21 + 130] = b"\0\0\0"
    with open_sound(io.BytesIO(bytes(damaged))) as sound:
        assert count_samples(sound) == 500
        list(read_pieces(sound, "int16"))
    assert capfd.readouterr() == ("", "")
