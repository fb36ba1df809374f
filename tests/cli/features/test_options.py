"""Every setting is an option of its name: read as the library reads it, explained in the help, and obeyed."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import cnnkit
from cnnkit.cli.app import run
from cnnkit.cli.features.command import mfcc
from cnnkit.cli.features.options import GROUPS
from cnnkit.cli.options import with_records
from cnnkit.data.recipes.dialects import DIALECTS, read_recipe
from cnnkit.data.recipes.fields import FIELDS
from cnnkit.data.recipes.finish import Finish
from cnnkit.data.recipes.recipe import KINDS, SAMPLE_RATES, Recipe
from cnnkit.errors import SizeError

Capture = pytest.CaptureFixture[str]
NOISE = np.random.default_rng(0).integers(-9999, 9999, 6000).astype(np.int16)
pytestmark = pytest.mark.usefixtures("nothing_is_compiled")
RECIPE_FIELDS = [name for name in Recipe._fields if name in FIELDS]

OTHER: dict[str, tuple[str, Any]] = {
    "frame_length": ("900", 900),
    "hop_length": ("12.5ms", "12.5ms"),
    "rounding": ("down", "down"),
    "n_fft": ("4096", 4096),
    "n_fft_least": ("4096", 4096),
    "framing": ("center", "center"),
    "pad_mode": ("reflect", "reflect"),
    "scale": ("unit", "unit"),
    "remove_mean": ("", True),
    "preemphasis": ("0.5", 0.5),
    "preemphasis_over": ("frame", "frame"),
    "taper": ("povey", "povey"),
    "spectrum": ("magnitude", "magnitude"),
    "frame_place": ("middle", "middle"),
    "mel_scale": ("slaney", "slaney"),
    "mel_family": ("hz", "hz"),
    "mel_norm": ("slaney", "slaney"),
    "mel_bins": ("htk", "htk"),
    "half_rate": ("floor", "floor"),
    "empty_bands": ("allow", "allow"),
    "n_mels": ("30", 30),
    "fmin": ("60.5", 60.5),
    "fmax": ("9000", 9000.0),
    "log": ("db", "db"),
    "log_guard": ("add", "add"),
    "log_floor": ("1e9", 1e9),
    "log_range": ("3", 3.0),
    "log_ref": ("max", "max"),
    "log_shift": ("-1.5", -1.5),
    "log_gain": ("2", 2.0),
    "dct": ("htk", "htk"),
    "n_mfcc": ("7", 7),
    "lifter": ("9", 9.0),
    "lifter_first": ("1", 1),
    "energy": ("", False),
    "energy_of": ("frame", "frame"),
    "c0": ("last", "last"),
    "precision": ("float32", "float32"),
}
"""For each field another value than the lecture's: as it is typed, and as the recipe has it."""

BESIDE: dict[str, list[str]] = {
    "rounding": ["--frame-length", "25.03ms"],
    "pad_mode": ["--framing", "center"],
    "mel_bins": ["--fmin", "50"],
    "half_rate": ["--mel-family", "hz"],
    "empty_bands": ["--n-mels", "400"],
    "log_guard": ["--log-floor", "1e9"],
    "log_floor": ["--log-guard", "max"],
    "log_ref": ["--no-energy"],
    "log_shift": ["--no-energy"],
    "frame_place": ["--n-fft", "4096"],
    "dct": ["--no-energy"],
}
"""What has to be set too, for the field to change a number."""


def option(name: str) -> str:
    words = {"energy": "--no-energy"}
    return words.get(name, f"--{name.replace('_', '-')}")


def typed(name: str) -> list[str]:
    word = OTHER[name][0]
    return [option(name), word] if word else [option(name)]


def keywords(words: list[str]) -> dict[str, Any]:
    """The words of `BESIDE`, as keywords."""
    if words == ["--no-energy"]:
        return {"energy": False}
    return {words[0][2:].replace("-", "_"): READ.get(words[0], str)(words[1])} if words else {}


READ: dict[str, Any] = {"--fmin": float, "--log-floor": float, "--n-mels": int, "--n-fft": int}


@pytest.fixture
def song(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sound at a rate whose half is no whole number."""
    monkeypatch.chdir(tmp_path)
    soundfile.write("song.wav", NOISE, 22051)
    return tmp_path / "song.wav"


# There is one for each.


def test_every_setting_is_an_option_in_the_order_of_the_table() -> None:
    options = list(inspect.signature(with_records(mfcc)).parameters)
    assert options[:8] == ["inputs", "files_from", "recursive", "features", "dialect", "channel", "sample_rate", "raw"]
    by_group = [name for group in GROUPS for name in FIELDS if FIELDS[name].group == group]
    assert options[8 : 8 + len(FIELDS)] == by_group
    assert set(by_group) == set(FIELDS)
    assert "settings" not in options
    assert set(OTHER) == set(RECIPE_FIELDS)


def help_of(name: str, text: str) -> str:
    """The help of an option, on one line."""
    found = re.search(rf"^  (?:-\w, )?{option(name)}\b.*\n(?:^ {{4,}}.*\n)*", text, re.M)
    if name == "energy":
        found = re.search(r"^  --energy / --no-energy\b.*\n(?:^ {4,}.*\n)*", text, re.M)
    assert found, name
    return " ".join(found[0].split())


@pytest.fixture(scope="module")
def help_text() -> str:
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()) as stream:
        assert run(["mfcc", "--help"]) == 0
    return stream.getvalue()


@pytest.mark.parametrize("name", [*RECIPE_FIELDS, *Finish._fields, "dialect", "features"])
def test_the_help_has_every_option(help_text: str, name: str) -> None:
    text = help_of(name, help_text)
    known = FIELDS[name].value.words if name in FIELDS else {"dialect": DIALECTS, "features": KINDS}[name]
    assert [word for word in known if not re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)] == []


# Each reaches the recipe, and the numbers.


@pytest.mark.parametrize("name", RECIPE_FIELDS)
def test_an_option_changes_its_field_and_no_other(capfd: Capture, name: str) -> None:
    assert run(["mfcc", "--show-recipe", *typed(name)]) == 0
    shown = json.loads(capfd.readouterr().out)
    value = OTHER[name][1]
    assert getattr(DIALECTS["lecture"], name) != value
    assert shown == {**DIALECTS["lecture"]._asdict(), name: value}
    assert shown == read_recipe(**{name: value})._asdict()


@pytest.mark.parametrize("name", RECIPE_FIELDS)
def test_an_option_is_obeyed(song: Path, name: str) -> None:
    beside = BESIDE.get(name, [])
    given = {**keywords(beside), name: OTHER[name][1]}
    numbers = cnnkit.mfcc(NOISE, 22051, **given)
    if name not in ("empty_bands", "precision"):  # the other value is refused; or changes the last bits, if any
        assert run(["mfcc", "song.wav", *beside, "-o", "plain.npy", "-q"]) == 0
    assert run(["mfcc", "song.wav", *beside, *typed(name), "-o", "other.npy", "-q"]) == 0
    np.testing.assert_array_equal(np.load("other.npy"), numbers)
    if Path("plain.npy").exists():
        assert not np.array_equal(np.load("plain.npy"), numbers)


@pytest.mark.parametrize("kind", ["mfcc", "logmel", "mel", "spectrogram", "waveform"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_and_kind(song: Path, dialect: str, kind: str) -> None:
    rate = SAMPLE_RATES.get(dialect, 22051)
    soundfile.write("song.wav", NOISE, rate)
    assert run(["mfcc", "song.wav", "--dialect", dialect, "--features", kind, "-o", "made.npy", "-q"]) == 0
    np.testing.assert_array_equal(np.load("made.npy"), cnnkit.features(NOISE, rate, kind, dialect=dialect))


def test_a_dialect_has_features_of_its_own(song: Path, capfd: Capture) -> None:
    soundfile.write("song.wav", NOISE, 16000)
    for dialect, recipe in DIALECTS.items():
        assert run(["mfcc", "song.wav", "--dialect", dialect, "--print-shape", "-q"]) == 0
        columns = recipe.n_mfcc if recipe.kind == "mfcc" else recipe.n_mels
        assert capfd.readouterr().out.endswith(f"x{columns}x1\n")
    logmel = {name for name, recipe in DIALECTS.items() if recipe.kind == "logmel"}
    assert logmel == {"whisper", "vggish", "yamnet", "ast"}
    assert {recipe.kind for recipe in DIALECTS.values()} == {"mfcc", "logmel"}


@pytest.mark.parametrize("dialect", SAMPLE_RATES)
def test_a_network_takes_sounds_of_one_rate(song: Path, capfd: Capture, dialect: str) -> None:
    problem = f"error: song.wav: dialect {dialect} is for sounds of 16000 Hz, and this one has 22051 Hz\n"
    for words in (["mfcc"], ["mfcc", "--print-shape"], ["pool", "--size", "2"]):
        assert run([*words, "song.wav", "--dialect", dialect]) == 1
        out, err = capfd.readouterr()
        assert out == ""
        assert (
            f"{problem}hint: resample it: --sample-rate 16000, in Python soxr.resample(samples, 22051, 16000)\n" in err
        )
        assert run([*words, "song.wav", "--dialect", dialect, "--sample-rate", "16000", "-q"]) == 0
        assert capfd.readouterr().err == ""
    with pytest.raises(SizeError, match="sounds of 16000 Hz, and this one has 22051"):
        cnnkit.features(NOISE, 22051, dialect=dialect)


def test_the_worked_example_of_a_network_is_of_its_rate(capfd: Capture) -> None:
    assert run(["mfcc", "--dialect", "vggish"]) == 0
    assert "51200 samples at 16,000 Hz" in capfd.readouterr().out


def test_switches_can_be_put_back(capfd: Capture) -> None:
    words = ["--dialect", "kaldi", "--keep-mean", "--no-energy"]
    assert run(["mfcc", "--show-recipe", *words]) == 0
    shown = json.loads(capfd.readouterr().out)
    assert (shown["remove_mean"], shown["energy"]) == (False, False)
    assert run(["mfcc", "--show-recipe", "--dialect", "htk", "--energy", "--remove-mean"]) == 0
    shown = json.loads(capfd.readouterr().out)
    assert (shown["remove_mean"], shown["energy"]) == (True, True)


def test_a_range_can_be_taken_away(capfd: Capture) -> None:
    assert run(["mfcc", "--show-recipe", "--dialect", "librosa", "--log-range", "none"]) == 0
    assert json.loads(capfd.readouterr().out)["log_range"] is None


# The recipe as it is shown.


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_recipe_is_open_without_a_sound_and_settled_with_one(song: Path, capfd: Capture, dialect: str) -> None:
    assert run(["mfcc", "--show-recipe", "--dialect", dialect]) == 0
    out, err = capfd.readouterr()
    assert (json.loads(out), err) == (DIALECTS[dialect]._asdict(), "")
    rate = SAMPLE_RATES.get(dialect, 22051)
    soundfile.write("song.wav", NOISE, rate)
    assert run(["mfcc", "song.wav", "--show-recipe", "--dialect", dialect]) == 0
    out, err = capfd.readouterr()
    settled = json.loads(out)
    assert settled == DIALECTS[dialect].plan(6000, rate).settled._asdict()
    assert all(isinstance(settled[name], int) for name in ("frame_length", "hop_length", "n_fft"))
    assert err == ""
    assert list(Path().iterdir()) == [Path("song.wav")]


def test_a_settled_recipe_gives_the_same_numbers(song: Path, capfd: Capture) -> None:
    assert run(["mfcc", "song.wav", "--show-recipe", "--dialect", "kaldi", "--framing", "kaldi"]) == 0
    shown = json.loads(capfd.readouterr().out)
    fields = {name: value for name, value in shown.items() if name not in ("dialect", "kind")}
    expected = cnnkit.mfcc(NOISE, 22051, dialect="kaldi", framing="kaldi")
    np.testing.assert_array_equal(cnnkit.mfcc(NOISE, 22051, dialect="htk", **fields), expected)


def test_the_recipe_at_another_rate(song: Path, capfd: Capture) -> None:
    assert run(["mfcc", "song.wav", "--show-recipe", "--dialect", "psf", "--sample-rate", "16000"]) == 0
    shown = json.loads(capfd.readouterr().out)
    assert (shown["frame_length"], shown["hop_length"], shown["fmax"]) == (400, 160, 8000.0)


def test_the_recipe_within_one_json_document(song: Path, capfd: Capture) -> None:
    assert run(["mfcc", "--show-recipe", "--json", "--dialect", "tf"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert (found["recipe"], found["results"]) == (DIALECTS["tf"]._asdict(), [])
    assert run(["mfcc", "song.wav", "--show-recipe", "--json"]) == 0
    (result,) = json.loads(capfd.readouterr().out)["results"]
    assert (result["recipe"]["n_fft"], result["shape"]) == (2048, [12, 13, 1])


# Values that are none.


@pytest.mark.parametrize(
    "name", [name for name in RECIPE_FIELDS if FIELDS[name].value.words and name not in ("c0", "framing", "pad_mode")]
)
def test_an_unknown_word_is_refused(capfd: Capture, name: str) -> None:
    assert run(["mfcc", "song.wav", option(name), "nothing"]) == 2
    first, second = capfd.readouterr().err.splitlines()
    assert first == f"error: unknown {name} 'nothing'"
    assert all(word in second for word in FIELDS[name].value.words) or second.startswith("hint: did you mean")


@pytest.mark.parametrize(
    ("words", "problem", "hint"),
    [
        ("--frame-length 25s", "frame_length '25s' is neither samples nor milliseconds", "write frame_length as 512"),
        ("--hop-length -5", "hop_length -5 is not between 1", "use hop_length 1 or more"),
        ("--preemphasis 1.5", "preemphasis 1.5 is not a finite number of 0 to 1", "use preemphasis 0 to 1"),
        ("--log-floor 0", "log_floor 0.0 is not a finite number of 1e-37 or more", "use log_floor 1e-37 or more"),
        ("--log-range -1", "log_range '-1' is not a finite number of 0 or more", "use log_range 0 or more"),
        ("--log-gain nan", "log_gain nan is not a finite number", "give log_gain as a number"),
        ("--fmin 500 --fmax 400", "fmax 400 Hz is not above fmin 500 Hz", "use fmin below 400, or fmax above 500"),
        ("--fmin -1", "fmin -1.0 is not a finite number of 0 or more", "use fmin 0 or more"),
        ("--n-mels x", "--n-mels: 'x' is not a whole number", "write --n-mels N: Mel bands"),
        ("--n-mfcc 0", "n_mfcc 0 is not between 1 and 4096", "use n_mfcc 1 or more"),
        ("--lifter-first 2", "lifter_first 2 is not a finite number of 0 to 1", "use lifter_first 0 to 1"),
        ("--c0 middle", "unknown c0 'middle'", "use one of first, last"),
        ("--pad-mode mirror", "mirror", "did you mean reflect?"),
        ("--dialect tf.signal", "unknown dialect 'tf.signal'", "did you mean tf?"),
        ("--dialect python_speech_features", "unknown dialect 'python_speech_features'", "did you mean psf?"),
        ("--features fbank", "unknown features 'fbank'", "did you mean logmel?"),
        ("--features melspectrogram", "unknown features 'melspectrogram'", "did you mean mel?"),
        ("--features mel_spectrogram", "unknown features 'mel_spectrogram'", "did you mean mel?"),
        ("--dialect sphinx", "unknown dialect 'sphinx'", "use one of lecture, psf, librosa"),
        ("--features mfc", "unknown features 'mfc'", "did you mean mfcc?"),
    ],
)
def test_a_value_that_is_none_is_refused(capfd: Capture, words: str, problem: str, hint: str) -> None:
    assert run(["mfcc", "song.wav", *words.split()]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    first, second = err.splitlines()
    assert first.startswith("error: ")
    assert problem in first
    assert second.startswith("hint: ")
    assert hint in second


# No option has an optional value.


@pytest.mark.parametrize(
    ("words", "problem", "hint"),
    [
        (
            "song.wav --deltas",
            "option --deltas needs a value",
            "write --deltas WORD: Add deltas and their deltas, as columns (13 become 39) or channels (x 3)",
        ),
        ("--deltas song.wav", "unknown deltas 'song.wav'", "use one of columns, channels"),
        (
            "song.wav --fit --json",
            "option --fit needs a value",
            "write --fit WORD: pad, trim (nothing may be missing) or loop",
        ),
        ("song.wav --length", "option --length needs a value", "write --length N: Frames in every result"),
    ],
)
def test_an_option_without_its_word(song: Path, capfd: Capture, words: str, problem: str, hint: str) -> None:
    assert run(["mfcc", *words.split()]) == 2
    assert capfd.readouterr().err == f"error: {problem}\nhint: {hint}\n"


@pytest.mark.parametrize(
    ("layout", "meant"),
    [("hwc", "tfc"), ("nhwc", "ntfc"), ("chw", "ctf"), ("NCHW", "nctf"), ("hw", "tf"), ("TFC", "tfc")],
)
def test_the_letters_of_images_are_told_those_of_sounds(capfd: Capture, layout: str, meant: str) -> None:
    assert run(["mfcc", "--layout", layout]) == 2
    assert capfd.readouterr().err.endswith(f"\nhint: use {meant}: t is time, f frequency, c channels, n segments\n")
    assert run(["mfcc", "--layout", meant, "-q"]) == 0
