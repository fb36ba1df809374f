"""What to type after a worked example."""

from __future__ import annotations

import os
import re
import shlex
import sys


def next_command(command: str, *more: str) -> str:
    """The settings that were typed and `more`, for an input; what is about files is left out, as others may exist."""
    typed = sys.argv[2:] if sys.argv[1:2] == [command] else []
    of_sounds = ("--features", "--dialect", "--channel", "--sample-rate", "--raw")
    is_sound = command == "mfcc" or any(word.startswith(of_sounds) for word in typed)
    words, kept, files = (
        iter(typed),
        [],
        "output|out-dir|format|frame|channel|raw|nodata|labels|split|seed|report|jobs|files-from",
    )
    for word in words:
        if re.fullmatch(rf"--({files})|-[qnf]*o", word):
            next(words)
        elif not re.match(
            rf"-[qnfo]|--({files}|json|quiet|dry-run|stack|resume|recursive|force|verify|print-shape|)(=|$)", word
        ):
            kept.append(word)
    line = ["cnnkit", command, "song.wav" if is_sound else "photo.png", *more, *kept]
    if os.name == "nt":
        from subprocess import list2cmdline

        return list2cmdline(line)
    return shlex.join(line)
