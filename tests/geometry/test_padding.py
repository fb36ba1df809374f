"""Padding words become numbers of samples, and every added sample has a source."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from cnnkit.errors import ArgumentError
from cnnkit.geometry.padding import Padding, PadMode, four_sides, pad_mode, padding_rule, source_index
from cnnkit.geometry.pair import LARGEST
from tests.reference.convolution import ends, extended

NUMPY_NAMES = {"replicate": "edge", "reflect": "reflect", "symmetric": "symmetric", "wrap": "wrap"}


# Worked by hand.


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("same", "same"),
        ("same-lower", "same-lower"),
        ("valid", "valid"),
        ("full", "full"),
        (0, Padding(0, 0, 0, 0)),
        (2, Padding(2, 2, 2, 2)),
        ("2", Padding(2, 2, 2, 2)),
        (np.int64(2), Padding(2, 2, 2, 2)),
        ((1, 2), Padding(1, 1, 2, 2)),
        ("1x2", Padding(1, 1, 2, 2)),
        ([1, 2, 3, 4], Padding(1, 2, 3, 4)),
        ("1x2x3x4", Padding(1, 2, 3, 4)),
        (Padding(1, 2, 3, 4), Padding(1, 2, 3, 4)),
    ],
)
def test_a_word_or_one_two_or_four_numbers(rule: Any, expected: str | Padding) -> None:
    assert padding_rule(rule) == expected


@pytest.mark.parametrize(
    ("rule", "size", "reach", "stride", "expected"),
    [
        ("same", 4, 3, 2, (0, 1)),  # TensorFlow: (2 - 1) * 2 + 3 - 4 = 1, the odd one after
        ("same-lower", 4, 3, 2, (1, 0)),
        ("same", 5, 3, 2, (1, 1)),
        ("same", 13, 6, 5, (1, 2)),  # TensorFlow's own example
        ("same-lower", 13, 6, 5, (2, 1)),
        ("same", 224, 7, 2, (2, 3)),  # the first layer of ResNet in TensorFlow
        ("same", 6, 2, 3, (0, 0)),  # nothing to add: a window smaller than the stride
        ("same", 3, 11, 1, (5, 5)),
        ("valid", 5, 3, 1, (0, 0)),
        ("full", 5, 3, 2, (2, 2)),
    ],
)
def test_sides_by_hand(rule: str, size: int, reach: int, stride: int, expected: tuple[int, int]) -> None:
    assert four_sides(rule, (size, 1), (reach, 1), (stride, 1)) == Padding(*expected, 0, 0)
    assert four_sides(rule, (1, size), (1, reach), (1, stride)) == Padding(0, 0, *expected)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("replicate", "aaaaaa|abcd|dddddd"),
        ("reflect", "abcdcb|abcd|cbabcd"),
        ("symmetric", "cddcba|abcd|dcbaab"),
        ("wrap", "cdabcd|abcd|abcdab"),
        ("zero", "------|abcd|------"),
        ("constant=3", "------|abcd|------"),
    ],
)
def test_modes_drawn_with_letters(mode: str, expected: str) -> None:
    indices = [source_index(position, 4, pad_mode(mode)) for position in range(-6, 10)]
    drawn = "".join("-abcd"[index + 1] for index in indices)
    assert f"{drawn[:6]}|{drawn[6:10]}|{drawn[10:]}" == expected


def test_what_a_padding_prints_is_read_again() -> None:
    padding = Padding(0, 1, 20, 3)
    assert padding.text == "0x1x20x3"
    assert padding_rule(padding.text) == padding
    assert padding.widest == 20


def test_sides() -> None:
    padding = Padding(0, 1, 20, 3)
    assert (padding.before, padding.after, padding.is_symmetric) == ((0, 20), (1, 3), False)
    assert Padding(1, 1, 2, 2).is_symmetric


# Agreement with the twin and with NumPy.


@pytest.mark.parametrize("rule", ["same", "same-lower", "valid", "full"])
def test_sides_agree_with_the_twin(rule: str) -> None:
    for length, size, stride, dilation in product(range(1, 12), range(1, 6), range(1, 6), range(1, 4)):
        reach = dilation * (size - 1) + 1
        found = four_sides(rule, (length, 1), (reach, 1), (stride, 1))
        assert (found.top, found.bottom) == ends(rule, 0, length, size, stride, dilation), (length, reach, stride)


@pytest.mark.parametrize("mode", ["zero", "constant=2", *NUMPY_NAMES])
def test_sources_agree_with_the_twin_at_any_width(mode: str) -> None:
    for length in range(1, 8):
        found = [source_index(position, length, pad_mode(mode)) for position in range(-30, length + 30)]
        expected = [-1 if index is None else index for index in extended(length, 30, 30, mode)]
        assert found == expected, length


@pytest.mark.parametrize("mode", NUMPY_NAMES)
def test_sources_agree_with_numpy(mode: str) -> None:
    for length in range(1, 8):
        found = [source_index(position, length, pad_mode(mode)) for position in range(-17, length + 23)]
        np.testing.assert_array_equal(found, np.pad(np.arange(length), (17, 23), mode=NUMPY_NAMES[mode]))


# Every error.


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("sme", r"unknown padding 'sme' \(did you mean same\?\)"),
        ("SAME", r"unknown padding 'SAME'"),
        ("SAME_UPPER", r"did you mean same\?"),
        ("same-upper", r"did you mean same\?"),
        ("(1, 2)", r"padding '\(1, 2\)' is not whole numbers \(write 1x2\)"),
        ("same_lower", r"did you mean same-lower\?"),
        ("some", r"unknown padding 'some' \(did you mean same\?\)"),
        ("around", r"unknown padding 'around' \(use same, same-lower, valid, full, 1, 1x2 or 0x1x0x1\)"),
        ("zero", r"unknown padding 'zero' \(zero is a pad mode \(--pad-mode zero, of convolutions\): use same, "),
        (
            "circular",
            r"unknown padding 'circular' \(wrap is a pad mode \(--pad-mode wrap, of convolutions\): use same, ",
        ),
        ("", r"unknown padding ''"),
        ("-1", r"padding -1 is below 0"),
        (-1, r"-1.*below 0"),
        ((0, -2), r"-2.*below 0"),
        (1.5, r"1\.5"),
        ((1, 2.5), r"2\.5"),
        ("1.5", r"padding '1\.5' is not whole numbers"),
        ("1xx2", r"padding '1xx2' is not whole numbers"),
        ((1, 2, 3), r"padding has 3 numbers, not 1, 2 or 4"),
        ("1x2x3x4x5", r"padding has 5 numbers, not 1, 2 or 4"),
        ([], r"padding has 0 numbers"),
        (None, r"padding None is not whole numbers"),
        (("a", "b"), r"not whole numbers"),
        (float("nan"), r"padding nan is not whole numbers"),
        (float("inf"), r"padding inf"),
        (LARGEST + 1, r"2147483648.*(too large|largest)"),
        (10**30, r"10{30}.*(too large|largest)"),
        ("9" * 5000, r"too large"),
        (1j, r"padding 1j is not whole numbers"),
    ],
)
def test_what_is_no_padding(rule: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        padding_rule(rule)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("zero", PadMode("constant", 0.0)),
        ("constant=0.5", PadMode("constant", 0.5)),
        ("constant=-1e3", PadMode("constant", -1000.0)),
        ("wrap", PadMode("wrap")),
        (PadMode("reflect"), PadMode("reflect")),
    ],
)
def test_modes_are_read(mode: Any, expected: PadMode) -> None:
    assert pad_mode(mode) == expected


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        ("reflct", r"unknown pad mode 'reflct' \(did you mean reflect\?\)"),
        ("zeros", r"did you mean zero\?"),
        ("grid-mirror", r"did you mean symmetric\?"),
        ("cv2.BORDER_REFLECT", r"did you mean symmetric\?"),
        ("cv2.BORDER_REFLECT_101", r"did you mean reflect\?"),
        ("edge", r"unknown pad mode 'edge' \(did you mean replicate\?\)"),
        ("around", r"unknown pad mode 'around' \(use one of zero, replicate, reflect, symmetric, wrap, constant=V\)"),
        ("", r"unknown pad mode ''"),
        ("wrap=2", r"unknown pad mode 'wrap=2'"),
        ("constant", r"pad mode 'constant' needs a finite value \(write it as constant=0\.5\)"),
        ("constant=", r"needs a finite value"),
        ("constant=nan", r"needs a finite value"),
        ("constant=-inf", r"needs a finite value"),
        ("constant=1e999", r"needs a finite value"),
        ("constant=white", r"pad mode 'constant=white' needs a finite value"),
        (None, r"unknown pad mode"),
        (0, r"unknown pad mode"),
    ],
)
def test_what_is_no_mode(mode: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        pad_mode(mode)
