"""A JPEG that is decoded while the rest of the program is imported: Pillow does it without the interpreter's lock."""

from __future__ import annotations

import os
import warnings
from contextlib import ExitStack, suppress
from io import UnsupportedOperation
from threading import Thread
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from cnnkit.files.images import capacity

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

START_OF_JPEG = b"\xff\xd8\xff"


class _Begun(NamedTuple):
    file: tuple[int, ...]
    image: ImageFile
    thread: Thread


_begun: list[_Begun] = []


def begin(name: str) -> None:
    """Begin to decode the file of that name if it is a JPEG; what is wrong with it shows when it is read."""
    if not os.path.isfile(name):
        return
    with suppress(Exception), ExitStack() as opened:
        stream = opened.enter_context(open(name, "rb"))
        if stream.read(len(START_OF_JPEG)) != START_OF_JPEG:
            return
        from PIL import Image

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(stream, formats=["JPEG"])
        file = _identity(stream)
        capacity.check_room((image.height, image.width, 4), n_bytes=file[2])
        if image.format != "JPEG":  # but several in one file
            return
        image.decodermaxblock = file[2]  # in one piece: between two, the lock would be waited for
        thread = Thread(target=_load, args=(image, opened.pop_all()), daemon=True)
        thread.start()
        _begun.append(_Begun(file, image, thread))


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
