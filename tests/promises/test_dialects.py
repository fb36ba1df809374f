"""What holds for every dialect, whatever the sound: frames, blocks, threads, types."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnnkit.data.recipes.dialects import DIALECTS, read_recipe
from cnnkit.data.recipes.recipe import SAMPLE_RATES
from cnnkit.errors import SizeError
from cnnkit.operations.features import blocks
from cnnkit.operations.features.features import features, mfcc
from tests.cases.sounds import NAMES, noise, sixteen_bits, sounds, voice
from tests.reference import frames as twin

RATE = 16000
FRAMINGS = ["pad-end", "center", "valid", "psf", "kaldi", "whisper"]


def alone(dialect: str) -> dict[str, Any]:
    """What makes a frame a matter of its own samples: nothing is held near the clip's largest value."""
    return {"log_range": 1e6} if DIALECTS[dialect].log_range is not None else {}


# As many frames as planned.


@given(
    framing=st.sampled_from(FRAMINGS), count=st.integers(1, 2000), length=st.integers(1, 300), hop=st.integers(1, 400)
)
@settings(max_examples=300)
def test_frames_planned_are_frames_computed(framing: str, count: int, length: int, hop: int) -> None:
    fields: dict[str, Any] = {"framing": framing, "frame_length": length, "hop_length": hop, "n_fft": 512}
    size = len(twin.starts(count, framing, length, hop, 512))
    try:
        plan = read_recipe("lecture", "spectrogram", **fields).plan(count, RATE)
    except SizeError:
        assert size < 1
        return
    assert plan.frames.count == size
    samples = noise(count, seed=count)
    assert features(samples, RATE, "spectrogram", **fields).shape == plan.shape == (size, 257, 1)


@pytest.mark.parametrize("dialect", list(DIALECTS))
@given(count=st.integers(1, 9000), rate=st.sampled_from([8000, 11025, 16000, 22050]))
@settings(max_examples=25)
def test_shapes_of_dialects(dialect: str, count: int, rate: int) -> None:
    fields: dict[str, Any] = {"dialect": dialect, "empty_bands": "allow"}
    rate = SAMPLE_RATES.get(dialect, rate)
    try:
        shape = read_recipe(dialect, empty_bands="allow").plan(count, rate).shape
    except SizeError:
        assume(False)
    found = mfcc(noise(count), rate, **fields)
    assert found.shape == shape
    assert np.isfinite(found).all()


# A frame is a matter of its own samples.


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", ["spectrogram", "mel", "logmel", "mfcc"])
@pytest.mark.parametrize("dialect", list(DIALECTS))
def test_a_frame_does_not_depend_on_its_neighbours(dialect: str, kind: str, dtype: str) -> None:
    fields: dict[str, Any] = {"dialect": dialect, "dtype": dtype, "framing": "valid", "empty_bands": "allow"}
    fields |= alone(dialect)
    sound = noise(60000)
    whole = features(sound, RATE, kind, **fields)
    frames = read_recipe(dialect, kind, framing="valid", empty_bands="allow").plan(len(sound), RATE).frames
    over_frame = DIALECTS[dialect].preemphasis_over == "frame" or DIALECTS[dialect].preemphasis == 0
    for first, last in ((0, 1), (0, 17), (1, 2), (5, 38), (7, frames.count), (frames.count - 1, frames.count)):
        part = features(sound[frames.start(first) : frames.start(last - 1) + frames.length], RATE, kind, **fields)
        begin = 0 if first == 0 or over_frame else 1  # a preemphasis over the sound knows the sample before it
        np.testing.assert_array_equal(part[begin:], whole[first:last][begin:], err_msg=f"frames {first} to {last}")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("dialect", list(DIALECTS))
def test_a_longer_sound_begins_alike(dialect: str, dtype: str) -> None:
    fields: dict[str, Any] = {"dialect": dialect, "dtype": dtype, "empty_bands": "allow", **alone(dialect)}
    sound = noise(70001)
    whole, part = mfcc(sound, RATE, **fields), mfcc(sound[:30000], RATE, **fields)
    frames = read_recipe(dialect, empty_bands="allow").plan(30000, RATE).frames
    inside = sum(frames.start(t) + frames.length <= 30000 for t in range(frames.count))
    assert inside > 10
    np.testing.assert_array_equal(part[:inside], whole[:inside])


@pytest.mark.parametrize("dialect", list(DIALECTS))
@pytest.mark.parametrize("turn", range(4))
def test_threads_do_not_change_a_bit(turn: int, dialect: str) -> None:
    # Every two of a dialect, a kind of features and a type.
    kind = ("spectrogram", "mel", "logmel", "mfcc")[turn]
    dtype = ("float32", "float64")[(turn + list(DIALECTS).index(dialect)) % 2]
    fields: dict[str, Any] = {"dialect": dialect, "dtype": dtype, "empty_bands": "allow"}
    sound = voice(100003, RATE)
    expected = features(sound, RATE, kind, threads=1, **fields)
    for threads in (2, 7, None):
        np.testing.assert_array_equal(features(sound, RATE, kind, threads=threads, **fields), expected)


@pytest.mark.parametrize("turn", range(3), ids=["own", "odd", "a large prime"])
@pytest.mark.parametrize("dialect", list(DIALECTS))
def test_blocks_do_not_change_a_bit(dialect: str, turn: int, monkeypatch: pytest.MonkeyPatch) -> None:
    n_fft, dtype = (None, 2187, 4094)[turn], ("float32", "float64")[(turn + list(DIALECTS).index(dialect)) % 2]
    fields: dict[str, Any] = {"dialect": dialect, "dtype": dtype, "n_fft": n_fft, "empty_bands": "allow"}
    sound = voice(16001, RATE)
    expected = mfcc(sound, RATE, **fields)
    for block in (1, 5000, 2**30):
        monkeypatch.setattr(blocks, "BLOCK_SAMPLES", block)
        monkeypatch.setattr(blocks, "FOURIER_BLOCK_SAMPLES", block)
        np.testing.assert_array_equal(mfcc(sound, RATE, **fields), expected)


@pytest.mark.parametrize("dialect", [name for name, recipe in DIALECTS.items() if recipe.log_range is not None])
def test_the_loudest_frame_of_the_clip_holds_up_the_others(dialect: str) -> None:
    sound = np.concatenate([1e-6 * noise(30000), noise(30000)])
    width = DIALECTS[dialect].log_range
    quiet, loud = (
        features(part, RATE, dialect=dialect, dtype="float64", empty_bands="allow", log_shift=0, log_gain=1)
        for part in (sound[:30000], sound)
    )
    assert quiet.max() < loud.max() - width + 1
    np.testing.assert_allclose(loud.min(), loud.max() - width)
    assert (loud[:20] == loud.min()).mean() > 0.5


# The two precisions, and the types of the samples.


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dialect", list(DIALECTS))
def test_float32_is_near_float64(dialect: str, name: str) -> None:
    """The bands: to 1e-5 of themselves, or a ten-millionth of the power of the loudest."""
    sound = sounds(RATE, RATE)[name]
    fields: dict[str, Any] = {"dialect": dialect, "empty_bands": "allow"}
    exact = features(sound, RATE, "mel", dtype="float64", **fields)
    single = features(sound, RATE, "mel", dtype="float32", **fields)
    assert single.dtype == np.float32
    share = 1e-5 if DIALECTS[dialect].spectrum == "magnitude" else 1e-7
    near = 1e-5 * exact + share * exact.max() + 1e-30
    assert (np.abs(single - exact) <= near).all()


@pytest.mark.parametrize("dialect", list(DIALECTS))
def test_coefficients_in_float32_of_a_sound_with_some_noise(dialect: str) -> None:
    sound = voice(3 * RATE, RATE)
    fields: dict[str, Any] = {"dialect": dialect, "empty_bands": "allow"}
    exact = mfcc(sound, RATE, dtype="float64", **fields)
    np.testing.assert_allclose(mfcc(sound, RATE, **fields), exact, rtol=1e-6, atol=5e-4)


@pytest.mark.parametrize("dialect", list(DIALECTS))
def test_precision_float64_is_rounded_once(dialect: str) -> None:
    sound = noise(20000)
    fields: dict[str, Any] = {"dialect": dialect, "empty_bands": "allow"}
    exact = mfcc(sound, RATE, dtype="float64", **fields)
    np.testing.assert_array_equal(mfcc(sound, RATE, precision="float64", **fields), exact.astype(np.float32))
    np.testing.assert_array_equal(mfcc(sound, RATE, precision="float32", dtype="float64", **fields), exact)


@pytest.mark.parametrize("dtype", ["f4", "f8", ">f4", ">f8"])
@pytest.mark.parametrize("dialect", list(DIALECTS))
def test_layouts_of_the_same_numbers(dialect: str, dtype: str) -> None:
    sound = noise(20000).astype(np.float32)
    fields: dict[str, Any] = {"dialect": dialect, "empty_bands": "allow"}
    expected = mfcc(sound, RATE, **fields)
    np.testing.assert_array_equal(mfcc(sound.astype(dtype), RATE, **fields), expected)
    np.testing.assert_array_equal(mfcc(np.repeat(sound.astype(dtype), 3)[::3], RATE, **fields), expected)
    np.testing.assert_array_equal(mfcc(sound[::-1].astype(dtype)[::-1], RATE, **fields), expected)


@pytest.mark.parametrize("dialect", [name for name, recipe in DIALECTS.items() if recipe.scale != "as-is"])
def test_integers_and_floats_are_one_sound(dialect: str) -> None:
    samples = sixteen_bits(noise(20000))
    fields: dict[str, Any] = {"dialect": dialect, "empty_bands": "allow", "dtype": "float64"}
    np.testing.assert_array_equal(mfcc(samples, RATE, **fields), mfcc(samples / 32768, RATE, **fields))


@pytest.mark.parametrize("dialect", list(DIALECTS))
def test_samples_are_left_alone(dialect: str) -> None:
    samples: npt.NDArray[Any] = noise(20000)
    samples.flags.writeable = False
    kept = samples.copy()
    mfcc(samples, RATE, dialect=dialect, empty_bands="allow")
    np.testing.assert_array_equal(samples, kept)
