"""Headers of arrays: as the package writes them, and as strangers break them."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit import memory
from cnnkit.errors import CnnkitError, InputError, SizeError
from cnnkit.files.zarr.layout import Layout, attributes_of, read_header, read_layout

TWO: dict[str, Any] = {
    "zarr_format": 2, "shape": [5, 7], "chunks": [2, 3], "dtype": "<u2", "compressor": None, "fill_value": 3,
    "order": "C", "filters": None,
}  # fmt: skip
THREE: dict[str, Any] = {
    "zarr_format": 3, "node_type": "array", "shape": [5, 7], "data_type": "float32", "fill_value": "NaN",
    "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [2, 3]}},
    "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
    "codecs": [{"name": "bytes", "configuration": {"endian": "big"}}, {"name": "gzip"}],
    "attributes": {"a": 1}, "dimension_names": ["Y", None],
}  # fmt: skip
SHARDS = [{"name": "sharding_indexed", "configuration": {"chunk_shape": [1, 3], "codecs": [], "index_codecs": []}}]


def layout(folder: Path, header: dict[str, Any], name: str | None = None) -> Layout:
    (folder / (name or ("zarr.json" if header.get("zarr_format") == 3 else ".zarray"))).write_text(json.dumps(header))
    found = read_layout(folder)
    assert found is not None
    return found


def test_format_2(tmp_path: Path) -> None:
    (tmp_path / ".zattrs").write_text('{"_ARRAY_DIMENSIONS": ["y", "x"]}')
    found = layout(tmp_path, TWO)
    assert (found.shape, found.chunks, found.dtype, found.fill) == ((5, 7), (2, 3), np.dtype("<u2"), 3)
    assert (found.packing, found.order, found.dimensions) == ("", "C", ("y", "x"))
    assert found.path((1, 20)) == tmp_path / "1.20"
    others = {"compressor": {"id": "zlib", "level": 1}, "dimension_separator": "/", "fill_value": None, "order": "F"}
    found = layout(tmp_path, TWO | others)
    assert (found.packing, found.order, found.fill, found.path((1, 20))) == ("zlib", "F", 0, tmp_path / "1" / "20")
    assert layout(tmp_path, TWO | {"compressor": {"id": "lzma"}}).packing is None
    assert layout(tmp_path, TWO | {"filters": [{"id": "delta", "dtype": "<u2"}]}).packing is None


def test_format_3(tmp_path: Path) -> None:
    found = layout(tmp_path, THREE)
    assert (found.dtype, found.packing, found.dimensions) == (np.dtype(">f4"), "gzip", ("y", "none"))
    assert np.isnan(found.fill)
    assert found.path((1, 20)) == tmp_path / "c" / "1" / "20"
    assert attributes_of(tmp_path) == {"a": 1}
    assert layout(tmp_path, THREE | {"chunk_key_encoding": {"name": "v2"}}).path((1, 2)) == tmp_path / "1.2"
    found = layout(tmp_path, THREE | {"fill_value": "0xff800000"})
    assert found.fill == -np.inf
    found = layout(tmp_path, THREE | {"codecs": SHARDS})
    assert (found.chunks, found.packing) == ((1, 3), None)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"shape": None}, "None is no shape"),
        ({"shape": [5]}, "shape .5,. has chunks"),
        ({"shape": [5, -7]}, "-7 in its shape"),
        ({"shape": [5, 1 << 60]}, "no length"),
        ({"shape": [5, True]}, "True in its shape"),
        ({"shape": [1] * 40}, "no shape"),
        ({"shape": [5, 0]}, "no samples"),
        ({"chunks": [2, 0]}, "chunks of 2x0"),
        ({"chunks": "ab"}, "ab is no shape"),
        ({"dtype": "|O"}, "Python objects"),
        ({"dtype": "<c8"}, "'<c8', not real numbers"),
        ({"dtype": "<M8[s]"}, "not real numbers"),
        ({"dtype": "<U8"}, "not real numbers"),
        ({"dtype": [["a", "<i4"]]}, "'records', not real"),
        ({"dtype": "nonsense"}, "cannot be read"),
        ({"filters": [{"id": "pickle"}]}, "Python objects"),
        ({"compressor": {"id": "pickle"}}, "Python objects"),
        ({"compressor": 3}, "cannot be read"),
        ({"fill_value": 70_000}, "cannot be read"),
        ({"fill_value": "x"}, "cannot be read"),
        ({"fill_value": [1]}, "cannot be read"),
        ({"order": "X"}, "it has no 'X'"),
        ({"dimension_separator": "/../"}, "it has no '/../'"),
    ],
)
def test_broken_headers_of_format_2(change: dict[str, Any], text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=text) as error:
        layout(tmp_path, TWO | change)
    assert error.value.hint


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"data_type": "complex64"}, "'complex64', not real"),
        ({"data_type": {"name": "numpy.datetime64"}}, "not real"),
        ({"chunk_grid": {"name": "rectilinear"}}, "in a grid 'rectilinear'"),
        ({"chunk_grid": 5}, "cannot be read"),
        ({"codecs": []}, "cannot be read"),
        ({"codecs": [{}]}, "it has no 'name'"),
        ({"chunk_key_encoding": {"name": "../"}}, "it has no '../'"),
        ({"chunk_key_encoding": {"name": "default", "configuration": {"separator": "/../"}}}, "it has no"),
        ({"codecs": [{"name": "bytes", "configuration": {"endian": "x"}}]}, "it has no 'x'"),
    ],
)
def test_broken_headers_of_format_3(change: dict[str, Any], text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=text):
        layout(tmp_path, THREE | change)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from([TWO, THREE]), st.data())
def test_any_value_is_read_or_refused(tmp_path_factory: Any, header: dict[str, Any], data: st.DataObject) -> None:
    folder = tmp_path_factory.getbasetemp() / "any"
    folder.mkdir(exist_ok=True)
    for name in ("zarr.json", ".zarray"):
        (folder / name).unlink(missing_ok=True)
    key = data.draw(st.sampled_from([*header]))
    text = json.dumps({**header, key: data.draw(json_values)})
    (folder / ("zarr.json" if header is THREE else ".zarray")).write_text(text)
    with suppress(CnnkitError):
        read_layout(folder)


def test_files_that_are_no_headers(tmp_path: Path) -> None:
    assert read_header(tmp_path / "x") is None
    for content, text in (
        (b"{", "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (b"[]", "no object"),
        (b"\xff", ""),
    ):
        (tmp_path / "x").write_bytes(content)
        with pytest.raises(InputError, match=f"its x .*{text}"):
            read_header(tmp_path / "x")
    (tmp_path / "large").touch()
    with (tmp_path / "large").open("wb") as stream:
        stream.truncate(1 << 25)
    with pytest.raises(InputError, match="its large has 33,554,432 bytes"):
        read_header(tmp_path / "large")
    with pytest.raises(InputError):
        read_header(tmp_path)


def test_chunks_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "most_bytes", 100)
    with pytest.raises(SizeError, match="a chunk of 10x11 takes"):
        layout(tmp_path, TWO | {"chunks": [10, 11]})
