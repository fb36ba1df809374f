"""Sounds in ``cnnkit convolve`` and ``cnnkit pool``: known by content, turned into features, named as the pipeline."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
import tifffile
from PIL import Image

import cnnkit
from cnnkit.cli.sounds import summary
from cnnkit.data.recipes.dialects import read_recipe
from tests.reference.at_once import read_signal

Run = Callable[..., Any]
Array = npt.NDArray[Any]
KINDS = ["logmel", "mfcc", "spectrogram", "waveform"]
NOISE = np.random.default_rng(0).integers(-9999, 9999, 8000).astype(np.int16)
OTHER = np.random.default_rng(1).integers(-9999, 9999, 8000).astype(np.int16)
EDGE = ("convolve", "-k", "edge")
SAID = "song.wav: logmel 16x26x1, 22,050 Hz, frames of 2048, hop 512"


@pytest.fixture
def heard(folder: Path) -> Path:
    """A folder with sounds beside the images."""
    soundfile.write(folder / "song.wav", NOISE, 22050)
    soundfile.write(folder / "stereo.flac", np.stack([NOISE, OTHER], axis=1), 22050)
    return folder


def picture(path: Path) -> Array:
    return np.asarray(Image.open(path))


# What comes out.


@pytest.mark.parametrize("kind", KINDS)
def test_convolve_gives_what_the_library_gives(here: Run, heard: Path, kind: str) -> None:
    chosen = [] if kind == "logmel" else ["--features", kind]
    assert here("convolve", "song.wav", "-k", "1 2 1", *chosen, "--format", "npy", cwd=heard).code == 0
    expected = cnnkit.convolve(cnnkit.features(NOISE, 22050, kind), "1 2 1")
    found = np.load(heard / f"song.{kind}.k1x3-ef3c.npy")
    assert (found.dtype, found.shape) == (np.float32, expected.shape)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("kind", KINDS)
def test_pool_gives_what_the_library_gives(here: Run, heard: Path, kind: str) -> None:
    assert here("pool", "song.wav", "--size", "1x3", "--features", kind, "--format", "npy", cwd=heard).code == 0
    expected = cnnkit.pool(cnnkit.features(NOISE, 22050, kind), (1, 3))
    np.testing.assert_array_equal(np.load(heard / f"song.{kind}.maxpool1x3.npy"), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_all_channels_are_depth(here: Run, heard: Path, kind: str) -> None:
    words = ["stereo.flac", "--channel", "all", "--features", kind]
    both = np.stack([NOISE, OTHER], axis=1)
    features = cnnkit.features(both, 22050, kind, channel="all")
    assert features.shape[2] == 2
    ran = here("convolve", *words, "-k", "1 2 1", "-o", "made.npy", cwd=heard)
    assert (ran.code, f"{'x'.join(map(str, features.shape))}, 22,050 Hz" in ran.lines[0]) == (0, True)
    np.testing.assert_array_equal(np.load(heard / "made.npy"), cnnkit.convolve(features, "1 2 1"))
    assert here("pool", *words, "--size", "1x3", "-o", "less.npy", cwd=heard).code == 0
    np.testing.assert_array_equal(np.load(heard / "less.npy"), cnnkit.pool(features, (1, 3)))


def test_a_waveform_of_two_channels_is_a_sound_of_two(here: Run, heard: Path) -> None:
    words = ["--channel", "all", "--features", "waveform", "--size", "1x2", "-o", "less.wav"]
    assert here("pool", "stereo.flac", *words, cwd=heard).code == 0
    found, rate = soundfile.read(heard / "less.wav", dtype="int16")
    assert (found.shape, rate) == ((4000, 2), 11025)
    np.testing.assert_array_equal(found, np.stack([NOISE, OTHER], axis=1).reshape(4000, 2, 2).max(axis=1))


def test_arrays_by_default(here: Run, heard: Path) -> None:
    ran = here("pool", "song.wav", cwd=heard)
    assert ran.code == 0
    assert ran.lines[0] == SAID
    assert ran.lines[1] == "wrote song.logmel.maxpool2.npy  8x13x1 float32"
    logmel = cnnkit.features(NOISE, 22050)
    np.testing.assert_array_equal(np.load(heard / "song.logmel.maxpool2.npy"), cnnkit.pool(logmel, 2))
    assert here(*EDGE, "song.wav", cwd=heard).code == 0
    np.testing.assert_array_equal(np.load(heard / "song.logmel.edge.npy"), cnnkit.convolve(logmel, "edge"))


def test_a_waveform_is_no_picture_unless_asked(here: Run, heard: Path) -> None:
    words = ("pool", "song.wav", "--features", "waveform", "--size", "1x8")
    assert "song.waveform.maxpool1x8.npy  1x1000x1 float32" in here(*words, cwd=heard).err
    assert here(*words, "-o", "wave.png", cwd=heard).code == 0
    assert picture(heard / "wave.png").shape == (1, 1000)


def test_a_float_tiff_and_a_csv_keep_the_raw_values(run: Run, heard: Path) -> None:
    expected = cnnkit.convolve(cnnkit.features(NOISE, 22050), "edge")[:, :, 0]
    assert run(*EDGE, "song.wav", "-o", "e.tiff", cwd=heard).code == 0
    np.testing.assert_array_equal(np.squeeze(tifffile.imread(heard / "e.tiff")), expected)
    assert run(*EDGE, "song.wav", "-o", "e.csv", cwd=heard).code == 0
    np.testing.assert_allclose(np.loadtxt(heard / "e.csv", delimiter=","), expected, rtol=1e-8)


def test_feature_maps_are_an_array(here: Run, heard: Path) -> None:
    assert here("convolve", "song.wav", "-k", "sobel-x", "-k", "sobel-y", "--depth", "sum", cwd=heard).code == 0
    assert np.load(heard / "song.logmel.sobel-x+sobel-y-sum.npy").shape == (16, 26, 2)


# Other recipes and rates.


@pytest.mark.parametrize("dialect", ["psf", "librosa", "kaldi", "torchaudio"])
def test_dialects(here: Run, heard: Path, dialect: str) -> None:
    ran = here("pool", "song.wav", "--dialect", dialect, "--format", "npy", cwd=heard)
    assert ran.code == 0
    assert ran.lines[0].endswith(f", dialect {dialect}")
    expected = cnnkit.pool(cnnkit.features(NOISE, 22050, dialect=dialect), 2)
    np.testing.assert_array_equal(np.load(heard / f"song.{dialect}.logmel.maxpool2.npy"), expected)


def test_another_rate(here: Run, heard: Path) -> None:
    ran = here(*EDGE, "song.wav", "--sample-rate", "8000", "--format", "npy", cwd=heard)
    assert ran.code == 0
    assert ran.lines[:2] == [
        "song.wav: resampled from 22,050 to 8,000 Hz by soxr (HQ)",
        "song.wav: logmel 6x26x1, 8,000 Hz, frames of 2048, hop 512",
    ]
    assert np.load(heard / "song.logmel.edge.npy").shape == (6, 26, 1)


def test_json_says_how_a_sound_became_an_image(here: Run, heard: Path) -> None:
    (result,) = json.loads(here("pool", "song.wav", "--dialect", "kaldi", "--json", cwd=heard).out)["results"]
    assert (result["features"], result["sample_rate"], result["full_scale"]) == ("logmel", 22050, 32768)
    assert (result["recipe"]["dialect"], result["recipe"]["frame_length"]) == ("kaldi", 551)


# A waveform stays a sound.

WAVE = ("--features", "waveform")


def test_a_waveform_as_a_wav(here: Run, heard: Path) -> None:
    ran = here("convolve", "song.wav", "-k", "1/4 1/2 1/4", *WAVE, "-o", "soft.wav", cwd=heard)
    assert ran.code == 0
    assert ran.lines[-1] == "wrote soft.wav  8000 samples int16  22,050 Hz, rounded, nothing clipped"
    found, rate = soundfile.read(heard / "soft.wav", dtype="int16")
    exact = np.convolve(NOISE, [0.25, 0.5, 0.25], "same")
    np.testing.assert_array_equal(found, np.sign(exact) * np.floor(np.abs(exact) + 0.5))
    assert rate == 22050
    assert soundfile.info(heard / "soft.wav").subtype == "PCM_16"


def test_what_is_too_loud_is_clipped_and_counted(here: Run, heard: Path) -> None:
    ran = here("convolve", "song.wav", "-k", "5", *WAVE, "-o", "loud.wav", cwd=heard)
    loud = 5 * NOISE.astype(int)
    clipped = int(((loud > 32767) | (loud < -32768)).sum())
    assert clipped > 0
    assert f"{clipped} of 8000 samples clipped" in ran.err
    found, _ = soundfile.read(heard / "loud.wav", dtype="int16")
    np.testing.assert_array_equal(found, np.clip(loud, -32768, 32767))


@pytest.mark.parametrize(("subtype", "kind"), [("PCM_24", "PCM_24"), ("PCM_U8", "PCM_U8"), ("FLOAT", "FLOAT")])
def test_as_many_bits_as_before(here: Run, heard: Path, subtype: str, kind: str) -> None:
    soundfile.write(heard / "other.wav", NOISE, 22050, subtype=subtype)
    assert here("convolve", "other.wav", "-k", "1", *WAVE, "-o", "same.wav", cwd=heard).code == 0
    assert soundfile.info(heard / "same.wav").subtype == kind
    for one, other in zip(soundfile.read(heard / "same.wav"), soundfile.read(heard / "other.wav"), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_stride_lowers_the_rate(here: Run, heard: Path) -> None:
    assert here("pool", "song.wav", "--size", "1x3", *WAVE, "-o", "third.wav", cwd=heard).code == 0
    found, rate = soundfile.read(heard / "third.wav", dtype="int16")
    np.testing.assert_array_equal(found, NOISE[:7998].reshape(-1, 3).max(axis=1))
    assert rate == 7350


def test_its_own_sounds_may_be_replaced(here: Run, heard: Path) -> None:
    words = ("convolve", "song.wav", *WAVE, "-o", "own.wav", "-k")
    assert here(*words, "1 1", cwd=heard).code == 0
    assert here(*words, "1 2", cwd=heard).code == 0
    assert "song.wav is an input" in here("convolve", "song.wav", *WAVE, "-k", "1", "-o", "song.wav", cwd=heard).err
    (heard / "foreign.wav").write_bytes((heard / "song.wav").read_bytes())
    assert here("convolve", "song.wav", *WAVE, "-k", "1 2", "-o", "foreign.wav", cwd=heard).code == 1


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("convolve", "song.wav", "-k", "edge"), "a .wav holds one row of samples, not 16x26x1"),
        (("convolve", "grey.png", "-k", "edge"), "a .wav holds one row of samples"),
        (("pool", "song.wav", *WAVE, "--size", "1x4"), "22,050 Hz / 4 is not a whole sample rate"),
        (
            ("pool", "song.wav", *WAVE, "--size", "global"),
            "after adaptive or global pooling a sound has no sample rate",
        ),
    ],
)
def test_what_is_no_wav(here: Run, refused: Run, heard: Path, words: tuple[str, ...], problem: str) -> None:
    ran = here(*words, "-q", "-o", "no.wav", cwd=heard)
    refused(ran, 1, problem)
    assert not (heard / "no.wav").exists()


# What is a sound.


def test_content_says_what_it_is_not_the_name(here: Run, heard: Path) -> None:
    (heard / "wrong.png").write_bytes((heard / "song.wav").read_bytes())
    (heard / "wrong.wav").write_bytes((heard / "grey.png").read_bytes())
    assert here("pool", "wrong.png", "wrong.wav", cwd=heard).code == 0
    assert np.load(heard / "wrong.logmel.maxpool2.npy").shape == (8, 13, 1)
    assert picture(heard / "wrong.maxpool2.png").shape == (10, 15)


@pytest.mark.parametrize("kind", ["FLAC", "AIFF", "CAF", "AU", "OGG", "MP3", "W64"])
def test_other_files_of_sounds(run: Run, heard: Path, kind: str) -> None:
    soundfile.write(heard / "other", NOISE, 22050, format=kind)
    with (heard / "other").open("rb") as stream:
        samples = read_signal(stream).samples
    assert run("pool", "other", "-o", "pooled.npy", cwd=heard).code == 0
    expected = cnnkit.pool(cnnkit.features(samples, 22050), 2)
    # An MP3 is not decoded to the same last bits every time, not even within one process.
    np.testing.assert_allclose(np.load(heard / "pooled.npy"), expected, rtol=0, atol=1e-5 if kind == "MP3" else 0)


@pytest.mark.parametrize("words", [("pool",), EDGE], ids=lambda words: words[0])
def test_a_sound_through_a_pipe(run: Run, heard: Path, words: tuple[str, ...]) -> None:
    assert run(*words, "song.wav", "-o", "out.npy", cwd=heard).code == 0
    for given in ((heard / "song.wav").read_bytes(), heard / "song.wav"):
        ran = run(*words, stdin=given, cwd=heard)
        assert ran.code == 0
        assert ran.lines[0] == SAID.replace("song.wav", "standard input")
        np.testing.assert_array_equal(np.load(io.BytesIO(ran.out)), np.load(heard / "out.npy"))


def test_two_stages_of_a_pipe(run: Run, heard: Path) -> None:
    first = run(*EDGE, "--format", "npy", stdin=heard / "song.wav")
    second = run("pool", "--size", "2", stdin=first.out)
    expected = cnnkit.pool(cnnkit.convolve(cnnkit.features(NOISE, 22050), "edge"), 2)
    np.testing.assert_array_equal(np.load(io.BytesIO(second.out)), expected)


def test_one_channel_is_chosen(here: Run, refused: Run, heard: Path) -> None:
    note = "2 channels mixed to one (their mean)"
    for words in (("pool",), EDGE):
        assert here(*words, "stereo.flac", "-n", cwd=heard).lines[0] == f"stereo.flac: {note}; --channel left takes one"
        (told,) = json.loads(here(*words, "stereo.flac", "-n", "--json", cwd=heard).out)["results"]
        assert told["notes"] == [f"{note}; --channel left takes one"]
    for channel, samples in (("left", NOISE), ("2", OTHER)):
        assert here("pool", "stereo.flac", "--channel", channel, "-o", "c.npy", "-f", cwd=heard).code == 0
        np.testing.assert_array_equal(np.load(heard / "c.npy"), cnnkit.pool(cnnkit.features(samples, 22050), 2))
    ran = here("pool", "stereo.flac", "--channel", "mix", "-n", cwd=heard)
    assert ran.lines[0] == f"stereo.flac: {note}"
    refused(here("pool", "stereo.flac", "--channel", "3", cwd=heard), 1, "there is no channel 3")
    refused(here("pool", "stereo.flac", "--channel", "centre", cwd=heard), 2, "unknown channel 'centre'")


# What is said.


@pytest.mark.parametrize(("kind", "size"), [("logmel", "16x26"), ("mfcc", "16x13"), ("spectrogram", "16x1025")])
def test_what_a_sound_became_is_said(here: Run, heard: Path, kind: str, size: str) -> None:
    lines = here("pool", "song.wav", "--features", kind, "-n", cwd=heard).lines
    assert lines[0] == f"song.wav: {kind} {size}x1, 22,050 Hz, frames of 2048, hop 512"
    assert lines[1].startswith(f"would write song.{kind}.maxpool2.npy")
    assert not list(heard.glob(f"song.{kind}*"))


def test_summary_of_a_waveform() -> None:
    assert summary(read_recipe("lecture", "waveform").plan(8000, 22050)) == "waveform 1x8000x1, 22,050 Hz"


@pytest.mark.parametrize("words", [("pool",), EDGE], ids=lambda words: words[0])
def test_explain_tells_the_recipe_and_the_windows(here: Run, heard: Path, words: tuple[str, ...]) -> None:
    err = here(*words, "song.wav", "--explain", "-n", cwd=heard).err
    assert "  frames      ceil(8000 samples / hop 512) = 16 frames" in err
    assert "  result      16 frames x 26 bands x 1: 16x26x1" in err
    assert "cosines" not in err
    assert re.search(r"columns: floor\(\(26 \+ \d \+ \d - \d\) / \d\) \+ 1 = \d+", err)


def test_json_and_quiet(here: Run, heard: Path) -> None:
    ran = here("pool", "song.wav", "grey.png", "--json", cwd=heard)
    assert (ran.code, ran.err) == (0, "")
    sound, image = json.loads(ran.out)["results"]
    assert (sound["output"], sound["features"], sound["shape"]) == ("song.logmel.maxpool2.npy", "logmel", [8, 13, 1])
    assert "range" not in sound
    assert "features" not in image
    quiet = here("pool", "song.wav", "-q", cwd=heard)
    assert (quiet.code, quiet.out, quiet.err) == (0, b"", "")


# Asked wrongly.


@pytest.mark.parametrize("words", [("pool",), EDGE], ids=lambda words: words[0])
def test_what_is_for_sounds_is_refused_for_images(here: Run, refused: Run, heard: Path, words: tuple[str, ...]) -> None:
    refused(here(*words, "grey.png", "--features", "logmel", cwd=heard), 1, "grey.png: --features logmel is for sounds")
    refused(
        here(*words, "grey.png", "--channel", "left", cwd=heard),
        1,
        "--channel left is for sounds",
        "leave --channel",
    )
    refused(here(*words, "song.wav", "--features", "mfc", cwd=heard), 2, "unknown features 'mfc'", "did you mean mfcc?")
    refused(here(*words, "--features", "tune", cwd=heard), 2, "use one of waveform, spectrogram, mel, logmel, mfcc")


def test_an_image_among_sounds_leaves_them_alone(here: Run, heard: Path) -> None:
    ran = here("pool", "grey.png", "song.wav", "--features", "mfcc", cwd=heard)
    assert ran.code == 1
    assert ran.lines[-1] == "1 of 2 inputs failed"
    assert (heard / "song.mfcc.maxpool2.npy").exists()


def test_damaged_sounds_are_two_lines(run: Run, refused: Run, heard: Path, state_of: Run) -> None:
    content = (heard / "song.wav").read_bytes()
    (heard / "cut.wav").write_bytes(content[:-2000])
    (heard / "empty.wav").write_bytes(content[:44])
    (heard / "head.wav").write_bytes(content[:14])
    soundfile.write(heard / "nan.wav", np.array([0, np.nan, 1], np.float32), 22050, subtype="FLOAT")
    before = state_of(heard)
    refused(run("pool", "cut.wav", cwd=heard), 1, "cut.wav: this sound is cut off")
    refused(run("pool", "empty.wav", cwd=heard), 1, "empty.wav: ")
    refused(run("pool", "head.wav", cwd=heard), 1, "head.wav: ")
    refused(run("pool", "nan.wav", cwd=heard), 1, "1 of 3 samples are NaN or infinite")
    assert state_of(heard) == before


def test_a_window_of_two_rows_does_not_fit_a_waveform(here: Run, heard: Path) -> None:
    ran = here("pool", "song.wav", "--features", "waveform", cwd=heard)
    assert ran.code == 1
    assert "a window of 2x2 does not fit an input of 1x8000" in ran.err
    assert ran.lines[-1].startswith("hint: use a window of at most 1x8000")


def test_the_next_command_is_for_a_sound_where_its_options_are(here: Run, heard: Path) -> None:
    following = here("pool", "--features", "mfcc", "--size", "2").text.splitlines()[-1]
    assert following == "Next: cnnkit pool song.wav --features mfcc --size 2"
    assert here(*following.split()[2:], cwd=heard).code == 0


def test_sounds_as_others_have_them(here: Run, heard: Path) -> None:
    """Behind a tag or zeros, and without a header."""
    song = (heard / "song.wav").read_bytes()
    (heard / "tagged.wav").write_bytes(b"ID3\4\0\0\0\0\2\0" + bytes(256) + song)
    soundfile.write(heard / "song.mp3", NOISE / 32768, 22050)
    (heard / "late.mp3").write_bytes(bytes(2000) + (heard / "song.mp3").read_bytes())
    (heard / "bare.pcm").write_bytes(NOISE.astype(">f4").tobytes())
    expected = cnnkit.pool(cnnkit.features(NOISE, 22050), 2)
    assert here("pool", "tagged.wav", "-o", "a.npy", cwd=heard).code == 0
    np.testing.assert_array_equal(np.load(heard / "a.npy"), expected)
    assert "8x13x1" in here("pool", "late.mp3", "-o", "b.npy", cwd=heard).err
    assert "add --raw 16000,s16le" in here("pool", "bare.pcm", cwd=heard).err
    assert here("convolve", "-k", "edge", "bare.pcm", "--raw", "22050,f32be", "-o", "c.npy", cwd=heard).code == 0
    expected = cnnkit.convolve(cnnkit.features(NOISE.astype(np.float32), 22050), "edge")
    np.testing.assert_allclose(np.load(heard / "c.npy"), expected, rtol=1e-4, atol=1e-3)
