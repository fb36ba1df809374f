"""The options that finish features for a network: deltas, normalisation, a fixed length, segments, a layout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

Deltas = Annotated[
    str | None,
    typer.Option(metavar="[WORD]", help="Add deltas and theirs: as columns (13 become 39) or channels (x 3)."),
]
Cmvn = Annotated[
    str | None,
    typer.Option(metavar="WORD", help="Mean 0 and variance 1 over the utterance, or sliding over 600 frames."),
]
Length = Annotated[int | None, typer.Option(metavar="N", help="Frames that every sound is brought to.")]
Fit = Annotated[
    str | None,
    typer.Option(metavar="WORD", help="How: pad with zeros, trim or loop.  [default: pad]"),
]
Segment = Annotated[
    str | None,
    typer.Option(metavar="N|Ns|Nms", help="Cut the sound into pieces of 3s, 500ms or N samples, each by itself."),
]
LayoutWord = Annotated[
    str | None, typer.Option("--layout", metavar="WORD", help="hwc, chw, nhwc or nchw.  [default: hwc]")
]


def words_after_deltas(arguments: Sequence[str]) -> list[str]:
    """Command-line words with ``--deltas`` joined to the word it may be followed by, columns unless one is.

    >>> words_after_deltas(["mfcc", "--deltas", "song.wav"]), words_after_deltas(["--deltas", "channels"])
    (['mfcc', '--deltas=columns', 'song.wav'], ['--deltas=channels'])
    """
    from cnnkit.data.recipes.finish import WORDS

    out: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return [*out, word, *rest]
        if word == "--deltas":
            word = f"--deltas={rest.pop(0) if rest and rest[0] in WORDS['deltas'] else 'columns'}"
        out.append(word)
    return out
