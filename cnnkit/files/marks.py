"""The note inside a file that says who made it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from cnnkit.files.recognition import HEAD_BYTES, recognise

MARK = "made by cnnkit "
"""How the note of a file that cnnkit made begins."""

LOG = b'{"cnnkit": '
"""How a log of results begins, a line of JSON for each input."""

KERNEL = b'{"note": "%b' % MARK.encode()
"""How a kernel that cnnkit wrote begins."""

NOTES = {"png": "images.png", "tiff": "images.tiff", "wav": "sounds.wav", "zip": "matrices"}
NOTES |= {"safetensors": "network.safetensors"}
NOTES |= {"pdf": "figures", "xml": "figures", "html": "figures"}
"""The module that reads the note; Pillow's reads that of any other format."""


def made_by_cnnkit(path: Path) -> bool:
    """Whether a file, of whatever format, says that cnnkit made it."""
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
            if head.startswith((LOG, KERNEL)):
                return True
            name = recognise(head).name
            stream.seek(0)
            module = import_module(f"cnnkit.files.{NOTES.get(name, 'images.pillow')}")
            return bool(module.read_note(stream).startswith(MARK))
    except Exception:  # a file that is damaged, however it is, does not say it
        return False
