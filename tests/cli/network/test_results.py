"""Names of results, formats that hold them, and what is said of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cnnkit.cli.inputs import Source
from cnnkit.cli.network.loading import Recipe
from cnnkit.cli.network.results import LONGEST_NAME, check_format, deliver, file_words, network_name, shown
from cnnkit.cli.options import Results
from cnnkit.cli.outputs import Outputs
from cnnkit.cli.report import Report
from cnnkit.data.raster import Frame, Raster, SoundOrigin
from cnnkit.errors import OutputError

IMAGE = Raster(np.zeros((2, 3, 1), np.uint8))


@pytest.mark.parametrize(
    ("recipe", "name"),
    [
        (Recipe(("conv3-8:s2:p1", "relu")), "conv3-8-s2-p1-relu"),
        (Recipe(("conv3-8 relu", "mark:a")), "conv3-8-relu-mark-a"),
        (Recipe(("@nets/small.txt", "gap")), "small-gap"),
        (Recipe(("squeezenet1.1", "softmax")), "squeezenet1.1-softmax"),
        (Recipe(model="nets/tiny.v2.onnx"), "tiny.v2"),
    ],
)
def test_names_are_the_words_of_the_network(recipe: Recipe, name: str) -> None:
    assert network_name(recipe, 2) == name


def test_long_names_are_a_number_of_layers_and_a_checksum_of_all_that_makes_the_network() -> None:
    words = ("conv3-64", "relu") * 4
    names = [
        network_name(one, 8)
        for one in (Recipe(words), Recipe(words, seed=1), Recipe(words, ("1=edge",)), Recipe((*words[:-1], "tanh")))
    ]
    assert len({*names}) == 4
    assert all(name.startswith("net8-") and len(name) == 9 for name in names)
    assert network_name(Recipe(("x" * LONGEST_NAME,)), 1) == "x" * LONGEST_NAME


def test_frames_and_features_stand_before_the_layers() -> None:
    framed = Raster(np.zeros((2, 2, 1)), frame=Frame(3, 5))
    assert file_words("relu", framed, hears=False) == "frame3.relu"
    heard = Raster(np.zeros((2, 2, 1)), sound=SoundOrigin("logmel", 8000, None, {"dialect": "librosa"}))
    assert file_words("relu", heard, hears=False) == "librosa.logmel.relu"
    assert file_words("mfcc13", heard, hears=True) == "mfcc13"


def test_values_in_a_row_are_no_picture() -> None:
    check_format((5,), "csv")
    check_format((4, 4, 2), "png")
    with pytest.raises(OutputError, match=r"5 values in a row, and a \.png file holds maps"):
        check_format((5,), "png")


@pytest.mark.parametrize("file_type", ["npy", "npz", "csv", "png", "tiff"])
def test_each_format_holds_one_map(tmp_path: Path, file_type: str, capsys: pytest.CaptureFixture[str]) -> None:
    values = np.arange(6, dtype=np.float32).reshape(2, 3, 1)
    report, source = Report("run", as_json=True), Source(str(tmp_path / "a.png"))
    results = Results(output=str(tmp_path / f"y.{file_type}"))
    outputs = Outputs([source], results, formats=("npy", "npz", "csv", "png", "tiff"), report=report)
    deliver(outputs, report, source, "relu", values, IMAGE, {})
    report.close()
    facts = json.loads(capsys.readouterr().out)["results"][0]
    assert facts["shape"] == [2, 3, 1]
    assert (tmp_path / f"y.{file_type}").stat().st_size > 0
    if file_type == "npy":
        np.testing.assert_array_equal(np.load(tmp_path / "y.npy"), values)
    if file_type == "png":
        assert (facts["range"], facts["maximum"]) == ("minmax", 5)


def test_numbers_are_shown_map_by_map_or_in_a_row() -> None:
    assert shown(np.array([[[1.0, 5.0], [2.0, 6.0]]])) == "1 2\n\n5 6"
    assert shown(np.array([1.0, 2.5])) == "1 2.5"
    assert shown(np.zeros(1000)).endswith(" 0 ... 1000 in all")
