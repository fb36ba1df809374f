"""Sets read back: those of ``--stack``, those of others, and what is wrong with strangers' files."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from cnnkit.data.dataset import folder_labels, read_split
from cnnkit.errors import InputError
from cnnkit.files.datasets.dataset import FORMATS, DataSet
from cnnkit.files.datasets.reading import StackedSet, is_set, read_set

N = 20
IMAGES = np.random.default_rng(0).integers(0, 256, (N, 4, 3, 1), dtype=np.uint8)
LABELS = np.arange(N) % 4
FILES = [f"{'cat' if number % 2 else 'dog'}/{number // 2}.png" for number in range(N)]


def saved(path: Path, **arrays: Any) -> Path:
    np.savez(path / "set.npz", **arrays)
    return path / "set.npz"


def found(path: Path, **arrays: Any) -> StackedSet:
    return read_set(saved(path, **arrays))


def refused(path: Path, problem: str, **arrays: Any) -> str:
    with pytest.raises(InputError, match=problem) as error:
        read_set(saved(path, **{"data": IMAGES, "labels": LABELS, **arrays}))
    assert error.value.hint
    return error.value.hint


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_a_set_of_cnnkit(tmp_path: Path, file_format: str, dtype: Any) -> None:
    if file_format == "zarr":
        pytest.importorskip("zarr", reason="data sets as .zarr need the package zarr")
    path = tmp_path / f"set.{file_format}"
    dataset = DataSet(path, file_format)
    for file, sample in zip(FILES, IMAGES, strict=True):
        dataset.add(sample.astype(dtype), file=file, sample_rate=8000)
    beside = dataset.beside(labels=folder_labels(FILES), shares=read_split("60:20:20"))
    dataset.write(beside, "made by cnnkit")
    read = read_set(path)
    assert read.inputs.dtype == dtype
    np.testing.assert_array_equal(read.inputs, IMAGES)
    assert read.labels.dtype == np.int64
    assert [read.classes[label] for label in read.labels] == [file[:3] for file in FILES]
    assert read.parts is not None
    np.testing.assert_array_equal(read.parts, beside["split"])
    assert (read.files, read.unread, read.sample_rate) == (FILES, 0, 8000)


def test_what_is_not_compressed_stays_in_the_file(tmp_path: Path) -> None:
    read = found(tmp_path, data=IMAGES, labels=LABELS)
    base: Any = read.inputs
    while isinstance(base, np.ndarray) and base.base is not None:
        base = base.base
    assert type(base).__name__ == "mmap"
    assert (read.parts, read.classes) == (None, ("0", "1", "2", "3"))
    assert len({*read.files}) == N


@pytest.mark.parametrize(
    ("given", "dtype"),
    [
        (np.float64, np.float32),
        (np.float16, np.float32),
        (np.uint16, np.float32),
        (">f4", np.float32),
        (bool, np.uint8),
    ],
)
def test_types_become_two(tmp_path: Path, given: Any, dtype: Any) -> None:
    samples = (IMAGES // 2).astype(given)
    read = found(tmp_path, X=samples, y=LABELS)
    assert read.inputs.dtype == dtype
    np.testing.assert_array_equal(read.inputs, samples.astype(dtype))


def test_images_get_a_depth_and_vectors_stay_vectors(tmp_path: Path) -> None:
    assert found(tmp_path, x=IMAGES[..., 0], y=LABELS).inputs.shape == (N, 4, 3, 1)
    assert found(tmp_path, x=IMAGES[..., 0, 0], y=LABELS[:, None]).inputs.shape == (N, 4)


@pytest.mark.parametrize(
    ("data", "labels"),
    [("data", "labels"), ("x", "y"), ("Images", "labels"), ("inputs", "targets"), ("X_train", "Y_train")],
)
def test_names_that_others_use(tmp_path: Path, data: str, labels: str) -> None:
    read = found(tmp_path, **{data: IMAGES, labels: LABELS})
    assert read.inputs.shape == IMAGES.shape
    assert read.parts is None


def test_sets_as_keras_has_them(tmp_path: Path) -> None:
    arrays: dict[str, Any] = {
        "x_train": IMAGES[:12],
        "y_train": LABELS[:12],
        "x_test": IMAGES[12:],
        "y_test": LABELS[12:],
    }
    np.savez_compressed(tmp_path / "set.npz", **arrays)
    read = read_set(tmp_path / "set.npz")
    np.testing.assert_array_equal(read.inputs, IMAGES)
    np.testing.assert_array_equal(read.labels, LABELS)
    assert (read.parts is None, read.unread) == (False, 0)
    np.testing.assert_array_equal(read.parts, [0] * 12 + [2] * 8)
    read = found(tmp_path, **arrays, x_val=IMAGES[:5], y_val=LABELS[:5])
    assert (len(read.inputs), read.unread) == (17, 8)
    np.testing.assert_array_equal(read.parts, [0] * 12 + [1] * 5)
    named = {"train_images": IMAGES, "train_labels": LABELS[:, None], "val_images": IMAGES, "val_labels": LABELS}
    assert np.bincount(found(tmp_path, **named).parts).tolist() == [N, N]  # type: ignore[arg-type]


def test_labels_as_texts_floats_or_any_whole_numbers(tmp_path: Path) -> None:
    texts = np.array(["dog", "cat"] * 10)
    for labels in (texts, texts.astype("S3")):
        read = found(tmp_path, data=IMAGES, labels=labels)
        assert (read.classes, read.labels[:2].tolist()) == (("cat", "dog"), [1, 0])
    read = found(tmp_path, data=IMAGES, labels=np.where(LABELS == 3, 70, LABELS).astype(float))
    assert (read.classes, read.labels.max()) == (("0", "1", "2", "70"), 3)
    read = found(tmp_path, data=IMAGES, labels=LABELS, classes=np.array(list("abcde")))
    assert read.classes == tuple("abcde")


def test_parts_that_others_name(tmp_path: Path) -> None:
    split = np.arange(N) % 2
    read = found(tmp_path, data=IMAGES, labels=LABELS, split=split, splits=np.array(["train", "test"]))
    np.testing.assert_array_equal(read.parts, split * 2)
    read = found(tmp_path, data=IMAGES, labels=LABELS, split=split * 2)
    np.testing.assert_array_equal(read.parts, split * 2)
    assert "name them" in refused(tmp_path, "parts are left, right", split=split, splits=np.array(["left", "right"]))
    refused(tmp_path, "numbers to 3", split=LABELS)


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        (LABELS + 0.5, r"label 0\.5 of sample 0 is no whole number, as 20 are not"),
        (np.where(LABELS == 2, np.nan, LABELS), "label nan of sample 2 is no whole number, as 5 are not"),
        (LABELS - 1, "has 5 labels below 0, the least -1"),
        (LABELS[:-1], "has the shape 19, and there are 20 samples"),
        (np.eye(4)[LABELS], "has the shape 20x4, and there are 20 samples"),
        (np.zeros(N, int), "all 20 samples have the label 0"),
        (LABELS.astype(object), "holds Python objects"),
        (LABELS.astype(np.uint64) << np.uint64(62), "has the label 1.38351e"),
        (LABELS.astype(complex), "is of complex128, and no labels"),
    ],
)
def test_labels_that_are_no_classes(tmp_path: Path, labels: npt.NDArray[Any], problem: str) -> None:
    hint = refused(tmp_path, problem, labels=labels)
    assert "argmax" in hint or labels.ndim == 1


def test_samples_that_cannot_be_used(tmp_path: Path) -> None:
    wrong = IMAGES.astype(np.float32)
    wrong[7, 0, 0] = np.nan
    refused(tmp_path, "sample 7 of its array 'data' holds a NaN", data=wrong)
    refused(tmp_path, "sample 0 .* beyond float32", data=np.full((N, 2), 1e300))
    refused(tmp_path, "is of <U1, and not of real numbers", data=np.array(["a"] * N))
    refused(tmp_path, "has 1 dimensions, not 2, 3 or 4", data=np.zeros(N))
    refused(tmp_path, "of 0x4x3x1 is empty", data=IMAGES[:0])
    refused(tmp_path, "holds Python objects", data=IMAGES.astype(object))
    refused(tmp_path, "label 3 has no name: its array 'classes' has 2", classes=np.array(["a", "b"]))
    parts = {"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES[:, :2], "y_test": LABELS}
    refused(tmp_path, "'x_test' is 20x2x3x1, and 'x_train' 20x4x3x1", **parts)


def test_files_that_are_no_sets(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_set(tmp_path / "none.npz")
    for arrays, problem, hint in (
        ({"a": IMAGES, "b": LABELS}, "arrays 'a', 'b', and none is named data", "numpy.savez"),
        ({"data": IMAGES, "b": LABELS}, "none is named labels", "numpy.savez"),
        ({"data": IMAGES, "files": np.array(FILES)}, "have no labels", "--labels folder"),
    ):
        with pytest.raises(InputError, match=problem) as error:
            found(tmp_path, **arrays)
        assert hint in error.value.hint
    assert [is_set(name) for name in ("a.npz", "a.ZARR", "b/", "a.npy")] == [True, True, False, False]


def test_zarr_that_others_wrote(tmp_path: Path) -> None:
    zarr = pytest.importorskip("zarr", reason="data sets as .zarr need the package zarr")
    path = tmp_path / "set.zarr"
    with pytest.raises(InputError, match="no such file"):
        read_set(path)
    path.mkdir()
    with pytest.raises(InputError, match=r"no \.zarr, or a damaged one"):
        read_set(path)
    group = zarr.open_group(str(path), mode="w")
    make = getattr(group, "create_array", None) or group.create_dataset
    make("x", shape=IMAGES.shape, chunks=(3, 2, 3, 1), dtype="f8")[:] = IMAGES
    make("y", shape=(N,), chunks=(N,), dtype="i4")[:] = LABELS
    read = read_set(path)
    np.testing.assert_array_equal(read.inputs, IMAGES.astype(np.float32))
    chunk = next(
        one
        for one in sorted((path / "x").rglob("*"))
        if one.is_file() and one.stat().st_size < 300 and "json" not in one.name
    )
    chunk.write_bytes(b"damaged")
    with pytest.raises(InputError, match="'x' is damaged"):
        read_set(path)


class Trap:
    """What makes a folder when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("place", ["filters", "compressor"])
def test_no_code_of_a_zarr_is_run(tmp_path: Path, place: str) -> None:
    """Format 2 has codecs that unpickle, whatever the type of the array."""
    pytest.importorskip("zarr", reason="data sets as .zarr need the package zarr")
    path, sprung = tmp_path / "set.zarr", tmp_path / "sprung"
    (path / "data").mkdir(parents=True)
    (path / ".zgroup").write_text('{"zarr_format": 2}')
    header: dict[str, Any] = {"zarr_format": 2, "shape": [20, 2], "chunks": [20, 2], "dtype": "<f4", "order": "C"}
    header |= {"compressor": None, "fill_value": 0, "filters": None}
    codec = {"id": "pickle", "protocol": 5}
    (path / "data" / ".zarray").write_text(json.dumps(header | {place: [codec] if place == "filters" else codec}))
    (path / "data" / "0.0").write_bytes(pickle.dumps(Trap(sprung)))
    (path / "labels").mkdir()
    (path / "labels" / ".zarray").write_text(json.dumps(header | {"shape": [20], "chunks": [20]}))
    (path / "labels" / "0").write_bytes(LABELS.astype("<f4").tobytes())
    with pytest.raises(InputError, match=r"'data' holds Python objects|a damaged one"):
        read_set(path)
    assert not sprung.exists()
