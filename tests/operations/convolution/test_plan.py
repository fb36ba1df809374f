"""A plan says what was decided, and is counted in products."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

import cnnkit
from cnnkit.operations.convolution.plan import products_per_sum


def test_products_by_hand() -> None:
    assert products_per_sum(np.zeros((3, 5))) == 15
    assert products_per_sum(np.zeros((3, 5, 4, 7))) == 60  # of one of the 7 kernels


@pytest.mark.parametrize(("dtype", "sums"), [("u1", "int16"), ("f4", "float32"), ("f8", "float64")])
def test_a_plan_prints_what_was_decided(dtype: str, sums: str) -> None:
    plan = cnnkit.plan(np.zeros((20, 30), dtype), "edge")
    assert repr(plan).splitlines()[0] == f"Plan: direct, sums in {sums}"
    assert repr(plan).splitlines()[1] == f"  {plan.reason}"
    assert plan.writes_any_type


def test_a_notebook_shows_what_was_decided() -> None:
    plan = cnnkit.plan(np.zeros((20, 30, 3), "f4"), "sobel-x", stride=(1, 2))
    rows = ElementTree.fromstring(plan._replace(reason="a < b & c")._repr_html_())
    assert {row[0].text: row[1].text for row in rows} == {
        "algorithm": plan.algorithm,
        "reason": "a < b & c",
        "sums in": "float32",
        "window": "3x3",
        "stride": "1x2",
        "dilation": "1x1",
        "padding": "1x1x0x1, top x bottom x left x right",
        "size": "20x30 becomes 20x15",
    }
    assert "color" not in plan._repr_html_()


def test_a_plan_holds_all_that_is_known_before_a_sample_is_read() -> None:
    plan = cnnkit.plan(np.zeros((28, 30, 32), "f4"), np.ones((3, 3, 32, 64)), stride=2)
    assert plan.shape == (1, 14, 15, 64)
    assert plan.weights.shape == (3, 3, 32, 64)
    assert plan.placement.output == (14, 15)
    assert not plan.writes_any_type


def test_equal_plans_of_weights_in_other_arrays_do_not_differ() -> None:
    one, same = (cnnkit.plan(np.zeros((20, 30), "u1"), [[1, 2], [3, 4]]) for _ in range(2))
    assert one.weights is not same.weights
    assert one == same
    assert not one != same  # noqa: SIM202 the operator is what is tested


def test_plans_are_values() -> None:
    image = np.zeros((20, 30), "u1")
    one, same, other = (cnnkit.plan(image, kernel) for kernel in ("gaussian:sigma=4", "gaussian:sigma=4", "edge"))
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert one != "Plan"
    assert len({one, same, other}) == 2


@pytest.mark.parametrize("depth", ["each", "sum"])
def test_a_plan_cannot_change_what_its_kernel_does(depth: str) -> None:
    image, kernel = np.ones((5, 6, 3), "f4"), cnnkit.kernel("box")
    expected = cnnkit.convolve(image, kernel, depth=depth)
    with pytest.raises(ValueError, match="read-only"):
        cnnkit.plan(image, kernel, depth=depth).weights[...] = 0
    np.testing.assert_array_equal(cnnkit.convolve(image, kernel, depth=depth), expected)
