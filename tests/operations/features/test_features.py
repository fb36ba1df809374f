"""MFCCs by hand, against the slow twin, against python_speech_features, and every wrong setting."""

import math
import re
import tracemalloc
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import python_speech_features
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit.data.recipes.dialects import read_recipe
from cnnkit.errors import ArgumentError, InputError, SizeError
from cnnkit.operations.features import blocks
from cnnkit.operations.features.features import mfcc
from tests.reference import features as twin

NOTHING = math.log(2.220446049250313e-16)
"""The logarithm of a power of 0."""

BARE = {"preemphasis": 0, "lifter": 0, "energy": False}
SMALL = {"frame_length": 4, "hop_length": 4, "n_fft": 4, "n_mels": 1, "n_mfcc": 1}
"""One band over bin 1 alone: its edges are floor(5 f / 8) of 0, 1.998 and 4 Hz at a rate of 8."""

RATES = [8000, 11025, 16000, 22050, 32000, 44100, 48000]


def noise(samples: int, seed: int = 0) -> npt.NDArray[np.int16]:
    return np.random.default_rng(seed).integers(-20000, 20000, samples).astype(np.int16)


def oracle(samples: npt.NDArray[Any], rate: int, **wanted: Any) -> npt.NDArray[np.float64]:
    """What python_speech_features gives, with an FFT that holds the frame."""
    length = int(wanted.get("winlen", 0.025) * rate + 0.5)
    size = max(512, 1 << (length - 1).bit_length())
    return np.asarray(python_speech_features.mfcc(samples, rate, **{"nfft": size, **wanted}))


# Worked by hand.


def test_an_impulse() -> None:
    # |X| is 1 in all three bins, the power 1/4, and the band holds bin 1 alone.
    found = mfcc([1, 0, 0, 0], 8, dtype="float64", **SMALL, **BARE)
    np.testing.assert_allclose(found, [[[math.log(1 / 4)]]], rtol=1e-15)
    found = mfcc([1, 0, 0, 0], 8, dtype="float64", **SMALL, preemphasis=0, lifter=0)
    np.testing.assert_allclose(found, [[[math.log(3 / 4)]]], rtol=1e-15)


def test_preemphasis_goes_over_the_borders_of_frames() -> None:
    # 1 0 0 0 | 0 0 0 1 | ... becomes 1 -.5 0 0 | 0 0 0 1 | -.5 0 0 0; bin 1 is 1 + .5i, i, -.5.
    found = mfcc([1, 0, 0, 0, 0, 0, 0, 1, 0], 8, dtype="float64", **SMALL, **{**BARE, "preemphasis": 0.5})
    np.testing.assert_allclose(found[:, 0, 0], np.log([1.25 / 4, 1 / 4, 0.25 / 4]), rtol=1e-14)


@pytest.mark.parametrize(("framing", "frame"), [("pad-end", [0, 1, -0.5, 0]), ("psf", [0, 1, 0, 0])])
def test_what_preemphasis_leaves_in_the_padding(framing: str, frame: list[float]) -> None:
    # The sound ends in a 1: padded before preemphasis, the next sample is -.5; psf pads after it.
    fields = {**SMALL, **BARE, "preemphasis": 0.5, "framing": framing}
    found = mfcc([0, 1], 8, dtype="float64", **fields)
    power = {"pad-end": 1.25 / 4, "psf": 1 / 4}[framing]  # bin 1 is -i + .5, or -i
    np.testing.assert_allclose(found, [[[math.log(power)]]], rtol=1e-14)
    assert abs(np.fft.rfft(frame)[1]) ** 2 / 4 == pytest.approx(power)


def test_silence() -> None:
    found = mfcc(np.zeros(4096), 22050, dtype="float64")
    np.testing.assert_allclose(found[:, 0], NOTHING)
    np.testing.assert_allclose(found[:, 1:], 0, atol=1e-11)
    without = mfcc(np.zeros(4096), 22050, dtype="float64", energy=False)
    np.testing.assert_allclose(without[:, 0], NOTHING * math.sqrt(26))


def test_the_lectures_shape() -> None:
    found = mfcc(noise(51200), 22050)
    assert found.shape == (100, 13, 1)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()


# Against the twin.


@given(data=st.data())
@settings(max_examples=80)
def test_against_the_twin(data: st.DataObject) -> None:
    length = data.draw(st.integers(3, 40))
    hop = data.draw(st.integers(1, 50))
    n_fft = data.draw(st.integers(max(length, 24), 64))
    framing = data.draw(st.sampled_from(["pad-end", "valid", "center", "psf", "kaldi"]))
    count = data.draw(st.integers(max(length, hop), 150) if framing in ("valid", "kaldi") else st.integers(1, 150))
    fields = {
        "frame_length": length,
        "hop_length": hop,
        "n_fft": n_fft,
        "framing": framing,
        "taper": data.draw(st.sampled_from(["none", "hann", "hamming"])),
        "preemphasis": data.draw(st.sampled_from([0, 0.5, 0.97])),
        "n_mels": 3,
        "fmin": data.draw(st.sampled_from([0, 100])),
        "fmax": data.draw(st.sampled_from([None, 3500])),
        "n_mfcc": data.draw(st.integers(1, 3)),
        "lifter": data.draw(st.sampled_from([0, 22, 3.5])),
        "energy": data.draw(st.booleans()),
    }
    samples = np.random.default_rng(count).integers(-1000, 1000, count)
    expected = np.array(twin.mfcc(samples.tolist(), 8000, **fields))
    found = mfcc(samples, 8000, dtype="float64", **fields)
    assert found.shape == (*expected.shape, 1)
    np.testing.assert_allclose(found[:, :, 0], expected, rtol=0, atol=1e-8)


# Against python_speech_features.


@given(data=st.data())
@settings(max_examples=150)
def test_psf_is_python_speech_features(data: st.DataObject) -> None:
    rate = data.draw(st.one_of(st.sampled_from(RATES), st.integers(8000, 48000)))
    length = int(0.025 * rate + 0.5)
    count = data.draw(
        st.one_of(st.sampled_from([1, 2, length - 1, length, length + 1, 3 * length]), st.integers(1, 20000))
    )
    samples = noise(count, seed=count)
    if data.draw(st.booleans()):
        samples = np.random.default_rng(count).standard_normal(count) * 10.0 ** data.draw(st.integers(-5, 4))
    found = mfcc(samples, rate, dialect="psf", dtype="float64")
    np.testing.assert_allclose(found[:, :, 0], oracle(samples, rate), rtol=0, atol=1e-9)


@pytest.mark.parametrize("rate", RATES)
def test_psf_on_sounds_that_are_not_noise(rate: int) -> None:
    time = np.arange(2 * rate) / rate
    steps = (np.arange(2 * rate) // 300 % 2 * 8000).astype(np.int16)
    for samples in (np.round(9000 * np.sin(2 * np.pi * 440 * time)), steps, np.zeros(rate), np.full(rate, 77)):
        found = mfcc(samples, rate, dialect="psf", dtype="float64")[:, :, 0]
        np.testing.assert_allclose(found, oracle(samples, rate), rtol=0, atol=1e-9)


def test_psf_with_other_values() -> None:
    samples = noise(30000)
    found = mfcc(
        samples,
        16000,
        dialect="psf",
        dtype="float64",
        frame_length="32ms",
        hop_length=100,
        n_fft=1024,
        taper="hamming",
        preemphasis=0.9,
        n_mels=40,
        fmin=100,
        fmax=7000,
        n_mfcc=20,
        lifter=30,
        energy=False,
    )
    expected = oracle(
        samples,
        16000,
        winlen=0.032,
        winstep=100 / 16000,
        nfft=1024,
        winfunc=np.hamming,
        preemph=0.9,
        nfilt=40,
        lowfreq=100,
        highfreq=7000,
        numcep=20,
        ceplifter=30,
        appendEnergy=False,
    )
    np.testing.assert_allclose(found[:, :, 0], expected, rtol=0, atol=1e-9)


@given(
    count=st.integers(1, 9000),
    length=st.sampled_from([400, 1000, 2048]),
    hop=st.sampled_from([100, 333, 512, 2048]),
    framing=st.sampled_from(["pad-end", "center", "kaldi"]),
)
def test_lecture_is_python_speech_features_on_the_padded_sound(count: int, length: int, hop: int, framing: str) -> None:
    samples = np.random.default_rng(count).standard_normal(count)
    fields: dict[str, Any] = {"frame_length": length, "hop_length": hop, "n_fft": 2048, "framing": framing}
    try:
        frames = read_recipe(**fields).plan(count, 22050).frames
    except SizeError:
        return
    if frames.first > 0:
        return
    mode: Any = "symmetric" if framing == "kaldi" else "constant"
    padded = np.pad(samples, (-frames.first, max(0, frames.end - count)), mode=mode)[: frames.end - frames.first]
    expected = oracle(padded, 22050, winlen=length / 22050, winstep=hop / 22050, nfft=2048)
    found = mfcc(samples, 22050, dtype="float64", **fields)[:, :, 0]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


# What holds for any sound.


@pytest.mark.parametrize("dialect", ["lecture", "psf"])
@pytest.mark.parametrize("block", [1, 700, 2048, 5000, 2**22])
def test_blocks_do_not_change_a_bit(dialect: str, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = noise(40000)
    expected = mfcc(samples, 16000, dialect=dialect, dtype="float64")
    monkeypatch.setattr(blocks, "BLOCK_SAMPLES", block)
    np.testing.assert_array_equal(mfcc(samples, 16000, dialect=dialect, dtype="float64"), expected)


@pytest.mark.parametrize("framing", ["pad-end", "center", "psf", "valid"])
def test_a_frame_depends_on_its_own_samples_only(framing: str) -> None:
    samples = noise(20000)
    changed = samples.copy()
    changed[10000] += 1000
    before = mfcc(samples, 16000, framing=framing, dtype="float64")
    after = mfcc(changed, 16000, framing=framing, dtype="float64")
    frames = read_recipe(framing=framing).plan(20000, 16000).frames
    for t in range(frames.count):
        sees = 10000 - 2048 < frames.start(t) <= 10001
        assert (before[t] != after[t]).any() == sees, t


def test_a_longer_sound_begins_alike() -> None:
    samples = noise(30000)
    whole, part = mfcc(samples, 16000), mfcc(samples[:20000], 16000)
    inside = 1 + (20000 - 2048) // 512
    np.testing.assert_array_equal(part[:inside], whole[:inside])


def test_louder_is_a_shift_of_the_energy_alone() -> None:
    samples = noise(8000).astype(np.float64)
    soft, loud = (mfcc(k * samples, 16000, dtype="float64")[:, :, 0] for k in (1, 10))
    np.testing.assert_allclose(loud[:, 0] - soft[:, 0], 2 * math.log(10))
    np.testing.assert_allclose(loud[:, 1:], soft[:, 1:], rtol=0, atol=1e-9)


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "i4", "i8", "u4", "f2", "f4", "f8", ">i2", ">f8", "?"])
def test_types_and_layouts_of_the_same_numbers(dtype: str) -> None:
    samples = np.random.default_rng(3).integers(0, 2 if dtype == "?" else 100, 5000)
    expected = mfcc(samples, 16000)
    np.testing.assert_array_equal(mfcc(samples.astype(dtype), 16000), expected)
    np.testing.assert_array_equal(mfcc(np.repeat(samples.astype(dtype), 2)[::2], 16000), expected)
    np.testing.assert_array_equal(mfcc(samples[::-1].astype(dtype)[::-1], 16000), expected)
    np.testing.assert_array_equal(mfcc(samples.tolist(), 16000), expected)


def test_float32_is_float64_rounded_once() -> None:
    samples = noise(20000)
    np.testing.assert_array_equal(mfcc(samples, 16000), mfcc(samples, 16000, dtype="float64").astype(np.float32))
    assert mfcc(samples, 16000, dtype=np.float64).dtype == np.float64


def test_samples_are_left_alone() -> None:
    samples = noise(5000)
    samples.flags.writeable = False
    kept = samples.copy()
    mfcc(samples, 16000)
    np.testing.assert_array_equal(samples, kept)


def test_memory_does_not_grow_with_the_sound() -> None:
    mfcc(noise(1000), 16000, dialect="psf")
    peaks = []
    for seconds in (80, 320):  # more than a block of samples
        samples = noise(seconds * 16000)
        tracemalloc.start()
        result = mfcc(samples, 16000, dialect="psf")
        peaks.append(tracemalloc.get_traced_memory()[1] - result.nbytes)
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.1 + 100_000


def test_a_hop_far_beyond_the_frame() -> None:
    samples = noise(300000)
    found = mfcc(samples, 16000, hop_length=200000)
    np.testing.assert_array_equal(found[:1], mfcc(samples[:2048], 16000, hop_length=4000))
    assert found.shape == (2, 13, 1)


# Asked wrongly.


@pytest.mark.parametrize(
    ("samples", "kind", "problem"),
    [
        (
            np.zeros((100, 2)),
            ArgumentError,
            r'\(100, 2\) have 2 channels, and one is .*add channel="left", "right"',
        ),
        (
            np.zeros((2, 100)),
            ArgumentError,
            r'\(2, 100\) are neither .*, as in samples\[0\], or samples.T with channel="mix"',
        ),
        (np.zeros((1, 100)), ArgumentError, r"\(1, 100\) are neither \(n,\) nor \(n, channels\) .give samples\[0\]"),
        (np.zeros((9, 2, 2)), ArgumentError, r"\(9, 2, 2\) are neither .*give one sound"),
        (np.zeros(()), ArgumentError, r"samples of shape \(\) are neither"),
        ([[1, 2], [3]], ArgumentError, "the samples are ragged"),
        ([], SizeError, "the sound has no samples"),
        (np.zeros(100, complex), ArgumentError, "samples of type complex128 are not real numbers"),
        (["a"], ArgumentError, "samples of type <U1 are not real numbers"),
    ],
)
def test_wrong_samples(samples: Any, kind: type[Exception], problem: str) -> None:
    with pytest.raises(kind, match=problem):
        mfcc(samples, 16000)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_samples_that_are_no_numbers(value: float) -> None:
    samples = np.zeros(2_000_000, np.float32)
    samples[[1_500_000, 1_700_000]] = value
    message = "2 of 2000000 samples are NaN or infinite; the first is sample 1500000, at 93.750 s"
    with pytest.raises(InputError, match=message):
        mfcc(samples, 16000)


def test_samples_whose_power_would_overflow() -> None:
    with pytest.raises(InputError, match=re.escape("1 of 3 samples are beyond 1e+100") + ".*sample 2"):
        mfcc([0.0, 1.0, 1e200], 16000)
    assert np.isfinite(mfcc([1e100] * 4096, 16000)).all()


@pytest.mark.parametrize("dtype", ["int16", "float16", "single precision", None])
def test_wrong_types_of_the_result(dtype: Any) -> None:
    with pytest.raises(ArgumentError, match="is not a type of the result"):
        mfcc(noise(3000), 16000, dtype=dtype)


@pytest.mark.parametrize(
    ("fields", "kind", "problem"),
    [
        ({"dialect": "librosa_"}, ArgumentError, "unknown dialect 'librosa_'"),
        ({"n_mfccs": 13}, ArgumentError, r"unknown field 'n_mfccs' \(did you mean n_mfcc\?\)"),
        ({"hop_length": 0}, ArgumentError, "hop_length 0 is not between 1"),
        ({"fmax": 9000}, SizeError, "fmax 9000 Hz is above half the sample rate, 8000 Hz"),
        ({"n_mels": 500}, SizeError, "mel band 1 of 500 .* covers no bin"),
        ({"framing": "valid"}, SizeError, "framing valid finds no frame of 2048 samples in 2000 samples"),
    ],
)
def test_wrong_settings(fields: dict[str, Any], kind: type[Exception], problem: str) -> None:
    with pytest.raises(kind, match=problem):
        mfcc(noise(2000), 16000, **fields)


@pytest.mark.parametrize("rate", [0, 16000.5, "16000"])
def test_wrong_rates(rate: Any) -> None:
    with pytest.raises(ArgumentError, match="sample_rate"):
        mfcc(noise(2000), rate)


# Channels.


TWO = np.stack([np.arange(4000) % 97 * 100, np.arange(4000) % 89 * -80], axis=1).astype(np.int16)


@pytest.mark.parametrize("dialect", ["lecture", "kaldi", "librosa"])
def test_a_channel_by_its_word(dialect: str) -> None:
    def found(channel: Any, samples: Any = TWO) -> npt.NDArray[Any]:
        return mfcc(samples, 16000, dialect=dialect, channel=channel, dtype="float64")

    left, right = (mfcc(TWO[:, c], 16000, dialect=dialect, dtype="float64") for c in (0, 1))
    for channel in ("left", "1", 1):
        np.testing.assert_array_equal(found(channel), left)
    for channel in ("right", 2):
        np.testing.assert_array_equal(found(channel), right)
    if dialect != "librosa":  # whose range is below the loudest of both
        np.testing.assert_array_equal(found("all"), np.concatenate([left, right], axis=2))
    np.testing.assert_array_equal(found("all", TWO[:, 0]), left)
    np.testing.assert_array_equal(found(None, TWO[:, :1]), left)
    scale = 1 if dialect == "lecture" else 32768
    mean = TWO.mean(axis=1) / scale
    np.testing.assert_allclose(found("mix"), mfcc(mean, 16000, dialect=dialect, dtype="float64"), rtol=1e-9)
    np.testing.assert_allclose(found("mix", TWO / 32768), found("mix", TWO / np.float32(32768)), rtol=1e-9)


def test_a_channel_that_is_not_there() -> None:
    with pytest.raises(InputError, match="there is no channel 3: this sound has 2"):
        mfcc(TWO, 16000, channel=3)
    with pytest.raises(ArgumentError, match="unknown channel 'both'"):
        mfcc(TWO, 16000, channel="both")
    with pytest.raises(ArgumentError, match=r"the full scale of int32 is not known .give int16 or floats to be mixed"):
        mfcc(TWO.astype(np.int32), 16000, channel="mix")
