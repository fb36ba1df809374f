"""A JPEG that is decoded while the rest of the program is imported: Pillow does it without the interpreter's lock."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from io import UnsupportedOperation
from threading import Thread
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from cnnkit.files.images import capacity

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

START_OF_JPEG = b"\xff\xd8\xff"
MOST_PIXELS = 1 << 28
PIECE_BYTES = 1 << 21  # between two pieces, the lock is waited for


class _Begun(NamedTuple):
    file: tuple[int, ...]
    image: ImageFile
    thread: Thread


_begun: list[_Begun] = []


def begin(arguments: Sequence[str]) -> None:
    """Begin to decode the first JPEG that a command names; what is wrong with it shows when it is read."""
    for name, before in zip(arguments, ("", *arguments), strict=False):
        if before not in ("-o", "--output") and os.path.isfile(name) and _begins(name):
            return


def _begins(name: str) -> bool:
    with suppress(Exception), ExitStack() as opened:
        stream = opened.enter_context(open(name, "rb"))
        if stream.read(len(START_OF_JPEG)) != START_OF_JPEG:
            return False
        from PIL import Image

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(stream, formats=["JPEG"])
        file = _identity(stream)
        if image.format != "JPEG" or image.width * image.height > min(MOST_PIXELS, capacity.JPEG * file[2]):
            return True  # several in one file, or so many pixels that the limits of memory have a word in it
        image.decodermaxblock = PIECE_BYTES
        thread = Thread(target=_load, args=(image, opened.pop_all()), daemon=True)
        thread.start()
        _begun.append(_Begun(file, image, thread))
    return True


def _load(image: ImageFile, opened: ExitStack) -> None:
    with opened, suppress(Exception):
        image.load()


def decoded(stream: BinaryIO) -> ImageFile | None:
    """The image in this file if its decoding was begun, and went well; once."""
    with suppress(UnsupportedOperation):
        if _begun and _begun[0].file == _identity(stream):
            _, image, thread = _begun.pop()
            thread.join()
            return None if image.tile else image  # which are the parts left to decode
    return None


def _identity(stream: BinaryIO) -> tuple[int, ...]:
    status = os.fstat(stream.fileno())
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
