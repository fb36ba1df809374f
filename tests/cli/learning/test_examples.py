"""Labelled examples from folders and sets: what is read, how it is divided, and what is refused with which cure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from PIL import Image

import cnnkit
from cnnkit.cli.learning.examples import read_examples
from cnnkit.cli.options import Results, Sounds
from cnnkit.cli.pictures import Reading
from cnnkit.cli.report import Report
from cnnkit.cli.work import schedule
from cnnkit.cli.work.schedule import Schedule
from cnnkit.data.dataset import read_split
from cnnkit.data.learning.examples import Examples
from cnnkit.data.preparation import read_preparation
from cnnkit.errors import ArgumentError, CnnkitError, InputError, SizeError
from cnnkit.network.volume import Shape, Waveform

Array = npt.NDArray[Any]
PER_CLASS = 5
AS_IT_IS = Reading(Sounds(), None)


def picture(path: Path, shape: tuple[int, ...] = (6, 5), seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    Image.fromarray(samples).save(path)
    return path


@pytest.fixture
def pets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Small grey images of cats and dogs."""
    monkeypatch.chdir(tmp_path)
    for place, name in enumerate(("cat", "dog")):
        for number in range(PER_CLASS):
            picture(Path("pets", name, f"{number}.png"), seed=10 * place + number)
    return Path("pets")


def read(*words: Any, reading: Reading = AS_IT_IS, report: Report | None = None, **settings: Any) -> Examples:
    return read_examples([str(word) for word in words], reading, report or Report("train"), **settings)


def prepared(**settings: Any) -> Reading:
    return Reading(Sounds(), None, read_preparation(**settings))


def refused(kind: type[CnnkitError], problem: str, *words: Any, **settings: Any) -> str:
    with pytest.raises(kind, match=problem) as error:
        read(*words, **settings)
    assert error.value.hint
    return error.value.hint


@pytest.mark.usefixtures("pets")
def test_a_folder_for_each_class() -> None:
    found = read("pets")
    assert (found.inputs.shape, found.inputs.dtype) == ((2 * PER_CLASS, 6, 5, 1), np.uint8)
    assert (found.classes, found.labels.tolist()) == (("cat", "dog"), [0] * 5 + [1] * 5)
    for name, sample in zip(sorted(Path("pets").glob("*/*")), found.inputs, strict=True):
        np.testing.assert_array_equal(sample[..., 0], np.asarray(Image.open(name)))
    assert np.bincount(found.labels[found.training]).tolist() == [4, 4]
    assert np.bincount(found.labels[found.validation]).tolist() == [1, 1]
    named = read("pets/cat", "pets/dog")
    np.testing.assert_array_equal(named.inputs, found.inputs)


@pytest.mark.usefixtures("pets")
def test_shares_and_seeds(capsys: pytest.CaptureFixture[str]) -> None:
    found = read("pets", shares=read_split("60:20:20"), seed=1)
    assert (len(found.training), len(found.validation)) == (6, 2)
    assert "left out 2 examples for a test" in capsys.readouterr().err
    other = read("pets", shares=read_split("60:20:20"), seed=2)
    assert other.training.tolist() != found.training.tolist()
    for name in ("cat", "dog"):
        for number in range(1, PER_CLASS):
            Path("pets", name, f"{number}.png").unlink()
    assert len(read("pets").validation) == 0
    assert "no example is for validation" in capsys.readouterr().err


@pytest.mark.usefixtures("pets")
def test_images_are_prepared() -> None:
    found = read("pets", reading=prepared(resize="3x4", scale="1/255"), wanted=(3, 4, 1))
    assert found.inputs.dtype == np.float32
    expected = cnnkit.read("pets/cat/0.png", resize="3x4", scale="1/255")
    np.testing.assert_array_equal(found.inputs[0].reshape(expected.shape), expected)


@pytest.mark.usefixtures("pets")
def test_what_does_not_fit_is_named_with_its_cure() -> None:
    hint = refused(SizeError, r"0\.png gives 6x5x1, and the network takes 4x4x3", "pets", wanted=(4, 4, 3))
    assert hint == "bring images to one shape: --resize 4 --rgb"
    picture(Path("pets/dog/3.png"), (7, 5, 3))
    hint = refused(SizeError, r"3\.png gives 7x5x3 uint8, and .*cat/0\.png 6x5x1 uint8", "pets")
    assert hint == "bring images to one shape: --resize 6x5 --grey"
    assert len(read("pets", reading=prepared(resize="6x5", grey=True)).inputs) == 10
    Image.fromarray(np.zeros((6, 5), np.uint16)).save("pets/dog/3.png")
    assert refused(SizeError, "uint16, and .* uint8", "pets") == "make them one type: --scale 1"


@pytest.mark.usefixtures("pets")
def test_folders_that_are_no_classes() -> None:
    refused(ArgumentError, "at least two", "pets/cat")
    refused(InputError, "none: there is no such file", "none")
    Path("void").mkdir()
    refused(InputError, "void: this folder is empty", "void")
    picture(Path("pets/all.png"))
    refused(ArgumentError, r"pets/all\.png lies beside the folder of pets/cat/0\.png", "pets")


@pytest.mark.usefixtures("pets")
def test_files_that_cannot_be_read_are_told_and_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    Path("pets/cat/2.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    np.save("pets/dog/9.npy", np.array([[1, np.nan]], np.float32))
    report = Report("train")
    found = read("pets", report=report)
    assert (len(found.inputs), found.labels.tolist()) == (9, [0] * 4 + [1] * 5)
    err = capsys.readouterr().err
    assert "error: pets/cat/2.png: " in err
    assert "error: pets/dog/9.npy: 1 value of 2 is no number" in err
    with pytest.raises(BaseException, match="1"):  # an exit
        report.close()
    for path in Path("pets/cat").iterdir():
        path.write_bytes(b"nothing")
    refused(InputError, "1 of 2 classes has no example to train on: cat", "pets")
    for path in Path("pets/dog").iterdir():
        path.write_bytes(b"nothing")
    refused(InputError, "none of 11 files could be read", "pets")


def test_folders_that_name_parts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for part, count in (("train", 6), ("test", 3)):
        for name in ("0", "1"):
            for number in range(count):
                picture(tmp_path / "digits" / part / name / f"{part}{number}.png")
    found = read(tmp_path / "digits")
    assert (len(found.training), len(found.validation), found.classes) == (12, 6, ("0", "1"))
    parts = [part for part in ("test", "train") for _ in range(2) for _ in range({"test": 3, "train": 6}[part])]
    assert {parts[place] for place in found.training} == {"train"}
    found = read(tmp_path / "digits", shares=read_split("1:1"))
    assert (len(found.training), len(found.validation)) == (6, 6)
    assert {parts[place] for place in found.validation} == {"train"}
    assert "left out 6 examples for a test" in capsys.readouterr().err
    assert len(read(tmp_path / "digits" / "train").validation) == 2


def test_frames_of_one_file_stay_together(tmp_path: Path) -> None:
    for name, count in (("cat", 4), ("dog", 4)):
        for number in range(count):
            path = picture(tmp_path / "films" / name / f"{number}.png", (4, 4), seed=number)
            frames = [Image.open(path), Image.fromarray(np.full((4, 4), 9 * number, np.uint8))]
            frames[0].save(path.with_suffix(".gif"), save_all=True, append_images=frames[1:])
            path.unlink()
    found = read(tmp_path / "films", reading=Reading(Sounds(), "all", read_preparation(grey=True)))
    assert found.inputs.shape == (16, 4, 4, 1)
    assert len(found.validation) == 2 * len({place // 2 for place in found.validation}) > 0


def test_names_of_classes_can_be_shown(tmp_path: Path) -> None:
    for name in ("a\x1b[31m", "b"):
        picture(tmp_path / "odd" / name / "0.png")
    assert read(tmp_path / "odd").classes == ("a\\x1b[31m", "b")


def test_many_files_are_summed_up_once(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(30):
        picture(pets / "cat" / f"more{number}.png")
    report = Report("train")
    read("pets", report=report, reading=prepared(resize=4))
    report.close()
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["6x5x1 prepared: resized to 4x4 (area): 40 of 40"]


@pytest.mark.usefixtures("pets")
def test_other_processes_read_too(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = read("pets", results=Results(jobs=1))
    monkeypatch.setattr(schedule, "SECONDS_OF_START", -1.0)
    monkeypatch.setattr(schedule, "SECONDS_TO_PASS", 0.0)
    started: list[int] = []
    start = Schedule._start
    monkeypatch.setattr(Schedule, "_start", lambda own, count: (started.append(count), start(own, count)))
    for one, other in zip(expected, read("pets", results=Results(jobs=2)), strict=True):
        np.testing.assert_array_equal(one, other)
    assert started == [1]


class Means(NamedTuple):
    """Means of so many samples each, as a layer that takes a sound."""

    size: int

    def __call__(self, shape: Shape, batch: Array) -> Array:
        assert isinstance(shape, Waveform)
        assert (batch.shape, shape.rate) == ((1, shape.samples), 8000)
        found: Array = batch.reshape(-1, self.size, 1).mean(axis=1, keepdims=True)
        return found


def sounds(folder: Path, samples: Callable[[int], int] = lambda number: 4000) -> Path:
    for name in ("high", "low"):
        for number in range(4):
            (folder / name).mkdir(parents=True, exist_ok=True)
            tone = np.sin(np.arange(samples(number)) / (3 + number + 5 * (name == "low"))) / 2
            soundfile.write(folder / name / f"{number}.wav", tone, 8000)
    return folder


def test_sounds_as_images_of_features(tmp_path: Path) -> None:
    folder = sounds(tmp_path / "tones")
    found = read(folder)
    samples, rate = soundfile.read(folder / "high" / "0.wav")
    expected = cnnkit.features(samples, rate, kind="logmel")
    assert found.inputs.shape == (8, *expected.shape)
    assert found.inputs.dtype == np.float32
    hint = refused(SizeError, "the network takes 7x9x1", folder, wanted=(7, 9, 1))
    assert "as the input of the network, or choose other --features" in hint


def test_sounds_that_a_network_takes_themselves(tmp_path: Path) -> None:
    folder, waveform = sounds(tmp_path / "tones"), Reading(Sounds("waveform"), None)
    found = read(folder, reading=waveform, head=Means(100), wanted=(40, 1, 1))
    samples, _ = soundfile.read(folder / "low" / "0.wav", dtype="int16")  # as all features have their scale
    np.testing.assert_allclose(found.inputs[4].ravel(), samples.reshape(-1, 100).mean(axis=1), rtol=1e-6)
    unsent = read(folder, reading=waveform, head=lambda shape, batch: Means(100)(shape, +batch))
    np.testing.assert_array_equal(found.inputs, unsent.inputs)


def test_sounds_of_different_lengths_have_a_cure_that_works(tmp_path: Path, here: Any) -> None:
    folder = sounds(tmp_path / "tones", lambda number: 4000 + 512 * number)
    hint = refused(SizeError, "logmel|1.wav gives 8x26x1 float32, and .*0.wav 7x26x1 float32", folder)
    command = hint.partition(": cnnkit ")[2].split()
    assert here(*command, cwd=tmp_path).code == 0
    found = read(tmp_path / "set.npz")
    assert (found.inputs.shape[2:], len(found.training), found.classes) == ((26, 1), 6, ("high", "low"))


def test_the_sounds_of_a_set(tmp_path: Path, here: Any) -> None:
    folder = sounds(tmp_path / "tones")
    command = ("mfcc", folder, "-r", "--features", "waveform", "--labels", "folder", "--stack", "-o", "set.npz")
    assert here(*command, cwd=tmp_path).code == 0
    waveform = Reading(Sounds("waveform"), None)
    found = read(tmp_path / "set.npz", reading=waveform, head=Means(50))
    expected = read(folder, reading=waveform, head=Means(50))
    np.testing.assert_array_equal(found.inputs, expected.inputs)
    np.savez(tmp_path / "a.npz", data=np.zeros((4, 3)), labels=[0, 1, 0, 1])
    refused(InputError, "no sounds of one sample rate", tmp_path / "a.npz", head=Means(50))


def test_a_set_with_parts_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels, path = np.arange(40) % 2, tmp_path / "set.npz"
    split = np.repeat([0, 1, 2], [20, 10, 10])
    np.savez(path, data=np.arange(120).reshape(40, 3), labels=labels, split=split)
    found = read(path)
    assert (found.training.tolist(), found.validation.tolist()) == ([*range(20)], [*range(20, 30)])
    assert "left out 10 examples for a test" in capsys.readouterr().err
    dealt = read(path, shares=read_split("90:10"))
    assert (len(dealt.training), len(dealt.validation), max(dealt.training)) == (27, 3, 29)
    np.savez(path, x_train=np.zeros((8, 3)), y_train=labels[:8], x_test=np.zeros((4, 3)), y_test=labels[:4])
    assert [len(part) for part in read(path)[3:5]] == [8, 4]
    assert [len(part) for part in read(path, shares=read_split("1:1"))[3:5]] == [4, 4]


def test_a_set_is_as_it_is(tmp_path: Path, pets: Path) -> None:
    path = tmp_path / "set.npz"
    np.savez(path, data=np.zeros((10, 4, 4), np.uint8), labels=np.arange(10) % 2)
    assert read(path, wanted=(4, 4, 1)).inputs.shape == (10, 4, 4, 1)
    hint = refused(SizeError, r"set\.npz: its samples are 4x4x1, and the network takes 8x8x1", path, wanted=(8, 8, 1))
    assert hint.startswith("write 4x4x1 as the input")
    hint = refused(ArgumentError, "--resize is for images, and .* is a set", path, reading=prepared(resize=8))
    assert "leave --resize out" in hint
    refused(ArgumentError, "--features mfcc is for files", path, reading=Reading(Sounds("mfcc"), None))
    refused(ArgumentError, "is a set, and more is named beside it", path, pets)
    refused(InputError, r"none\.npz: there is no such file", "none.npz")
