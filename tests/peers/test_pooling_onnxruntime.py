"""Poolings against ONNX Runtime: every attribute of its pooling operators, over the widths and sizes networks have.

Left out is what ONNX Runtime refuses (padding as wide as the window; to unpool to fewer rows or columns than there are
maxima), what it crops (SAME with windows further apart than they are long) and NaN, of which it keeps one in the first
sample of a window and drops others. Where a window holds padding alone it gives the lowest float and 0, for which minus
infinity and NaN are expected here. Releases up to 1.23 have two faults more: `has_an_index` and `mistakes_below`.
"""

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from cnnkit.geometry.window import Window, place
from cnnkit.operations.pooling.pool import pool
from cnnkit.operations.pooling.unpool import unpool
from tests.cases.layouts import samples
from tests.reference.tolerance import assert_within

Array = npt.NDArray[Any]
Attributes = tuple[tuple[str, Any], ...]

NO_MODEL_NEEDS_MORE = 19
"""Version of ONNX's operators: the first whose AveragePool has dilations."""
RULES = {"same": "SAME_UPPER", "same-lower": "SAME_LOWER", "valid": "VALID"}
TYPES = {
    "f2": TensorProto.FLOAT16,
    "f4": TensorProto.FLOAT,
    "f8": TensorProto.DOUBLE,
    "u1": TensorProto.UINT8,
    "i1": TensorProto.INT8,
    "i8": TensorProto.INT64,
}
ROUNDING = 2.0**-24


@cache
def session(name: str, attributes: Attributes, inputs: str, outputs: str) -> onnxruntime.InferenceSession:
    """A network of one operator; `inputs` and `outputs` are their types, and the third input is a shape."""
    given, made = (
        [
            helper.make_tensor_value_info(f"{side}{i}", TYPES[kind], [4] if side == "x" and i == 2 else [None] * 4)
            for i, kind in enumerate(kinds.split())
        ]
        for side, kinds in (("x", inputs), ("y", outputs))
    )
    node = helper.make_node(name, [one.name for one in given], [one.name for one in made], **dict(attributes))
    graph = helper.make_graph([node], "pooling", given, made)
    operators = [helper.make_opsetid("", NO_MODEL_NEEDS_MORE)]
    model = helper.make_model(graph, opset_imports=operators, ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def onnx_pool(name: str, images: Array, *, indices: bool = False, **attributes: Any) -> Any:
    """ONNX Runtime's answer, from and to our order of axes: NHWC."""
    kind = f"{images.dtype.kind}{images.dtype.itemsize}"
    network = session(name, tuple(attributes.items()), kind, f"{kind} i8" if indices else kind)
    found = network.run(None, {"x0": np.ascontiguousarray(images.transpose(0, 3, 1, 2))})
    return tuple(part.transpose(0, 2, 3, 1) for part in found) if indices else found[0].transpose(0, 2, 3, 1)


def attributes_of(size: Any, layer: dict[str, Any]) -> dict[str, Any]:
    """A window and settings in ONNX's words."""
    attributes: dict[str, Any] = {"kernel_shape": size, "strides": layer["stride"], "dilations": layer["dilation"]}
    if isinstance(layer["padding"], str):
        return attributes | {"auto_pad": RULES[layer["padding"]], "ceil_mode": int(layer["ceil"])}
    top, bottom, left, right = layer["padding"]
    return attributes | {"pads": (top, left, bottom, right), "ceil_mode": int(layer["ceil"])}


def holds_samples(images: Array, size: Any, layer: dict[str, Any]) -> Array:
    """Which windows hold a real sample: the mean of ones is 1 there, and 0 to ONNX Runtime elsewhere."""
    return np.asarray(onnx_pool("AveragePool", np.ones(images.shape, np.float32), **attributes_of(size, layer)) > 0)


def has_an_index(maxima: Array) -> Array:
    """Which maxima ONNX Runtime gives the index of: up to 1.23, none that is the lowest number of its type."""
    return np.asarray(maxima > (np.iinfo(maxima.dtype).min if maxima.dtype.kind in "iu" else -np.inf))


@cache
def counts_left_for_below() -> bool:
    """Whether this ONNX Runtime ends the rows of padding it counts where the columns on the left would: up to 1.23."""
    one_below = {"kernel_shape": (2, 1), "pads": (0, 0, 1, 0), "count_include_pad": 1}
    return bool(onnx_pool("AveragePool", np.ones((1, 1, 1, 1), np.float32), **one_below) == 1)


def mistakes_below(images: Array, size: tuple[int, int], layer: dict[str, Any]) -> bool:
    """Whether a mean that counts padding is wrong because the padding on the left is taken for that below."""
    ceil, padding, *spread = (layer[name] for name in ("ceil", "padding", "stride", "dilation"))
    placed = place((images.shape[1], images.shape[2]), Window(size, *spread), padding, ceil=ceil)
    ends = np.arange(placed.output[0])[:, None] * placed.window.stride[0] - placed.padding.top
    ends = ends + np.arange(size[0]) * placed.window.dilation[0] - images.shape[1]
    return counts_left_for_below() and bool(((ends < placed.padding.left) != (ends < placed.padding.bottom)).any())


@st.composite
def layers(draw: st.DrawFn, types: tuple[str, ...] = ("f4",)) -> tuple[Array, tuple[int, int], dict[str, Any]]:
    """A batch, a window and settings ONNX Runtime knows; every other batch holds few levels, which tie."""
    whole = st.integers
    width = st.one_of(whole(1, 20), st.sampled_from((8, 16, 17, 32, 64)))
    size = draw(st.one_of(st.sampled_from(((2, 2), (3, 3), (3, 3))), st.tuples(whole(1, 7), whole(1, 7))))
    stride = draw(st.one_of(st.sampled_from((size, (1, 1), (2, 2))), st.tuples(whole(1, 5), whole(1, 5))))
    dilation = draw(st.one_of(st.just((1, 1)), st.tuples(whole(1, 3), whole(1, 3))))
    padding = draw(
        st.one_of(st.sampled_from(tuple(RULES)), st.tuples(*(whole(0, size[axis] - 1) for axis in (0, 0, 1, 1))))
    )
    ceil = draw(st.booleans())
    if padding in ("same", "same-lower"):
        dilation, stride = (1, 1), (min(stride[0], size[0]), min(stride[1], size[1]))
    lengths = []
    for axis in (0, 1):
        reach, around = dilation[axis] * (size[axis] - 1) + 1, 0
        if not isinstance(padding, str):
            around = sum(padding[2 * axis : 2 * axis + 2])
        least = 1 if padding in ("same", "same-lower") else max(reach - around, 1)
        lengths.append(least + draw(whole(0, 30)))
    dtype = draw(st.sampled_from(types))
    shape = draw(whole(1, 2)), *lengths, draw(width)
    if draw(st.booleans()):
        images = samples(draw(whole(0, 999)), shape, dtype)
    else:
        images = np.random.default_rng(draw(whole(0, 999))).integers(0, 4, shape).astype(dtype)
    return images, size, {"stride": stride, "dilation": dilation, "padding": padding, "ceil": ceil}


@settings(max_examples=300)
@given(layers(("f4", "f4", "f8", "f2", "u1", "i1")))
def test_max_pool_and_its_indices(question: tuple[Array, tuple[int, int], dict[str, Any]]) -> None:
    images, size, layer = question
    values, places = onnx_pool("MaxPool", images, indices=True, **attributes_of(size, layer))
    is_real = holds_samples(images, size, layer)
    found, indices = pool(images, size, indices=True, **layer)
    assert (found.dtype, indices.dtype) == (images.dtype, np.int64)
    assert found.shape == indices.shape == values.shape
    np.testing.assert_array_equal(found[is_real], values[is_real])
    known = is_real & has_an_index(values)
    np.testing.assert_array_equal(indices[known], places[known])
    np.testing.assert_array_equal(indices[~is_real], -1)
    np.testing.assert_array_equal(pool(images, size, **layer), found)
    _, pairs = pool(images, size, indices="pairs", **layer)
    rows, columns = np.divmod(places % (images.shape[1] * images.shape[2]), images.shape[2])
    np.testing.assert_array_equal(pairs[known], np.stack([rows, columns], axis=-1)[known])


@settings(max_examples=150)
@given(layers(("f4", "f8", "i1")))
def test_a_minimum_is_the_negative_of_max_pool(question: tuple[Array, tuple[int, int], dict[str, Any]]) -> None:
    images, size, layer = question
    assume(images.dtype.kind == "f" or images.min() > -128)  # whose negative int8 does not have
    values, places = onnx_pool("MaxPool", -images, indices=True, **attributes_of(size, layer))
    is_real = holds_samples(images, size, layer)
    found, indices = pool(images, size, kind="min", indices="flat", **layer)
    np.testing.assert_array_equal(found[is_real], -values[is_real])
    np.testing.assert_array_equal(indices[is_real], places[is_real])


@settings(max_examples=300)
@given(layers(), st.booleans())
def test_average_pool(question: tuple[Array, tuple[int, int], dict[str, Any]], counts: bool) -> None:
    images, size, layer = question
    assume(not (counts and mistakes_below(images, size, layer)))
    attributes = attributes_of(size, layer) | {"count_include_pad": int(counts)}
    expected = onnx_pool("AveragePool", images, **attributes)
    if not counts:
        expected = np.where(holds_samples(images, size, layer), expected, np.nan)
    found = pool(images, size, kind="average", count_padding=counts, **layer)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    if not (images % 1).any():  # sums are exact, and a quotient is rounded once
        np.testing.assert_array_max_ulp(np.nan_to_num(found), np.nan_to_num(expected), maxulp=1)
        return
    magnitude = onnx_pool("AveragePool", np.abs(images), **attributes)
    bound = (2e-6 + size[0] * size[1] * ROUNDING) * magnitude
    assert_within(np.nan_to_num(found), np.nan_to_num(expected), bound)


@settings(max_examples=200)
@given(layers(), st.sampled_from((1, 2, 2, 3, 4)))
def test_lp_pool(question: tuple[Array, tuple[int, int], dict[str, Any]], p: int) -> None:
    images, size, layer = question
    expected = onnx_pool("LpPool", images, p=p, **attributes_of(size, layer))
    found = pool(images, size, kind="lp", p=p, **layer)
    assert found.dtype == np.float32
    assert_within(found, expected, (5e-6 + size[0] * size[1] * ROUNDING) * expected)


@settings(max_examples=60)
@given(st.integers(1, 2), st.integers(1, 40), st.integers(1, 40), st.sampled_from((1, 3, 8, 17, 64)))
@example(1, 7, 7, 512)
@example(1, 112, 96, 3)
def test_global_pools(count: int, rows: int, columns: int, depth: int) -> None:
    images = samples(rows, (count, rows, columns, depth), "f4")
    rounded = rows * columns * ROUNDING  # which ONNX Runtime's own sums in float32 may be off
    expected = onnx_pool("GlobalMaxPool", images)
    assert expected.shape == (count, 1, 1, depth)
    np.testing.assert_array_equal(pool(images, "global"), expected)
    magnitude = onnx_pool("GlobalAveragePool", np.abs(images))
    found = pool(images, "global", kind="average")
    assert_within(found, onnx_pool("GlobalAveragePool", images), (2e-6 + rounded) * magnitude)
    for p in (1, 2, 3):
        expected = onnx_pool("GlobalLpPool", images, p=p)
        assert_within(pool(images, "global", kind="lp", p=p), expected, (5e-6 + rounded) * expected)


def onnx_unpool(pooled: Array, indices: Array, size: tuple[int, int]) -> Array:
    """ONNX Runtime's inverse of a pooling, to an image of `size`, from and to NHWC."""
    shape = np.array((pooled.shape[0], pooled.shape[3], *size), np.int64)
    network = session("MaxUnpool", (("kernel_shape", (1, 1)),), "f4 i8 i8", "f4")
    feed = {name: np.ascontiguousarray(part.transpose(0, 3, 1, 2)) for name, part in (("x0", pooled), ("x1", indices))}
    return np.asarray(network.run(None, {**feed, "x2": shape})[0].transpose(0, 2, 3, 1))


@settings(max_examples=200)
@given(layers())
def test_max_unpool(question: tuple[Array, tuple[int, int], dict[str, Any]]) -> None:
    images, size, layer = question
    assume(holds_samples(images, size, layer).all())
    values, places = onnx_pool("MaxPool", images, indices=True, **attributes_of(size, layer))
    assume(values.shape[1] <= images.shape[1] and values.shape[2] <= images.shape[2])  # else it refuses to unpool
    expected = onnx_unpool(values, places, images.shape[1:3])
    np.testing.assert_array_equal(unpool(values, places, images.shape[1:3]), expected)
    found, pairs = pool(images, size, indices="pairs", **layer)
    np.testing.assert_array_equal(unpool(found, pairs, images.shape[1:3]), expected)


@pytest.mark.parametrize("depth", [1, 3])
def test_max_unpool_with_several_values_for_one_place(depth: int) -> None:
    # Which windows that overlap do not give, because they hold the same maximum.
    rng = np.random.default_rng(0)
    pooled = rng.normal(size=(2, 5, 6, depth)).astype(np.float32)
    plane = np.arange(2 * depth).reshape(2, 1, 1, depth) * 6 * 7
    indices = plane + rng.integers(10, 22, pooled.shape)  # 30 values share 12 places
    np.testing.assert_array_equal(unpool(pooled, indices, (6, 7)), onnx_unpool(pooled, indices, (6, 7)))
