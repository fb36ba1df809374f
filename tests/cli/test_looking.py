"""What is seen of a run: grids that are typed in, results written out, in words and in JSON; it changes no result."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import environment

Run = Callable[..., Any]

LECTURE = "5 3 1 0; 2 6 4 1; 0 8 7 2"
DIAGONAL = "1 0 0; 0 1 0; 0 0 1"


def test_the_lectures_grid_as_it_is_typed(here: Run, tmp_path: Path) -> None:
    ran = here("convolve", LECTURE, "-k", DIAGONAL, cwd=tmp_path)
    assert ran.code == 0
    assert ran.text.endswith("9 products: 5 + 0 + 0 + 0 + 6 + 0 + 0 + 0 + 7 = 18\n")
    assert "0 | 5  3  1  0 | 0    0  0  1        0  10  13  6\n" in ran.text
    assert list(tmp_path.iterdir()) == []  # nothing is written unless -o says where


@pytest.mark.parametrize("words", [("--size", "2"), ("--size", "2", "--type", "average"), ("--size", "global")])
def test_a_grid_is_pooled(here: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    ran = here("pool", LECTURE, *words, cwd=tmp_path)
    assert ran.code == 0
    assert ran.text.startswith("image 3x4")
    assert "row 0, column 0" in ran.text


def test_a_grid_goes_into_a_file_where_one_is_named(here: Run, tmp_path: Path) -> None:
    ran = here("convolve", LECTURE, "-k", DIAGONAL, "-o", "out.csv", cwd=tmp_path)
    assert (ran.text, ran.lines[-1]) == ("", "wrote out.csv  3x4 float64")
    assert (tmp_path / "out.csv").read_text() == "11,7,2,0\n10,18,9,2\n0,10,13,6\n"
    assert here("convolve", LECTURE, "-k", DIAGONAL, "-k", "edge", "--out-dir", "x", cwd=tmp_path).code == 0
    assert {path.name for path in (tmp_path / "x").iterdir()} == {"grid.k3x3-c4f4.csv", "grid.edge.csv"}


def test_a_quiet_grid_is_its_numbers(here: Run, tmp_path: Path) -> None:
    ran = here("convolve", LECTURE, "-k", DIAGONAL, "-q", cwd=tmp_path)
    assert ran.text == "11 7 2 0\n10 18 9 2\n0 10 13 6\n"
    again = here("pool", ran.text, "--size", "global", "-q", cwd=tmp_path)
    assert again.text == "18\n"


def test_several_maps_of_a_grid_are_all_printed(here: Run, tmp_path: Path) -> None:
    ran = here("convolve", "1 2; 3 4", "-k", "1", "-k", "2", "--depth", "sum", "-q", cwd=tmp_path)
    assert ran.text == "1 2\n3 4\n\n2 4\n6 8\n"


def test_a_file_of_that_name_comes_first(here: Run, tmp_path: Path) -> None:
    (tmp_path / "1").write_text("1 2\n3 4\n")
    ran = here("pool", "1", "--size", "2", cwd=tmp_path)
    assert ran.lines[-1] == "wrote 1.maxpool2.csv  1x1 float64"
    assert (tmp_path / "1.maxpool2.csv").read_text() == "4\n"


@pytest.mark.parametrize(
    ("name", "text"), [("a.csv", "1,2,3\n4,5,6\n"), ("a.txt", "1 2 3\n4 5 6\n"), ("a.dat", "1;2;3\n4;5;6")]
)
def test_tables_are_images_and_results_of_them_are_tables(here: Run, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert here("convolve", name, "-k", "1 1", "--padding", "valid", cwd=tmp_path).code == 0
    (out,) = tmp_path.glob("a.k1x2-*.csv")
    assert out.read_text() == "3,5\n9,11\n"
    assert here("shape", name, "conv3-4", cwd=tmp_path).text.splitlines()[1].split()[:2] == ["input", "2x3x1"]


def test_explaining_writes_out_the_strongest_result(here: Run, folder: Path, colour_samples: Any) -> None:
    ran = here("convolve", "image.png", "-k", "edge", "--explain", cwd=folder)
    lines = ran.err.splitlines()
    assert ran.text == ""
    assert sum(line.startswith("row ") for line in lines) == 3  # R, G and B
    assert any(line.startswith("computed: ") for line in lines)
    assert lines[-1].startswith("wrote image.edge.png")


def test_places_that_are_asked_for(here: Run, folder: Path, colour_samples: Any) -> None:
    ran = here("pool", "image.png", "--at", "0,1", "--at", "2,3", cwd=folder)
    places = [line.partition(":")[0] for line in ran.err.splitlines() if line.startswith("row ")]
    assert places == [f"row {i}, column {j}, {c}" for i, j in ((0, 1), (2, 3)) for c in "RGB"]
    refused = here("pool", "image.png", "--at", "9999,0", "-f", cwd=folder)
    assert refused.code == 1
    assert "there is no result at row 9999, column 0" in refused.err
    hint = refused.err.splitlines()[-1].removeprefix("hint: use ").split()
    assert here("pool", "image.png", *hint, "-f", cwd=folder).code == 0


def test_the_same_in_json(here: Run, tmp_path: Path) -> None:
    ran = here("convolve", LECTURE, "-k", DIAGONAL, "--explain", "--at", "0,0", "--json", cwd=tmp_path)
    (result,) = json.loads(ran.text)["results"]
    assert result["values"] == [[11, 7, 2, 0], [10, 18, 9, 2], [0, 10, 13, 6]]
    assert result["shape"] == [3, 4]
    (window,) = result["windows"]
    assert (window["row"], window["column"], window["corner"], window["value"]) == (0, 0, [-1, -1], 11)
    assert np.array(window["samples"])[..., 0].tolist() == [[0, 0, 0], [0, 5, 3], [0, 2, 6]]
    assert np.array(window["products"]).sum() == 11
    assert window["padding"][0] == [True, True, True]
    assert any(line.startswith("kernel ") for line in result["explanation"])


def test_the_picture_is_the_same_whether_one_looks_or_not(here: Run, folder: Path, colour_samples: Any) -> None:
    here("convolve", "image.png", "-k", "edge", "-o", "a.png", cwd=folder)
    here("convolve", "image.png", "-k", "edge", "--explain", "--crop", "0,0,4x4", "-o", "b.png", cwd=folder)
    from PIL import Image

    np.testing.assert_array_equal(np.asarray(Image.open(folder / "a.png")), np.asarray(Image.open(folder / "b.png")))


def test_levels_are_said_beside_the_sums(here: Run, folder: Path, colour_samples: Any) -> None:
    ran = here("convolve", "image.png", "-k", "edge", "--at", "3,4", cwd=folder)
    from PIL import Image

    levels = np.asarray(Image.open(folder / "image.edge.png"))[3, 4]
    assert [line for line in ran.err.splitlines() if line.startswith("in the picture")] == [
        f"in the picture: {level}" for level in levels
    ]


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no pseudo-terminals")
def test_a_small_file_is_shown_on_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1,2,3\n4,5,6\n")
    ours, theirs = os.openpty()
    words = [sys.executable, "-m", "cnnkit", "convolve", "a.csv", "-k", "1 1"]
    subprocess.run(
        words, cwd=tmp_path, stderr=theirs, stdin=subprocess.DEVNULL, env=environment(), check=True, timeout=60
    )
    os.close(theirs)
    shown = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert "image 2x3" in shown
    assert shown.rstrip().splitlines()[-1].startswith("wrote a.k1x2-")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--at", "1"), "--at '1' is no place"),
        (("--crop", "1,2"), "--crop '1,2' is no place"),
        (("--at", "all", "--at", "0,0"), "--at all and --at 0,0 are both given"),
    ],
)
def test_wrong_words_end_the_command(here: Run, tmp_path: Path, words: tuple[str, ...], problem: str) -> None:
    ran = here("convolve", LECTURE, "-k", "edge", *words, cwd=tmp_path)
    assert ran.code == 2
    assert ran.err.startswith(f"error: {problem}")


def test_a_word_that_is_nearly_a_grid_is_said_to_be_no_file(here: Run, tmp_path: Path) -> None:
    ran = here("convolve", "5 3 x; 2 6 4", "-k", "edge", cwd=tmp_path)
    assert ran.code == 2
    assert "'5 3 x; 2 6 4' is no file, and no grid of numbers" in ran.err
    ran = here("convolve", "5 3; 2", "-k", "edge", cwd=tmp_path)
    assert "the grid: row 2 has 1 number, row 1 has 2" in ran.err


def test_a_preview_shows_the_result_and_its_range(here: Run, folder: Path, colour_samples: Any) -> None:
    ran = here("convolve", "image.png", "-k", "edge", "--preview", cwd=folder)
    wrote, *picture, line = ran.err.splitlines()
    assert wrote.startswith("wrote image.edge.png")
    assert picture
    assert max(map(len, picture)) <= 80
    assert line.startswith("image.png: ")
    assert "values " in line
    assert here("pool", LECTURE, "--preview", cwd=folder).err.splitlines()[-1] == "the grid: 1x2x1, values 4 to 6"
    both = here("pool", LECTURE, "--preview", "-q", cwd=folder)
    assert (both.code, both.err.splitlines()[0]) == (2, "error: --preview and --quiet are both given")


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_a_figure_stands_beside_the_result(here: Run, folder: Path, colour_samples: Any, ending: str) -> None:
    ran = here("convolve", "image.png", "-k", "sobel-x", "-k", "box", "--figure", f"f.{ending}", cwd=folder)
    assert ran.code == 0
    assert ran.err.splitlines()[-1] == f"wrote f.{ending}  figure"
    assert (folder / f"f.{ending}").read_bytes()[:5] in (b"\x89PNG\r", b"<?xml", b"%PDF-")
    assert {"image.sobel-x.png", "image.box.png"} <= {path.name for path in folder.iterdir()}


def test_a_figure_is_of_one_input_and_replaces_nothing(here: Run, folder: Path, colour_samples: Any) -> None:
    ran = here("pool", "image.png", "grey.png", "--figure", "f.png", cwd=folder)
    assert (ran.code, ran.err.splitlines()[0]) == (2, "error: --figure names one file for 2 inputs")
    ran = here("pool", "image.png", "--figure", "image.png", cwd=folder)
    assert (ran.code, ran.err.splitlines()[0]) == (2, "error: --figure image.png is image.png too")
    (folder / "mine.png").write_text("mine")
    ran = here("pool", "image.png", "--figure", "mine.png", cwd=folder)
    assert (ran.code, (folder / "mine.png").read_text()) == (1, "mine")
    assert not (folder / "image.maxpool2.png").exists()


def test_a_sound_is_drawn_with_axes_and_else_an_array(here: Run, tmp_path: Path) -> None:
    import shutil

    shutil.copy(Path(__file__).parents[2] / "examples" / "song.wav", tmp_path)
    assert (
        here("pool", "song.wav", "--size", "4x1", cwd=tmp_path).lines[-1]
        == "wrote song.logmel.maxpool4x1.npy  25x26x1 float32"
    )
    assert here("pool", "song.wav", "-o", "a.png", "--figure", "b.svg", cwd=tmp_path).code == 0
    from PIL import Image

    with Image.open(tmp_path / "a.png") as picture:
        assert picture.width == 1200
    assert here("pool", "song.wav", "-o", "a.jpg", cwd=tmp_path).lines[-1] == (
        "hint: write .png, .svg or .pdf, or the numbers as .npy"
    )
    (tmp_path / "g.csv").write_text("1 2\n3 4")
    refused = here("pool", "g.csv", "-o", "a.svg", cwd=tmp_path)
    assert refused.err == (
        "error: g.csv: a .svg file is a figure, and this result is a picture\n"
        "hint: write .png; for a figure add --figure FILE.svg\n"
    )


def test_a_grid_may_begin_with_a_negative_number(here: Run, tmp_path: Path) -> None:
    ran = here("convolve", "-1 0 1; 2 3 4", "-k", "0 1 0", "-q", cwd=tmp_path)
    assert ran.text == "-1 0 1\n2 3 4\n"


@pytest.mark.parametrize("word", ["5 3 x; 2 6 4", "1 2 | 3 4", "[1 2 3; 4 5 6]"])
def test_what_is_nearly_a_grid_is_answered_by_how_one_is_written(here: Run, tmp_path: Path, word: str) -> None:
    ran = here("pool", word, cwd=tmp_path)
    assert ran.code == 2
    assert ran.err == (
        f"error: '{word}' is no file, and no grid of numbers\n"
        "hint: write rows of numbers as '1 2 3; 4 5 6', or check the name\n"
    )


def test_all_results_of_a_large_image_are_too_many(here: Run, folder: Path, colour_samples: Any) -> None:
    ran = here("pool", "image.png", "--size", "1", "--at", "all", cwd=folder)
    assert ran.code == 1
    assert "results are too many to write out; the most are 400" in ran.err
    hint = ran.err.splitlines()[-1].removeprefix("hint: look at a part: ").split()
    part = here("pool", "image.png", "--size", "1", *hint, cwd=folder)
    assert part.code == 0
    assert sum(line.startswith("row ") for line in part.err.splitlines()) == 3 * 144


def test_of_a_crop_the_strongest_is_looked_for_in_it(here: Run, tmp_path: Path) -> None:
    ran = here("convolve", "1 2 3; 4 5 6", "-k", "1", "--crop", "1,1,1x1", cwd=tmp_path)
    assert "row 1, column 1: window over rows 1 to 1, columns 1 to 1" in ran.text
    assert "column 2:" not in ran.text


def test_several_inputs_are_told_apart(here: Run, folder: Path, colour_samples: Any) -> None:
    ran = here("convolve", "image.png", "grey.png", "-k", "edge", "--at", "0,0", cwd=folder)
    lines = ran.err.splitlines()
    assert lines[0] == "image.png:"
    assert "grey.png:" in lines


def test_a_table_says_what_is_no_number(here: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y,z\n1,2,3\n4,5,6\n")
    ran = here("pool", "a.csv", cwd=tmp_path)
    assert ran.err == (
        "error: a.csv: row 1 has a word, 'x', where a number is expected\nhint: leave the line of headings out\n"
    )
