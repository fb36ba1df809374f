"""What the README promises of ``--json``: one object, whatever happens, with all that is said without it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image

from cnnkit.cli.app import run as door

pytestmark = pytest.mark.usefixtures("nothing_is_compiled", "folder")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with an image, a sound and a file without a byte."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.arange(24, dtype=np.uint8).reshape(4, 6)).save("image.png")
    soundfile.write("song.wav", np.zeros(4000), 8000)
    Path("empty.txt").touch()


def told(capfd: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    assert door([*words, "--json"]) == code
    out, err = capfd.readouterr()
    assert bool(err) == bool(code)
    return json.loads(out)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("shape", "nofile.png"), "nofile.png"),
        (("shape", "empty.txt"), "empty.txt"),
        (("shape", "@nofile.txt"), "nofile.txt"),
        (("shape", "8x8x1", "conv3-4", "--expect", "9x9x4"), "9x9x4"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_an_error_that_ends_a_command_is_in_the_object(
    words: tuple[str, ...], problem: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """With its hint, and of no input."""
    found = told(capfd, *words, code=1)
    (error,) = found["errors"]
    assert (found["command"], found["results"], error["input"]) == (words[0], [], None)
    assert problem in error["problem"]
    assert error["hint"]


def test_no_input_is_an_error_in_the_object(run: Callable[..., Any]) -> None:
    for changes in ({}, {"PYTHONUNBUFFERED": "1"}):
        ran = run("convolve", "-k", "edge", "--json", stdin=b"", **changes)
        assert (ran.code, len(ran.lines)) == (1, 2)
        assert json.loads(ran.out)["errors"][0]["problem"] == "standard input closed without a byte"


def test_an_explanation_is_in_the_result(capfd: pytest.CaptureFixture[str]) -> None:
    """As the lines that are printed otherwise."""
    for words in (
        ("convolve", "image.png", "-k", "edge", "-n"),
        ("pool", "image.png", "-n"),
        ("convolve", "song.wav", "-k", "edge", "-n"),
        ("mfcc", "song.wav", "-n"),
        ("mfcc", "song.wav", "--print-shape"),
    ):
        assert door([*words, "--explain"]) == 0
        lines = capfd.readouterr().err.splitlines()
        explanation = told(capfd, *words, "--explain")["results"][0]["explanation"]
        assert len(explanation) > 2
        assert set(explanation) <= set(lines)
        assert "explanation" not in told(capfd, *words)["results"][0]


def test_the_shape_of_what_was_replaced_is_in_the_result(capfd: pytest.CaptureFixture[str]) -> None:
    for size, found in (("1", None), ("2", "4x6x1"), ("2", None)):
        assert (
            told(capfd, "pool", "image.png", "--size", size, "-o", "x.tif")["results"][0].get("shape_before") == found
        )
