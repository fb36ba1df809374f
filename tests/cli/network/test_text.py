"""What is printed of outputs: columns that stand below each other, within 80 columns."""

from __future__ import annotations

from cnnkit.cli.network.text import place_text, top_text, windows_text
from cnnkit.operations.network.classes import Class


def test_columns_are_aligned_and_names_at_the_end() -> None:
    classes = [Class(281, 12.345678, 0.9), Class(7, -0.5, 0.05), Class(999, 0.001, 0.0001)]
    lines = top_text("a.png", classes, {281: "tabby cat"}, 1000, has_softmax=True).splitlines()
    assert lines[0] == "a.png: the 3 largest of 1,000 values"
    assert lines[1].split() == ["class", "share", "value", "name"]
    assert len({line.index("%") for line in lines[2:]}) == 1
    assert lines[2].endswith("  tabby cat")
    assert lines[4].split()[:3] == ["999", "0.0", "%"]
    assert max(map(len, lines)) <= 80
    assert top_text("a.png", classes[:1], {}, 10, has_softmax=True).startswith("a.png: the largest of 10 values\n")
    assert "name" not in top_text("a.png", classes, {}, 1000, has_softmax=True)


def test_windows_say_the_first_and_last_sample_that_they_see() -> None:
    windows = [
        {"input": "a.gif", "frame": 2, "row": 10, "column": 3, "value": 1234.5, "box": [0, 5, 7, 9]},
        {"input": "b.png", "row": 0, "column": 0, "value": 0.25, "box": [1, 1, 1, 1]},
    ]
    lines = windows_text("layer 2, relu, map 0", windows, 1200).splitlines()
    assert lines[0] == "layer 2, relu, map 0: the 2 strongest windows in 1,200 inputs"
    assert lines[2].split() == ["1234", "10", "3", "0..6", "5..13", "a.gif,", "frame", "2"]
    assert lines[3].split() == ["0.25", "0", "0", "1..1", "1..1", "b.png"]
    assert place_text(windows[0]) == "a.gif, frame 2"
