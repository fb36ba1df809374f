"""Figures and previews of `cnnkit mfcc`: beside the result, of one sound, and refused where they make no sense."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import cnnkit
from cnnkit.views.text.preview import NO_COLOURS, preview
from tests.conftest import Ran

EXAMPLES = Path(__file__).parents[3] / "examples"
Run = Callable[..., Ran]
LINE = "100x13x1 float32  (51200 samples at 22,050 Hz, hop 512: 100 frames, 2.32 s)"
RANGE = "song.wav: time to the right, coefficient up; values -72.3198 to 71.2248 stretched to 0..255"
PLAIN = {"NO_COLOR": "1", "COLUMNS": "80"}


@pytest.fixture
def song(tmp_path: Path) -> Path:
    shutil.copy(EXAMPLES / "song.wav", tmp_path)
    return tmp_path


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_the_figure_is_that_of_a_result_that_is_one(here: Run, song: Path, ending: str) -> None:
    ran = here("mfcc", "song.wav", "--figure", f"song.{ending}", cwd=song)
    assert (ran.code, ran.out) == (0, b"")
    assert ran.lines == [f"wrote song.mfcc13.npy  {LINE}", f"wrote song.{ending}  figure"]
    assert np.load(song / "song.mfcc13.npy").shape == (100, 13, 1)
    words = f"made by cnnkit 0.1.0: cnnkit mfcc song.wav --figure song.{ending}".encode()
    figure = (song / f"song.{ending}").read_bytes()
    assert words in figure
    assert here("mfcc", "song.wav", "-o", f"result.{ending}", cwd=song).code == 0
    if ending == "svg":
        result = (song / "result.svg").read_bytes()
        assert result.replace(b"-o result.svg", b"--figure song.svg") == figure


def test_the_result_is_the_same_with_pictures(here: Run, song: Path) -> None:
    for settings in (("--format", "csv"), ("--layout", "ft"), ("--cmvn", "utterance"), ("--engine", "psf")):
        files = []
        for words in ((), ("--figure", "song.pdf", "--preview")):
            folder = song / f"{len(files)}{settings[1]}"
            assert here("mfcc", "song.wav", *settings, *words, "--out-dir", folder, cwd=song).code == 0
            files += [path.read_bytes() for path in folder.iterdir()]
        assert files[0] == files[1]


def test_with_json_and_in_a_dry_run(here: Run, song: Path) -> None:
    ran = here("mfcc", "song.wav", "--figure", "song.png", "-n", cwd=song)
    assert ran.lines[1] == "would write song.png  figure"
    assert not (song / "song.png").exists()
    ran = here("mfcc", "song.wav", "--figure", "song.png", "--json", cwd=song)
    assert (json.loads(ran.out)["results"][0]["shape"], ran.err) == ([100, 13, 1], "")
    assert (song / "song.png").exists()


def test_beside_a_result_on_standard_output(run: Run, song: Path) -> None:
    ran = run("mfcc", "-", "--figure", "song.png", "--preview", stdin=song / "song.wav", cwd=song, **PLAIN)
    assert ran.out == (run("mfcc", "song.wav", "-o", "-", cwd=song).out)
    assert (song / "song.png").exists()
    assert ran.lines[-1] == RANGE.replace("song.wav", "standard input")


def test_a_preview_is_a_picture_of_the_features_and_their_range(here: Run, song: Path) -> None:
    ran = here("mfcc", "song.wav", "--preview", cwd=song, **PLAIN)
    first, *rows, last = ran.lines
    assert (first, last, ran.out) == (f"wrote song.mfcc13.npy  {LINE}", RANGE, b"")
    levels = cnnkit.levels(np.load(song / "song.mfcc13.npy")[..., 0].T[::-1], "minmax")
    assert "\n".join(rows) == preview(levels, 80, NO_COLOURS, keeps_aspect=False)
    assert len(rows) == 20  # 13 rows, three times as high, two to a line
    assert json.loads(here("mfcc", "song.wav", "--preview", "--json", cwd=song).out)["results"]


def test_a_preview_of_every_sound(here: Run, song: Path) -> None:
    shutil.copy(song / "song.wav", song / "other.wav")
    ran = here("mfcc", "song.wav", "other.wav", "--preview", "-n", cwd=song, **PLAIN)
    assert [line for line in ran.lines if "time to the right" in line] == [RANGE, RANGE.replace("song", "other")]


@pytest.mark.parametrize(
    ("words", "code", "problem", "hint"),
    [
        ("song.wav song.wav --figure a.svg", 2, "--figure draws one sound, not 2", "--out-dir DIR --format svg"),
        ("song.wav --figure a.gif", 2, "--figure a.gif names no format of a figure", "end its name in"),
        ("song.wav --figure song.svg -o song.svg", 2, "--figure song.svg is song.svg too", "a name of its own"),
        ("song.wav --figure ./song.mfcc13.png --format png", 2, "is song.mfcc13.png too", "a name of its own"),
        ("song.svg --figure song.svg --force", 1, "song.svg: there is no such file", "did you mean song.wav?"),
        ("song.wav --figure a.svg --print-shape", 2, "--figure and --print-shape are both given", "leave one out"),
        ("song.wav --preview --show-recipe", 2, "--preview and --show-recipe are both given", "leave one out"),
        ("song.wav --preview --quiet", 2, "--preview and --quiet are both given", "leave one of them out"),
        ("--figure a.svg", 2, "--figure has no sound to show", "name a sound"),
        ("--preview", 2, "--preview has no sound to show", "name a sound"),
        ("song.wav --figure no/a.svg", 1, "no to write into", "mkdir -p"),
        ("song.wav --figure a.svg --deltas columns", 1, "a picture shows the features of one sound", "--deltas out"),
        ("song.wav --preview --segment 1s", 1, "a picture shows the features of one sound", "without the picture"),
        ("song.wav --preview --features waveform", 1, "a waveform has none", "without the picture"),
    ],
)
def test_what_makes_no_sense_is_refused(
    here: Run, refused: Callable[..., None], song: Path, words: str, code: int, problem: str, hint: str
) -> None:
    refused(here("mfcc", *words.split(), cwd=song), code, problem, hint)
    assert [path.name for path in song.iterdir()] == ["song.wav"]


def test_a_figure_of_somebody_else_stays(here: Run, refused: Callable[..., None], song: Path) -> None:
    (song / "mine.svg").write_text("<svg/>")
    refused(here("mfcc", "song.wav", "--figure", "mine.svg", cwd=song), 1, "mine.svg exists and was not made by cnnkit")
    assert not (song / "song.mfcc13.npy").exists()
    assert here("mfcc", "song.wav", "--figure", "mine.svg", "-f", cwd=song).code == 0


def test_a_sound_is_never_the_figure(here: Run, refused: Callable[..., None], song: Path) -> None:
    (song / "song.wav").rename(song / "song.svg")
    sound = (song / "song.svg").read_bytes()
    refused(here("mfcc", "song.svg", "--figure", "song.svg", "-f", cwd=song), 2, "--figure song.svg is song.svg too")
    assert (song / "song.svg").read_bytes() == sound
