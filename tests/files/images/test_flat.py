"""Samples row after row in a file: read where they are, and not before they are taken."""

import io

import numpy as np
import pytest

from cnnkit.errors import InputError
from cnnkit.files.images.flat import read_rows


@pytest.mark.parametrize("dtype", ["u1", ">u2", "<f4", ">f8"])
def test_rows_are_read_where_they_are(dtype: str) -> None:
    samples = np.arange(6 * 5 * 2).reshape(6, 5, 2).astype(dtype)
    rows = read_rows(io.BytesIO(b"head" + samples.tobytes()), 4, (6, 5, 2), np.dtype(dtype))
    assert rows.dtype == np.dtype(dtype).newbyteorder("=")
    np.testing.assert_array_equal(rows.rows(2, 5), samples[2:5])
    np.testing.assert_array_equal(rows.rows(0, 1), samples[:1])
    np.testing.assert_array_equal(rows.array(), samples)


def test_a_file_that_is_cut_off_while_it_is_read() -> None:
    stream = io.BytesIO(bytes(100))
    rows = read_rows(stream, 0, (10, 10, 1), np.dtype(np.uint8))
    stream.truncate(55)
    assert rows.rows(0, 5).shape == (5, 10, 1)
    with pytest.raises(InputError, match="shorter"):
        rows.rows(5, 10)
