"""Arrays that wait in a temporary file: what comes back, what is left, and what a full disk does."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from cnnkit.data.rows import Rows
from cnnkit.errors import InputError, OutputError
from cnnkit.files import spool
from cnnkit.files.spool import Spool, row_step

FIRST, SECOND = np.arange(24, dtype=">i2").reshape(2, 3, 4), np.linspace(0, 1, 5)


def test_arrays_come_back(tmp_path: Path) -> None:
    waiting = Spool(tmp_path / "set.npz")
    for array in (FIRST[:, ::-1], SECOND, np.zeros((0, 4))):
        start = waiting.add(Rows.of(array))
        np.testing.assert_array_equal(waiting.read(start, array.shape, array.dtype), array)
    np.testing.assert_array_equal(waiting.read(8, (1, 3, 2), FIRST.dtype)[0, 0], FIRST[0, 1, :2])
    assert waiting.read(8, (2,), FIRST.dtype).dtype == FIRST.dtype


def test_nothing_has_a_name(tmp_path: Path) -> None:
    waiting = Spool(tmp_path / "set.npz")
    waiting.add(Rows.of(FIRST))
    assert os.name == "nt" or list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("block_bytes", [1, 30, 64, 1 << 20])
def test_all_of_them_as_one_array(block_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "BLOCK_BYTES", block_bytes)
    waiting = Spool()
    arrays = [(FIRST + n).astype(FIRST.dtype) for n in range(3)]
    for array in arrays:
        waiting.add(Rows.of(array))
    rows = waiting.rows((6, 3, 4), FIRST.dtype)
    np.testing.assert_array_equal(rows.array(), np.concatenate(arrays))
    assert {len(block) for block in rows.blocks()} == {min(row_step((6, 3, 4), FIRST.dtype), 6)}


def test_rows_that_fail_to_come_leave_nothing() -> None:
    def blocks() -> Iterator[npt.NDArray[Any]]:
        yield FIRST[0]
        raise InputError("cut off", "")

    waiting = Spool()
    waiting.add(Rows.of(SECOND))
    with pytest.raises(InputError, match="cut off"):
        waiting.add(Rows(FIRST.shape, FIRST.dtype, blocks))
    assert waiting.add(Rows.of(SECOND)) == SECOND.nbytes
    np.testing.assert_array_equal(waiting.rows((2, 5), SECOND.dtype).array(), [SECOND, SECOND])


class Full:
    """A file on a disk that takes a few bytes more."""

    def __init__(self, room: int) -> None:
        self.content, self.room = bytearray(), room

    def seek(self, place: int, whence: int = 0) -> int:
        return len(self.content)

    def write(self, content: memoryview) -> int:
        part = content[: self.room - len(self.content)]
        if not part:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.content += part
        return len(part)

    def truncate(self, size: int) -> None:
        del self.content[size:]


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = Spool(tmp_path / "set.npz")
    full = Full(FIRST.nbytes + 7)
    monkeypatch.setattr(waiting, "_file", full)
    assert waiting.add(Rows.of(FIRST)) == 0
    with pytest.raises(OutputError, match=r"set\.npz cannot be written: No space left on device \(check the disk"):
        waiting.add(Rows.of(FIRST))
    assert full.content == FIRST.tobytes()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"there is no folder .*missing to write into"):
        Spool(tmp_path / "missing" / "set.npz")


def test_what_is_mapped_outlives_the_spool() -> None:
    spool = Spool()
    samples = np.arange(12, dtype=np.float32).reshape(4, 3)
    spool.add(Rows.of(samples[:1]))
    spool.add(Rows.of(samples[1:]))
    mapped = spool.mapped((4, 3), np.float32)
    del spool
    np.testing.assert_array_equal(mapped, samples)
    assert Spool().mapped((0, 3), np.uint8).shape == (0, 3)
