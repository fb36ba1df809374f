"""All that makes a sound ready for a network, in every combination, held to one slow twin: the values, the promised
shape, the error where there is too little, and the same bits where it is written while it is computed.
"""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnkit
from cnnkit.cli.features.job import Job
from cnnkit.data.recipes.finish import plan_sound, read_settings
from cnnkit.data.signal import Signal
from cnnkit.errors import SizeError
from tests.reference import finishing as twin
from tests.reference.finishing import Settings, TooShortError

RATE = 1000
RECIPES: dict[tuple[str, str], dict[str, Any]] = {
    ("lecture", "mfcc"): {"frame_length": 48, "hop_length": 16, "n_fft_least": 64, "n_mels": 3, "n_mfcc": 2},
    ("librosa", "logmel"): {"frame_length": 64, "hop_length": 32, "n_mels": 3},  # with a range of 80 dB
    ("kaldi", "spectrogram"): {"frame_length": 4, "hop_length": 8, "framing": "psf"},
}
LAYOUTS = ["".join(letters) for word in ("tf", "tfc", "ntf", "ntfc") for letters in permutations(word)]

FIELDS = st.fixed_dictionaries(
    {
        "duration": st.none() | st.integers(1, 700),
        "segment": st.none() | st.integers(1, 300),
        "is_segment_in_frames": st.booleans(),
        "cmvn": st.sampled_from((None, None, "utterance", "sliding", "utterance-mean", "sliding-mean")),
        "deltas": st.sampled_from((None, "columns", "channels")),
        "delta_kind": st.sampled_from(("htk", "librosa")),
        "delta_width": st.sampled_from((3, 5, 9)),
        "length": st.none() | st.integers(1, 40),
        "fit": st.sampled_from(("pad", "pad", "loop", "trim")),
        "pad_value": st.sampled_from((0.0, -3.5, "silence")),
        "layout": st.sampled_from(LAYOUTS),
    }
)


def allowed(fields: dict[str, Any], share: float) -> Settings:
    """Those of the settings that go together."""
    s = Settings(**fields)
    if s.segment is None:
        s = s._replace(is_segment_in_frames=False)
    else:
        if s.is_segment_in_frames:
            s = s._replace(segment=1 + s.segment // 10, length=None)
        s = s._replace(overlap=int(share * (s.segment or 1)))
    if s.duration is s.segment is s.length is None:
        s = s._replace(fit="pad")
    if s.fit != "pad" or not (s.length or s.is_segment_in_frames):
        s = s._replace(pad_value=0.0)
    return s


def keywords(s: Settings) -> dict[str, Any]:
    """The settings as `cnnkit.features` takes them."""
    unit = "f" if s.is_segment_in_frames else "ms"  # of a sample
    given_ = {
        **{name: getattr(s, name) for name in ("cmvn", "deltas", "length", "fit", "layout")},
        "duration": None if s.duration is None else f"{s.duration}ms",
        "segment": None if s.segment is None else f"{s.segment}{unit}",
        "overlap": f"{s.overlap}{unit}" if s.overlap else None,
        "pad_value": s.pad_value or None,
    }
    return given_ if s.deltas is None else {**given_, "delta_kind": s.delta_kind, "delta_width": s.delta_width}


@given(
    st.sampled_from(sorted(RECIPES)),
    FIELDS,
    st.floats(0, 0.99),
    st.integers(3, 400),
    st.integers(1, 3),
    st.integers(0, 9),
)
def test_every_combination_is_the_twins(
    which: tuple[str, str], fields: dict[str, Any], share: float, samples: int, channels: int, seed: int
) -> None:
    (dialect, kind), recipe, s = which, RECIPES[which], allowed(fields, share)
    sound = np.random.default_rng(seed).normal(0, 0.2, (samples, channels))
    sound[: samples // 3] *= 1e-4  # some of it is below the range

    def computed(row: Any, **more: Any) -> npt.NDArray[Any]:
        made = cnnkit.features(np.array(row, float), RATE, kind, dialect=dialect, dtype="float64", **recipe, **more)
        return made[:, :, 0]

    def compute(parts: Any) -> npt.NDArray[Any]:
        if dialect != "librosa":
            return np.array([computed(part) for part in parts])
        unbounded = np.array([computed(part, log_range=1e9) for part in parts])
        return np.maximum(unbounded, unbounded.max() - 80)  # of all channels, as in librosa

    def silence(parts: Any) -> npt.NDArray[Any]:
        zeros = computed(np.zeros(256))[0]
        return zeros if dialect != "librosa" else np.maximum(zeros, compute(parts).max() - 80)

    settings_ = {"channel": "all", "dialect": dialect, **recipe, **keywords(s)}
    try:
        wanted = twin.finished(sound.T.tolist(), s, compute, silence)
    except TooShortError:
        with pytest.raises(SizeError):
            cnnkit.features(sound, RATE, kind, **settings_)
        return
    found = cnnkit.features(sound, RATE, kind, dtype="float64", **settings_)
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)
    assert found.flags.c_contiguous
    # As the command writes it: the promised shape, and the bits of the library.
    del settings_["channel"], settings_["dialect"]
    signal = Signal(sound if channels > 1 else sound[:, 0], RATE)
    plan = plan_sound(*read_settings(dialect, kind, settings_), samples, RATE, channels)
    assert plan.shape == wanted.shape
    rows = Job(plan, threads=1).rows(signal, [], lambda *_: None)
    expected = cnnkit.features(sound, RATE, kind, channel="all", dialect=dialect, **settings_)
    assert rows.shape == plan.shape
    streamed = np.concatenate([np.ravel(block) for block in rows.blocks()]).reshape(rows.shape)
    np.testing.assert_array_equal(streamed, expected)


@given(FIELDS, st.floats(0, 0.99), st.integers(3, 400), st.integers(1, 3))
def test_a_waveform_has_time_along_its_row(fields: dict[str, Any], share: float, samples: int, channels: int) -> None:
    names = ("duration", "segment", "fit", "layout")
    s = allowed({name: fields[name] for name in names}, share)
    sound = np.random.default_rng(samples).normal(0, 1, (samples, channels))
    # The twin has time down the rows.
    try:
        wanted = twin.finished(
            sound.T.tolist(), s, lambda parts: [[[x] for x in part] for part in parts], lambda _: [0.0]
        )
    except TooShortError:
        with pytest.raises(SizeError):
            cnnkit.features(sound, RATE, "waveform", channel="all", **keywords(s))
        return
    found = cnnkit.features(sound, RATE, "waveform", channel="all", dtype="float64", **keywords(s))
    np.testing.assert_array_equal(found, wanted)
