"""``cnnkit kernels``: every preset, and any kernel a user can write."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cnnkit

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def listing(run: Run) -> Any:
    return run("kernels")


def test_every_preset_is_listed_with_what_it_detects_and_its_source(listing: Any) -> None:
    assert listing.code == 0
    assert listing.err == ""
    heads = [block.split()[0] for block in listing.text.split("\n\n")]
    assert heads == [preset.name for preset in cnnkit.kernels()]
    for preset in cnnkit.kernels():
        assert preset.detects in listing.text
        assert preset.source in listing.text
        for setting in preset.parameters:
            assert f"{setting}=" in listing.text


def test_json_holds_the_weights(run: Run) -> None:
    answer = json.loads(run("kernels", "--json").out)
    assert answer["command"] == "kernels"
    assert answer["errors"] == []
    for preset, one in zip(cnnkit.kernels(), answer["results"], strict=True):
        assert one["name"] == preset.name
        np.testing.assert_array_equal(one["weights"], preset.kernel().weights)
        assert one["shape"] == list(preset.kernel().weights.shape)
        assert one["sum"] == pytest.approx(preset.kernel().weights.sum())


def test_kernels_by_name_literal_and_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("1 2; 3 -4.5")
    ran = run("kernels", "sobel:45", "1 0 -1", "@mine.txt", "gaussian:sigma=2", cwd=tmp_path)
    assert ran.code == 0
    heads = [block.splitlines()[0] for block in ran.text.split("\n\n")]
    assert [head.split()[0] for head in heads] == ["sobel45", "k1x3-6f1b", "mine", "gaussian-sigma2"]
    assert "1     2" in ran.text
    assert "-4.5" in ran.text


def test_a_sum_that_is_infinite_is_no_warning(run: Run) -> None:
    ran = run("kernels", "1e308 1e308 1")
    assert (ran.code, ran.err) == (0, "")
    assert ", sum inf\n" in ran.text


def test_fractions_are_shown_as_such(run: Run) -> None:
    ran = run("kernels", "binomial:3", "box")
    assert "  1/16 *\n  1  2  1\n  2  4  2\n  1  2  1\n" in ran.text
    assert "  1/9 *\n  1  1  1\n" in ran.text
    assert ran.text.rstrip().endswith("settings: size=3")


def test_a_layer_is_described_by_its_size(run: Run, tmp_path: Path) -> None:
    np.save(tmp_path / "layer.npy", np.arange(3 * 3 * 3 * 8.0).reshape(3, 3, 3, 8))
    ran = run("kernels", "@layer.npy", cwd=tmp_path)
    assert "3x3x3x8" in ran.text
    assert "from 0 to 215" in ran.text


@pytest.mark.parametrize(
    "name", ["sobell", "", "gaussian:sigma=x", "gaussian:size=-3", "1 2; 3", "@none.npy", "edge:3"]
)
def test_what_is_no_kernel(run: Run, refused: Run, tmp_path: Path, name: str) -> None:
    refused(run("kernels", name, cwd=tmp_path), 2)


def test_a_reader_that_goes_away(run: Run) -> None:
    ran = run("kernels", shell="{} | head -n 1")
    assert ran.code == 0  # head's
    assert ran.text.startswith("identity")
    assert ran.err == ""
