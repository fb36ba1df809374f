"""The array in an .npz, which is a ZIP archive of .npy files. Standard library only, for all but data sets."""

from __future__ import annotations

import zipfile
from typing import IO, BinaryIO, cast

from cnnkit import memory
from cnnkit.errors import InputError, SizeError, quoted
from cnnkit.files.recognition import HEAD_BYTES, damaged, not_an_image_error
from cnnkit.geometry.pair import counted, pair_text

MAIN = "data.npy"
"""The array that cnnkit writes, beside which others say what it is."""

FILES = "files.npy"
"""The array that data sets have beside it: the file of each sample."""


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
        if {MAIN, FILES} <= {*names}:
            raise _of_many(archive, getattr(stream, "name", ""))
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


def _of_many(archive: zipfile.ZipFile, name: object) -> InputError:
    """The error for a data set where one image or array is meant."""
    import numpy as np

    with archive.open(MAIN) as data:
        np.lib.format.read_magic(data)
        count, *shape = np.lib.format.read_array_header_1_0(data)[0]
    return InputError(
        f"this is a data set of {counted(count, 'sample')} of {pair_text(shape)}, not one image or array",
        hint=f"save one sample of it: numpy.save('one.npy', numpy.load({str(name) or 'set.npz'!r})['data'][0])",
    )
