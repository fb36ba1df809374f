"""Frames in lanes: by hand, against the slow twin, and what holds whatever else is computed beside a frame."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.cases.layouts import samples
from tests.reference.framed import UNTOUCHED, Framed, recipe_of
from tests.reference.guards import linux_only, run_guarded

VARIANTS = [("i2", "f4", "f4"), ("f8", "f8", "f8"), ("f4", "f8", "f4")]
"""Types of samples, of what is computed with them, and of the result."""

EXACT = {"f4": 1e-6, "f8": 3e-15}
"""Of the largest number; measured: 3e-7 and 1e-15."""

BARE = {"spectrum": "power", "log": "none", "log_guard": "max", "log_floor": 1e-30}
RECIPES: dict[str, dict[str, Any]] = {
    "nothing but a spectrum": {"kind": "spectrogram", **BARE},
    "magnitudes": {"kind": "spectrogram", **BARE, "spectrum": "magnitude", "taper": "hamming"},
    "power over the size": {"kind": "mel", "spectrum": "power/n_fft", "taper": "hann"},
    "bands": {"kind": "mel", "mel_norm": "slaney", "mel_scale": "slaney", "mel_family": "hz"},
    "logarithms": {"kind": "logmel", "log_guard": "zero", "log_floor": 1e-16, "preemphasis": 0.97},
    "log10 and a shift": {"kind": "logmel", "log": "log10", "log_shift": 4.0, "log_gain": 0.25, "taper": "hann"},
    "decibels, added to": {"kind": "logmel", "log": "db", "log_guard": "add", "log_floor": 0.5, "log_gain": -2.0},
    "a high floor": {"kind": "spectrogram", "log_guard": "max", "log_floor": 1e3},
    "no logarithm, shifted": {"kind": "logmel", "log": "none", "log_shift": -3.0},
    "coefficients": {"kind": "mfcc", "taper": "hann", "lifter": 22.0},
    "as Kaldi": {
        "kind": "mfcc", "remove_mean": True, "preemphasis": 0.97, "preemphasis_over": "frame", "taper": "povey",
        "energy": True, "energy_of": "frame", "lifter": 22.0, "log_floor": 1e-7,
    },
    "as HTK": {
        "kind": "mfcc", "preemphasis": 0.97, "preemphasis_over": "frame", "taper": "hamming", "spectrum": "magnitude",
        "dct": "htk", "c0": "last", "log_floor": 1.0,
    },
    "energy of the spectrum": {"kind": "mfcc", "preemphasis": 0.5, "energy": True, "log_guard": "zero"},
    "energy at the end": {"kind": "mfcc", "energy": True, "c0": "last", "log_shift": 1.0, "lifter": 9.0},
    "energy of frames left as they are": {"kind": "mfcc", "energy": True, "energy_of": "frame", "lifter_first": 1},
    "all bands as coefficients": {"kind": "mfcc", "n_mfcc": 4, "remove_mean": True, "log": "db"},
}  # fmt: skip


def framed(variant: tuple[str, str, str], count: int = 0, scale: float = 1.0, **fields: Any) -> Framed:
    """A few frames more than there are lanes, or `count`, of noise."""
    dtype, kind, out = variant
    one = Framed(recipe_of(**fields), np.zeros(1, dtype), kind, out, scale)
    count = count or one.lanes + 3
    frame, hop = int(one.recipe.frame_length), int(one.recipe.hop_length)
    given = samples(7, (frame + (count - 1) * hop + one.before,), "f4") * 100
    return one._replace(samples=given.astype(dtype))


def assert_near(found: Any, expected: Any, kind: str) -> None:
    """Found features are within the rounding of what they are computed in, and of what they are written in."""
    assert found.shape == expected.shape
    largest = max(np.abs(expected).max(), 1)
    np.testing.assert_allclose(found, expected, rtol=np.finfo(found.dtype).eps, atol=EXACT[kind] * largest)


# Worked by hand.


@pytest.mark.parametrize("variant", VARIANTS)
def test_frames_of_four_samples_by_hand(variant: tuple[str, str, str], engine: str) -> None:
    # Frames 1 -1 1 -1 | 2 2 2 2 | 0 0 4 0: |X|^2 in the bins 0, 1, 2.
    given = np.array([1, -1, 1, -1, 2, 2, 2, 2, 0, 0, 4, 0], variant[0])
    recipe = recipe_of(frame_length=4, hop_length=4, n_fft=4, kind="spectrogram", **BARE)
    found, largest = Framed(recipe, given, *variant[1:]).run()
    np.testing.assert_allclose(found, [[0, 0, 16], [64, 0, 0], [16, 16, 16]], atol=2e-6)
    np.testing.assert_array_equal(largest, UNTOUCHED)


@pytest.mark.parametrize("variant", VARIANTS)
def test_preemphasis_by_hand(variant: tuple[str, str, str], engine: str) -> None:
    # Over the sound, the one before the frame counts: 2 | 4 2 1 1 less half of 2 4 2 1 is 3 0 0 .5; over the frame,
    # which begins with its own first sample, it is 2 0 0 .5.
    asked = {"frame_length": 4, "hop_length": 4, "n_fft": 4, "kind": "spectrogram", "preemphasis": 0.5, **BARE}
    given = np.array([2, 4, 2, 1, 1], variant[0])
    found, _ = Framed(recipe_of(**asked), given, *variant[1:]).run()
    np.testing.assert_allclose(found, [[3.5**2, 3**2 + 0.5**2, 2.5**2]], rtol=1e-6)
    found, _ = Framed(recipe_of(**asked, preemphasis_over="frame"), given[1:], *variant[1:]).run()
    np.testing.assert_allclose(found, [[2.5**2, 2**2 + 0.5**2, 1.5**2]], rtol=1e-6)


def test_silence_is_the_floor_whatever_guards_it(engine: str) -> None:
    for guard in ("zero", "max", "add"):
        for log, floor in (("ln", math.log(1e-10)), ("log10", -10), ("db", -100)):
            one = framed(VARIANTS[0], kind="logmel", log=log, log_guard=guard, log_floor=1e-10)
            found, _ = one._replace(samples=np.zeros_like(one.samples)).run()
            np.testing.assert_allclose(found, floor, rtol=1e-6)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("level", [100, 12345, -32768])
def test_nothing_is_left_of_a_frame_without_its_mean(level: int, variant: tuple[str, str, str], engine: str) -> None:
    one = framed(variant, **RECIPES["as Kaldi"])
    found, _ = one._replace(samples=np.full_like(one.samples, level)).run()
    np.testing.assert_allclose(found[:, 0], math.log(1e-7), rtol=1e-6)
    np.testing.assert_allclose(found[:, 1:], 0, atol=1e-4)


# Against the twin.


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", RECIPES)
def test_recipes_against_the_twin(name: str, variant: tuple[str, str, str], engine: str) -> None:
    one = framed(variant, **RECIPES[name])
    assert_near(one.run()[0], one.expected(), one.kind)


@pytest.mark.parametrize("kind", ["f4", "f8"])
@pytest.mark.parametrize("name", RECIPES)
def test_recipes_by_way_of_spectra(name: str, kind: str, engine: str) -> None:
    one = framed(("f8", kind, kind), **RECIPES[name])
    assert_near(one.run_spectra()[0], one.expected(), kind)


@pytest.mark.parametrize("scale", [1 / 32768, 32768])
def test_scales(scale: float, engine: str) -> None:
    for name in ("logarithms", "as Kaldi"):
        one = framed(VARIANTS[0], scale=scale, **RECIPES[name])
        assert_near(one.run()[0], one.expected(), one.kind)


SIZES = [4, 6, 8, 10, 12, 16, 18, 20, 24, 30, 32, 36, 40, 48, 50, 54, 64, 90, 96, 100, 128, 200, 250, 256, 400, 512]
LARGER = [480, 486, 600, 750, 960, 1000, 1024, 1250, 1536, 2000, 2048, 4096]


@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_transforms_of_every_size(kind: str, engine: str) -> None:
    for n_fft in SIZES if engine == "plain" else [*SIZES, *LARGER]:
        for length in {n_fft, n_fft - 3, n_fft // 2} - {0, 1}:
            asked = {"frame_length": length, "n_fft": n_fft, "kind": "spectrogram", **BARE}
            one = framed(("f8", kind, kind), 2, **asked)
            expected = np.abs(np.fft.rfft(one.frames, n_fft)) ** 2
            error = np.abs(one.run()[0] - expected).max() / expected.max()
            assert error < EXACT[kind], (n_fft, length, error)


# What holds for every frame.


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", ["logarithms", "as Kaldi", "energy of the spectrum"])
def test_a_frame_does_not_depend_on_its_lane_nor_on_the_others(name: str, variant: Any, engine: str) -> None:
    one = framed(variant, 2 * 16 + 1, **RECIPES[name])
    whole, _ = one.run()
    hop, length = one.layout.frames.hop_length, one.layout.frames.length
    for t, count in ((0, 1), (1, 1), (5, 2), (7, 17), (32, 1)):
        start = t * hop
        part = one._replace(samples=one.samples[start : start + (count - 1) * hop + length + one.before])
        np.testing.assert_array_equal(part.run()[0], whole[t : t + count])


@pytest.mark.parametrize("way", ["frames", "spectra"])
@pytest.mark.parametrize("blocks", [(0, 0), (0, 1), (1, 3), (2, 3)])
def test_blocks_write_their_own_frames_alone(blocks: tuple[int, int], way: str, engine: str) -> None:
    one = framed(("f8", "f8", "f8"), 2 * 8 + 3, **RECIPES["as Kaldi"])
    run = one.run if way == "frames" else one.run_spectra
    whole, found = run()[0], run(blocks)[0]
    inside = range(blocks[0] * one.lanes, blocks[1] * one.lanes)
    expected = np.where([[t in inside] for t in range(len(whole))], whole, UNTOUCHED)
    np.testing.assert_array_equal(found, expected)


def test_loud_frames_leave_their_neighbours_alone(engine: str) -> None:
    one = framed(VARIANTS[1], **{**RECIPES["as Kaldi"], "hop_length": 22})
    before, _ = one.run()
    loud = one.samples.copy()
    loud[22 * 3 : 22 * 4] = 1e90
    after, _ = one._replace(samples=loud).run()
    changed = (before != after).any(axis=1)
    np.testing.assert_array_equal(np.flatnonzero(changed), [3])


# The largest, and what is held below it.


@pytest.mark.parametrize("way", ["frames", "spectra"])
@pytest.mark.parametrize("name", ["log10 and a shift", "a high floor", "as Kaldi", "energy at the end"])
def test_the_largest_of_every_block_is_of_its_frames_and_bands_alone(name: str, way: str, engine: str) -> None:
    # The floor above 1 shows whether lanes beyond the last frame count; and the energy is larger than any band.
    one = framed(("f8", "f8", "f8"), **{**RECIPES[name], "log_floor": 1e3})
    run = one.run if way == "frames" else one.run_spectra
    out, largest = run(is_measured=True)
    np.testing.assert_array_equal(out, UNTOUCHED)
    kind = "spectrogram" if one.recipe.kind == "spectrogram" else "logmel"
    bare = one._replace(recipe=one.recipe._replace(kind=kind, log_shift=0.0, log_gain=1.0))
    expected = bare.expected()
    blocks = [expected[first : first + one.lanes].max() for first in range(0, len(expected), one.lanes)]
    np.testing.assert_allclose(largest, blocks, rtol=1e-12)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(
    "name", ["log10 and a shift", "a high floor", "all bands as coefficients", "energy at the end"]
)
def test_logarithms_are_held_within_a_range(name: str, variant: Any, engine: str) -> None:
    one = framed(variant, **{**RECIPES[name], "log_range": 0.4})
    lowest = one.run(is_measured=True)[1].max() - 0.4
    assert_near(one.run(lowest=lowest)[0], one.expected(), one.kind)


# Memory.


@linux_only
def test_nothing_is_read_or_written_outside_the_arrays() -> None:
    run_guarded(
        "from cnnkit.operations.features import blocks as room",
        "from cnnkit.operations.features.features import features",
        "def run(loop, rows, steps, threads, *arguments, scratch=()):",
        "    for at_end in (True, False):",
        "        held = [put(a, at_end) if isinstance(a, np.ndarray) else a for a in arguments]",
        "        room_for = [put(np.full(size, np.nan, kind), at_end) for size, kind in scratch]",
        "        loop.bind(*held, *room_for)(0, rows)",
        "        for array, copy in zip(arguments, held):",
        "            if isinstance(array, np.ndarray) and array.flags.writeable: array[...] = copy",
        "        called.append(loop.name)",
        "def put(array, at_end):",
        "    copy = guarded(array.size, array.dtype, at_end)",
        "    copy[:] = array",
        "    return copy",
        "called, before = [], room.run_bands",
        "noise = np.random.default_rng(0).integers(-9999, 9999, 2600).astype(np.int16)",
        "for dialect in ('psf', 'librosa', 'kaldi', 'htk', 'whisper'):",
        "    for length, hop, n_fft in ((400, 160, 400), (399, 77, 512), (25, 50, 25), (401, 163, 406)):",
        "        for kind in ('spectrogram', 'mel', 'mfcc'):",
        "            asked = dict(frame_length=length, hop_length=hop, n_fft=n_fft, n_mels=13, n_mfcc=13)",
        "            asked |= dict(dialect=dialect, empty_bands='allow', precision='float32', threads=1)",
        "            room.run_bands = before",
        "            expected = features(noise, 16000, kind, **asked)",
        "            room.run_bands = run",
        "            np.testing.assert_array_equal(features(noise, 16000, kind, **asked), expected)",
        "            mappings.clear()",
        "assert set(called) == {'describe_frames', 'describe_spectra'}, called",
    )
