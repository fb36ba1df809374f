"""Values of a recipe's fields, one by one."""

import math
import re
from typing import Any

import numpy as np
import pytest

from cnnkit.data.recipes.dialects import DIALECTS
from cnnkit.data.recipes.fields import FIELDS, read_length, read_segment, whole_number
from cnnkit.data.recipes.finish import Finish
from cnnkit.data.recipes.recipe import Recipe
from cnnkit.errors import ArgumentError
from cnnkit.geometry.framing import FRAMINGS
from cnnkit.geometry.padding import PAD_MODES


def test_every_setting_is_in_the_table() -> None:
    assert set(FIELDS) == {*Recipe._fields, *Finish._fields} - {"dialect", "kind"}
    assert [name for name in FIELDS if FIELDS[name].group == "finish"] == list(Finish._fields)


@pytest.mark.parametrize("name", FIELDS)
def test_every_word_is_read_and_is_in_the_help(name: str) -> None:
    field = FIELDS[name]
    for word in field.value.words:
        assert field.read(word) == word
        assert re.search(rf"(?<!\w){re.escape(word)}(?!\w)", field.help)


def test_the_words_of_geometry_are_all_there() -> None:
    assert FIELDS["framing"].value.words == tuple(FRAMINGS)
    assert {*FIELDS["pad_mode"].value.words, "constant"} == {mode.partition("=")[0] for mode in PAD_MODES}


@pytest.mark.parametrize("name", [name for name in FIELDS if "[lecture" in FIELDS[name].text])
def test_the_help_has_the_defaults_of_the_first_two_dialects(name: str) -> None:
    values = {dialect: getattr(DIALECTS[dialect], name) for dialect in ("lecture", "psf")}
    lecture, psf = (
        "yes" if value is True else f"{value:g}" if isinstance(value, float) else str(value)
        for value in values.values()
    )
    expected = f"[lecture, psf {psf}]" if lecture == psf else f"[lecture {lecture}, psf {psf}]"
    assert FIELDS[name].help.endswith(f".  {expected}")


def test_none_is_a_word_where_there_is_one() -> None:
    takers = {name for name, field in FIELDS.items() if name in Recipe._fields and field.takes_none}
    assert takers == {"taper", "mel_norm", "log", "log_range", "log_ref"}
    assert [FIELDS[name].read(None) for name in ("taper", "mel_norm", "log")] == ["none"] * 3
    assert FIELDS["log_range"].read(None) is FIELDS["log_range"].read("none") is None
    assert FIELDS["log_ref"].read(None) is None
    assert [FIELDS["log_ref"].read(value) for value in ("max", "2.5", 1)] == ["max", 2.5, 1.0]


@pytest.mark.parametrize("value", [13, 13.0, np.int16(13), np.float64(13)])
def test_whole_numbers(value: Any) -> None:
    assert whole_number("n_mfcc", value) == 13


@pytest.mark.parametrize(
    ("value", "read"), [(512, 512), ("512", 512), ("25ms", "25ms"), ("12.5ms", "12.5ms"), (" 25ms", "25ms")]
)
def test_lengths(value: Any, read: Any) -> None:
    assert read_length("hop_length", value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [(48000, 48000), (480.0, 480), ("48000", 48000), (" 3s ", "3s"), ("0.5s", "0.5s"), ("10ms", "10ms")],
)
def test_segments(value: object, read: object) -> None:
    assert read_segment("segment", value) == read


@pytest.mark.parametrize("value", [4, "4", 4.0, "0.5", 99, "96"])
def test_few_samples_are_meant_as_seconds_or_frames(value: object) -> None:
    for name in ("duration", "segment"):
        with pytest.raises(ArgumentError, match=rf"{name} {value} would be samples, and fewer than 100") as caught:
            FIELDS[name].read(value)
        for hinted in re.findall(r"[\d.]+[sf]\b", caught.value.hint):
            assert FIELDS[name].read(hinted) == hinted
    assert FIELDS["segment"].read(100) == 100
    assert FIELDS["overlap"].read(int(float(value)) or 1) == (int(float(value)) or 1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("hop_length", 0, "hop_length 0 is not between 1 and 2147483647"),
        ("hop_length", "0", "hop_length 0 is not between 1 and 2147483647"),
        ("hop_length", "-3", "hop_length -3 is not between 1"),
        ("hop_length", 2**31, "hop_length 2147483648 is not between 1 and 2147483647"),
        ("hop_length", 2.5, "hop_length 2.5 is not a whole number"),
        ("hop_length", True, "hop_length True is not between 1"),
        ("hop_length", "10 ms", "hop_length '10 ms' is neither samples nor milliseconds"),
        ("hop_length", "0ms", "hop_length '0ms' is neither samples nor milliseconds"),
        ("hop_length", "", "hop_length '' is neither samples nor milliseconds"),
        ("frame_length", "1e3", "frame_length '1e3' is neither samples nor milliseconds"),
        ("frame_length", [400], "frame_length [400] is not a whole number"),
        ("n_fft", "512", "n_fft '512' is not a whole number"),
        ("n_mels", 10**6, "n_mels 1000000 is not between 1 and 4096"),
        ("n_mfcc", math.nan, "n_mfcc nan is not a whole number"),
        ("fmin", -1, "fmin -1 is not a finite number of 0 or more"),
        ("fmax", math.inf, "fmax inf is not a finite number of 0 or more"),
        ("fmax", "high", "fmax 'high' is not a finite number of 0 or more"),
        ("lifter", -22, "lifter -22 is not a finite number of 0 or more"),
        ("preemphasis", 1.5, "preemphasis 1.5 is not a finite number of 0 to 1"),
        ("preemphasis", math.nan, "preemphasis nan is not a finite number of 0 to 1"),
        ("framing", "centre", "unknown framing 'centre' (did you mean center?)"),
        ("taper", "han", "unknown taper 'han' (did you mean hann?)"),
        ("log_ref", 0, "log_ref 0 is not a finite number of 1e-37 or more"),
        ("log_ref", "loud", "'loud' is not a finite number of 1e-37 or more (use max, none, or a power such as 0.01)"),
        ("energy", "yes", "energy 'yes' is neither true nor false"),
    ],
)
def test_wrong_values(name: str, value: Any, problem: str) -> None:
    with pytest.raises(ArgumentError, match=re.escape(problem)):
        FIELDS[name].read(value)
