"""The door of ``cnnkit`` and ``python -m cnnkit``: what the whole process needs, before anything is imported."""

from __future__ import annotations

import gc
import os
import signal
import sys


def main() -> None:
    """Run the command line and exit with its code."""
    # Importing makes many objects and no garbage; looking for it every 700 objects takes 5 ms of every start.
    gc.set_threshold(50_000)
    _open_closed_streams()
    try:
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number and signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
                signal.signal(number, _terminate)
        from cnnkit.cli.app import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def _terminate(number: int, frame: object) -> None:
    """Leave by the same way as an error, so that no temporary file stays behind."""
    sys.exit(128 + number)


def _open_closed_streams() -> None:
    """Put something where standard output or error is closed; else the next file opened would take its place."""
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            # Writing a result to nowhere fails, as it should; messages are simply lost.
            opened = os.open(os.devnull, os.O_RDONLY if name == "stdout" else os.O_WRONLY)
            os.dup2(opened, number)
            if opened != number:
                os.close(opened)
            setattr(sys, name, os.fdopen(number, "w", closefd=False))


if __name__ == "__main__":
    main()
