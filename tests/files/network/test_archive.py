"""Weights in NumPy's files: in their order, never pickled, and no larger than what is there."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit import memory
from cnnkit.errors import InputError, SizeError
from cnnkit.files.network.archive import read_array, read_npz

RNG = np.random.default_rng(0)
ARRAYS = {
    "conv2d/kernel:0": RNG.normal(size=(3, 3, 1, 8)).astype(np.float32),
    "b": np.asfortranarray(RNG.normal(size=(4, 5))),
    "a": np.arange(6, dtype=">i2"),
    "one": np.array(3.5, np.float16),
}


def saved(save: Callable[..., None] = np.savez, **arrays: Any) -> io.BytesIO:
    stream = io.BytesIO()
    save(stream, **arrays)
    return stream


def archive(**members: bytes) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name, content in members.items():
            made.writestr(f"{name}.npy", content)
    return stream


def npy(descr: str, shape: str, data: bytes) -> bytes:
    head = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}}}"
    head += " " * (-(len(head) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head.encode() + data


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_come_in_their_order(save: Callable[..., None]) -> None:
    weights = read_npz(saved(save, **ARRAYS), "w.npz")
    assert list(weights) == list(ARRAYS)
    assert [tensor.dtype for tensor in weights.tensors.values()] == ["float32", "float64", "int16", "float16"]
    for name, values in ARRAYS.items():
        np.testing.assert_array_equal(weights[name], values.astype(np.float32))


def test_one_array_is_one_tensor() -> None:
    stream = io.BytesIO()
    np.save(stream, ARRAYS["b"])
    weights = read_array(stream, "w", "w.npy")
    assert list(weights) == ["w"]
    np.testing.assert_array_equal(weights["w"], ARRAYS["b"].astype(np.float32))


@pytest.mark.parametrize(
    ("stream", "problem"),
    [
        (saved(x=np.array([{}], object)), "pickled Python objects, which are never loaded"),
        (saved(x=np.array(["a"])), "'x' holds <U1, not real numbers"),
        (saved(x=np.zeros(2, complex)), "'x' holds complex128, not real numbers"),
        (archive(x=npy("<f4", "(1000000000, 1000000000)", b"")), "should have 4,000,000,000,000,000,000 bytes, and 0"),
        (archive(x=npy("<f4", "(3,)", bytes(16))), "'x' should have 12 bytes, and 16 are there"),
        (archive(x=npy("<f4", "(-5, -5)", bytes(100))), "'x' has the shape -5x-5, which is none"),
        (archive(x=npy("<f4", "(2147483648, 0)", b"")), "'x' has the shape 2147483648x0, which is none"),
        (archive(x=npy("<f4", "(3", bytes(12))), "'x' is damaged"),
        (archive(x=b"nothing"), "'x' is damaged"),
        (io.BytesIO(saved(**ARRAYS).getvalue()[:200]), "this .npz is damaged"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_archives_that_lie_are_refused(stream: io.BytesIO, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as error:
        read_npz(stream)
    assert error.value.hint


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_twice() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for value in (1, 2):
            made.writestr("x.npy", npy("|u1", "(1,)", bytes([value])))
    with pytest.raises(InputError, match="holds 'x' twice"):
        read_npz(stream)


def test_a_small_file_of_much_is_refused() -> None:
    stream = saved(np.savez_compressed, x=np.zeros((300, 1 << 20), np.int8), y=np.zeros((300, 1 << 20), np.int8))
    assert stream.seek(0, 2) < 1 << 20
    memory.limit("400M")
    with pytest.raises(SizeError, match=r"what is in this \.npz takes 600 MiB"):
        read_npz(stream)


GOOD = saved(np.savez_compressed, **ARRAYS).getvalue()


@settings(max_examples=200)
@given(st.data())
@pytest.mark.filterwarnings("ignore")
def test_damaged_archives_are_errors_or_weights(data: st.DataObject) -> None:
    content = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 3))):
        if data.draw(st.booleans()) and len(content) > 1:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        else:
            del content[data.draw(st.integers(0, len(content))) :]
    try:
        weights = read_npz(io.BytesIO(bytes(content)))
    except (InputError, SizeError) as error:
        hint = error.hint
    else:
        hint = "none is needed"
        assert all(weights[name].dtype == np.float32 for name in weights)
    assert hint
