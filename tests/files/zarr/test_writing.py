"""Images written as Zarr: what the package reads back, whatever the size of chunks and bands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnkit.data.bands import Bands
from cnnkit.data.raster import Raster
from cnnkit.errors import OutputError
from cnnkit.files.zarr import package, writing
from cnnkit.files.zarr.image import read_zarr
from cnnkit.files.zarr.writing import chunk_sides, filler, stack_filler

zarr = pytest.importorskip("zarr", reason="the package reads what is written here")


@given(st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_read_back(tmp_path_factory: Any, monkeypatch: pytest.MonkeyPatch, data: st.DataObject) -> None:
    rows, columns, depth = (data.draw(st.integers(1, most)) for most in (60, 60, 4))
    dtype = data.draw(st.sampled_from(["?", "u1", "u2", "i4", "f2", "f4", "f8", "u8"]))
    samples = np.random.default_rng(rows).integers(0, 2 if dtype == "?" else 100, (rows, columns, depth)).astype(dtype)
    samples[data.draw(st.integers(0, rows)) :] = 0
    monkeypatch.setattr(writing, "SIDE", data.draw(st.integers(9, 40)))
    step = data.draw(st.integers(1, 30))
    bands = Bands.of(samples)._replace(step=step, least=step)
    raster = Raster(bands, is_flat=depth == 1 and data.draw(st.booleans()), has_alpha=dtype == "u1" and depth == 4)
    folder = tmp_path_factory.mktemp("out")
    filler(raster, "made by cnnkit", data.draw(st.integers(1, 3)))(folder)
    found = zarr.open_array(str(folder), mode="r")[:]
    assert found.dtype == np.dtype(dtype)
    assert found.tobytes() == samples.tobytes()
    assert found.ndim == (2 if raster.is_flat else 3)
    again = read_zarr(folder)
    np.testing.assert_array_equal(again.samples, samples)
    assert (again.is_flat, again.has_alpha) == (raster.is_flat, raster.has_alpha)


@pytest.mark.parametrize("has_alpha", [True, False])
def test_frames_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, has_alpha: bool) -> None:
    monkeypatch.setattr(writing, "SIDE", 16)
    samples = np.random.default_rng(0).integers(0, 100, (3, 40, 23, 2), dtype=np.uint8)
    samples[1] = 0
    bands = [Bands.of(frame)._replace(step=7, least=7) for frame in samples]
    stack_filler([Raster(one, has_alpha=has_alpha) for one in bands], "made by cnnkit", 2)(tmp_path)
    array = zarr.open_array(str(tmp_path), mode="r")
    np.testing.assert_array_equal(array[:], samples)
    assert array.chunks == (1, 16, 16, 2)
    assert array.attrs["_ARRAY_DIMENSIONS"] == ["t", "y", "x", "c"]
    assert array.attrs.get("channels") == (["grey", "alpha"] if has_alpha else None)
    assert not list(tmp_path.glob("1.*"))


def test_one_frame_is_an_image(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).integers(0, 100, (5, 4, 3), dtype=np.uint16)
    stack_filler([Raster(samples)], "made by cnnkit")(tmp_path)
    np.testing.assert_array_equal(read_zarr(tmp_path).samples, samples)


def test_what_is_in_the_folder(tmp_path: Path) -> None:
    samples = np.zeros((600, 1100), np.float32)
    samples[0, 0], samples[599, 1099] = 1, -0.0
    filler(Raster(samples[:, :, None], is_flat=True), "made by cnnkit")(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".zarray", ".zattrs", "0.0", "1.2"]
    header = json.loads((tmp_path / ".zarray").read_text())
    assert (header["chunks"], header["compressor"]["cname"]) == ([512, 512], "lz4")
    attributes = json.loads((tmp_path / ".zattrs").read_text())
    assert attributes == {"command": "made by cnnkit", "_ARRAY_DIMENSIONS": ["y", "x"]}


def test_chunks_and_rows_of_chunks_have_a_limit() -> None:
    for shape in ((10**6, 10**6, 1), (5000, 5000, 512), (10**5, 10**7, 3)):
        rows, columns = chunk_sides(shape, 8)
        assert rows * columns * shape[2] * 8 <= writing.MOST_CHUNK_BYTES
        assert rows == writing.LEAST_SIDE or rows * shape[1] * shape[2] * 8 <= writing.MOST_ROW_BYTES


def test_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    if np.dtype(np.longdouble).itemsize > 8:
        with pytest.raises(OutputError, match="cannot hold"):
            filler(Raster(np.zeros((1, 1, 1), np.longdouble)), "")
    monkeypatch.setattr(package, "find_spec", lambda name: None)
    with pytest.raises(OutputError, match="pip install"):
        filler(Raster(np.zeros((1, 1, 1))), "")


MEMORY = """
import json, pathlib, resource, sys
from cnnkit.__main__ import main
header = {"zarr_format": 2, "shape": [10000, 20000], "chunks": [1000, 1000], "dtype": "|u1", "compressor": None,
          "fill_value": 9, "order": "C", "filters": None}
pathlib.Path("big.zarr").mkdir()
pathlib.Path("big.zarr/.zarray").write_text(json.dumps(header))
small = json.dumps({**header, "shape": [10, 10], "chunks": [10, 10]})
pathlib.Path("small.zarr").mkdir()
pathlib.Path("small.zarr/.zarray").write_text(small)
before = 0
for name in ("small", "big"):
    sys.argv = ["cnnkit", "convolve", f"{name}.zarr", "-k", "gaussian:size=5", "-o", f"{name}-out.zarr", "-q"]
    try:
        main()
    except SystemExit as end:
        assert not end.code, end.code
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(name, peak)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux")
def test_memory_does_not_grow_with_the_image(tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-c", MEMORY], cwd=tmp_path, capture_output=True, text=True, check=False, env={**os.environ}
    )
    assert made.returncode == 0, made.stderr
    peaks = {name: int(peak) for name, peak in map(str.split, made.stdout.splitlines())}
    assert peaks["big"] - peaks["small"] < 350_000  # the result has 800 MB
    found = zarr.open_array(str(tmp_path / "big-out.zarr"), mode="r")
    assert found.shape == (10000, 20000)
    np.testing.assert_allclose(found[5000, 10000], 9, rtol=1e-6)
