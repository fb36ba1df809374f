"""A view by hand."""

from __future__ import annotations

import io

from cnnkit.files.sounds.stored import Span
from cnnkit.files.sounds.view import View


def test_a_view_by_hand() -> None:
    view = View(io.BytesIO(b"0123456789"), [Span(2, 4), b"ab", Span(4, 4), Span(8, 10)])
    assert view.read(100) == b"23ab89"
    assert (view.read(1), view.tell()) == (b"", 6)
    for start in range(7):
        for count in range(8):
            assert view.seek(start) == start
            assert view.read(count) == b"23ab89"[start : start + count]


def test_places() -> None:
    view = View(io.BytesIO(b"0123"), [Span(1, 3)])
    assert (view.seek(-1, 2), view.read(5)) == (1, b"2")
    assert (view.seek(-2, 1), view.seek(-9, 1), view.seek(-1)) == (0, 0, 0)
    assert (view.seek(99), view.read(1)) == (99, b"")


def test_a_file_that_has_become_shorter() -> None:
    assert View(io.BytesIO(b"0123"), [Span(1, 9), b"ab"]).read(100) == b"123"


def test_a_gap() -> None:
    view = View(io.BytesIO(b"abcdef"), [Span(0, 6), 100, b"xy"])
    assert view.seek(-2, 2) == 106
    assert (view.read(9), view.read(1), view.tell()) == (b"xy", b"", 108)
    view.seek(4)
    assert (view.read(10), view.read(10), view.tell()) == (b"ef", b"", 6)
