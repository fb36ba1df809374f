"""Constructor calls as text."""

from __future__ import annotations

from cnnkit.geometry.window import Window, place
from cnnkit.network.code.calls import LONGEST_LINE, body, call, needed_after, pool_call, unless
from cnnkit.network.shape import shape


def test_calls() -> None:
    assert call("f", 1, (2, 3), a=None, b="x", c=False) == 'f(1, (2, 3), b="x", c=False)'
    assert (unless(1, 1), unless(2, 1)) == (None, 2)


def test_padding_that_a_window_hanging_over_needs() -> None:
    assert needed_after(place((6, 6), Window((3, 3), (2, 2)), "valid", ceil=True)) == (1, 1)
    assert needed_after(place((6, 6), Window((3, 3), (2, 2)), (0, 2, 0, 0))) == (2, 0)


def test_the_pool_of_its_own_has_the_padding_that_a_window_hanging_over_needs() -> None:
    step = shape("6x6 avgpool3:s2:ceil").layers[0]
    assert pool_call(step, step.placement) == 'Pool("average", (3, 3), (2, 2), (1, 1), (0, 1, 0, 1), (3, 3))'  # type: ignore[arg-type]


def test_a_shape_is_a_comment_where_it_fits() -> None:
    assert body([("f()", ""), ("g()", "3x3")]) == ["    f(),", "    g(),  # 3x3"]
    assert body([("f" * LONGEST_LINE, "3x3")]) == [f"    {'f' * LONGEST_LINE},"]
