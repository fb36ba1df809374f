"""Zarr: chunks, attributes, the format that every release reads, and the package that may be missing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnnkit.data.rows import Rows
from cnnkit.errors import OutputError
from cnnkit.files import spool
from cnnkit.files.datasets import zarr
from cnnkit.files.datasets.dataset import DataSet
from cnnkit.files.zarr import package

SAMPLES = np.arange(7 * 3 * 2, dtype=np.int16).reshape(7, 3, 2)


@pytest.mark.parametrize(("block_bytes", "chunk"), [(1, 1), (24, 2), (12 * 5, 5), (1 << 20, 7)])
def test_chunks_hold_whole_samples(
    block_bytes: int, chunk: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = pytest.importorskip("zarr", reason="data sets as .zarr need the package zarr")
    monkeypatch.setattr(spool, "BLOCK_BYTES", block_bytes)
    dataset = DataSet(tmp_path / "set.zarr", "zarr")
    for sample in SAMPLES:
        dataset.add(sample, file="ä.png")
    dataset.write(dataset.beside(recipe='{"a": [1, null]}'), "made by cnnkit")
    group = package.open_group(str(tmp_path / "set.zarr"), mode="r")
    assert group["data"].chunks == (chunk, 3, 2)
    np.testing.assert_array_equal(group["data"][:], SAMPLES)
    assert group["files"][:].tolist() == ["ä.png"] * 7
    assert dict(group.attrs) == {"recipe": {"a": [1, None]}, "command": "made by cnnkit"}
    assert json.loads((tmp_path / "set.zarr" / "data" / ".zarray").read_text())["zarr_format"] == 2


def test_chunks_of_real_samples_are_a_few_mebibytes() -> None:
    for shape in ((100, 224, 224, 3), (10_000, 100, 13, 1), (3, 4000, 4000, 1)):
        step = spool.row_step(shape, np.dtype("f4"))
        assert step == 1 or 1 << 20 <= step * 4 * int(np.prod(shape[1:])) <= 16 << 20


def test_without_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "find_spec", lambda name: None)
    with pytest.raises(OutputError) as error:
        DataSet(tmp_path / "set.zarr", "zarr")
    assert "pip install 'cnnkit[zarr]'" in error.value.hint
    DataSet(tmp_path / "set.npz", "npz")


def test_the_package_is_loaded_only_to_write() -> None:
    code = "import sys; from cnnkit.files.datasets import dataset, zarr; assert 'zarr' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_filler_needs_no_file_before_it_is_called(tmp_path: Path) -> None:
    pytest.importorskip("zarr", reason="data sets as .zarr need the package zarr")
    fill = zarr.filler(Rows.of(SAMPLES), {"sample_rate": np.array(8000)})
    fill(tmp_path)
    assert json.loads((tmp_path / ".zattrs").read_text()) == {"sample_rate": 8000}
