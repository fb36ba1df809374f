"""Sounds as they are stored: numbers by hand for every kind of sample, channels, and damaged files."""

from __future__ import annotations

import io
import struct
import tracemalloc
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as st

from cnnkit.data.signal import LOOK_BACK_SAMPLES, Samples
from cnnkit.errors import ArgumentError, InputError
from cnnkit.files.sounds import sound as module
from cnnkit.files.sounds.sound import open_signal
from tests.reference.at_once import read_signal


def stored(samples: Any, kind: str, subtype: str, rate: int = 8000) -> io.BytesIO:
    stream = io.BytesIO()
    soundfile.write(stream, samples, rate, format=kind, subtype=subtype)
    return io.BytesIO(stream.getvalue())


WIDE = np.array([-(2**23), -1, 0, 1, 2**23 - 1], np.int32)
NARROW = np.array([-128, -2, -1, 0, 1, 127], np.int16)
SHORT = np.array([-32768, -1, 0, 1, 32767], np.int16)
LONG = np.array([-(2**31), -1, 0, 1, 2**31 - 1], np.int32)


# The ends and the middle of every range. libsndfile takes int16 and int32 as the highest bits.
@pytest.mark.parametrize(
    ("kind", "subtype", "given", "expected", "dtype"),
    [
        ("WAV", "PCM_16", SHORT, SHORT, "i2"),
        ("FLAC", "PCM_16", SHORT, SHORT, "i2"),
        ("CAF", "ALAC_16", SHORT, SHORT, "i2"),
        ("WAV", "PCM_U8", NARROW * 256, NARROW, "i1"),
        ("AIFF", "PCM_S8", NARROW * 256, NARROW, "i1"),
        ("FLAC", "PCM_S8", NARROW * 256, NARROW, "i1"),
        ("WAV", "PCM_24", WIDE * 256, WIDE, "i4"),
        ("FLAC", "PCM_24", WIDE * 256, WIDE, "i4"),
        ("CAF", "ALAC_24", WIDE * 256, WIDE, "i4"),
        ("WAV", "PCM_32", LONG, LONG, "i4"),
        ("WAV", "FLOAT", np.array([-1, -0.25, 0, 1.5], "f4"), [-1, -0.25, 0, 1.5], "f4"),
        ("WAV", "DOUBLE", np.array([-1, 0.1, 0, 1.5], "f8"), [-1, 0.1, 0, 1.5], "f8"),
        ("WAV", "ULAW", np.array([-0.5, 0, 0.5]), [-0.51, 0, 0.51], "f4"),
    ],
)
def test_samples_as_they_are_stored(kind: str, subtype: str, given: Any, expected: Any, dtype: str) -> None:
    signal = read_signal(stored(given, kind, subtype))
    assert (signal.samples.dtype, signal.sample_rate, signal.notes) == (dtype, 8000, ())
    np.testing.assert_allclose(signal.samples, expected, rtol=0, atol=0.01 if subtype == "ULAW" else 0)


@pytest.mark.parametrize(("kind", "subtype"), [("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III"), ("OGG", "OPUS")])
def test_what_was_compressed_with_loss_is_float(kind: str, subtype: str) -> None:
    tone = np.round(16000 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)).astype(np.int16)
    signal = read_signal(stored(tone, kind, subtype, 16000))
    assert signal.samples.dtype == np.float32
    assert signal.samples.shape == (16000,)
    assert 0.3 < np.abs(signal.samples).max() < 0.7


# Channels.

STEREO = np.array([[1, 10], [2, 21], [-3, 30]], np.int16)


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        ("left", [1, 2, -3]),
        ("right", [10, 21, 30]),
        ("2", [10, 21, 30]),
        ("mix", [5.5, 11.5, 13.5]),
        (None, [5.5, 11.5, 13.5]),
    ],
)
@pytest.mark.parametrize("shift", [0, 8])
def test_channels(channel: str | None, expected: list[float], shift: int) -> None:
    kind = ("PCM_16", STEREO) if shift == 0 else ("PCM_U8", STEREO * 256)
    signal = read_signal(stored(kind[1], "WAV", kind[0]), channel)
    np.testing.assert_array_equal(signal.samples, expected)
    assert signal.samples.flags.c_contiguous
    is_mixed = channel in (None, "mix")
    assert signal.samples.dtype == ("f8" if is_mixed else "i1" if shift else "i2")
    assert [note.partition(";")[0] for note in signal.notes] == ["2 channels mixed to one (their mean)"] * is_mixed


def test_a_mix_of_one_channel_is_that_channel() -> None:
    signal = read_signal(stored(STEREO[:, 0], "WAV", "PCM_16"), "mix")
    assert (signal.samples.tolist(), signal.samples.dtype, signal.notes) == ([1, 2, -3], np.int16, ())


def test_unknown_channels() -> None:
    with pytest.raises(ArgumentError, match="unknown channel 'both'"):
        read_signal(stored(STEREO, "WAV", "PCM_16"), "both")
    with pytest.raises(InputError, match="there is no channel 3"):
        read_signal(stored(STEREO, "WAV", "PCM_16"), "3")


# Damaged.

NOISE = np.random.default_rng(0).integers(-9999, 9999, 50000).astype(np.int16)


def test_a_wav_that_ends_early() -> None:
    content = stored(NOISE, "WAV", "PCM_16").getvalue()[:-1001]
    with pytest.raises(InputError, match=r"cut off: its header promises 50000 samples, the file holds 49499 \(get the"):
        read_signal(io.BytesIO(content))


@pytest.mark.parametrize("cut", [1, 200])
def test_a_flac_that_ends_inside_its_last_frame(cut: int) -> None:
    with pytest.raises(
        InputError, match=r"this sound is cut off or damaged \(libsndfile: .*\).*ffmpeg -i INPUT song.wav"
    ):
        read_signal(io.BytesIO(stored(NOISE, "FLAC", "PCM_16").getvalue()[:-cut]))


def test_a_flac_that_ends_early() -> None:
    with pytest.raises(InputError, match="this sound is cut off"):
        read_signal(io.BytesIO(stored(NOISE, "FLAC", "PCM_16").getvalue()[:-50000]))


def test_an_mp3_that_ends_early() -> None:
    content = stored(NOISE, "MP3", "MPEG_LAYER_III").getvalue()
    with pytest.raises(InputError, match=r"this sound is cut off: its last frame has \d+ bytes, the file holds \d+ "):
        read_signal(io.BytesIO(content[: len(content) // 2]))
    with pytest.raises(InputError, match="this sound is cut off or damaged"):
        read_signal(io.BytesIO(content[: len(content) // 2].ljust(len(content), b"\0")))


def test_an_ogg_that_ends_inside_its_headers(capfd: pytest.CaptureFixture[str]) -> None:
    content = stored(NOISE, "OGG", "VORBIS").getvalue()
    with pytest.raises(InputError, match=r"cut off: its last page has \d+ bytes, the file holds 42 "):
        read_signal(io.BytesIO(content[:100]))
    with pytest.raises(InputError, match="cut off: its last page has 58 bytes, the file holds 30 "):
        read_signal(io.BytesIO(content[:30]))
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "this is a PNG image, not a sound"),
        (b"hello\n", "this is a text file, not a sound"),
        (
            b"\0\0\0\x20ftypM4A " + bytes(100),
            r"M4A, AAC\), which cannot be read \(convert it: ffmpeg -i song.m4a song.wav",
        ),
        (bytes(range(256)), "this is not a sound in any format that can be read"),
    ],
)
def test_not_a_sound(content: bytes, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        read_signal(io.BytesIO(content))


def test_no_samples() -> None:
    with pytest.raises(InputError, match="this sound has no samples"):
        read_signal(stored(NOISE[:0], "WAV", "PCM_16"))


def test_full_scale() -> None:
    kinds = [("PCM_U8", 128), ("PCM_16", 32768), ("PCM_24", 2**23), ("PCM_32", 2**31), ("FLOAT", 1), ("ULAW", 1)]
    for subtype, full_scale in kinds:
        signal = read_signal(stored(SHORT / 32768, "WAV", subtype))
        assert signal.full_scale == full_scale
        assert np.abs(signal.samples).max() <= full_scale


# Piece by piece.

KINDS = [("WAV", kind) for kind in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "IMA_ADPCM")]
KINDS += [("FLAC", "PCM_16"), ("FLAC", "PCM_24"), ("AIFF", "PCM_16"), ("AIFF", "PCM_S8"), ("CAF", "ALAC_24")]
KINDS += [("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III"), ("AIFF", "DWVW_16"), ("AU", "G721_32")]
NARROWED = {"PCM_S8": ("int16", 8), "PCM_U8": ("int16", 8), "PCM_24": ("int32", 8), "ALAC_24": ("int32", 8)}
AS_STORED = {"PCM_16": "int16", "PCM_32": "int32", "DOUBLE": "float64"}


def music(channels: int, samples: int = 20000) -> Any:
    tones = np.sin(np.arange(samples)[:, None] * 0.05 * (1 + np.arange(channels)))
    noise = np.random.default_rng(channels).normal(size=(samples, channels))
    return (8000 * tones + 2000 * noise).astype(np.int16)


def at_once(stream: io.BytesIO, subtype: str) -> Any:
    """All channels, read by soundfile in one piece."""
    kind, shift = NARROWED.get(subtype, (AS_STORED.get(subtype, "float32"), 0))
    with soundfile.SoundFile(stream) as file:
        samples = np.zeros((file.frames, file.channels), kind)
        file.seekable = lambda: False  # it would fail on DWVW
        file.read(out=samples)
    return samples >> shift if shift else samples


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
@pytest.mark.parametrize("piece", [777, 4096, 2**16])
def test_pieces_are_the_whole(kind: tuple[str, str], piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECE_SAMPLES", piece)
    channels = 1 if kind[1] in ("DWVW_16", "G721_32") else 2
    stream = stored(music(channels), *kind, rate=48000)
    whole = at_once(stream, kind[1])
    for channel, expected in [("left", whole[:, 0]), (str(channels), whole[:, -1]), ("mix", whole.mean(1, np.float64))]:
        if channels == 1 and channel == "mix":
            continue
        with open_signal(stream, channel) as sound:
            for _ in range(2):  # twice: a second pass has the same bits
                edges = [*range(0, sound.count, 1009), sound.count]
                parts = [sound.between(start, stop) for start, stop in pairwise(edges)]
                np.testing.assert_array_equal(np.concatenate(parts), expected)
        np.testing.assert_array_equal(read_signal(stream, channel).samples, expected)


def test_the_mean_of_many_channels_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECE_SAMPLES", 333)
    samples = music(6)
    stream = stored(samples, "WAV", "PCM_16")
    np.testing.assert_array_equal(read_signal(stream, "mix").samples, samples.mean(axis=1, dtype=np.float64))


@pytest.mark.parametrize("rate", [None, 16000])
def test_all_channels_are_each_of_them(rate: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECE_SAMPLES", 333)
    stream = stored(music(3), "WAV", "PCM_24")
    found = read_signal(stream, "all", rate)
    assert found.notes == read_signal(stream, "1", rate).notes
    assert found.full_scale == 2**23
    for number in (1, 2, 3):
        one = read_signal(stream, str(number), rate).samples
        assert found.samples.dtype == one.dtype
        np.testing.assert_array_equal(found.samples[:, number - 1], one)
    with open_signal(stored(music(1), "WAV", "PCM_16"), "all") as sound:
        assert (sound.channels, sound.between(0, 9).shape) == (1, (9,))


@settings(max_examples=40, deadline=None)
@for_any(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 3000)), max_size=8))
def test_samples_in_any_order(ranges: list[tuple[int, int]]) -> None:
    samples = music(1, 3000)[:, 0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PIECE_SAMPLES", 100)
        patch.setattr(module, "LOOK_BACK_SAMPLES", 150)
        with open_signal(stored(samples, "FLAC", "PCM_16")) as sound:
            for one, other in ranges:
                start, stop = sorted((one, other))
                np.testing.assert_array_equal(sound.between(start, stop), samples[start:stop])


def test_a_sound_is_decoded_once_for_each_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = stored(music(1, 3 * LOOK_BACK_SAMPLES), "WAV", "PCM_16")
    opened: list[object] = []
    monkeypatch.setattr(module, "open_sound", lambda *of, real=module.open_sound: opened.append(of) or real(*of))
    with open_signal(stream) as sound:
        for expected in (1, 2):
            for stop in range(4096, sound.count + 1, 4096):
                sound.between(max(0, stop - LOOK_BACK_SAMPLES), stop)
            assert len(opened) == expected


def test_whoever_looks_back_further_is_not_made_to_wait_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = music(1, 20000)[:, 0]
    monkeypatch.setattr(module, "LOOK_BACK_SAMPLES", 100)
    monkeypatch.setattr(module, "PIECE_SAMPLES", 64)
    opened: list[object] = []
    monkeypatch.setattr(module, "open_sound", lambda *of, real=module.open_sound: opened.append(of) or real(*of))
    with open_signal(stored(samples, "WAV", "PCM_16")) as sound:
        for stop in range(1000, 20001, 500):
            np.testing.assert_array_equal(sound.between(stop - 1000, stop), samples[stop - 1000 : stop])
    assert len(opened) <= 3


def test_what_is_given_may_be_written_to() -> None:
    with open_signal(stored(SHORT, "WAV", "PCM_16")) as sound:
        sound.between(0, 5)[:] = 0
        assert sound.between(0, 5).tolist() == SHORT.tolist()


def test_a_long_sound_takes_the_memory_of_a_few_pieces(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    frames = 12_000_000  # 48 MB, of which the disk stores the header
    head = (
        b"RIFF"
        + struct.pack("<I", 36 + 4 * frames)
        + b"WAVEfmt "
        + struct.pack("<IHHIIHH", 16, 1, 2, 8000, 32000, 4, 16)
    )
    with path.open("wb") as file:
        file.write(head + b"data" + struct.pack("<I", 4 * frames))
        file.truncate(44 + 4 * frames)
    for rate in (8000, 16000):
        with path.open("rb") as stream, open_signal(stream, "mix", rate) as sound:
            sound.between(0, 1)
            tracemalloc.start()
            for start in range(0, sound.count - 2**15, 2**15):
                sound.between(start, start + 2**15)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert peak < 8 * 2**20


def test_a_cut_is_found_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECE_SAMPLES", 1000)
    for rate in (None, 16000):
        stream = stored(NOISE, "WAV", "PCM_16")
        with open_signal(stream, sample_rate=rate) as sound:
            stream.truncate(50000)  # by another program
            assert len(sound.between(0, 5000)) == 5000
            for _ in range(2):
                with pytest.raises(InputError, match="could be read"):
                    sound.between(5000, sound.count)


# Another rate.


def test_another_rate() -> None:
    samples = music(1)[:, 0]
    signal = read_signal(stored(samples, "WAV", "PCM_16", 44100), sample_rate=16000)
    assert (signal.sample_rate, signal.samples.dtype, signal.full_scale) == (16000, np.float32, 32768)
    assert signal.notes == ("resampled from 44,100 to 16,000 Hz by soxr (HQ)",)
    assert signal.count == len(signal.samples) == 7256  # 20000 * 16000 / 44100 = 7256.2
    np.testing.assert_allclose(np.sqrt(np.mean(signal.samples[200:-200] ** 2)), 5760, rtol=0.03)


def test_the_same_rate_changes_nothing() -> None:
    signal = read_signal(stored(SHORT, "WAV", "PCM_16", 16000), sample_rate=16000)
    assert (signal.samples.tolist(), signal.samples.dtype, signal.notes) == (SHORT.tolist(), np.int16, ())


@pytest.mark.parametrize("piece", [1, 997, 2**16])
def test_another_rate_in_pieces_has_the_bits_of_the_whole(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    import soxr

    monkeypatch.setattr(module, "PIECE_SAMPLES", piece)
    samples = music(2, 9000)
    expected = soxr.resample(samples.mean(axis=1, dtype=np.float64).astype(np.float32), 22050, 16000)
    with open_signal(stored(samples, "WAV", "PCM_16", 22050), "mix", 16000) as sound:
        assert len(sound.notes) == 2
        for _ in range(2):
            parts = [sound.between(start, min(start + 100, sound.count)) for start in range(0, sound.count, 100)]
            np.testing.assert_array_equal(np.concatenate(parts), expected)


def test_rates_that_are_none() -> None:
    with pytest.raises(ArgumentError, match="sample_rate 0 is not positive"):
        open_signal(stored(SHORT, "WAV", "PCM_16"), sample_rate=0)


def test_both_kinds_of_sound_answer_alike() -> None:
    given: list[Samples] = [open_signal(stored(SHORT, "WAV", "PCM_16")), read_signal(stored(SHORT, "WAV", "PCM_16"))]
    for sound in given:
        assert (sound.count, sound.sample_rate, sound.notes, sound.full_scale) == (5, 8000, (), 32768)
        assert sound.between(1, 3).tolist() == [-1, 0]
