"""Which frames of a file are read: the first, one that was chosen, or all."""

from __future__ import annotations

from cnnkit.data.raster import Frame
from cnnkit.errors import ArgumentError, InputError

ALL = "all"


def check_frame(word: str) -> str:
    """The same word if it names frames: all, or a number from 1; else an ArgumentError."""
    if word != ALL and not (word.isascii() and word.isdigit() and len(word) < 10 and int(word) > 0):
        raise ArgumentError(f"frame {word!r} is neither a number from 1 nor all", hint="use --frame 1 or --frame all")
    return word


def chosen(frame: str | None, count: int) -> list[tuple[int, Frame | None]]:
    """The frames to read of a file that has `count`: numbers from 0, and places; an InputError if there is none such.

    >>> chosen(None, 12), chosen("3", 12)
    ([(0, None)], [(2, Frame(number=3, of=12, is_alone=True))])
    """
    if frame is None:
        return [(0, None)]
    if frame == ALL:
        return [(number, Frame(number + 1, count, is_alone=False)) for number in range(count)]
    if int(frame) > count:
        frames = f"{count} frames" if count > 1 else "1 frame"
        raise InputError(f"there is no frame {frame}: this file has {frames}", hint=f"use --frame {count}, or all")
    return [(int(frame) - 1, Frame(int(frame), count))]


def left_out(count: int) -> tuple[str, ...]:
    """The note of an image whose file has more frames, where none was chosen."""
    return (f"only the first of its {count} frames is read; --frame N or --frame all reads others",) * (count > 1)
