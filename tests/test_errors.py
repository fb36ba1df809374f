"""Errors say what is wrong and what to change, and carry the exit code of the command line."""

import pytest

from cnnkit.errors import (
    ArgumentError,
    CnnkitError,
    InputError,
    NotationError,
    OutputError,
    SizeError,
    quoted,
    unknown_word,
)


def test_problem_and_hint_are_one_text_and_two_attributes() -> None:
    error = CnnkitError("stride 0 is below 1", hint="use stride 1 or more")
    assert str(error) == "stride 0 is below 1 (use stride 1 or more)"
    assert (error.problem, error.hint) == ("stride 0 is below 1", "use stride 1 or more")


def test_without_a_hint_there_are_no_brackets() -> None:
    assert str(CnnkitError("out of luck")) == "out of luck"


@pytest.mark.parametrize(
    ("kind", "code"),
    [(CnnkitError, 1), (SizeError, 1), (InputError, 1), (OutputError, 1), (ArgumentError, 2), (NotationError, 2)],
)
def test_wrong_usage_exits_with_2_and_a_failed_input_with_1(kind: type[CnnkitError], code: int) -> None:
    assert kind("problem").exit_code == code
    assert isinstance(kind("problem"), CnnkitError)


@pytest.mark.parametrize("kind", [ArgumentError, SizeError, NotationError])
def test_wrong_values_are_value_errors(kind: type[CnnkitError]) -> None:
    with pytest.raises(ValueError, match="problem"):
        raise kind("problem")


def test_the_carets_stand_under_the_word() -> None:
    error = NotationError("unknown layer", "use conv or pool", text="conv3-32 foo pool2", start=9, length=3)
    assert error.pointer == "conv3-32 foo pool2\n         ^^^"
    assert str(error) == "unknown layer (use conv or pool)"


def test_there_is_a_caret_even_under_nothing() -> None:
    assert NotationError("missing", text="conv", start=4, length=0).pointer == "conv\n    ^"


def test_quoted_cuts_long_words_and_escapes_control_characters() -> None:
    assert quoted("a" * 40) == repr("a" * 40)
    assert quoted("a" * 41) == repr("a" * 37 + "...")
    assert quoted("\x1b[2J") == "'\\x1b[2J'"


@pytest.mark.parametrize(("word", "meant"), [("np.mean", "average"), ("numpy.MAX", "max"), ("GLOBAL_MEAN", "gap")])
def test_words_are_known_with_their_module_and_underscores(word: str, meant: str) -> None:
    others = {"mean": "average", "global-mean": "gap"}
    assert unknown_word("type", word, ["max", "average", "gap"], synonyms=others).hint == f"did you mean {meant}?"
