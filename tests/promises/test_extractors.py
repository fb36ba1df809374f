"""The features of published networks, each by the one command of docs/dialects.md, with the extractor's numbers."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import numpy.typing as npt
import pytest
import soundfile

import cnnkit
from cnnkit.cli.app import run
from tests.cases.sounds import sixteen_bits, voice
from tests.reference import extractors as published

Floats = npt.NDArray[np.float64]
PAGE = Path(__file__).parents[2] / "docs" / "dialects.md"

VGGISH = "mfcc clip.wav --dialect vggish --segment 96f --fit trim"
YAMNET = "mfcc clip.wav --dialect yamnet --segment 0.975s --overlap 0.495s"
AST = "mfcc clip.wav --dialect ast --length 1024 --pad-value 0.4670324"
WHISPER = "mfcc clip.wav --dialect whisper --duration 30s --layout ft"
COMMANDS = "mfcc clip.wav --dialect speech-commands --duration 1s"
GTZAN = "mfcc track.wav --dialect librosa --n-mfcc 13 --segment 3s --fit trim"
URBAN = "mfcc clip.wav --dialect librosa --features logmel --log-ref max --duration 4s --layout ftc"
SALAMON = (
    "mfcc clip.wav --dialect librosa --features logmel --n-fft 1024 --hop-length 1024 --segment 128f --fit trim"
    " --layout ftc"
)


def by_command(words: str, sound: Floats, rate: int, folder: Path) -> npt.NDArray[Any]:
    """What the command writes of a sound of 16 bits."""
    soundfile.write(folder / words.split()[1], sixteen_bits(sound), rate)
    assert run([*shlex.split(words), "-q", "-o", "made.npy", "--force"]) == 0
    return np.asarray(np.load("made.npy"))


def heard(sound: Floats) -> Floats:
    """The samples that are in the file."""
    return np.asarray(sixteen_bits(sound) / 32768)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# The frames themselves, in float64.


@pytest.mark.parametrize("seconds", [0.975, 1.0, 2.345])
def test_logs_of_vggish_and_yamnet(seconds: float) -> None:
    sound = voice(round(seconds * 16000), 16000)
    for dialect, offset in (("vggish", 0.01), ("yamnet", 0.001)):
        found = cnnkit.features(sound, 16000, dialect=dialect, dtype="float64")[:, :, 0]
        np.testing.assert_allclose(found, published.audioset_logs(sound, offset), rtol=0, atol=1e-9)


def test_logs_of_ast() -> None:
    sound = voice(32000, 16000) + 0.05  # whose mean it takes away first
    found = cnnkit.features(sound, 16000, dialect="ast", dtype="float64")[:, :, 0]
    np.testing.assert_allclose(found, published.ast(sound)[: len(found)], rtol=0, atol=1e-7)
    assert found.shape == (198, 128)
    (empty,) = np.flatnonzero(np.ptp(found, axis=0) < 1e-12)  # the one band that covers no bin of 512
    assert found[0, empty] == pytest.approx((np.log(2.0**-23) + 4.2677393) / 9.1379948, abs=1e-9)


def test_coefficients_of_speech_commands() -> None:
    sound = voice(16000, 16000)
    found = cnnkit.mfcc(sound, 16000, dialect="speech-commands", dtype="float64")[:, :, 0]
    np.testing.assert_allclose(found, published.speech_commands(sound), rtol=0, atol=1e-9)
    assert found.shape == (98, 40)


# The commands.


@pytest.mark.parametrize("samples", [15600, 30000, 80000])
def test_vggish(samples: int, folder: Path) -> None:
    sound = voice(samples, 16000)
    made = by_command(VGGISH, sound, 16000, folder)
    expected = published.vggish(heard(sound))
    assert made.shape == (*expected.shape, 1) == (1 + ((samples - 400) // 160 + 1 - 96) // 96, 96, 64, 1)
    np.testing.assert_allclose(made[..., 0], expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("samples", [100, 8000, 15599, 15600, 15601, 23280, 23281, 60000])
def test_yamnet(samples: int, folder: Path) -> None:
    sound = voice(samples, 16000)
    made = by_command(YAMNET, sound, 16000, folder)
    expected = published.yamnet(heard(sound))
    assert made.shape == (*expected.shape, 1)
    np.testing.assert_allclose(made[..., 0], expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("seconds", [1, 10, 12])
def test_ast(seconds: int, folder: Path) -> None:
    sound = voice(seconds * 16000, 16000)
    made = by_command(AST, sound, 16000, folder)
    assert made.shape == (1024, 128, 1)
    np.testing.assert_allclose(made[..., 0], published.ast(heard(sound)), rtol=0, atol=1e-4)


@pytest.mark.parametrize("seconds", [2, 31])
def test_whisper(seconds: int, folder: Path) -> None:
    sound = voice(seconds * 16000, 16000)
    made = by_command(WHISPER, sound, 16000, folder)
    assert made.shape == (80, 3000)
    np.testing.assert_allclose(made, published.whisper(heard(sound)), rtol=0, atol=1e-5)


@pytest.mark.parametrize("samples", [9000, 16000, 20000])
def test_speech_commands(samples: int, folder: Path) -> None:
    sound = voice(samples, 16000)
    made = by_command(COMMANDS, sound, 16000, folder)
    assert made.shape == (98, 40, 1)
    np.testing.assert_allclose(made[..., 0], published.speech_commands(heard(sound)), rtol=0, atol=2e-3)


def test_gtzan(folder: Path) -> None:
    sound = voice(661794, 22050)  # a track of the data set as it is, a little more than 30 s
    made = by_command(GTZAN, sound, 22050, folder)
    assert made.shape == (10, 130, 13, 1)
    for number in (0, 9):
        segment = heard(sound)[number * 66150 : (number + 1) * 66150]
        expected = librosa.feature.mfcc(y=segment, sr=22050, n_mfcc=13, n_fft=2048, hop_length=512)
        np.testing.assert_allclose(made[number, :, :, 0], expected.T, rtol=0, atol=2e-3)


@pytest.mark.parametrize("seconds", [1, 4])
def test_urbansound(seconds: int, folder: Path) -> None:
    sound = voice(seconds * 22050, 22050)
    made = by_command(URBAN, sound, 22050, folder)
    assert made.shape == (128, 173, 1)
    bands = librosa.feature.melspectrogram(y=np.pad(heard(sound), (0, (4 - seconds) * 22050)), sr=22050)
    np.testing.assert_allclose(made[..., 0], librosa.power_to_db(bands, ref=np.max), rtol=0, atol=1e-3)


def test_patches_of_128_frames(folder: Path) -> None:
    sound = voice(4 * 44100, 44100)
    made = by_command(SALAMON, sound, 44100, folder)
    assert made.shape == (1, 128, 128, 1)
    bands = librosa.feature.melspectrogram(y=heard(sound), sr=44100, n_fft=1024, hop_length=1024)
    np.testing.assert_allclose(made[0, :, :, 0], librosa.power_to_db(bands)[:, :128], rtol=0, atol=1e-3)


# What the page says.


def test_the_page_has_these_commands() -> None:
    table = (
        PAGE.read_text(encoding="utf-8").partition("## Features that published networks take")[2].partition("\n## ")[0]
    )
    rows = re.findall(r"^\| [^|]+ \| `cnnkit ([^`]+)` \|", table, re.M)
    assert rows == [VGGISH, YAMNET, AST, WHISPER, COMMANDS, GTZAN, URBAN, SALAMON]


def test_the_value_that_ast_is_padded_with() -> None:
    assert f"{4.2677393 / (2 * 4.5689974):.7g}" == AST.rsplit(maxsplit=1)[-1]
