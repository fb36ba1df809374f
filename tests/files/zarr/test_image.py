"""Images in Zarr: bits equal to those of the image in memory, whichever way it is cut; and which array is an image."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnkit.data.part import Part
from cnnkit.data.raster import Raster
from cnnkit.errors import CnnkitError, InputError, SizeError
from cnnkit.files.images.raster import read_raster
from cnnkit.files.kernels import read_kernel
from cnnkit.files.reading import open_image
from cnnkit.files.zarr.image import read_size, read_zarr
from cnnkit.files.zarr.writing import filler
from cnnkit.geometry import bands
from cnnkit.loops.machine.threads import in_order
from cnnkit.operations.convolution.raster import convolve_raster
from cnnkit.operations.convolution.settings import read_convolution
from cnnkit.operations.pooling.raster import pool_raster
from cnnkit.operations.pooling.settings import read_pooling

zarr = pytest.importorskip("zarr", reason="the package writes what is read here")

Array = npt.NDArray[Any]
one_of = st.sampled_from


@pytest.fixture(scope="module", autouse=True)
def small_bands() -> Iterator[None]:
    """Bands of a few rows, so that small images have many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bands, "LEAST_BYTES", 256)
        patch.setattr(bands, "MOST_BYTES", 512)
        patch.setattr("cnnkit.files.zarr.image.LEAST_BYTES", 512)
        patch.setattr("cnnkit.files.zarr.writing.SIDE", 16)
        yield


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("zarr") / "image.zarr"


def stored(place: Path, samples: Array, chunks: Any, **settings: Any) -> Path:
    shutil.rmtree(place, ignore_errors=True)
    array = zarr.create_array(str(place), shape=samples.shape, chunks=chunks, dtype=samples.dtype, **settings)
    array[:] = samples
    return place


def images(data: st.DataObject, place: Path) -> tuple[Raster, Raster]:
    """The same image, in memory and in a .zarr."""
    rows, columns, depth = (data.draw(st.integers(1, most)) for most in (70, 40, 3))
    dtype = np.dtype(data.draw(one_of(["u1", "<u2", ">u2", "i2", "<f4", ">f8"])))
    random = np.random.default_rng(data.draw(st.integers(0, 9)))
    samples = random.integers(0, 200, (rows, columns, depth)).astype(dtype)
    flat = depth == 1 and data.draw(st.booleans())
    chunks = tuple(data.draw(st.integers(1, 50)) for _ in range(2 if flat else 3))
    held = samples[:, :, 0] if flat else samples
    path = stored(place, held, chunks[: held.ndim], zarr_format=data.draw(one_of([2, 3])))
    return Raster(samples.astype(dtype.newbyteorder("=")), is_flat=flat), read_zarr(path)


def agree(one: Raster, other: Raster, threads: int) -> None:
    """Compare two images to the bit; the second is made in bands, by threads."""
    made = list(in_order(*other.bands.steps(lambda samples, first: samples), threads))
    assert (one.shape, one.dtype, one.is_flat) == (other.shape, other.dtype, other.is_flat)
    assert np.concatenate(made).tobytes() == one.samples.tobytes()


def agree_in_parts(one: Raster, other: Callable[[], Raster], place: Path, data: st.DataObject) -> None:
    """Compare an image to one that is written in parts, each as another machine does it, in whichever order."""
    count = data.draw(st.integers(1, 5))
    out = place.with_name("out.zarr")
    for number in data.draw(st.permutations(range(count + 1))):
        out.mkdir(exist_ok=True)
        filler(other(), "made by cnnkit", 1, Part(number, count, "key"))(out)
    found = read_zarr(out).whole()
    shutil.rmtree(out)
    assert (one.shape, one.dtype, one.is_flat) == (found.shape, found.dtype, found.is_flat)
    assert found.samples.tobytes() == one.samples.tobytes()


def attempt(make: Callable[[], Raster]) -> Raster | str:
    """What is made, or why it is not."""
    try:
        return make()
    except CnnkitError as error:
        return error.problem


quick = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(st.data())
@quick
def test_convolved_as_in_memory(place: Path, data: st.DataObject) -> None:
    held, found = images(data, place)
    kernel = data.draw(one_of(["gaussian:size=5", "edge", "box:size=3", "1 2 3; 4 5 6; 7 8 9.5", "1 2 1"]))
    chosen = {
        "stride": data.draw(one_of(["1", "2", "3x1"])),
        "padding": data.draw(one_of(["same", "full", "0", "3x1x2x0"])),
        "dilation": data.draw(one_of(["1", "2"])),
        "pad_mode": data.draw(one_of(["zero", "replicate", "reflect", "symmetric", "wrap", "constant=7"])),
        "depth": data.draw(one_of(["each", "sum", "grey"])) if held.shape[2] == 3 else "each",
    }
    convolution = read_convolution(read_kernel(kernel), **chosen)
    threads = data.draw(st.integers(1, 3))
    expected = attempt(lambda: convolve_raster(convolution, held, threads).whole())
    if isinstance(expected, str):
        assert attempt(lambda: convolve_raster(convolution, found, threads).whole()) == expected
    else:
        agree(expected, convolve_raster(convolution, found, threads), threads)
        agree_in_parts(expected, lambda: convolve_raster(convolution, read_zarr(place), 1), place, data)


@given(st.data())
@quick
def test_pooled_as_in_memory(place: Path, data: st.DataObject) -> None:
    held, found = images(data, place)
    chosen = {
        "kind": data.draw(one_of(["max", "min", "average", "median"])),
        "size": data.draw(one_of(["2", "3x1", "5"])),
        "stride": data.draw(one_of([None, "1", "2"])),
        "padding": data.draw(one_of(["valid", "same", "1x0"])),
    }
    threads = data.draw(st.integers(1, 3))
    expected = attempt(lambda: pool_raster(read_pooling(**chosen), held, threads).whole())
    if isinstance(expected, str):
        assert attempt(lambda: pool_raster(read_pooling(**chosen), found, threads)) == expected
    else:
        agree(expected, pool_raster(read_pooling(**chosen), found, threads), threads)
        agree_in_parts(expected, lambda: pool_raster(read_pooling(**chosen), read_zarr(place), 1), place, data)


SAMPLES = np.arange(3 * 5 * 7, dtype=np.uint8).reshape(3, 5, 7)


@pytest.mark.parametrize(
    ("shape", "names", "expected"),
    [
        ((5, 21), None, (5, 21, 1)),
        ((3, 5, 7), None, (3, 5, 7)),
        ((3, 5, 7), ("c", "y", "x"), (5, 7, 3)),
        ((3, 5, 7), ("channel", "row", "column"), (5, 7, 3)),
        ((5, 7, 3), ("y", "x", "c"), (5, 7, 3)),
        ((5, 7, 3), ("x", "y", None), (7, 5, 3)),
        ((1, 3, 1, 5, 7), ("t", "c", "z", "y", "x"), (5, 7, 3)),
        ((1, 1, 15, 7), None, (15, 7, 1)),
        ((1, 15, 7), ("z", "y", "x"), (15, 7, 1)),
    ],
)
def test_axes(place: Path, shape: tuple[int, ...], names: Any, expected: tuple[int, int, int]) -> None:
    samples = SAMPLES.reshape(shape)
    stored(place, samples, tuple(min(side, 2) for side in shape), dimension_names=names)
    if names == ("x", "y", None):  # what is not named is no channel
        with pytest.raises(InputError, match="3 planes along 'none'"):
            read_zarr(place)
        return
    assert read_size(place) == expected
    found = read_zarr(place).samples
    is_first = names is not None and len(shape) > 2 and expected == (5, 7, 3) and shape[-1] == 7
    expected_samples = np.moveaxis(SAMPLES, 0, 2) if is_first else samples.reshape(expected)
    np.testing.assert_array_equal(found, expected_samples)


@pytest.mark.parametrize("shape", [(9,), (2, 3, 4, 5)])
def test_other_shapes_are_no_images(place: Path, shape: tuple[int, ...]) -> None:
    stored(place, np.zeros(shape, np.uint8), shape)
    with pytest.raises(InputError, match=r"has the shape .*, which is not an image"):
        read_zarr(place)


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_the_first_level_of_ome(place: Path, zarr_format: int) -> None:
    axes = [{"name": name} for name in ("c", "y", "x")]
    scales = [{"axes": axes, "datasets": [{"path": "0"}, {"path": "1"}]}]
    group = zarr.open_group(str(place), mode="w", zarr_format=zarr_format)
    for level, samples in enumerate((SAMPLES, SAMPLES[:, ::2, ::2])):
        group.create_array(str(level), shape=samples.shape, chunks=(1, 2, 2), dtype="u1")[:] = samples
    group.attrs.update({"multiscales": scales} if zarr_format == 2 else {"ome": {"multiscales": scales}})
    np.testing.assert_array_equal(read_zarr(place).samples, np.moveaxis(SAMPLES, 0, 2))
    np.testing.assert_array_equal(read_raster(open_image(place / "1")).samples, SAMPLES[:, ::2, ::2])
    for bad in ("../../x", "a/../..", "", "9", None, "C:x"):
        scales[0]["datasets"] = [{"path": bad}]
        group.attrs.update({"multiscales": scales} if zarr_format == 2 else {"ome": {"multiscales": scales}})
        with pytest.raises(InputError, match=r"first level|multiscales"):
            read_zarr(place)


def test_groups(place: Path) -> None:
    group = zarr.open_group(str(place), mode="w", zarr_format=2)
    with pytest.raises(InputError, match="holds no array that can be an image"):
        read_zarr(place)
    group.create_array("times", shape=(9,), chunks=(9,), dtype="f4")
    group.create_array("photo", shape=(9, 8), chunks=(4, 4), dtype="f4")[:] = 2.5
    assert read_zarr(place).samples.tolist() == np.full((9, 8, 1), 2.5).tolist()
    group.create_array("data", shape=(9, 8, 3), chunks=(4, 4, 3), dtype="f4")
    with pytest.raises(InputError, match=r"holds 2 arrays: 'data', 'photo' \(name one: .*data"):
        read_zarr(place)
    group.create_array("files", shape=(9,), chunks=(9,), dtype="<U3")
    with pytest.raises(InputError, match="this is a data set of 9 samples of 8x3, not one image"):
        read_zarr(place)


def test_what_is_not_there_is_the_fill(place: Path) -> None:
    stored(place, np.full((9, 9), 5, np.int16), (4, 4), fill_value=-7, zarr_format=2)
    (place / "1.1").unlink()
    found = read_zarr(place).samples[:, :, 0]
    assert (found[4:8, 4:8] == -7).all()
    assert (found == 5).sum() == 81 - 16


def test_more_than_there_can_be(place: Path) -> None:
    place.mkdir()
    header = {"zarr_format": 2, "compressor": None, "fill_value": 0, "order": "C", "filters": None, "dtype": "|u1"}
    for shape, chunks in (([1 << 30, 1 << 30], [1, 1]), ([1 << 40, 2], [512, 1])):
        (place / ".zarray").write_text(json.dumps(header | {"shape": shape, "chunks": chunks}))
        with pytest.raises(SizeError, match="more than 1,099,511,627,776 samples"):
            read_zarr(place)
