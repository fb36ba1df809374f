"""The types of a loop's arguments, as text."""

import pytest

from cnnkit.loops.signature import Parameter, variants


def test_arrays_and_numbers() -> None:
    (signature,) = variants("f4[3], i8, u1[1], f8", {})
    assert signature.parameters == (Parameter("f4", 3), Parameter("i8"), Parameter("u1", 1), Parameter("f8"))
    assert signature.text == "f4[3], i8, u1[1], f8"
    assert signature.array_types == ("f4", "u1")


def test_a_letter_stands_for_each_of_its_types_everywhere() -> None:
    found = [signature.text for signature in variants("T[2], i8, T, T[1]", {"T": ("f4", "f8")})]
    assert found == ["f4[2], i8, f4, f4[1]", "f8[2], i8, f8, f8[1]"]


def test_two_letters_give_every_combination() -> None:
    found = [signature.array_types for signature in variants("T[1], U[1]", {"T": ("u1", "f4"), "U": ("f4", "f8")})]
    assert found == [("u1", "f4"), ("u1", "f8"), ("f4", "f4"), ("f4", "f8")]


def test_what_is_written_is_read_again() -> None:
    for signature in variants("T[4], i8[1], T, f4", {"T": ("u1", "f8")}):
        assert variants(signature.text, {}) == (signature,)


@pytest.mark.parametrize("text", ["f4[]", "float", "f4[x]", "", "f4,,i8", "f4[2]]", "TT[1]", "f4 i8"])
def test_what_is_no_signature(text: str) -> None:
    with pytest.raises(TypeError, match="is no parameter"):
        variants(text, {})
