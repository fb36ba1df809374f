"""How a camera was held, as a block of EXIF notes it: the one rule for all formats. Standard library only.

Source: EXIF 2.32.
"""

from __future__ import annotations

import struct

ORIENTATION_TAG = 274
SHORT = 3  # the type of 16-bit numbers


def orientation(exif: bytes) -> int:
    """The orientation (1 to 8) that EXIF notes first for its main image, in a single SHORT, as browsers do; else 1."""
    exif = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    try:
        if order:
            (place,) = struct.unpack_from(f"{order}I", exif, 4)
            (entries,) = struct.unpack_from(f"{order}H", exif, place)
            for entry in range(entries):
                tag, kind, count, value = struct.unpack_from(f"{order}HHIH", exif, place + 2 + 12 * entry)
                if tag == ORIENTATION_TAG:
                    return value if (kind, count) == (SHORT, 1) and value in range(1, 9) else 1
    except struct.error:
        pass  # broken metadata says nothing about the samples
    return 1
