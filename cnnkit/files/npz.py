"""The array in an .npz, which is a ZIP archive of .npy files. Standard library only."""

from __future__ import annotations

import zipfile
from typing import IO, BinaryIO, cast

from cnnkit import memory
from cnnkit.errors import InputError, SizeError, quoted
from cnnkit.files.recognition import HEAD_BYTES, damaged, not_an_image_error

MAIN = "data.npy"
"""The array that cnnkit writes, beside which others say what it is."""


def open_array(stream: BinaryIO) -> BinaryIO:
    """The one array of an .npz, or the one named data, as the .npy that it is; an InputError if there is none."""
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    try:
        archive = zipfile.ZipFile(stream)
        names = [name for name in archive.namelist() if name.endswith(".npy")]
        if not names:
            raise not_an_image_error(head, stream)
        if len(names) > 1 and MAIN not in names:
            shown = ", ".join(quoted(name[: -len(".npy")]) for name in names[:5]) + ", ..." * (len(names) > 5)
            raise InputError(
                f"this .npz holds {len(names)} arrays: {shown}",
                hint="save the one that is meant with numpy.save, or under the name data",
            )
        member = archive.getinfo(MAIN if len(names) > 1 else names[0])
        memory.check(member.file_size, "the array in this .npz", "save a part of it", member.compress_size)
        array: IO[bytes] = archive.open(member)
        array.read(1)  # which finds out whether it can be read at all
        array.seek(0)
    except (InputError, SizeError):
        raise
    except Exception as error:  # a damaged archive fails in many ways
        is_npz = b".npy" in head or b"cnnkit.txt" in head
        raise (damaged(f"this .npz is damaged: {error}") if is_npz else not_an_image_error(head, stream)) from None
    return cast(BinaryIO, array)
