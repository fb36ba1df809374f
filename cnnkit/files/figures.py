"""Who made a figure or a page: what SVG, PDF and HTML files say of their creator."""

from __future__ import annotations

import os
import re
from typing import BinaryIO

CREATOR = re.compile(rb"<dc:creator>\s*<cc:Agent>\s*<dc:title>([^<]*)|/Creator \(((?:[^()\\]|\\.)*)\)")
"""The creator's name in the metadata of an SVG (Dublin Core) or of a PDF (its document information)."""

PAGE = re.compile(rb'<!DOCTYPE html>\s*<html[^>]*>\s*<head>\s*<meta [^>]*>\s*<meta name="generator" content="([^"]*)"')
"""The beginning of a page; what it holds further on, it did not make itself."""

END_BYTES = 1 << 16
"""Looked at from either end of a file: an SVG has its metadata first, a PDF last."""


def read_note(stream: BinaryIO) -> str:
    """The creator that a figure names, or nothing.

    >>> import io
    >>> read_note(io.BytesIO(b"%PDF-1.4 ... /Creator (made by cnnkit 0.1.0: cnnkit mfcc) ..."))
    'made by cnnkit 0.1.0: cnnkit mfcc'
    """
    begin = stream.read(END_BYTES)
    if begin.startswith(b"<!"):
        found = PAGE.match(begin)
        return "" if found is None else found[1].decode("latin-1")
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - END_BYTES))
    found = CREATOR.search(begin) or CREATOR.search(stream.read())
    return "" if found is None else (found[1] or found[2] or b"").decode("latin-1")
