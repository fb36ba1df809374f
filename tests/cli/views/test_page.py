"""The file of --html: beside the result, with a part of large images, refused as figures are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

Run = Callable[..., Any]


def test_a_page_stands_beside_the_result_and_says_which_part_it_has(run: Run, folder: Path) -> None:
    ran = run("convolve", "image.png", "-k", "edge", "--html", "page.html", "--figure", "f.svg", cwd=folder)
    assert ran.err.splitlines()[-2:] == ["wrote f.svg  figure", "wrote page.html  page"]
    assert (folder / "image.edge.png").exists()
    text = (folder / "page.html").read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    np.save(folder / "large.npy", np.eye(200))
    ran = run("pool", "large.npy", "--html", "page.html", cwd=folder)
    assert ran.err.splitlines()[-2:] == [
        "large.npy: on the page, 0,0,128x128; --crop takes others",
        "replaced page.html  page",
    ]
    words = "--crop", "100,0,20x300", "--html", "page.html", "-o", "b.npy"
    ran = run("pool", "large.npy", *words, cwd=folder, CNNKIT_STATE_DIR=str(folder / "empty"))
    assert "large.npy: on the page, 100,0,20x128" in ran.err.splitlines()
    assert ran.err.splitlines()[-1] == "replaced page.html  page"  # by its mark


def test_a_part_without_a_window_is_refused_before_anything_is_written(here: Run, folder: Path) -> None:
    before = sorted(folder.iterdir())
    words = "-k", "edge", "--padding", "valid", "--crop", "0,0,2x2", "--html", "q.html"
    ran = here("convolve", "grey.png", *words, cwd=folder)
    assert ran.code == 1
    problem = "error: grey.png: --crop: a window spans 3x3 samples, the page 2x2"
    assert ran.lines[-2:] == [problem, "hint: use a smaller window, a larger part, or --padding same"]
    assert sorted(folder.iterdir()) == before
    np.save(folder / "large.npy", np.eye(150))
    before = sorted(folder.iterdir())
    ran = here("convolve", "large.npy", "-k", "box:131", "--padding", "valid", "--html", "q.html", cwd=folder)
    problem = "error: large.npy: --html: a window spans 131x131 samples, the page 128x128"
    assert ran.lines[-2:] == [problem, "hint: use a smaller window, or --padding same"]
    assert sorted(folder.iterdir()) == before


def test_all_frames_are_refused_before_anything_is_written(here: Run, folder: Path) -> None:
    frames = [Image.new("L", (6, 6), value) for value in (0, 255)]
    frames[0].save(folder / "film.gif", save_all=True, append_images=frames[1:])
    before = sorted(folder.iterdir())
    ran = here("pool", "film.gif", "--frame", "all", "--html", "p.html", cwd=folder)
    assert ran.lines == ["error: --html draws one frame, not all", "hint: choose one: --frame 1"]
    assert (ran.code, sorted(folder.iterdir())) == (2, before)
    assert here("pool", "film.gif", "--frame", "2", "--html", "p.html", cwd=folder).code == 0
    assert '"typed":["film.gif","--frame","2"]' in (folder / "p.html").read_text(encoding="utf-8")


def test_a_page_is_refused_as_figures_are(here: Run, folder: Path) -> None:
    assert here("pool", "image.png", "grey.png", "--html", "p.html", cwd=folder).err.startswith(
        "error: --html names one file for 2 inputs"
    )
    ran = here("pool", "image.png", "--html", "p.png", cwd=folder)
    assert ran.lines == ["error: --html p.png names no format of a page", "hint: end its name in .html"]
    (folder / "mine.html").write_text("<!DOCTYPE html><p>made by cnnkit 0.1.0")
    assert here("pool", "image.png", "--html", "mine.html", cwd=folder).code == 1
    ran = here("pool", "image.png", "--html", "p.html", "-n", "--json", cwd=folder)
    assert json.loads(ran.text)["page"] == {"output": "p.html", "action": "would write"}
    assert not (folder / "p.html").exists()


def test_the_page_keeps_what_was_typed_and_json_says_which_part_it_has(here: Run, folder: Path) -> None:
    np.save(folder / "large.npy", np.eye(150))
    kernels = "-k", "gaussian:sigma=2", "-k", "1/9 0; 0  1"
    ran = here("convolve", "large.npy", *kernels, "--html", "typed.html", "--json", "--crop", "3,4,20x9", cwd=folder)
    assert json.loads(ran.text)["page"] == {"output": "typed.html", "action": "wrote", "part": [3, 4, 20, 9]}
    text = (folder / "typed.html").read_text(encoding="utf-8")
    assert '"word":"gaussian:sigma=2"' in text
    assert '"word":"1/9 0; 0  1"' in text
    words = "--raw", "8000,s16le", "--features", "waveform", "--sample-rate", "4000"
    (folder / "-a.bin").write_bytes(bytes(800))
    assert here("pool", *words, "--size", "1x2", "--html", "s.html", "--", "-a.bin", cwd=folder).code == 0
    typed = ["./-a.bin", "--features", "waveform", "--sample-rate", "4000", "--raw", "8000,s16le"]
    assert f'"typed":{json.dumps(typed, separators=(",", ":"))}' in (folder / "s.html").read_text(encoding="utf-8")
    assert here("convolve", "-1 2; 3 4", "-k", "edge", "--html", "g.html", "-o", "g.npy", cwd=folder).code == 0
    assert '"typed":["-1 2; 3 4"]' in (folder / "g.html").read_text(encoding="utf-8")


def test_kernels_that_are_combined_are_each_on_the_page(here: Run, folder: Path) -> None:
    kernels = "-k", "sobel-x", "-k", "sobel-y", "--combine", "magnitude"
    ran = here("convolve", "grey.png", *kernels, "--html", "p.html", cwd=folder)
    assert ran.err.splitlines()[-1] == "wrote p.html  page"
    text = (folder / "p.html").read_text(encoding="utf-8")
    assert text.count('"family":"of this command"') == 2
    assert "their results are not combined here" in text


@pytest.mark.parametrize("option", ["--html first.html", "--figure first.png", "--animate first.gif"])
def test_a_first_run_on_a_machine_writes_once(here: Run, tmp_path: Path, option: str) -> None:
    grid = ("5 3 1; 2 6 4; 0 8 7", "-k", "1 0; 0 1")
    ran = here("convolve", *grid, *option.split(), cwd=tmp_path, CNNKIT_CACHE_DIR=str(tmp_path / "loops"))
    assert ran.code == 0, ran.err
    assert ran.lines[-1].startswith("wrote first."), ran.err
