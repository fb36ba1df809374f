"""Loops as their callers meet them: types and layouts checked, compiled once, callable from any thread."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from cnnkit.loops import compile as room
from cnnkit.loops.compile import Loop, Piece, compiled
from cnnkit.loops.pooling import pool_maximum
from tests.loops.processes import MAXIMA, PROGRAM, run_program


class Pair(NamedTuple):
    """What a loop is told in one argument."""

    factor: int
    offset: int


@compiled("f4[1], f8, f4[1]")
def scale(values: Any, factor: float, out: Any) -> None:
    """Multiply."""
    for i in range(values.shape[0]):
        out[i] = values[i] * factor


@Piece
def double(values: Any, out: Any) -> None:
    """Twice as much."""
    for i in range(values.shape[0]):
        out[i] = 2 * values[i]


@compiled("T[1], Pair, T[1], i8, i8", T=("i2", "f8"), Pair=Pair)
def line(values: Any, pair: Pair, out: Any, first: int, last: int) -> None:
    """Twice as much, times a factor, plus an offset, from first to last."""
    double(values[first:last], out[first:last])
    for i in range(first, last):
        out[i] = out[i] * pair.factor + pair.offset


class TestCalls:
    def test_announces_before_the_first_compilation_alone(self, tmp_path: Path) -> None:
        program = "from cnnkit.loops import compile\ncompile.announce = lambda: print('compiling')\n" + PROGRAM
        program += "pool_maximum._entry(pool_maximum._signature(('f8', 'f8', 'f8')))\n"
        folder = tmp_path / "loops"
        assert run_program(folder, program) == f"compiling\n{MAXIMA} True True"
        assert run_program(folder, program) == f"{MAXIMA} False True"

    def test_from_many_threads_at_once(self) -> None:
        image = np.arange(25, dtype=np.float64).reshape(1, 5, 5)
        outs = [np.empty((1, 3, 3)) for _ in range(8)]
        numbers = (3, 3, 1, 1, 1, 1, 0, 0, 1, 0, 3)
        threads = [threading.Thread(target=pool_maximum, args=(image, np.zeros(1), out, *numbers)) for out in outs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for out in outs:
            np.testing.assert_array_equal(out.ravel(), MAXIMA)

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

    def test_an_interrupt_is_heard_when_a_loop_is_compiled(self, monkeypatch: pytest.MonkeyPatch) -> None:
        build = room._build
        built: list[str] = []

        def interrupted(function: Any, signature: Any) -> Any:
            signal.raise_signal(signal.SIGINT)
            built.append(signature.text)
            return build(function, signature)

        monkeypatch.setattr(room, "_build", interrupted)
        monkeypatch.setattr(room.store, "load", lambda *_: None)
        loop = compiled("f4[1], f8, f4[1]")(scale.function)
        arguments = np.ones(2, np.float32), 3.0, np.zeros(2, np.float32)
        with pytest.raises(KeyboardInterrupt):
            loop(*arguments)
        assert built == ["f4[1], f8, f4[1]"]
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    def test_is_documented_as_the_function_it_wraps(self) -> None:
        assert isinstance(scale, Loop)
        assert scale.__doc__ == "Multiply."


class TestRecordsAndPieces:
    @pytest.mark.parametrize("dtype", ["i2", "f8"])
    def test_a_record_and_a_piece_reach_the_loop(self, dtype: str, engine: str) -> None:
        values = np.arange(6).astype(dtype)
        out = np.full(6, -1, dtype=dtype)
        line(values, Pair(3, 1), out, 1, 5)
        assert out.tolist() == [-1, 7, 13, 19, 25, -1]

    def test_numbers_that_follow_are_given_later(self, engine: str) -> None:
        out = np.zeros(6)
        bound = line.bind(np.arange(6.0), Pair(1, 0), out)
        bound(0, 2)
        bound(4, 6)
        assert out.tolist() == [0, 2, 0, 0, 8, 10]

    def test_what_is_bound_is_kept_alive(self) -> None:
        out = np.zeros(100_000)
        bound = line.bind(np.full(100_000, 3.0), Pair(1, 0), out)
        others = [np.full(100_000, 9.0) for _ in range(4)]
        bound(0, 100_000)
        assert len(others) == 4
        assert set(out.tolist()) == {6.0}

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ((np.zeros(3), (3, 1), np.zeros(3)), r"needs a Pair\(factor, offset\), not tuple"),
            ((np.zeros(3), Pair(3, 1)), "no variant for arrays of f8"),
            ((np.zeros(3), Pair(3, 1), np.zeros(3, np.int16)), "no variant for arrays of f8, i2"),
            ((np.zeros(3), Pair(3, 1), np.zeros(3), 0, 1, 2), "takes 5 arguments, not 6"),
        ],
    )
    def test_refuses_to_bind(self, arguments: tuple[Any, ...], message: str) -> None:
        with pytest.raises(TypeError, match=message):
            line.bind(*arguments)

    @pytest.mark.parametrize("numbers", [(), (0,), (0, 1, 2)])
    def test_refuses_too_few_or_many_numbers(self, numbers: tuple[int, ...]) -> None:
        bound = line.bind(np.zeros(3), Pair(1, 0), np.zeros(3))
        with pytest.raises(TypeError, match=f"2 more numbers are needed, not {len(numbers)}"):
            bound(*numbers)

    def test_a_piece_is_documented_as_the_function_it_wraps(self) -> None:
        assert double.__doc__ == "Twice as much."
