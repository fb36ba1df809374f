"""`cnnkit mfcc` for a network: deltas, normalisation, length, segments, layouts; and every format that is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image

import cnnkit
from cnnkit.cli.app import run

NOISE = np.random.default_rng(0).integers(-9999, 9999, 51200).astype(np.int16)
pytestmark = pytest.mark.usefixtures("nothing_is_compiled")
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def song(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    soundfile.write(tmp_path / "song.wav", NOISE, 22050)
    return tmp_path / "song.wav"


def typed(options: dict[str, Any]) -> list[str]:
    return [word for name, value in options.items() for word in (f"--{name}", str(value))]


FINISHES: list[tuple[dict[str, Any], tuple[int, ...]]] = [
    ({"layout": "tfc"}, (100, 13, 1)),
    ({"layout": "ctf"}, (1, 100, 13)),
    ({"layout": "ntfc"}, (1, 100, 13, 1)),
    ({"layout": "nctf"}, (1, 1, 100, 13)),
    ({"deltas": "columns"}, (100, 39, 1)),
    ({"deltas": "channels"}, (100, 13, 3)),
    ({"deltas": "channels", "layout": "ctf"}, (3, 100, 13)),
    ({"cmvn": "utterance"}, (100, 13, 1)),
    ({"cmvn": "sliding", "deltas": "columns"}, (100, 39, 1)),
    ({"length": 40}, (40, 13, 1)),
    ({"length": 120}, (120, 13, 1)),
    ({"length": 40, "fit": "trim"}, (40, 13, 1)),
    ({"length": 250, "fit": "loop"}, (250, 13, 1)),
    ({"segment": "1s"}, (3, 44, 13, 1)),
    ({"segment": "1s", "fit": "trim"}, (2, 44, 13, 1)),
    ({"segment": "500ms", "fit": "loop", "layout": "ctf"}, (5, 1, 22, 13)),
    ({"segment": 20480, "deltas": "channels", "length": 32, "layout": "nctf"}, (3, 3, 32, 13)),
    ({"segment": "1s", "features": "logmel", "dialect": "librosa"}, (3, 44, 128, 1)),
    ({"segment": "60s", "layout": "ntfc"}, (1, 2584, 13, 1)),
    ({"features": "mel", "layout": "nctf", "cmvn": "utterance"}, (1, 1, 100, 26)),
    ({"features": "spectrogram", "deltas": "channels", "length": 90}, (90, 1025, 3)),
    ({"features": "waveform", "segment": "1s"}, (3, 1, 22050, 1)),
    ({"duration": "4s"}, (173, 13, 1)),
    ({"duration": "1s", "layout": "ftc"}, (13, 44, 1)),
    ({"duration": "30s", "segment": "3s", "features": "logmel"}, (10, 130, 26, 1)),
    ({"segment": "96f", "overlap": "48f", "layout": "tf"}, (2, 96, 13)),
    ({"segment": "1s", "overlap": "500ms", "fit": "trim"}, (3, 44, 13, 1)),
    ({"length": 120, "pad-value": "silence", "deltas": "columns"}, (120, 39, 1)),
    ({"length": 120, "pad-value": -7.5}, (120, 13, 1)),
    ({"length": 120, "dialect": "librosa", "features": "logmel", "pad-value": "silence", "layout": "ft"}, (128, 120)),
    ({"cmvn": "utterance-mean"}, (100, 13, 1)),
    ({"cmvn": "sliding-mean", "dialect": "kaldi"}, (231, 13, 1)),
    ({"dialect": "librosa", "deltas": "channels", "layout": "nctf"}, (1, 3, 101, 20)),
    ({"deltas": "columns", "delta-kind": "librosa", "delta-width": 5}, (100, 39, 1)),
]


@pytest.mark.parametrize(("options", "shape"), FINISHES, ids=lambda value: "-".join(map(str, value)))
def test_what_is_promised_is_written_and_is_what_the_library_gives(
    song: Path, capfd: Capture, options: dict[str, Any], shape: tuple[int, ...]
) -> None:
    assert run(["mfcc", "song.wav", "--print-shape", "-q", *typed(options)]) == 0
    assert capfd.readouterr().out == "x".join(map(str, shape)) + "\n"
    assert list(Path().iterdir()) == [Path("song.wav")]
    assert run(["mfcc", "song.wav", "-o", "made.npy", "-q", *typed(options)]) == 0
    keywords = {name.replace("-", "_"): value for name, value in options.items()}
    kind = keywords.pop("features", "mfcc")
    expected = cnnkit.features(NOISE, 22050, kind, **keywords)
    found = np.load("made.npy")
    assert (found.shape, found.dtype, found.flags.c_contiguous) == (shape, np.float32, True)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        ({}, (100, 13, 2)),
        ({"deltas": "channels", "cmvn": "utterance", "layout": "cft"}, (6, 13, 100)),
        ({"deltas": "columns", "length": 120, "pad-value": "silence", "dialect": "librosa"}, (120, 60, 2)),
        ({"segment": "1s", "overlap": "250ms", "layout": "nctf", "features": "logmel"}, (3, 2, 44, 26)),
        ({"segment": "48f", "overlap": "12f", "duration": "2s", "sample-rate": 16000}, (2, 48, 13, 2)),
        ({"features": "waveform", "layout": "ct"}, (2, 51200)),
    ],
)
def test_all_channels(song: Path, capfd: Capture, options: dict[str, Any], shape: tuple[int, ...]) -> None:
    both = np.stack([NOISE, NOISE[::-1] // 7], axis=1)
    soundfile.write("song.flac", both, 22050)
    assert run(["mfcc", "song.flac", "--channel", "all", "--print-shape", "-q", *typed(options)]) == 0
    assert capfd.readouterr().out == "x".join(map(str, shape)) + "\n"
    assert run(["mfcc", "song.flac", "--channel", "all", "-o", "made.npy", "-q", *typed(options)]) == 0
    found = np.load("made.npy")
    assert found.shape == shape
    if "sample-rate" not in options:
        keywords = {name.replace("-", "_"): value for name, value in options.items()}
        kind = keywords.pop("features", "mfcc")
        np.testing.assert_array_equal(found, cnnkit.features(both, 22050, kind, channel="all", **keywords))


@pytest.mark.parametrize("options", [{}, {"log-range": 20}, {"features": "mfcc", "segment": "60f", "fit": "pad"}])
def test_silence_is_what_a_frame_of_zeros_has(song: Path, options: dict[str, Any]) -> None:
    """Of a sound that ends in zeros, the frames that are added are the frames that are there."""
    samples = np.concatenate([NOISE, np.zeros(8192, np.int16)])
    soundfile.write("song.wav", samples, 22050)
    words = ["--dialect", "librosa", *typed({"features": "logmel", **options})]
    padded = [] if "segment" in options else ["--length", "150"]
    assert run(["mfcc", "song.wav", "-q", *words, *padded, "--pad-value", "silence", "-o", "made.npy"]) == 0
    found = np.load("made.npy").reshape(150 if padded else 120, -1)
    np.testing.assert_array_equal(found[117:], np.broadcast_to(found[112], found[117:].shape))


def test_default_names_say_what_was_done(song: Path, capfd: Capture) -> None:
    for words in (
        ["--deltas", "columns"],
        ["--cmvn", "utterance"],
        ["--segment", "1s", "--format", "npz"],
        ["--n-mfcc", "5"],
    ):
        assert run(["mfcc", "song.wav", *words]) == 0
    assert sorted(path.name for path in Path().iterdir()) == [
        "song.mfcc13.cmvn.npy",
        "song.mfcc13.deltas.npy",
        "song.mfcc13.segments.npz",
        "song.mfcc5.npy",
        "song.wav",
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--length 120", "20 frames of zeros were added at the end: 100 of 120 are the sound's"),
        ("--length 40", "60 of 100 frames were cut off at the end: 40 are left"),
        ("--length 120 --fit loop", "the sound begins again after 100 frames: 20 of 120 are repeated"),
        ("--segment 1s", "14950 samples of zeros were added to the last of 3 segments: 7100 of 22050 are the sound's"),
        (
            "--segment 1s --fit trim",
            "7100 of 51200 samples were left out at the end: they are no whole segment of 22050",
        ),
    ],
)
def test_what_was_added_or_cut_off_is_told(song: Path, capfd: Capture, words: str, told: str) -> None:
    assert run(["mfcc", "song.wav", "-n", *words.split()]) == 0
    out, err = capfd.readouterr()
    assert out == ""
    assert err.splitlines()[0] == f"song.wav: {told}"
    assert len(err.splitlines()) == 2
    assert run(["mfcc", "song.wav", "-n", "--json", *words.split()]) == 0
    assert json.loads(capfd.readouterr().out)["results"][0]["notes"] == [told]


def test_what_is_cut_is_counted_and_axes_are_named(song: Path, capfd: Capture) -> None:
    words = "--duration 4s --segment 96f --overlap 48f --layout cft"
    assert run(["mfcc", "song.wav", "--print-shape", *words.split()]) == 0
    out, err = capfd.readouterr()
    assert out == "3x1x13x96\n"
    assert err.splitlines() == [
        "51200 samples become 88200",
        "ceil(88200 samples / hop 512) = 173 frames",
        "173 frames = 3 segments of 96 frames, 48 apart",
        "layout ncft: 3 segments x 1 channel x 13 columns x 96 frames; for cnnkit shape 96x13x1 --batch 3",
    ]


def test_segments_are_counted(song: Path, capfd: Capture) -> None:
    assert run(["mfcc", "song.wav", "--print-shape", "--segment", "1s"]) == 0
    out, err = capfd.readouterr()
    assert out == "3x44x13x1\n"
    assert err == "51200 samples = 3 segments of 22050 samples\nceil(22050 samples / hop 512) = 44 frames\n"
    assert run(["mfcc", "song.wav", "-n", "--segment", "1s", "--fit", "trim"]) == 0
    assert "3x44x13x1" not in (told := capfd.readouterr().err)
    assert "2x44x13x1 float32  (2 x 22050 samples at 22,050 Hz, hop 512: 44 frames, 2.32 s)" in told


@pytest.mark.parametrize(
    ("words", "code", "problem", "hint"),
    [
        ("--length 120 --fit trim", 1, "the sound has 100 frames, fewer than length 120", "use fit pad or loop"),
        ("--segment 9s --fit trim", 1, "51200 samples, fewer than 1 segment of 198450", "or a segment of"),
        ("--segment 1s --length 99 --fit trim", 1, "every segment has 44 frames, fewer than length 99", "length 44"),
        ("--segment 0.01ms", 1, "segment 0.01ms is less than 1 sample at 22050 Hz", "use a longer segment"),
        (
            "--segment 3m",
            2,
            "segment '3m' is neither samples nor a time nor frames",
            "as 48000, as 3s or as 500ms, or in frames as 96f",
        ),
        ("--segment 0", 2, "segment 0 is not between 1", "use segment 1 or more"),
        ("--length 0", 2, "length 0 is not between 1", "use length 1 or more"),
        ("--fit loop", 2, "fit loop says how a duration, a length or a segment is met", "a length in frames"),
        ("--length 9 --fit cut", 2, "unknown fit 'cut'", "use one of pad, trim, loop"),
        ("--layout hwcn", 2, "layout 'hwcn' is not made of the letters n, t, f and c", "use tfcn: t is time"),
        ("--layout nhwx", 2, "layout 'nhwx' is not made of the letters n, t, f and c", "tfc, ftc, nctf"),
        ("--cmvn speaker", 2, "unknown cmvn 'speaker'", "use one of utterance, sliding"),
        ("--duration 9s --fit trim", 1, "the sound has 51200 samples, fewer than duration 198450", "or duration 51200"),
        ("--segment 96f --overlap 96f", 1, "overlap 96f is not shorter than segment 96f", "use an overlap below 96f"),
        ("--deltas channels --layout ft", 1, "layout ft has no c, and there are 3 channels", "use layout ftc"),
        (
            "--dialect librosa --length 4 --deltas columns --hop-length 9999",
            1,
            "has 6 frames, fewer than delta_width 9",
            "use delta_width 5",
        ),
        ("--deltas=delta", 2, "unknown deltas 'delta'", ""),
        (
            "--features waveform --deltas columns",
            2,
            "deltas is for frames, and a waveform has none",
            "leave deltas out",
        ),
        ("-o a.csv --deltas channels", 1, "a .csv holds rows x columns, not 100x13x3", "use .npy"),
        (
            "-o a.png --deltas columns",
            1,
            "a picture shows the features of one sound and channel, without",
            "or write .npy",
        ),
        ("-o a.png --features waveform", 1, "a picture shows frames, and a waveform has none", "or write .npy"),
    ],
)
def test_a_finish_that_does_not_fit(song: Path, capfd: Capture, words: str, code: int, problem: str, hint: str) -> None:
    assert run(["mfcc", "song.wav", *words.split()]) == code
    out, err = capfd.readouterr()
    first, second = err.splitlines()
    assert out == ""
    assert first.startswith("error: ")
    assert problem in first
    assert second.startswith("hint: ")
    assert hint in second
    assert list(Path().iterdir()) == [Path("song.wav")]


# Formats.


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


def test_an_npz_says_how_it_was_made(song: Path) -> None:
    assert (
        run(["mfcc", "song.wav", "-o", "a.npz", "-q", "--deltas", "columns", "--dialect", "kaldi", "--segment", "1s"])
        == 0
    )
    found = np.load("a.npz")
    recipe = json.loads(str(found["recipe"]))
    assert found["data"].shape == (3, 98, 39, 1)
    assert found["names"][[0, 1, 13, 38]].tolist() == ["energy", "c1", "energy delta", "c12 delta-delta"]
    assert int(found["sample_rate"]) == 22050
    assert (recipe["dialect"], recipe["frame_length"], recipe["segment"]) == ("kaldi", 551, "1s")


def test_the_same_sound_gives_the_same_bytes(song: Path, capfd: Capture) -> None:
    for name in ("a.npz", "a.npy", "a.csv", "a.png", "a.svg", "a.pdf"):
        assert run(["mfcc", "song.wav", "-o", name]) == 0
        assert run(["mfcc", "song.wav", "-o", name]) == 0
        first, second = capfd.readouterr().err.splitlines()
        assert first.startswith(f"wrote {name}  100x13x1")
        assert second.startswith(f"unchanged {name}  100x13x1")


def test_what_cnnkit_did_not_write_is_not_replaced(song: Path, capfd: Capture) -> None:
    Path("song.mfcc13.npz").write_bytes(b"mine")
    assert run(["mfcc", "song.wav", "--format", "npz"]) == 1
    assert "exists and was not made by cnnkit" in capfd.readouterr().err
    assert Path("song.mfcc13.npz").read_bytes() == b"mine"
    assert run(["mfcc", "song.wav", "--format", "npz", "-f", "-q"]) == 0
    assert run(["mfcc", "song.wav", "--format", "npz", "--fmin", "40", "-q"]) == 0  # this one it wrote


@pytest.mark.parametrize("kind", ["mfcc", "logmel", "mel", "spectrogram"])
def test_a_figure(song: Path, kind: str) -> None:
    assert run(["mfcc", "song.wav", "--features", kind, "-o", "song.png", "-q"]) == 0
    with Image.open("song.png") as picture:
        assert (picture.format, picture.size) == ("PNG", (1200, 600))
        assert "made by cnnkit" in picture.text["Software"]  # type: ignore[attr-defined]
        assert len(np.unique(np.asarray(picture.convert("RGB")).reshape(-1, 3), axis=0)) > 50  # the colours of noise


@pytest.mark.parametrize("name", ["song.png", "song.svg", "song.pdf"])
def test_a_figure_may_be_drawn_again_with_other_settings(song: Path, name: str) -> None:
    assert run(["mfcc", "song.wav", "-o", name, "-q"]) == 0
    before = Path(name).read_bytes()
    assert run(["mfcc", "song.wav", "-o", name, "-q", "--fmin", "20"]) == 0  # it is its own
    assert Path(name).read_bytes() != before


def test_a_picture_has_time_to_the_right_whatever_the_layout(song: Path) -> None:
    for name, layout in (("a.png", "tfc"), ("b.png", "ftc"), ("c.png", "ft")):
        assert run(["mfcc", "song.wav", "-o", name, "-q", "--layout", layout]) == 0
    pictures = [np.asarray(Image.open(name).convert("RGB")) for name in ("a.png", "b.png", "c.png")]
    np.testing.assert_array_equal(pictures[0], pictures[1])
    np.testing.assert_array_equal(pictures[0], pictures[2])


def test_a_picture_of_what_is_finished(song: Path) -> None:
    words = ["--cmvn", "utterance", "--length", "80", "--layout", "nctf"]
    assert run(["mfcc", "song.wav", "--format", "png", "-q", *words]) == 0
    assert Path("song.mfcc13.cmvn.png").read_bytes().startswith(b"\x89PNG")
