"""Fresh processes that run one loop, with their loops kept in a folder of the test's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from cnnkit.loops.machine import processor

LLVMLITE = not (sys.platform == "linux" and processor._linux())
"""Whether it is loaded to run a stored loop."""

PROGRAM = """
import sys
import numpy as np
from cnnkit.loops.pooling.indices import unpool
values = np.array([5, 6, 7], dtype=np.float32)
out = np.zeros(9, np.float32)
unpool(values, np.array([8, -1, 3]), out, np.full(1, -1), 3, 9, 1, 1)
print(out.ravel().tolist(), "numba" in sys.modules, "llvmlite" in sys.modules)
"""
PLACED = [0.0, 0.0, 0.0, 7.0, 0.0, 0.0, 0.0, 0.0, 5.0]


def run_program(folder: Path, program: str = PROGRAM, **environment: str) -> str:
    """Run a fresh process that keeps its loops in `folder`, and return what it printed."""
    inherited = {name: value for name, value in os.environ.items() if name != "NUMBA_DISABLE_JIT"}
    settings = {**inherited, "CNNKIT_CACHE_DIR": str(folder), **environment}
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=settings, check=False, timeout=120
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()
