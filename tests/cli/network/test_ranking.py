"""The strongest windows of many inputs, kept within bounds whatever their number."""

from __future__ import annotations

import pytest

from cnnkit.cli.network.ranking import MOST, Ranking, figure_name, read_where
from cnnkit.cli.network.task import Place
from cnnkit.cli.report import Report
from cnnkit.errors import ArgumentError


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
