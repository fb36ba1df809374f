"""The benchmark of many files: thousands of photographs and sounds, beside scripts and programs on every core.

    python benchmarks/bench_many.py --count 50 --only small --rounds 3

The same as ``python benchmarks/run.py many``: the cases are in `many_cases.py`, who does them in `many_rivals.py`.
"""

from __future__ import annotations

import sys

from run import main

if __name__ == "__main__":
    sys.argv.insert(1, "many")
    main()
