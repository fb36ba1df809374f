"""Whether the package zarr is there, and what it reads: arrays whose chunks are packed in rare ways."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cnnkit.errors import CnnkitError, InputError, OutputError
from cnnkit.files.recognition import damaged


def check_installed(*, writes: str = "") -> None:
    """Raise an InputError if the package is missing, or an OutputError that says what else a result `writes`."""
    if find_spec("zarr") is not None:
        return
    kind: type[CnnkitError] = OutputError if writes else InputError
    problem = f"a .zarr is {'written' if writes else 'read'} with the package zarr, which is not installed"
    raise kind(problem, f"install it with pip install 'cnnkit[zarr]', or {writes or 'give another format'}")


def codec(settings: dict[str, Any]) -> Any:
    """A codec of numcodecs, with which zarr comes; to be used by several threads at a time."""
    import numcodecs

    # In the main thread alone, blosc would use threads of its own, with Python's lock held meanwhile: those of cnnkit,
    # which are at work on other chunks, would wait. Zarr calls it from other threads, where it does not.
    if numcodecs.blosc.use_threads is None:
        numcodecs.blosc.use_threads = False
    return numcodecs.get_codec(settings)


def open_node(path: Path, kind: str) -> Any:
    """An ``array`` or a ``group`` of the package; an InputError for what is none."""
    check_installed()
    import zarr

    try:
        return getattr(zarr, f"open_{kind}")(str(path), mode="r")
    except Exception as error:  # it reads JSON of strangers, which fails in many ways
        raise damaged(f"this is no .zarr, or a damaged one: {error}") from None
