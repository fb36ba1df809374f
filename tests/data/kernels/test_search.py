"""Words that people look for, and the presets they find."""

from __future__ import annotations

import pytest

from cnnkit.data.kernels.presets import PRESETS
from cnnkit.data.kernels.search import OTHER_WORDS, near_word, search


def names(text: str) -> list[str]:
    return [preset.name for preset in search(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("vertical", {"sobel-x", "scharr-x", "prewitt-x", "gradient-x", "gaussian-x"}),
        ("Horizontal Edges", {"sobel-y", "scharr-y", "prewitt-y", "gradient-y", "gaussian-y"}),
        ("blurring", {"box", "mean", "gaussian", "binomial", "disk", "motion"}),
        ("smooth", {"box", "mean", "gaussian", "binomial"}),
        ("denoise", {"box", "gaussian", "binomial"}),
        ("sharpening", {"sharpen", "sharpen8", "unsharp", "detail", "edge-enhance"}),
        ("edge", {"edge", "sobel", "roberts", "laplacian", "log", "kirsch"}),
        ("corners", {"corner"}),
        ("textures", {"laws"}),
        ("blob", {"dog", "mexican-hat"}),
        ("Canny", {"gaussian-x", "gaussian-y"}),
        ("fspecial", {"laplacian", "motion"}),
        ("compass", {"kirsch", "robinson", "prewitt-compass", "frei-chen"}),
        ("all of the curvature", {"edge", "laplacian", "corner"}),
        ("gradient", {"gradient-x", "sobel", "roberts", "steerable"}),
        ("pattern", {"line", "gabor", "laws"}),
    ],
)
def test_what_people_look_for(text: str, found: set[str]) -> None:
    assert found <= set(names(text))
    assert len(names(text)) < len(PRESETS)


@pytest.mark.parametrize("word", OTHER_WORDS)
def test_other_words_find_what_they_mean(word: str) -> None:
    assert OTHER_WORDS[word] in names(word)


def test_vertical_finds_nothing_that_is_not() -> None:
    assert all(name.endswith("-x") for name in names("vertical"))
    assert all(name.endswith("-y") for name in names("horizontal"))


@pytest.mark.parametrize(
    "text", ["", "a", "x y", "zebra", "sobel:45", "sobel45", "1 0 -1", "@k.txt", "edge; line", "_", "the", "all and"]
)
def test_other_text_finds_nothing(text: str) -> None:
    assert names(text) == []


def test_near_words() -> None:
    assert near_word("gausian") == "gaussian"
    assert near_word("vertcal") == "vertical"
    assert search(near_word("horizntal"))
    assert [near_word(word) for word in ("qqqq", "kante", "ecke", "rand", "flou", "the")] == [""] * 6
