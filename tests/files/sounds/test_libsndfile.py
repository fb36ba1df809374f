"""The door to libsndfile: whole sounds come through, everything else becomes an error that helps."""

from __future__ import annotations

import io
import os
import signal

import numpy as np
import pytest
import soundfile

from cnnkit.errors import InputError
from cnnkit.files.sounds.libsndfile import count_samples, open_sound, read_pieces


def stored(samples: np.ndarray, kind: str = "FLAC") -> bytes:
    content = io.BytesIO()
    soundfile.write(content, samples, 8000, format=kind, subtype="PCM_16")
    return content.getvalue()


SAMPLES = np.arange(-500, 500, dtype=np.int16).reshape(500, 2)


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "AIFF"])
def test_samples_come_as_they_were_stored(kind: str) -> None:
    for size in (1, 7, 250, 500, 501):
        with open_sound(io.BytesIO(stored(SAMPLES, kind))) as sound:
            pieces = list(read_pieces(sound, "int16", size))
        np.testing.assert_array_equal(np.concatenate(pieces), SAMPLES)
        assert max(map(len, pieces)) == min(size, 500)


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
        (b"nothing that makes a sound", "not a sound|a text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "PNG image"),
        (b"RIFF\x10\0\0\0WAVE", "cut off or damaged"),
    ],
)
def test_what_is_no_sound(content: bytes, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        open_sound(io.BytesIO(content))
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
