"""Compiled loops that start at once: the machine code is cached, not the compiler's state.

Importing Numba and calling one function from its own cache costs a fresh process most of a second. So a loop is
compiled by Numba once on a machine, its object code is stored (`cnnkit.loops.machine.store`), and later processes
link that object by themselves and call it through ctypes, which releases the GIL. Numba is not imported then.

A loop is a plain Python function, marked with its types:

    @compiled("T[1], f8, T[1]", T=("f4", "f8"))
    def scale(values, factor, out):
        for i in range(values.shape[0]):
            out[i] = values[i] * factor

It may not raise, allocate or return anything. Calls are checked for types and layout, since machine code would read
past the end of the wrong array. With ``NUMBA_DISABLE_JIT=1`` the plain Python runs.
"""

from __future__ import annotations

import ctypes
import math
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from cnnkit.interruption import interruptions_wait
from cnnkit.loops.machine import rehearsal, store
from cnnkit.loops.machine.bound import ENTRY, Bound, Entry, address_of
from cnnkit.loops.machine.signature import Signature, Template
from cnnkit.loops.machine.threads import available_threads

announce: Callable[[Sequence[str], float], None] | None = None
"""Called before loops are compiled, with their names and about how many seconds it takes."""

rehearse: Callable[[], None] | None = None
"""Does what is about to be done, when a loop of it has to be compiled: its loops do nothing then, and those that have
to be compiled too are compiled at the same time."""

SECONDS_OF_REHEARSAL = 0.5
"""After which it ends: what it did not come to is found later."""

SECONDS_TO_BEGIN = 0.4
SECONDS_PER_PARAMETER = 0.08
"""About how long compiling takes: importing Numba, then by the length of a signature, which tells that of its loop."""

_lock = threading.RLock()

_made: dict[tuple[str, ...], int] = {}
"""The addresses of what was compiled here: a loop may be an object that was made anew."""


def _forget() -> None:
    """A forked process has no thread that could finish what another one had begun, and open its lock."""
    global _lock  # noqa: PLW0603
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


class Loop:
    """A function of arrays and numbers, compiled for each of its signatures on first use.

    A call finds its signature by the types of its arrays. `pieces` are its first arguments, compiled into it.
    """

    def __init__(self, function: Callable[..., None], template: Template, pieces: tuple[Any, ...] = ()) -> None:
        self.function = function
        self.name = "_".join([function.__name__, *(piece.__name__ for piece in pieces)])
        self.template = template
        self.pieces = pieces
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__
        self.__module__ = function.__module__
        self.__wrapped__ = function
        self._signatures: dict[tuple[str, ...], Signature] = {}
        self._entries: dict[tuple[str, ...], Entry] = {}

    def __repr__(self) -> str:
        return f"<loop {self.name}>"

    def of(self, *pieces: Any) -> Loop:
        """The loop with these pieces, or intrinsics with a name, as its first arguments.

        >>> from cnnkit.loops.pooling.windows import KINDS, pool_rows
        >>> pool_rows.of(*KINDS["min"]).name
        'pool_rows_smaller_merge_into_itself_unchanged'
        """
        return Loop(self.function, self.template, pieces)

    def __call__(self, *arguments: Any) -> None:
        """Run the loop; a TypeError if no signature has the types, dimensions and layouts of the arguments."""
        self.bind(*arguments)()

    def bind(self, *arguments: Any) -> Bound:
        """Check arguments once, for calls that differ in the whole numbers that follow them."""
        types = tuple(a.dtype.str[1:] for a in arguments if isinstance(a, np.ndarray))
        signature = self._signatures.get(types) or self._signature(types)
        rest = signature.parameters[len(arguments) :]
        if len(arguments) > len(signature.parameters) or any(parameter.text != "i8" for parameter in rest):
            raise TypeError(f"loop {self.name} takes {len(signature.parameters)} arguments, not {len(arguments)}")
        flat = self._flatten(signature, arguments)
        if is_disabled():
            return Bound(partial(self.function, *self.pieces), arguments, None, len(rest))
        entry = self._entries.get(types) or self._entry(signature)
        slots = (ctypes.c_int64 * (len(flat) + len(rest)))(*flat)
        return Bound(_do_nothing if rehearsal.note else entry, arguments, slots, len(rest))

    def _signature(self, types: tuple[str, ...]) -> Signature:
        signature = self.template.signature(types)
        if signature is None:
            raise TypeError(f"loop {self.name} has no variant for arrays of {', '.join(types) or 'no type'}")
        self._signatures[types] = signature
        return signature

    def _flatten(self, signature: Signature, arguments: tuple[Any, ...]) -> list[int]:
        """The arguments, checked, as C sees them: an address and the lengths, or a number; a float by its bits."""
        flat: list[int] = []
        for value, parameter in zip(arguments, signature.parameters, strict=False):
            if parameter.record is not None:
                if not isinstance(value, parameter.record):
                    raise TypeError(f"loop {self.name} needs a {parameter.text}, not {type(value).__name__}")
                flat.extend(value)
                continue
            if not parameter.dimensions:
                flat.append(_bits(value) if parameter.type[0] == "f" else int(value))
                continue
            if not isinstance(value, np.ndarray) or value.ndim != parameter.dimensions:
                raise TypeError(f"loop {self.name} needs an array {parameter.text}, not {type(value).__name__}")
            if not (value.flags.c_contiguous and value.flags.aligned and value.dtype.isnative):
                raise TypeError(f"loop {self.name} needs a C-contiguous, aligned array in native byte order")
            flat.append(address_of(value))
            flat.extend(value.shape)
        return flat

    def _entry(self, signature: Signature) -> Entry:
        with _lock:
            if signature.array_types not in self._entries:
                one = Wanted(self, signature)
                address = _made.get(one.key) or store.load(*one.key)
                if address is None and rehearsal.note:
                    rehearsal.note(one)
                    return _do_nothing
                if address is None:
                    _compile(one)
                    address = _made[one.key]
                self._entries[signature.array_types] = ENTRY(address)
            return self._entries[signature.array_types]

    def compile(self, signature: Signature) -> Compiled:
        """Compile the loop, and neither store nor run it."""
        from cnnkit.loops.machine.numba_target import build

        return Compiled(*build(self.function, signature, self.pieces))

    def __reduce__(self) -> tuple[Any, ...]:
        return _named, (self.__module__, self.__name__, self.pieces)


class Compiled(NamedTuple):
    """What is made of a loop, as a stored file holds it."""

    symbol: str
    machine_code: bytes
    imports: list[str]


class Wanted(NamedTuple):
    """A loop that is to be compiled for one of its signatures."""

    loop: Loop
    signature: Signature

    @property
    def key(self) -> tuple[str, str, str]:
        """Its name, module and types: the same for objects that were made in other processes."""
        return self.loop.name, self.loop.__module__, self.signature.text

    def keep(self, compiled: Compiled) -> bool:
        """Store what was compiled, and run it from now on; whether it could be stored."""
        with interruptions_wait():
            is_stored = store.save(*self.key, *compiled)
        address = store.link(*compiled)
        if address is None:
            raise RuntimeError(f"the machine code of {self.loop.name} cannot be linked")
        _made[self.key] = address
        return is_stored


def _bits(value: float) -> int:
    """The bits of a double as a whole number.

    >>> hex(_bits(1.0))
    '0x3ff0000000000000'
    """
    return ctypes.c_int64.from_buffer(ctypes.c_double(value)).value


class Piece:
    """A function that loops call: compiled into each of them, and plain Python where they are.

    A piece may be an argument of another one, which is then compiled for it.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__
        self.__module__ = function.__module__
        self.__wrapped__ = function

    def __call__(self, *arguments: Any) -> Any:
        """Run the plain Python."""
        return self.function(*arguments)

    def __reduce__(self) -> str:
        return self.__name__

    @cached_property
    def for_numba(self) -> Any:
        """The function as Numba compiles it into a loop."""
        from cnnkit.loops.machine.numba_target import jitted

        return jitted(self.function)


def compiled(signature: str, **letters: tuple[str, ...] | type) -> Callable[[Callable[..., None]], Loop]:
    """Mark a function as a loop with the given argument types; see `cnnkit.loops.machine.signature`.

    >>> @compiled("f4[1], f4, f4[1]")
    ... def scale(values, factor, out):
    ...     for i in range(values.shape[0]):
    ...         out[i] = values[i] * factor
    >>> out = np.empty(3, np.float32)
    >>> scale(np.arange(3, dtype=np.float32), 2.0, out)
    >>> out.tolist()
    [0.0, 2.0, 4.0]
    """
    return lambda function: Loop(function, Template(signature, letters))


def collect(work: Callable[[], None], seconds: float = math.inf) -> list[Wanted]:
    """The loops that `work` calls and that are not stored, each once."""
    found, is_whole = rehearsal.rehearse(work, seconds) if rehearsal.HAS_CHILDREN else ([], False)
    if not is_whole and seconds == math.inf:  # by those who do no work after it
        rehearsal.rehearse_here(work, found.append)
    return [*{one.key: one for one in found}.values()]


def is_disabled() -> bool:
    """Whether the plain Python runs."""
    return os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")


def compile_and_keep(wanted: Sequence[Wanted]) -> Iterator[bool]:
    """Compile and store loops in a process for each processor; as each is done, say whether it could be stored."""
    from cnnkit.loops.machine.stock import prune
    from cnnkit.loops.machine.together import compile_together

    for one, compiled in compile_together(wanted, available_threads()):
        yield one.keep(compiled)
    prune()


def seconds(wanted: Sequence[Wanted]) -> float:
    """About how long that takes."""
    efforts = [SECONDS_PER_PARAMETER * len(one.signature.parameters) for one in wanted]
    return SECONDS_TO_BEGIN + max(*efforts, sum(efforts) / min(available_threads(), len(wanted)))


def _compile(one: Wanted) -> None:
    """Compile a loop, and those that are wanted next."""
    wanted = {one.key: one}
    if rehearse is not None:
        wanted |= {other.key: other for other in collect(rehearse, SECONDS_OF_REHEARSAL)}
    if announce is not None:
        announce([one.loop.__name__ for one in wanted.values()], seconds([*wanted.values()]))
    for _ in compile_and_keep([*wanted.values()]):
        pass


def _do_nothing(*arguments: Any) -> None:
    """What loops do in a rehearsal."""


def _named(module: str, name: str, pieces: tuple[Any, ...]) -> Loop:
    loop: Loop = getattr(import_module(module), name)
    return loop.of(*pieces) if pieces else loop
