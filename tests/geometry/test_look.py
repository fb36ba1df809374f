"""What someone wants to look at: read from words, and held against the size of what there is."""

from __future__ import annotations

import pytest

from cnnkit.errors import ArgumentError, SizeError
from cnnkit.geometry.look import Crop, Look, read_look, split_crops


def test_places_are_rows_and_columns_from_0() -> None:
    assert read_look(["0,7", "12, 3"]).places == ((0, 7), (12, 3))
    assert read_look(["all"]).places_in((2, 2)) == ((0, 0), (0, 1), (1, 0), (1, 1))
    assert read_look().places_in((9, 9)) == ()
    assert not read_look().is_wanted
    assert read_look(["0,0"]).is_wanted
    assert read_look(crop="0,0,1x1").is_wanted


@pytest.mark.parametrize("word", ["", "1", "1,2,3", "1x2", "-1,2", "a,b", "1,٢", "all,1"])
def test_other_words_are_refused_with_the_form(word: str) -> None:
    with pytest.raises(ArgumentError, match="is no place") as caught:
        read_look([word])
    assert caught.value.hint == "write it as --at 12,40: a row and a column, counted from 0; or all"


def test_all_goes_with_no_place() -> None:
    with pytest.raises(ArgumentError) as caught:
        read_look(["1,1", "all"])
    assert caught.value.hint == "leave --at 1,1 out"


@pytest.mark.parametrize("word", ["1,2", "1,2,3", "1,2,3x", "1,2,0x3", "1,2,3x0", "8x8"])
def test_crops_of_nothing_are_refused(word: str) -> None:
    with pytest.raises(ArgumentError, match="--crop") as caught:
        read_look(crop=word)
    assert "100,200,8x8" in caught.value.hint


def test_a_result_that_is_not_there_is_named_with_the_nearest() -> None:
    look = read_look(["5,2"])
    assert look.places_in((6, 3)) == ((5, 2),)
    with pytest.raises(SizeError, match="there are 5x3, counted from 0") as caught:
        look.places_in((5, 3))
    assert caught.value.hint == "use --at 4,2"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (None, (None, None)),
        (["8"], ("8", None)),
        (["8x9"], ("8x9", None)),
        (["0, 0, 8x9"], (None, "0, 0, 8x9")),
        (["0,0,8x9", "7x7"], ("7x7", "0,0,8x9")),
        (["7x7", "7x7"], ("7x7", None)),
        (["1,2"], (None, "1,2")),  # which `read_look` refuses
    ],
)
def test_the_two_crops_are_told_apart_by_their_form(words: list[str] | None, expected: tuple[str, str]) -> None:
    assert split_crops(words) == expected


@pytest.mark.parametrize("word", ["", "half", "8x", "-8", "8.5", "1x2x3", "50%", "٢"])
def test_what_is_neither_crop_is_told_both_forms(word: str) -> None:
    with pytest.raises(ArgumentError, match="is neither a size nor a part") as caught:
        split_crops([word])
    for form in ("224x224", "100,200,8x8"):
        assert f"--crop {form}" in caught.value.hint
        split_crops([form])


@pytest.mark.parametrize("words", [["8x8", "9x9"], ["0,0,1x1", "1,0,1x1", "8"]])
def test_two_crops_of_one_kind(words: list[str]) -> None:
    with pytest.raises(ArgumentError, match=f"--crop {words[0]} and --crop {words[1]} are both given"):
        split_crops(words)


def test_a_crop_ends_with_the_image() -> None:
    assert read_look(crop="2,3,9x9").within((6, 5)) == Crop(2, 3, 4, 2)
    assert Look().within((6, 5)) == Crop(0, 0, 6, 5)
    with pytest.raises(SizeError, match="begins at row 6, column 0, and the image is 6x5") as caught:
        read_look(crop="6,0,2x9").within((6, 5))
    assert read_look(crop=caught.value.hint.removeprefix("use --crop ")).within((6, 5)) == Crop(0, 0, 2, 5)
