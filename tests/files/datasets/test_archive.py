"""The arrays of an .npz: mapped, unpacked some rows at a time, whatever their order, and what is refused of them."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnkit import memory
from cnnkit.errors import InputError, SizeError
from cnnkit.files import spool
from cnnkit.files.datasets.archive import archive_members

SAMPLES = np.arange(7 * 3 * 5, dtype=np.float32).reshape(7, 3, 5)


def saved(path: Path, *, packed: bool = False, **arrays: Any) -> Path:
    (np.savez_compressed if packed else np.savez)(path, **arrays)
    return path


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_come_as_they_were_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: Any, *, packed: bool
) -> None:
    monkeypatch.setattr(spool, "BLOCK_BYTES", 130)  # two rows at a time
    path = saved(tmp_path / "a.npz", packed=packed, data=np.array(SAMPLES, order=order), other=np.zeros((0, 2)))
    members = archive_members(path)
    assert [*members] == ["data", "other"]
    member = members["data"]()
    assert (member.rows.shape, member.rows.dtype) == (SAMPLES.shape, SAMPLES.dtype)
    assert all(len(block) <= 2 or order == "F" for block in member.rows.blocks())
    np.testing.assert_array_equal(member.rows.array(), SAMPLES)
    assert (member.mapped is not None) == (order == "C" and not packed)
    if member.mapped is not None:
        np.testing.assert_array_equal(member.mapped, SAMPLES)
    assert members["other"]().rows.array().shape == (0, 2)


def test_python_objects_are_never_read(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.npz", data=np.array([{"a": 1}], object), one=np.array(3))
    with pytest.raises(InputError, match="'data' holds Python objects, which can run code"):
        archive_members(path)["data"]()
    assert archive_members(path)["one"]().rows.array().tolist() == [3]


def test_files_that_are_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    path.write_text("no archive")
    with pytest.raises(InputError, match=r"no \.npz, or a damaged one"):
        archive_members(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("bad.npy", b"\x93NUMPY\1\0")
        header = b"\x93NUMPY\1\0\x46\0{'descr': '<f4', 'fortran_order': False, 'shape': (9, 9)}".ljust(79) + b"\n"
        archive.writestr("short.npy", header + bytes(8))
    with pytest.raises(InputError, match="'bad' cannot be read"):
        archive_members(path)["bad"]()
    with pytest.raises(InputError, match="'short' should have 324 bytes, and 8 are there"):
        archive_members(path)["short"]()


def test_numbers_that_were_changed_on_their_way_are_found(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (50, 100), dtype=np.uint8)
    path = saved(tmp_path / "a.npz", packed=True, data=noise)
    content = bytearray(path.read_bytes())
    content[2000] ^= 255
    path.write_bytes(content)
    with pytest.raises(InputError, match="'data', 50x100, is damaged"):
        archive_members(path)["data"]().rows.array()


def test_a_small_file_that_becomes_huge(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.npz", packed=True, data=np.zeros((30, 1 << 20), np.uint8))
    memory.limit("20M")
    with pytest.raises(SizeError, match=r"'data' in this \.npz takes 30 MiB of memory") as error:
        archive_members(path)["data"]()
    assert "numpy.savez" in error.value.hint
