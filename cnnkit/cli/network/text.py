"""What ``cnnkit run`` prints of a network's output: the largest of its values, and the windows that excite a map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnnkit.operations.network.classes import Class
from cnnkit.views.text.grids import number_format, number_text


def top_text(head: str, classes: Sequence[Class], labels: Mapping[int, str], count: int, *, has_softmax: bool) -> str:
    """The largest of the values of an output, a line each.

    >>> print(top_text("a.png", [Class(1, 2.5, 0.93), Class(0, 0.0, 0.07)], {1: "cat"}, 2, has_softmax=False))
    a.png: the 2 largest of 2 values; shares are their softmax
    class   share  value  name
        1  93.0 %    2.5  cat
        0   7.0 %      0
    """
    value_of = number_format([one.value for one in classes], 4)
    rows = [(str(one.number), f"{100 * one.probability:.1f} %", value_of(one.value)) for one in classes]
    heading = ("class", "share", "value")
    widths = [max(map(len, column)) for column in zip(heading, *rows, strict=True)]
    names = [labels.get(one.number, "") for one in classes]
    how = "" if has_softmax else "; shares are their softmax"
    many = f"{len(classes)} largest" if len(classes) > 1 else "largest"
    lines = [f"{head}: the {many} of {count:,} values{how}"]
    for row, name in zip([heading, *rows], ["name" if any(names) else "", *names], strict=True):
        cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        lines.append("  ".join([*cells, name]).rstrip())
    return "\n".join(lines)


def windows_text(what: str, windows: Sequence[Mapping[str, Any]], inputs: int) -> str:
    """The windows that excite a map most, a line each: where, how much, and what of which input they see.

    >>> found = [{"input": "a.png", "row": 3, "column": 4, "value": 2.5, "box": [1, 2, 5, 5]}]
    >>> print(windows_text("layer 1, conv5-8, map 7", found, 1))
    layer 1, conv5-8, map 7: the strongest window in 1 input
    value  row  column  sees rows  and columns  of
      2.5    3       4       1..5         2..6  a.png
    """
    headings = ("value", "row", "column", "sees rows", "and columns")
    rows = []
    for one in windows:
        top, left, high, wide = one["box"]
        spans = f"{top}..{top + high - 1}", f"{left}..{left + wide - 1}"
        rows.append((number_text(one["value"]), str(one["row"]), str(one["column"]), *spans))
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    many = f"{len(windows)} strongest windows" if len(windows) != 1 else "strongest window"
    lines = [f"{what}: the {many} in {inputs:,} {'input' if inputs == 1 else 'inputs'}"]
    for row, name in zip([headings, *rows], ["of", *(place_text(one) for one in windows)], strict=True):
        lines.append("  ".join([*(cell.rjust(width) for cell, width in zip(row, widths, strict=True)), name]))
    return "\n".join(lines)


def place_text(window: Mapping[str, Any]) -> str:
    """The input of a window, and its frame."""
    return f"{window['input']}, frame {window['frame']}" if "frame" in window else str(window["input"])
