"""Weights as safetensors: read without copies, written as the package reads them, refused where sizes lie."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit.data.network.weights import Weights
from cnnkit.errors import InputError
from cnnkit.files.network.safetensors import encode_safetensors, read_note, read_safetensors

RNG = np.random.default_rng(0)
TENSORS = {"conv.weight": RNG.normal(size=(4, 3, 3, 3)).astype(np.float32), "conv.bias": np.arange(4, dtype=np.float32)}


def file_of(header: Any, data: bytes = b"", length: int | None = None) -> io.BytesIO:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return io.BytesIO((len(text) if length is None else length).to_bytes(8, "little") + text + data)


def entry(shape: list[int], begin: int, end: int, dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def test_a_file_written_by_hand() -> None:
    values = np.array([[1, 2, 3], [4, 5, 6]], "<f4")
    header = {"__metadata__": {"format": "pt"}, "b": entry([], 24, 28), "a": entry([2, 3], 0, 24)}
    weights = read_safetensors(file_of(header, values.tobytes() + np.float32(7).tobytes()), "w")
    assert list(weights) == ["b", "a"]
    assert weights.metadata == {"format": "pt"}
    np.testing.assert_array_equal(weights["a"], values)
    assert weights["b"] == 7


def test_the_package_reads_what_is_written(tmp_path: Path) -> None:
    with (tmp_path / "w.safetensors").open("wb") as stream:
        encode_safetensors({**TENSORS, "empty": np.zeros((0, 3), np.float32)}, {"note": "made by cnnkit 1"})(stream)
    found = safetensors.numpy.load_file(tmp_path / "w.safetensors")
    assert found.keys() == {*TENSORS, "empty"}
    for name, values in TENSORS.items():
        np.testing.assert_array_equal(found[name], values)
    with (tmp_path / "w.safetensors").open("rb") as stream:
        assert list(read_safetensors(stream)) == [*TENSORS, "empty"]
        stream.seek(0)
        assert read_note(stream) == "made by cnnkit 1"


@pytest.mark.parametrize("dtype", ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "bool"])
def test_what_the_package_writes_is_read(dtype: str, tmp_path: Path) -> None:
    kind = np.dtype(dtype)
    values = RNG.integers(0, 2 if dtype == "bool" else 100, (2, 3)).astype(kind)
    safetensors.numpy.save_file({"x": values}, tmp_path / "w.safetensors")
    with (tmp_path / "w.safetensors").open("rb") as stream:
        weights = read_safetensors(stream)
    assert weights.tensors["x"].dtype == str(np.dtype(kind))
    np.testing.assert_array_equal(weights["x"], values.astype(np.float32))


def test_bfloat16_is_read() -> None:
    stored = np.array([0x3F80, 0xC020], "<u2")  # 1 and -2.5
    weights = read_safetensors(file_of({"x": entry([2], 0, 4, "BF16")}, stored.tobytes()))
    assert weights.tensors["x"].dtype == "bfloat16"
    np.testing.assert_array_equal(weights["x"], np.float32([1, -2.5]))


def test_float32_is_mapped_and_not_copied(tmp_path: Path) -> None:
    safetensors.numpy.save_file(TENSORS, tmp_path / "w.safetensors")
    with (tmp_path / "w.safetensors").open("rb") as stream:
        weights = read_safetensors(stream)
    values = weights["conv.weight"]  # the file is closed
    assert not values.flags.owndata
    assert not values.flags.writeable
    np.testing.assert_array_equal(values, TENSORS["conv.weight"])


@pytest.mark.parametrize(
    ("stream", "problem"),
    [
        (file_of({}, length=10**9), "should have 1,000,000,000 bytes, and the file has 10"),
        (file_of({"a": entry([2], 0, 4)}, bytes(4)), "'a' should have 8 bytes, and its place has 4"),
        (file_of({"a": entry([10**9, 10**9], 0, 4)}, bytes(4)), "should have 4,000,000,000,000,000,000 bytes"),
        (file_of({"a": entry([2], 0, 8)}, bytes(4)), "cut off: 'a' ends at byte 8 of 4"),
        (file_of({"a": entry([2], 0, 8), "b": entry([2], 4, 12)}, bytes(12)), "'b' overlaps 'a'"),
        (file_of({"a": entry([1], 4, 8)}, bytes(8)), "4 bytes before 'a' belong to no tensor"),
        (file_of({"a": entry([1], 0, 4)}, bytes(5)), "1 byte at the end of the file"),
        (file_of(b'{"a":{},"a":{}}'), "names 'a' twice"),
        (file_of({"a": {"dtype": "F32"}}), "does not say where 'a' is"),
        (file_of({"a": entry([-1], 0, 4)}, bytes(4)), "no shape or place of 'a'"),
        (file_of({"a": entry([1 << 31, 0], 0, 0)}), "no shape or place of 'a'"),
        (file_of({"a": entry([2**31 - 1] * 3 + [0], 0, 0)}), "no shape or place of 'a'"),
        (file_of({"a": entry([True], 0, 4)}, bytes(4)), "no shape or place of 'a'"),
        (file_of({"a": entry([1], 0, 4) | {"data_offsets": [0]}}, bytes(4)), "no shape or place of 'a'"),
        (file_of({"a": entry([4], 0, 4, "F8_E4M3")}, bytes(4)), "'a' is of type 'F8_E4M3', which is not read"),
        (file_of({"__metadata__": {"a": 1}}), "metadata are not texts"),
        (file_of([1, 2, 3]), "names no tensors"),
        (file_of(b'{"a": '), "not JSON"),
        (file_of(b'{"a": "\xff"}'), "not JSON"),
        (file_of(b'{"a": ' + b"[" * 100_000), "not JSON"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_files_that_lie_are_refused(stream: io.BytesIO, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as error:
        read_safetensors(stream)
    assert error.value.hint


GOOD = io.BytesIO()
encode_safetensors(TENSORS, {"note": "x"})(GOOD)


@settings(max_examples=300)
@given(st.data())
def test_damaged_files_are_errors_or_the_same_sizes(data: st.DataObject) -> None:
    content = bytearray(GOOD.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        way = data.draw(st.sampled_from(["cut", "change", "insert", "digit"]))
        place = data.draw(st.integers(0, min(len(content), 400) - 1)) if content else 0
        if way == "cut":
            del content[data.draw(st.integers(0, len(content))) :]
        elif content and way == "change":
            content[place] = data.draw(st.integers(0, 255))
        elif content and way == "digit":
            places = [k for k, byte in enumerate(content[:400]) if 48 <= byte < 58] or [0]
            content[data.draw(st.sampled_from(places))] = data.draw(st.sampled_from(b"0123456789"))
        else:
            content[place:place] = data.draw(st.binary(max_size=9))
    try:
        weights = read_safetensors(io.BytesIO(bytes(content)))
    except InputError as error:
        hint = error.hint
    else:
        assert isinstance(weights, Weights)
        assert sum(tensor.stored.nbytes for tensor in weights.tensors.values()) <= len(content)
        hint = "none is needed"
        for name in weights:
            assert weights[name].dtype == np.float32
    assert hint
