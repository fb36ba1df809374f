"""A preset tells its settings and refuses others."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkit.data.kernels.preset import Preset
from cnnkit.errors import ArgumentError


def _slope(rise: float = 1.0, size: int = 3) -> np.ndarray:
    return np.linspace(-rise, rise, size)[np.newaxis]


SLOPE = Preset("slope", _slope, "slopes", "made for this test")


def test_parameters_hold_type_and_default_in_order() -> None:
    assert list(SLOPE.parameters.items()) == [("rise", (float, 1.0)), ("size", (int, 3))]


def test_parameters_of_annotations_that_are_types() -> None:
    def make(size: int = 2) -> np.ndarray:
        return np.ones((size, size))

    make.__annotations__["size"] = int
    assert Preset("ones", make, "", "").parameters == {"size": (int, 2)}


def test_kernel_carries_settings_name_and_source() -> None:
    kernel = SLOPE.kernel("steep", rise=4.0)
    np.testing.assert_array_equal(kernel.weights, [[-4, 0, 4]])
    assert (kernel.name, kernel.detects, kernel.source) == ("steep", "slopes", "made for this test")
    assert SLOPE.kernel().name == "slope"


def test_check_setting_passes_what_it_has() -> None:
    SLOPE.check_setting("size")


@pytest.mark.parametrize(
    ("setting", "hint"), [("siz", "did you mean size?"), ("angle", "its settings are rise, size"), ("", "its settings")]
)
def test_unknown_setting(setting: str, hint: str) -> None:
    with pytest.raises(ArgumentError, match=f"slope has no setting '{setting}'") as caught:
        SLOPE.kernel(**{setting: 1})
    assert hint in caught.value.hint


def test_unknown_setting_of_a_preset_without_settings() -> None:
    preset = Preset("one", lambda: np.ones((1, 1)), "", "")
    with pytest.raises(ArgumentError, match="one has no setting 'size'") as caught:
        preset.check_setting("size")
    assert caught.value.hint == "write one alone"
