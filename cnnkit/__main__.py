"""The door of ``cnnkit`` and ``python -m cnnkit``: an interrupt while starting is an interrupt too."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line and exit with its code."""
    # Importing makes many objects and no garbage; looking for it every 700 objects takes 5 ms of every start.
    gc.set_threshold(50_000)
    try:
        from cnnkit.cli.app import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
