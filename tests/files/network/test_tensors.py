"""Tensors of models: all types, sizes that are true, and other files in the folder alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from cnnkit.errors import InputError
from cnnkit.files.network.tensors import Tensors

VALUES = np.array([[0, 1, 2], [3, 4, 5]], np.float32)


def read(tensor: TensorProto, folder: Path | None = None) -> np.ndarray[Any, Any]:
    return Tensors(folder).array(tensor, tensor.name or "t")


@pytest.mark.parametrize("raw", [True, False])
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("FLOAT", "float32"), ("DOUBLE", "float32"), ("FLOAT16", "float32"), ("BFLOAT16", "float32"),
        ("INT8", "int8"), ("UINT8", "uint8"), ("INT16", "int16"), ("UINT16", "uint16"), ("INT32", "int32"),
        ("UINT32", "uint32"), ("INT64", "int64"), ("UINT64", "uint64"),
    ],
)  # fmt: skip
def test_types(kind: str, expected: str, raw: bool) -> None:
    number = getattr(TensorProto, kind)
    if raw:
        dtype = helper.tensor_dtype_to_np_dtype(number)
        content: Any = VALUES.astype(dtype).tobytes()
        tensor = helper.make_tensor("t", number, VALUES.shape, content, raw=True)
    else:
        tensor = helper.make_tensor("t", number, VALUES.shape, VALUES.ravel().tolist())
    found = read(tensor)
    assert found.dtype == expected
    np.testing.assert_array_equal(found, VALUES)


def test_negative_numbers_bools_and_texts() -> None:
    signed = helper.make_tensor("t", TensorProto.INT8, [3], [-1, -128, 127])
    np.testing.assert_array_equal(read(signed), [-1, -128, 127])
    np.testing.assert_array_equal(read(numpy_helper.from_array(np.array([True, False]))), [True, False])
    assert read(helper.make_tensor("t", TensorProto.STRING, [2], [b"a", b"b"])).tolist() == ["a", "b"]
    assert read(numpy_helper.from_array(np.array(3.5, np.float32))).shape == ()


def test_bytes_are_not_copied() -> None:
    assert not read(numpy_helper.from_array(VALUES)).flags.owndata


def changed(**fields: Any) -> TensorProto:
    tensor = numpy_helper.from_array(VALUES, "weights")
    for name, value in fields.items():
        if name == "dims":
            del tensor.dims[:]
            tensor.dims.extend(value)
        else:
            setattr(tensor, name, value)
    return tensor


@pytest.mark.parametrize(
    ("tensor", "problem"),
    [
        (changed(dims=[2, 4]), "'weights' of 2x4 needs 32 bytes and has 24"),
        (changed(dims=[1 << 30, 1 << 29]), "needs 2,305,843,009,213,693,952 bytes"),
        (changed(dims=[0, 1 << 40]), "has the shape 0x1099511627776, which is none"),
        (changed(dims=[2**31 - 1] * 3 + [0]), "2147483647x0, which is none"),
        (changed(dims=[-2, -3]), "has the shape -2x-3, which is none"),
        (changed(dims=[1] * 33), "which is none"),
        (changed(data_type=99), "of type 99, which is not read"),
        (changed(data_type=TensorProto.DOUBLE), "needs 48 bytes and has 24"),
        (TensorProto(name="weights", dims=[2], data_type=1, float_data=[1]), "of 2 needs 2 values and has 1"),
    ],
)
def test_contradictions(tensor: TensorProto, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        read(tensor)


def external(location: str, **entries: object) -> TensorProto:
    tensor = TensorProto(name="weights", dims=[2, 3], data_type=1, data_location=TensorProto.EXTERNAL)
    for key, value in {"location": location, **entries}.items():
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def test_values_beside_the_model(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "data.bin").write_bytes(b"1234" + VALUES.tobytes() + b"56")
    np.testing.assert_array_equal(read(external("sub/data.bin", offset=4, length=24), tmp_path), VALUES)
    (tmp_path / "exact").write_bytes(VALUES.tobytes())
    np.testing.assert_array_equal(read(external("exact"), tmp_path), VALUES)


@pytest.mark.parametrize(
    ("location", "entries", "problem"),
    [
        ("../data.bin", {}, "outside the model's folder"),
        ("sub/../../data.bin", {}, "outside the model's folder"),
        ("/etc/passwd", {}, "outside the model's folder"),
        ("C:\\data.bin", {}, "outside the model's folder"),
        ("..\\data.bin", {}, "outside the model's folder"),
        ("\\\\host\\data.bin", {}, "outside the model's folder"),
        ("", {}, "outside the model's folder"),
        ("a\0b", {}, "outside the model's folder"),
        ("absent", {}, "is not there"),
        ("a" * 5000, {}, "is not there"),
        (".", {}, "is not there"),
        ("data.bin", {"offset": 8, "length": 24}, "ends at byte 32 of data.bin, which has 24"),
        ("data.bin", {"length": 20}, "needs 24 bytes and has 20"),
        ("data.bin", {"offset": -4, "length": 24}, "ends at byte 20"),
        ("data.bin", {"offset": "many"}, "is not whole numbers"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, location: str, entries: dict[str, object], problem: str) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    for path in (tmp_path / "data.bin", folder / "data.bin"):
        path.write_bytes(VALUES.tobytes())
    with pytest.raises(InputError, match=problem):
        read(external(location, **entries), folder)


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_links_that_lead_out_are_refused_and_others_are_not(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "secret").write_bytes(VALUES.tobytes())
    (folder / "data").write_bytes(VALUES.tobytes())
    (folder / "out").symlink_to(tmp_path / "secret")
    (folder / "around").symlink_to(tmp_path)
    (folder / "in").symlink_to("data")
    os.mkfifo(folder / "pipe")
    for location in ("out", "around/secret"):
        with pytest.raises(InputError, match="leads out of the model's folder"):
            read(external(location), folder)
    with pytest.raises(InputError, match="is not there"):
        read(external("pipe"), folder)
    np.testing.assert_array_equal(read(external("in"), folder), VALUES)


def test_bytes_alone_have_no_folder() -> None:
    with pytest.raises(InputError, match="stands in another file"):
        read(external("data.bin"))
