"""``cnnkit kernels``: the list, any kernel a user can write, words to look for, and the sheet."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import cnnkit
from cnnkit.cli.kernels import LONGEST_SIDE

Run = Callable[..., Any]
EXAMPLE = Path(__file__).parents[2] / "examples" / "song.wav"


@pytest.fixture(scope="module")
def listing(here: Run) -> Any:
    return here("kernels")


def test_every_preset_has_a_line_and_all_fit_a_page(listing: Any) -> None:
    assert listing.code == 0
    assert listing.err == ""
    lines = listing.text.splitlines()
    assert len(lines) <= 80
    assert max(map(len, lines)) <= 80
    rows = [line.split(maxsplit=2) for line in lines[:-1] if line.startswith("  ")]
    assert [row[0] for row in rows] == [preset.name for preset in cnnkit.kernels()]
    for preset, row in zip(cnnkit.kernels(), rows, strict=True):
        assert row[1:] == ["x".join(map(str, preset.kernel().size)), preset.detects]
    assert "cnnkit kernels sobel" in lines[-1]


def test_json_holds_the_weights(here: Run) -> None:
    answer = json.loads(here("kernels", "--json").out)
    assert answer["command"] == "kernels"
    assert answer["errors"] == []
    for preset, one in zip(cnnkit.kernels(), answer["results"], strict=True):
        assert one["name"] == preset.name
        assert (one["detects"], one["source"]) == (preset.detects, preset.source)
        np.testing.assert_array_equal(one["weights"], preset.kernel().weights)
        assert one["shape"] == list(preset.kernel().weights.shape)
        assert one["sum"] == pytest.approx(preset.kernel().weights.sum())


def test_kernels_by_name_literal_and_file(here: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("1 2; 3 -4.5")
    ran = here("kernels", "sobel:45", "1 0 -1", "@mine.txt", "gaussian:sigma=2", cwd=tmp_path)
    assert ran.code == 0
    heads = [block.splitlines()[0] for block in ran.text.split("\n\n")]
    assert [head.split()[0] for head in heads] == ["sobel45", "k1x3-6f1b", "mine", "gaussian-sigma2"]
    assert "1     2" in ran.text
    assert "-4.5" in ran.text
    assert ran.text.count("settings:") == 2


def test_a_sum_that_is_infinite_is_no_warning(here: Run) -> None:
    ran = here("kernels", "1e308 1e308 1")
    assert (ran.code, ran.err) == (0, "")
    assert ", sum inf\n" in ran.text


def test_fractions_are_shown_as_such(here: Run) -> None:
    ran = here("kernels", "binomial:3", "box")
    assert "  1/16 *\n  1  2  1\n  2  4  2\n  1  2  1\n" in ran.text
    assert "  1/9 *\n  1  1  1\n" in ran.text
    assert ran.text.rstrip().endswith("settings:\n    size=3  from 1 to 1001; 3x5 is 3 rows, 5 columns")


def test_a_layer_is_described_by_its_size(here: Run, tmp_path: Path) -> None:
    np.save(tmp_path / "layer.npy", np.arange(3 * 3 * 3 * 8.0).reshape(3, 3, 3, 8))
    ran = here("kernels", "@layer.npy", cwd=tmp_path)
    assert "3x3x3x8" in ran.text
    assert "from 0 to 215" in ran.text


def test_a_word_lists_what_it_describes(here: Run, listing: Any) -> None:
    ran = here("kernels", "vertical")
    assert ran.code == 0
    assert [line.split()[0] for line in ran.text.splitlines()] == [
        "gradient-x", "sobel-x", "scharr-x", "prewitt-x", "gaussian-x",
    ]  # fmt: skip
    assert set(ran.text.splitlines()) <= set(listing.text.splitlines())
    found = json.loads(here("kernels", "vertical", "box", "--json").out)["results"]
    assert [one["name"] for one in found][-2:] == ["gaussian-x", "box"]


def test_a_preset_that_is_a_word_too_names_the_others(here: Run) -> None:
    others = "edge-enhance, gradient-x, gradient-y, sobel, sobel-x, sobel-y"
    assert f"see also: {others}\n" in here("kernels", "edge").text
    for name in ("Sobel", "sobel_x"):
        assert here("kernels", name).text.startswith(f"{name.lower().replace('_', '-')}  3x3, sum 0\n")
    assert "see also" not in here("kernels", "edge", "box").text


@pytest.mark.parametrize(
    "name", ["sobell", "", "gaussian:sigma=x", "gaussian:size=-3", "1 2; 3", "@none.npy", "edge:3", "zebra"]
)
def test_what_is_no_kernel(here: Run, refused: Run, tmp_path: Path, name: str) -> None:
    refused(here("kernels", name, cwd=tmp_path), 2)


def test_a_word_near_one_that_is_known(here: Run, refused: Run) -> None:
    refused(here("kernels", "vertcal"), 2, "unknown kernel 'vertcal'", "cnnkit kernels vertical lists others")


def test_a_reader_that_goes_away(run: Run) -> None:
    ran = run("kernels", shell="{} | head -n 1")
    assert ran.code == 0  # head's
    assert ran.text == "smoothing\n"
    assert ran.err == ""


def test_a_sheet_is_drawn_beside_the_text(here: Run, tmp_path: Path) -> None:
    ran = here("kernels", "edge", "blur", "--figure", "sheet.png", cwd=tmp_path)
    assert ran.code == 0
    assert ran.err == "wrote sheet.png  figure\n"
    assert ran.text == here("kernels", "edge", "blur").text
    with Image.open(tmp_path / "sheet.png") as image:
        assert image.size[0] == 1200
        assert np.asarray(image).std() > 10
    assert here("kernels", "edge", "blur", "--figure", "sheet.png", cwd=tmp_path).err == "unchanged sheet.png  figure\n"
    (tmp_path / "sheet.svg").write_text("mine")
    kept = here("kernels", "edge", "--figure", "sheet.svg", cwd=tmp_path).err
    assert "was not made by cnnkit\nhint: choose another name, or replace what is there with --force\n" in kept
    assert here("kernels", "edge", "--figure", "sheet.svg", "-f", cwd=tmp_path).code == 0
    assert b"<svg" in (tmp_path / "sheet.svg").read_bytes()


@pytest.mark.parametrize(
    ("name", "dtype", "shape"),
    [
        ("grey.png", "u1", (40, 30)), ("colour.png", "u1", (2 * LONGEST_SIDE + 5, 90, 3)), ("deep.png", "u2", (9, 400)),
        ("alpha.png", "u1", (20, 20, 4)), ("values.npy", "f4", (30, 2)),
    ],
)  # fmt: skip
def test_a_sheet_of_any_image(here: Run, tmp_path: Path, name: str, dtype: str, shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(1).integers(0, 200, shape).astype(dtype)
    if name.endswith("npy"):
        np.save(tmp_path / name, values)
    else:
        Image.fromarray(values).save(tmp_path / name)
    ran = here("kernels", "sobel-x", "box", "--figure", "a.pdf", "--image", name, cwd=tmp_path)
    assert (ran.code, ran.err.splitlines()[-1]) == (0, "wrote a.pdf  figure")


def test_a_sheet_that_cannot_be_drawn(here: Run, refused: Run, folder: Path) -> None:
    np.save(folder / "layer.npy", np.ones((3, 3, 3)))
    np.save(folder / "deep.npy", np.ones((9, 9, 5)))
    refused(here("kernels", "--image", "image.png", cwd=folder), 2, "--image image.png", "--figure sheet.png")
    Path(folder / "song.wav").write_bytes(EXAMPLE.read_bytes())
    line = "cnnkit convolve song.wav -k sobel-x --figure a.png"
    ran = here("kernels", "sobel-x", "--figure", "a.png", "--image", "song.wav", cwd=folder)
    refused(ran, 2, "this is a sound", f"write {line}")
    assert "wrote a.png  figure" in here(*line.split()[1:], cwd=folder).err
    (folder / "a.png").unlink()
    refused(here("kernels", "@layer.npy", "--figure", "a.png", cwd=folder), 2, "3 dimensions", "leave it out")
    refused(here("kernels", "--figure", "a.gif", cwd=folder), 2, "names no format", ".png, .svg or .pdf")
    refused(here("kernels", "--figure", "image.png", "--image", "image.png", cwd=folder), 2, "is image.png too")
    for name, problem in (("none.png", "no such file"), ("deep.npy", "5 channels")):
        ran = here("kernels", "edge", "--figure", "a.png", "--image", name, cwd=folder)
        assert ran.code == 1
        assert problem in ran.lines[0]
        assert not (folder / "a.png").exists()
    answer = json.loads(here("kernels", "edge", "--figure", "a.png", "--image", "none.png", "--json", cwd=folder).out)
    assert answer["errors"][0]["input"] == "none.png"
