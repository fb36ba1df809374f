"""A recipe in steps: every number is the plan's own, and nothing is said that is not done."""

from __future__ import annotations

from typing import Any

import pytest

from cnnkit.cli.features.steps import OTHERS, explanation, steps
from cnnkit.data.recipes.dialects import DIALECTS, read_recipe
from cnnkit.data.recipes.finish import Finish, plan_sound, read_settings
from cnnkit.data.recipes.recipe import KINDS
from cnnkit.geometry.framing import FRAMINGS


def text_of(dialect: str = "lecture", kind: str = "mfcc", /, samples: int = 51200, **overrides: object) -> str:
    return "\n".join(steps(read_recipe(dialect, kind, **overrides).plan(samples, 22050))) + "\n"


def words(text: str) -> list[str]:
    """The first word of every step, without the lines that go on."""
    return [line.split()[0] for line in text.splitlines() if not line.startswith(" " * 14)]


def test_the_lecture_in_steps() -> None:
    text = text_of()
    for line in (
        "sound       51200 samples at 22,050 Hz: 2.322 s",
        "preemphasis x[n] - 0.97 x[n-1], the first sample kept",
        "frames      51200 samples / hop 512 = 100 frames  (framing pad-end: ceil(N / H))",
        "2048 samples = 92.9 ms each, 512 = 23.2 ms apart, no taper",
        "frame 0 is samples 0 to 2047\n",
        "frame 99 is samples 50688 to 52735, 1536 of them zeros",
        "spectrum    FFT of 2048: 1025 bins, 10.77 Hz apart; |X|^2 / 2048\n",
        "mel bands   26 triangles from 0 to 11025 Hz, equally wide in mel\n",
        "htk's mel, with edges that are whole bins\n",
        "logarithm   natural; a power of 0 becomes 2.2e-16\n",
        "cosines     DCT-II of the 26 logarithms, orthonormal; the first 13 are kept\n",
        "lifter      1 + 11 sin(pi n / 22)\n",
        "energy      coefficient 0 is the logarithm of the frame's power\n",
        "result      100 frames x 13 coefficients x 1: 100x13x1\n",
    ):
        assert line in text


PARTS = {
    "librosa": [
        "scale       samples are in [-1, 1]",
        "multiplied with a hann taper",
        "(framing center: 1 + floor(N / H))",
        "frame 0 is samples -1024 to 1023, 1024 of them zeros",
        "slaney's mel, straight over hertz, each of an area of 1 Hz",
        "logarithm   10 log10, in dB; no power is below 1e-10",
        "held at 80 below the largest of the whole sound",
        "lifter      none",
    ],
    "torchaudio": [
        "frame 0 is samples -200 to 199, 200 of them mirrored",
        "128 triangles from 0 to 11025 Hz",
        "htk's mel, straight over hertz\n",
        "of them cover no bin, and the same number is there for every sound",
    ],
    "kaldi": [
        "scale       samples are on the scale of 16 bits, full scale 32768",
        "mean        subtracted from every frame first",
        "preemphasis of every frame: x[n] - 0.97 x[n-1], the first sample times 0.03",
        "povey taper, a hann to the power of 0.85",
        "samples, squared and summed before preemphasis and taper",
    ],
    "htk": [
        "multiplied with a hamming taper",
        "; |X|\n",
        "times sqrt(2 / 26); the first 13 are kept",
        "order       coefficient 0 is last",
    ],
    "tf": ["1e-06 is added to each magnitude", "20 triangles from 125 to 3800 Hz"],
    "whisper": [
        "(framing whisper: floor(N / H))",
        "logarithm   to base 10; no power is below 1e-10",
        "held at 8 below the largest of the whole sound",
        "then (x + 4) * 0.25",
    ],
}


@pytest.mark.parametrize("dialect", PARTS)
def test_what_dialects_do_otherwise(dialect: str) -> None:
    text = text_of(dialect)
    assert [part for part in PARTS[dialect] if part not in text] == []


@pytest.mark.parametrize(
    ("kind", "result", "absent"),
    [
        ("waveform", "the samples as they are, in one row: 1x51200x1", ["frames", "spectrum", "logarithm"]),
        ("spectrogram", "100 frames x 1025 bins x 1: 100x1025x1", ["mel", "cosines", "lifter", "energy"]),
        ("mel", "100 frames x 26 bands x 1: 100x26x1", ["logarithm", "cosines", "lifter", "energy"]),
        ("logmel", "100 frames x 26 bands x 1: 100x26x1", ["cosines", "lifter", "energy"]),
        ("mfcc", "100 frames x 13 coefficients x 1: 100x13x1", []),
    ],
)
def test_steps_go_as_far_as_the_kind(kind: str, result: str, absent: list[str]) -> None:
    text = text_of("lecture", kind)
    assert text.startswith("  sound       51200 samples at 22,050 Hz: 2.322 s\n")
    assert text.endswith(f"  result      {result}\n")
    assert not set(words(text)) & set(absent)
    assert ("logarithm" in words(text)) == (kind not in ("waveform", "mel"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_recipe_is_told_to_its_result(dialect: str, kind: str) -> None:
    assert words(text_of(dialect, kind))[-1] == "result"


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        ({"taper": "hann-symmetric"}, "multiplied with a hann taper, symmetric\n"),
        ({"taper": "povey-periodic"}, "multiplied with a povey taper, a hann to the power of 0.85, periodic\n"),
        ({"log_ref": "max"}, "minus the largest of the whole sound, which becomes 0\n"),
        ({"log_ref": 0.5}, "minus the logarithm of 0.5, which becomes 0\n"),
        ({"log": "none"}, "DCT-II of the 26 bands, orthonormal"),
        ({"log": "none"}, "energy      coefficient 0 is the frame's power\n"),
        ({"spectrum": "magnitude"}, "energy      coefficient 0 is the logarithm of the frame's magnitudes, summed\n"),
        ({"spectrum": "magnitude"}, "natural; a magnitude of 0 becomes 2.2e-16\n"),
        (
            {"frame_place": "middle", "n_fft": 4096, "framing": "valid"},
            "1 + floor((51200 samples - n_fft 4096) / hop 512) = 93 frames"
            "  (framing valid: 1 + floor((N - n_fft) / H))\n",
        ),
        ({"frame_place": "middle", "n_fft": 4096}, "each is the middle of 4096 samples, which are the FFT's\n"),
        ({"framing": "center", "n_fft": 2049}, "1 + floor((51200 samples - 1) / hop 512) = 100 frames  (framing"),
    ],
    ids=str,
)
def test_what_other_values_do(overrides: dict[str, object], told: str) -> None:
    assert told in text_of("lecture", "mfcc", **overrides)


def test_a_range_is_told_where_there_is_one() -> None:
    for overrides in ({"log": "none"}, {"log": "ln"}, {"log_range": None}, {"log_range": "none"}):
        assert "held at" not in text_of("librosa", "spectrogram", **overrides)
    assert "held at 80" in text_of("librosa", "spectrogram")
    assert "then (x" not in text_of("whisper", "logmel", log="ln")


def test_what_is_not_done_is_not_told() -> None:
    text = text_of(preemphasis=0, lifter=0, energy=False, log="none", preemphasis_over="frame")
    assert "preemphasis" not in text
    assert "energy" not in text
    assert "logarithm   none\n" in text
    assert "lifter      none\n" in text
    assert "preemphasis none\n" in text_of(preemphasis=0)


def test_samples_that_no_frame_holds() -> None:
    text = text_of(framing="kaldi", hop_length=3000)
    assert "952 samples between two frames are not used" in text


@pytest.mark.parametrize(
    ("framing", "pad_mode", "samples", "first"),
    [
        ("center", "zero", 51200, "samples -1024 to 1023, 1024 of them zeros"),
        ("center", "replicate", 51200, "1024 of them copied"),
        ("center", "wrap", 51200, "1024 of them copied"),
        # 460 samples: the only frame of kaldi begins 768 samples before them and ends 820 after.
        ("kaldi", None, 460, "samples -768 to 1279, 1588 of them mirrored"),
    ],
)
def test_what_lies_outside(framing: str, pad_mode: str | None, samples: int, first: str) -> None:
    assert first in text_of("lecture", "mfcc", samples, framing=framing, pad_mode=pad_mode)


def test_one_frame_is_not_told_twice() -> None:
    text = text_of(samples=100)
    assert "frame 0 is samples 0 to 2047, 1948 of them zeros" in text
    assert text.count("frame 0 is") == 1
    assert "1 frame x 13 coefficients x 1: 1x13x1" in text


# Other framings.


def test_every_framing_has_its_users() -> None:
    assert set(OTHERS) == set(FRAMINGS)


def test_other_framings_find_other_frames() -> None:
    text = explanation(plan_sound(read_recipe(), Finish(), 51200, 22050))
    for line in (
        "the same frames of 2048, hop 512, with other framings:",
        "1 + floor(51200 samples / hop 512) = 101 frames",
        "1 + ceil((51200 samples - frame 2048) / hop 512) = 97 frames",
        "1 + floor((51200 samples - frame 2048) / hop 512) = 97 frames",
        "floor((51200 samples + floor(hop 512 / 2)) / hop 512) = 100 frames",
        "floor(51200 samples / hop 512) = 100 frames",
    ):
        assert line in text
    assert "pad-end   tf" not in text


@pytest.mark.parametrize("word", FRAMINGS)
def test_its_own_framing_is_not_told_as_another(word: str) -> None:
    text = explanation(plan_sound(read_recipe(framing=word), Finish(), 51200, 22050))
    assert OTHERS[word] not in text
    assert sum(other in text for other in OTHERS.values()) == len(OTHERS) - 1


def test_a_waveform_has_no_frames_to_tell_of() -> None:
    assert "fram" not in explanation(plan_sound(read_recipe("lecture", "waveform"), Finish(), 51200, 22050))


# What is done beside the recipe.


@pytest.mark.parametrize(
    ("settings", "channels", "lines"),
    [
        ({}, 1, []),
        (
            {"duration": "4s"},
            1,
            ["duration    88200 samples of the sound, which has 51200"],
        ),
        (
            {"segment": "1s", "overlap": "500ms"},
            1,
            [
                "segments    4 of 22050 samples, 11025 apart\n",
                "result      layout ntfc: 4 segments x 44",
            ],
        ),
        (
            {"cmvn": "sliding", "deltas": "channels", "layout": "cft"},
            2,
            [
                "channels    2, each by itself\n",
                "cmvn        every column minus its mean over the 600 frames around each, divided by its st",
                "deltas      htk's, over 5 frames, as channels",
                "result      layout cft: 6 channels x 13 columns x 100 frames\n",
            ],
        ),
        ({"log_ref": "max"}, 2, ["channels    2, each by itself, but for the largest of all\n"]),
        ({"cmvn": "utterance-mean"}, 1, ["cmvn        every column minus its mean over all frames of the sound\n"]),
        (
            {"segment": "96f", "overlap": "48f", "pad_value": "silence"},
            1,
            ["segments    2 of 96 frames, 48 apart\n", "            missing frames hold silence\n"],
        ),
        ({"length": 120, "pad_value": -5}, 1, ["length      120 of 100 frames\n", "missing frames hold -5.0\n"]),
    ],
)
def test_the_finish_in_steps(settings: dict[str, Any], channels: int, lines: list[str]) -> None:
    text = explanation(plan_sound(*read_settings("lecture", "mfcc", settings), 51200, 22050, channels))
    assert [line for line in lines if line not in text] == []
    plain = explanation(plan_sound(*read_settings("lecture", "mfcc", {}), 51200, 22050))
    if not settings:
        assert text == plain
