"""What a command says of many inputs, where a line for each would hide what matters."""

from __future__ import annotations

import re
from collections import Counter

MOST_LINES = 20
"""Inputs of which each gets a line of its own."""

MOST_KINDS, MOST_FAULTS = 4, 100
"""Sizes that are named, and faults that are told as they come where their reasons are alike, and again at the end."""

PLACE = re.compile(r"\d[\d.,]*")


class Summary:
    """Counts of what was written, of notes that differ in their numbers alone, and of faults."""

    def __init__(self) -> None:
        self._written: Counter[str] = Counter()
        self._sizes: Counter[str] = Counter()
        self._notes: Counter[str] = Counter()
        self._first: dict[str, tuple[str, str]] = {}  # the first input with such a note, and it
        self._reasons: Counter[str] = Counter()
        self._faults: list[str] = []

    def wrote(self, action: str, size: str) -> None:
        """Count a result."""
        self._written[action] += 1
        self._sizes[size] += 1

    def note(self, item: str, note: str) -> None:
        """Count a note."""
        key = PLACE.sub("N", note)
        self._notes[key] += 1
        first = self._first.setdefault(key, (item, note))
        if first[1] != note:
            self._first[key] = first[0], f"{first[1].removesuffix(SUCH)}{SUCH}"

    def fault(self, item: str, problem: str) -> bool:
        """Count a fault, and say whether it is to be told now: not when there were many for the same reason."""
        name = item.rpartition("/")[2].rpartition(".")[0]
        key = PLACE.sub("N", problem.replace(name, "") if name else problem)
        self._reasons[key] += 1
        is_told = self._reasons[key] <= MOST_FAULTS
        if is_told:
            self._faults.append(f"failed: {item}: {problem}")
        return is_told

    def lines(self, count: int) -> list[str]:
        """What was written, and what was noted of how many inputs."""
        told = []
        for action, number in self._written.most_common():
            told.append(f"{action} {number} {'file' if number == 1 else 'files'}")
        if told:
            sizes = [f"{size} ({number})" for size, number in self._sizes.most_common(MOST_KINDS)]
            if len(self._sizes) == 1:
                sizes = [*self._sizes]
            more = f", and {len(self._sizes) - MOST_KINDS} other sizes" * (len(self._sizes) > MOST_KINDS)
            told = [f"{', '.join(told)}: {', '.join(sizes)}{more}"]
        for key, number in self._notes.most_common():
            item, note = self._first[key]
            is_one = not note.endswith(SUCH)
            told.append(f"{note}: {number} of {count}" if is_one else f"{number} of {count}, as {item}: {note[:-1]}")
        return told

    def take_lines(self, count: int) -> list[str]:
        """The same, which is then forgotten."""
        told = self.lines(count)
        for counts in (self._written, self._sizes, self._notes):
            counts.clear()
        return told

    def faults(self) -> list[str]:
        """All faults once more, as they were told."""
        untold = sum(number - MOST_FAULTS for number in self._reasons.values() if number > MOST_FAULTS)
        return self._faults + [f"failed: {untold} more for the same reasons; --report FILE.jsonl names all"] * bool(
            untold
        )


SUCH = "\0"
"""Ends the first of several notes that differ in their numbers."""
