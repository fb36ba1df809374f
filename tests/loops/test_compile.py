"""Loops as their callers meet them: types and layouts checked, compiled once, callable from any thread."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from cnnkit.loops.compile import Loop, compiled
from cnnkit.loops.convolution import convolve_each
from tests.loops.processes import PROGRAM, SUMS, run_program


class TestCalls:
    def test_announces_before_the_first_compilation_alone(self, tmp_path: Path) -> None:
        program = "from cnnkit.loops import compile\ncompile.announce = lambda: print('compiling')\n" + PROGRAM
        program += "convolve_each.warm('f8', 'f8', 'f8')\n"
        folder = tmp_path / "loops"
        assert run_program(folder, program) == f"compiling\n{SUMS} True True"
        assert run_program(folder, program) == f"{SUMS} False True"

    def test_from_many_threads_at_once(self) -> None:
        image = np.arange(25, dtype=np.float64).reshape(1, 5, 5)
        outs = [np.empty((1, 3, 3)) for _ in range(8)]
        ones = np.ones((3, 3))
        threads = [
            threading.Thread(target=convolve_each, args=(image, ones, 0.0, out, 1, 1, 1, 1, 1, 0, 3)) for out in outs
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for out in outs:
            np.testing.assert_array_equal(out.ravel(), SUMS)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ((np.zeros(3, np.int32), 1.0, np.zeros(3, np.float32)), "no variant for arrays of i4, f4"),
            ((np.zeros((3, 1), np.float32), 1.0, np.zeros(3, np.float32)), r"needs an array f4\[1\]"),
            ((np.zeros(6, np.float32)[::2], 1.0, np.zeros(3, np.float32)), "C-contiguous"),
            ((np.zeros(3, ">f4"), 1.0, np.zeros(3, np.float32)), "native byte order"),
            ((np.zeros(3, np.float32), np.zeros(3, np.float32)), "takes 3 arguments, not 2"),
        ],
    )
    def test_refuses_what_machine_code_would_misread(self, arguments: tuple[object, ...], message: str) -> None:
        with pytest.raises(TypeError, match=message):
            scale(*arguments)

    def test_is_documented_as_the_function_it_wraps(self) -> None:
        assert isinstance(scale, Loop)
        assert scale.__doc__ == "Multiply."


@compiled("f4[1], f8, f4[1]")
def scale(values, factor, out):  # type: ignore[no-untyped-def]
    """Multiply."""
    for i in range(values.shape[0]):
        out[i] = values[i] * factor
