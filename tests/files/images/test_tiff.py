"""TIFFs at full depth: 16-bit colour and floats, written and read by tifffile and by cnnkit."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tifffile

from cnnkit.data.raster import Raster
from cnnkit.errors import InputError
from cnnkit.files.images import tiff
from cnnkit.files.images.raster import read_raster

Array = npt.NDArray[Any]


def samples_of(kind: str, *shape: int) -> Array:
    random = np.random.default_rng(0)
    if np.dtype(kind).kind == "f":
        return (random.random(shape) * 4 - 1).astype(kind)
    return random.integers(0, np.iinfo(kind).max, shape, dtype=kind, endpoint=True)


def stored(samples: Array, **settings: Any) -> bytes:
    stream = io.BytesIO()
    colours = "rgb" if samples.ndim == 3 and 3 in (samples.shape[2], samples.shape[2] - 1) else "minisblack"
    tifffile.imwrite(stream, samples, **{"photometric": colours, **settings})
    return stream.getvalue()


def read(content: bytes) -> Raster:
    return read_raster(io.BytesIO(content))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"byteorder": ">"},
        {"bigtiff": True},
        {"compression": "zlib"},
        {"tile": (16, 16)},
        {"rowsperstrip": 3},
        {"compression": "zlib", "predictor": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["u2", "f4"])
def test_colour_at_full_depth(kind: str, settings: dict[str, Any]) -> None:
    samples = samples_of(kind, 21, 34, 3)
    if kind == "f4" and "predictor" in settings:
        pytest.skip("the float predictor needs imagecodecs")
    try:
        content = stored(samples, **settings)
    except ImportError:
        pytest.skip("needs imagecodecs")
    raster = read(content)
    np.testing.assert_array_equal(raster.samples, samples)
    assert raster.samples.dtype == np.dtype(kind)
    assert not raster.has_alpha


def test_planes_become_the_last_axis() -> None:
    samples = samples_of("u2", 3, 12, 17)
    content = stored(samples, photometric="rgb", planarconfig="separate")
    np.testing.assert_array_equal(read(content).samples, np.moveaxis(samples, 0, 2))


@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
@pytest.mark.parametrize("depth", [1, 3])
def test_floats_keep_their_precision(kind: str, depth: int) -> None:
    samples = samples_of(kind, 8, 9, 3) if depth == 3 else samples_of(kind, 8, 9)
    if kind == "f8":
        samples += 1e9  # float32 would lose the fraction
    raster = read(stored(samples))
    np.testing.assert_array_equal(raster.samples, samples.reshape(8, 9, depth))
    assert not raster.is_integer


@pytest.mark.parametrize("kind", ["i2", "i4", "u4"])
def test_whole_numbers_beyond_levels_do_not_wrap(kind: str) -> None:
    samples = samples_of(kind, 8, 9)
    raster = read(stored(samples))
    np.testing.assert_array_equal(raster.samples[:, :, 0].astype(np.int64), samples.astype(np.int64))


@pytest.mark.parametrize("depth", [2, 4])
def test_alpha_that_is_not_multiplied_in(depth: int) -> None:
    samples = samples_of("u2", 8, 9, depth)
    settings = {"photometric": "rgb" if depth == 4 else "minisblack", "planarconfig": "contig"}
    raster = read(stored(samples, extrasamples=["unassalpha"], **settings))
    np.testing.assert_array_equal(raster.samples, samples)
    assert raster.has_alpha


def test_colours_multiplied_by_alpha_are_divided_again() -> None:
    colour = np.array([[[1000, 2000, 3000], [40000, 20000, 10000]]], dtype=np.uint16)
    alpha = np.array([[[65535], [32768]]], dtype=np.uint16)
    multiplied = np.rint(colour * (alpha / 65535.0)).astype(np.uint16)
    content = stored(np.concatenate([multiplied, alpha], axis=2), photometric="rgb", extrasamples=["assocalpha"])
    raster = read(content)
    assert raster.has_alpha
    np.testing.assert_array_equal(raster.alpha, alpha)
    np.testing.assert_allclose(raster.colour, colour, atol=1)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize(("kind", "depth"), [("u1", 1), ("u1", 3), ("u2", 1), ("u2", 3), ("f4", 1), ("f4", 3)])
def test_the_orientation_is_applied_once(kind: str, depth: int, turn: int) -> None:
    samples = samples_of(kind, 5, 8, 3)[:, :, :depth]
    content = stored(samples if depth == 3 else samples[:, :, 0], extratags=[(274, 3, 1, turn, True)])
    upright = samples.swapaxes(0, 1) if turn >= 5 else samples
    upright = upright[:: -1 if turn in (3, 4, 7, 8) else 1, :: -1 if turn in (2, 3, 6, 7) else 1]
    np.testing.assert_array_equal(read(content).samples, upright)


@pytest.mark.parametrize("kind", ["u1", "u2"])
def test_four_inks_are_refused(kind: str) -> None:
    content = stored(samples_of(kind, 8, 9, 4), photometric="separated")
    with pytest.raises(InputError, match=r"grey or RGB|CMYK"):
        read(content)


@pytest.mark.parametrize("kind", ["u1", "u2", "f4"])
def test_pages_left_out_are_noted(kind: str) -> None:
    pages = samples_of(kind, 4, 8, 9, 3)
    raster = read(stored(pages, photometric="rgb"))
    assert raster.notes == ("only the first of its 4 frames is read; --frame N or --frame all reads others",)
    np.testing.assert_array_equal(raster.samples, pages[0])


def test_a_truncated_file_is_refused() -> None:
    content = stored(samples_of("u2", 20, 20, 3))
    whole = read(content).samples
    for stop in [*range(0, 40), *range(40, len(content), 50)]:
        with contextlib.suppress(InputError):
            raster = read(content[:stop])
            np.testing.assert_array_equal(raster.samples, whole, err_msg=f"cut at {stop}")


@pytest.mark.parametrize(("kind", "depth"), [("u2", 1), ("u2", 2), ("u2", 3), ("u2", 4), ("f4", 1), ("f4", 3)])
def test_what_is_written_is_read_again(kind: str, depth: int) -> None:
    samples = samples_of(kind, 9, 14, depth)
    stream = io.BytesIO()
    tiff.write_tiff(stream, [Raster(samples, depth in (2, 4), b"profile")], "made by cnnkit test")
    raster = read(stream.getvalue())
    np.testing.assert_array_equal(raster.samples, samples)
    assert raster.samples.dtype == np.dtype(kind)
    assert raster.has_alpha == (depth in (2, 4))
    assert raster.icc_profile == b"profile"
    with tifffile.TiffFile(io.BytesIO(stream.getvalue())) as file:
        assert len(file.pages) == 1
        assert file.pages[0].tags[305].value == "made by cnnkit test"  # type: ignore[union-attr]


def test_the_same_image_is_the_same_bytes() -> None:
    raster = Raster(samples_of("f4", 9, 14, 3))
    one, two = io.BytesIO(), io.BytesIO()
    tiff.write_tiff(one, [raster], "note")
    tiff.write_tiff(two, [raster], "note")
    assert one.getvalue() == two.getvalue()


@pytest.mark.parametrize(("kind", "white"), [("u1", 255), ("u2", 65535)])
def test_a_negative_is_turned_round(kind: str, white: int) -> None:
    samples = samples_of(kind, 5, 8)
    content = stored(samples, photometric="miniswhite")
    np.testing.assert_array_equal(read(content).samples[:, :, 0], white - samples)


def test_a_negative_without_a_black_is_refused() -> None:
    with pytest.raises(InputError, match="stores white as 0"):
        read(stored(samples_of("f4", 5, 8), photometric="miniswhite"))
