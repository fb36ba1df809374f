"""The options that every command has, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnnkit import __version__

Inputs = Annotated[
    list[str] | None,
    typer.Argument(metavar="[INPUT]...", help="Files to read; - is standard input.", show_default=False),
]
Output = Annotated[
    str | None, typer.Option("--output", "-o", metavar="FILE", help="Write here (one input); - is standard output.")
]
OutputFolder = Annotated[
    Path | None, typer.Option("--out-dir", metavar="DIR", help="Write into this folder, under the default names.")
]
Format = Annotated[
    str | None, typer.Option("--format", metavar="WORD", help="File format of results, when -o does not name it.")
]
Channel = Annotated[
    str | None,
    typer.Option("--channel", metavar="WORD|N", help="Of a sound: left, right, mix (the mean) or a number from 1."),
]


def _check_features(word: str | None) -> str | None:
    if word is not None:
        from cnnkit.data.recipes.dialects import check_kind

        check_kind(word)
    return word


Features = Annotated[
    str | None,
    typer.Option(
        "--features",
        metavar="WORD",
        help="What to make of a sound: mfcc, logmel, mel, spectrogram or waveform.",
        callback=_check_features,
    ),
]
_WHOSE = "Whose recipe: lecture, psf, librosa, torchaudio, kaldi, htk, tf or whisper."
Dialect = Annotated[str, typer.Option(metavar="WORD", help=_WHOSE)]


def _check_dialect(word: str | None) -> str | None:
    if word is not None:
        from cnnkit.data.recipes.dialects import read_recipe

        read_recipe(word)
    return word


SoundDialect = Annotated[
    str | None,
    typer.Option("--dialect", metavar="WORD", help=f"{_WHOSE}  [default: lecture]", callback=_check_dialect),
]
SampleRate = Annotated[
    int | None, typer.Option("--sample-rate", metavar="HZ", help="Resample the sound to this rate, by soxr.")
]
Force = Annotated[bool, typer.Option("--force", "-f", help="Replace existing files, whoever made them.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Check everything, write nothing, say what would be.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"cnnkit {__version__}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)]
Threads = Annotated[
    int | None, typer.Option("--threads", metavar="N", min=1, help="Threads to use.  [default: one per core]")
]
