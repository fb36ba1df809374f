"""Letters of frames: every one there is differs from all others, and words of numbers need no other."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkit.views.frames.glyphs import COLUMNS, DESCENT, GLYPHS, ROWS, STEP, drawn, width
from cnnkit.views.text.grids import number_text


def test_letters_are_of_one_size_and_all_differ() -> None:
    assert {glyph.shape for glyph in GLYPHS.values()} == {(ROWS + DESCENT, COLUMNS)}
    assert len({glyph.tobytes() for glyph in GLYPHS.values()}) == len(GLYPHS)


@pytest.mark.parametrize("value", [0, -1.5, 1e-7, 12345.678, 1e20, np.nan, np.inf, -np.inf])
def test_every_letter_of_a_number_is_there_and_stands_on_the_line(value: float) -> None:
    for letter in number_text(value):
        assert not GLYPHS[letter][ROWS:].any()


def test_a_line_is_its_letters_side_by_side() -> None:
    dots = drawn("-18", 2)
    assert dots.shape == (2 * (ROWS + DESCENT), width("-18", 2)) == (18, 34)
    for place, letter in enumerate("-18"):
        part = dots[::2, 2 * STEP * place : 2 * STEP * place + 2 * COLUMNS : 2]
        np.testing.assert_array_equal(part, GLYPHS[letter])


def test_other_letters_are_small_ones_or_question_marks() -> None:
    np.testing.assert_array_equal(drawn("Ké"), drawn("k?"))
    assert drawn("").shape == (ROWS + DESCENT, 0)
