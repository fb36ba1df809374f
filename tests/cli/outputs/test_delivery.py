"""What is said of a result, and the note inside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnkit.cli.outputs.delivery import MAX_NOTE_LENGTH, Delivery, delivered, made_by
from cnnkit.files.writing import Written


def test_the_line_begins_with_what_became_of_the_file() -> None:
    assert Delivery("a\x1b.png", "wrote").text == "wrote a\\x1b.png"
    assert Delivery("a.npy", "replaced", "3x4").text == "replaced a.npy (was 3x4)"
    assert Delivery("a.npy", "wrote").facts == {"output": "a.npy", "action": "wrote"}


def test_a_shape_of_before_is_told_where_it_was_another() -> None:
    assert delivered(Path("a.npy"), Written("replaced", "3x4"), "3x4").shape_before == ""
    assert delivered(Path("a.npy"), Written("replaced", "3x4"), "4x4").shape_before == "3x4"


def test_the_note_names_the_command_and_not_all_of_thousands_of_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["cnnkit", "pool", "a b.png"])
    assert made_by().startswith("made by cnnkit ")
    assert made_by().endswith(": cnnkit pool 'a b.png'")
    monkeypatch.setattr("sys.argv", ["cnnkit", "pool", *(f"{number}.png" for number in range(100_000))])
    assert len(made_by()) == MAX_NOTE_LENGTH
