"""What is said about MFCCs: every number is the layout's own."""

from pathlib import Path

import pytest

from cnnkit.cli.features_text import OTHERS, example, explanation, refuse_outputs, steps
from cnnkit.data.dialects import read_recipe
from cnnkit.errors import ArgumentError
from cnnkit.geometry.framing import FRAMINGS


def test_every_framing_has_its_users() -> None:
    assert set(OTHERS) == set(FRAMINGS)


def test_the_lecture_explained() -> None:
    text = explanation(read_recipe().lay_out(51200, 22050))
    for line in (
        "sound       51200 samples at 22,050 Hz: 2.322 s",
        "preemphasis x[n] - 0.97 x[n-1], the first sample kept",
        "frames      51200 samples / hop 512 = 100 frames  (framing pad-end: ceil(N / H))",
        "2048 samples = 92.9 ms each, 512 = 23.2 ms apart, no taper",
        "frame 0 is samples 0 to 2047\n",
        "frame 99 is samples 50688 to 52735, 1536 of them zeros",
        "FFT of 2048: 1025 bins, 10.77 Hz apart",
        "26 triangles from 0 to 11025 Hz",
        "1 + 11 sin(pi n / 22)",
        "100 frames x 13 coefficients x 1: 100x13x1",
        "1 + floor(51200 samples / hop 512) = 101 frames",
        "1 + ceil((51200 samples - frame 2048) / hop 512) = 97 frames",
        "floor((51200 samples + floor(hop 512 / 2)) / hop 512) = 100 frames",
    ):
        assert line in text
    assert "pad-end   tf" not in text


@pytest.mark.parametrize(
    ("kind", "result", "absent"),
    [
        ("waveform", "the samples as they are, in one row: 1x51200x1", ["frames", "spectrum", "logarithm"]),
        ("spectrogram", "100 frames x 1025 bins x 1: 100x1025x1", ["mel bands", "cosines", "lifter", "energy"]),
        ("logmel", "100 frames x 26 bands x 1: 100x26x1", ["cosines", "lifter", "energy"]),
        ("mfcc", "100 frames x 13 coefficients x 1: 100x13x1", []),
    ],
)
def test_steps_go_as_far_as_the_kind(kind: str, result: str, absent: list[str]) -> None:
    told = steps(read_recipe("lecture", kind).lay_out(51200, 22050))
    assert told[0] == "  sound       51200 samples at 22,050 Hz: 2.322 s"
    assert told[-1] == f"  result      {result}"
    words = [line.split()[0] for line in told]
    assert not any(word.split()[0] in words for word in absent)
    assert ("logarithm" in words) == (kind != "waveform")


def test_other_recipes_explained() -> None:
    recipe = read_recipe(framing="kaldi", hop_length=3000, taper="hann", preemphasis=0, lifter=0, energy=False)
    text = explanation(recipe.lay_out(51200, 22050))
    assert "multiplied with a hann taper" in text
    assert "952 samples between two frames are never looked at" in text
    assert text.count(" none\n") == 2
    assert "energy" not in text
    assert "tf.signal" in text


@pytest.mark.parametrize(
    ("framing", "first"), [("center", "samples -1024 to 1023, 1024 of them zeros"), ("kaldi", "1588 of them mirrored")]
)
def test_what_lies_outside(framing: str, first: str) -> None:
    # 460 samples: the only frame of kaldi begins 768 samples before them and ends 820 after.
    assert first in explanation(read_recipe(framing=framing).lay_out(51200 if framing == "center" else 460, 22050))


def test_one_frame_is_not_told_twice() -> None:
    text = explanation(read_recipe().lay_out(100, 22050))
    assert "frame 0 is samples 0 to 2047, 1948 of them zeros" in text
    assert text.count("frame 0 is") == 1
    assert "1 frame x 13 coefficients x 1: 1x13x1" in text


@pytest.mark.parametrize("dialect", ["lecture", "psf"])
@pytest.mark.parametrize("n_mfcc", [1, 13])
def test_the_worked_example_follows_the_settings(dialect: str, n_mfcc: int) -> None:
    text = example(read_recipe(dialect, n_mfcc=n_mfcc))
    frames = {"lecture": 100, "psf": 231}[dialect]
    assert f"{frames}x{n_mfcc}x1" in text
    assert f"(dialect {dialect})" in text
    assert text.endswith("Next: cnnkit mfcc song.wav --print-shape")
    assert ("..." in text) == (n_mfcc > 6)


def test_the_worked_example_of_one_frame() -> None:
    text = example(read_recipe(hop_length=60000, framing="pad-end"))
    assert text.count("  frame 0  ") == 1


@pytest.mark.parametrize(
    ("given", "name"),
    [(("a.npy", None, None), "-o"), ((None, Path("out"), None), "--out-dir"), ((None, None, "csv"), "--format")],
)
def test_a_shape_is_not_written(given: tuple[str | None, Path | None, str | None], name: str) -> None:
    with pytest.raises(ArgumentError, match=f"{name} and --print-shape are both given"):
        refuse_outputs(*given)
    refuse_outputs(None, None, None)
