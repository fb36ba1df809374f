"""What the loops of features read: by hand, against SciPy, and that it is made of the recipe alone."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import fft, signal

from cnnkit.data.recipes.dialects import DIALECTS, read_recipe
from cnnkit.data.recipes.recipe import Recipe
from cnnkit.data.recipes.tapers import TAPERS
from cnnkit.loops.features import frames as loops
from cnnkit.loops.machine.processor import VECTOR_BYTES
from cnnkit.operations.features.tables import FACTORS, cosine_transform, lifter, tables, taper

SMALL: dict[str, Any] = {"frame_length": 20, "hop_length": 10, "n_fft": 24, "n_mels": 3, "n_mfcc": 2}


def of(kind: str = "mfcc", dtype: str = "f8", samples: int = 100, **fields: Any) -> Any:
    """The tables of a small recipe at 1000 Hz."""
    return tables(Recipe("", **{**SMALL, **fields}, kind=kind).plan(samples, 1000), dtype)


# Tapers.


@pytest.mark.parametrize("length", [1, 2, 3, 4, 25, 400, 551])
@pytest.mark.parametrize("kind", [*TAPERS[1:]])
def test_tapers_are_those_of_scipy(kind: str, length: int) -> None:
    np.testing.assert_array_equal(taper("none", length), np.ones(length))
    power, exact = (0.85, 1e-12) if kind == "povey" else (1, 1e-14)
    for form, is_periodic in (("periodic", True), ("symmetric", False)):
        window = signal.get_window({"povey": "hann"}.get(kind, kind), length, fftbins=is_periodic)
        expected = np.maximum(window, 0) ** power if power != 1 else window
        np.testing.assert_allclose(taper(f"{kind}-{form}", length), expected, rtol=0, atol=exact)
    plain = "periodic" if kind == "hann" else "symmetric"
    np.testing.assert_array_equal(taper(kind, length), taper(f"{kind}-{plain}", length))


def test_tapers_by_hand() -> None:
    np.testing.assert_allclose(taper("hann", 4), [0, 0.5, 1, 0.5], atol=1e-15)
    np.testing.assert_allclose(taper("hamming", 5), [0.08, 0.54, 1, 0.54, 0.08], atol=1e-15)
    np.testing.assert_allclose(taper("povey", 5), [0, 0.5**0.85, 1, 0.5**0.85, 0], atol=1e-15)


# Cosines.


@pytest.mark.parametrize("n_mels", [1, 2, 13, 26, 40])
def test_cosines_are_the_dct_of_scipy(n_mels: int) -> None:
    bands = np.random.default_rng(n_mels).normal(size=n_mels)
    recipe = Recipe("", 4, 4, n_mels=n_mels, n_mfcc=n_mels)
    expected = fft.dct(bands, norm="ortho")
    np.testing.assert_allclose(cosine_transform(recipe) @ bands, expected, atol=1e-13)
    htk = cosine_transform(recipe._replace(dct="htk")) @ bands
    np.testing.assert_allclose(htk, expected * np.where(np.arange(n_mels) == 0, math.sqrt(2), 1), atol=1e-13)
    fewer = cosine_transform(recipe._replace(n_mfcc=max(n_mels // 2, 1)))
    np.testing.assert_array_equal(fewer, cosine_transform(recipe)[: len(fewer)])


def test_coefficient_0_last() -> None:
    recipe = Recipe("", 4, 4, n_mels=5, n_mfcc=4, lifter=22.0, dct="htk")
    expected = cosine_transform(recipe)[[1, 2, 3, 0]]
    np.testing.assert_array_equal(cosine_transform(recipe._replace(c0="last")), expected)


def test_lifters() -> None:
    assert lifter(4, 0).tolist() == [1, 1, 1, 1]
    # HTK Book 5.3: c'[n] = (1 + L/2 sin(pi n / L)) c[n]; librosa counts n from 1.
    np.testing.assert_allclose(lifter(3, 2), [1, 2, 1], atol=1e-15)
    np.testing.assert_allclose(lifter(3, 2, 1), [2, 1, 0], atol=1e-15)
    recipe = Recipe("", 4, 4, n_mels=5, n_mfcc=3)
    rows = cosine_transform(recipe._replace(lifter=22.0, lifter_first=1))
    np.testing.assert_allclose(rows, cosine_transform(recipe) * lifter(4, 22)[1:, None], rtol=1e-15)


# What is laid out.


@pytest.mark.parametrize("kind", ["f4", "f8"])
@pytest.mark.parametrize("remove_mean", [False, True])
def test_sums_stand_one_after_another(remove_mean: bool, kind: str) -> None:
    recipe = Recipe("", **SMALL, remove_mean=remove_mean)
    plan = recipe.plan(100, 1000)
    t = tables(plan, kind)
    rows = [t.weights[t.starts[m] : t.starts[m + 1]] for m in range(len(t.firsts))]
    assert len(rows) == 3 + 1 + 2 + 1
    for row, first, band in zip(rows, t.firsts, plan.bands, strict=False):
        assert first == band.first
        np.testing.assert_array_equal(row, np.array(band.weights, kind))
    assert t.firsts[3:].tolist() == [0] * 4
    np.testing.assert_array_equal(rows[3], np.ones(13))
    np.testing.assert_array_equal(rows[4:6], cosine_transform(recipe).astype(kind))
    np.testing.assert_array_equal(rows[6], np.ones(20 if remove_mean else 0))
    assert {array.dtype for array in (t.taper, t.factors, t.roots, t.weights, t.numbers)} == {np.dtype(kind)}
    assert {array.dtype for array in (t.turns, t.places, t.firsts, t.starts)} == {np.dtype(np.int64)}


@pytest.mark.parametrize("kind", ["spectrogram", "mel", "logmel", "mfcc"])
def test_results(kind: str) -> None:
    t = of(kind, energy=True)
    numbers = {"spectrogram": (0, 0), "mel": (3, 0), "logmel": (3, 0), "mfcc": (3, 2)}
    results = (loops.SPECTRUM, loops.BANDS, loops.LOGARITHMS, loops.COEFFICIENTS)
    assert t.steps.result == results[["spectrogram", "mel", "logmel", "mfcc"].index(kind)]
    assert (t.steps.bands, t.steps.coefficients) == numbers[kind]
    assert len(t.firsts) == sum(numbers[kind]) + 2
    assert t.steps.energy == (0 if kind == "mfcc" else -1)
    assert (t.steps.bins, t.steps.length, t.steps.hop, t.steps.frames) == (13, 20, 10, 0)


def test_rows_are_laid_in_whole_vectors() -> None:
    for kind, lanes in (("f4", VECTOR_BYTES // 4), ("f8", VECTOR_BYTES // 8)):
        for length in (1, lanes - 1, lanes, lanes + 1):
            assert of("spectrogram", kind, frame_length=length, n_fft=64).steps.padded == -(-length // lanes) * lanes


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, {"is_shaped": 0, "is_centred": 0, "energy": -1, "is_energy_of_frame": 0}),
        ({"taper": "hann"}, {"is_shaped": 1}),
        ({"preemphasis": 0.5}, {"is_shaped": 0}),
        ({"preemphasis": 0.5, "preemphasis_over": "frame"}, {"is_shaped": 1}),
        ({"preemphasis_over": "frame"}, {"is_shaped": 0}),
        ({"remove_mean": True}, {"is_shaped": 1, "is_centred": 1}),
        ({"energy_of": "frame"}, {"is_shaped": 0, "energy": -1, "is_energy_of_frame": 0}),
        ({"energy_of": "frame", "energy": True}, {"is_shaped": 1, "energy": 0, "is_energy_of_frame": 1}),
        ({"energy": True, "c0": "last"}, {"is_shaped": 0, "energy": 1, "is_energy_of_frame": 0}),
        ({"log": "none"}, {"is_log": 0}),
        ({"log": "db", "log_guard": "add"}, {"is_log": 1, "guard": loops.ADD}),
        ({"log_guard": "zero"}, {"guard": loops.ZERO}),
        ({"spectrum": "magnitude"}, {"is_root": 1, "guard": loops.MAX}),
    ],
)
def test_switches(fields: dict[str, Any], words: dict[str, int]) -> None:
    steps = of(**fields).steps
    assert {name: getattr(steps, name) for name in words} == words


def test_numbers() -> None:
    t = of(
        preemphasis=0.97, spectrum="power/n_fft", log="db", log_floor=1e-5, log_shift=4.0, log_gain=0.25, log_range=80.0
    )
    expected = {
        loops.PREEMPHASIS: 0, loops.OVER_SOUND: 0.97, loops.GAIN: 0.25 / 24, loops.SCALE: 1, loops.FLOOR: 1e-5,
        loops.FACTOR: 10 / math.log(10), loops.LOWEST: -math.inf, loops.SHIFT: 4, loops.SLOPE: 0.25,
    }  # fmt: skip
    assert t.numbers.tolist() == [expected[place] for place in range(9)]
    t = of(preemphasis=0.97, preemphasis_over="frame")
    assert t.numbers[[loops.PREEMPHASIS, loops.OVER_SOUND, loops.GAIN]].tolist() == [0.97, 0, 0.25]


def test_references() -> None:
    for guard, power in (("zero", 0.5), ("max", 2.0), ("add", 2.5)):
        numbers = of(log="db", log_guard=guard, log_floor=2.0, log_ref=0.5, log_shift=1.0).numbers
        assert numbers[loops.SHIFT] == pytest.approx(1 - 10 * math.log10(power), abs=1e-13)
    assert of(log_ref="max", log_shift=3.0).numbers[loops.SHIFT] == 3


def test_factors_of_logarithms() -> None:
    assert {word: round(factor * math.log(100), 12) for word, factor in FACTORS.items() if word != "ln"} == {
        "log10": 2, "db": 20, "none": round(math.log(100), 12),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("n_fft", "is_in_lanes"),
    [(24, True), (30, True), (32, True), (400, True), (4, True), (6, True),
     (25, False), (22, False), (34, False), (401, False), (406, False), (2, False), (3, False), (1, False)],
)  # fmt: skip
def test_sizes_that_loops_transform(n_fft: int, is_in_lanes: bool) -> None:
    t = of("spectrogram", frame_length=1, n_fft=n_fft)
    assert t.is_in_lanes == is_in_lanes
    assert len(t.turns) % 3 == 0
    if is_in_lanes:
        assert t.places.shape == (n_fft // 2,)
        assert t.roots.reshape(-1, 2)[0].tolist() == [1, 0]
        np.testing.assert_allclose(
            t.roots.view(complex), np.exp(2j * np.pi * np.arange(n_fft // 2) / n_fft), rtol=0, atol=1e-15
        )


# What they depend on.


def test_they_are_kept_whatever_the_sound() -> None:
    assert of(samples=100) is of(samples=3000)
    assert of(dtype="f4") is not of(dtype="f8")
    assert of() is not of(preemphasis=0.5)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_float32_is_float64_rounded_once(dialect: str) -> None:
    plan = read_recipe(dialect, "mfcc").plan(20000, 16000)
    exact, rounded = tables(plan, "f8"), tables(plan, "f4")
    for name in ("taper", "factors", "roots", "weights", "numbers"):
        np.testing.assert_array_equal(getattr(rounded, name), getattr(exact, name).astype(np.float32))
