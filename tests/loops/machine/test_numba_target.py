"""Numba's own target and that of loops: side by side in a process, and what loops may not do."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest

from cnnkit.loops.machine import store
from cnnkit.loops.machine.compile import Loop, compiled
from cnnkit.loops.machine.numba_target import array_at, build
from cnnkit.loops.png import filter_rows


def compiled_code(loop: Loop, *types: str) -> tuple[str, bytes, list[str]]:
    signature = loop.template.signature(types)
    assert signature is not None
    return build(loop.function, signature, loop.pieces)


def test_a_loop_needs_nothing_but_itself() -> None:
    symbol, code, imports = compiled_code(filter_rows, "u1", "u1")
    assert imports == []
    assert store.link(symbol, code, imports)


def test_functions_of_others_are_compiled_as_ever() -> None:
    """Numba keeps what it compiled for max and min: for loops and for others apart."""

    @numba.njit
    def halves(n: int) -> Any:
        if n < 0:
            raise ValueError("below")
        return [max(x, 1) / 2 for x in range(n)] + [min(np.arange(n))]

    for _ in range(2):
        compiled_code(filter_rows, "u1", "u1")
        assert halves(3) == [0.5, 0.5, 1.0, 0.0]
    with pytest.raises(ValueError, match="below"):
        halves(-1)


def test_a_loop_that_allocates_is_no_loop() -> None:
    @compiled("f4[1], f4[1]")
    def doubled(values: Any, out: Any) -> None:
        more = np.empty(values.shape[0], np.float32)
        for i in range(values.shape[0]):
            more[i] = 2 * values[i]
        out[:] = more

    with pytest.raises(Exception, match=r"allocate|No implementation|not supported"):
        compiled_code(doubled, "f4", "f4")


def test_an_array_is_made_of_its_address_and_lengths() -> None:
    @compiled("i8[3], i8[1]")
    def strides(values: Any, out: Any) -> None:
        out[0], out[1], out[2] = values.strides
        out[3] = values[1, 2, 3]

    values, out = np.arange(2 * 3 * 4).reshape(2, 3, 4), np.zeros(4, np.int64)
    strides(values, out)
    assert out.tolist() == [*values.strides, 23]
    assert array_at.__name__ == "array_at"
