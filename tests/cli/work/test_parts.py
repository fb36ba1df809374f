"""Which images are worked on in parts: large ones whose rows lie anywhere, and whose results do."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import numpy as np
import pytest
from PIL import Image

from cnnkit.cli.convolution import Convolving
from cnnkit.cli.inputs import Source
from cnnkit.cli.options import Sounds
from cnnkit.cli.pictures import Reading
from cnnkit.cli.pooling import Pooled
from cnnkit.cli.work import parts as room
from cnnkit.cli.work.parts import Dividing
from cnnkit.data.part import Part
from cnnkit.operations.pooling.settings import read_pooling

zarr = pytest.importorskip("zarr", reason="it writes what is divided here")


class Task(NamedTuple):
    goes_by_rows: bool = True


class Outputs(NamedTuple):
    file_type: str = ""
    collects: bool = False

    def format(self, default: str) -> str:
        return self.file_type or default


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LEAST_BYTES", 1000)
    monkeypatch.setattr(room, "MOST_BYTES", 4000)


@pytest.fixture
def image(tmp_path: Path) -> Source:
    path = tmp_path / "image.zarr"
    zarr.create_array(str(path), shape=(100, 90), chunks=(10, 10), dtype="u1")[:] = 7
    return Source(str(path))


def count(source: Source, most: int = 4, task: Any = Task(), outputs: Any = Outputs()) -> int:  # noqa: B008
    return len(Dividing(task, outputs).parts(source, most, "key"))


def test_as_many_as_there_are_places_and_an_end(image: Source) -> None:
    parts = Dividing(Task(), Outputs()).parts(image, 2, "key")  # type: ignore[arg-type]
    assert parts == [
        Part(0, 3, "key"),
        Part(1, 3, "key"),
        Part(2, 3, "key"),
        Part(3, 3, "key"),
    ]  # of 4000 bytes at most
    assert count(image, 8) == 9
    assert count(image, 100) == 10  # of 1000 bytes at least


def test_an_image_that_stays_whole(image: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert count(image, task=Task(goes_by_rows=False)) == 0
    assert count(image, outputs=Outputs("npy")) == 0
    assert count(image, outputs=Outputs(collects=True)) == 0
    assert count(Source(str(tmp_path / "missing.zarr"))) == 0
    Image.fromarray(np.zeros((100, 90), np.uint8)).save(tmp_path / "image.png")
    assert count(Source(str(tmp_path / "image.png")), outputs=Outputs("zarr")) == 0
    zarr.open_array(image.name).attrs["channels"] = ["grey", "alpha"]
    monkeypatch.setattr(room, "LEAST_BYTES", 5000)
    assert count(image) == 0


def test_images_with_alpha_stay_whole(tmp_path: Path) -> None:
    path = tmp_path / "alpha.zarr"
    zarr.create_array(str(path), shape=(100, 90, 2), chunks=(10, 10, 2), dtype="u1", zarr_format=2)[:] = 7
    assert count(Source(str(path))) == 6
    zarr.open_array(str(path)).attrs["channels"] = ["grey", "alpha"]
    assert count(Source(str(path))) == 0


def test_tiles_of_tiff(tmp_path: Path) -> None:
    tifffile = pytest.importorskip("tifffile")
    path = tmp_path / "image.tif"
    tifffile.imwrite(path, np.zeros((100, 90), np.uint8), tile=(16, 16))
    assert count(Source(str(path)), outputs=Outputs("zarr")) == 5
    assert count(Source(str(path))) == 0


@pytest.mark.parametrize(("frame", "expected"), [(None, True), ("2", True), ("all", False)])
def test_frames_that_go_into_one_file_stay_whole(frame: str | None, *, expected: bool) -> None:
    reading, looking = Reading(Sounds(), frame), SimpleNamespace(can_be_sent=True)
    assert Convolving([], [], None, "auto", reading, cast("Any", looking)).goes_by_rows is expected
    assert Pooled(read_pooling(2), reading, cast("Any", looking)).goes_by_rows is expected
