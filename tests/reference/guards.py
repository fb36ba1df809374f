"""Loops in a process of their own, whose arrays end, or begin, where memory does: one sample too far kills it."""

from __future__ import annotations

import sys

import pytest

from cnnkit.loops.machine import store
from tests.reference.processes import run_program

GUARDED = '''
import ctypes, mmap
import numpy as np
from cnnkit.loops.machine import again, bands
from cnnkit.operations.convolution.convolve import convolve

libc = ctypes.CDLL(None)
mappings = []

def guarded(size, kind, at_end=True):
    """An array that ends, or begins, where memory must not be touched."""
    count = size * np.dtype(kind).itemsize
    pages = -(-count // mmap.PAGESIZE) * mmap.PAGESIZE
    memory = mmap.mmap(-1, pages + 2 * mmap.PAGESIZE)
    mappings.append(memory)
    begin = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    for guard in (begin, begin + mmap.PAGESIZE + pages):
        assert libc.mprotect(ctypes.c_void_p(guard), mmap.PAGESIZE, 0) == 0
    first = mmap.PAGESIZE + (pages - count if at_end else 0)
    return np.frombuffer(memory, dtype=kind, count=size, offset=first)

bands.thread_scratch = again.thread_scratch = lambda wanted, number=0: [guarded(size, kind) for size, kind in wanted]

def samples(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)

'''

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="guard pages are set as on Linux")


def run_guarded(*lines: str) -> None:
    """Run lines of Python that convolve `samples`, every scratch array followed by a page that must not be read."""
    folder = store.folder()
    assert folder is not None
    assert run_program(folder, GUARDED + "\n".join(lines) + "\nprint('alive')\n") == "alive"
