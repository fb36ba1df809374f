"""The types of a loop's arguments, as text."""

from itertools import product
from typing import NamedTuple

import pytest

from cnnkit.loops.machine.signature import Parameter, Template


class Numbers(NamedTuple):
    """A record of whole numbers."""

    one: int
    other: int


def test_arrays_and_numbers() -> None:
    signature = Template("f4[3], i8, u1[1], f8", {}).signature(("f4", "u1"))
    assert signature is not None
    assert signature.parameters == (Parameter("f4", 3), Parameter("i8"), Parameter("u1", 1), Parameter("f8"))
    assert signature.text == "f4[3], i8, u1[1], f8"
    assert signature.array_types == ("f4", "u1")


def test_a_letter_stands_for_each_of_its_types_everywhere() -> None:
    template = Template("T[2], i8, T, T[1]", {"T": ("f4", "f8")})
    found = [template.signature((dtype, dtype)) for dtype in ("f4", "f8")]
    assert [signature and signature.text for signature in found] == ["f4[2], i8, f4, f4[1]", "f8[2], i8, f8, f8[1]"]


@pytest.mark.parametrize("types", list(product(("u1", "f4"), ("f4", "f8"))))
def test_two_letters_give_every_combination(types: tuple[str, str]) -> None:
    found = Template("T[1], U[1]", {"T": ("u1", "f4"), "U": ("f4", "f8")}).signature(types)
    assert found is not None
    assert found.array_types == types


@pytest.mark.parametrize("dtype", ["u1", "f8"])
def test_what_is_written_is_read_again(dtype: str) -> None:
    signature = Template("T[4], i8[1], T, f4", {"T": ("u1", "f8")}).signature((dtype, "i8"))
    assert signature is not None
    assert Template(signature.text, {}).signature((dtype, "i8")) == signature


def test_a_word_stands_for_a_record() -> None:
    template = Template("T[1], Numbers, i8", {"T": ("f4", "f8"), "Numbers": Numbers})
    found = template.signature(("f8",))
    assert found is not None
    assert found.text == "f8[1], Numbers(one, other), i8"
    assert found.parameters[1].record is Numbers
    assert found.array_types == ("f8",)


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (("f4", "f4", "i8"), "f4[1], f4[2], i8[1], f4"),
        (("f8", "f8", "i8"), "f8[1], f8[2], i8[1], f8"),
        (("f4", "f8", "i8"), None),
        (("i2", "i2", "i8"), None),
        (("f4", "f4", "i4"), None),
        (("f4", "f4"), None),
        (("f4", "f4", "i8", "i8"), None),
        ((), None),
    ],
)
def test_the_signature_of_given_arrays(types: tuple[str, ...], expected: str | None) -> None:
    found = Template("T[1], T[2], i8[1], T", {"T": ("f4", "f8")}).signature(types)
    assert (found and found.text) == expected


@pytest.mark.parametrize("text", ["f4[]", "float", "f4[x]", "", "f4,,i8", "f4[2]]", "TT[1]", "f4 i8"])
def test_what_is_no_signature(text: str) -> None:
    template = Template(text, {})
    with pytest.raises(TypeError, match="is not a parameter"):
        template.signature(())
