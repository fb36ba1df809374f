"""Slopes of weights against the definition, for windows, strides, dilations and groups; and what is read of memory."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit.geometry.window import Window
from cnnkit.loops.machine.team import Team
from cnnkit.operations.learning.training import products as room
from cnnkit.operations.learning.training.products import Field, sum_weights
from cnnkit.operations.learning.training.rooms import Room
from cnnkit.operations.network.work import WorkList
from tests.reference.guards import linux_only, run_guarded


def drawn(seed: int, *shape: int) -> Room:
    """Small whole numbers, so that sums are exact, and nothing that is a number behind them."""
    made = Room.of(shape)
    made.flat[:] = np.nan
    made.array[...] = np.random.default_rng(seed).integers(-3, 4, shape)
    return made


def field_of(images: int, size: Any, depth: int, window: Window, kernels: int, groups: int = 1) -> Field:
    rows, columns = ((size[n] - window.reach[n]) // window.stride[n] + 1 for n in range(2))
    return Field(images, *size, depth, window, rows, columns, kernels, groups)


def twin(field: Field, image: Any, slopes: Any) -> Any:
    """For every weight the products of the samples that lay under it and the slopes of its kernel's results."""
    (rows, columns), (down, across), (tall, wide) = field.window.size, field.window.stride, field.window.dilation
    each, depth = field.kernels // field.groups, field.depth // field.groups
    found = np.zeros((rows, columns, depth, field.kernels))
    for a, b, c, k in np.ndindex(*found.shape):
        channel = k // each * depth + c
        for i, j in np.ndindex(field.out_rows, field.out_columns):
            samples = image[:, i * down + a * tall, j * across + b * wide, channel].astype(float)
            found[a, b, c, k] += samples @ slopes[:, i, j, k]
    return found


def summed(field: Field, image: Room, slopes: Room, threads: int = 1) -> Any:
    depth = field.depth // field.groups
    out = Room.of((*field.window.size, depth, field.kernels))
    out.flat[:] = 77
    work = WorkList(threads)
    sum_weights(work, field, image.flat, slopes.flat, out.array)
    team = Team(work.work, threads)
    team()
    team()  # again and again to the same sums
    assert (out.flat[out.array.size :] == 77).all()
    return out.array


def check(field: Field, seed: int = 0, threads: int = 1) -> None:
    image = drawn(seed, field.images, field.rows, field.columns, field.depth)
    slopes = drawn(seed + 1, field.images, field.out_rows, field.out_columns, field.kernels)
    np.testing.assert_array_equal(summed(field, image, slopes, threads), twin(field, image.array, slopes.array))


def test_by_hand(engine: str) -> None:
    """A row 1 2 4 under a window of two, slopes 10 and 100."""
    image, slopes = drawn(0, 1, 1, 3, 1), drawn(0, 1, 1, 2, 1)
    image.array[0, 0, :, 0], slopes.array[0, 0, :, 0] = [1, 2, 4], [10, 100]
    found = summed(field_of(1, (1, 3), 1, Window((1, 2)), 1), image, slopes)
    assert found.ravel().tolist() == [1 * 10 + 2 * 100, 2 * 10 + 4 * 100]


@pytest.mark.parametrize("depth", [1, 7, 8, 9, 35])
@pytest.mark.parametrize("kernels", [1, 8, 9, 17])
def test_depths_and_kernels(depth: int, kernels: int) -> None:
    check(field_of(2, (4, 5), depth, Window((3, 2)), kernels))


@pytest.mark.parametrize("depth", [2, 7, 9, 33])
@pytest.mark.parametrize(
    "window", [Window((3, 3)), Window((1, 7)), Window((2, 2), (2, 1)), Window((2, 3), (1, 2), (3, 2))]
)
def test_kernels_of_a_channel_each(depth: int, window: Window) -> None:
    check(field_of(3, (5, 9), depth, window, depth, groups=depth))
    check(field_of(1, (5, 9), depth, window, 2 * depth, groups=depth))


@settings(max_examples=25)
@given(
    st.integers(1, 10), st.tuples(*[st.integers(1, 3)] * 2), st.tuples(*[st.integers(1, 3)] * 2),
    st.tuples(*[st.integers(1, 3)] * 2), st.integers(1, 3), st.integers(1, 4), st.integers(1, 6), st.integers(0, 99),
)  # fmt: skip
def test_random_settings(
    images: int, size: Any, stride: Any, dilation: Any, groups: int, depth: int, kernels: int, seed: int
) -> None:
    check(field_of(images, (8, 9), groups * depth, Window(size, stride, dilation), groups * kernels, groups), seed)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_threads_and_many_weights(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few weights are summed for parts of the images, many are shared themselves; both to the same sums."""
    field = field_of(9, (8, 9), 8, Window((3, 3)), 24)
    check(field, threads=threads)
    monkeypatch.setattr(room, "FEW_WEIGHTS", 0)
    check(field, threads=threads)


def test_a_nan_reaches_the_weights_that_it_lay_under() -> None:
    image, slopes = drawn(0, 1, 4, 4, 2), drawn(1, 1, 2, 2, 3)
    image.array[0, 0, 0, 1] = np.nan
    found = np.argwhere(np.isnan(summed(field_of(1, (4, 4), 2, Window((3, 3)), 3), image, slopes)))
    assert found.tolist() == [[0, 0, 1, k] for k in range(3)]


@linux_only
@pytest.mark.parametrize(
    "words", ["4x4x3 conv3-5 gap fc2", "3x3x2 conv1-900 gap fc2", "5x60x16 dwconv1x3:d20 dwconv3 gap fc2", "8 fc900"]
)
def test_nothing_is_read_beyond_what_is_allocated(words: str) -> None:
    """A tile reads whole rows of weights, of which some lie behind the last one."""
    run_guarded(
        "import math",
        "from cnnkit import arrays",
        "arrays.allocate = lambda shape, kind: guarded(math.prod(shape), kind).reshape(shape)",
        "from cnnkit.network.shape import shape",
        "from cnnkit.operations.learning.training.trainer import Trainer",
        "from cnnkit.operations.network.initial import random_parameters",
        f"stack = shape({words!r}, batch=2)",
        "trainer = Trainer(stack, random_parameters(stack), threads=1)",
        "trainer.input[...] = samples(*trainer.input.shape)",
        "trainer.step(np.zeros(2, int))",
        "trainer.evaluate()",
    )
