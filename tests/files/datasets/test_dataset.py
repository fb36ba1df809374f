"""Data sets from samples to files: what is in them, what is refused, what is left after a fault, and the memory."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from cnnkit.data.dataset import folder_labels, read_split
from cnnkit.data.rows import Rows
from cnnkit.errors import InputError, OutputError
from cnnkit.files import writing
from cnnkit.files.datasets.dataset import FORMATS, DataSet, RaggedError
from cnnkit.files.images.header import read_size
from cnnkit.files.images.raster import read_raster

MADE_BY = "made by cnnkit 1: cnnkit mfcc"
SAMPLES = np.random.default_rng(0).normal(size=(20, 6, 4, 1)).astype(np.float32)
FILES = [f"{'cat' if number % 2 else 'dog'}/{number}.wav" for number in range(20)]


def needs(file_format: str) -> None:
    if file_format == "zarr":
        pytest.importorskip("zarr", reason="data sets as .zarr need the package zarr")


def filled(path: Path, samples: npt.NDArray[Any] = SAMPLES, **settings: Any) -> DataSet:
    dataset = DataSet(path, path.suffix[1:])
    for file, sample in zip(FILES, samples, strict=False):
        dataset.add(sample, file=file, **settings)
    return dataset


def read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arrays of a set, and its single values."""
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as found:
            every = {name: found[name] for name in found if name != "cnnkit.txt"}
        single = {name: value.item() for name, value in every.items() if value.ndim == 0}
        single |= {name: json.loads(single[name]) for name in ("recipe", "preparation") if name in single}
        return {name: value for name, value in every.items() if value.ndim}, single
    import zarr

    group = zarr.open_group(str(path), mode="r")
    return {name: group[name][:] for name in group.array_keys()}, dict(group.attrs)


@pytest.mark.parametrize("file_format", FORMATS)
def test_everything_in_a_set(file_format: str, tmp_path: Path) -> None:
    needs(file_format)
    path = tmp_path / f"set.{file_format}"
    dataset = filled(path, length=5, sample_rate=22050)
    assert len(dataset) == 20
    facts = {"recipe": '{"hop": 512}', "preparation": '{"duration": 3.0}'}
    beside = dataset.beside(labels=folder_labels(FILES), shares=read_split("80:10:10"), seed=4, **facts)
    assert dataset.write(beside, MADE_BY) == ("wrote", "")
    arrays, single = read(path)
    np.testing.assert_array_equal(arrays["data"], SAMPLES)
    assert arrays["data"].dtype == np.float32
    assert arrays["files"].tolist() == FILES
    assert arrays["labels"].tolist() == [0, 1][::-1] * 10
    assert arrays["classes"].tolist() == ["cat", "dog"]
    assert arrays["lengths"].tolist() == [5] * 20
    assert np.bincount(arrays["split"]).tolist() == [16, 2, 2]
    assert arrays["splits"].tolist() == ["train", "validation", "test"]
    assert [arrays[name].dtype for name in ("labels", "lengths", "split")] == [np.int64, np.int64, np.int8]
    recipes = {"recipe": {"hop": 512}, "preparation": {"duration": 3.0}}
    assert single == {"sample_rate": 22050, "command": MADE_BY, **recipes}
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("file_format", FORMATS)
def test_one_sample_and_nothing_known(file_format: str, tmp_path: Path) -> None:
    needs(file_format)
    path = tmp_path / f"set.{file_format}"
    dataset = filled(path, SAMPLES[:1])
    dataset.write(dataset.beside(), MADE_BY)
    arrays, single = read(path)
    assert {name: value.shape for name, value in arrays.items()} == {"data": (1, 6, 4, 1), "files": (1,)}
    assert single == {"command": MADE_BY}


def test_several_samples_of_a_file(tmp_path: Path) -> None:
    dataset = DataSet(tmp_path / "set.npz", "npz")
    dataset.add(SAMPLES[:3], file="a.wav", count=3, length=[6, 6, 2], sample_rate=8000)
    dataset.add(SAMPLES[:0], file="b.wav", count=0)
    dataset.add(SAMPLES[3], file="c.wav", sample_rate=16000)
    beside = dataset.beside(shares=read_split("50:50"))
    np.testing.assert_array_equal(dataset.data.array(), SAMPLES[:4])
    assert dataset.files == ["a.wav"] * 3 + ["c.wav"]
    assert np.asarray(beside["lengths"]).tolist() == [6, 6, 2, 6]
    assert np.asarray(beside["sample_rate"]).tolist() == [8000] * 3 + [16000]
    assert len({*np.asarray(beside["split"])[:3].tolist()}) == 1


def test_rows_as_they_come_and_one_that_fails(tmp_path: Path) -> None:
    def broken() -> Iterator[npt.NDArray[Any]]:
        yield SAMPLES[0, :3]
        raise InputError("this sound is cut off", "")

    dataset = filled(tmp_path / "set.npz", SAMPLES[:1])
    with pytest.raises(InputError, match="cut off"):
        dataset.add(Rows((6, 4, 1), SAMPLES.dtype, broken), file="bad.wav")
    dataset.add(Rows((6, 4, 1), SAMPLES.dtype, lambda: iter([SAMPLES[1, :3], SAMPLES[1, 3:]])), file="good.wav")
    np.testing.assert_array_equal(dataset.data.array(), SAMPLES[:2])
    assert dataset.files == [FILES[0], "good.wav"]


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (np.zeros((5, 4, 1), np.float32), "5x4x1 float32, and dog/0.wav 6x4x1 float32"),
        (np.zeros((6, 4, 1), np.uint8), "6x4x1 uint8, and dog/0.wav 6x4x1 float32"),
    ],
)
def test_other_shapes_and_types(other: npt.NDArray[Any], words: str, tmp_path: Path) -> None:
    dataset = DataSet(tmp_path / "set.npz", "npz", hint="cut or pad them with --length 6")
    dataset.add(SAMPLES[0], file=FILES[0])
    with pytest.raises(RaggedError) as error:
        dataset.add(other, file="b\x1b.wav")
    assert error.value.problem == f"b\\x1b.wav gives {words}: samples of one set have one shape and type"
    assert error.value.hint == "cut or pad them with --length 6"
    assert len(dataset) == 1


def test_no_sample_is_left(tmp_path: Path) -> None:
    dataset = DataSet(tmp_path / "set.npz", "npz")
    for use in (dataset.beside, lambda: dataset.write({}, MADE_BY)):
        with pytest.raises(OutputError, match=r"no sample is left for .*set\.npz"):
            use()
    assert list(tmp_path.iterdir()) == []


def test_the_same_set_is_the_same_bytes(tmp_path: Path) -> None:
    streams = [io.BytesIO(), io.BytesIO()]
    for stream in streams:
        dataset = filled(tmp_path / "set.npz")
        dataset.encoder(dataset.beside(), MADE_BY)(stream)
    assert streams[0].getvalue() == streams[1].getvalue()


@pytest.mark.parametrize("file_format", FORMATS)
def test_made_again(file_format: str, tmp_path: Path) -> None:
    needs(file_format)
    path = tmp_path / f"set.{file_format}"
    assert filled(path).foretold() == ("would write", "")
    for samples, action in ((SAMPLES, "wrote"), (SAMPLES, "unchanged"), (SAMPLES[:9], "replaced")):
        dataset = filled(path, samples)
        assert dataset.write(dataset.beside(), MADE_BY).action == action
        np.testing.assert_array_equal(read(path)[0]["data"], samples)
    assert filled(path).foretold() == ("would replace", "9x6x4x1")
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_disk_that_is_full_at_the_end(file_format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs(file_format)
    path = tmp_path / f"set.{file_format}"
    dataset = filled(path)
    dataset.write(dataset.beside(), MADE_BY)
    second = filled(path, SAMPLES[:5])

    def full(*arguments: Any, **settings: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(writing.os, "fsync", full)  # reached when all is written
    with pytest.raises(OutputError, match=rf"set\.{file_format} cannot be written: No space left on device"):
        second.write(second.beside(), MADE_BY)
    np.testing.assert_array_equal(read(path)[0]["data"], SAMPLES)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


LIMITED = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from cnnkit.errors import OutputError
from cnnkit.files.datasets.dataset import DataSet
path = Path(sys.argv[1])
dataset = DataSet(path, path.suffix[1:])
if path.suffix == ".zarr":
    import zarr
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
samples = np.random.default_rng(0).normal(size=(300, 300))
for number in range(3):
    dataset.add(samples, file="a")
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
for write in (lambda: dataset.add(samples, file="b"), lambda: dataset.write(dataset.beside(), "made by cnnkit")):
    try:
        write()
        print("written")
    except OutputError as error:
        print(error.problem)
print(len(dataset))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of the system")
@pytest.mark.parametrize("file_format", FORMATS)
def test_files_that_may_not_grow(file_format: str, tmp_path: Path) -> None:
    """As on a full disk, the system refuses bytes: while samples are added, and when all are written."""
    needs(file_format)
    path = tmp_path / f"set.{file_format}"
    done = subprocess.run([sys.executable, "-c", LIMITED, path], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [f"{path} cannot be written: File too large"] * 2 + ["3"], done.stderr
    assert list(tmp_path.iterdir()) == []


MEASURED = """
import resource, sys
from pathlib import Path
import numpy as np
from cnnkit.files.datasets.dataset import DataSet
path = Path(sys.argv[1])
dataset = DataSet(path, path.suffix[1:])
sample = np.zeros((1000, 1000), np.float32)
for number in range(int(sys.argv[2])):
    sample[:] = number
    dataset.add(sample, file=f"{number}.wav")
dataset.write(dataset.beside(), "made by cnnkit")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured in KiB there")
@pytest.mark.parametrize("file_format", FORMATS)
def test_memory_does_not_grow_with_the_set(file_format: str, tmp_path: Path) -> None:
    """100 samples of 4 MB take as much as 10, within 40 MB."""
    needs(file_format)
    path = tmp_path / f"set.{file_format}"
    kibibytes = [
        int(subprocess.run([sys.executable, "-c", MEASURED, path, str(n)], capture_output=True, check=True).stdout)
        for n in (10, 100)
    ]
    assert kibibytes[1] < kibibytes[0] + 40_000


@pytest.mark.parametrize("look", [read_size, read_raster])
def test_a_set_where_an_image_is_meant(look: Any, tmp_path: Path) -> None:
    path = tmp_path / "pets.npz"
    dataset = filled(path)
    dataset.write(dataset.beside(), MADE_BY)
    with path.open("rb") as stream, pytest.raises(InputError) as error:
        look(stream)
    assert error.value.problem == "this is a data set of 20 samples of 6x4x1, not one image or array"
    assert error.value.hint.startswith("save one sample of it: ")
    exec(error.value.hint.partition(": ")[2].replace("'one.npy'", f"'{tmp_path}/one.npy'"), {"numpy": np})
    np.testing.assert_array_equal(np.load(tmp_path / "one.npy"), SAMPLES[0])
