"""Films on the terminal: one step a second, or as keys say."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from cnnkit.cli.inputs import Source
from cnnkit.cli.options import Results
from cnnkit.cli.terminal.screen import check_terminal, shown, terminal_size
from cnnkit.errors import ArgumentError, printable
from cnnkit.geometry.look import Look
from cnnkit.views.text.play import Film, Line
from cnnkit.views.text.trace import MOST_COLUMNS

SECONDS_OF_STEP = 1.0

KEYS = ("space {}  left/right step  up/down row  home/end  q quit", "space {}  arrows  q quit", "q quit")
"""The last line: the first that has room."""

COLOURED = {"title": "1", "window": "30;46", "mark": "30;43", "padding": "90", "result": "30;43"}
PLAIN = {"title": "1", "window": "7", "mark": "1;4;7", "padding": "2", "result": "7"}
"""What sets the styles of a film: in colours that everyone can tell apart, or without any."""


class Player:
    """Where one is in films that follow each other."""

    def __init__(self, films: Sequence[Film]) -> None:
        self._films = films
        self._steps = [(film, step) for film in films for step in range(len(film.spots))]
        self.place = 0
        self.is_playing = True

    @property
    def is_over(self) -> bool:
        """Whether the last step is shown."""
        return self.place == len(self._steps) - 1

    def press(self, key: str) -> None:
        """Do what a key says; one that moves also pauses."""
        if key == "space":
            self.place = 0 if self.is_over else self.place
            self.is_playing = not self.is_playing
            return
        film, _ = self._steps[self.place]
        moves = {"left": -1, "right": 1, "up": -film.results[1], "down": film.results[1]}
        place = {"home": 0, "end": len(self._steps) - 1}.get(key, self.place + moves.get(key, 0))
        self.is_playing = False
        if 0 <= place < len(self._steps):
            self.place = place

    def go_on(self) -> None:
        """Show the next step, and stop at the last."""
        self.place += not self.is_over
        self.is_playing = not self.is_over

    def lines(self, size: tuple[int, int], styles: dict[str, str]) -> list[str]:
        """What a terminal of so many lines and columns shows; of a smaller one than the film takes, a part of it."""
        film, step = self._steps[self.place]
        width, below = min(size[1], MOST_COLUMNS), size[0] - 1
        word = "pause" if self.is_playing else "again" if self.is_over else "go on"
        keys = next((keys for keys in KEYS if len(keys.format(word)) <= width), KEYS[-1]).format(word)
        top = max(one.top(width) for one in self._films)  # the grids of all begin in one line, where there is room
        top = top if film.lines + top - film.top(width) <= below else 0
        frame = film.frame(step, width, top)
        if len(frame) > below or film.columns > size[1]:
            note = f"cut off: this terminal is {size[1]}x{size[0]}, 80x24 shows all"
            frame = [*frame[: max(below - 1, 0)], [(note, "")]][:below]
        frame += [[]] * (min(film.room[0], below) - len(frame))
        return [_styled(line, size[1], styles) for line in [*frame, [(keys, "")]]]


def check_play(results: Results, sources: Sequence[Source], look: Look) -> None:
    """Refuse what is not played: several inputs or places, no terminal, and a command that is to say nothing."""
    for word in ("--quiet",) * results.quiet + ("--json",) * results.as_json:
        raise ArgumentError(f"--play and {word} are both given", hint="leave one of them out")
    if len(sources) > 1:
        raise ArgumentError(f"--play shows one input, and {len(sources)} are named", hint="name one of them")
    if len(look.places) > 1:
        raise ArgumentError(f"--play moves around one --at, and {len(look.places)} are given", hint="give one of them")
    if sources[0].is_stdin:
        problem = "--play takes keys from standard input, and the image comes from there"
        raise ArgumentError(problem, hint="name the image's file")
    check_terminal("--play")


def play(films: Sequence[Film]) -> None:
    """Show films until q is pressed."""
    player, styles = Player(films), PLAIN if os.environ.get("NO_COLOR") else COLOURED
    with shown() as screen:
        due = time.monotonic() + SECONDS_OF_STEP
        while True:
            screen.draw(player.lines(terminal_size(), styles))
            keys = screen.keys(max(due - time.monotonic(), 0) if player.is_playing else None)
            if "quit" in keys:
                return
            for key in keys:
                player.press(key)
            is_due = time.monotonic() >= due
            if player.is_playing and is_due and not keys:
                player.go_on()
            if keys or is_due:
                due = time.monotonic() + SECONDS_OF_STEP


def _styled(line: Line, width: int, styles: dict[str, str]) -> str:
    """A line of at most so many columns, which resets what it sets."""
    text, left = "", width
    for part, style in line:
        some = printable(part[:left])
        left -= len(part[:left])
        text += f"\x1b[{styles[style]}m{some}\x1b[0m" if style and some else some
    return text
