"""``--animate``: the file that is written, the part that is shown, and what is too much to be followed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnkit.cli.views.animation import MOST_CELLS, _around
from cnnkit.views.frames.page import MARGIN, TALLEST, WIDEST

Run = Callable[..., Any]

LECTURE, DIAGONAL = "5 3 1 0; 2 6 4 1; 0 8 7 2", "1 0 0; 0 1 0; 0 0 1"
LECTURE_BYTES = {"gif": 60_000, "apng": 40_000, "webp": 15_000}


def frame_count(path: Path) -> int:
    with Image.open(path) as image:
        return int(getattr(image, "n_frames", 1))


@pytest.mark.parametrize("ending", ["gif", "webp", "apng", "GIF"])
def test_the_lectures_grid_in_motion(here: Run, tmp_path: Path, ending: str) -> None:
    ran = here("convolve", LECTURE, "-k", DIAGONAL, "--animate", f"a.{ending}", cwd=tmp_path)
    assert (ran.code, ran.lines) == (0, [f"wrote a.{ending}  animation"])
    assert ran.text == here("convolve", LECTURE, "-k", DIAGONAL, cwd=tmp_path).text
    path = tmp_path / f"a.{ending}"
    assert frame_count(path) == 12
    assert path.stat().st_size < LECTURE_BYTES[ending.lower()]


@pytest.mark.parametrize("ending", ["gif", "webp", "apng"])
def test_it_is_replaced_by_its_mark_and_those_of_others_are_not(here: Run, tmp_path: Path, ending: str) -> None:
    words = ("pool", LECTURE, "--animate", f"a.{ending}")
    here(*words, cwd=tmp_path)
    ran = here("pool", "5 3 1 0; 2 6 4 9", *words[2:], cwd=tmp_path, CNNKIT_STATE_DIR=str(tmp_path / "other"))
    assert ran.lines == [f"replaced a.{ending}  animation"]
    Image.new("RGB", (4, 4)).save(tmp_path / f"a.{ending}", "PNG" if ending == "apng" else None)
    before = (tmp_path / f"a.{ending}").read_bytes()
    ran = here(*words, cwd=tmp_path)
    assert (ran.code, (tmp_path / f"a.{ending}").read_bytes()) == (1, before)


def test_beside_a_result_as_a_figure_is(here: Run, folder: Path) -> None:
    ran = here("pool", "grey.png", "--animate", "a.gif", "--figure", "b.svg", "--json", cwd=folder)
    found = json.loads(ran.text)
    part = {"row": 12, "column": 22, "rows": 8, "columns": 8}
    assert found["animation"] == {"output": "a.gif", "action": "wrote", "part": part}
    assert found["figure"] == {"output": "b.svg", "action": "wrote"}
    ran = here("pool", "grey.png", "--animate", "c.gif", "-n", cwd=folder)
    assert ran.lines[-1] == "would write c.gif  animation"
    assert not (folder / "c.gif").exists()
    assert here("pool", "grey.png", "--animate", "c.gif", "-q", cwd=folder).err == ""
    assert (folder / "c.gif").exists()


def test_of_a_large_image_the_surroundings_of_the_strongest_result(here: Run, tmp_path: Path) -> None:
    image = np.zeros((60, 90), np.uint8)
    image[40, 70] = 255
    Image.fromarray(image).save(tmp_path / "dot.png")
    ran = here("convolve", "dot.png", "-k", "edge", "--animate", "a.gif", cwd=tmp_path)
    assert "dot.png: animated: --crop 37,67,8x8, around the strongest result" in ran.lines
    assert frame_count(tmp_path / "a.gif") == 36
    ran = here("convolve", "dot.png", "-k", "edge", "--crop", "38,68,5x6", "--animate", "b.gif", cwd=tmp_path)
    assert not any("animated" in line for line in ran.lines)
    ran = here("convolve", "dot.png", "-k", "edge", "--at", "20,20", "--animate", "d.gif", cwd=tmp_path)
    assert any(line.endswith("dot.png: animated: --crop 17,17,8x8, around --at") for line in ran.lines)
    assert frame_count(tmp_path / "b.gif") == 3 * 4
    many = [word for kernel in ("edge", "box", "sobel-x", "sobel-y", "sharpen") for word in ("-k", kernel)]
    assert here("convolve", "dot.png", *many, "--animate", "c.gif", cwd=tmp_path).code == 0
    assert frame_count(tmp_path / "c.gif") <= 150


@pytest.mark.parametrize("step", [1, 2, 3, 9])
@pytest.mark.parametrize("span", [1, 3, 8, 24])
def test_a_part_lies_in_the_image_and_its_windows_are_those_of_the_run(span: int, step: int) -> None:
    for end in (span, span + 3, 40):
        for first in range(0, end - span + 1, step):
            row, _, rows, _ = _around((first, 0), (span, 1), (step, 1), (end, 1), (12, 12))
            assert 0 <= row <= first <= first + span <= row + rows <= end
            assert rows <= MOST_CELLS
            assert (first - row) % step == 0
        row, _, rows, _ = _around((end - 1, 0), (span, 1), (step, 1), (end, 1), (12, 12))  # where a crop begins
        assert 0 <= row < row + rows <= end


def test_a_part_holds_a_few_windows_where_these_are_far_apart(here: Run, folder: Path) -> None:
    ran = here("pool", "grey.png", "--size", "4", "--animate", "a.gif", cwd=folder)
    assert any(line.startswith("grey.png: animated: --crop ") for line in ran.lines)
    assert frame_count(folder / "a.gif") == 3 * 3


def test_frames_of_a_file_are_animated_one_at_a_time(here: Run, refused: Callable[..., None], folder: Path) -> None:
    here("pool", LECTURE, "--animate", "film.gif", "-q", cwd=folder)
    ran = here("pool", "film.gif", "--frame", "all", "--animate", "a.gif", cwd=folder)
    assert (ran.code, ran.lines[-2:]) == (
        2,
        ["error: --animate draws one frame, not all", "hint: choose one: --frame 1"],
    )
    assert here("pool", "film.gif", "--frame", "2", "--animate", "a.gif", cwd=folder).code == 0


def test_a_result_in_the_corner_is_shown_with_its_padding(here: Run, tmp_path: Path) -> None:
    image = np.zeros((60, 90, 3), np.uint8)
    image[1, 1] = 255
    Image.fromarray(image).save(tmp_path / "dot.png")
    ran = here("convolve", "dot.png", "-k", "edge", "--stride", "2x1", "--animate", "a.gif", cwd=tmp_path)
    assert any("animated: --crop 0,0,7x8" in line for line in ran.lines)
    assert here("pool", "dot.png", "--size", "3", "--padding", "1", "--animate", "b.gif", cwd=tmp_path).code == 0


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("convolve", "grey.png", "-k", "edge", "--crop", "0,0,20x20"), "380 results; at most 150 are animated"),
        (("convolve", "image.png", "-k", "edge", "--crop", "1,2,19x29"), "19x29 samples; at most 24x24 are animated"),
        (("convolve", "grey.png", "-k", "gaussian:size=7,sigma=2", "--crop", "5,5,4x4"), "no window lies in it"),
        (("pool", "grey.png", "--crop", "9,9,1x1"), "no window lies in it"),
        (("convolve", "grey.png", "-k", "edge", "-k", "box", "--crop", "4,4,12x12"), "200 results; at most 150"),
        (("convolve", "image.png", "-k", "sobel-x", "--depth", "sum", "--crop", "5,5,3x24"), "3x24 samples with their"),
    ],
)
def test_too_much_is_refused_with_a_part_that_works(
    here: Run, folder: Path, words: tuple[str, ...], problem: str
) -> None:
    ran = here(*words, "--animate", "a.gif", cwd=folder)
    assert ran.code == 1
    assert f"error: {words[1]}: --crop: {problem}" in ran.err
    assert not (folder / "a.gif").exists()
    assert "wrote" not in ran.err
    hint = ran.lines[-1].removeprefix("hint: use ").split()
    assert here(*words[:-2], *hint, "--animate", "a.gif", cwd=folder).code == 0
    assert 1 <= frame_count(folder / "a.gif") <= 150


@pytest.mark.parametrize(
    ("words", "problem", "hint"),
    [
        (("--animate", "a.mp4"), "--animate a.mp4 names no format of an animation", ".gif, .webp or .apng"),
        (("--animate", "image.gif", "image.png"), "--animate names one file for 2 inputs", "name one input"),
        (("--animate", "no/a.gif"), "there is no folder", ""),
        (
            ("--size", "global", "--animate", "a.gif"),
            "--animate: windows of 20x31 samples and their numbers cannot be read at once",
            "--figure FILE.png",
        ),
    ],
)
def test_words_that_cannot_be_followed(
    here: Run, folder: Path, words: tuple[str, ...], problem: str, hint: str
) -> None:
    ran = here("pool", "grey.png", *words, cwd=folder)
    assert ran.code in (1, 2)
    assert problem in ran.err
    assert hint in ran.lines[-1]
    assert "wrote" not in ran.err


def test_results_that_become_one_are_not_animated(here: Run, refused: Callable[..., None], folder: Path) -> None:
    words = ("-k", "sobel-x", "-k", "sobel-y", "--combine", "max", "--animate", "a.gif")
    refused(here("convolve", "grey.png", *words, cwd=folder), 2, "--animate and --combine are both given")


def test_a_sound_is_animated_as_its_numbers(here: Run, tmp_path: Path) -> None:
    import shutil

    shutil.copy(Path(__file__).parents[3] / "examples" / "song.wav", tmp_path)
    ran = here("pool", "song.wav", "--size", "2", "--animate", "a.webp", cwd=tmp_path)
    assert ran.code == 0
    assert frame_count(tmp_path / "a.webp") > 8


KERNELS = [
    "edge",
    "box",
    "sobel-x",
    "sobel-y",
    "sharpen",
    "emboss",
    "laplacian",
    "prewitt-x",
    "prewitt-y",
    "scharr-x",
    "scharr-y",
    "identity",
]


@pytest.mark.parametrize(
    "words",
    [
        ("-k", "edge", "--stride", "20"),
        ("-k", "gaussian:sigma=1"),
        tuple(word for kernel in KERNELS for word in ("-k", kernel)),
        ("-k", "edge", "--depth", "sum"),
        ("-k", "@stack.npy"),
    ],
    ids=str,
)
def test_frames_are_seen_whole_on_a_phone(here: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    random = np.random.default_rng(3)
    Image.fromarray(random.integers(0, 256, (60, 90, 3), dtype=np.uint8)).save(tmp_path / "a.png")
    np.save(tmp_path / "stack.npy", random.integers(-9, 9, (3, 3, 3, 6)).astype(float))
    ran = here("convolve", "a.png", *words, "--animate", "a.gif", "--out-dir", ".", cwd=tmp_path)
    assert ran.code == 0, ran.err
    with Image.open(tmp_path / "a.gif") as image:
        assert image.width <= WIDEST + 2 * MARGIN
        assert image.height <= TALLEST
    assert frame_count(tmp_path / "a.gif") <= 150
    assert ("a.png: animated: 8 of 12 kernels" in ran.lines) == (len(words) > 8)


def test_long_floats_fit_too(here: Run, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.random.default_rng(3).normal(size=(40, 40)))
    assert here("convolve", "a.npy", "-k", "gaussian:sigma=1", "--animate", "a.gif", cwd=tmp_path).code == 0
    with Image.open(tmp_path / "a.gif") as image:
        assert image.width <= WIDEST + 2 * MARGIN
    assert frame_count(tmp_path / "a.gif") == 9
