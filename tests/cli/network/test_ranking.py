"""The strongest windows of many inputs, kept within bounds whatever their number."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnkit.cli.network.ranking import MOST, Ranking, figure_name, read_where
from cnnkit.cli.network.task import Place
from cnnkit.cli.report import Report
from cnnkit.errors import ArgumentError

Run = Callable[..., Any]
EXAMPLES = Path(__file__).parents[3] / "examples"


def test_the_strongest_are_kept_and_equal_ones_in_the_order_of_inputs() -> None:
    ranking = Ranking(Report("run", quiet=True), Place("2", 5))
    for number in range(1000):
        windows = [{"row": 0, "column": 0, "value": float(number % 100), "box": [0, 0, 1, 1]}]
        ranking.record(input=f"{number}.png", layer=2, word="relu", map=5, windows=windows)
    assert len(ranking.windows) == MOST
    assert [one["input"] for one in ranking.windows] == [f"{99 + 100 * place}.png" for place in range(MOST)]
    assert (ranking.what, ranking.count) == ("layer 2, relu, map 5", 1000)


def test_an_input_of_which_nothing_is_known_counts_for_nothing() -> None:
    ranking = Ranking(Report("run", quiet=True), Place("2", 5))
    ranking.record(input="a.png", action="kept")
    assert (ranking.windows, ranking.count) == ([], 0)


@pytest.mark.parametrize(
    ("text", "place"), [("4:7", ("4", 7)), ("conv3-8:s2:0", ("conv3-8:s2", 0)), ("low:12", ("low", 12))]
)
def test_a_map_is_named_by_its_layer_and_number(text: str, place: tuple[str, int]) -> None:
    assert read_where(text) == place
    assert ":" not in figure_name(read_where(text))


@pytest.mark.parametrize("text", ["4", ":7", "4:", "4:x", "4:-1", "", "4:99999999999"])
def test_what_names_no_map(text: str) -> None:
    with pytest.raises(ArgumentError, match="names no map of a layer"):
        read_where(text)


def test_a_sample_of_the_input_sees_itself_and_what_is_no_number_excites_nothing(here: Run, tmp_path: Path) -> None:
    np.save(tmp_path / "peak.npy", np.eye(4)[[2]].repeat(3, axis=0) * [[1], [3], [2]])
    line = here("run", "peak.npy", "conv3-1", "gap", "--where", "0:0", cwd=tmp_path).text.splitlines()[2]
    assert line.split() == ["3", "1", "2", "1..1", "2..2", "peak.npy"]
    np.save(tmp_path / "hole.npy", np.full((4, 4), np.nan))
    ran = here("run", "hole.npy", "conv3-1", "--where", "1:0", cwd=tmp_path)
    assert (ran.code, ran.text) == (0, "")
    assert "layer 1, conv3-1, map 0: no value is a number, and nothing is drawn" in ran.err
    assert not (tmp_path / "where-1-0.png").exists()


def test_samples_of_a_sound_run_to_the_right(here: Run, tmp_path: Path) -> None:
    """A row of samples turned upwards, as frames of features are, would be as high as the page is wide."""
    shutil.copy(EXAMPLES / "song.wav", tmp_path)
    assert here("run", "song.wav", "waveform", "--where", "1:0", cwd=tmp_path).code == 0
    with Image.open(tmp_path / "where-1-0.png") as figure:
        assert figure.height < figure.width / 3
