"""``cnnkit learn`` as a process: kernels that come back, files that are written, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import cnnkit
from tests.conftest import Ran

Run = Callable[..., Ran]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    image = np.random.default_rng(0).integers(20, 230, (40, 50), np.uint8)
    Image.fromarray(image).save(tmp_path / "before.png")
    cnnkit.write(tmp_path / "after.npy", cnnkit.convolve(image, "sharpen", bias=3))
    Image.fromarray(cnnkit.convolve(image, "gaussian:size=3", dtype="uint8")).save(tmp_path / "soft.png")
    return tmp_path


def test_a_worked_example(here: Run) -> None:
    ran = here("learn")
    assert ran.code == 0
    lines = ran.text.splitlines()
    assert lines[0] == "a 3x3 kernel, learned from 8,836 windows"
    assert "-1   8  -1" in lines
    assert any(line.startswith("this is edge, to ") for line in lines)
    assert ran.lines == ["no images are named: the built-in picture, before and after the kernel edge"]


def test_the_kernel_is_one_for_convolve(here: Run, place: Path) -> None:
    ran = here("learn", "before.png", "after.npy", "--bias", "-o", "k.json", cwd=place)
    assert ran.code == 0
    assert ran.lines[-1] == "wrote k.json  kernel"
    assert "this is sharpen, to" in ran.text
    assert "bias 3" in ran.text.splitlines()
    kernel = json.loads((place / "k.json").read_text())
    np.testing.assert_allclose(kernel["weights"], [[0, -1, 0], [-1, 5, -1], [0, -1, 0]], atol=1e-6)
    np.testing.assert_allclose(kernel["bias"], [3], atol=1e-4)
    assert here("convolve", "before.png", "-k", "@k.json", "-o", "again.npy", cwd=place).code == 0
    np.testing.assert_allclose(np.load(place / "again.npy"), np.load(place / "after.npy"), atol=1e-3)
    assert here("convolve", "before.png", "-k", "@k.json", "--bias", "0", "-o", "plain.npy", cwd=place).code == 0
    difference = np.load(place / "again.npy") - np.load(place / "plain.npy")
    np.testing.assert_allclose(difference, 3, atol=1e-3)


def test_an_offset_is_said_and_json_has_it_all(here: Run, place: Path) -> None:
    assert (
        "results are 3 above the sums on average: --bias learns that"
        in here("learn", "before.png", "after.npy", cwd=place).text
    )
    ran = here("learn", "before.png", "soft.png", "--method", "exact", "--json", cwd=place)
    (result,) = json.loads(ran.out)["results"]
    np.testing.assert_allclose(result["weights"], cnnkit.kernel("gaussian:size=3").weights, atol=0.02)
    assert result["inputs"] == ["before.png", "soft.png"]
    assert result["windows"] == 38 * 48
    assert result["least_squares"]["distance"] == 0
    assert len(result["path"]) == 1


def test_figure_and_animation(here: Run, place: Path) -> None:
    ran = here(
        "learn", "before.png", "soft.png", "--steps", "300", "--figure", "f.png", "--animate", "a.gif", "--force",
        cwd=place,
    )  # fmt: skip
    assert ran.code == 0
    assert ran.lines == ["wrote f.png  figure", "wrote a.gif  animation"]
    with Image.open(place / "a.gif") as animation:
        assert animation.n_frames > 5
    with Image.open(place / "f.png") as figure:
        assert min(figure.size) > 400


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (["before.png"], 2, "1 image is given, and each before needs an after"),
        (["before.png", "soft.png", "-o", "k.png"], 2, "--output k.png names no format of a kernel"),
        (["before.png", "soft.png", "--size", "0"], 2, "size 0"),
        (["before.png", "soft.png", "--optimiser", "sgdd"], 2, "unknown optimiser 'sgdd'"),
        (["before.png", "none.png"], 1, "none.png: there is no such file"),
        (["7 7 7; 7 7 7; 7 7 7", "9 9 9; 9 9 9; 9 9 9"], 1, "1 windows determine 0 of 9 weights"),
        (["before.png", "soft.png", "--epochs", "5"], 2, "no such option: --epochs"),
    ],
)
def test_what_is_refused(arguments: list[str], code: int, problem: str, here: Run, place: Path) -> None:
    ran = here("learn", *arguments, cwd=place)
    assert (ran.code, ran.out) == (code, b"")
    assert problem.lower() in ran.err.lower()
    assert "hint: " in ran.err


def test_a_foreign_file_is_not_replaced(here: Run, place: Path) -> None:
    (place / "k.json").write_text("mine")
    ran = here("learn", "before.png", "soft.png", "-o", "k.json", cwd=place)
    assert ran.code == 1
    assert (place / "k.json").read_text() == "mine"
    assert here("learn", "before.png", "soft.png", "-o", "k.json", "--force", cwd=place).code == 0
