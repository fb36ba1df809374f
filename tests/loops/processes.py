"""Fresh processes that run one loop, with their loops kept in a folder of the test's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
import numpy as np
from cnnkit.loops.pooling import pool_maximum
image = np.arange(25, dtype=np.float32).reshape(1, 5, 5)
out = np.empty((1, 3, 3), np.float32)
pool_maximum(image, np.zeros(1, np.float32), out, 3, 3, 1, 1, 1, 1, 0, 0, 1, 0, 3)
print(out.ravel().tolist(), "numba" in sys.modules, "llvmlite" in sys.modules)
"""
MAXIMA = [12.0, 13.0, 14.0, 17.0, 18.0, 19.0, 22.0, 23.0, 24.0]


def run_program(folder: Path, program: str = PROGRAM, **environment: str) -> str:
    """Run a fresh process that keeps its loops in `folder`, and return what it printed."""
    inherited = {name: value for name, value in os.environ.items() if name != "NUMBA_DISABLE_JIT"}
    settings = {**inherited, "CNNKIT_CACHE_DIR": str(folder), **environment}
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=settings, check=False, timeout=120
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()
