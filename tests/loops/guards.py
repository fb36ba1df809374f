"""Loops in a process of their own, whose scratch ends where memory does: reading one sample too far kills it."""

from __future__ import annotations

import sys

import pytest

from cnnkit.loops import store
from tests.loops.processes import run_program

GUARDED = """
import ctypes, mmap
import numpy as np
from cnnkit.loops import bands
from cnnkit.operations.convolution import convolve

libc = ctypes.CDLL(None)
kept = []

def guarded(size, kind):
    count = size * np.dtype(kind).itemsize
    pages = -(-count // mmap.PAGESIZE) * mmap.PAGESIZE
    memory = mmap.mmap(-1, pages + mmap.PAGESIZE)
    kept.append(memory)
    begin = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    assert libc.mprotect(ctypes.c_void_p(begin + pages), mmap.PAGESIZE, 0) == 0
    return np.frombuffer(memory, dtype=np.uint8, count=pages)[pages - count :].view(kind)

bands._scratch = lambda wanted, number=0: [guarded(size, kind) for size, kind in wanted]

def samples(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)

"""

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="guard pages are set as on Linux")


def run_guarded(*lines: str) -> None:
    """Run lines of Python that convolve `samples`, every scratch array followed by a page that must not be read."""
    folder = store.folder()
    assert folder is not None
    assert run_program(folder, GUARDED + "\n".join(lines) + "\nprint('alive')\n") == "alive"
