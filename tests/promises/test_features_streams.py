"""Sounds from files whose features are written while they are computed: the library's bits, in bounded memory."""

from __future__ import annotations

import io
import tracemalloc
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import cnnkit
from cnnkit.cli.features.job import Job
from cnnkit.data.recipes.fields import FIELDS
from cnnkit.data.recipes.finish import plan_sound, read_settings
from cnnkit.data.signal import LOOK_BACK_SAMPLES
from cnnkit.files.sounds.sound import SignalReader, open_signal
from cnnkit.operations.features import blocks, finishing

WORDS = {name: field.value.words for name, field in FIELDS.items()}

NOISE = np.random.default_rng(0).integers(-9999, 9999, 60000).astype(np.int16)

FINISHES: list[dict[str, Any]] = [
    dict(zip(("deltas", "cmvn", "layout"), words, strict=True))
    for words in product((None, *WORDS["deltas"]), (None, *WORDS["cmvn"]), ("tfc", "nctf"))
]


@pytest.fixture
def song(tmp_path: Path) -> Path:
    soundfile.write(tmp_path / "song.flac", NOISE, 16000)
    return tmp_path / "song.flac"


def job_of(sound: SignalReader, dialect: str, kind: str, settings: dict[str, Any], threads: int | None = None) -> Job:
    return Job(plan_sound(*read_settings(dialect, kind, settings), sound.count, sound.sample_rate), threads=threads)


def silent(*_: int) -> None:
    """Nothing is shown of the progress."""


@pytest.mark.parametrize("finish", FINISHES)
@pytest.mark.parametrize("dialect", ["lecture", "librosa"])
def test_the_bits_of_the_library(
    song: Path, dialect: str, finish: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = (0, 2**20)[(FINISHES.index(finish) + (dialect == "lecture")) % 2]
    small: dict[str, Any] = {"frame_length": 400, "hop_length": 40}
    wanted = [
        cnnkit.mfcc(NOISE / 2.0**15 if dialect == "librosa" else NOISE, 16000, dialect=dialect, **small, **more)
        for more in (finish, {**finish, "segment": "1s", "fit": "loop"}, {**finish, "length": 2500, "fit": "loop"})
    ]
    monkeypatch.setattr(blocks, "BLOCK_SAMPLES", 5000)
    monkeypatch.setattr(finishing, "MAX_CACHED_NUMBERS", kept)
    found = []
    for more in ({}, {"segment": "1s", "fit": "loop"}, {"length": 2500, "fit": "loop"}):
        with song.open("rb") as stream, open_signal(stream) as sound:
            job = job_of(sound, dialect, "mfcc", {**small, **finish, **more})
            assert job.is_streamed == (finish["deltas"] != "channels" or finish["layout"] == "tfc")
            rows = job.rows(sound, [], silent)
            found.append(rows.array())
            assert rows.shape == job.plan.shape
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("dialect", "finish", "logarithms", "times"),
    [
        ("lecture", {}, 0, 1),
        ("kaldi", {"deltas": "columns", "cmvn": "sliding"}, 0, 1),
        ("librosa", {}, 0, 2),  # once for the largest of all
        ("librosa", {}, 2**25, 1),  # whose logarithms are kept
        ("psf", {"cmvn": "utterance"}, 0, 2),
        ("torchaudio", {"cmvn": "utterance"}, 0, 3),
        ("torchaudio", {"cmvn": "utterance"}, 2**25, 1),
        ("torchaudio", {"cmvn": "utterance"}, 2**20, 3),  # some of them are
        ("htk", {"segment": "1s", "cmvn": "utterance"}, 0, 1),
    ],
)
def test_a_file_is_decoded_once_for_each_pass(
    tmp_path: Path,
    dialect: str,
    finish: dict[str, Any],
    logarithms: int,
    times: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    soundfile.write(tmp_path / "long.wav", np.resize(NOISE, 20 * LOOK_BACK_SAMPLES), 16000)
    monkeypatch.setattr(blocks, "BLOCK_SAMPLES", LOOK_BACK_SAMPLES)
    monkeypatch.setattr(blocks, "MAX_CACHED_BYTES", logarithms)
    monkeypatch.setattr(finishing, "MAX_CACHED_NUMBERS", 10**4)
    begun = []
    begin = SignalReader._begin
    monkeypatch.setattr(SignalReader, "_begin", lambda sound: (begun.append("again"), begin(sound)))
    with (tmp_path / "long.wav").open("rb") as stream, open_signal(stream) as sound:
        for _ in job_of(sound, dialect, "mfcc", finish).rows(sound, [], silent).blocks():
            pass
    assert len(begun) == times


def test_progress_counts_every_pass(song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK_SAMPLES", 5000)
    monkeypatch.setattr(finishing, "MAX_CACHED_NUMBERS", 100)
    for finish, total in [({}, 118), ({"cmvn": "utterance"}, 2 * 118), ({"cmvn": "utterance", "segment": "1s"}, 256)]:
        shown: list[tuple[int, int]] = []
        with song.open("rb") as stream, open_signal(stream) as sound:
            job = job_of(sound, "lecture", "mfcc", finish)
            job.rows(sound, [], lambda *done, shown=shown: shown.append(done)).array()
        assert shown[-1] == (total, total)
        assert [done for done, _ in shown] == sorted({done for done, _ in shown})


@pytest.mark.parametrize("layout", ["tfc", "nctf"])
def test_a_waveform_in_segments(song: Path, layout: str) -> None:
    with song.open("rb") as stream, open_signal(stream) as sound:
        job = job_of(sound, "lecture", "waveform", {"segment": "1s", "layout": layout})
        found = job.rows(sound, [], silent).array()
    np.testing.assert_array_equal(found, cnnkit.features(NOISE, 16000, "waveform", segment="1s", layout=layout))


@pytest.mark.parametrize(
    "finish",
    [
        {"deltas": "columns", "cmvn": "utterance"},
        {"deltas": "channels", "cmvn": "sliding"},
        {"deltas": "columns", "layout": "nctf", "length": 10**6},
        {"deltas": "columns", "cmvn": "sliding", "segment": "60s"},
    ],
)
def test_memory_does_not_grow_with_the_sound(
    tmp_path: Path, finish: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finishing, "MAX_CACHED_NUMBERS", 10**5)
    with soundfile.SoundFile(tmp_path / "long.wav", "w", 16000, 1, subtype="PCM_16") as file:
        for _ in range(30):
            file.write(np.resize(NOISE, 60 * 16000))
    with (tmp_path / "long.wav").open("rb") as stream, open_signal(stream) as sound:
        job = job_of(sound, "psf", "mfcc", finish, threads=1)
        encode = job.encode(job.rows(sound, [], silent), "npy", "long", "test")
        tracemalloc.start()
        try:
            encode(Nowhere())
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 24e6  # all features are 28 MB once they have deltas, the samples 58 MB


@pytest.mark.parametrize("dialect", ["lecture", "librosa"])
@pytest.mark.parametrize(
    "finish",
    [
        {"deltas": "columns", "cmvn": "utterance"},
        {"segment": "1s", "overlap": "250ms", "fit": "loop"},
        {"duration": 90000, "segment": "20f", "overlap": "5f", "pad_value": "silence", "deltas": "channels"},
        {"layout": "nctf", "length": 200, "pad_value": "silence"},
    ],
)
def test_all_channels_of_a_file(
    tmp_path: Path, dialect: str, finish: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    both = np.stack([NOISE, NOISE[::-1] // 3000], axis=1)
    soundfile.write(tmp_path / "both.flac", both, 16000)
    wanted = cnnkit.mfcc(both, 16000, dialect=dialect, channel="all", **finish)
    monkeypatch.setattr(blocks, "BLOCK_SAMPLES", 5000)
    monkeypatch.setattr(finishing, "MAX_CACHED_NUMBERS", 100)
    with (tmp_path / "both.flac").open("rb") as stream, open_signal(stream, "all") as sound:
        job = Job(plan_sound(*read_settings(dialect, "mfcc", finish), *sound.sizes))
        found = job.rows(sound, [], silent).array()
    np.testing.assert_array_equal(found, wanted)


def test_memory_does_not_grow_with_the_sound_of_two_channels(tmp_path: Path) -> None:
    with soundfile.SoundFile(tmp_path / "long.wav", "w", 16000, 2, subtype="PCM_16") as file:
        for _ in range(20):
            file.write(np.resize(NOISE, (60 * 16000, 2)))
    with (tmp_path / "long.wav").open("rb") as stream, open_signal(stream, "all") as sound:
        finish = {"segment": "96f", "overlap": "48f", "deltas": "columns"}
        job = Job(plan_sound(*read_settings("psf", "mfcc", finish), *sound.sizes), threads=1)
        encode = job.encode(job.rows(sound, [], silent), "npy", "long", "test")
        tracemalloc.start()
        try:
            encode(Nowhere())
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 40e6  # all features are 75 MB, the samples 77 MB


class Nowhere(io.BytesIO):
    """A stream that keeps nothing."""

    def write(self, data: Any) -> int:
        return memoryview(data).nbytes
