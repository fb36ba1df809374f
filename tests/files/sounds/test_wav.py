"""WAV files as other programs read them, the same bytes each time, known again as cnnkit's own."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from cnnkit.errors import OutputError
from cnnkit.files.marks import made_by_cnnkit
from cnnkit.files.sounds import wav
from cnnkit.files.sounds.header import read_header
from cnnkit.files.sounds.wav import encode_wav, natural_subtype
from tests.reference.at_once import read_signal

NOTE = "made by cnnkit 0.1.0: cnnkit convolve 'Grüße.wav'"
GIVEN = {
    "PCM_U8": np.array([-128, -1, 0, 1, 127], "i1"),
    "PCM_16": np.array([-32768, -1, 0, 1, 32767], "i2"),
    "PCM_24": np.array([-(2**23), -1, 0, 1, 2**23 - 1], "i4"),
    "PCM_32": np.array([-(2**31), -1, 0, 1, 2**31 - 1], "i4"),
    "FLOAT": np.array([-1, -0.25, 0, 1.5, np.nan], "f4"),
    "DOUBLE": np.array([-1, 0.1, 0, 1.5, np.inf], "f8"),
}


def written(samples: Any, kind: str, note: str = NOTE, rate: int = 16000) -> bytes:
    stream = io.BytesIO()
    encode_wav(samples, rate, kind, note)(stream)
    return stream.getvalue()


def test_a_file_by_hand() -> None:
    content = written(np.array([1, -2], np.int16), "PCM_16", "made by cnnkit 1", 8000)
    assert content == (
        b"RIFF\x4e\0\0\0WAVE"
        b"fmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0"
        b"LIST\x1e\0\0\0INFOISFT\x11\0\0\0made by cnnkit 1\0\0"
        b"data\4\0\0\0\1\0\xfe\xff"
    )


@pytest.mark.parametrize("kind", GIVEN)
def test_what_is_written_is_read(kind: str) -> None:
    for count in (5, 4):  # an odd number of bytes is filled up
        content = written(GIVEN[kind][:count], kind)
        signal = read_signal(io.BytesIO(content))
        assert (signal.samples.dtype, signal.sample_rate) == (GIVEN[kind].dtype, 16000)
        np.testing.assert_array_equal(signal.samples, GIVEN[kind][:count])
        assert natural_subtype(signal.samples.dtype, signal.full_scale) == kind
        assert len(content) % 2 == 0
        assert int.from_bytes(content[4:8], "little") == len(content) - 8
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            assert (file.frames, file.subtype, file.software) == (count, kind, NOTE)


@pytest.mark.parametrize("kind", GIVEN)
def test_blocks_are_the_whole(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = np.tile(GIVEN[kind], 100)
    whole = written(samples, kind)
    monkeypatch.setattr(wav, "BLOCK_SAMPLES", 37)
    assert written(samples, kind) == whole
    assert written(np.repeat(samples, 2)[::2], kind) == whole  # not contiguous
    assert written(samples.astype(samples.dtype.newbyteorder(">")), kind) == whole


def test_into_a_pipe() -> None:
    class Pipe:
        content = b""

        def write(self, part: bytes) -> None:
            self.content += part

    pipe: Any = Pipe()
    encode_wav(GIVEN["FLOAT"], 16000, "FLOAT", NOTE)(pipe)
    assert pipe.content == written(GIVEN["FLOAT"], "FLOAT")


def test_no_samples_make_an_empty_file() -> None:
    content = written(GIVEN["PCM_16"][:0], "PCM_16")
    assert soundfile.info(io.BytesIO(content)).frames == 0


def test_the_header_is_read_without_libsndfile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnkit.files.sounds.libsndfile.open_sound", None)
    for kind, samples in GIVEN.items():
        assert read_header(io.BytesIO(written(samples, kind)))[:3] == (5, 16000, 1)


def test_too_long_for_a_wav() -> None:
    endless = np.broadcast_to(np.float32(0), (2**30,))
    with pytest.raises(OutputError, match=r"at most 4 GiB, not 4,294,967,296 bytes"):
        encode_wav(endless, 16000, "FLOAT", NOTE)


@pytest.mark.parametrize(("shape", "rate"), [((1, 40000), 8000), ((9, 8), 2**31 - 1)])
def test_what_the_header_of_a_wav_cannot_count(shape: tuple[int, int], rate: int) -> None:
    with pytest.raises(OutputError, match=rf"a WAV cannot hold {shape[1]:,} channels at {rate:,} Hz"):
        encode_wav(np.zeros(shape, "i2"), rate, "PCM_16", NOTE)


def test_types_without_a_kind() -> None:
    for dtype in ("float16", "uint16", "int64", "complex64"):
        with pytest.raises(OutputError, match=f"a WAV cannot hold {dtype}"):
            natural_subtype(dtype)
    with pytest.raises(ValueError, match="PCM_16 takes rows of int16, not float32"):
        encode_wav(GIVEN["FLOAT"], 16000, "PCM_16", NOTE)
    with pytest.raises(ValueError, match="takes rows"):
        encode_wav(np.zeros((2, 2, 2), np.int16), 16000, "PCM_16", NOTE)


@pytest.mark.parametrize("kind", GIVEN)
def test_channels_stand_side_by_side(kind: str) -> None:
    samples = np.stack([GIVEN[kind], GIVEN[kind][::-1], GIVEN[kind]], axis=1)
    content = written(samples, kind)
    with soundfile.SoundFile(io.BytesIO(content)) as file:
        assert (file.frames, file.channels, file.subtype) == (5, 3, kind)
    signal = read_signal(io.BytesIO(content), "all")
    np.testing.assert_array_equal(signal.samples, samples)


# Whose file it is.


@pytest.mark.parametrize("kind", GIVEN)
@pytest.mark.parametrize("note", [NOTE, "made by cnnkit 1: x", "made by cnnkit " + "long " * 2000])
def test_own_files_are_known(kind: str, note: str, tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    path.write_bytes(written(GIVEN[kind], kind, note))
    assert made_by_cnnkit(path)


def test_others_are_not(tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    assert not made_by_cnnkit(path)
    assert not made_by_cnnkit(tmp_path)
    soundfile.write(path, GIVEN["PCM_16"], 8000)
    assert not made_by_cnnkit(path)
    with soundfile.SoundFile(path, "w", 8000, 1) as file:
        file.software = "made by hand"
        file.write(GIVEN["PCM_16"])
    assert not made_by_cnnkit(path)
    own = written(GIVEN["PCM_16"], "PCM_16")
    for content in (b"", b"RIFF", own[:40], own[:48], b"RIFX" + own[4:], own.replace(b"ISFT", b"ICMT")):
        path.write_bytes(content)
        assert not made_by_cnnkit(path)
