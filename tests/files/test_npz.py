"""An .npz as an image: which of its arrays is meant, and what is wrong with one that cannot be read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnkit import memory
from cnnkit.errors import InputError, SizeError
from cnnkit.files.images.header import read_size
from cnnkit.files.images.raster import encode_raster, read_frames, read_raster

ARRAY = np.random.default_rng(0).normal(size=(5, 6, 2)).astype(np.float32)


def saved(save: Callable[..., None] = np.savez, **arrays: Any) -> io.BytesIO:
    stream = io.BytesIO()
    save(stream, **arrays)
    stream.seek(0)
    return stream


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("others", [{}, {"names": np.array(["a", "b"])}, {"sample_rate": np.array(16000)}])
def test_the_one_array_or_data(save: Callable[..., None], others: dict[str, Any]) -> None:
    name = "data" if others else "whatever"
    stream = saved(save, **others, **{name: ARRAY})
    np.testing.assert_array_equal(read_raster(stream).samples, ARRAY)
    assert read_size(stream) == (5, 6, 2)
    assert read_size(stream, "chw") == (6, 2, 5)


def test_what_cnnkit_wrote_is_read_again() -> None:
    stream = io.BytesIO()
    image = read_raster(saved(data=ARRAY[:, :, 0]))
    encode_raster(image, "npz", "made by cnnkit")(stream)
    stream.seek(0)
    (again,) = read_frames(stream, "all")
    np.testing.assert_array_equal(again.samples[:, :, 0], ARRAY[:, :, 0])
    assert again.is_flat


def test_several_arrays_are_named() -> None:
    many = {f"a{number}": ARRAY for number in range(7)}
    for count, shown in ((2, "'a0', 'a1'$"), (7, "'a0', 'a1', 'a2', 'a3', 'a4', ...$")):
        stream = saved(**dict([*many.items()][:count]))
        with pytest.raises(InputError) as error:
            read_raster(stream)
        assert error.match(f"holds {count} arrays: ")
        assert error.value.problem.endswith(shown[:-1])


def test_a_zip_without_arrays_is_a_zip(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("photo.png", b"something")
    with (tmp_path / "x.zip").open("rb") as stream, pytest.raises(InputError, match="this is a ZIP archive, which"):
        read_raster(stream)


@pytest.mark.parametrize("read", [read_raster, read_size])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_damage(read: Callable[[Any], object], save: Callable[..., None]) -> None:
    content = saved(save, data=ARRAY).getvalue()
    for damaged in (content[: len(content) // 2], content[:40] + bytes(30) + content[70:]):
        with pytest.raises(InputError, match=r"damaged|invalid|cannot be read|cut off"):
            read(io.BytesIO(damaged))


def test_a_small_file_does_not_promise_gigabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = saved(np.savez_compressed, data=np.zeros((1000, 1000)))
    assert len(stream.getvalue()) < 20_000
    assert read_size(stream) == (1000, 1000, 1)
    monkeypatch.setattr(memory, "most_bytes", 8_000_000)
    for read in (read_raster, read_size):
        stream.seek(0)
        with pytest.raises(SizeError, match=r"the array in this \.npz takes 7\.63 MiB of memory, and one array may"):
            read(stream)


def test_objects_are_refused() -> None:
    with pytest.raises(InputError, match="not real numbers"):
        read_raster(saved(data=np.array([[None]])))
