"""`cnnkit mfcc` as it is typed: what it writes, prints and refuses."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

import cnnkit
from cnnkit.cli.app import run
from cnnkit.data.recipes.dialects import DIALECTS, read_recipe
from cnnkit.data.recipes.finish import Finish
from cnnkit.data.signal import Signal
from cnnkit.operations.features import psf
from tests.conftest import said

NOISE = np.random.default_rng(0).integers(-9999, 9999, 51200).astype(np.int16)
pytestmark = pytest.mark.usefixtures("nothing_is_compiled")
LINE = "100x13x1 float32  (51200 samples at 22,050 Hz, hop 512: 100 frames, 2.32 s)\n"


@pytest.fixture
def song(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    soundfile.write(tmp_path / "song.wav", NOISE, 22050)
    soundfile.write(tmp_path / "stereo.wav", np.stack([NOISE, -NOISE // 2], axis=1), 22050)
    return tmp_path / "song.wav"


ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
Capture = pytest.CaptureFixture[str]


def command(*arguments: str, given: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    feed = {"stdin": subprocess.DEVNULL} if given is None else {"input": given}
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-m", "cnnkit", "mfcc", *arguments],
        capture_output=True,
        timeout=60,
        check=False,
        env=ENVIRONMENT,
        **feed,
    )


# What is written.


def test_the_default_file_holds_what_the_library_gives(song: Path, capfd: Capture) -> None:
    assert run(["mfcc", "song.wav"]) == 0
    out, err = capfd.readouterr()
    assert (out, err) == ("", f"wrote song.mfcc13.npy  {LINE}")
    found = np.load(song.with_name("song.mfcc13.npy"))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, cnnkit.mfcc(NOISE, 22050))


def test_many_inputs_and_one_that_fails(song: Path, capfd: Capture) -> None:
    Path("text.wav").write_text("hello")
    assert run(["mfcc", "song.wav", "text.wav", "stereo.wav", "--channel", "1", "--out-dir", "made"]) == 1
    err = capfd.readouterr().err
    assert "error: text.wav: this is a text file, not a sound" in err
    assert "1 of 3 inputs failed" in err
    assert sorted(path.name for path in Path("made").iterdir()) == ["song.mfcc13.npy", "stereo.mfcc13.npy"]


def test_dry_run_writes_nothing(song: Path, capfd: Capture) -> None:
    assert run(["mfcc", "song.wav", "-n"]) == 0
    assert capfd.readouterr().err == f"would write song.mfcc13.npy  {LINE}"
    assert not Path("song.mfcc13.npy").exists()


def test_a_dry_run_finds_what_is_wrong(song: Path, capfd: Capture) -> None:
    Path("song.mfcc13.npy").write_bytes(b"mine")
    assert run(["mfcc", "song.wav", "-n"]) == 1
    assert "song.mfcc13.npy exists and was not made by cnnkit" in capfd.readouterr().err
    soundfile.write("nan.wav", np.full(9, np.nan, np.float32), 8000, subtype="FLOAT")
    assert run(["mfcc", "nan.wav", "-n"]) == 1
    assert "9 of 9 samples are NaN or infinite" in capfd.readouterr().err


def test_quiet_says_nothing(song: Path, capfd: Capture) -> None:
    assert run(["mfcc", "song.wav", "stereo.wav", "--channel", "mix", "--sample-rate", "16000", "-q"]) == 0
    assert capfd.readouterr() == ("", "")
    assert np.load("song.mfcc13.npy").shape == (73, 13, 1)


def test_any_number_of_threads_gives_the_same_file(song: Path, capfd: Capture) -> None:
    for threads in ("1", "2", "7"):
        assert run(["mfcc", "song.wav", "--threads", threads]) == 0
    words = [line.split()[0] for line in capfd.readouterr().err.splitlines()]
    assert words == ["wrote", "unchanged", "unchanged"]


def test_json(song: Path, capfd: Capture) -> None:
    assert run(["mfcc", "song.wav", "--json", "--dialect", "psf"]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    (result,) = json.loads(out)["results"]
    assert (result["output"], result["shape"], result["sample_rate"]) == ("song.psf.mfcc13.npy", [231, 13, 1], 22050)
    recipe = result["recipe"]
    assert (recipe["dialect"], recipe["frame_length"], recipe["hop_length"], recipe["n_fft"]) == ("psf", 551, 221, 1024)


def test_json_has_all_that_was_said(song: Path, capfd: Capture) -> None:
    words = ["--channel", "mix", "--sample-rate", "16000", "--deltas", "columns", "--length", "80", "--layout", "ctf"]
    assert run(["mfcc", "stereo.wav", "--json", *words]) == 0
    out, err = capfd.readouterr()
    found = json.loads(out)
    assert (err, found["command"], found["errors"]) == ("", "mfcc", [])
    (result,) = found["results"]
    assert result["recipe"] == read_recipe().plan(37152, 16000).settled._asdict()
    assert result["finish"] == Finish(deltas="columns", length=80, layout="ctf")._asdict()
    assert (result["input"], result["output"], result["action"]) == ("stereo.wav", "stereo.mfcc13.deltas.npy", "wrote")
    assert (result["shape"], result["dtype"], result["samples"]) == ([1, 80, 39], "float32", 37152)
    assert result["notes"] == [
        "2 channels mixed to one (their mean)",
        "resampled from 22,050 to 16,000 Hz by soxr (HQ)",
        "7 frames of zeros were added at the end: 73 of 80 are the sound's",
    ]


def test_json_has_what_failed(song: Path, capfd: Capture) -> None:
    assert run(["mfcc", "song.wav", "stereo.wav", "--json", "--channel", "right"]) == 1
    found = json.loads(capfd.readouterr().out)
    assert [result["input"] for result in found["results"]] == ["stereo.wav"]
    (error,) = found["errors"]
    assert (error["input"], error["hint"]) == ("song.wav", "leave --channel out")


def test_explain_goes_to_stderr(song: Path, capfd: Capture) -> None:
    assert run(["mfcc", "song.wav", "--explain", "--print-shape"]) == 0
    out, err = capfd.readouterr()
    assert out == "100x13x1\n"
    assert "1 + floor(51200 samples / hop 512) = 101 frames" in err


def test_explain_goes_beside_what_is_written(song: Path, capfd: Capture) -> None:
    assert run(["mfcc", "song.wav", "--explain", "--dialect", "kaldi"]) == 0
    out, err = capfd.readouterr()
    assert out == ""
    assert "povey taper" in err
    assert err.endswith("231x13x1 float32  (51200 samples at 22,050 Hz, hop 220: 231 frames, 2.32 s)\n")


# python_speech_features beside it.


@pytest.mark.parametrize(
    "words", ["", "--dialect psf", "--features logmel --framing center", "--segment 1s --n-mfcc 20"]
)
def test_verify_says_how_far_they_are_apart(song: Path, capfd: Capture, words: str) -> None:
    assert run(["mfcc", "song.wav", "--verify", "-o", "a.npy", *words.split()]) == 0
    told = capfd.readouterr().err.splitlines()[:-1]
    agreed = [
        line for line in told if line.startswith("song.wav: python_speech_features agrees: the largest difference")
    ]
    assert len(agreed) == 1
    assert ("of segment" in agreed[0]) == ("segment" in words)
    assert run(["mfcc", "song.wav", "-o", "a.npy", *words.split()]) == 0
    assert "unchanged a.npy" in capfd.readouterr().err


@pytest.mark.parametrize("dialect", ["lecture", "psf"])
def test_the_engine_psf_writes_its_own_numbers(song: Path, dialect: str) -> None:
    assert run(["mfcc", "song.wav", "--engine", "psf", "--dialect", dialect, "-o", "psf.npy", "-q"]) == 0
    plan = read_recipe(dialect).plan(len(NOISE), 22050)
    expected = psf.compute(plan, Signal(NOISE, 22050))
    np.testing.assert_array_equal(np.load("psf.npy"), expected.astype(np.float32))


# The shape alone.


def test_print_shape(song: Path, capfd: Capture) -> None:
    assert run(["mfcc", "song.wav", "--print-shape"]) == 0
    assert capfd.readouterr() == ("100x13x1\n", "51200 samples / hop 512 = 100 frames\n")
    assert sorted(path.name for path in song.parent.iterdir()) == ["song.wav", "stereo.wav"]


def test_print_shape_of_many(song: Path, capfd: Capture) -> None:
    assert run(["mfcc", "song.wav", "stereo.wav", "--print-shape", "--n-mfcc", "20", "--channel", "1"]) == 0
    out, err = capfd.readouterr()
    assert out == "100x20x1\n100x20x1\n"
    assert err.startswith("song.wav: 51200 samples / hop 512")
    assert run(["mfcc", "song.wav", "--print-shape", "--quiet"]) == 0
    assert capfd.readouterr() == ("100x13x1\n", "")


def test_print_shape_as_json(song: Path, capfd: Capture) -> None:
    assert run(["mfcc", "song.wav", "--print-shape", "--json"]) == 0
    out, err = capfd.readouterr()
    assert json.loads(out)["results"][0]["shape"] == [100, 13, 1]
    assert err == ""


@pytest.mark.parametrize("rate", [[], ["--sample-rate", "16000"]], ids=["", "resampled"])
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("samples", [1, 551, 552, 2048, 51199, 51201])
def test_the_shape_is_that_of_the_file(song: Path, capfd: Capture, dialect: str, samples: int, rate: list[str]) -> None:
    """Or both are refused, with the same words."""
    soundfile.write("part.flac", NOISE[:samples] if samples <= 51200 else np.append(NOISE, 1).astype("i2"), 22050)
    words = ["mfcc", "part.flac", "--dialect", dialect, "-q", *rate]
    code = run([*words, "--print-shape"])
    shape, refusal = capfd.readouterr()
    assert run([*words, "-o", "part.npy"]) == code
    if code:
        assert capfd.readouterr() == ("", refusal)
        assert not Path("part.npy").exists()
    else:
        assert shape.strip() == "x".join(map(str, np.load("part.npy").shape))


@pytest.mark.parametrize(
    ("framing", "frames", "told"),
    [
        ("pad-end", 100, "51200 samples / hop 512 = 100 frames"),
        ("center", 101, "1 + floor(51200 samples / hop 512) = 101 frames"),
        ("valid", 97, "1 + floor((51200 samples - frame 2048) / hop 512) = 97 frames"),
        ("psf", 97, "1 + ceil((51200 samples - frame 2048) / hop 512) = 97 frames"),
        ("kaldi", 100, "floor((51200 samples + floor(hop 512 / 2)) / hop 512) = 100 frames"),
        ("whisper", 100, "floor(51200 samples / hop 512) = 100 frames"),
    ],
)
def test_every_framing(song: Path, capfd: Capture, framing: str, frames: int, told: str) -> None:
    assert run(["mfcc", "song.wav", "--framing", framing, "--print-shape"]) == 0
    assert capfd.readouterr() == (f"{frames}x13x1\n", f"{told}\n")
    assert run(["mfcc", "song.wav", "--framing", framing, "-q"]) == 0
    assert len(np.load("song.mfcc13.npy")) == frames


def test_print_shape_imports_nothing_heavy(song: Path) -> None:
    program = (
        "import sys; from cnnkit.cli.app import run; run(sys.argv[1:]); "
        "print({'numpy', 'numba', 'PIL', 'scipy', 'rich', 'pydantic', 'soundfile'} & set(sys.modules))"
    )
    soundfile.write("song.flac", NOISE, 22050)
    finish = "--segment 1s --length 40 --deltas columns --cmvn sliding --layout nctf --sample-rate 16000"
    arguments = [
        "mfcc",
        "song.wav",
        "song.flac",
        "--print-shape",
        "-q",
        "--explain",
        *finish.split(),
        "--dialect",
        "torchaudio",
    ]
    result = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True, env=ENVIRONMENT
    )
    assert result.stdout == "3x1x40x120\n3x1x40x120\nset()\n"


# Without a file.


def test_no_input_shows_a_worked_example() -> None:
    result = command()
    assert (result.returncode, result.stderr) == (0, b"")
    text = result.stdout.decode()
    assert "51200 samples / hop 512 = 100 frames" in text
    assert "Next: cnnkit mfcc song.wav --print-shape" in text


def test_a_pipe_in_and_out(song: Path) -> None:
    result = command(given=song.read_bytes())
    assert result.returncode == 0
    np.testing.assert_array_equal(np.load(io.BytesIO(result.stdout)), cnnkit.mfcc(NOISE, 22050))
    assert said(result.stderr) == f"wrote -  {LINE}"
    assert command("-", "--print-shape", "-q", given=song.read_bytes()).stdout == b"100x13x1\n"


def test_an_empty_pipe() -> None:
    result = command(given=b"")
    assert result.returncode == 1
    assert b"closed without a byte" in result.stderr


# Asked wrongly.


@pytest.mark.parametrize(
    ("arguments", "code", "problem", "hint"),
    [
        (["song.wav", "--dialect", "psff"], 2, "unknown dialect 'psff'", "did you mean psf?"),
        (["song.wav", "--framing", "centre"], 2, "unknown framing 'centre'", "did you mean center?"),
        (["song.wav", "--n-mfcc", "27"], 2, "n_mfcc 27 is above n_mels 26", "use n_mfcc 26 or less"),
        (["song.wav", "--n-fft", "1024"], 2, "n_fft 1024 is below the frame of 2048 samples", "use n_fft 2048"),
        (["song.wav", "--hop-length", "0"], 2, "hop_length 0 is not between 1", "use hop_length 1 or more"),
        (["song.wav", "--n-mels", "300"], 1, "covers no bin of an FFT of 2048", "use n_mels 215 or less"),
        (["song.wav", "--channel", "both"], 2, "unknown channel 'both'", "use left, right, mix"),
        (["song.wav", "--channel", "2"], 1, "there is no channel 2: this sound has 1", "leave --channel out"),
        (["song.wav", "--channel", "2", "--print-shape"], 1, "there is no channel 2", "leave --channel out"),
        (["song.wav", "--format", "jpg"], 2, "names no format", "use one of npy, npz, csv, png, svg, pdf"),
        (["song.wav", "-o", "song.mat"], 2, "-o song.mat names no format", "use one of npy, npz, csv, png, svg, pdf"),
        (["song.wav", "-o", "a.npy", "--out-dir", "b"], 2, "-o and --out-dir are both given", "give one of them"),
        (["song.wav", "song.wav", "-o", "a.npy"], 2, "-o names one file for 2 results", "use --out-dir DIR"),
        (["song.wav", "--threads", "0"], 2, "--threads: 0 is not 1 or more", "write --threads N"),
        (["song.wav", "--hop", "9"], 2, "no such option: --hop", "write --hop-length 9"),
        (["song.wav", "--print-shape", "-o", "a.npy"], 2, "-o and --print-shape are both given", "leave one out"),
        (["song.wav", "--show-recipe", "--verify"], 2, "--verify and --show-recipe are both given", "leave one out"),
        (["song.wav", "--show-recipe", "--print-shape"], 2, "--show-recipe and --print-shape are both", "leave one"),
        (["song.wav", "-o", "-", "--json"], 2, "--json and the result both want standard output", "use -o FILE"),
        (["sonf.wav"], 1, "there is no such file", "did you mean song.wav?"),
    ],
)
def test_wrong_usage(song: Path, capfd: Capture, arguments: list[str], code: int, problem: str, hint: str) -> None:
    assert run(["mfcc", *arguments]) == code
    out, err = capfd.readouterr()
    assert out == ""
    first, second = err.splitlines()
    assert first.startswith("error: ")
    assert problem in first
    assert second.startswith("hint: ")
    assert hint in second
    assert sorted(path.name for path in song.parent.iterdir()) == ["song.wav", "stereo.wav"]


# Sounds as others have them.


def test_samples_without_a_header(song: Path, capfd: Capture) -> None:
    bare = song.with_name("bare.pcm")
    bare.write_bytes(NOISE.astype("<i2").tobytes() + b"a")
    assert run(["mfcc", "bare.pcm"]) == 1
    assert "add --raw 16000,s16le" in capfd.readouterr().err
    assert run(["mfcc", "bare.pcm", "--raw", "22050,s16le", "-o", "bare.npy"]) == 0
    note = "bare.pcm: no whole sample at the end: 1 byte of 102401 left out\n"
    assert capfd.readouterr() == ("", f"{note}wrote bare.npy  {LINE}")
    np.testing.assert_array_equal(np.load("bare.npy"), cnnkit.mfcc(NOISE, 22050))
    assert run(["mfcc", "bare.pcm", "--raw", "22050,s16le", "--print-shape", "-q"]) == 0
    assert capfd.readouterr() == ("100x13x1\n", "")
    assert run(["mfcc", "bare.pcm", "--raw", "s16,22.05k"]) == 2
    assert "hint: write --raw 16000,s16le or " in capfd.readouterr().err


def test_samples_without_a_header_from_a_pipe() -> None:
    given = np.stack([NOISE, -NOISE], axis=1).astype(">i2").tobytes()
    result = command("--raw", "22050,s16be,2", "--channel", "1", "-o", "-", given=given)
    assert result.returncode == 0
    np.testing.assert_array_equal(np.load(io.BytesIO(result.stdout)), cnnkit.mfcc(NOISE, 22050))


def test_joined_sounds(song: Path, capfd: Capture) -> None:
    Path("both.wav").write_bytes(song.read_bytes() * 2)
    note = "both.wav: 2 sounds that follow each other in this file are read as one\n"
    assert run(["mfcc", "both.wav", "--print-shape"]) == 0
    assert capfd.readouterr() == ("200x13x1\n", f"{note}102400 samples / hop 512 = 200 frames\n")
    assert run(["mfcc", "both.wav", "-o", "both.npy"]) == 0
    assert capfd.readouterr().err.startswith(note)
    np.testing.assert_array_equal(np.load("both.npy"), cnnkit.mfcc(np.concatenate([NOISE, NOISE]), 22050))
    for options in (["--print-shape"], ["--dry-run"]):
        assert run(["mfcc", "both.wav", "--json", "-q", *options]) == 0
        (result,) = json.loads(capfd.readouterr().out)["results"]
        assert result["notes"] == [note.removeprefix("both.wav: ").rstrip()]


def test_all_channels_however_they_are_stored(song: Path, capfd: Capture) -> None:
    stereo = np.tile(np.stack([NOISE, -NOISE // 2], axis=1), (2, 1))
    Path("joined.wav").write_bytes(Path("stereo.wav").read_bytes() * 2)
    Path("bare.pcm").write_bytes(stereo.astype("<i2").tobytes())
    words = ["--channel", "all", "--segment", "96f", "--overlap", "48f", "--layout", "nctf"]
    expected = cnnkit.mfcc(stereo, 22050, channel="all", segment="96f", overlap="48f", layout="nctf")
    for given in (["joined.wav"], ["bare.pcm", "--raw", "22050,s16le,2"]):
        assert run(["mfcc", *given, *words, "-q", "-o", "made.npy", "--force"]) == 0
        np.testing.assert_array_equal(np.load("made.npy"), expected)
        capfd.readouterr()
        assert run(["mfcc", *given, *words, "-q", "--print-shape"]) == 0
        assert capfd.readouterr().out == f"{'x'.join(map(str, expected.shape))}\n"
    assert expected.shape == (4, 2, 96, 13)


def test_nothing_but_data_on_stdout(song: Path) -> None:
    """libmpg123 would print on stderr, libsndfile on stdout, for damage that cnnkit has its own words for."""
    soundfile.write("song.mp3", NOISE / 32768, 22050)
    content = bytearray(Path("song.mp3").read_bytes())
    content[9000:9400] = bytes(400)
    Path("song.mp3").write_bytes(content)
    for options in (["-o", "-"], ["--print-shape"], ["--json", "-n"]):
        result = command("song.mp3", *options)
        assert not any(word in result.stderr for word in (b"mpg123", b"Warning", b"Error"))
        assert result.stdout[:1] in (b"", b"\x93", b"{", b"1")
