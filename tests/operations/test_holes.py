"""Which samples are holes, what marks them in results, and values that no sample can have."""

from typing import Any

import numpy as np
import pytest

from cnnkit.data.raster import Raster
from cnnkit.errors import ArgumentError, SizeError
from cnnkit.operations.holes import Holes, read_holes

NAN = float("nan")


@pytest.mark.parametrize(
    ("given", "read"),
    [("-9999", -9999), ("1e3", 1000.0), (" 0 ", 0), (np.uint8(7), 7), (np.float32(-1), -1), (True, 1),
     ("18446744073709551615", 2**64 - 1), (2**63 + 1, 2**63 + 1), ("inf", np.inf)],
)  # fmt: skip
def test_a_value_is_a_number_or_text(given: Any, read: float) -> None:
    assert read_holes(nodata=given) == Holes("propagate", read)


@pytest.mark.parametrize("given", ["", "abc", "1,5", "1_000", None, [1], 1j, "0x10"])
def test_no_value(given: Any) -> None:
    if given is None:
        assert not read_holes(nodata=None).are_sought
        return
    with pytest.raises(ArgumentError, match=r"^nodata .* is not a number \(use a number such as -9999 or 0, or nan\)$"):
        read_holes(nodata=given)


def test_nan_is_a_word() -> None:
    with pytest.raises(ArgumentError, match=r"unknown nan setting 'ignored' \(did you mean ignore\?\)"):
        read_holes("ignored")


@pytest.mark.parametrize(
    ("holes", "samples", "expected"),
    [
        (Holes(), [NAN, 0, 1], None),
        (Holes("ignore"), [NAN, np.inf, 1], [1, 0, 0]),
        (Holes("ignore"), [0, np.inf, 1], None),
        (Holes("propagate", -1), [NAN, -1, 1], [0, 1, 0]),
        (Holes("ignore", -1), [NAN, -1, 1], [1, 1, 0]),
        (Holes("propagate", NAN), [NAN, -1, 1], [1, 0, 0]),
        (Holes("propagate", np.inf), [NAN, np.inf, -np.inf], [0, 1, 0]),
        (Holes("propagate", 0), [-0.0, 0, 1], [1, 1, 0]),
        (Holes("propagate", 5), [NAN, 0, 1], None),
    ],
)
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_where_holes_are(holes: Holes, samples: list[float], expected: Any, dtype: str) -> None:
    found = holes.find(np.array(samples, dtype))
    assert (found is None) == (expected is None)
    if expected:
        np.testing.assert_array_equal(found, np.array(expected, bool))


def test_a_value_is_compared_in_the_type_of_the_samples() -> None:
    found = Holes(nodata=0.1).find(np.array([0.1, 0.2], np.float32))
    np.testing.assert_array_equal(found, [True, False])
    lowest = read_holes(nodata="-3.40282346638529e+38")  # as tools print it
    np.testing.assert_array_equal(lowest.find(np.array([np.finfo("f4").min, 0], "f4")), [True, False])
    found = Holes(nodata=2**62 + 1).find(np.array([2**62, 2**62 + 1]))
    np.testing.assert_array_equal(found, [False, True])


@pytest.mark.parametrize(
    ("dtype", "value", "limits"),
    [("u1", -1, "0 to 255"), ("u1", 256, "0 to 255"), ("i2", 1.5, "-32768 to 32767"), ("u2", NAN, "0 to 65535"),
     ("u4", np.inf, "0 to 4294967295"), ("?", 2, "0 or 1"), ("f4", -1.7976931348623157e308, "finite"), ("f2", 1e5, "")],
)  # fmt: skip
def test_a_value_that_no_sample_can_have(dtype: str, value: float, limits: str) -> None:
    with pytest.raises(SizeError, match=rf"nodata .* cannot be among {np.dtype(dtype)} samples, which are .*{limits}"):
        Holes(nodata=value).find(np.zeros(3, dtype))


def test_results_are_marked_with_the_value_or_stay_nan() -> None:
    lost = np.array([True, False])
    for dtype in ("f4", "i2"):
        assert Holes(nodata=-9999).mark(np.zeros(2, dtype), lost).tolist() == [-9999, 0]
    assert Holes("ignore").mark(np.array([NAN, 1]), lost).tolist()[1] == 1
    assert Holes(nodata=1).mark(np.zeros(2), None).tolist() == [0, 0]


def test_a_result_knows_its_holes_only_where_any_were_sought() -> None:
    result = Raster(np.zeros((1, 2, 1)))
    assert Holes().note(result, None, None) is result
    noted = Holes(nodata=4).note(result, np.array([[True, True, True]]), np.array([[[[True], [False]]]])).lost
    assert noted is not None
    assert (noted.missing, noted.sought, noted.nodata, noted.results.tolist()) == (3, "4", 4, [[[True], [False]]])
