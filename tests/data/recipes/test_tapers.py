"""Words for tapers."""

import re

import pytest

from cnnkit.data.recipes.tapers import TAPERS, is_periodic, read_taper
from cnnkit.errors import ArgumentError


@pytest.mark.parametrize("form", ["periodic", "symmetric"])
def test_both_forms_of_every_taper(form: str) -> None:
    for kind in TAPERS[1:]:
        assert read_taper("taper", f"{kind}-{form}") == f"{kind}-{form}"
        assert is_periodic(f"{kind}-{form}") == (form == "periodic")


@pytest.mark.parametrize("word", TAPERS)
def test_words_as_they_are(word: str) -> None:
    assert read_taper("taper", word) == word
    assert is_periodic(word) == (word in ("none", "hann"))


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("hanning", "unknown taper 'hanning' (did you mean hann-symmetric?)"),
        ("boxcar", "unknown taper 'boxcar' (did you mean none?)"),
        ("rectangular", "unknown taper 'rectangular' (did you mean none?)"),
        ("none-periodic", "unknown taper 'none-periodic' (did you mean"),
        ("hann-", "unknown taper 'hann-' (did you mean hann?)"),
        ("q", "unknown taper 'q' (use one of none, hann, hamming, blackman, blackmanharris, bartlett, povey; "),
        ("np.hamming", "unknown taper 'np.hamming' (did you mean hamming?)"),
        ("torch.hamming_window", "unknown taper 'torch.hamming_window' (did you mean hamming-periodic?)"),
    ],
)
def test_wrong_words(value: str, problem: str) -> None:
    with pytest.raises(ArgumentError, match=re.escape(problem)):
        read_taper("taper", value)
