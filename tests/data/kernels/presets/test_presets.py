"""What holds for every preset, whatever its family."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pytest

from cnnkit.data.kernels.preset import Preset
from cnnkit.data.kernels.presets import FAMILIES, PRESETS
from cnnkit.errors import ArgumentError

SUM_OF_ONE = {preset.name for family in ("smoothing", "sharpening") for preset in FAMILIES[family]} - {"high-pass"}
VALUES: dict[str, tuple[float, ...]] = {
    "alpha": (0, 0.2, 1),
    "angle": (-1e6, -135, 0, 22.5, 45, 90, 100.1),
    "sigma": (0.3, 1, 2.3, 40),
    "size": (3, 4, 5, 21),
    "radius": (0, 0.5, 1, 7.3, 40),
    "length": (1, 2, 9, 30),
    "amount": (0, 0.5, 1000),
    "ratio": (1.01, 1.6, 100),
    "centre": (0, 0.4, 1),
    "wavelength": (2.5, 7, 1000),
    "gamma": (0.1, 1, 10),
    "phase": (-90, 0, 33),
    "index": (1, 2, 3, 4, 5, 6, 7, 8),
    "rows": (1, 2, 3, 4, 5),
    "columns": (2, 3, 4, 5),
}
"""Settings to try, within every preset's domain but where a preset asks for an odd size or a multiple of 45."""


def _cases() -> list[tuple[str, dict[str, float]]]:
    cases: list[tuple[str, dict[str, float]]] = []
    for preset in PRESETS.values():
        names = list(preset.parameters)
        for values in product(*(VALUES[name] for name in names)):
            cases.append((preset.name, dict(zip(names, values, strict=True))))
    return cases


CASES = _cases()


def test_there_are_many_and_each_name_is_taken_once() -> None:
    assert len(PRESETS) >= 34
    assert sum(map(len, FAMILIES.values())) == len(PRESETS)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_name_phrase_source_and_settings(preset: Preset) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", preset.name)
    assert 10 < len(preset.detects) <= 54  # a line of the list has 80 columns
    assert 10 < len(preset.source) < 200
    for name, (kind, default) in preset.parameters.items():
        assert re.fullmatch(r"[a-z]+", name)
        assert type(default) is kind
        assert name in VALUES


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_defaults_give_two_dimensional_weights_that_do_something(preset: Preset) -> None:
    weights = preset.kernel().weights
    assert weights.ndim == 2
    assert max(weights.shape) <= 29
    assert np.abs(weights).max() > 0.01


@pytest.mark.parametrize("name", PRESETS)
def test_sums(name: str) -> None:
    preset = PRESETS[name]
    tried = 0
    for settings in (settings for case, settings in CASES if case == name):
        try:
            kernel = preset.kernel(**settings)
        except ArgumentError as error:
            assert re.search("even, and has no centre|not a multiple of 45|more than 1001", error.problem)  # noqa: PT017
            continue
        tried += 1
        if name in SUM_OF_ONE:
            tolerance = 1e-12 * max(1.0, np.abs(kernel.weights).sum())  # unsharp with an amount of 1000
            np.testing.assert_allclose(kernel.weights.sum(), 1.0, atol=tolerance)
        else:
            tolerance = 0.0 if kernel.has_integer_weights else 1e-12 * max(1.0, np.abs(kernel.weights).sum())
            np.testing.assert_allclose(kernel.weights.sum(), 0.0, atol=tolerance)
            assert kernel.is_zero_sum
        assert np.abs(kernel.weights).max() > 0
    assert tried > 0


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_the_ends_that_a_setting_is_said_to_have_are_those_it_has(preset: Preset) -> None:
    for name, meaning in preset.meanings.items():
        found = re.search(r"from ([\d.]+) to ([\d.]+)", meaning)
        if found is None:
            assert name in ("angle", "phase")
            continue
        kind, others = preset.parameters[name][0], {"size": 3} if "size" in preset.parameters and name != "size" else {}
        step = 0.004 if kind is float else 2
        for end, beyond in ((float(found[1]), -step), (float(found[2]), step)):
            preset.kernel(**{**others, name: kind(end)})
            with pytest.raises(ArgumentError, match=r"above|below"):
                preset.kernel(**{**others, name: kind(end + beyond) or -1})


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("log", {"sigma": 1e4, "size": 3}),
        ("log", {"sigma": 125}),
        ("mexican-hat", {"sigma": 125}),
        ("dog", {"sigma": 1e4, "ratio": 1.01, "size": 3}),
        ("dog", {"sigma": 0.3, "ratio": 1.01}),
        ("gabor", {"wavelength": 1000, "sigma": 0.3}),
        ("gabor", {"wavelength": 1000, "sigma": 1e4, "size": 3}),
        ("steerable", {"angle": 33, "sigma": 1e4, "size": 1001}),
        ("high-pass", {"size": 1001}),
        ("sobel", {"angle": 1e300}),
    ],
)
def test_zero_sums_hold_at_the_ends_of_the_domain(name: str, settings: dict[str, float]) -> None:
    kernel = PRESETS[name].kernel(**settings)
    assert kernel.is_zero_sum
    assert abs(kernel.weights.sum()) < 1e-15 * max(1.0, np.abs(kernel.weights).sum())
    assert np.abs(kernel.weights).max() > 0


@pytest.mark.parametrize("name", [name for name, preset in PRESETS.items() if "angle" in preset.parameters])
@pytest.mark.parametrize("angle", [0, 45, 90, 135, 180, 225, 270, 315])
def test_a_quarter_turn_more_is_rot90(name: str, angle: float) -> None:
    make = PRESETS[name].make
    np.testing.assert_allclose(make(angle=angle + 90), np.rot90(make(angle=angle)), rtol=0, atol=1e-15)
    np.testing.assert_array_equal(make(angle=angle + 360), make(angle=angle))
    np.testing.assert_array_equal(make(angle=angle - 720), make(angle=angle))


@pytest.mark.parametrize("name", ["sobel", "scharr", "prewitt", "roberts", "steerable", "kirsch", "robinson"])
@pytest.mark.parametrize("angle", [0, 45, 90, 135, 180, 225, 270, 315])
def test_the_angle_is_where_brightness_rises(name: str, angle: float) -> None:
    """A slope towards the angle is answered most; one across it not at all."""
    weights = PRESETS[name].make(angle=angle)
    rows, columns = weights.shape
    x, y = np.meshgrid(np.arange(columns) - (columns - 1) / 2, (rows - 1) / 2 - np.arange(rows))
    directions = np.radians(np.arange(0, 360, 15))
    answers = [(weights * (x * np.cos(towards) + y * np.sin(towards))).sum() for towards in directions]
    assert np.argmax(answers) == angle // 15
    np.testing.assert_allclose(answers[(angle // 15 + 6) % 24], 0, atol=1e-12)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("value", [30, 45, 90, 300])
def test_no_weight_is_what_rounding_left(name: str, value: float) -> None:
    settings = {setting: value for setting in ("angle", "phase") if setting in PRESETS[name].parameters}
    if name in ("kirsch", "robinson", "prewitt-compass", "line"):
        settings = {"angle": 45}
    weights = np.abs(PRESETS[name].make(**settings))
    assert weights[weights != 0].min() > 1e-14 * weights.max()
