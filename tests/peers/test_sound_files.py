"""Every container and kind of samples that docs/sounds.md lists, against other readers: ffmpeg where it is installed,
Python's wave, SciPy, and the numbers that soundfile was given."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest
import scipy.io
import scipy.io.wavfile
import soundfile

from cnnkit.files.sounds.header import read_header
from cnnkit.files.sounds.sound import open_signal

PAGE = (Path(__file__).parents[2] / "docs" / "sounds.md").read_text(encoding="utf-8")
FFMPEG = shutil.which("ffmpeg")
EXACT = {"PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32, "FLOAT": 25, "DOUBLE": 53}
EXACT |= {"ALAC_16": 16, "ALAC_20": 20, "ALAC_24": 24, "ALAC_32": 32, "DPCM_8": 7, "DPCM_16": 15}
"""Bits of samples that are stored without loss."""

OTHERS_DIFFER = {("AU", "G721_32"), ("AU", "G723_24"), ("AU", "G723_40"), ("WAV", "G721_32")}
OTHERS_DIFFER |= {("WAV", "NMS_ADPCM_16"), ("WAV", "NMS_ADPCM_24"), ("WAV", "NMS_ADPCM_32"), ("OGG", "OPUS")}
"""What ffmpeg takes for something else, decodes at another rate, or reads with more bits than the header says."""


REFUSED = ("RAW", "SD2", "VOC", "AVR", "WVE", "SDS", "MPC2K", "MAT4", "MAT5")


def rows() -> list[tuple[str, str]]:
    table = PAGE.partition("| --- | --- |\n")[2].partition("\n\n")[0]
    out = []
    for line in table.splitlines():
        names, kinds = line.strip("| ").split(" | ")
        names = re.sub(r"\(.*?\)|BW64|AIFF-C", "", names)
        out += [(name, kind) for name in re.findall(r"\w+", names) for kind in kinds.split()]
    return out


def tone(channels: int = 1) -> np.ndarray:
    """A random walk of 2040 samples."""
    steps = np.random.default_rng(0).normal(size=(2040, channels)).cumsum(axis=0)
    return 0.5 * steps / np.abs(steps).max()


def ours(content: bytes, channel: str = "1") -> np.ndarray:
    with open_signal(io.BytesIO(content), channel) as sound:
        assert sound.notes == ()
        return sound.between(0, sound.count) / sound.full_scale


def test_the_table_is_what_libsndfile_writes() -> None:
    """Nothing that can be written is forgotten, but what cannot be read, has no header, or hides it."""
    known = set(rows()) | {("AIFF", "DWVW_12"), ("AIFF", "DWVW_16"), ("AIFF", "DWVW_24")}
    known |= {("MP3", "MPEG_LAYER_I"), ("MP3", "MPEG_LAYER_II"), ("WAV", "MPEG_LAYER_III")}
    written = {(name, kind) for name in soundfile.available_formats() for kind in soundfile.available_subtypes(name)}
    assert {pair for pair in written if pair[0] not in REFUSED} == known


@pytest.mark.parametrize("kind", rows(), ids="-".join)
def test_a_row_of_the_table(kind: tuple[str, str], tmp_path: Path) -> None:
    path = tmp_path / "sound"
    for channels in (1, 2):
        samples = tone(channels)
        try:
            soundfile.write(path, samples, 8000, format=kind[0], subtype=kind[1])
        except (soundfile.LibsndfileError, ValueError):
            assert channels == 2
            continue
        content = path.read_bytes()
        found = ours(content, str(channels))
        header = read_header(io.BytesIO(content))
        assert (header.samples, header.channels) == (len(found), channels)
        assert header.sample_rate == (44100 if kind[0] == "XI" else 8000)
        lossless = EXACT.get(kind[1])
        error = np.abs(found[:2040] - samples[:, channels - 1])
        if lossless:
            assert len(found) == 2040
            assert error.max() <= 2.0 ** (1 - lossless)
        elif kind[1] not in ("GSM610", "OPUS"):  # which begin late
            assert error.mean() < 0.05
        if FFMPEG and channels == 1 and kind not in OTHERS_DIFFER:
            other = by_ffmpeg(path)
            common = min(len(other), len(found))
            if common:  # none of what it does not know
                limit = 2.0 ** -(lossless + 2) if lossless else 0.02
                np.testing.assert_allclose(found[:common], other[:common], atol=limit)


def by_ffmpeg(path: Path) -> np.ndarray:
    command = [str(FFMPEG), "-v", "quiet", "-i", str(path), "-f", "f64le", "-c:a", "pcm_f64le", "-"]
    return np.frombuffer(subprocess.run(command, capture_output=True, check=False).stdout, "<f8")


def test_pythons_own_reader() -> None:
    stream = io.BytesIO()
    soundfile.write(stream, tone(), 16000, format="WAV", subtype="PCM_16")
    with wave.open(io.BytesIO(stream.getvalue())) as other:
        expected = np.frombuffer(other.readframes(9999), "<i2")
    np.testing.assert_array_equal(ours(stream.getvalue()) * 32768, expected)


@pytest.mark.filterwarnings("ignore::scipy.io.wavfile.WavFileWarning")  # of chunks that it does not know
@pytest.mark.parametrize("kind", ["PCM_U8", "PCM_16", "PCM_32", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("container", ["WAV", "RF64"])
def test_scipy(container: str, kind: str) -> None:
    stream = io.BytesIO()
    soundfile.write(stream, tone(2), 16000, format=container, subtype=kind)
    try:
        _, expected = scipy.io.wavfile.read(io.BytesIO(stream.getvalue()))
    except ValueError as error:
        if "RF64' not understood" not in str(error):
            raise
        pytest.skip("this SciPy does not read RF64")
    full = {"PCM_U8": 2**7, "PCM_16": 2**15, "PCM_32": 2**31}.get(kind, 1)
    expected = (expected[:, 1].astype(float) - (128 if kind == "PCM_U8" else 0)) / full
    np.testing.assert_array_equal(ours(stream.getvalue(), "2"), expected)


@pytest.mark.skipif(FFMPEG is None, reason="ffmpeg is not installed")
@pytest.mark.parametrize("container", ["wav", "aiff", "w64", "caf", "au", "flac", "ogg"])
def test_what_ffmpeg_writes_into_a_pipe(container: str) -> None:
    """The headers of a program that cannot go back."""
    source = ["-f", "lavfi", "-i", "sine=440:d=0.5:r=16000"]
    command = [str(FFMPEG), "-v", "error", *source, "-f", container, "-"]
    made = subprocess.run(command, capture_output=True, check=True).stdout
    known = subprocess.run([*command[:-2], "s16le", "-"], capture_output=True, check=True).stdout
    expected = np.frombuffer(known, "<i2") / 32768
    assert read_header(io.BytesIO(made)).samples == len(expected) == 8000
    np.testing.assert_allclose(ours(made), expected, atol=0 if container not in ("ogg",) else 0.2)
