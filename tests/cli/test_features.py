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

NOISE = np.random.default_rng(0).integers(-9999, 9999, 51200).astype(np.int16)
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


def test_every_option_reaches_the_library(song: Path) -> None:
    options = {
        "dialect": "psf",
        "n_mfcc": 20,
        "frame_length": "30ms",
        "hop_length": 300,
        "n_fft": 2048,
        "framing": "center",
        "taper": "hann",
        "preemphasis": 0.9,
        "n_mels": 40,
        "fmin": 50.0,
        "fmax": 9000.0,
        "lifter": 10.0,
    }
    typed = [text for name, value in options.items() for text in (f"--{name.replace('_', '-')}", str(value))]
    assert run(["mfcc", "song.wav", "-o", "all.npy", "--no-energy", *typed]) == 0
    expected = cnnkit.mfcc(NOISE, 22050, energy=False, **options)  # type: ignore[arg-type]
    np.testing.assert_array_equal(np.load("all.npy"), expected)


@pytest.mark.parametrize("kind", ["npy", "npz", "csv"])
def test_formats(song: Path, kind: str) -> None:
    assert run(["mfcc", "song.wav", "--format", kind, "--n-mfcc", "5", "-q"]) == 0
    path = Path(f"song.mfcc5.{kind}")
    expected = cnnkit.mfcc(NOISE, 22050, n_mfcc=5)
    if kind == "csv":
        np.testing.assert_allclose(np.loadtxt(path, delimiter=","), expected[:, :, 0], rtol=1e-8)
    else:
        found = np.load(path)
        np.testing.assert_array_equal(found if kind == "npy" else found["data"], expected)


def test_channels(song: Path, capfd: Capture) -> None:
    assert run(["mfcc", "stereo.wav"]) == 1
    assert "this sound has 2 channels, and one is needed\nhint: add --channel left" in capfd.readouterr().err
    assert run(["mfcc", "stereo.wav", "--channel", "left"]) == 0
    np.testing.assert_array_equal(np.load("stereo.mfcc13.npy"), cnnkit.mfcc(NOISE, 22050))
    assert run(["mfcc", "stereo.wav", "--channel", "mix", "-f"]) == 0
    assert "stereo.wav: the mean of 2 channels is used\n" in capfd.readouterr().err


def test_many_inputs_and_one_that_fails(song: Path, capfd: Capture) -> None:
    Path("text.wav").write_text("hello")
    assert run(["mfcc", "song.wav", "text.wav", "stereo.wav", "--channel", "1", "--out-dir", "made"]) == 1
    err = capfd.readouterr().err
    assert "error: text.wav: this is a text, not a sound" in err
    assert "1 of 3 inputs failed" in err
    assert sorted(path.name for path in Path("made").iterdir()) == ["song.mfcc13.npy", "stereo.mfcc13.npy"]


def test_a_sound_that_does_not_fit_leaves_the_others_alone(song: Path, capfd: Capture) -> None:
    soundfile.write("low.wav", NOISE, 8000)
    assert run(["mfcc", "low.wav", "song.wav", "--fmax", "8000"]) == 1
    assert "error: low.wav: fmax 8000 Hz is above half the sample rate, 4000 Hz" in capfd.readouterr().err
    assert Path("song.mfcc13.npy").exists()


def test_a_sound_that_was_cut_off_is_refused(song: Path, capfd: Capture) -> None:
    song.write_bytes(song.read_bytes()[:-2000])
    for option in ([], ["--print-shape"]):
        assert run(["mfcc", "song.wav", *option]) == 1
        problem = (
            "error: song.wav: this sound is cut off: its header promises 51200 samples, the file holds 50200\nhint: "
        )
        assert problem in capfd.readouterr().err
    assert not list(Path().glob("*.npy"))


def test_dry_run_writes_nothing(song: Path, capfd: Capture) -> None:
    assert run(["mfcc", "song.wav", "-n"]) == 0
    assert capfd.readouterr().err == f"would write song.mfcc13.npy  {LINE}"
    assert not Path("song.mfcc13.npy").exists()


def test_json(song: Path, capfd: Capture) -> None:
    assert run(["mfcc", "song.wav", "--json", "--dialect", "psf"]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    (result,) = json.loads(out)["results"]
    assert (result["output"], result["shape"], result["sample_rate"]) == ("song.mfcc13.npy", [231, 13, 1], 22050)
    recipe = result["recipe"]
    assert (recipe["dialect"], recipe["frame_length"], recipe["hop_length"], recipe["n_fft"]) == ("psf", 551, 221, 1024)


def test_explain_goes_to_stderr(song: Path, capfd: Capture) -> None:
    assert run(["mfcc", "song.wav", "--explain", "--print-shape"]) == 0
    out, err = capfd.readouterr()
    assert out == "100x13x1\n"
    assert "1 + floor(51200 samples / hop 512) = 101 frames" in err


# The shape alone.


def test_print_shape(song: Path, capfd: Capture) -> None:
    assert run(["mfcc", "song.wav", "--print-shape"]) == 0
    assert capfd.readouterr() == ("100x13x1\n", "51200 samples / hop 512 = 100 frames\n")
    assert sorted(path.name for path in song.parent.iterdir()) == ["song.wav", "stereo.wav"]


def test_print_shape_of_many(song: Path, capfd: Capture) -> None:
    assert run(["mfcc", "song.wav", "stereo.wav", "--print-shape", "--n-mfcc", "20"]) == 0
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


@pytest.mark.parametrize("dialect", ["lecture", "psf"])
@pytest.mark.parametrize("samples", [1, 551, 552, 2048, 51199, 51201])
def test_the_shape_is_that_of_the_file(song: Path, capfd: Capture, dialect: str, samples: int) -> None:
    soundfile.write("part.flac", NOISE[:samples] if samples <= 51200 else np.append(NOISE, 1).astype("i2"), 22050)
    assert run(["mfcc", "part.flac", "--dialect", dialect, "--print-shape", "-q"]) == 0
    shape = capfd.readouterr().out.strip()
    assert run(["mfcc", "part.flac", "--dialect", dialect, "-q"]) == 0
    assert shape == "x".join(map(str, np.load("part.mfcc13.npy").shape))


def test_print_shape_imports_nothing_heavy(song: Path) -> None:
    program = (
        "import sys; from cnnkit.cli.app import run; run(sys.argv[1:]); "
        "print({'numpy', 'numba', 'PIL', 'scipy', 'rich', 'pydantic', 'soundfile'} & set(sys.modules))"
    )
    soundfile.write("song.flac", NOISE, 22050)
    arguments = ["mfcc", "song.wav", "song.flac", "--print-shape", "-q", "--explain"]
    result = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True, env=ENVIRONMENT
    )
    assert result.stdout == "100x13x1\n100x13x1\nset()\n"


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
    assert result.stderr.decode() == f"wrote -  {LINE}"
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
        (["song.wav", "--format", "png"], 2, "names no format", "use one of npy, npz, csv"),
        (["song.wav", "--print-shape", "-o", "a.npy"], 2, "-o and --print-shape are both given", "leave one out"),
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


def test_samples_that_are_no_numbers(song: Path, capfd: Capture) -> None:
    soundfile.write("nan.wav", np.array([0, np.nan, 1], np.float32), 8000, subtype="FLOAT")
    assert run(["mfcc", "nan.wav", "song.wav"]) == 1
    assert "error: nan.wav: 1 of 3 samples are NaN or infinite; the first is sample 1" in capfd.readouterr().err
    assert Path("song.mfcc13.npy").exists()
