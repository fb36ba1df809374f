"""Words know their place, and an error shows it on one line of bounded width."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.errors import ArgumentError, NotationError
from cnnkit.network.notation.word import MAX_SHOWN_CHARACTERS, MOST_CHARACTERS, Word, split_lines, split_words


def test_words_of_one_text_or_many_stand_in_the_same_line() -> None:
    for pieces in (["28x28", "conv3-32", "relu"], ["28x28 conv3-32 relu"], [" 28x28\n", "conv3-32\t relu "]):
        words = split_words(pieces)
        assert [word.text for word in words] == ["28x28", "conv3-32", "relu"]
        assert [word.start for word in words] == [0, 6, 15]
        assert {word.line for word in words} == {"28x28 conv3-32 relu"}


def test_a_call_with_blanks_is_one_word() -> None:
    text = "224x224x3 nn.Conv2d(3, 64, (3, 3), padding=1) relu"
    assert [word.text for word in split_words([text])] == ["224x224x3", "nn.Conv2d(3,64,(3,3),padding=1)", "relu"]
    assert [word.text for word in split_lines("Linear(512, 10)  # the end", "net.txt")] == ["Linear(512,10)"]
    assert [word.text for word in split_words(["a (1) b.png"], lambda name: True)] == ["a (1) b.png"]


def test_words_are_equal_when_their_text_is() -> None:
    one, other = split_words(["relu 28x28 relu"])[0::2]
    assert one == other
    assert not one != other  # noqa: SIM202
    assert one != Word("gap")
    assert not one == "relu"  # noqa: SIM201
    assert len({one, other, Word("gap")}) == 2
    assert repr(one) == "Word(text='relu')"


def test_the_lines_of_a_file_know_where_they_stand() -> None:
    words = split_lines("conv3-8 relu # two\n\n\tmaxpool2", "net.txt")
    assert [(word.text, word.start, word.origin) for word in words] == [
        ("conv3-8", 0, "net.txt, line 1"),
        ("relu", 8, "net.txt, line 1"),
        ("maxpool2", 1, "net.txt, line 3"),
    ]
    assert words[2].part(3).error("no").problem == "net.txt, line 3: no"
    assert words[0].error("no").text == "conv3-8 relu # two"


def test_no_pieces_are_no_words() -> None:
    assert split_words([]) == []


def test_a_part_points_into_the_line() -> None:
    error = split_words(["28x28", "conv3-32"])[1].part(6).error("32", "hint")
    assert error.pointer == "28x28 conv3-32\n            ^^"
    assert (error.problem, error.hint) == ("32", "hint")


def test_split_gives_every_part_its_place() -> None:
    parts = Word("a:bc::d", line="x a:bc::d", start=2).split(":")
    assert [(part.text, part.start) for part in parts] == [("a", 2), ("bc", 4), ("", 7), ("d", 8)]


@pytest.mark.parametrize(("text", "letters"), [("conv3", "conv"), ("3x3", ""), ("same-lower", "same"), ("gap", "gap")])
def test_letters(text: str, letters: str) -> None:
    assert Word(text).letters == letters


@pytest.mark.parametrize("pieces", [["28x28", "", "relu"], ["28x28", "  ", "relu"], ["28x28", "\n", "relu"]])
def test_an_empty_piece_is_pointed_at(pieces: list[str]) -> None:
    with pytest.raises(NotationError, match="word 2 is empty") as caught:
        split_words(pieces)
    assert caught.value.pointer == '28x28 "" relu\n      ^^'


def test_two_quotes_are_not_mistaken_for_nothing() -> None:
    # Somebody who types them means nothing, so the same answer is right.
    with pytest.raises(NotationError, match="word 2 is empty"):
        split_words(["28x28", '""'])


@pytest.mark.parametrize("piece", [224, None, ("224x224x3",), b"224x224x3"])
def test_what_is_not_text_is_refused(piece: object) -> None:
    with pytest.raises(ArgumentError, match="is not a word"):
        split_words([piece])  # type: ignore[list-item]


def test_too_many_characters() -> None:
    with pytest.raises(NotationError, match="too many characters") as caught:
        split_words(["28x28", "r" * MOST_CHARACTERS])
    assert len(caught.value.text) <= MAX_SHOWN_CHARACTERS


@pytest.mark.parametrize("where", [0, 1, 25, 49])
def test_a_long_line_is_shown_around_the_mistake(where: int) -> None:
    words = split_words([f"conv3-{number:03d}" for number in range(50)])
    text, carets = words[where].error("wrong").pointer.split("\n")
    assert len(text) <= MAX_SHOWN_CHARACTERS
    assert text[carets.index("^") : len(carets)] == words[where].text
    assert text.startswith("...") == (where > 1)
    assert text.endswith("...") == (where < 49)


@pytest.mark.parametrize("before", [0, 3, 60, 200])
@pytest.mark.parametrize("after", [0, 3, 60, 200])
def test_a_long_word_is_shown_in_part(before: int, after: int) -> None:
    line = "b" * before + "m" * 300 + "a" * after
    error = Word("m" * 300, line, before).error("wrong")
    shown = error.text[error.start : error.start + error.length]
    assert len(error.text) <= MAX_SHOWN_CHARACTERS
    assert set(shown) == {"m"}


def test_what_has_no_width_of_one_becomes_a_question_mark() -> None:
    words = split_words(["28x28", "漢字\x1b[31m\udc80e\u0301", "foo"])
    error = words[2].error("wrong")
    assert error.text == "28x28 ???[31m?e? foo"
    assert error.pointer.split("\n")[1].index("^") == error.text.index("foo")
    assert words[1].quoted == "'???[31m?e?'"


def test_a_quoted_word_is_never_long() -> None:
    assert len(Word("a" * 1000).quoted) == 42


@given(st.lists(st.text(), max_size=6))
def test_any_text_becomes_words_in_their_places(pieces: list[str]) -> None:
    try:
        words = split_words(pieces)
    except NotationError as error:
        assert "empty" in error.problem  # noqa: PT017
        return
    for word in words:
        assert word.line[word.start : word.start + len(word.text)] == word.text
        error = word.error("wrong")
        assert len(error.text) <= MAX_SHOWN_CHARACTERS
        assert error.text.isprintable()
        assert 0 <= error.start <= error.start + error.length <= len(error.text)
