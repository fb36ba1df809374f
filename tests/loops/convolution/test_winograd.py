"""Winograd's products against the slow twin, as machine code and as plain Python."""

from typing import Any

import numpy as np
import pytest

from cnnkit.loops.convolution.winograd import BACK, FORWARD, GROWTH, STEP, TILE, WEIGHTS
from cnnkit.operations.convolution import winograd as room
from cnnkit.operations.convolution.convolve import convolve
from tests.cases.layouts import samples
from tests.reference.guards import linux_only, run_guarded
from tests.reference.loop_agreement import PRODUCTS, assert_agrees, assert_units_are_apart, units_apart


def test_the_matrices_are_a_convolution() -> None:
    """Source: Lavin and Gray, arXiv:1509.09308, equation 1."""
    back, forward, weights = np.array(BACK), np.array(FORWARD), np.array(WEIGHTS)
    assert (back.shape, forward.shape, weights.shape) == ((STEP, TILE), (TILE, TILE), (TILE, 3))
    for x, w in ((samples(1, (TILE,), "f8"), samples(2, (3,), "f8")), (np.arange(6.0), np.arange(3.0))):
        expected = [x[i : i + 3] @ w for i in range(STEP)]
        np.testing.assert_allclose(back @ ((weights @ w) * (forward @ x)), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kernels", [1, 2, 15, 16, 17, 31, 32, 33, 69])
def test_every_number_of_kernels(kernels: int, engine: str) -> None:
    images, weights = samples(0, (2, 3, 5, 3), "f4"), samples(1, (3, 3, 3, kernels), "f8")
    assert_agrees(images, weights, "winograd", bias=np.arange(kernels) - 2.5)


@pytest.mark.parametrize("depth", [1, 2, 15, 16, 17, 33, 70])
def test_every_depth(depth: int, engine: str) -> None:
    assert_agrees(samples(0, (1, 5, 6, depth), "f4"), samples(1, (3, 3, depth, 4), "f8"), "winograd")


@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "f4"])
@pytest.mark.parametrize("mode", ["zero", "constant=-2", "replicate", "reflect", "symmetric", "wrap"])
def test_types_and_padding_of_every_kind(dtype: str, mode: str, engine: str) -> None:
    images, weights = samples(0, (1, 5, 7, 2), dtype), samples(1, (3, 3, 2, 3), "f8")
    for padding in ("same", "valid", "full", (3, 0, 1, 5)):
        assert_agrees(images, weights, "winograd", padding=padding, pad_mode=mode)


@pytest.mark.parametrize("rows", range(1, 10))
@pytest.mark.parametrize("n", [1, 3])
def test_every_number_of_rows(rows: int, n: int, engine: str) -> None:
    assert_agrees(samples(rows, (n, rows, 5, 2), "f4"), samples(1, (3, 3, 2, 3), "f8"), "winograd")


def test_every_number_of_columns(engine: str) -> None:
    for columns in range(1, 41):
        assert_agrees(samples(columns, (1, 2, columns, 2), "f4"), samples(1, (3, 3, 2, 2), "f8"), "winograd")


@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_hundreds_of_columns(dtype: str) -> None:
    assert_agrees(samples(1, (2, 3, 301, 3), dtype), samples(1, (3, 3, 3, 17), "f8"), "winograd")


@pytest.mark.parametrize(("depth", "kernels"), [(64, 64), (300, 33), (512, 40)])
def test_accuracy_of_deep_layers(depth: int, kernels: int) -> None:
    for make in (lambda seed, shape: samples(seed, shape, "f4"), lambda seed, shape: np.full(shape, 0.1, np.float32)):
        image, weights = make(0, (1, 10, 11, depth)), make(1, (3, 3, depth, kernels)).astype(float)
        windows = np.lib.stride_tricks.sliding_window_view(image[0].astype(float), (3, 3), axis=(0, 1))
        expected = np.einsum("ijcab,abck->ijk", windows, weights, optimize=True)
        found = convolve(image, weights, algorithm="winograd", padding="valid")[0]
        allowed = PRODUCTS * np.abs(weights).sum(axis=(0, 1, 2)) * np.abs(image).max()
        assert (np.abs(found - expected) <= allowed).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e38, 3.4e38 / GROWTH])
@pytest.mark.parametrize("place", [(0, 0), (3, 4), (9, 12), (5, 8)])
def test_what_is_not_finite_or_too_large_touches_only_the_windows_that_cover_it(
    value: float, place: Any, engine: str
) -> None:
    images = samples(0, (3, 10, 13, 2), "f4")
    weights = np.clip(samples(1, (3, 3, 2, 5), "f8"), -1, 1)
    calm = convolve(images, weights, algorithm="winograd")
    images[1, place[0], place[1], 1] = value
    with np.errstate(all="ignore"):
        found = convolve(images, weights, algorithm="winograd")
        expected = convolve(images, weights, algorithm="direct" if weights.shape[3] == 1 else "layer")
    covered = np.zeros((3, 10, 13), dtype=bool)
    covered[1, max(place[0] - 1, 0) : place[0] + 2, max(place[1] - 1, 0) : place[1] + 2] = True
    np.testing.assert_allclose(found[~covered], calm[~covered], atol=1e-3)
    np.testing.assert_array_equal(found[covered], expected[covered])
    assert np.abs(found[~covered]).max() < 1e3


def test_a_constant_that_is_too_large_is_summed_directly(engine: str) -> None:
    images, weights = samples(0, (1, 5, 6, 2), "f4"), samples(1, (3, 3, 2, 3), "f8") / 100
    settings: dict[str, Any] = {"pad_mode": "constant=1e35", "padding": 2}
    found = convolve(images, weights, algorithm="winograd", **settings)
    np.testing.assert_array_equal(found, convolve(images, weights, algorithm="layer", **settings))


def test_blocks_side_by_side_fall_back_together() -> None:
    """A strip of several blocks, one of which holds a NaN, is computed anew as a whole."""
    images, weights = samples(0, (1, 8, 3001, 16), "f4"), samples(1, (3, 3, 16, 2), "f8")
    calm = convolve(images, weights, algorithm="winograd")
    images[0, 2, 2900, 3] = np.nan
    found = convolve(images, weights, algorithm="winograd")
    lost = np.isnan(found).any(axis=-1)[0]
    assert lost[1:4, 2899:2902].all()
    assert lost.sum() == 9
    np.testing.assert_allclose(found[0][~lost], calm[0][~lost], atol=1e-2)


@pytest.mark.parametrize("shape", [(3, 11, 9, 2), (1, 3, 5, 2), (2, 17, 30, 40)])
@pytest.mark.parametrize("kernels", [3, 69])
def test_a_unit_writes_its_own_strip_and_kernels_alone(
    shape: Any, kernels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    images, weights = samples(5, shape, "f4"), samples(6, (3, 3, shape[3], kernels), "f8")
    whole, alone = units_apart(monkeypatch, room, lambda: convolve(images, weights, algorithm="winograd", threads=3))
    assert len(alone) > 1 or (shape[0], kernels) == (1, 3)
    assert_units_are_apart(whole, alone)


@linux_only
def test_nothing_is_read_beyond_the_buffers() -> None:
    run_guarded(
        "for depth, kernels in ((1, 1), (3, 33), (40, 69), (512, 16)):",
        "    for width in (1, 5, 30):",
        "        convolve(samples(9, width, depth), samples(3, 3, depth, kernels), algorithm='winograd')",
        "        bad = samples(9, width, depth)",
        "        bad[4, 0, 0] = np.nan",
        "        convolve(bad, samples(3, 3, depth, kernels), algorithm='winograd')",
    )


@pytest.mark.parametrize(("sample", "weight"), [(1.0, 3e35), (9e29, 3e6), (1e-20, 1e35)])
def test_nothing_overflows_that_a_direct_sum_holds(sample: float, weight: float) -> None:
    image = np.sign(samples(0, (12, 12, 4), "f4")) * np.float32(sample)
    weights = samples(1, (3, 3, 4, 8), "f8") * weight
    found = convolve(image, weights, algorithm="winograd")
    expected = convolve(image, weights, algorithm="layer")
    assert np.isfinite(expected).all()
    allowed = PRODUCTS * np.abs(weights).sum(axis=(0, 1, 2)) * sample
    assert (np.abs(found - expected.astype(float)) <= allowed).all()
