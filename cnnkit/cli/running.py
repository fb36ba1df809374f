"""Options of how a command runs: where, on how many processors, and in how much memory."""

from __future__ import annotations

from typing import Annotated

import typer

from cnnkit import memory

Jobs = Annotated[
    int | None,
    typer.Option("--jobs", "-j", metavar="N", min=1, help="Inputs to work on at a time.  [default: one per core]"),
]
Threads = Annotated[
    int | None, typer.Option("--threads", metavar="N", min=1, help="Threads to use.  [default: one per core]")
]
MaxMemory = Annotated[
    str | None,
    typer.Option(
        "--max-memory",
        metavar="SIZE",
        help=f"Most that one array may take: 500M, 16G.  [default: {memory.DEFAULT}]",
        callback=memory.limit,
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Work where this Dask scheduler has workers: tcp://host:8786, or local.",
    ),
]
