"""Names of other tools lead to a setting there is, and are none themselves."""

from __future__ import annotations

import pytest

import cnnkit
from cnnkit.data.recipes.fields import FIELDS
from cnnkit.data.recipes.other_names import OTHER_NAMES


def test_other_names_are_of_settings() -> None:
    assert set(OTHER_NAMES.values()) <= set(FIELDS)
    assert set(OTHER_NAMES).isdisjoint(FIELDS)


@pytest.mark.parametrize(("other", "name"), [("numcep", "n_mfcc"), ("f_min", "fmin"), ("winlen", "frame_length")])
def test_the_library_says_its_own_name(other: str, name: str) -> None:
    with pytest.raises(cnnkit.CnnkitError, match=rf"unknown field '{other}' \(did you mean {name}\?\)"):
        cnnkit.mfcc([0.0] * 4000, 8000, **{other: 20})
