"""Features block by block: the same bits however they are computed, by loops or by NumPy, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from cnnkit.data.recipes.dialects import DIALECTS, read_recipe
from cnnkit.data.signal import Signal
from cnnkit.errors import ArgumentError, InputError
from cnnkit.operations.features import blocks as room
from cnnkit.operations.features.blocks import Work, compute_features
from cnnkit.operations.features.tables import Tables
from tests.cases.layouts import LAYOUTS
from tests.reference import descriptions as twin

SMALL: dict[str, Any] = {"frame_length": 50, "hop_length": 20, "n_fft": 64, "n_mels": 6, "n_mfcc": 5}
PRIME = {"frame_length": 50, "n_fft": 53}
"""A size that the loops have no transform of."""

EXACT = {"float32": 2e-6, "float64": 2e-14}


def noise(count: int, seed: int = 0) -> npt.NDArray[np.int16]:
    return np.random.default_rng(seed).integers(-20000, 20000, count).astype(np.int16)


def features(samples: Any, dialect: str, kind: str = "mfcc", dtype: str = "float32", **settings: Any) -> Any:
    """The features of a sound at 8000 Hz: small ones, with as few fields as the dialect's own."""
    threads, full_scale = settings.pop("threads", 1), settings.pop("full_scale", None)
    fields = {**SMALL, "fmin": 0, "fmax": 4000, "empty_bands": "allow", "precision": "float32", **settings}
    plan = read_recipe(dialect, kind, **fields).plan(len(samples), 8000)
    return compute_features(plan, Signal(samples, 8000, full_scale=full_scale), dtype, threads)


def expected(samples: Any, dialect: str, kind: str, **settings: Any) -> Any:
    """The same by the slow twin, of a sound whose frames all lie within it."""
    fields = {**SMALL, "fmin": 0, "fmax": 4000, "empty_bands": "allow", **settings, "framing": "valid"}
    recipe = read_recipe(dialect, kind, **fields)
    plan = recipe.plan(len(samples), 8000)
    scale = {"as-is": 1.0, "unit": 1 / 32768, "int16": 1.0}[recipe.scale]
    x = samples.astype(float) * scale
    if recipe.preemphasis_over == "sound":
        x = np.concatenate([x[:1], x[1:] - recipe.preemphasis * x[:-1]])
    place = plan.frames
    frames = np.stack([x[place.start(t) :][: place.length] for t in range(place.count)])
    return twin.describe(frames, recipe, plan.n_fft, plan.bands)[:, :, None]


@pytest.fixture
def by_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave every transform to NumPy."""
    monkeypatch.setattr(Tables, "is_in_lanes", False)


# Against the twin, and the two ways against each other.


@pytest.mark.parametrize("n_fft", [64, 80, 50, 53, 51, 62])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_dialects_against_the_twin(dialect: str, n_fft: int) -> None:
    samples = noise(700)
    for dtype in ("float32", "float64"):
        for kind in ("spectrogram", "mel", "logmel", "mfcc"):
            fields: dict[str, Any] = {"n_fft": n_fft, "framing": "valid"}
            if kind == "spectrogram":
                fields |= {"log": "none"}  # a bin can be next to nothing, where no logarithm is exact
            found, true = features(samples, dialect, kind, dtype, **fields), expected(samples, dialect, kind, **fields)
            np.testing.assert_allclose(found, true, rtol=0, atol=EXACT[dtype] * max(np.abs(true).max(), 1))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("dtype", EXACT)
def test_numpy_gives_what_lanes_give(dialect: str, dtype: str, request: pytest.FixtureRequest) -> None:
    samples = noise(900)
    kinds = ("mel", "logmel", "mfcc")
    in_lanes = [features(samples, dialect, kind, dtype, framing="center") for kind in kinds]
    request.getfixturevalue("by_numpy")
    for kind, one in zip(kinds, in_lanes, strict=True):
        found = features(samples, dialect, kind, dtype, framing="center")
        largest = max(np.abs(one).max(), 1)
        np.testing.assert_allclose(found, one, rtol=0, atol=EXACT[dtype] * largest, err_msg=kind)


@pytest.mark.parametrize("energy_of", ["frame", "spectrum"])
@pytest.mark.parametrize("c0", ["first", "last"])
@pytest.mark.parametrize("over", ["frame", "sound"])
@pytest.mark.parametrize("remove_mean", [True, False])
def test_energies_either_way(remove_mean: bool, over: str, c0: str, energy_of: str) -> None:
    samples = noise(300)
    fields = {"energy": True, "energy_of": energy_of, "c0": c0, "preemphasis_over": over, "remove_mean": remove_mean}
    for n_fft in (64, 53):
        found = features(samples, "kaldi", "mfcc", "float64", **fields, n_fft=n_fft)
        true = expected(samples, "kaldi", "mfcc", **fields, n_fft=n_fft)
        np.testing.assert_allclose(found, true, rtol=0, atol=1e-12)


# Bits.


@pytest.mark.parametrize("sizes", [{}, PRIME])
@pytest.mark.parametrize("dtype", EXACT)
@pytest.mark.parametrize("dialect", ["psf", "librosa", "kaldi", "whisper"])
def test_blocks_and_threads_do_not_change_a_bit(
    dialect: str, dtype: str, sizes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = noise(9000)
    fields = {**sizes, "framing": "center", "hop_length": 7, "dtype": dtype}
    whole = features(samples, dialect, **fields)
    monkeypatch.setattr("cnnkit.loops.machine.bands.STEPS_WORTH_A_THREAD", 100)
    for block, fourier_block, threads in ((1, 1, 1), (7 * 19, 3000, 1), (7 * 200, 2**20, 2), (2**20, 20000, 3)):
        monkeypatch.setattr(room, "BLOCK_SAMPLES", block)
        monkeypatch.setattr(room, "FOURIER_BLOCK_SAMPLES", fourier_block)
        # Frames one by one take their time: those of a shorter sound.
        part = samples if block > 1 else samples[:700]
        found = features(part, dialect, **fields, threads=threads)
        if block == 1:
            monkeypatch.setattr(room, "BLOCK_SAMPLES", 2**20)
            np.testing.assert_array_equal(found, features(part, dialect, **fields))
        else:
            np.testing.assert_array_equal(found, whole)


@pytest.mark.parametrize("sizes", [{}, PRIME])
@pytest.mark.parametrize("dtype", EXACT)
@pytest.mark.parametrize("dialect", ["psf", "tf", "kaldi"])
def test_a_frame_does_not_depend_on_how_many_there_are(dialect: str, dtype: str, sizes: dict[str, Any]) -> None:
    samples = noise(2000)
    fields = {**sizes, "framing": "pad-end", "dtype": dtype}
    whole = features(samples, dialect, **fields)
    for count in (200, 731, 1100):
        inside = 1 + (count - 50) // 20
        np.testing.assert_array_equal(features(samples[:count], dialect, **fields)[:inside], whole[:inside])
    # And from its end: frames further on, when the first of them is preceded by a sample as well.
    later = features(samples[20 * 10 :], dialect, **fields)
    np.testing.assert_array_equal(later[1:], whole[11:])


@pytest.mark.parametrize("framing", ["pad-end", "center", "psf", "kaldi", "whisper"])
@pytest.mark.parametrize("sizes", [{}, PRIME])
def test_frames_beside_the_ends_see_their_own_samples_alone(framing: str, sizes: dict[str, Any]) -> None:
    samples = noise(600)
    changed = samples.copy()
    changed[300:340] //= 2
    for dialect in ("psf", "kaldi", "tf"):
        fields = {**sizes, "framing": framing, "pad_mode": "symmetric" if framing == "kaldi" else "zero"}
        before, after = features(samples, dialect, **fields), features(changed, dialect, **fields)
        frames = read_recipe(dialect, "mfcc", **{**SMALL, **fields}).plan(600, 8000).frames
        seen = [frames.start(t) <= 340 and frames.start(t) + 50 > 299 for t in range(frames.count)]
        same = (before == after).all(axis=(1, 2))
        np.testing.assert_array_equal(same[~np.array(seen)], True)
        assert not same[np.array(seen)].all()


# The largest of a sound.


def loud_in_the_middle(count: int) -> npt.NDArray[np.float64]:
    """Noise that is 100 times as loud for one frame."""
    samples = np.random.default_rng(0).normal(size=count) / 1000
    samples[count // 2 : count // 2 + 50] *= 100
    return samples


@pytest.mark.parametrize("sizes", [{}, PRIME])
@pytest.mark.parametrize("dtype", EXACT)
def test_logarithms_are_held_below_the_largest_of_the_whole_sound(
    sizes: dict[str, Any], dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = loud_in_the_middle(3000)
    fields = {**sizes, "dtype": dtype}
    free = features(samples, "librosa", "logmel", **fields, log_range=1000)
    largest = free.max()
    for log_range in (0, 10, 30):
        for kind in ("logmel", "spectrogram"):
            if kind == "spectrogram":
                free = features(samples, "librosa", kind, **fields, log_range=1000)
                largest = free.max()
            for block in (2**20, 300):
                monkeypatch.setattr(room, "BLOCK_SAMPLES", block)
                monkeypatch.setattr(room, "FOURIER_BLOCK_SAMPLES", block)
                found = features(samples, "librosa", kind, **fields, log_range=log_range)
                lowest = np.dtype(dtype).type(float(largest) - log_range)
                np.testing.assert_array_equal(found, np.maximum(free, lowest))
        free = features(samples, "librosa", "logmel", **fields, log_range=1000)
        largest = free.max()


def test_a_range_holds_before_the_cosines_and_before_shift_and_gain() -> None:
    samples = loud_in_the_middle(3000)
    logmel = features(samples, "librosa", "logmel", "float64", log_range=10)
    shifted = features(samples, "librosa", "logmel", "float64", log_range=10, log_shift=4, log_gain=0.25)
    np.testing.assert_allclose(shifted, (logmel + 4) * 0.25, rtol=1e-15)
    place = np.arange(6) + 0.5
    matrix = np.sqrt(np.where(np.arange(5) == 0, 1, 2) / 6)[:, None] * np.cos(np.pi * np.arange(5)[:, None] * place / 6)
    mfcc = features(samples, "librosa", "mfcc", "float64", log_range=10)
    np.testing.assert_allclose(mfcc[:, :, 0], logmel[:, :, 0] @ matrix.T, rtol=0, atol=1e-12)


def test_a_range_means_nothing_to_bands_without_logarithms() -> None:
    samples = loud_in_the_middle(1000)
    np.testing.assert_array_equal(
        features(samples, "librosa", "mel", log_range=1), features(samples, "librosa", "mel", log_range=1000)
    )


# What is read and written.


@pytest.mark.parametrize("dialect", ["psf", "librosa", "kaldi"])
@pytest.mark.parametrize("dtype", ["i2", "f4", "f8"])
def test_every_layout_in_memory(dialect: str, dtype: str) -> None:
    samples = noise(500).astype(dtype) / np.dtype(dtype).type(1 if dtype == "i2" else 2**15)
    samples = samples.astype(dtype)
    whole = features(samples, dialect)
    for name, lay in LAYOUTS.items():
        np.testing.assert_array_equal(features(lay(samples.reshape(-1, 1))[:, 0], dialect), whole, err_msg=name)


@pytest.mark.parametrize("kind", ["waveform", "spectrogram", "mel", "logmel", "mfcc"])
@pytest.mark.parametrize("dtype", EXACT)
def test_blocks_are_the_result_in_parts(kind: str, dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "BLOCK_SAMPLES", 200)
    samples = noise(3000)
    whole = features(samples, "whisper", kind, dtype)
    recipe = read_recipe("whisper", kind, **SMALL, fmax=4000, empty_bands="allow")
    work = Work(recipe.plan(3000, 8000), Signal(samples, 8000), dtype, 1)
    for _ in range(2):
        firsts, parts = zip(*work.blocks(), strict=True)
        assert {part.dtype for part in parts} == {np.dtype(dtype)}
        np.testing.assert_array_equal(np.concatenate(parts), whole[:, :, 0])
        assert list(firsts) == np.cumsum([0, *(len(part) for part in parts[:-1])]).tolist()
    assert len(parts) > 10 or kind == "waveform"


def test_float32_is_computed_as_precisely_as_the_recipe_says() -> None:
    samples = noise(1000)
    exact = features(samples, "psf", dtype="float64")
    np.testing.assert_array_equal(features(samples, "psf", precision="float64"), exact.astype(np.float32))
    assert (features(samples, "psf", precision="float32") != exact.astype(np.float32)).any()
    np.testing.assert_array_equal(features(samples, "psf", dtype="float64", precision="float32"), exact)


def test_a_frame_of_one_sample_and_an_fft_of_few() -> None:
    samples = noise(9)
    for n_fft in (1, 2, 3, 4):
        fields = {"frame_length": 1, "hop_length": 1, "n_fft": n_fft, "log": "none", "preemphasis": 0}
        found = features(samples, "psf", "spectrogram", "float64", **fields)
        power = np.square(samples.astype(float)) / n_fft
        np.testing.assert_allclose(found[:, :, 0], np.repeat(power[:, None], n_fft // 2 + 1, axis=1), rtol=1e-15)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_steady_samples_without_their_mean_are_silence(dialect: str) -> None:
    for level in (1, 100, 12345, -32768):
        steady = np.full(500, level, np.int16)
        fields = {"framing": "valid", "remove_mean": True, "preemphasis_over": "frame", "frame_length": 400}
        fields |= {"n_fft": 400, "hop_length": 50}
        for n_fft in (400, 401):
            fields["n_fft"] = n_fft
            np.testing.assert_array_equal(
                features(steady, dialect, "logmel", **fields),
                features(np.zeros_like(steady), dialect, "logmel", **fields),
            )


# What is refused.


@pytest.mark.parametrize(("dialect", "most"), [("librosa", 1e12), ("kaldi", 1e12 / 32768)])
def test_powers_of_the_largest_samples_are_numbers(dialect: str, most: float) -> None:
    fields = {"frame_length": 2**16, "hop_length": 2**16, "n_fft": 2**16, "preemphasis": 0, "taper": "none"}
    fields |= {"remove_mean": False, "framing": "valid", "log_range": 1000}
    for kind in ("spectrogram", "logmel", "mfcc"):
        steady = np.full(70000, most * 0.999)
        found, exact = (features(steady, dialect, kind, dtype, **fields) for dtype in ("float32", "float64"))
        np.testing.assert_allclose(found[:, 0], exact[:, 0], rtol=1e-5)
        with pytest.raises(InputError, match=r"70000 of 70000 samples are beyond .*, too large for their power"):
            features(steady * 1.01, dialect, kind, **fields)


def test_large_integers_are_refused_as_large_floats_are() -> None:
    with pytest.raises(InputError, match=r"1 of 600 samples are beyond 1e\+12, too large"):
        features(np.array([0] * 300 + [10**18] + [0] * 299), "kaldi")
    assert np.isfinite(features(np.full(600, 10**18), "kaldi", dtype="float64")).all()


@pytest.mark.parametrize("kind", ["waveform", "spectrogram", "mel", "logmel", "mfcc"])
@pytest.mark.parametrize("sizes", [{}, PRIME])
def test_what_is_not_finite_is_found_wherever_it_is(kind: str, sizes: dict[str, Any]) -> None:
    for place in (0, 60, 298, 599):
        samples = noise(600).astype(np.float32) / 32768
        samples[place] = math.nan
        for dialect in ("librosa", "kaldi", "psf"):
            with pytest.raises(InputError, match=f"1 of 600 samples are NaN or infinite; the first is sample {place},"):
                features(samples, dialect, kind, **sizes, framing="pad-end", frame_place="start")


@pytest.mark.parametrize("dtype", ["float16", "i4", None])
def test_types_of_the_result(dtype: Any) -> None:
    with pytest.raises(ArgumentError, match=f"dtype {dtype!r} is not a type of the result"):
        features(noise(600), "psf", dtype=dtype)


def test_a_full_scale_that_is_not_known() -> None:
    with pytest.raises(ArgumentError, match="the full scale of int32 is not known"):
        features(noise(600).astype(np.int32), "librosa")
    found = features(noise(600).astype(np.int32) * 2**8, "librosa", full_scale=2.0**23)
    np.testing.assert_array_equal(found, features(noise(600), "librosa"))
