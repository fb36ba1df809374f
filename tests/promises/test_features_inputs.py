"""`cnnkit mfcc` and what it is given: formats by content, channels, rates, samples and sizes that do not fit."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

import cnnkit
from cnnkit.cli.app import run

NOISE = np.random.default_rng(0).integers(-9999, 9999, 20000).astype(np.int16)
pytestmark = pytest.mark.usefixtures("nothing_is_compiled")
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def stored(samples: object, kind: str, subtype: str | None = None, rate: int = 22050) -> bytes:
    """A sound file, to be written under any name."""
    stream = io.BytesIO()
    soundfile.write(stream, samples, rate, format=kind, subtype=subtype)
    return stream.getvalue()


def refused(capfd: Capture, problem: str, hint: str) -> None:
    """Two lines on stderr, nothing on stdout, nothing written."""
    out, err = capfd.readouterr()
    assert out == ""
    first, second = err.splitlines()
    assert first.startswith("error: ")
    assert problem in first
    assert second.startswith("hint: ")
    assert hint in second
    assert not [path for path in Path().iterdir() if path.suffix in (".npy", ".tmp")]


# Formats.


@pytest.mark.parametrize("name", ["song.wav", "song.flac", "song.aiff", "song.dat", "song.mp3", "song"])
@pytest.mark.parametrize("kind", ["WAV", "FLAC", "AIFF"])
def test_what_a_file_is_is_seen_from_its_content(name: str, kind: str) -> None:
    Path(name).write_bytes(stored(NOISE, kind))
    assert run(["mfcc", name, "-q"]) == 0
    np.testing.assert_array_equal(np.load("song.mfcc13.npy"), cnnkit.mfcc(NOISE, 22050))


@pytest.mark.parametrize(("kind", "subtype"), [("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III"), ("OGG", "OPUS")])
def test_what_was_compressed_with_loss(kind: str, subtype: str, capfd: Capture) -> None:
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(48000) / 24000)
    Path("song.wav").write_bytes(stored(tone, kind, subtype, 24000))
    samples, rate = soundfile.read("song.wav", dtype="float32")
    assert run(["mfcc", "song.wav", "--print-shape", "-q"]) == 0
    shape = capfd.readouterr().out.strip()
    assert run(["mfcc", "song.wav", "-q", "--dialect", "librosa"]) == 0
    found = np.load("song.librosa.mfcc20.npy")
    np.testing.assert_allclose(found, cnnkit.mfcc(samples, rate, dialect="librosa"), rtol=1e-3, atol=1e-3)
    assert shape == f"{-(-len(samples) // 512)}x13x1"


@pytest.mark.parametrize(
    ("subtype", "unit"),
    [("PCM_S8", 2**7), ("PCM_16", 2**15), ("PCM_24", 2**23), ("PCM_32", 2**31), ("FLOAT", 1), ("DOUBLE", 1)],
)
def test_samples_of_every_width(subtype: str, unit: int) -> None:
    """One sound of 7 bits: the lecture takes numbers as they are stored, other dialects know how loud that is."""
    values = (NOISE >> 8) / 128
    soundfile.write("song.aiff" if subtype == "PCM_S8" else "song.wav", values, 22050, subtype=subtype)
    name = "song.aiff" if subtype == "PCM_S8" else "song.wav"
    assert run(["mfcc", name, "-o", "lecture.npy", "-q"]) == 0
    np.testing.assert_allclose(np.load("lecture.npy"), cnnkit.mfcc(values * unit, 22050), rtol=1e-5, atol=1e-4)
    for dialect in ("librosa", "kaldi", "torchaudio"):
        assert run(["mfcc", name, "--dialect", dialect, "-o", f"{dialect}.npy", "-q"]) == 0
        expected = cnnkit.mfcc(values.astype(np.float32), 22050, dialect=dialect)
        np.testing.assert_allclose(np.load(f"{dialect}.npy"), expected, rtol=1e-4, atol=2e-4)


# Channels and rates.


@pytest.fixture
def stereo() -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    samples = np.stack([NOISE, NOISE[::-1] // 3], axis=1)
    soundfile.write("stereo.wav", samples, 22050)
    return samples


def test_channels_are_mixed_and_a_line_says_so_and_how_to_take_one(stereo: object, capfd: Capture) -> None:
    note = "stereo.wav: 2 channels mixed to one (their mean); --channel left takes one\n"
    shapes = []
    for option in ([], ["--print-shape"], ["--show-recipe"], ["-n", "-f"], ["-o", "-"]):
        assert run(["mfcc", "stereo.wav", *option]) == 0
        out, err = capfd.readouterr()
        assert err.startswith(note)
        shapes += out.split() if option == ["--print-shape"] else []
    assert shapes == ["x".join(map(str, np.load("stereo.mfcc13.npy").shape))]
    assert run(["mfcc", "stereo.wav", "--channel", "mix", "-o", "mix.npy"]) == 0
    assert Path("mix.npy").read_bytes() == Path("stereo.mfcc13.npy").read_bytes()


def test_different_rates_are_said_once_at_the_end(capfd: Capture) -> None:
    for name, rate in (("a", 22050), ("b", 44100), ("c", 22050)):
        soundfile.write(f"{name}.wav", NOISE, rate)
    said = "sample rates differ: 22,050 Hz (2), 44,100 Hz (1); --sample-rate makes them equal"
    for command in (["mfcc"], ["mfcc", "--print-shape"], ["pool"], ["convolve", "-k", "edge", "-k", "box"]):
        words = [*command, "a.wav", "b.wav", "c.wav"]
        assert run(words) == 0
        lines = capfd.readouterr().err.splitlines()
        assert (lines[-1], lines.count(said)) == (said, 1)
        assert run([*words, "--json"]) == 0
        assert json.loads(capfd.readouterr().out)["notes"] == [said]
    for others in (["-q"], ["--sample-rate", "22050"]):
        assert run(["mfcc", "a.wav", "b.wav", "c.wav", "-f", *others]) == 0
        assert "differ" not in capfd.readouterr().err


@pytest.mark.parametrize(("word", "column"), [("left", 0), ("right", 1), ("1", 0), ("2", 1)])
def test_one_channel(
    stereo: np.ndarray[tuple[int, int], np.dtype[np.int16]], capfd: Capture, word: str, column: int
) -> None:
    assert run(["mfcc", "stereo.wav", "--channel", word]) == 0
    assert capfd.readouterr().err.startswith("wrote ")
    np.testing.assert_array_equal(np.load("stereo.mfcc13.npy"), cnnkit.mfcc(stereo[:, column], 22050))


@pytest.mark.parametrize("dialect", ["lecture", "kaldi"])
def test_the_mean_of_channels_is_told(
    stereo: np.ndarray[tuple[int, int], np.dtype[np.int16]], capfd: Capture, dialect: str
) -> None:
    assert run(["mfcc", "stereo.wav", "--channel", "mix", "--dialect", dialect]) == 0
    assert capfd.readouterr().err.startswith("stereo.wav: 2 channels mixed to one (their mean)\nwrote ")
    mean = stereo.mean(axis=1) / (32768 if dialect == "kaldi" else 1)
    expected = cnnkit.mfcc(mean, 22050, dialect=dialect)
    name = {"lecture": "stereo.mfcc13.npy", "kaldi": "stereo.kaldi.mfcc13.npy"}[dialect]
    np.testing.assert_allclose(np.load(name), expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("dialect", ["lecture", "kaldi", "librosa"])
def test_another_rate_is_soxrs_and_is_told(capfd: Capture, dialect: str) -> None:
    soxr = pytest.importorskip("soxr")
    soundfile.write("song.wav", NOISE, 22050)
    assert run(["mfcc", "song.wav", "--sample-rate", "16000", "--dialect", dialect, "-o", "a.npy"]) == 0
    assert capfd.readouterr().err.startswith("song.wav: resampled from 22,050 to 16,000 Hz by soxr (HQ)\nwrote ")
    samples = soxr.resample(NOISE.astype(np.float32), 22050, 16000)
    expected = cnnkit.mfcc(samples / (1 if dialect == "lecture" else 32768), 16000, dialect=dialect)
    np.testing.assert_allclose(np.load("a.npy"), expected, rtol=1e-4, atol=2e-4)


def test_the_rate_it_has_is_not_made_anew(capfd: Capture) -> None:
    soundfile.write("song.wav", NOISE, 22050)
    assert run(["mfcc", "song.wav", "--sample-rate", "22050"]) == 0
    assert capfd.readouterr().err.startswith("wrote ")
    np.testing.assert_array_equal(np.load("song.mfcc13.npy"), cnnkit.mfcc(NOISE, 22050))


def test_rates_that_are_none(capfd: Capture) -> None:
    soundfile.write("song.wav", NOISE, 22050)
    for option in ([], ["--print-shape"]):
        assert run(["mfcc", "song.wav", "--sample-rate", "0", *option]) == 2
        refused(capfd, "sample_rate 0", "")


# Samples that are no numbers.


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("words", ["", "--dialect librosa", "--features waveform", "--segment 5000", "--format csv"])
def test_samples_that_are_no_numbers(capfd: Capture, value: float, words: str) -> None:
    samples = NOISE.astype(np.float32) / 32768
    samples[[7000, 19999]] = value
    soundfile.write("bad.wav", samples, 20000, subtype="FLOAT")
    assert run(["mfcc", "bad.wav", *words.split()]) == 1
    err = capfd.readouterr().err
    counted = "1 of 5000" if "segment" in words else "2 of 20000"
    place = "sample 2000, at 0.100 s" if "segment" in words else "sample 7000, at 0.350 s"
    assert err.startswith(f"error: bad.wav: {counted} samples are NaN or infinite; the first is {place}\nhint: repair")
    assert list(Path().iterdir()) == [Path("bad.wav")]


def test_the_others_are_written(capfd: Capture) -> None:
    soundfile.write("bad.wav", np.array([0, np.nan, 1], np.float32), 8000, subtype="FLOAT")
    soundfile.write("low.wav", NOISE, 8000)
    soundfile.write("song.wav", NOISE, 22050)
    Path("text.wav").write_text("hello")
    Path("made").mkdir()
    words = ["bad.wav", "low.wav", "gone.wav", "song.wav", "text.wav", "--fmax", "8000", "--out-dir", "made"]
    assert run(["mfcc", *words]) == 1
    out, err = capfd.readouterr()
    problems = [line for line in err.splitlines() if line.startswith("error: ")]
    assert [line.split(": ")[1] for line in problems] == ["bad.wav", "low.wav", "gone.wav", "text.wav"]
    assert err.endswith("4 of 5 inputs failed\n")
    assert (out, [path.name for path in Path("made").iterdir()]) == ("", ["song.mfcc13.npy"])


# Sizes that do not fit.


@pytest.mark.parametrize(
    ("words", "problem", "hint"),
    [
        ("--framing valid", "framing valid finds no frame of 2048 samples in 1000 samples", "use framing pad-end"),
        ("--dialect kaldi --frame-length 60ms", "framing valid finds no frame of 1323 samples in 1000", "pad-end"),
        ("--frame-length 50ms --n-fft 1024", "n_fft 1024 is below the frame of 1103 samples", "use n_fft 2048"),
        ("--n-mels 300", "covers no bin of an FFT of 2048", "use n_mels 215 or less"),
        ("--fmax 12000", "fmax 12000 Hz is above half the sample rate, 11025 Hz", "use fmax 11025 or less"),
        ("--fmin 11025", "fmin 11025 Hz is not below half the sample rate, 11025 Hz", "use a smaller fmin"),
        ("--hop-length 0.01ms", "hop_length 0.01ms is less than 1 sample at 22050 Hz", "use a longer hop_length"),
    ],
)
def test_a_recipe_that_does_not_fit_the_sound(capfd: Capture, words: str, problem: str, hint: str) -> None:
    soundfile.write("short.wav", NOISE[:1000], 22050)
    for option in ([], ["--print-shape"], ["--show-recipe"], ["-n"]):
        assert run(["mfcc", "short.wav", *words.split(), *option]) == 1
        refused(capfd, problem, hint)


def test_empty_bands_are_told(capfd: Capture) -> None:
    soundfile.write("song.wav", NOISE, 16000)
    assert run(["mfcc", "song.wav", "--dialect", "torchaudio"]) == 0
    empty = cnnkit.features(NOISE / 32768, 16000, "mel", dialect="torchaudio").max(axis=(0, 2)) == 0
    told = f"song.wav: {int(empty.sum())} of 128 mel bands cover no bin of the FFT\n"
    assert capfd.readouterr().err.startswith(told)


# Files that are no sound, or not all of one.


def test_a_wav_that_was_cut_off(capfd: Capture) -> None:
    Path("song.wav").write_bytes(stored(NOISE, "WAV")[:-9000])
    for option in ([], ["--print-shape"]):
        assert run(["mfcc", "song.wav", *option]) == 1
        refused(capfd, "its header promises 20000 samples, the file holds 15500", "get the whole file again")


def test_a_flac_that_was_cut_off_leaves_no_half_file(capfd: Capture) -> None:
    """Inside its last frame, which is found while frames are written; or long before it, which its size shows."""
    Path("song.flac").write_bytes(stored(NOISE, "FLAC")[:-20])
    assert run(["mfcc", "song.flac"]) == 1
    refused(capfd, "this sound is cut off or damaged", "get the file again")
    Path("song.flac").write_bytes(stored(NOISE, "FLAC")[:-20000])
    for option in ([], ["--print-shape"]):
        assert run(["mfcc", "song.flac", *option]) == 1
        refused(capfd, "this sound is cut off", "get the whole file again")


def test_no_samples(capfd: Capture) -> None:
    soundfile.write("empty.wav", NOISE[:0], 22050)
    for option in ([], ["--print-shape"]):
        assert run(["mfcc", "empty.wav", *option]) == 1
        refused(capfd, "error: empty.wav: this sound has no samples", "check where it came from")


@pytest.mark.parametrize(
    ("content", "problem", "hint"),
    [
        (b"\0\0\0\x20ftypM4A \0\0\0\0" + bytes(99), "this is an MPEG-4 file", "ffmpeg -i song.wav song-new.wav"),
        (b"\xff\xf1\x50\x80" + bytes(99), "this is an AAC sound", "ffmpeg -i song.wav song-new.wav"),
        (b"\x1a\x45\xdf\xa3" + bytes(99), "this is a Matroska or WebM file", "ffmpeg -i song.wav song-new.wav"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "this is a PNG image, not a sound", "give a sound: wav, flac, mp3"),
        (b"\x93NUMPY\1\0" + bytes(99), "a NumPy array without a sample rate", "cnnkit.mfcc(samples, sample_rate)"),
        (b"", "empty", ""),
    ],
)
@pytest.mark.parametrize("option", [[], ["--print-shape"]], ids=["", "shape"])
def test_what_is_no_sound_that_can_be_read(
    capfd: Capture, content: bytes, problem: str, hint: str, option: list[str]
) -> None:
    Path("song.wav").write_bytes(content)
    assert run(["mfcc", "song.wav", *option]) == 1
    refused(capfd, problem, hint)
