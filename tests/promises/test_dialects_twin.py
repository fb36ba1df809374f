"""Every field of a recipe, alone and together, against the slow twin; every dialect as it stands, too."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit.data.recipes.dialects import DIALECTS, read_recipe
from cnnkit.data.recipes.recipe import SAMPLE_RATES
from cnnkit.data.recipes.tapers import TAPERS
from cnnkit.operations.features.features import features
from tests.reference import features as twin

RATE = 8000
KINDS = ["spectrogram", "mel", "logmel", "mfcc"]
PAD_MODES = ["zero", "replicate", "reflect", "symmetric", "wrap"]
FRAMINGS = ["pad-end", "center", "valid", "psf", "kaldi", "whisper"]

BASE: dict[str, Any] = {
    "frame_length": 24, "hop_length": 10, "n_fft": 32, "framing": "pad-end", "pad_mode": "zero", "scale": "as-is",
    "remove_mean": False, "preemphasis": 0, "preemphasis_over": "sound", "taper": "none", "spectrum": "power",
    "mel_scale": "htk", "mel_family": "hz", "mel_norm": "none", "mel_bins": "all", "half_rate": "exact",
    "empty_bands": "allow", "n_mels": 5, "fmin": 0, "fmax": 4000, "log": "ln", "log_floor": 1e-3, "log_guard": "max",
    "log_shift": 0, "log_gain": 1, "dct": "ortho", "n_mfcc": 4, "lifter": 0, "lifter_first": 0, "energy": False,
    "energy_of": "spectrum", "c0": "first", "frame_place": "start",
}  # fmt: skip
"""Short frames, for which the twin's sums are quick; every field is told."""

CHANGES: list[dict[str, Any]] = [
    {},
    *({"framing": framing, "pad_mode": mode} for framing in FRAMINGS for mode in PAD_MODES),
    *({"framing": framing, "preemphasis": 0.9, "pad_mode": "reflect"} for framing in ("center", "kaldi", "pad-end")),
    *({"framing": "psf", "preemphasis": 0.9, "pad_mode": mode} for mode in PAD_MODES),
    {"framing": "kaldi", "hop_length": 31, "preemphasis": 0.9, "pad_mode": "symmetric"},
    {"framing": "center", "frame_length": 17, "n_fft": 40},
    {"framing": "center", "frame_length": 17, "n_fft": 31},
    *(
        {"framing": framing, "frame_place": "middle", "n_fft": n_fft, "preemphasis": 0.9, "pad_mode": "reflect"}
        for framing in FRAMINGS
        for n_fft in (32, 31)
    ),
    {"n_fft": None},
    {"n_fft": None, "n_fft_least": 64},
    {"remove_mean": True},
    {"remove_mean": True, "preemphasis": 0.9, "preemphasis_over": "frame"},
    {"preemphasis": 0.97, "preemphasis_over": "frame", "framing": "center"},
    {"preemphasis": 1, "preemphasis_over": "frame"},
    *({"taper": word, "frame_length": length} for word in TAPERS for length in (24, 23)),
    *({"taper": f"{word}-{form}"} for word in TAPERS[1:] for form in ("periodic", "symmetric")),
    {"taper": "hann", "frame_length": 1, "n_fft": 16},
    {"taper": "povey", "remove_mean": True, "preemphasis": 0.97, "preemphasis_over": "frame"},
    *({"spectrum": word} for word in ("power", "magnitude", "power/n_fft")),
    *(
        {"mel_scale": scale, "mel_family": family, "mel_norm": norm, "fmin": 100, "fmax": 3500}
        for scale in ("htk", "slaney")
        for family in ("hz", "mel", "bin")
        for norm in ("none", "slaney")
    ),
    {"mel_bins": "htk", "mel_family": "mel", "fmin": 150, "fmax": 3700},
    {"mel_bins": "htk", "mel_family": "mel"},
    {"n_mels": 20, "n_mfcc": 20},
    {"n_mels": 20, "n_mfcc": 7, "mel_family": "mel", "log_guard": "zero"},
    *(
        {"log": log, "log_guard": guard, "log_floor": floor}
        for log in ("ln", "log10", "db", "none")
        for guard in ("zero", "max", "add")
        for floor in (1e-10, 1e5)
    ),
    *({"log": log, "log_range": width} for log, width in (("ln", 1), ("log10", 0.5), ("db", 3), ("db", 80))),
    {"log": "db", "log_range": 6, "log_shift": 4, "log_gain": 0.25},
    {"log_shift": -2.5, "log_gain": -3},
    *({"log": log, "log_ref": ref} for log in ("ln", "log10", "db") for ref in ("max", 2, 1e-30)),
    *({"log_ref": 2, "log_guard": guard, "log_floor": 3} for guard in ("zero", "max", "add")),
    {"log": "db", "log_ref": "max", "log_range": 6, "log_shift": 4, "log_gain": 0.25},
    {"log": "db", "log_ref": "max", "log_guard": "add", "energy": True},
    {"dct": "htk"},
    {"dct": "htk", "lifter": 22, "c0": "last"},
    {"lifter": 22},
    {"lifter": 3.5, "lifter_first": 1},
    {"lifter": 6, "lifter_first": 1, "c0": "last"},
    *({"energy": True, "energy_of": of, "c0": c0} for of in ("spectrum", "frame") for c0 in ("first", "last")),
    {"energy": True, "energy_of": "frame", "remove_mean": True, "preemphasis": 0.97, "preemphasis_over": "frame"},
    {"energy": True, "energy_of": "frame", "taper": "povey", "log": "db", "log_guard": "add"},
    {"energy": True, "energy_of": "spectrum", "spectrum": "magnitude", "log": "log10", "lifter": 22},
    {"energy": True, "log_floor": 1e9, "log_guard": "max"},
    {"scale": "unit"},
    {"scale": "int16"},
]


def sound(count: int, seed: int = 0) -> npt.NDArray[np.float64]:
    return np.random.default_rng(seed).standard_normal(count) * np.linspace(0.01, 1, count)


def rate_of(dialect: str) -> int:
    """The rate of a network's dialect, or that of the others here."""
    return SAMPLE_RATES.get(dialect, RATE)


def check(samples: npt.NDArray[Any], rate: int, kind: str, dialect: str, fields: dict[str, Any]) -> None:
    """Compare with the twin of the recipe as it is laid out; a spectrogram's weak bins by value."""
    recipe = read_recipe(dialect, kind, **fields).plan(len(samples), rate).settled._asdict() | {"kind": kind}
    full_scale = {"i": 2.0 ** (8 * samples.dtype.itemsize - 1)}.get(samples.dtype.kind)
    expected = np.array(twin.features(samples.tolist(), rate, **{**recipe, "full_scale": full_scale}))
    found = features(samples, rate, kind, dialect=dialect, dtype="float64", **fields)
    assert found.shape == (*expected.shape, 1)
    np.testing.assert_allclose(found[:, :, 0], expected, rtol=1e-9, atol=1e-8, err_msg=f"{kind} of {fields}")


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_field_at_a_time(change: dict[str, Any]) -> None:
    for kind in KINDS:
        check(sound(133), RATE, kind, "lecture", {**BASE, **change})


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("mode", PAD_MODES)
def test_sounds_shorter_than_a_frame(framing: str, mode: str) -> None:
    for count in (1, 2, 3, 9, 10, 11, 24, 25):
        if (
            (framing == "valid" and count < 24)
            or (framing == "kaldi" and count < 5)
            or (framing == "whisper" and count < 10)
        ):
            continue
        check(sound(count), RATE, "logmel", "lecture", {**BASE, "framing": framing, "pad_mode": mode})


@pytest.mark.parametrize("dtype", ["int8", "int16"])
@pytest.mark.parametrize("scale", ["as-is", "unit", "int16"])
def test_scales_of_integers(dtype: str, scale: str) -> None:
    samples = np.round(sound(90) * 30).astype(dtype)
    check(samples, RATE, "logmel", "lecture", {**BASE, "scale": scale, "log_floor": 1e-12})


def test_odd_rates_that_end_at_half_of_them_rounded_down() -> None:
    for kind in ("mel", "mfcc"):
        for family in ("hz", "mel"):
            fields = {**BASE, "half_rate": "floor", "mel_family": family, "fmax": None}
            check(sound(90), 8001, kind, "lecture", fields)
            assert read_recipe(**fields).plan(90, 8001).fmax == 4000


@pytest.mark.parametrize("dialect", list(DIALECTS))
@pytest.mark.parametrize("kind", KINDS)
def test_dialects_as_they_stand(dialect: str, kind: str) -> None:
    """With short frames, which the twin is slow at, and all else its own."""
    fields: dict[str, Any] = {
        "frame_length": 100,
        "hop_length": 40,
        "n_fft": 128,
        "n_mels": 12,
        "n_mfcc": 12,
        "fmax": 3900,
    }
    for samples in (0.5 * sound(500), np.round(9000 * sound(500)).astype(np.int16), np.zeros(200)):
        check(samples, rate_of(dialect), kind, dialect, {**fields, "empty_bands": "allow"})


@st.composite
def recipes(draw: st.DrawFn) -> dict[str, Any]:
    length = draw(st.integers(2, 40))
    n_mels = draw(st.integers(1, 8))

    def one_of(*values: Any) -> Any:
        return draw(st.sampled_from(values))

    framing = one_of(*FRAMINGS)
    return {
        "frame_length": length, "hop_length": draw(st.integers(1, 50)), "n_fft": draw(st.integers(length, 64)),
        "framing": framing, "pad_mode": one_of(*PAD_MODES), "frame_place": one_of("start", "middle"),
        "remove_mean": one_of(False, True), "preemphasis": one_of(0, 0.5, 0.97),
        "preemphasis_over": one_of("sound", "frame"), "taper": one_of(*TAPERS, "hann-symmetric", "hamming-periodic"),
        "spectrum": one_of("power", "magnitude", "power/n_fft"), "mel_scale": one_of("htk", "slaney"),
        "mel_family": one_of("hz", "mel", "bin"), "mel_norm": one_of("none", "slaney"),
        "mel_bins": one_of("all", "htk"), "empty_bands": "allow", "n_mels": n_mels, "fmin": one_of(0, 20, 300),
        "fmax": one_of(None, 3500.0), "log": one_of("ln", "log10", "db"), "log_floor": one_of(1e-6, 1.0),
        "log_guard": one_of("max", "add"), "log_range": one_of(None, 2.0, 80.0), "log_shift": one_of(0, 4),
        "log_gain": one_of(1, 0.25), "dct": one_of("ortho", "htk"), "n_mfcc": draw(st.integers(1, n_mels)),
        "lifter": one_of(0, 22, 3.5), "lifter_first": one_of(0, 1), "energy": one_of(False, True),
        "log_ref": one_of(None, 5.0, "max"), "energy_of": one_of("spectrum", "frame"), "c0": one_of("first", "last"),
    }  # fmt: skip


@given(fields=recipes(), kind=st.sampled_from(KINDS), beyond=st.integers(0, 120))
@settings(max_examples=150)
def test_fields_together(fields: dict[str, Any], kind: str, beyond: int) -> None:
    count = beyond + {
        "valid": fields["n_fft" if fields["frame_place"] == "middle" else "frame_length"],
        "kaldi": fields["hop_length"],
        "whisper": fields["hop_length"] + 1,
    }.get(fields["framing"], 1)
    check(100 * sound(count), RATE, kind, "lecture", fields)
