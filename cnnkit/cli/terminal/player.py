"""Films on the terminal: one step a second, or as keys say."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from cnnkit.cli.options import Results
from cnnkit.cli.terminal.screen import check_terminal, shown
from cnnkit.errors import ArgumentError, printable
from cnnkit.views.text.play import MOST_LINES, Film, Line
from cnnkit.views.text.trace import MOST_COLUMNS

SECONDS_OF_STEP = 1.0

KEYS = "space {}  left/right step  up/down row  home/end  q quit"

COLOURED = {"title": "1", "window": "30;46", "mark": "30;43", "padding": "90", "result": "30;43"}
PLAIN = {"title": "1", "window": "7", "mark": "1;4;7", "padding": "2", "result": "7"}
"""What sets the styles of a film: in colours that everyone can tell apart, or without any."""


class Player:
    """Where one is in films that follow each other."""

    def __init__(self, films: Sequence[Film]) -> None:
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
        """What a terminal of so many lines and columns shows; of a smaller one than 80x24, its upper left part."""
        film, step = self._steps[self.place]
        word = "pause" if self.is_playing else "again" if self.is_over else "go on"
        foot = KEYS.format(word)
        if size[0] <= MOST_LINES or size[1] < MOST_COLUMNS:
            foot = f"q quit; this terminal is {size[1]}x{size[0]}, 80x24 shows all"
        frame = film.frame(step)[: size[0] - 1]
        frame += [[]] * (min(MOST_LINES, size[0] - 1) - len(frame))
        return [_styled(line, size[1], styles) for line in [*frame, [(foot, "")]]]


def check_play(results: Results, inputs: int) -> None:
    """Refuse what is not played: several inputs, no terminal, and a command that is to say nothing."""
    for word in ("--quiet",) * results.quiet + ("--json",) * results.as_json:
        raise ArgumentError(f"--play and {word} are both given", hint="leave one of them out")
    if inputs > 1:
        raise ArgumentError(f"--play shows one input, and {inputs} are named", hint="name one of them")
    check_terminal("--play")


def play(films: Sequence[Film]) -> None:
    """Show films until q is pressed."""
    player, styles = Player(films), PLAIN if os.environ.get("NO_COLOR") else COLOURED
    with shown() as screen:
        due = time.monotonic() + SECONDS_OF_STEP
        while True:
            screen.draw(player.lines(screen.size, styles))
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
