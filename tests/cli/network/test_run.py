"""``cnnkit run`` as a user runs it: its example, its files, pipes, pictures of it, and what goes wrong."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

import cnnkit
from cnnkit.cli.app import run as door

Array = npt.NDArray[Any]
Run = Callable[..., Any]
EXAMPLES = Path(__file__).parents[3] / "examples"
EDGES = ("conv3-2", "relu", "maxpool2", "--weights", "1=sobel-x+sobel-y")


def expected(image: Array, *words: str, **settings: Any) -> Array:
    found: Array = cnnkit.run(image, *words, **settings)
    return found


def test_the_worked_example_has_right_numbers(here: Run) -> None:
    """The first grid is read from the page, and every map below it computed anew."""
    ran = here("run")
    assert (ran.code, ran.err) == (0, "")
    blocks = re.split(r"^(?:input|\d+ \S+:) .*\n", ran.text, flags=re.MULTILINE)[1:]
    grid = np.array([[float(word) for word in line.split()] for line in blocks[0].strip().splitlines()])
    found = cnnkit.run(grid, *EDGES[:3], weights={1: "sobel-x+sobel-y"}, layers=True)
    for block, maps in zip(blocks[1:], found.values(), strict=True):
        lines = block.split("\n\n")[0].strip().splitlines()[1:]
        rows = np.array([[float(word) for word in line.split()] for line in lines])
        np.testing.assert_array_equal(rows, np.concatenate([maps[..., 0], maps[..., 1]], axis=1))
    assert ran.text.splitlines()[-1] == "Next: cnnkit run photo.png conv3-2 relu maxpool2 --weights 1=sobel-x+sobel-y"


def test_the_next_command_it_proposes_works(here: Run, folder: Path, colour_samples: Array) -> None:
    line = here("run").text.splitlines()[-1].removeprefix("Next: cnnkit ").replace("photo.png", "image.png")
    assert here(*line.split(), cwd=folder).code == 0
    found = np.load(folder / "image.conv3-2-relu-maxpool2.npy")
    np.testing.assert_array_equal(found, expected(colour_samples, *EDGES[:3], weights={1: "sobel-x+sobel-y"}))


def test_an_example_of_layers_that_are_typed_and_of_those_it_does_not_take(here: Run, refused: Run) -> None:
    assert "1 maxpool4: 2x2x1" in here("run", "maxpool4").text
    refused(here("run", "conv9-1:valid"), 2, "no input is given", "8x8 numbers", "cnnkit run photo.png conv9-1:valid")
    refused(here("run", "mfcc13"), 2, "no input is given", "cnnkit run song.wav mfcc13")


def test_a_pipe_and_the_next_stage_of_it(run: Run, folder: Path, grey_samples: Array) -> None:
    first = run("run", "-", "conv3-4", "relu", "--seed", "3", stdin=(folder / "grey.png").read_bytes())
    assert first.code == 0
    maps = np.load(io.BytesIO(first.out))
    np.testing.assert_array_equal(maps, expected(grey_samples, "conv3-4 relu", seed=3))
    second = run("run", "gap", "-o", "v.npy", stdin=first.out, cwd=folder)
    assert second.code == 0
    np.testing.assert_allclose(np.load(folder / "v.npy"), maps.mean(axis=(0, 1)), rtol=1e-5)


def test_names_say_the_layers(here: Run, folder: Path) -> None:
    (folder / "net.txt").write_text("conv3-2 # few\nrelu\n")
    for words in (("conv3-2:s2", "relu"), ("@net.txt",), ("relu", "x2"), ("conv3-2", *["relu"] * 12)):
        assert here("run", "grey.png", *words, cwd=folder).code == 0, words
    names = sorted(path.name for path in folder.glob("*.npy"))
    assert names[:3] == ["grey.conv3-2-s2-relu.npy", "grey.net.npy", "grey.net13-" + names[2][11:]]
    assert re.fullmatch(r"grey\.net13-[0-9a-f]{4}\.npy", names[2])
    assert names[3] == "grey.relu-x2.npy"


def test_a_file_that_is_called_like_a_layer(run: Run, folder: Path, refused: Run) -> None:
    shutil.copy(folder / "grey.png", folder / "relu")
    refused(run("run", "relu", "-q", stdin=b"", cwd=folder), 1, "without a byte")
    assert run("run", "./relu", "maxpool2", cwd=folder).code == 0
    assert np.load(folder / "relu.maxpool2.npy").shape == (10, 15, 1)


def test_pictures_hold_maps_side_by_side_and_no_values_in_a_row(here: Run, folder: Path, refused: Run) -> None:
    assert here("run", "grey.png", "conv3-4", "-o", "maps.png", cwd=folder).code == 0
    assert np.asarray(Image.open(folder / "maps.png")).shape == (2 * 22 + 2, 2 * 33 + 2)
    ran = here("run", "grey.png", "gap", "-o", "v.png", cwd=folder)
    refused(ran, 1, "1 value in a row", "--top 5")
    assert here("run", "grey.png", "gap", "--format", "csv", "-o", "v.csv", cwd=folder).code == 0


def test_a_grid_that_is_typed_is_shown(here: Run) -> None:
    ran = here("run", "1 2 3; 4 5 6; 7 8 9", "maxpool2:s1")
    assert (ran.code, ran.text) == (0, "5 6\n8 9\n")
    assert here("run", "1 2 3; 4 5 6", "flatten").text == "1 2 3 4 5 6\n"


def test_images_are_prepared_first(here: Run, folder: Path, colour_samples: Array) -> None:
    words = ("--grey", "--crop", "8x10", "--scale", "1/255", "-o", "y.npy")
    assert here("run", "image.png", "maxpool2", *words, cwd=folder).code == 0
    read = cnnkit.read(folder / "image.png", grey=True, crop="8x10", scale="1/255")
    np.testing.assert_array_equal(np.load(folder / "y.npy"), expected(np.asarray(read), "maxpool2"))


def test_a_sound_goes_in_itself_or_as_an_image(here: Run, tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "song.wav", tmp_path)
    assert here("run", "song.wav", "mfcc13", "maxpool2", cwd=tmp_path).code == 0
    assert here("run", "song.wav", "maxpool2", "--features", "mfcc", cwd=tmp_path).code == 0
    direct, through = (np.load(tmp_path / f"song.{name}.npy") for name in ("mfcc13-maxpool2", "mfcc.maxpool2"))
    np.testing.assert_allclose(direct, through, rtol=1e-4, atol=1e-3)
    assert direct.shape == (50, 6, 1)


def test_a_sound_is_wanted_or_an_image(here: Run, folder: Path, refused: Run) -> None:
    ran = here("run", "grey.png", "mfcc13", cwd=folder)
    refused(ran, 1, "grey.png: mfcc13 takes a sound: this is a PNG image, not a sound", "leave mfcc13 out")
    (folder / "notes.txt").write_text("1 a")
    (folder / "raw.pcm").write_bytes(bytes(range(128, 256)) * 9)
    refused(here("run", "notes.txt", "mfcc13", cwd=folder), 1, "this is a text file, not a sound")
    refused(here("run", "raw.pcm", "mfcc13", cwd=folder), 1, "not a sound in any format", "--raw 16000,s16le")
    refused(here("run", "grey.png", "mfcc13", "--features", "mel", cwd=folder), 2, "--features mel", "mfcc13")


def test_layers_that_do_not_fit_one_input_leave_the_others(here: Run, folder: Path) -> None:
    np.save(folder / "small.npy", np.ones((2, 2)))
    ran = here("run", "small.npy", "grey.png", "maxpool4", "-q", "--out-dir", "made", cwd=folder)
    assert ran.code == 1
    assert ran.lines[0].startswith("error: small.npy: ")
    assert ran.lines[1:3] == ["  2x2x1 maxpool4", "        ^^^^^^^^"]
    assert [path.name for path in (folder / "made").iterdir()] == ["grey.maxpool4.npy"]


def test_the_caret_stands_below_the_layer_and_the_hint_works(here: Run, folder: Path) -> None:
    ran = here("run", "image.png", "conv3-8", "fc10", cwd=folder)
    assert ran.code == 1
    assert "error: image.png: fc after a 20x31x8 volume\n  20x31x3 conv3-8 fc10\n                  ^^^^\n" in ran.err
    assert "gap (8 values)" in ran.lines[-1]
    assert here("run", "image.png", "conv3-8", "gap", "fc10", cwd=folder).code == 0


def test_a_network_of_another_size_says_what_brings_it_there(here: Run, folder: Path) -> None:
    ran = here("run", "image.png", "lenet5", cwd=folder)
    assert ran.code == 1
    assert "--resize 32 --grey brings it to 32x32x1, which lenet5 was made for" in ran.err
    mended = here("run", "image.png", "lenet5", "--resize", "32", "--grey", "--top", "2", cwd=folder)
    assert mended.code == 0
    assert not list(folder.glob("*.npy"))


def test_many_files_in_several_processes_are_those_of_one(here: Run, folder: Path, colour_samples: Array) -> None:
    for number in range(12):
        np.save(folder / f"a{number}.npy", colour_samples + np.float32(number))
    names = [f"a{number}.npy" for number in range(12)]
    words = ("conv3-3", "relu", "gap", "--out-dir")
    assert here("run", *names, *words, "one", "--jobs", "1", cwd=folder).code == 0
    assert here("run", *names, *words, "two", "--jobs", "2", cwd=folder).code == 0
    for number in range(12):
        file = f"a{number}.conv3-3-relu-gap.npy"
        np.testing.assert_array_equal(np.load(folder / "two" / file), np.load(folder / "one" / file))
    again = here("run", *names, *words, "two", "--resume", cwd=folder)
    assert "kept 12 of 12" in again.err
    other = here("run", *names, "conv3-3", "relu", "gap", "--seed", "1", "--out-dir", "two", "--resume", cwd=folder)
    assert "kept" not in other.err


def test_results_become_a_data_set(here: Run, folder: Path) -> None:
    words = ("conv3-2", "gap", "--rgb", "--stack", "-o", "set.npz", "--split", "1:1", "--seed", "2")
    ran = here("run", "image.png", "grey.png", *words, cwd=folder)
    assert ran.code == 0, ran.err
    with np.load(folder / "set.npz") as found:
        assert found["data"].shape == (2, 2)
        assert sorted(found["split"].tolist()) == [0, 1]


def test_a_dry_run_is_the_table_of_shape_and_writes_nothing(here: Run, folder: Path, state_of: Run) -> None:
    before = state_of(folder)
    ran = here("run", "image.png", "grey.png", "conv3-8", "relu", "-n", cwd=folder)
    assert ran.code == 0
    table = here("shape", "20x31x3", "conv3-8", "relu").text
    assert ran.text.startswith(table.rstrip("\n"))
    assert ran.text.count("input    20x31x") == 2
    assert ran.text.count("1 MAC = one multiply") == 1
    assert "would write image.conv3-8-relu.npy  20x31x8 float32" in ran.err
    assert state_of(folder) == before
    facts = json.loads(here("run", "grey.png", "conv3-8", "-n", "--json", cwd=folder).out)
    assert facts["results"][0]["network"]["totals"]["parameters"] == 80


def test_all_activations_and_the_figure_of_one_input(
    here: Run, folder: Path, grey_samples: Array, refused: Run
) -> None:
    words = ("conv3-4", "relu", "gap", "fc3")
    ran = here("run", "grey.png", *words, "--activations", "a.npz", "--figure", "f.png", cwd=folder)
    assert ran.code == 0, ran.err
    layers = cnnkit.run(grey_samples, *words, layers=True)
    with np.load(folder / "a.npz") as found:
        assert set(layers) == {*found.files} - {"cnnkit.txt"}
        for name, values in layers.items():
            np.testing.assert_array_equal(found[name], values)
    assert np.asarray(Image.open(folder / "f.png")).shape[1] == 1500
    several = here("run", "grey.png", "image.png", "relu", "--activations", "b.npz", cwd=folder)
    refused(several, 2, "--activations names one file for 2 inputs")
    refused(here("run", "grey.png", "relu", "--figure", "f.gif", cwd=folder), 2, "--figure f.gif names no format")


def test_the_largest_values_with_their_names(here: Run, folder: Path, grey_samples: Array) -> None:
    (folder / "names.txt").write_text("cat\ndog\nbird\n")
    ran = here("run", "grey.png", "conv3-4", "gap", "fc3", "--top", "2", "--labels", "names.txt", cwd=folder)
    assert ran.code == 0
    scores = cnnkit.run(grey_samples, "conv3-4", "gap", "fc3")
    order = np.argsort(-scores)[:2]
    shares = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
    lines = ran.text.splitlines()
    assert lines[0] == "grey.png: the 2 largest of 3 values; shares are their softmax"
    for line, number in zip(lines[2:], order, strict=True):
        assert line.split()[0] == str(number)
        assert float(line.split()[1]) == pytest.approx(100 * shares[number], abs=0.051)
        assert line.split()[-1] == ("cat", "dog", "bird")[number]
    assert not list(folder.glob("*.npy"))
    words = ("conv3-4", "gap", "fc3", "softmax", "--top", "2", "--json", "-o", "v.npy")
    facts = json.loads(here("run", "grey.png", *words, cwd=folder).out)["results"][0]
    assert [one["class"] for one in facts["top"]] == order.tolist()
    np.testing.assert_allclose([one["share"] for one in facts["top"]], shares[order], rtol=1e-4)
    np.testing.assert_allclose(np.load(folder / "v.npy"), shares, rtol=1e-4, atol=1e-7)


def test_where_a_map_is_excited_most(here: Run, tmp_path: Path) -> None:
    """Two images, each with one bright spot, which a mean of 3x3 finds; the brighter comes first."""
    for name, row, column, level in (("a.png", 4, 7, 100), ("b.png", 0, 2, 250)):
        samples = np.zeros((12, 16), np.uint8)
        samples[row, column] = level
        Image.fromarray(samples).save(tmp_path / name)
    words = ("conv3-1", "mark:spots", "relu", "--weights", "spots=box:size=3", "--where", "spots:0")
    ran = here("run", "a.png", "b.png", *words, cwd=tmp_path)
    assert ran.code == 0, ran.err
    lines = ran.text.splitlines()
    assert lines[0] == "layer 1, conv3-1, map 0: the 5 strongest windows in 2 inputs"
    assert lines[2].split()[0] == "27.78"
    assert {line.split()[-1] for line in lines[2:4]} == {"b.png"}
    assert (tmp_path / "where-spots-0.png").exists()
    assert not list(tmp_path.glob("*.npy"))
    facts = json.loads(here("run", "a.png", "b.png", *words, "--json", "--figure", "w.svg", cwd=tmp_path).out)
    first, *others = facts["where"]["windows"]
    assert first["input"] == "b.png"
    assert others[-1]["input"] == "a.png"
    top, left, rows, columns = first["box"]
    assert top <= 0 < top + rows
    assert left <= 2 < left + columns
    assert len(facts["results"]) == 2
    again = here("run", "a.png", "b.png", *words, "--out-dir", "made", "-n", cwd=tmp_path)
    assert "would write made/where-spots-0.png" in again.err
    assert "would replace where-spots-0.png" in here("run", "a.png", *words, "-n", cwd=tmp_path).err


@pytest.mark.parametrize(
    ("words", "code", "texts"),
    [
        (("grey.png",), 2, ("no layers are given", "cnnkit run grey.png conv3-8")),
        (("224x224x3", "conv3-8"), 2, ("is a size", "cnnkit shape 224x224x3 conv3-8")),
        (("net.onnx", "relu"), 2, ("is a model", "--model net.onnx")),
        (("relu", "grey.png"), 2, ("'grey.png' is a file", "cnnkit run grey.png relu")),
        (("grey.png", "relu", "--model", "net.onnx"), 2, ("--model and layers",)),
        (("grey.png", "conv3-1", "--algorithm", "fast"), 2, ("unknown algorithm 'fast'", "auto, direct")),
        (("grey.png", "conv3-1", "--weights", "net.npz"), 1, ("net.npz: there is no such file",)),
        (("grey.png", "conv3-1", "--weights", "4=sobel-x"), 2, ("there is no layer 4",)),
        (("grey.png", "conv3-8", "--where", "1:8"), 2, ("conv3-8 has 8 maps, 0 to 7",)),
        (("grey.png", "conv3-8", "--where", "1"), 2, ("--where 1 names no map",)),
        (("grey.png", "conv3-8", "gap", "--top", "3", "-o", "-"), 2, ("--top and the result both want", "use -o FILE")),
        (("grey.png", "conv3-8", "--where", "1:1", "--top", "3"), 2, ("--where prints and draws alone", "--top")),
        (("grey.png", "conv3-8", "--labels", "names.txt"), 2, ("--labels names classes for --top",)),
        (("grey.png", "conv3-8", "--top", "3"), 1, ("20x31x8, maps and no classes", "gap, for 8 values")),
        (("grey.png", "flatten", "fc1000000000"), 1, ("takes 2,3", "fewer kernels or units")),
        (("grey.png", "conv3-8", "--top", "0"), 2, ("--top",)),
        (("grey.png", "conv3-8", "--seed", "-1"), 2, ("--seed -1 is below 0",)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)  # fmt: skip
def test_what_is_wrong_is_two_lines(
    state_of: Run,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    code: int,
    texts: tuple[str, ...],
) -> None:
    monkeypatch.chdir(folder)
    before = state_of(folder)
    assert door(["run", *words, "-q"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split(":")[0] for line in err.splitlines()] == ["error", "hint"]
    for text in texts:
        assert text in err
    assert state_of(folder) == before


@pytest.mark.parametrize(
    ("words", "pointer", "hint"),
    [
        (("grey.png", "convv3-8", "relu"), "convv3-8 relu\n  ^^^^^^^^", "write conv3-8"),
        (("grey.png", "conv3"), "conv3\n  ^^^^^", "conv3-64"),
        (("grey.png", "conv3-8", "add:a"), "conv3-8 add:a\n              ^", "mark:a"),
    ],
)
def test_a_word_that_is_wrong_has_a_caret(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    pointer: str,
    hint: str,
) -> None:
    monkeypatch.chdir(folder)
    assert door(["run", *words]) == 2
    err = capsys.readouterr().err
    assert pointer in err
    assert hint in err.splitlines()[-1]


def test_names_for_another_number_of_classes_are_told(here: Run, folder: Path) -> None:
    (folder / "names.txt").write_text("cat\ndog\n")
    ran = here("run", "grey.png", "gap", "fc3", "--top", "3", "--labels", "names.txt", cwd=folder)
    assert ran.code == 0
    assert "grey.png: --labels names 2 classes, and the network has 3 values" in ran.err
