"""Frames by hand, against a walk over every sample, and what cannot be cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.errors import ArgumentError, SizeError
from cnnkit.geometry.framing import FRAMINGS, frame_arithmetic, framing, plan_frames, samples_in
from cnnkit.geometry.padding import pad_mode


# The lecture's sum (51200 / 512 = 100), and what the systems themselves gave for the same sound.
@pytest.mark.parametrize(
    ("word", "count", "first"), [("pad-end", 100, 0), ("center", 101, -1024), ("psf", 97, 0), ("valid", 97, 0)]
)
def test_the_lectures_sound(word: str, count: int, first: int) -> None:
    frames = plan_frames(word, 51200, 2048, 512)
    assert (frames.count, frames.first) == (count, first)
    assert frames.start(2) == first + 1024
    assert frames.end == first + (count - 1) * 512 + 2048


@pytest.mark.parametrize(
    ("milliseconds", "rate", "rounding", "samples"),
    [
        (10, 22050, "half-up", 221),  # 220.5
        (10, 22050, "down", 220),
        (25, 16000, "half-up", 400),
        (12.5, 8000, "down", 100),
        (1, 400, "half-up", 0),
    ],
)
def test_milliseconds_in_samples(milliseconds: float, rate: int, rounding: str, samples: int) -> None:
    assert samples_in(milliseconds, rate, rounding) == samples


def test_kaldi_without_snipped_edges() -> None:
    # feature-window.cc, FirstSampleOfFrame: the middle of frame t is at (t + 1/2) hops.
    frames = plan_frames("kaldi", 51200, 2048, 512)
    assert (frames.count, frames.first) == (100, 256 - 1024)
    assert frames.outside.word == "symmetric"
    assert plan_frames("kaldi", 51200, 2048, 512, outside=pad_mode("zero")).outside.is_constant


@pytest.mark.parametrize(("samples", "count"), [(1, 1), (399, 1), (400, 1), (401, 2), (560, 2), (561, 3)], ids=str)
def test_psf_takes_frames_until_every_sample_is_in_one(samples: int, count: int) -> None:
    assert plan_frames("psf", samples, 400, 160).count == count


def test_a_frame_is_centred_in_its_fft() -> None:
    assert plan_frames("center", 4000, 400, 160, n_fft=512).first == 56 - 256


# 88200 samples, hop 441: librosa finds 200 frames of int(.025 * 22050) = 551, and 201 of 552.
@pytest.mark.parametrize(("n_fft", "count", "first"), [(551, 200, -275), (552, 201, -276), (1, 200, 0)])
def test_half_an_odd_fft_is_rounded_down_on_both_sides(n_fft: int, count: int, first: int) -> None:
    frames = plan_frames("center", 88200, n_fft, 441)
    assert (frames.count, frames.first) == (count, first)
    assert plan_frames("whisper", 88200, n_fft, 441).count == count - 1
    said = "88200 samples" if n_fft % 2 == 0 else "(88200 samples - 1)"
    assert frames.arithmetic == f"1 + floor({said} / hop 441) = {count} frames"


def test_a_frame_in_the_middle_of_its_fft_is_counted_by_it() -> None:
    # librosa, center=False: 1 + (51200 - 2048) // 512 pieces of 2048, of each the samples 824 to 1223.
    frames = plan_frames("valid", 51200, 400, 512, 2048, in_middle=True)
    assert (frames.count, frames.first, frames.length) == (97, 824, 400)
    assert frames.arithmetic == "1 + floor((51200 samples - n_fft 2048) / hop 512) = 97 frames"
    assert frames._replace(rule=framing("center")).arithmetic == "1 + floor(51200 samples / hop 512) = 101 frames"
    assert framing("valid").formula_of(2048, in_middle=True) == "1 + floor((N - n_fft) / H)"
    assert plan_frames("valid", 51200, 400, 512, 2048).count == 100
    for word in ("center", "whisper"):  # where frames are in the middle anyway
        for length, n_fft in ((400, 512), (401, 512), (400, 513), (401, 513)):
            middle = plan_frames(word, 4000, length, 160, n_fft, in_middle=True)
            assert middle.first == plan_frames(word, 4000, length, 160, n_fft).first
    with pytest.raises(SizeError, match=r"finds no frame of 2048 samples in 2047 samples .* or a smaller n_fft"):
        plan_frames("valid", 2047, 400, 512, 2048, in_middle=True)


@given(samples=st.integers(1, 300), length=st.integers(1, 40), hop=st.integers(1, 50))
def test_counts_against_a_walk(samples: int, length: int, hop: int) -> None:
    starts = range(0, samples, hop)
    assert plan_frames("pad-end", samples, length, hop).count == len(starts)
    padded = samples + 2 * (length // 2)
    assert plan_frames("center", samples, length, hop).count == sum(1 for _ in range(0, padded - length + 1, hop))
    if samples > hop:
        dropped = plan_frames("center", samples, length, hop).count - 1
        assert plan_frames("whisper", samples, length, hop).count == dropped
    whole = [start for start in starts if start + length <= samples]
    if whole:
        assert plan_frames("valid", samples, length, hop).count == len(whole)
    needed = 1
    while (needed - 1) * hop + length < samples:
        needed += 1
    assert plan_frames("psf", samples, length, hop).count == needed
    middles = [frame for frame in range(samples) if frame * hop + hop // 2 <= samples]
    if hop % 2 == 0 and middles:
        assert plan_frames("kaldi", samples, length, hop).count == len(middles)


@pytest.mark.parametrize(
    ("word", "samples", "said"),
    [
        ("pad-end", 51200, "51200 samples / hop 512 = 100 frames"),
        ("pad-end", 51201, "ceil(51201 samples / hop 512) = 101 frames"),
        ("pad-end", 512, "512 samples / hop 512 = 1 frame"),
        ("center", 51200, "1 + floor(51200 samples / hop 512) = 101 frames"),
        ("psf", 51200, "1 + ceil((51200 samples - frame 2048) / hop 512) = 97 frames"),
        ("psf", 100, "100 samples are fewer than frame 2048: 1 frame"),
        ("valid", 100, "100 samples are fewer than frame 2048: 0 frames"),
        ("kaldi", 51200, "floor((51200 samples + floor(hop 512 / 2)) / hop 512) = 100 frames"),
    ],
)
def test_arithmetic_has_the_numbers(word: str, samples: int, said: str) -> None:
    assert frame_arithmetic(framing(word), samples, 2048, 512) == said
    if framing(word).how_many(samples, 2048, 512):
        assert plan_frames(word, samples, 2048, 512).arithmetic == said


def test_only_psf_pads_after_preemphasis() -> None:
    assert [word for word, rule in FRAMINGS.items() if not rule.pads_before_preemphasis] == ["psf"]


def test_unknown_framing() -> None:
    with pytest.raises(ArgumentError, match=r"unknown framing 'centre' \(did you mean center\?\)"):
        framing("centre")
    with pytest.raises(ArgumentError, match="use one of pad-end, valid, center, psf, kaldi, whisper"):
        framing("?")


def test_no_samples() -> None:
    with pytest.raises(SizeError, match="the sound has no samples"):
        plan_frames("pad-end", 0, 400, 160)


@pytest.mark.parametrize(("length", "hop", "name"), [(0, 160, "frame length"), (400, 0, "hop length")])
def test_nothing_below_one_sample(length: int, hop: int, name: str) -> None:
    with pytest.raises(ArgumentError, match=f"{name} 0 is below 1 sample"):
        plan_frames("pad-end", 4000, length, hop)


@pytest.mark.parametrize(("word", "samples"), [("valid", 399), ("kaldi", 79)])
def test_too_short_for_a_frame(word: str, samples: int) -> None:
    with pytest.raises(SizeError, match=f"framing {word} finds no frame of 400 samples in {samples} samples"):
        plan_frames(word, samples, 400, 160)
