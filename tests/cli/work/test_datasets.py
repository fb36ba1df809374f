"""``--stack``: one array of all results, what is known of each beside it, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image

import cnnkit
from cnnkit.cli.work.datasets import lengths
from cnnkit.data.recipes.finish import Finish, plan_sound
from cnnkit.data.recipes.recipe import Recipe

Run = Callable[..., Any]
Refused = Callable[..., None]
IMAGES = 10


@pytest.fixture
def pets(tmp_path: Path) -> list[str]:
    """Ten images of two sizes in two folders."""
    random = np.random.default_rng(4)
    for number in range(IMAGES):
        folder = tmp_path / "pets" / ("cat" if number < 4 else "dog")
        folder.mkdir(parents=True, exist_ok=True)
        size = (20, 30 + number % 2, 3)
        Image.fromarray(random.integers(0, 256, size, dtype=np.uint8)).save(folder / f"{number}.png")
    return sorted(map(str, tmp_path.glob("pets/*/*.png")))


@pytest.fixture
def sounds(tmp_path: Path) -> list[str]:
    """Three sounds of 0.5, 0.75 and 1 second."""
    names = []
    for number, samples in enumerate((4000, 6000, 8000)):
        tone = np.sin(np.arange(samples) / (5 + number)) / 2
        soundfile.write(tmp_path / f"{number}.wav", tone, 8000)
        names.append(str(tmp_path / f"{number}.wav"))
    return names


def loaded(path: Path) -> dict[str, Any]:
    with np.load(path) as archive:
        return {name: archive[name] for name in archive if not name.endswith(".txt")}


@pytest.mark.parametrize("end", ["npz", "zarr"])
def test_a_set_of_images(here: Run, pets: list[str], tmp_path: Path, end: str) -> None:
    path = tmp_path / f"set.{end}"
    command = ("convolve", *pets, "-k", "sobel-x", "--resize", "8x9", "--stack", "--labels", "folder")
    ran = here(*command, "--split", "60:20:20", "-o", path)
    assert ran.code == 0, ran.err
    assert ran.lines[-1] == f"wrote {path}  10x8x9x3 float32  2 classes  6 train, 2 validation, 2 test"
    if end == "zarr":
        zarr = pytest.importorskip("zarr")
        group = zarr.open_group(str(path), mode="r")
        found = {name: np.asarray(group[name][:]) for name in group.array_keys()}
        found = {"preparation": json.dumps(group.attrs["preparation"]), **found}
    else:
        found = loaded(path)
    assert [Path(name).name for name in found["files"]] == [Path(name).name for name in pets]
    assert found["labels"].tolist() == [0] * 4 + [1] * 6
    assert found["classes"].tolist() == ["cat", "dog"]
    assert sorted(np.bincount(found["split"]).tolist()) == [2, 2, 6]
    assert json.loads(str(found["preparation"]))["resize"] == [8, 9]
    for name, sample in zip(pets, found["data"], strict=True):
        expected = cnnkit.convolve(cnnkit.read(name, resize="8x9"), "sobel-x")
        np.testing.assert_array_equal(sample, expected)


def test_it_is_the_same_however_many_processes_make_it(here: Run, pets: list[str], tmp_path: Path) -> None:
    made = []
    for jobs in (1, 3):
        ran = here("pool", *pets, "--resize", "700", "--stack", "-o", tmp_path / "set.npz", "-f", "-j", jobs)
        assert ran.code == 0, ran.err
        made.append(loaded(tmp_path / "set.npz"))
    np.testing.assert_array_equal(made[0]["data"], made[1]["data"])
    assert made[0]["files"].tolist() == made[1]["files"].tolist() == pets


def test_one_input_is_a_set_of_one(here: Run, pets: list[str], tmp_path: Path) -> None:
    assert here("pool", pets[0], "--stack", "-o", tmp_path / "one.npz").code == 0
    assert loaded(tmp_path / "one.npz")["data"].shape == (1, 10, 15, 3)


def test_images_of_different_sizes_are_refused_with_the_numbers(
    here: Run, refused: Refused, pets: list[str], tmp_path: Path
) -> None:
    ran = here("pool", *pets, "--size", "1", "--stack", "-o", tmp_path / "set.npz", "-q")
    refused(ran, 1, "10 inputs have 2 shapes, 20x30x3 to 20x31x3", "--resize 224x224")
    assert not (tmp_path / "set.npz").exists()
    assert here("pool", *pets, "--resize", "224x224", "--stack", "-o", tmp_path / "set.npz", "-q").code == 0


def test_sounds_of_different_lengths(here: Run, refused: Refused, sounds: list[str], tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    recipe = ("--frame-length", "400", "--hop-length", "200", "--n-fft", "512")
    refused(
        here("mfcc", *sounds, *recipe, "--stack", "-o", path, "-q"), 1, "3 shapes", "20x13x1 to 40x13x1", "--length"
    )
    ran = here("mfcc", *sounds, *recipe, "--length", "30", "--stack", "-o", path)
    assert ran.code == 0, ran.err
    found = loaded(path)
    assert found["data"].shape == (3, 30, 13, 1)
    assert found["lengths"].tolist() == [20, 30, 30]
    assert found["sample_rate"] == 8000
    assert json.loads(str(found["recipe"]))["hop_length"] == 200
    for number, name in enumerate(sounds):
        samples, rate = soundfile.read(name, dtype="int16")
        whole = cnnkit.mfcc(samples, rate, frame_length=400, hop_length=200, n_fft=512, length=30)
        np.testing.assert_array_equal(found["data"][number], whole)
    assert (found["data"][0, 20:] == 0).all()


def test_segments_of_one_sound_are_samples_that_stay_together(here: Run, sounds: list[str], tmp_path: Path) -> None:
    ran = here("mfcc", *sounds, "--segment", "0.25s", "--stack", "--split", "50:50", "-o", tmp_path / "set.npz")
    assert ran.code == 0, ran.err
    found = loaded(tmp_path / "set.npz")
    assert [Path(name).stem for name in found["files"]] == ["0", "0", "1", "1", "1", "2", "2", "2", "2"]
    assert len(found["data"]) == len(found["lengths"]) == 9
    assert all(len({*found["split"][found["files"] == name]}) == 1 for name in sounds)


@pytest.mark.parametrize(
    ("finish", "expected"),
    [
        (Finish(), [100]),
        (Finish(length=120), [100]),
        (Finish(length=60), [60]),
        (Finish(duration="3s"), [100]),  # 129 frames, of which the sound's are 51200 / 512
        (Finish(duration="3s", fit="loop"), [130]),
        (Finish(segment="1s"), [44, 44, 14]),
        (Finish(segment="40f"), [40, 40, 20]),
        (Finish(segment="40f", overlap="20f"), [40, 40, 40, 40]),
    ],
)
def test_lengths_are_the_frames_of_the_sound_itself(finish: Finish, expected: list[int]) -> None:
    assert lengths(plan_sound(Recipe("", 2048, 512), finish, 51200, 22050)) == expected


def test_a_failed_input_is_left_out_and_told(here: Run, pets: list[str], tmp_path: Path) -> None:
    Path(pets[3]).write_bytes(b"no image")
    ran = here("pool", *pets, "--resize", "8", "--stack", "--labels", "folder", "-o", tmp_path / "set.npz", "--json")
    assert ran.code == 1
    facts = json.loads(ran.text)
    assert [one["input"] for one in facts["errors"]] == [pets[3]]
    assert facts["set"]["shape"] == [9, 4, 4, 3]
    assert facts["set"]["classes"] == {"cat": 3, "dog": 6}
    found = loaded(tmp_path / "set.npz")
    assert found["files"].tolist() == [name for name in pets if name != pets[3]]


def test_nothing_is_written_where_all_failed(here: Run, tmp_path: Path) -> None:
    ran = here("pool", "a.png", "b.png", "--stack", "-o", tmp_path / "set.npz")
    assert ran.code == 1
    assert ran.lines[-1] == "2 of 2 inputs failed"
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--stack",), "no file to write"),
        (("--stack", "-o", "set.png"), "names no data set"),
        (("--stack", "-o", "set.npz", "--out-dir", "o"), "-o and --out-dir are both given"),
        (("--stack", "--out-dir", "o"), "--out-dir is for a file of each input"),
        (("--stack", "-o", "set.npz", "--resume"), "--resume is for a file of each input"),
        (("--stack", "-o", "set.npz", "--split", "1"), "has 1 part"),
        (("--stack", "-o", "set.npz", "--seed", "1"), "--seed without --split"),
        (("--stack", "-o", "set.npz", "--labels", "names"), "'names' are not known"),
        (("--labels", "folder"), "--labels is for data sets"),
        (("--split", "80:20"), "--split is for data sets"),
    ],
)
def test_settings_that_do_not_go_together(
    here: Run, refused: Refused, pets: list[str], tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    refused(here("pool", pets[0], *words, cwd=tmp_path), 2, told)
    assert not (tmp_path / "set.npz").exists()


def test_several_results_of_an_input_are_no_sample(
    here: Run, refused: Refused, pets: list[str], tmp_path: Path
) -> None:
    command = ("convolve", pets[0], "-k", "edge", "-k", "sharpen", "--stack", "-o", tmp_path / "set.npz")
    refused(here(*command), 2, "one result of each input", "--depth sum")
    assert here(*command, "--depth", "sum").code == 0
    assert loaded(tmp_path / "set.npz")["data"].shape == (1, 20, 30, 2)


def test_the_set_of_before_is_whole_unless_it_may_be_replaced(
    here: Run, refused: Refused, pets: list[str], tmp_path: Path
) -> None:
    (path := tmp_path / "set.npz").write_bytes(b"mine")
    refused(here("pool", pets[0], "--stack", "-o", path), 1, "was not made by cnnkit")
    assert path.read_bytes() == b"mine"
    assert here("pool", pets[0], "--stack", "-o", path, "-f").code == 0
    ran = here("pool", pets[0], "--size", "4", "--stack", "-o", path)
    assert ran.lines[-1] == f"replaced {path}  1x5x7x3 uint8"
    before = path.read_bytes()
    assert "would replace" in here("pool", pets[0], "--stack", "-o", path, "-n").err
    refused(here("pool", path, "--stack", "-o", path), 1, "is an input")
    assert path.read_bytes() == before


def test_classes_are_those_of_all_inputs(here: Run, pets: list[str], tmp_path: Path) -> None:
    for name in pets[:4]:  # every cat
        Path(name).write_bytes(b"no image")
    ran = here("pool", *pets, "--resize", "8", "--stack", "--labels", "folder", "-o", tmp_path / "set.npz")
    assert ran.code == 1
    assert ran.lines[-1] == "4 of 10 inputs failed"
    found = loaded(tmp_path / "set.npz")
    assert found["classes"].tolist() == ["cat", "dog"]
    assert found["labels"].tolist() == [1] * 6


@pytest.mark.parametrize(
    ("other", "cure"),
    [
        (np.zeros((20, 30), np.uint8), "--rgb, or --grey"),
        (np.zeros((20, 30, 3), np.uint16), "--scale 1"),
        (np.zeros((9, 30, 3), np.uint8), "--resize 224x224"),
    ],
)
def test_a_hint_names_what_differs(
    here: Run, refused: Refused, pets: list[str], tmp_path: Path, other: Any, cure: str
) -> None:
    np.save(tmp_path / "other.npy", other)
    command = ("pool", pets[0], tmp_path / "other.npy", "--stack", "-o", tmp_path / "set.npz", "-q")
    refused(here(*command), 1, cure, "no set is written")
    assert here(*command, *cure.partition(",")[0].split()).code == 0


def test_a_folder_is_read_without_the_set_that_is_written_into_it(here: Run, pets: list[str]) -> None:
    folder = Path(pets[0]).parent
    command = ("pool", folder, "--resize", "8", "--stack", "-o", folder / "set.npz")
    assert here(*command).code == 0
    ran = here(*command)
    assert ran.code == 0, ran.err
    assert "unchanged" in ran.lines[-1]
