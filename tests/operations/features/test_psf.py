"""python_speech_features as an engine: by hand, against itself, against cnnkit, and everything it cannot do."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import python_speech_features
from hypothesis import given, settings
from hypothesis import strategies as st
from python_speech_features import sigproc

from cnnkit.data.recipes.dialects import read_recipe
from cnnkit.data.recipes.recipe import Recipe
from cnnkit.data.recipes.tapers import TAPERS
from cnnkit.data.signal import Signal
from cnnkit.errors import ArgumentError, SizeError
from cnnkit.operations.features import blocks, psf
from cnnkit.operations.features.psf import Difference, check
from cnnkit.operations.features.tables import taper

NOTHING = math.log(2.220446049250313e-16)
SMALL: dict[str, Any] = {"frame_length": 4, "hop_length": 4, "n_fft": 4, "n_mels": 1, "n_mfcc": 1, "preemphasis": 0}
"""One band over bin 1 alone: its edges are floor(5 f / 8) of 0, 1.998 and 4 Hz at a rate of 8."""


def noise(samples: int, rate: int = 16000) -> Signal:
    return Signal(np.random.default_rng(samples).integers(-20000, 20000, samples).astype(np.int16), rate)


def compute(recipe: Recipe, signal: Signal) -> npt.NDArray[np.float64]:
    return psf.compute(recipe.plan(signal.count, signal.sample_rate), signal)


def largest_difference(recipe: Recipe, signal: Signal, features: npt.NDArray[np.floating]) -> Difference:
    return psf.largest_difference(recipe.plan(signal.count, signal.sample_rate), signal, features)


def ours(recipe: Recipe, signal: Signal, dtype: str = "float64") -> npt.NDArray[np.floating]:
    return blocks.compute_features(recipe.plan(signal.count, signal.sample_rate), signal, dtype)


# Worked by hand.


def test_an_impulse() -> None:
    # |X| is 1 in all three bins, the power 1/4, and the band holds bin 1 alone.
    signal = Signal(np.array([1, 0, 0, 0]), 8)
    found = compute(read_recipe("lecture", "mfcc", **SMALL, lifter=0, energy=False), signal)
    np.testing.assert_allclose(found, [[[math.log(1 / 4)]]])
    found = compute(read_recipe("lecture", "spectrogram", **SMALL), signal)
    np.testing.assert_allclose(found, [[[math.log(1 / 4)]] * 3])


def test_silence() -> None:
    silence = Signal(np.zeros(4096), 22050)
    for kind in ("spectrogram", "logmel"):
        np.testing.assert_allclose(compute(read_recipe("lecture", kind), silence), NOTHING)


# Against python_speech_features.


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100])
@pytest.mark.parametrize("samples", [1, 300, 30000])
def test_it_is_called_with_a_recipes_numbers(rate: int, samples: int) -> None:
    signal = noise(samples, rate)
    length, step = int(0.025 * rate + 0.5), int(0.01 * rate + 0.5)
    size = max(512, 1 << (length - 1).bit_length())
    found = compute(read_recipe("psf"), signal)
    assert (found.dtype, found.ndim) == (np.float64, 3)
    expected = python_speech_features.mfcc(signal.samples, rate, nfft=size)
    np.testing.assert_allclose(found[:, :, 0], expected, rtol=0, atol=1e-9)
    expected = python_speech_features.logfbank(signal.samples, rate, nfft=size)
    np.testing.assert_allclose(compute(read_recipe("psf", "logmel"), signal)[:, :, 0], expected, rtol=0, atol=1e-9)
    cut = sigproc.framesig(sigproc.preemphasis(signal.samples, 0.97), length, step)
    expected = sigproc.powspec(cut, size)
    np.testing.assert_allclose(
        np.exp(compute(read_recipe("psf", "spectrogram"), signal))[:, :, 0], expected, rtol=1e-9, atol=1e-15
    )


def test_the_lecture_is_it_on_the_padded_sound() -> None:
    signal = noise(51200, 22050)
    padded = np.pad(signal.samples, (0, 1536))
    expected = python_speech_features.mfcc(padded, 22050, winlen=2048 / 22050, winstep=512 / 22050, nfft=2048)
    found = compute(read_recipe("lecture"), signal)
    assert found.shape == (100, 13, 1)
    np.testing.assert_allclose(found[:, :, 0], expected, rtol=0, atol=1e-9)


# Against cnnkit.


@given(data=st.data())
@settings(max_examples=100)
def test_every_framing_is_what_cnnkit_computes(data: st.DataObject) -> None:
    length = data.draw(st.integers(3, 40))
    hop = data.draw(st.integers(1, 50))
    framing = data.draw(st.sampled_from(["pad-end", "valid", "center", "psf", "kaldi", "whisper"]))
    count = data.draw(
        st.integers(max(length, hop + 1), 300) if framing not in ("pad-end", "center", "psf") else st.integers(1, 300)
    )
    recipe = read_recipe(
        data.draw(st.sampled_from(["lecture", "psf"])),
        data.draw(st.sampled_from(["logmel", "mfcc"])),
        frame_length=length,
        hop_length=hop,
        n_fft=data.draw(st.integers(max(length, 24), 64)),
        framing=framing,
        taper=data.draw(st.sampled_from(["none", "hann", "hamming", "povey", "hann-symmetric", "bartlett-periodic"])),
        preemphasis=data.draw(st.sampled_from([0, 0.5, 0.97])),
        n_mels=3,
        fmin=data.draw(st.sampled_from([0, 100])),
        fmax=data.draw(st.sampled_from([None, 3500])),
        n_mfcc=data.draw(st.integers(1, 3)),
        lifter=data.draw(st.sampled_from([0, 22, 3.5])),
        energy=data.draw(st.booleans()),
    )
    signal = noise(count, 8000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psf, "BLOCK_SAMPLES", data.draw(st.sampled_from([1, 100, 2**20])))
        found = compute(recipe, signal)
    expected = ours(recipe, signal)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8)


@pytest.mark.parametrize(("length", "hop"), [(3, 4), (30, 1)])
@pytest.mark.parametrize("block", [1, 100])
def test_a_block_knows_the_sample_before_it_wherever_the_first_frame_begins(
    length: int, hop: int, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frames of 3 with a hop of 4 begin at sample 1, those of 30 with a hop of 1 at sample -15."""
    monkeypatch.setattr(psf, "BLOCK_SAMPLES", block)
    recipe = read_recipe(
        "lecture", "logmel", frame_length=length, hop_length=hop, n_fft=32, framing="kaldi", n_mels=3, preemphasis=0.97
    )
    signal = noise(60, 8000)
    np.testing.assert_allclose(compute(recipe, signal), ours(recipe, signal), rtol=0, atol=1e-8)


@pytest.mark.parametrize("dtype", ["u1", "i2", "i8", "f4", "f8", ">i2"])
def test_types_of_the_same_numbers(dtype: str) -> None:
    samples = np.random.default_rng(3).integers(0, 100, 5000)
    expected = compute(read_recipe("psf"), Signal(samples, 16000))
    np.testing.assert_array_equal(compute(read_recipe("psf"), Signal(samples.astype(dtype), 16000)), expected)


def test_a_block_begins_where_the_last_one_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    signal = noise(50000)
    expected = compute(read_recipe("psf"), signal)
    monkeypatch.setattr(psf, "BLOCK_SAMPLES", 10000)
    read: list[tuple[int, int]] = []

    class Recorded(Signal):
        def between(self, start: int, stop: int) -> npt.NDArray[Any]:
            read.append((start, stop))
            return super().between(start, stop)

    found = compute(read_recipe("psf"), Recorded(signal.samples, 16000))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
    assert read == sorted(read)
    assert max(stop - start for start, stop in read) < 10000
    assert read[-1][1] == 50000


# How far a result is from it.


def test_the_largest_difference_and_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe, signal = read_recipe("psf"), noise(50000)
    found = ours(recipe, signal, "float32")
    assert 1e-9 < largest_difference(recipe, signal, found).largest < 1e-4
    found = ours(recipe, signal)
    assert largest_difference(recipe, signal, found).largest < 1e-9
    monkeypatch.setattr(psf, "BLOCK_SAMPLES", 10000)
    found[200, 5, 0] -= 0.25
    found[300, 7, 0] += 0.125
    difference = largest_difference(recipe, signal, found)
    assert difference[1:] == (200, 5)
    assert difference.largest == pytest.approx(0.25)
    found[100, 2, 0] = math.nan
    difference = largest_difference(recipe, signal, found)
    assert math.isnan(difference.largest)
    assert difference[1:] == (100, 2)


def test_a_result_of_another_shape() -> None:
    message = re.escape("a result of shape (2, 12, 1) is not of this recipe, which gives (2, 13, 1)")
    with pytest.raises(ArgumentError, match=message):
        largest_difference(read_recipe(), noise(1000), np.zeros((2, 12, 1)))


# What it cannot do.


@pytest.mark.parametrize("kind", psf.FIXED)
def test_it_can_do_its_own_dialects(kind: str) -> None:
    for dialect in ("lecture", "psf"):
        check(read_recipe(dialect)._replace(kind=kind))


@pytest.mark.parametrize(
    ("dialect", "kind", "overrides", "problem"),
    [
        ("librosa", "mfcc", {}, "no scale unit: it has as-is"),
        ("kaldi", "logmel", {}, "no scale int16: it has as-is"),
        ("psf", "mfcc", {"remove_mean": True}, "no remove_mean on: it has off"),
        ("psf", "logmel", {"mel_family": "hz"}, "no mel_family hz: it has bin"),
        ("lecture", "mfcc", {"log": "db"}, "no log db: it has ln"),
        ("lecture", "mfcc", {"log_range": 80}, "no log_range 80.0: it has None"),
        ("lecture", "mfcc", {"log_floor": 1e-10}, "no log_floor 1e-10: it has 2.2"),
        ("lecture", "spectrogram", {"spectrum": "power"}, "no spectrum power: it has power/n_fft"),
        ("psf", "mfcc", {"pad_mode": "reflect"}, "no pad_mode reflect: it has zero"),
    ],
)
def test_what_it_has_no_notion_of(dialect: str, kind: str, overrides: dict[str, Any], problem: str) -> None:
    with pytest.raises(ArgumentError, match=f"python_speech_features has {problem}"):
        compute(read_recipe(dialect, kind, **overrides), noise(1000))


@pytest.mark.parametrize(
    ("dialect", "kind", "overrides"),
    [
        ("psf", "mfcc", {"precision": "float32", "rounding": "down", "n_fft_least": 1, "empty_bands": "allow"}),
        ("lecture", "mfcc", {"pad_mode": "reflect", "framing": "center", "taper": "povey"}),
        ("psf", "logmel", {"dct": "htk", "c0": "last", "energy_of": "frame"}),
        ("psf", "mel", {"log": "none"}),
        ("psf", "spectrogram", {"mel_scale": "slaney", "mel_norm": "slaney"}),
    ],
)
def test_what_it_does_not_look_at_or_is_settled_before(dialect: str, kind: str, overrides: dict[str, Any]) -> None:
    recipe = read_recipe(dialect, kind, **overrides)
    np.testing.assert_allclose(compute(recipe, noise(3000)), ours(recipe, noise(3000)), rtol=1e-4, atol=1e-4)


def test_bands_without_a_logarithm() -> None:
    recipe = read_recipe("psf", "mel")
    np.testing.assert_allclose(compute(recipe, noise(3000)), ours(recipe, noise(3000)), rtol=1e-9)


@pytest.mark.parametrize("mode", ["zero", "replicate", "reflect", "symmetric", "wrap"])
@pytest.mark.parametrize("samples", [1, 5, 3000])
def test_every_pad_mode(mode: str, samples: int) -> None:
    recipe = read_recipe("lecture", framing="center", pad_mode=mode)
    np.testing.assert_allclose(compute(recipe, noise(samples)), ours(recipe, noise(samples)), rtol=0, atol=1e-8)


def test_a_waveform_is_not_computed() -> None:
    with pytest.raises(ArgumentError, match="python_speech_features computes no waveform"):
        compute(read_recipe("psf", "waveform"), noise(1000))


def test_a_sound_that_does_not_fit() -> None:
    with pytest.raises(SizeError, match="fmax 9000 Hz is above"):
        compute(read_recipe(fmax=9000), noise(1000))


@pytest.mark.parametrize("length", [1, 2, 3, 24, 25])
def test_its_tapers_are_made_in_another_way_and_are_the_same(length: int) -> None:
    for word in [*TAPERS, *(f"{kind}-{form}" for kind in TAPERS[1:] for form in ("periodic", "symmetric"))]:
        np.testing.assert_allclose(psf._taper(word, length), taper(word, length), rtol=0, atol=1e-12, err_msg=word)


# Its arguments, or what decides on its input; and what is settled before, as it computes in float64 whatever is said.
ARGUMENTS = {"frame_length", "hop_length", "n_fft", "framing", "taper", "preemphasis", "n_mels", "fmin", "fmax"}
ARGUMENTS |= {"n_mfcc", "lifter", "energy"}
SETTLED = {"precision", "rounding", "n_fft_least", "pad_mode", "empty_bands"}


def test_every_field_is_accounted_for() -> None:
    fixed = psf.FIXED["mfcc"]
    assert sorted([*fixed, *ARGUMENTS, *SETTLED, "dialect", "kind"]) == sorted(Recipe._fields)
    assert [name for name in Recipe._fields if name in fixed] == list(fixed)  # the first that differs is named
    assert all(set(names) <= set(fixed) for names in psf.FIXED.values())


def test_importing_it_does_not_import_scipy() -> None:
    program = "import sys, cnnkit.operations.features.psf; print('scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
