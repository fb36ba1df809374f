"""Brief work, shared among threads that take its bands in machine code: Python's lock is asked for once by each.

Waking a thread takes about as long as a small image, and each turn through Python a tenth of that. So the caller wakes
the others and begins; each takes band after band until there are no more, and the caller looks whether they are done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cnnkit.interruption import interruptions_wait
from cnnkit.loops import llvm
from cnnkit.loops.llvm import Array
from cnnkit.loops.machine import threads as pool
from cnnkit.loops.machine.bound import Bound
from cnnkit.loops.machine.compile import compiled

SPINS = 1 << 17
"""How often the caller looks for the others before it sleeps: some tenths of a millisecond."""

ENTRY_NUMBERS = 3  # of a loop in a table
LINE = 8  # numbers of a line of the cache, so that each counter has one of its own
BEGUN, DONE = 0, LINE
"""Places of the counters of threads that have begun, and that are done; those of bands stand behind them."""


class Call(llvm.Intrinsic):
    """Call loop `number` of a table with its last two arguments set to `first` and `last`.

    The table holds for each loop its address, that of its arguments, and how many these are.
    """

    def __call__(self, table: Any, number: int, first: int, last: int) -> None:
        """There is no plain Python: without machine code there are no addresses."""
        raise TypeError("addresses are called in machine code alone")

    def emit(self, builder: Any, table: Array, number: Any, first: Any, last: Any) -> None:
        """Write it as LLVM code."""
        from llvmlite import ir

        whole = ir.IntType(64)
        place = builder.mul(number, ir.Constant(whole, ENTRY_NUMBERS))
        address, arguments, length = (table.load(llvm.plus(builder, place, n)) for n in range(ENTRY_NUMBERS))
        pointer = builder.inttoptr(arguments, whole.as_pointer())
        for back, value in ((-2, first), (-1, last)):
            builder.store(value, builder.gep(pointer, [llvm.plus(builder, length, back)]))
        function = ir.FunctionType(ir.VoidType(), [whole.as_pointer()]).as_pointer()
        builder.call(builder.inttoptr(address, function), [pointer])


class Count(llvm.Intrinsic):
    """Add 1 to ``counters[at]`` in a single step, and set ``seen[0]`` to what was there before."""

    def __call__(self, counters: Any, at: int, seen: Any) -> None:
        """The plain Python, for one thread."""
        seen[0] = counters[at]
        counters[at] += 1

    def emit(self, builder: Any, counters: Array, at: Any, seen: Array) -> None:
        """Write it as LLVM code."""
        from llvmlite import ir

        place = builder.gep(counters.pointer, [at])
        builder.store(builder.atomic_rmw("add", place, ir.Constant(ir.IntType(64), 1), "seq_cst"), seen.pointer)


def look_until(builder: Any, spins: Any, is_done: Callable[[], Any]) -> None:
    """Write LLVM code that looks whether something is done, until it is, or `spins` times."""
    from llvmlite import ir

    whole, before = ir.IntType(64), builder.basic_block
    look, again, over = (builder.append_basic_block(name) for name in ("look", "again", "over"))
    builder.branch(look)
    builder.position_at_end(look)
    turn = builder.phi(whole)
    turn.add_incoming(ir.Constant(whole, 0), before)
    builder.cbranch(is_done(), over, again)
    builder.position_at_end(again)
    following = builder.add(turn, ir.Constant(whole, 1))
    turn.add_incoming(following, again)
    builder.cbranch(builder.icmp_signed("<", following, spins), look, over)
    builder.position_at_end(over)


class Look(llvm.Intrinsic):
    """Look up to `spins` times whether ``counters[done]`` has come to ``counters[begun]``."""

    def __call__(self, counters: Any, begun: int, done: int, spins: int) -> None:
        """The plain Python, for one thread, which waits for nobody."""

    def emit(self, builder: Any, counters: Array, begun: Any, done: Any, spins: Any) -> None:
        """Write it as LLVM code."""

        def is_done() -> Any:
            wanted, found = (
                builder.load_atomic(builder.gep(counters.pointer, [at]), "acquire", 8) for at in (begun, done)
            )
            return builder.icmp_signed(">=", found, wanted)

        look_until(builder, spins, is_done)


call_bands = Call()
count = Count()
look = Look()


@compiled("i8[1], i8[1], i8[1], i8[1], i8[1], i8, i8, i8")
def take_bands(
    table: Any, ranges: Any, ends: Any, counters: Any, seen: Any, own: int, is_caller: int, spins: int
) -> None:  # fmt: skip
    """Call a loop for bands until none is left: those of one's `own` run first, then those of the others' runs.

    `table` is as in `call_bands`, for one loop. The caller waits until all who have begun are done.
    """
    runs = ends.shape[0]
    if is_caller == 0:
        count(counters, BEGUN, seen)
    for k in range(runs):
        run = (own + k) % runs
        count(counters, (run + 2) * LINE, seen)
        while seen[0] < ends[run]:
            band = seen[0]
            call_bands(table, 0, ranges[2 * band], ranges[2 * band + 1])
            count(counters, (run + 2) * LINE, seen)
    if is_caller == 0:
        count(counters, DONE, seen)
    else:
        look(counters, BEGUN, DONE, spins)


class Brief:
    """Bands of a loop with a set of arguments for each thread, to be gone through again and again by one caller."""

    def __init__(self, bound: Sequence[Bound], ranges: Sequence[tuple[int, int]]) -> None:
        self._bound = bound  # whose arguments machine code finds by their addresses
        runs = len(bound)
        cuts = [len(ranges) * run // runs for run in range(runs + 1)]
        self._start = np.zeros((runs + 2) * LINE, np.int64)
        self._start[2 * LINE :: LINE] = cuts[:-1]
        self._counters = self._start.copy()
        edges, ends = np.array(ranges, np.int64).reshape(-1), np.array(cuts[1:], np.int64)
        self._members = [self._member(one, edges, ends, own, is_caller=own == 0) for own, one in enumerate(bound)]

    def _member(self, bound: Bound, edges: Any, ends: Any, own: int, *, is_caller: bool) -> Bound:
        seen = np.zeros(LINE, np.int64)
        table = np.array(bound.entry(), np.int64)
        return take_bands.bind(table, edges, ends, self._counters, seen, own, int(is_caller), SPINS)

    def __call__(self) -> None:
        """Go through all bands."""
        counters, (mine, *others) = self._counters, self._members
        counters[:] = self._start
        tasks = pool.hand_over_briefly(others)
        try:
            mine()
        finally:
            # Who has begun and is done has nothing to do with this any more.
            if not counters[BEGUN] == counters[DONE] == len(others):
                with interruptions_wait():  # what they write to must be there as long as they are at work
                    for task in tasks:
                        task.finish()
