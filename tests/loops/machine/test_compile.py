"""Loops as their callers meet them: types and layouts checked, compiled once, callable from any thread."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from cnnkit.loops.machine import compile as room
from cnnkit.loops.machine.compile import Loop, Piece, compiled
from cnnkit.loops.pooling.indices import unpool
from tests.reference.processes import LLVMLITE, PLACED, PROGRAM, run_program


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


@Piece
def add(a: Any, b: Any) -> Any:
    """The sum."""
    return a + b


@Piece
def multiply(a: Any, b: Any) -> Any:
    """The product."""
    return a * b


@Piece
def fold(step: Any, values: Any, first: Any) -> Any:
    """What `step` makes of all values, one by one."""
    found = first
    for i in range(values.shape[0]):
        found = step(found, values[i])
    return found


@compiled("T[1], T[1], T[1], i8, i8", T=("i2", "f8"))
def fold_rows(step: Any, folded: Any, values: Any, first: Any, out: Any, begin: int, end: int) -> None:
    """One number of three neighbours each, from begin to end."""
    for i in range(begin, end):
        out[i] = folded(step, values[3 * i : 3 * i + 3], first[0])


@compiled("T[1], Pair, T[1], i8, i8", T=("i2", "f8"), Pair=Pair)
def line(values: Any, pair: Pair, out: Any, first: int, last: int) -> None:
    """Twice as much, times a factor, plus an offset, from first to last."""
    double(values[first:last], out[first:last])
    for i in range(first, last):
        out[i] = out[i] * pair.factor + pair.offset


class TestCalls:
    def test_announces_what_is_compiled(self, tmp_path: Path) -> None:
        program = "from cnnkit.loops.machine import compile\n"
        program += "compile.announce = lambda names, seconds: print(names, seconds > 0)\n" + PROGRAM
        folder = tmp_path / "loops"
        assert run_program(folder, program) == f"['unpool'] True\n{PLACED} True True"
        assert run_program(folder, program) == f"{PLACED} False {LLVMLITE}"

    def test_from_many_threads_at_once(self) -> None:
        values, places, wrong = np.array([5.0, 6, 7]), np.array([8, -1, 3]), np.full(1, -1)
        outs = [np.zeros(9) for _ in range(8)]
        threads = [threading.Thread(target=unpool, args=(values, places, out, wrong, 3, 9, 1, 1)) for out in outs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for out in outs:
            np.testing.assert_array_equal(out, PLACED)

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

    def test_an_interrupt_is_heard_before_a_loop_is_compiled(self, monkeypatch: pytest.MonkeyPatch) -> None:
        build = Loop.compile
        was_heard = threading.Event()

        def interrupted(self: Loop, signature: Any) -> Any:
            os.kill(os.getpid(), signal.SIGINT)
            assert was_heard.wait(60)
            return build(self, signature)

        monkeypatch.setattr(Loop, "compile", interrupted)
        monkeypatch.setattr(room.store, "load", lambda *_: None)
        loop = compiled("f4[1], f8, f4[1]")(scale.function)
        arguments = np.ones(2, np.float32), 3.0, np.zeros(2, np.float32)
        with pytest.raises(KeyboardInterrupt):
            loop(*arguments)
        was_heard.set()
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


class TestLoopsOfPieces:
    @pytest.mark.parametrize("dtype", ["i2", "f8"])
    @pytest.mark.parametrize(("step", "expected"), [(add, [9, 18]), (multiply, [0, 120])])
    def test_a_loop_is_made_of_pieces_which_return_and_are_handed_on(
        self, step: Piece, expected: list[int], dtype: str, engine: str
    ) -> None:
        first = np.array([6 if step is add else 2], dtype)
        values, out = np.arange(6).astype(dtype), np.full(3, -1, dtype)
        fold_rows.of(step, fold)(values, first, out, 0, 2)
        assert out.tolist() == [*expected, -1]

    def test_its_name_tells_its_pieces_and_the_others_are_other_loops(self) -> None:
        sums, products = fold_rows.of(add, fold), fold_rows.of(multiply, fold)
        assert (sums.name, products.name) == ("fold_rows_add_fold", "fold_rows_multiply_fold")
        assert sums.__doc__ == fold_rows.__doc__
        assert sums.pieces == (add, fold)
        assert fold_rows.pieces == ()
        assert fold_rows.name == "fold_rows"

    def test_a_stored_loop_is_the_one_of_its_own_pieces(self, tmp_path: Path) -> None:
        """Both are stored under the same signature, and neither is taken for the other."""
        program = "import sys\nimport numpy as np\nimport cnnkit\nimage = np.arange(24.0).reshape(4, 6)\n"
        program += "for kind in ('max', 'min'):\n    print(cnnkit.pool(image, 2, kind=kind).sum())\n"
        program += "print('numba' in sys.modules)"
        assert run_program(tmp_path / "loops", program).split() == ["90.0", "48.0", "True"]
        assert run_program(tmp_path / "loops", program).split() == ["90.0", "48.0", "False"]


class TestBound:
    def bound(self, out: Any) -> Any:
        return fold_rows.of(add, fold).bind(np.arange(9.0), np.zeros(1), out)

    def test_is_bound_to_other_last_arrays(self, engine: str) -> None:
        one, other = np.zeros(3), np.zeros(3)
        bound = self.bound(one)
        again = bound.bind(other)
        bound(0, 1)
        again(1, 3)
        assert (one.tolist(), other.tolist()) == ([3, 0, 0], [0, 12, 21])

    def test_is_bound_to_several_of_another_length(self, engine: str) -> None:
        out = np.zeros(4)
        self.bound(np.zeros(3)).bind(np.arange(12.0), np.ones(1), out)(0, 4)
        assert out.tolist() == [4, 13, 22, 31]

    def test_is_bound_to_what_may_only_be_read_and_to_nothing(self, engine: str) -> None:
        values, out = np.arange(9.0), np.zeros(3)
        values.setflags(write=False)
        bound = fold_rows.of(add, fold).bind(values, np.zeros(1), out)
        bound(0, 3)
        bound.bind()(0, 3)
        assert out.tolist() == [3, 12, 21]
        bound.bind(np.zeros(0))(0, 0)

    def test_what_it_is_bound_to_is_kept_alive(self) -> None:
        out = np.zeros(30_000)
        bound = self.bound(np.zeros(3)).bind(np.full(90_000, 3.0), np.zeros(1), out)
        others = [np.full(90_000, 9.0) for _ in range(4)]
        bound(0, 30_000)
        assert len(others) == 4
        assert set(out.tolist()) == {9.0}

    def test_what_was_bound_before_is_as_it_was(self) -> None:
        one, other = np.zeros(3), np.zeros(3)
        bound = self.bound(one)
        bound.bind(other)
        bound(0, 3)
        assert (one.tolist(), other.tolist()) == ([3, 12, 21], [0, 0, 0])
