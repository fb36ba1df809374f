"""Where keys lead, and what a terminal of any size shows."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkit.cli.terminal.player import COLOURED, PLAIN, Player
from cnnkit.data.raster import Raster
from cnnkit.geometry.look import read_look
from cnnkit.operations.pooling.raster import pool_raster
from cnnkit.operations.pooling.settings import read_pooling
from cnnkit.operations.pooling.trace import pooling_trace
from cnnkit.views.text.play import Detail, Film


def player(films: int = 1) -> Player:
    image = Raster(np.arange(24, dtype=np.uint8).reshape(4, 6, 1))
    pooling = read_pooling("2")
    trace = pooling_trace(pooling, image, pool_raster(pooling, image), read_look(["all"]))
    return Player([Film(trace, Detail())] * films)


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ("right", 1), ("right right right", 3), ("left", 0), ("down", 3), ("down right up", 1), ("up", 0),
        ("end", 5), ("end right", 5), ("end down", 5), ("end home", 0), ("left down down", 3),
    ],
)  # fmt: skip
def test_keys_move_and_pause(keys: str, place: int) -> None:
    one = player()
    for key in keys.split():
        one.press(key)
    assert (one.place, one.is_playing) == (place, False)


def test_space_pauses_goes_on_and_begins_again() -> None:
    one = player()
    one.press("space")
    assert not one.is_playing
    one.press("space")
    assert one.is_playing
    for _ in range(9):
        one.go_on()
    assert (one.place, one.is_playing, one.is_over) == (5, False, True)
    one.press("space")
    assert (one.place, one.is_playing) == (0, True)


def test_films_follow_each_other() -> None:
    two = player(2)
    two.press("end")
    assert two.place == 11
    for _ in range(6):
        two.press("left")
    assert two.place == 5
    assert "6 of 6: " in two.lines((24, 80), PLAIN)[1]


@pytest.mark.parametrize("size", [(24, 80), (50, 200), (10, 80), (24, 30), (1, 1), (3, 5)])
@pytest.mark.parametrize("styles", [COLOURED, PLAIN])
def test_any_terminal_is_filled_and_never_overflows(size: tuple[int, int], styles: dict[str, str]) -> None:
    import re

    lines = player().lines(size, styles)
    bare = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in lines]
    assert len(lines) == min(size[0], 24)
    assert all(len(line) <= size[1] for line in bare)
    assert all(line.count("\x1b[0m") * 2 == line.count("\x1b") for line in lines)
    keys = ("space pause  left/right step  up/down row  home/end  q quit", "space pause  arrows  q quit", "q quit")
    assert bare[-1] == (keys[0] if size[1] >= 60 else keys[1] if size[1] == 30 else keys[2])[: size[1]]
    is_cut = f"cut off: this terminal is {size[1]}x{size[0]}, 80x24 shows all"[: size[1]] in bare[-2:]
    assert is_cut == (size[0] in (10, 3))


def test_grids_of_all_films_begin_in_one_line() -> None:
    one, many = player(1), player(1)
    film = many._films[0]
    film._titles = ["a long title " * 9] * len(film.spots)
    film._tops = {}
    both = Player([one._films[0], film])
    first = both.lines((24, 80), PLAIN)
    both.press("end")
    last = both.lines((24, 80), PLAIN)
    rows = [[" image" in line for line in lines].index(True) for lines in (first, last)]
    assert rows[0] == rows[1]
    assert rows[0] > [" image" in line for line in one.lines((24, 80), PLAIN)].index(True)


def test_titles_are_wrapped_to_a_narrow_terminal() -> None:
    lines = player().lines((24, 50), PLAIN)
    assert (
        " ".join(line.strip() for line in lines[1:3])
        == "1 of 6: row 0, column 0: window over rows 0 to 1, columns 0 to 1"
    )
