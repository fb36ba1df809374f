"""The course of a descent: grids in the order of the kernel's axes, and the points that are worth showing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit.data.kernels.course import Course


def course(shape: tuple[int, ...], weights: Any, **settings: Any) -> Course:
    weights = np.asarray(weights, float)
    points = len(weights)
    return Course(shape, np.arange(points), weights, np.ones(points), **settings)


class TestGrids:
    def test_grids_are_those_of_the_kernel_at_each_point(self) -> None:
        kernel = np.random.default_rng(1).normal(size=(2, 3, 3, 4))
        grids = course(kernel.shape, [kernel.reshape(18, 4), 2 * kernel.reshape(18, 4)]).grids
        assert grids.shape == (2, 2, 3, 12)
        np.testing.assert_array_equal(grids[0, ..., 5], kernel[:, :, 2, 1])
        np.testing.assert_array_equal(grids[1, ..., 6], 2 * kernel[:, :, 0, 2])

    def test_a_kernel_for_each_channel_is_one_grid(self) -> None:
        np.testing.assert_array_equal(course((2, 2), [[[1], [2], [3], [4]]]).grids[0, ..., 0], [[1, 2], [3, 4]])

    @pytest.mark.parametrize(
        ("shape", "channels", "names"),
        [
            ((1, 1), (), ("",)),
            ((1, 1, 1), (), ("",)),
            ((1, 1, 2), (), ("channel 0", "channel 1")),
            ((1, 1, 3), ("R", "G", "B"), ("R", "G", "B")),
            ((1, 1, 2), ("R", "G", "B"), ("channel 0", "channel 1")),
            ((1, 1, 2, 2), (), ("kernel 0, ch. 0", "kernel 0, ch. 1", "kernel 1, ch. 0", "kernel 1, ch. 1")),
            ((1, 1, 1, 2), (), ("kernel 0", "kernel 1")),
        ],
    )
    def test_names_say_what_a_grid_is_for(self, shape: Any, channels: tuple[str, ...], names: tuple[str, ...]) -> None:
        assert course(shape, np.zeros((1, *shape)), channels=channels).names == names


class TestPoints:
    @pytest.mark.parametrize(
        ("weights", "points"),
        [
            ([8.0], [0]),
            ([8.0, 8.0, 8.0], [0, 2]),
            ([0.0, -5.0, -9.5, -10.0], [0, 1, 2, 3]),
            ([0.0, 30.0, 9.0, 10.0], [0, 2, 3]),  # beyond the end is as far from it
            ([1e308, -1e308], [0, 1]),
            ([np.nan, np.inf, 1.0], [0, 2]),
        ],
    )
    def test_some_are_chosen_by_what_is_left_of_the_way(self, weights: list[float], points: list[int]) -> None:
        assert course((1, 1), weights).at_shares(0.5, 0.1) == points

    @pytest.mark.parametrize("count", [1, 2, 59, 60, 61, 75, 201, 6001])
    def test_frames_are_many_at_first_and_no_more_than_there_is_room_for(self, count: int) -> None:
        points = course((1, 1), np.zeros(count)).spread(60)
        assert (points[0], points[-1]) == (0, count - 1)
        assert min(count, 50) <= len(points) <= 60
        gaps = np.diff(points)
        assert (gaps > 0).all()
        assert (np.diff(gaps) >= -1).all()  # rounded
