"""Which files are models of ONNX: the format has no mark of its own, so by their names, or by how they begin.

Standard library only.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

ENDING = ".onnx"
_FIRST_FIELDS = (0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42)
"""What follows ir_version in a message of a model: the tags of its other fields."""


def is_model(name: str, head: bytes = b"") -> bool:
    r"""Whether a file is named as a model, or begins as one.

    >>> is_model("net.onnx"), is_model("net", b"\x08\x08\x12\x07pytorch"), is_model("photo.png", b"\x89PNG")
    (True, True, False)
    """
    if os.path.splitext(name)[1].lower() == ENDING:
        return True
    return len(head) > 2 and head[0] == 8 and 1 <= head[1] < 32 and head[2] in _FIRST_FIELDS


def is_weights(name: str) -> bool:
    """Whether a file has weights alone, by its name: a network that cnnkit trained is one.

    >>> is_weights("net.safetensors"), is_weights("net.onnx")
    (True, False)
    """
    return os.path.splitext(name)[1].lower() == ".safetensors"


def names_a_model(words: Sequence[str]) -> bool:
    """Whether the first word, or the second behind an input, is the name of a model's file."""
    return any(is_model(word) or is_weights(word) or _begins_as_one(word) for word in words[:2])


def _begins_as_one(name: str) -> bool:
    """Whether there is a file of this name that begins as a model; pipes are not read."""
    try:
        if not os.path.isfile(name):
            return False
        with open(name, "rb") as stream:
            return is_model("", stream.read(3))
    except (OSError, ValueError):
        return False
