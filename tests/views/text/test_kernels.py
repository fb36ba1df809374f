"""Kernels as text, within 80 columns."""

from __future__ import annotations

import numpy as np
import pytest

import cnnkit
from cnnkit.data.kernels.kernel import Kernel
from cnnkit.data.kernels.presets import PRESETS
from cnnkit.views.text.kernels import MAX_SIDE, kernel_lines, kernel_text


def test_a_kernel_is_shown_with_its_sum() -> None:
    text = kernel_text(Kernel(np.array([[0, 0.1, -0.1]]), "mine", "a thing", "a book"))
    assert text.splitlines() == ["mine  1x3, sum 0", "  0  0.1  -0.1", "  a thing", "  source: a book"]


def test_weights_over_a_denominator_are_whole() -> None:
    lines = kernel_text(Kernel(np.outer([1, 2, 1], [1, 2, 1]) / 16)).splitlines()
    assert lines[1:] == ["  1/16 *", "  1  2  1", "  2  4  2", "  1  2  1"]


def test_weights_too_wide_for_a_line_are_rounded_to_a_power_of_ten() -> None:
    weights = np.linspace(-0.0312345, 0.0412345, 12)[None]
    lines = kernel_text(Kernel(weights)).splitlines()
    assert lines[1] == "  about 1e-4 *"
    assert [int(word) for word in lines[2].split()] == np.rint(weights[0] * 1e4).tolist()


@pytest.mark.parametrize("shape", [(3, 3, 2), (1, MAX_SIDE + 1), (MAX_SIDE + 1, 1)])
def test_a_kernel_too_large_for_a_page_is_described_by_its_extent(shape: tuple[int, ...]) -> None:
    weights = np.arange(float(np.prod(shape)), 0, -1).reshape(shape) - 1
    assert f"weights from 0 to {int(weights.max())}" in kernel_text(Kernel(weights))


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_every_preset_fits_80_columns_and_shows_its_settings(preset: cnnkit.data.kernels.preset.Preset) -> None:
    text = kernel_text(preset.kernel(), preset, PRESETS.values())
    assert max(map(len, [*text.splitlines(), *kernel_lines([preset])])) <= 80
    assert text.startswith(f"{preset.name}  ")
    for (name, meaning), (_, default) in zip(preset.meanings.items(), preset.parameters.values(), strict=True):
        (line,) = [line for line in text.splitlines() if line.strip().startswith(f"{name}=")]
        assert line.split() == [f"{name}={default:g}", *meaning.split()]
    assert preset.source.split()[-1] in text
    assert "see also: identity, box, mean" in text


def test_one_line_names_the_grid_and_what_it_does() -> None:
    (line,) = kernel_lines([PRESETS["motion"]])
    assert line.split()[:2] == ["motion", "1x9"]
    assert line.endswith(PRESETS["motion"].detects)
