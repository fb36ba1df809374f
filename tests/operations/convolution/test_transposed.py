"""Transposed convolution against cases by hand, the slow twin, its adjoint, ONNX Runtime, and all wrong questions."""

from itertools import product
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit.data.kernels.kernel import Kernel
from cnnkit.errors import ArgumentError, CnnkitError, SizeError
from cnnkit.operations.convolution.convolve import convolve
from cnnkit.operations.convolution.transposed import convolve_transposed
from tests.cases.convolution_by_hand import Case
from tests.cases.layouts import LAYOUTS, REAL_TYPES, samples
from tests.cases.transposed_by_hand import CASES
from tests.reference import transposed as twin

PADDINGS = ("same", "same-lower", "valid", 1, (3, 0), "0x2x1x0")
TOLERANCE = {"f4": 2e-6, "f8": 1e-14}
"""What a sum may be off, as a share of sum |w| |x|: float32 and float64."""


def assert_spread(found: Any, image: Any, kernel: Any, **settings: Any) -> None:
    """Hold a result against the twin, within the tolerance of its type."""
    expected = twin.convolve_transposed(image, kernel, **settings)
    allowed = TOLERANCE["f8" if image.dtype == "f8" else "f4"] * twin.magnitude(image, kernel, **settings)
    assert found.size == expected.size
    worst = np.abs(found.reshape(expected.shape).astype(np.float64) - expected) - allowed
    assert worst.max() <= 0, (
        f"off by {worst.max()} more than allowed at {np.unravel_index(worst.argmax(), worst.shape)}"
    )


def whole_samples(seed: int, shape: Any) -> Any:
    """Whole numbers as float64, whose sums of products are exact in any order."""
    return np.random.default_rng(seed).integers(-50, 51, shape).astype(np.float64)


# Worked by hand.


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("dtype", ["f4", "f8", None])
def test_by_hand(case: Case, dtype: str | None) -> None:
    image = case.image if dtype is None else np.asarray(case.image, dtype=dtype)
    found = convolve_transposed(image, case.kernel, **case.settings)
    assert found.dtype == ("f8" if dtype == "f8" else "f4")
    np.testing.assert_array_equal(found, case.expected)
    assert found.shape == np.shape(case.expected)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_twin_by_hand(case: Case) -> None:
    image, settings = np.asarray(case.image), dict(case.settings)
    for name in {"stride", "dilation", "output_padding"} & set(settings):
        settings[name] = np.broadcast_to(settings[name], 2)
    found = twin.convolve_transposed(image.reshape(*image.shape[:2], -1), np.asarray(case.kernel), **settings)
    np.testing.assert_array_equal(found.reshape(np.shape(case.expected)), case.expected)


@pytest.mark.parametrize(
    ("settings", "rows", "columns"),
    [
        ({"padding": "valid"}, range(2, 5), range(1, 3)),
        ({"padding": "valid", "stride": 2, "dilation": (1, 3)}, range(4, 7), [2, 5]),
        ({"padding": "valid", "dilation": (2, 2)}, [2, 4, 6], [1, 3]),
        ({"padding": "3x0x0x0"}, range(2), range(1, 3)),
        ({"stride": (3, 1)}, range(6, 9), range(1, 3)),
    ],
)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_touches_only_what_it_is_spread_to(
    settings: dict[str, Any], rows: Any, columns: Any, value: float
) -> None:
    image = whole_samples(0, (5, 4))
    image[2, 1] = value
    kernel = np.arange(1, 7).reshape(3, 2)
    lost = ~np.isfinite(convolve_transposed(image, kernel, **settings))
    expected = np.zeros_like(lost)
    expected[np.ix_(rows, columns)] = True
    np.testing.assert_array_equal(lost, expected)


# Agreement with the slow twin over a full grid.


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_full_grid(padding: Any, stride: int, axis: int) -> None:
    for length, size, dilation, added in product((1, 2, 5), (1, 2, 3, 4), (1, 2, 3), (0, 1, 2)):
        if added and (added >= max(stride, dilation) or padding in ("same", "same-lower")):
            continue
        turn = slice(None, None, 1 if axis == 0 else -1)  # the same along rows and along columns
        image = samples(length, (*(length, 2)[turn], 1), "f4")
        weights = samples(size, (*(size, 2)[turn], 2), "f8")
        options: dict[str, Any] = {
            "stride": (stride, 2)[turn],
            "dilation": (dilation, 1)[turn],
            "output_padding": (added, 0)[turn],
            "padding": padding,
            "bias": [0.5, -2],
        }
        try:
            found = convolve_transposed(image, weights, **options)
        except SizeError:
            assert twin.convolve_transposed(image, weights, **options).size == 0
        else:
            assert_spread(found, image, weights, **options)


@st.composite
def questions(draw: st.DrawFn) -> tuple[Any, Any, dict[str, Any]]:
    """A batch of any type and layout, weights of any rank that fit it, and settings."""
    whole = st.integers
    rank = draw(st.sampled_from((2, 3, 4)))
    groups = draw(whole(1, 3)) if rank == 4 else 1
    inside = draw(whole(1, 2)) if rank > 2 else draw(whole(1, 3))
    depth = {2: inside, 3: 1, 4: groups * draw(whole(1, 2))}[rank]
    grid = draw(whole(1, 4)), draw(whole(1, 4))
    weights = samples(draw(whole(0, 99)), (*grid, inside, depth)[:rank], "f8")
    if draw(st.booleans()):
        weights = np.rint(weights)
    dtype = draw(st.sampled_from([kind for kind in REAL_TYPES if kind not in ("u4", "u8")]))
    shape = draw(whole(1, 2)), draw(whole(1, 5)), draw(whole(1, 5)), depth
    layout = draw(st.sampled_from([name for name in LAYOUTS if name != "unaligned"]))
    image = LAYOUTS[layout](samples(draw(whole(0, 99)), shape, dtype))
    stride = draw(whole(1, 4)), draw(whole(1, 4))
    dilation = draw(whole(1, 3)), draw(whole(1, 3))
    sides = st.tuples(*[whole(0, 5)] * 4)
    padding: Any = draw(st.one_of(st.sampled_from(("same", "same-lower", "valid")), sides))
    added = tuple(draw(whole(0, max(pair) - 1)) for pair in zip(stride, dilation, strict=True))
    return image, weights, {
        "stride": stride,
        "dilation": dilation,
        "padding": padding,
        "output_padding": (0, 0) if str(padding).startswith("same") else added,
        "flip_kernel": draw(st.booleans()),
        "bias": draw(st.sampled_from((0.0, 0.25, list(np.arange(inside * groups) - 1.5)))),
        "groups": groups,
    }  # fmt: skip


@settings(max_examples=300)
@given(questions())
def test_any_type_layout_and_setting(question: tuple[Any, Any, dict[str, Any]]) -> None:
    image, weights, options = question
    before = image.copy()
    try:
        found = convolve_transposed(image, weights, **options)
    except SizeError:
        assert twin.convolve_transposed(image[0], weights, **options).size == 0
        return
    assert found.ndim == 4
    assert found.dtype == ("f8" if image.dtype.kind == "f" and image.dtype.itemsize == 8 else "f4")
    np.testing.assert_array_equal(image, before)
    for n, one in enumerate(image):
        assert_spread(found[n], one, weights, **options)


@pytest.mark.parametrize(
    ("image", "kernel", "settings", "expected"),
    [
        ((5, 6), (3, 3), {}, (5, 6)),
        ((5, 6), (3, 3), {"stride": 2}, (10, 12)),
        ((5, 6, 1), (3, 3), {}, (5, 6, 1)),
        ((5, 6, 3), (3, 3), {}, (5, 6, 3)),
        ((2, 5, 6, 3), (3, 3), {"stride": (1, 3)}, (2, 5, 18, 3)),
        ((5, 6), (3, 3, 1), {}, (5, 6, 1)),
        ((5, 6), (3, 3, 4), {}, (5, 6, 4)),
        ((5, 6, 1), (3, 3, 4), {"padding": "valid"}, (7, 8, 4)),
        ((5, 6, 8), (3, 3, 3, 8), {}, (5, 6, 3)),
        ((2, 5, 6, 8), (3, 3, 3, 8), {"stride": 2, "padding": 1, "output_padding": 1}, (2, 10, 12, 3)),
        ((5, 6), (3, 3, 8, 1), {}, (5, 6, 8)),
        ((5, 6, 4), (3, 3, 1, 4), {"groups": 4}, (5, 6, 4)),
        ((5, 6, 6), (3, 3, 2, 6), {"groups": 2}, (5, 6, 4)),
    ],
)
def test_shapes(image: Any, kernel: Any, settings: dict[str, Any], expected: Any) -> None:
    assert convolve_transposed(np.ones(image), np.ones(kernel), **settings).shape == expected


# The adjoint of a convolution.


@settings(max_examples=200)
@given(st.data())
def test_it_is_the_adjoint_of_the_convolution(data: st.DataObject) -> None:
    def whole(least: int, most: int) -> int:
        return data.draw(st.integers(least, most))

    groups, inside, outside = whole(1, 3), whole(1, 2), whole(1, 2)
    stride, dilation, size = ((whole(1, 4), whole(1, 4)) for _ in range(3))
    weights = whole_samples(whole(0, 99), (*size, inside, groups * outside))
    options: dict[str, Any] = {"stride": stride, "dilation": dilation, "groups": groups}
    options |= {"flip_kernel": data.draw(st.booleans())}
    padding = data.draw(
        st.one_of(st.sampled_from(("same", "same-lower", "valid")), st.tuples(*[st.integers(0, 4)] * 4))
    )
    result = whole(1, 4), whole(1, 4)
    y = whole_samples(whole(0, 99), (2, *result, groups * outside))
    added = tuple(0 if str(padding).startswith("same") else whole(0, step - 1) for step in stride)
    try:
        back = convolve_transposed(y, weights, padding=padding, output_padding=added, **options)
    except SizeError:
        return  # no image is that small
    x = whole_samples(whole(0, 99), (2, *back.shape[1:3], groups * inside))
    forth = convolve(x, weights, padding=padding, **options)
    assert forth.shape == y.shape
    assert (forth * y).sum() == (x * back).sum()


@pytest.mark.parametrize("word", ["same", "same-lower", "valid"])
@pytest.mark.parametrize("shape", [(3, 2), (2, 5), (1, 1), (4, 4)])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_of_a_flat_kernel_too(word: str, shape: tuple[int, int], stride: int) -> None:
    weights, y = whole_samples(1, shape), whole_samples(2, (3, 4, 2))
    back = convolve_transposed(y, weights, stride=stride, padding=word)
    x = whole_samples(3, back.shape)
    assert (convolve(x, weights, stride=stride, padding=word) * y).sum() == (x * back).sum()


@pytest.mark.parametrize("rows", range(7, 13))
def test_output_padding_brings_back_any_size(rows: int) -> None:
    weights, x = whole_samples(4, (3, 3)), whole_samples(5, (rows, 5))
    forth = convolve(x, weights, stride=(4, 2), padding=1)
    y = whole_samples(6, forth.shape)
    back = convolve_transposed(y, weights, stride=(4, 2), padding=1, output_padding=((rows - 1) % 4, 0))
    assert back.shape == x.shape
    assert (forth * y).sum() == (x * back).sum()


# Agreement with another library.


def onnx_runtime(image: Any, weights: Any, bias: Any, **attributes: Any) -> Any:
    """ONNX's ConvTranspose of a batch, with its channels turned to the front and back."""
    inputs = {
        "x": np.ascontiguousarray(image.transpose(0, 3, 1, 2)),
        "w": np.ascontiguousarray(weights.transpose(3, 2, 0, 1)),
        "b": bias,
    }
    values = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in (*inputs, "y")]
    node = onnx.helper.make_node("ConvTranspose", list(inputs), ["y"], **attributes)
    graph = onnx.helper.make_graph([node], "transposed", values[:3], values[3:])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, inputs)[0].transpose(0, 2, 3, 1)


@pytest.mark.parametrize("padding", ["same", "same-lower", "valid", (0, 0, 0, 0), (1, 2, 0, 1)])
@pytest.mark.parametrize("groups", [1, 2])
def test_onnx_runtime(padding: Any, groups: int) -> None:
    bias = samples(3, (3 * groups,), "f4")
    words = {"same": "SAME_UPPER", "same-lower": "SAME_LOWER", "valid": "VALID"}
    for size, stride, dilation in product((1, 2, 3, 4), (1, 2, 3), (1, 2)):
        if str(padding).startswith("same") and dilation * (size - 1) + 1 < stride:
            continue  # ONNX promises stride * size results; ONNX Runtime leaves those after the last window out
        image, weights = samples(1, (2, 4, 5, 2 * groups), "f4"), samples(2, (size, 2, 3, 2 * groups), "f4")
        options: dict[str, Any] = {"strides": [stride, 1], "dilations": [dilation, 1], "group": groups}
        added = 0 if padding in words or stride == 1 else 1
        if padding in words:
            options["auto_pad"] = words[padding]
        else:
            top, bottom, left, right = padding
            options |= {"pads": [top, left, bottom, right], "output_padding": [added, 0]}
        expected = onnx_runtime(image, weights, bias, **options)
        found = convolve_transposed(
            image,
            weights,
            padding=padding,
            stride=(stride, 1),
            dilation=(dilation, 1),
            groups=groups,
            bias=bias,
            output_padding=(added, 0),
        )
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)


# Exactness.


def whole_spread(image: Any, kernel: Any, stride: int) -> Any:
    """What is spread with padding valid, in whole numbers of any size."""
    rows, columns = (stride * (n - 1) + k for n, k in zip(image.shape, kernel.shape, strict=True))
    out = np.zeros((rows, columns), dtype=object)
    for (y, x), sample in np.ndenumerate(image):
        window = slice(y * stride, y * stride + kernel.shape[0]), slice(x * stride, x * stride + kernel.shape[1])
        out[window] += int(sample) * kernel.astype(object)
    return out


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "?"])
@pytest.mark.parametrize("largest", [1, 100, 10**4, 10**9])
@pytest.mark.parametrize("stride", [1, 2])
def test_sums_of_whole_numbers_are_exact(dtype: str, largest: int, stride: int) -> None:
    # One weight is so large that a phase needs float64 where the others do with float32.
    kernel = np.random.default_rng(3).integers(-20, 21, (5, 3))
    kernel[2, 1] = largest - 1
    image = samples(4, (9, 10), dtype)
    image[0] = image.max()
    expected = whole_spread(image, kernel, stride)
    options: dict[str, Any] = {"padding": "valid", "stride": stride}
    for kind in ("float64", "int64"):
        np.testing.assert_array_equal(convolve_transposed(image, kernel, dtype=kind, **options), expected.astype(kind))
    found = convolve_transposed(image, kernel, **options)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected.astype(np.int64).astype(np.float32))


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        ("uint8", [[0, 0, 0, 0, 2, 5, 255, 255]]),
        ("int8", [[-128, -128, -1, -2, 2, 5, 127, 127]]),
        ("int16", [[-301, -902, -1, -2, 2, 5, 300, 900]]),
        ("uint16", [[0, 0, 0, 0, 2, 5, 300, 900]]),
        ("float64", [[-300.5, -901.5, -0.5, -1.5, 1.5, 4.5, 300, 900]]),
    ],
)
def test_another_type_of_result(dtype: str, expected: Any) -> None:
    image = np.array([[-300.5, -0.5, 1.5, 300]], dtype=np.float32)
    found = convolve_transposed(image, [[1, 3]], dtype=dtype, stride=(1, 2))
    assert found.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(found, expected)


def test_a_bias_alone_is_rounded_and_saturates_too() -> None:
    image = np.zeros((1, 2), dtype=np.uint8)
    for bias, expected in ((2.5, 3), (-2.5, 0), (1000, 255)):
        found = convolve_transposed(image, [[1]], stride=(1, 2), bias=bias, dtype="uint8")
        np.testing.assert_array_equal(found, [[expected] * 4])


@pytest.mark.parametrize("dtype", ["u1", "f4", "f8"])
@pytest.mark.parametrize("threads", [2, 3, None])
def test_threads_never_change_a_bit(dtype: str, threads: int | None) -> None:
    image = samples(16, (151, 103, 4), dtype)
    for kernel in (samples(17, (7, 5), "f8"), samples(18, (3, 3, 3, 4), "f8")):
        one = convolve_transposed(image, kernel, threads=1, stride=(1, 2))
        np.testing.assert_array_equal(convolve_transposed(image, kernel, threads=threads, stride=(1, 2)), one)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", REAL_TYPES)
def test_no_layout_changes_a_bit(layout: str, dtype: str) -> None:
    image = samples(5, (6, 7, 3), dtype)
    for weights in (samples(6, (3, 2), "f8"), samples(6, (3, 2, 2, 3), "f8")):
        found = convolve_transposed(LAYOUTS[layout](image), weights, stride=2)
        np.testing.assert_array_equal(found, convolve_transposed(image, weights, stride=2))


@pytest.mark.parametrize("kernel", [np.ones((1, 1)), np.ones((3, 3)), np.ones((1, 1, 2, 2)), "identity"])
def test_neither_image_nor_weights_are_changed_or_handed_back(kernel: Any) -> None:
    image = samples(19, (5, 6, 2), "f4")
    image_before, kernel_before = image.copy(), np.array(kernel)
    found = convolve_transposed(image, kernel, bias=1)
    found[...] = -99
    np.testing.assert_array_equal(image, image_before)
    np.testing.assert_array_equal(kernel, kernel_before)


# Properties.


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2])
def test_an_impulse_gives_the_kernel(stride: int, dilation: int) -> None:
    image = np.zeros((5, 5))
    image[2, 3] = 1
    weights = samples(20, (3, 2), "f8")
    for flip_kernel, expected in ((False, weights), (True, weights[::-1, ::-1])):
        found = convolve_transposed(
            image, weights, stride=stride, dilation=dilation, padding="valid", flip_kernel=flip_kernel
        )
        top, left = 2 * stride, 3 * stride
        window = found[top : top + 2 * dilation + 1 : dilation, left : left + dilation + 1 : dilation]
        np.testing.assert_array_equal(window, expected)
        assert np.count_nonzero(found) == 6


def test_at_stride_1_it_is_the_flipped_convolution() -> None:
    image, weights = whole_samples(21, (6, 7)), whole_samples(22, (4, 3))
    found = convolve_transposed(image, weights, padding="valid")
    np.testing.assert_array_equal(found, convolve(image, weights, padding="full", flip_kernel=True))


@pytest.mark.parametrize("shape", [(3, 2), (3, 2, 2, 3)])
def test_linearity(shape: tuple[int, ...]) -> None:
    one, other = whole_samples(23, (4, 5, 3)), whole_samples(24, (4, 5, 3))
    weights, more = whole_samples(25, shape), whole_samples(26, shape)
    summed = convolve_transposed(3 * one - other, weights, stride=2)
    parts = 3 * convolve_transposed(one, weights, stride=2) - convolve_transposed(other, weights, stride=2)
    np.testing.assert_array_equal(summed, parts)
    both = convolve_transposed(one, weights - 2 * more, stride=2)
    parts = convolve_transposed(one, weights, stride=2) - 2 * convolve_transposed(one, more, stride=2)
    np.testing.assert_array_equal(both, parts)


def test_a_shifted_sample_is_spread_a_stride_further() -> None:
    image, weights = whole_samples(27, (5, 6)), whole_samples(28, (4, 3))
    moved = np.pad(image, ((2, 0), (1, 0)))
    found = convolve_transposed(moved, weights, stride=(2, 3), padding="valid")
    np.testing.assert_array_equal(
        found, np.pad(convolve_transposed(image, weights, stride=(2, 3), padding="valid"), ((4, 0), (3, 0)))
    )


def test_padding_cuts_off_and_changes_nothing_else() -> None:
    image, weights = whole_samples(29, (5, 6, 2)), whole_samples(30, (4, 3))
    everything = convolve_transposed(image, weights, stride=(3, 2), padding="valid")
    for top, bottom, left, right in product((0, 1, 4), (0, 2), (0, 3), (0, 1, 5)):
        found = convolve_transposed(image, weights, stride=(3, 2), padding=(top, bottom, left, right))
        rows, columns = everything.shape[0] - bottom, everything.shape[1] - right
        np.testing.assert_array_equal(found, everything[top:rows, left:columns])


def test_groups_are_layers_side_by_side() -> None:
    image, weights = whole_samples(32, (4, 5, 6)), whole_samples(33, (3, 3, 2, 6))
    parts = [convolve_transposed(image[..., 2 * g : 2 * g + 2], weights[..., 2 * g : 2 * g + 2]) for g in range(3)]
    np.testing.assert_array_equal(convolve_transposed(image, weights, groups=3), np.concatenate(parts, axis=2))


def test_a_batch_is_its_images() -> None:
    images, weights = samples(34, (3, 6, 7, 2), "u1"), samples(35, (3, 3), "f8")
    parts = [convolve_transposed(image, weights, stride=2) for image in images]
    np.testing.assert_array_equal(convolve_transposed(images, weights, stride=2), parts)


def test_a_flat_kernel_with_a_bias_for_each_channel() -> None:
    image, weights = whole_samples(36, (4, 5, 3)), whole_samples(37, (3, 2))
    found = convolve_transposed(image, weights, stride=(2, 3), bias=[1, 2, -3])
    plain = convolve_transposed(image, weights, stride=(2, 3))
    np.testing.assert_array_equal(found, np.stack([plain[..., 0] + 1, plain[..., 1] + 2, plain[..., 2] - 3], axis=2))


def test_names_texts_arrays_and_kernels_are_kernels() -> None:
    image, grid = samples(7, (5, 6), "f4"), [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    found = [
        convolve_transposed(image, kernel)
        for kernel in (grid, "sobel", "-1 0 1; -2 0 2; -1 0 1", Kernel(np.array(grid)))
    ]
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0])


def test_a_far_dilation_costs_no_more_than_its_result() -> None:
    found = convolve_transposed([[1, 2]], [[1, 10]], dilation=(1, 10**6), padding="valid")
    assert found.shape == (1, 10**6 + 2)
    np.testing.assert_array_equal(np.flatnonzero(found), [0, 1, 10**6, 10**6 + 1])


def test_a_far_stride_computes_only_what_is_spread() -> None:
    found = convolve_transposed([[1, 2]], [[1, 10]], stride=(1, 10**6))
    assert found.shape == (1, 2 * 10**6)
    np.testing.assert_array_equal(np.flatnonzero(found), [0, 1, 10**6, 10**6 + 1])


# Every error.

IMAGE = np.ones((4, 5, 3))
GRID = np.ones((3, 3))
LAYER = np.ones((3, 3, 2, 3))


@pytest.mark.parametrize(
    ("kernel", "settings", "message"),
    [
        (GRID, {"padding": "sme"}, r"unknown padding 'sme' \(did you mean same\?\)"),
        (GRID, {"padding": "full"}, r"padding full is for convolutions \(use valid"),
        (GRID, {"padding": -1}, "padding -1 is below 0"),
        (GRID, {"stride": 0}, "stride 0 is below 1"),
        (GRID, {"dilation": "two"}, "dilation 'two' is not whole numbers"),
        (GRID, {"output_padding": -1}, r"output padding -1 is below 0 \(use output padding 0 or more\)"),
        (GRID, {"output_padding": 0.5}, r"output padding 0\.5 is not whole numbers"),
        (GRID, {"output_padding": 1}, r"padding same already fixes the size.*\(leave output padding out"),
        (GRID, {"output_padding": (0, 2), "padding": 1, "stride": 2}, "output padding 2 is not below the stride 2"),
        (GRID, {"output_padding": 1, "padding": "valid"}, "output padding 1 is not below the stride 1"),
        (GRID, {"groups": 3}, "groups 3 do not go with weights of 2 dimensions"),
        (np.ones((3, 3, 2)), {"groups": 2}, "groups 2 do not go with weights of 3 dimensions"),
        (LAYER, {"groups": 2}, r"2 groups do not divide 3 kernels evenly \(use a number of groups that divides them\)"),
        (LAYER, {"groups": 1.5}, "groups 1.5 is not a whole number"),
        (LAYER, {"bias": [1, 2, 3]}, r"bias has shape \(3,\), the result has 2 channels \(give one number, or one per"),
        (LAYER, {"bias": [1] * 5, "groups": 3}, r"bias has shape \(5,\), the result has 6 channels"),
        (LAYER, {"bias": [[1, 2]]}, r"bias has shape \(1, 2\), the result has 2 channels"),
        (LAYER, {"bias": []}, r"bias has shape \(0,\), the result has 2 channels"),
        (GRID, {"bias": [[1]]}, r"bias has shape \(1, 1\), the result has as many channels as the image"),
        (GRID, {"bias": float("nan")}, r"bias is not finite \(replace NaN and Inf\)"),
        (GRID, {"bias": "much"}, r"'much' is not a real number \(give one number, or one per channel of the result"),
        (GRID, {"bias": 1j}, "bias 1j is not a real number"),
        (GRID, {"threads": 0}, "threads 0 is below 1"),
        (GRID, {"dtype": "complex64"}, "dtype 'complex64' is not a real type"),
        ("sobl", {}, "did you mean sobel"),
        (np.ones(3), {}, "2, 3 or 4 dimensions, not 1"),
        ([[1, np.nan]], {}, "1 of 2 kernel weights are not finite"),
    ],
)
def test_settings_that_no_image_makes_right(kernel: Any, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        convolve_transposed(IMAGE, kernel, **settings)


@pytest.mark.parametrize(
    ("kernel", "settings", "message"),
    [
        (np.ones((3, 3, 2, 4)), {}, r"the kernel makes 4 feature maps, the image has 3 channels \(transpose a kernel"),
        (np.ones((3, 3, 2, 4)), {}, r"of rows x columns x 2 x 3, or a flat one"),
        (np.ones((3, 3, 3)), {}, "the kernel makes 1 feature maps, the image has 3 channels"),
        (np.ones((3, 3, 1, 4)), {"groups": 4}, "the kernel makes 4 feature maps, the image has 3 channels"),
        (GRID, {"bias": [1, 2]}, r"bias has shape \(2,\), the result has 3 channels"),
        (GRID, {"bias": []}, r"bias has shape \(0,\), the result has 3 channels"),
        (GRID, {"padding": 4}, r"padding 4x4x4x4 cuts off all of the 6x7 there are \(use less padding, or same\)"),
    ],
)  # fmt: skip
def test_kernels_that_do_not_fit_this_image(kernel: Any, settings: Any, message: str) -> None:
    with pytest.raises(SizeError, match=message):
        convolve_transposed(IMAGE, kernel, **settings)


@pytest.mark.parametrize(
    ("image", "message"),
    [(np.ones(3), "not 1"), (np.ones((2, 2), complex), "complex128"), ([[1], [2, 3]], "ragged")],
)
def test_what_is_no_image(image: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        convolve_transposed(image, GRID)


def test_an_image_without_samples() -> None:
    with pytest.raises(SizeError, match="the image has no samples"):
        convolve_transposed(np.ones((0, 5)), GRID)


@pytest.mark.parametrize("settings", [{"dilation": 2**31 - 1, "padding": "valid"}, {"stride": 2**31 - 1}])
def test_a_result_that_no_memory_holds_is_an_error_of_ours(settings: dict[str, Any]) -> None:
    with pytest.raises(CnnkitError, match="more memory than there is"):
        convolve_transposed(IMAGE, GRID, **settings)
