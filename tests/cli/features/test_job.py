"""One sound's job: whether it is streamed, what it is called, what an .npz says beside the numbers."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import cnnkit
from cnnkit.cli.features.job import Job, result_name
from cnnkit.data.recipes.columns import columns
from cnnkit.data.recipes.dialects import DIALECTS, read_recipe
from cnnkit.data.recipes.finish import plan_sound, read_settings
from cnnkit.data.recipes.recipe import SAMPLE_RATES
from cnnkit.data.signal import Signal
from cnnkit.errors import CnnkitError, OutputError
from cnnkit.operations.features import blocks

NOISE = np.random.default_rng(0).integers(-9999, 9999, 30000).astype(np.int16)
SOUND = Signal(NOISE, 22050, full_scale=32768.0)


def job(dialect: str = "lecture", kind: str = "mfcc", /, **fields: Any) -> Job:
    """The job of the noise, of any settings and of fields of the job itself."""
    of_job = {name: fields.pop(name) for name in list(fields) if name in Job._fields}
    return Job(plan_sound(*read_settings(dialect, kind, fields), len(NOISE), 22050), **of_job)


def named(dialect: str = "lecture", kind: str = "mfcc", /, **fields: Any) -> str:
    """The name that settings give."""
    return result_name(*read_settings(dialect, kind, fields))


def silent(done: int, of: int) -> None:
    pass


def numbers(one: Job) -> npt.NDArray[Any]:
    rows = one.rows(SOUND, [], silent)
    return np.concatenate([np.ravel(block) for block in rows.blocks()]).reshape(rows.shape)


def encoded(one: Job, kind: str) -> io.BytesIO:
    stream = io.BytesIO()
    one.encode(one.rows(SOUND, [], silent), kind, "song.wav", "made by cnnkit test")(stream)
    stream.seek(0)
    return stream


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "mfcc13"),
        ({"n_mfcc": 20}, "mfcc20"),
        ({"deltas": "columns"}, "mfcc13.deltas"),
        ({"deltas": "channels", "cmvn": "sliding"}, "mfcc13.cmvn.deltas"),
        ({"segment": "1s", "length": 100, "layout": "nctf"}, "mfcc13.segments"),
    ],
)
def test_words_of_a_name(fields: dict[str, Any], words: str) -> None:
    assert named(**fields) == words


@pytest.mark.parametrize(
    ("kind", "words"),
    [("logmel", "logmel26"), ("mel", "mel26"), ("spectrogram", "spectrogram"), ("waveform", "waveform")],
)
def test_words_of_other_kinds(kind: str, words: str) -> None:
    assert named("lecture", kind) == words
    assert named("psf", kind) == f"psf.{words}"


def test_words_of_other_dialects() -> None:
    assert named("librosa") == "librosa.mfcc20"
    assert named("librosa", n_mfcc=13, cmvn="utterance") == "librosa.mfcc13.cmvn"
    assert named("kaldi", "logmel", n_mels=80, hop_length=100) == "kaldi.logmel80"


@pytest.mark.parametrize(
    ("fields", "is_streamed"),
    [
        ({}, True),
        ({"layout": "ctf"}, True),
        ({"layout": "nctf"}, True),
        ({"deltas": "columns"}, True),
        ({"cmvn": "utterance"}, True),
        ({"length": 9}, True),
        ({"segment": 900}, True),
        ({"deltas": "channels", "layout": "ntfc"}, True),
        ({"deltas": "channels", "layout": "nctf"}, False),
        ({"engine": "psf"}, False),
        ({"is_verified": True}, False),
    ],
)
def test_what_can_be_written_while_it_is_computed(fields: dict[str, Any], is_streamed: bool) -> None:
    assert job(**fields).is_streamed == is_streamed


@pytest.mark.parametrize("layout", ["tfc", "ctf", "ntfc", "nctf"])
def test_streamed_rows_have_the_shape_of_their_layout(layout: str) -> None:
    found = numbers(job(layout=layout))
    np.testing.assert_array_equal(found, cnnkit.mfcc(NOISE, 22050, layout=layout))


@pytest.mark.parametrize("dialect", sorted(DIALECTS.keys() - SAMPLE_RATES.keys()))
def test_rows_come_in_blocks_that_make_the_whole(monkeypatch: pytest.MonkeyPatch, dialect: str) -> None:
    expected = cnnkit.mfcc(NOISE, 22050, dialect=dialect)
    monkeypatch.setattr(blocks, "BLOCK_SAMPLES", 5000)
    calls: list[tuple[int, int]] = []
    rows = job(dialect).rows(SOUND, [], lambda done, of: calls.append((done, of)))
    assert calls == []  # nothing is computed before it is asked for
    pieces = list(rows.blocks())
    assert len(pieces) > 3
    np.testing.assert_array_equal(np.concatenate(pieces)[:, :, None], expected)
    frames = len(expected)
    assert calls == [(int(done), frames) for done in np.cumsum([len(piece) for piece in pieces])]


def test_verified_numbers_are_the_same_and_the_difference_is_told() -> None:
    notes: list[str] = []
    rows = job(is_verified=True).rows(SOUND, notes, silent)
    (block,) = rows.blocks()
    np.testing.assert_array_equal(block, cnnkit.mfcc(NOISE, 22050))
    (note,) = notes
    assert note.startswith("python_speech_features agrees: the largest difference is ")
    largest = float(note.split("difference is ")[1].split(" in frame")[0])
    assert 0 <= largest < 1e-4


def test_numbers_that_are_wrong_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from cnnkit.cli.features import job as room

    def broken(*arguments: Any, **named: Any) -> npt.NDArray[Any]:
        found = blocks.compute_features(*arguments, **named)
        found[3, 4, 0] += 0.5
        return found

    monkeypatch.setattr(room, "compute_features", broken)
    with pytest.raises(CnnkitError, match=r"differs by 0\.5 in frame 3, column 4, more than 0\.001"):
        job(is_verified=True).rows(SOUND, [], silent)


def test_every_segment_is_verified_and_the_worst_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from cnnkit.operations.features import psf

    differences = iter([1e-6, 3e-6, 2e-6])
    monkeypatch.setattr(psf, "largest_difference", lambda *_: psf.Difference(next(differences), 4, 5))
    notes: list[str] = []
    job(is_verified=True, segment=11000).rows(SOUND, notes, silent)
    assert notes == ["python_speech_features agrees: the largest difference is 3e-06 in frame 4, column 5 of segment 1"]


def test_every_channel_is_verified_and_the_worst_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from cnnkit.operations.features import psf

    for settings, largest, told in [
        ({}, [1e-6, 2e-6], "2e-06 in frame 4, column 5 of channel 2"),
        ({"segment": 15000}, [1e-6, 2e-6, 5e-6, 3e-6], "5e-06 in frame 4, column 5 of channel 1 of segment 1"),
    ]:
        differences = iter(largest)
        monkeypatch.setattr(psf, "largest_difference", lambda *_, d=differences: psf.Difference(next(d), 4, 5))
        both = Signal(np.stack([NOISE, NOISE], axis=1), 22050, full_scale=32768.0)
        notes: list[str] = []
        plan = plan_sound(*read_settings("lecture", "mfcc", settings), len(NOISE), 22050, 2)
        Job(plan, is_verified=True).rows(both, notes, silent)
        assert notes == [f"python_speech_features agrees: the largest difference is {told}"]


def test_a_difference_that_is_no_number_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from cnnkit.operations.features import psf

    differences = iter([1e-6, np.nan])
    monkeypatch.setattr(psf, "largest_difference", lambda *_: psf.Difference(next(differences), 4, 5))
    with pytest.raises(CnnkitError, match="differs by nan in frame 4, column 5 of segment 1, more than"):
        job(is_verified=True, segment=11000).rows(SOUND, [], silent)


def test_the_engine_psf_gives_its_own_numbers() -> None:
    from cnnkit.operations.features import psf

    found = numbers(job("psf", engine="psf", layout="ctf"))
    expected = psf.compute(read_recipe("psf").plan(len(NOISE), 22050), SOUND).astype(np.float32)
    np.testing.assert_array_equal(found, np.moveaxis(expected, -1, 0))


# What is written.


def test_an_npz_has_names_rate_and_recipe() -> None:
    one = job("htk", deltas="columns", segment=16000, layout="nctf")
    found = np.load(encoded(one, "npz"))
    assert sorted(found.files) == ["cnnkit.txt", "data", "names", "recipe", "sample_rate"]
    assert found["data"].shape == one.plan.shape == (2, 1, 71, 39)  # 1 + (16000 - 551) // 220 frames
    assert found["names"].tolist()[11:15] == ["c12", "c0", "c1 delta", "c2 delta"]
    assert len(found["names"]) == 39
    assert int(found["sample_rate"]) == 22050
    recipe = json.loads(str(found["recipe"]))
    assert recipe == {**one.plan.features.settled._asdict(), **one.plan.finish._asdict()}
    assert (recipe["dialect"], recipe["n_fft"], recipe["deltas"], recipe["segment"]) == ("htk", 1024, "columns", 16000)


def test_an_npz_of_channels_names_its_columns_once() -> None:
    found = np.load(encoded(job(deltas="channels"), "npz"))
    assert found["data"].shape[1:] == (13, 3)
    assert found["names"].tolist() == columns(read_recipe().plan(30000, 22050)).names


def test_an_npz_of_a_waveform_names_no_columns() -> None:
    found = np.load(encoded(job("lecture", "waveform"), "npz"))
    assert "names" not in found.files
    np.testing.assert_array_equal(found["data"], NOISE.astype(np.float32).reshape(1, -1, 1))


@pytest.mark.parametrize("layout", ["tfc", "ctf", "ntfc", "nctf"])
def test_a_csv_has_frames_down_whatever_the_layout(layout: str) -> None:
    found = np.loadtxt(encoded(job(layout=layout), "csv"), delimiter=",")
    np.testing.assert_allclose(found, cnnkit.mfcc(NOISE, 22050)[:, :, 0], rtol=1e-8)


@pytest.mark.parametrize("fields", [{"deltas": "channels"}, {"segment": 9000}])
def test_a_csv_has_no_more_than_rows_and_columns(fields: dict[str, Any]) -> None:
    with pytest.raises(OutputError, match=r"a \.csv holds rows x columns"):
        encoded(job(**fields), "csv")


@pytest.mark.parametrize(
    ("kind", "fields"), [("mfcc", {"deltas": "columns"}), ("mfcc", {"segment": 9000}), ("waveform", {})]
)
def test_what_is_no_picture(kind: str, fields: dict[str, Any]) -> None:
    refused = job("lecture", kind, **fields)
    for file_type in ("png", "svg", "pdf"):
        with pytest.raises(OutputError, match="a picture shows"):
            refused.check(file_type)
        with pytest.raises(OutputError, match="a picture shows") as caught:
            refused.check("npy", file_type)  # drawn beside the result
        assert caught.value.hint.endswith("or do without the picture")
    refused.check("npy")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is handed to whoever draws."""
    from cnnkit.views.figures import features

    given: list[Any] = []
    monkeypatch.setattr(features, "draw_features", lambda *arguments: given.extend(arguments) or (lambda stream: None))
    return given


@pytest.mark.parametrize(
    ("kind", "fields", "column", "unit", "value", "merge"),
    [
        ("mfcc", {}, "coefficient", "", "value", "mean"),
        ("mfcc", {"cmvn": "utterance"}, "coefficient", "", "standard deviations", "mean"),
        ("logmel", {"layout": "nctf"}, "mel band", "Hz", "ln power", "maximum"),
        ("spectrogram", {"length": 9}, "frequency", "Hz", "ln power", "maximum"),
    ],
)
def test_what_a_figure_shows(
    drawn: list[Any], kind: str, fields: dict[str, Any], column: str, unit: str, value: str, merge: str
) -> None:
    one = job("lecture", kind, **fields)
    encoded(one, "svg")
    shown, written, made_by = drawn
    expected = cnnkit.features(NOISE, 22050, kind, **{**fields, "layout": "tfc"})[:, :, 0]
    np.testing.assert_array_equal(shown.values, expected)
    assert (written, made_by) == ("svg", "made by cnnkit test")
    assert shown.title == f"song.wav: {kind} {shown.values.shape[0]}x{expected.shape[1]}x1"
    assert (shown.columns.axis, shown.columns.unit, shown.value_name, shown.merge) == (column, unit, value, merge)
    assert shown.frame_seconds == pytest.approx(512 / 22050)
    assert shown.first_time == pytest.approx(1024 / 22050)  # the middle of samples 0 to 2047


def test_centred_frames_begin_at_0(drawn: list[Any]) -> None:
    encoded(job("librosa"), "png")
    assert drawn[0].first_time == 0


@pytest.mark.parametrize("layout", ["tfc", "nctf", "ft"])
def test_a_preview_has_time_to_the_right_and_frequency_up(layout: str) -> None:
    one = job("lecture", "logmel", layout=layout)
    levels, line = one.preview(one.rows(SOUND, [], silent))
    values = cnnkit.features(NOISE, 22050, "logmel")[:, :, 0]
    low, high = float(values.min()), float(values.max())
    np.testing.assert_allclose(levels, 255 * (values.T[::-1] - low) / (high - low), atol=0.501)
    assert levels.dtype == np.uint8
    assert line == f"time to the right, mel band up; values {low:.6g} to {high:.6g} stretched to 0..255"
