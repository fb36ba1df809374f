"""Branches that do not fit: both rows, the place, and hints that make them fit when they are followed."""

from __future__ import annotations

import re

import pytest

from cnnkit.errors import NotationError
from cnnkit.network.shape import shape

U_NET = "177x177x1 conv3-64 relu mark:skip maxpool2 conv3-64 tconv2-64:s2 cat:skip conv3-64"

MISFITS = [  # the words, the carets, the problem, and hints in their order
    (
        U_NET, "cat:skip",
        "cat:skip needs equal rows and columns: tconv2-64:s2 (layer 5) makes 176x176x64, relu (layer 2) makes "
        "177x177x64",
        ["write tconv2-64:s2:valid:op1 in place of tconv2-64:s2 (layer 5)",
         "write mark:here from:skip crop0x1x0x1 cat:here:. in place of cat:skip", "put pad0x1x0x1 before cat:skip"],
    ),
    (
        "178x178x1 mark:skip maxpool2 conv3-8 relu tconv3-8:s2:valid conv3-1 cat:skip", "cat:skip",
        "cat:skip needs equal rows and columns: conv3-1 (layer 5) makes 179x179x1, the input is 178x178x1",
        ["write tconv3-8:s2 in place of tconv3-8:s2:valid (layer 4)", "put crop0x1x0x1 before cat:skip"],
    ),
    (
        "56x56x64 mark:in conv3-128:s2 bn add:in", "add:in",
        "add:in needs equal rows, columns and depth: bn (layer 2) makes 28x28x128, the input is 56x56x64",
        ["write mark:here from:in conv1-128:s2:nobias bn add:here in place of add:in"],
    ),
    (
        "56x56x64 mark:in conv3-128:s2 mark:main from:in relu add:main", "add:main",
        "add:main needs equal rows, columns and depth: relu (layer 2) makes 56x56x64, conv3-128:s2 (layer 1) makes "
        "28x28x128",
        ["put conv1-128:s2:nobias bn before add:main"],
    ),
    (
        "28x28x64 mark:in conv3-32 relu add:in", "add:in",
        "add:in needs equal rows, columns and depth: relu (layer 2) makes 28x28x32, the input is 28x28x64",
        ["write conv3-64 in place of conv3-32 (layer 1)",
         "write mark:here from:in conv1-32:nobias bn add:here in place of add:in"],
    ),
    (
        "28x28x8 mark:in conv3-8:valid mark:a from:in conv1-8 cat:a", "cat:a",
        "cat:a needs equal rows and columns: conv1-8 (layer 2) makes 28x28x8, conv3-8:valid (layer 1) makes 26x26x8",
        ["write conv3-8 in place of conv3-8:valid (layer 1)"],
    ),
    (
        "28x28x8 mark:in maxpool3:s2 mark:a from:in avgpool2 cat:a", "cat:a",
        "cat:a needs equal rows and columns: avgpool2 (layer 2) makes 14x14x8, maxpool3:s2 (layer 1) makes 13x13x8",
        ["write maxpool3:s2:ceil in place of maxpool3:s2 (layer 1)"],
    ),
    (
        "28x28x8 mark:in conv1-8 mark:a from:in conv1-8 mark:b from:in conv3-8:p0x0x1x1 cat:a:b:.", "a",
        "cat:a:b:. needs equal rows and columns: conv3-8:p0x0x1x1 (layer 3) makes 26x28x8, conv1-8 (layer 1) makes "
        "28x28x8",
        ["write conv3-8 in place of conv3-8:p0x0x1x1 (layer 3)"],
    ),
    (
        "28x28x8 mark:in conv1-8 mark:here from:in conv3-8:valid mark:b from:in conv1-2 cat:here:b:.", "b",
        "cat:here:b:. needs equal rows and columns: conv1-2 (layer 3) makes 28x28x2, conv3-8:valid (layer 2) makes "
        "26x26x8",
        ["write conv3-8 in place of conv3-8:valid (layer 2)",
         "write mark:here2 from:b pad1 mark:b-fit from:here2 cat:here:b-fit:. in place of cat:here:b:."],
    ),
    (
        "28x14x8 mark:in maxpool2x1 flatten reshape14x14x8 add:in", "add:in",
        "add:in needs equal rows, columns and depth: reshape14x14x8 (layer 3) makes 14x14x8, the input is 28x14x8",
        ["write mark:here from:in maxpool2x1 add:here in place of add:in", "put upsample2x1 before add:in"],
    ),
    (
        "28x28x8 mark:in gap mark:a from:in conv3-8 add:a", "add:a",
        "add:a needs both volumes, or both values in a row, to join: conv3-8 (layer 2) makes 28x28x8, gap (layer 1) "
        "makes 8",
        ["put gap before add:a"],
    ),
    (
        "28x28x8 mark:in gap fc3 add:in", "add:in",
        "add:in needs both volumes, or both values in a row, to join: fc3 (layer 2) makes 3, the input is 28x28x8",
        ["write mark:here from:in gap fc3 add:here in place of add:in"],
    ),
    (
        "10 mark:in fc5 add:in", "add:in", "add:in needs equal values: fc5 (layer 1) makes 5, the input is 10",
        ["put fc10 before add:in"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "problem", "hints"), MISFITS, ids=[text for text, *_ in MISFITS])
def test_both_rows_the_place_and_the_cure(text: str, place: str, problem: str, hints: list[str]) -> None:
    with pytest.raises(NotationError) as caught:
        shape(text)
    error = caught.value
    assert error.problem == problem
    assert error.text[error.start : error.start + error.length] == place
    found = error.hint.split("; or ")
    assert [hint.startswith(one) for hint, one in zip(found, hints, strict=False)] == [True] * len(hints), found


def follow(text: str, hint: str) -> str:
    """The words after a hint was followed."""
    words = text.split()
    if match := re.fullmatch(r"put (.+) before (\S+)", hint):
        place = words.index(match[2])
        return " ".join([*words[:place], match[1], *words[place:]])
    match = re.fullmatch(r"write (.+) in place of (\S+)(?: \(layer \d+\))?", hint)
    assert match, hint
    return re.sub(rf"(?<!\S){re.escape(match[2])}(?!\S)", match[1], text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("8x4x2 mark:a reshape4x8x2 cat:a", "make the current volume 8x4 before cat:a"),
        ("8x4x2 mark:a conv1-2 mark:b conv1-3:s2 add:a:b", "make the current volume 8x4x2 before add:a:b"),
    ],
)
def test_where_no_word_makes_them_fit_the_size_is_named(text: str, hint: str) -> None:
    with pytest.raises(NotationError) as caught:
        shape(text)
    assert caught.value.hint == hint


@pytest.mark.parametrize("text", [text for text, *_ in MISFITS])
def test_whoever_follows_a_hint_has_branches_that_fit(text: str) -> None:
    with pytest.raises(NotationError) as caught:
        shape(text)
    for hint in caught.value.hint.split("; or "):
        shape(follow(text, hint))
