"""Arrays in files: what is read, what is refused, and what an .npz and a .csv hold."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.errors import CnnkitError, InputError
from cnnkit.files.marks import made_by_cnnkit
from cnnkit.files.matrices import NOTE, Rows, encode_arrays, encode_matrix, read_note, read_npy


def stored(array: Any, *, allow_pickle: bool = False) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=allow_pickle)
    return stream.getvalue()


def encoded(array: Any, kind: str) -> bytes:
    stream = io.BytesIO()
    encode_matrix(array, kind, "made by cnnkit test")(stream)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["?", "u1", "i2", ">i4", "u8", "f2", "f4", ">f4", "f8"])
@pytest.mark.parametrize("shape", [(), (3,), (3, 4), (2, 3, 4), (0, 3)])
def test_real_numbers_of_any_type_and_shape(kind: str, shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(0).integers(0, 2, shape).astype(kind)
    found = read_npy(io.BytesIO(stored(array)))
    np.testing.assert_array_equal(found, array)
    assert found.dtype == array.dtype.newbyteorder("=")


def test_columns_first() -> None:
    array = np.asfortranarray(np.arange(12.0).reshape(3, 4))
    np.testing.assert_array_equal(read_npy(io.BytesIO(stored(array))), array)


@pytest.mark.parametrize("array", [np.zeros(3, "c16"), np.array(["a"]), np.zeros(2, "M8[s]"), np.zeros(2, "u1,f4")])
def test_what_is_no_real_number_is_refused(array: Any) -> None:
    with pytest.raises(InputError, match="real numbers"):
        read_npy(io.BytesIO(stored(array)))


def test_python_objects_are_never_loaded() -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (pytest.fail, ("code from a file was run",))

    content = stored(np.array([Trap()], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="cannot be read"):
        read_npy(io.BytesIO(content))
    with pytest.raises(InputError):
        read_npy(io.BytesIO(content[content.index(b"\n") + 1 :]))  # the bare pickle


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    content = stored(np.arange(40.0))
    for stop in range(len(content)):
        with pytest.raises(InputError, match=r"cannot be read|not real numbers"):
            read_npy(io.BytesIO(content[:stop]))
    path = tmp_path / "cut.npy"
    path.write_bytes(content[:-9])
    with path.open("rb") as stream, pytest.raises(InputError, match="cannot be read"):
        read_npy(stream)


@pytest.mark.parametrize("shape", ["(1000000, 1000000, 1000)", "(99999999999999999999,)", "(-5, 3)"])
def test_a_header_that_promises_more_than_there_is(shape: str, tmp_path: Path) -> None:
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117).encode() + b"\n"
    path = tmp_path / "damaged.npy"
    path.write_bytes(b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text + bytes(80))
    with path.open("rb") as stream, pytest.raises(InputError, match=r"\.npy"):
        read_npy(stream)


@given(st.integers(6, 127), st.binary(min_size=1, max_size=4))
def test_damaged_headers_never_raise_anything_else(place: int, by: bytes) -> None:
    content = bytearray(stored(np.arange(6, dtype="u1")))
    content[place : place + len(by)] = by
    refusal = InputError("none", "none")
    try:
        read_npy(io.BytesIO(bytes(content)))
    except InputError as error:
        refusal = error
    assert refusal.problem.isprintable(), refusal.problem
    assert refusal.hint


def test_npy_keeps_type_and_shape() -> None:
    for array in (np.arange(6, dtype="u1").reshape(2, 3, 1), np.arange(6.0, dtype="f4").reshape(2, 3).T):
        found = np.load(io.BytesIO(encoded(array, "npy")))
        np.testing.assert_array_equal(found, array)
        assert found.dtype == array.dtype


def test_npz_says_which_command_made_it(tmp_path: Path) -> None:
    array = np.arange(24.0, dtype="f4").reshape(2, 3, 4)
    path = tmp_path / "result.npz"
    path.write_bytes(encoded(array, "npz"))
    with np.load(path) as archive:
        np.testing.assert_array_equal(archive["data"], array)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.read(NOTE) == b"made by cnnkit test"
    with path.open("rb") as stream:
        assert read_note(stream) == "made by cnnkit test"
    assert encoded(array, "npz") == path.read_bytes()


def test_npz_into_a_stream_that_only_goes_forward() -> None:
    class Pipe(io.RawIOBase):
        content = b""

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.content += bytes(data)
            return len(data)

    for kind in ("npy", "npz", "csv"):
        pipe = Pipe()
        encode_matrix(np.eye(3), kind, "")(pipe)  # type: ignore[arg-type]
        assert pipe.content


@pytest.mark.parametrize("array", [np.array([[1, -2], [30, 4]]), np.array([[0.1, -2.5e-7], [1 / 3, 1e9]], "f4")])
def test_csv_has_enough_digits(array: Any) -> None:
    for given_as in (array, array[:, :, None]):
        content = encoded(given_as, "csv")
        np.testing.assert_array_equal(np.loadtxt(io.BytesIO(content), delimiter=",").astype(array.dtype), array)


def test_csv_of_integers_has_no_points() -> None:
    assert encoded(np.array([[1, 2], [3, 255]], "u1"), "csv") == b"1,2\n3,255\n"


def test_csv_of_doubles_keeps_them() -> None:
    array = np.array([[1 / 3, 1e9 + 0.1]])
    np.testing.assert_allclose(np.loadtxt(io.BytesIO(encoded(array, "csv")), delimiter=","), array[0], rtol=1e-9)


@pytest.mark.parametrize("shape", [(2, 3, 4), (5,), (1, 2, 3, 4)])
def test_csv_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(CnnkitError, match="rows x columns"):
        encode_matrix(np.zeros(shape), "csv", "")


# Numbers that come row by row.

NUMBERS = np.arange(40, dtype=np.float32).reshape(10, 4, 1) / 3


def in_blocks(array: Any, shape: tuple[int, ...], *ends: int) -> Rows:
    return Rows(shape, array.dtype, lambda: iter(np.split(array, ends)))


@pytest.mark.parametrize("kind", ["npy", "npz", "csv"])
@pytest.mark.parametrize("shape", [(10, 4, 1), (1, 10, 4), (1, 1, 10, 4), (1, 10, 4, 1)])
def test_rows_are_written_as_the_whole_would_be(kind: str, shape: tuple[int, ...]) -> None:
    """Blocks of 3, 6, no and 1 rows, whatever the axes of 1 around them."""
    rows = in_blocks(NUMBERS, shape, 3, 9, 9)
    assert encoded(rows, kind) == encoded(NUMBERS.reshape(shape), kind)


def test_rows_are_computed_only_when_they_are_written() -> None:
    events: list[str] = []

    def blocks() -> Any:
        for number in range(3):
            events.append(f"block {number}")
            yield np.zeros((2, 4), np.float32)

    class Stream(io.BytesIO):
        def write(self, content: Any) -> int:
            events.append("written")
            return super().write(content)

    encode = encode_matrix(Rows((6, 4, 1), np.dtype(np.float32), blocks), "npy", "")
    assert events == []
    encode(Stream())
    while events[0] == "written":  # the header, in one piece or more
        events.pop(0)
    assert events == [word for number in range(3) for word in (f"block {number}", "written")]


def test_gathered_rows_can_be_written_again() -> None:
    calls: list[int] = []

    def blocks() -> Any:
        calls.append(1)
        return iter([NUMBERS[:5], NUMBERS[5:]])

    rows = Rows(NUMBERS.shape, NUMBERS.dtype, blocks).gathered()
    assert calls == [1]
    assert encoded(rows, "npy") == encoded(rows, "npy") == stored(NUMBERS)
    assert calls == [1]


def test_rows_of_an_array_that_lies_otherwise() -> None:
    turned = NUMBERS[:, :, 0].T
    assert encoded(turned, "npy") == stored(np.ascontiguousarray(turned))
    assert Rows.of(turned).shape == (4, 10)


def test_what_stands_beside_the_numbers_of_an_npz() -> None:
    stream = io.BytesIO()
    encode_matrix(NUMBERS, "npz", "made by", {"names": np.array(["a", "b"]), "sample_rate": np.array(8000), "t": "x"})(
        stream
    )
    stream.seek(0)
    found = np.load(stream, allow_pickle=False)
    assert sorted(found.files) == [NOTE, "data", "names", "sample_rate", "t"]
    assert found["names"].tolist() == ["a", "b"]
    assert (int(found["sample_rate"]), str(found["t"])) == (8000, "x")


def test_an_archive_that_is_damaged_in_any_way_is_not_ours(tmp_path: Path) -> None:
    path = tmp_path / "ours.npz"
    with path.open("wb") as stream:
        encode_matrix(np.zeros((2, 2)), "npz", "made by cnnkit")(stream)
    whole, random = path.read_bytes(), np.random.default_rng(0)
    for _ in range(300):
        damaged = bytearray(whole)
        for place in random.integers(1, 120, 3):  # the directory is at the end
            damaged[-place] = random.integers(256)
        path.write_bytes(damaged)
        assert made_by_cnnkit(path) in (True, False)  # and no error


def test_several_arrays_under_their_names() -> None:
    stream = io.BytesIO()
    arrays = {"1-conv3-8:s2": np.arange(6.0).reshape(1, 2, 3), "2-gap": np.ones(3, np.float32)}
    encode_arrays(arrays, "made by cnnkit test")(stream)
    assert read_note(stream) == "made by cnnkit test"
    with np.load(stream) as found:
        for name, array in arrays.items():
            np.testing.assert_array_equal(found[name], array)
            assert found[name].dtype == array.dtype
