"""What a command does before it runs: its page is laid out, and words that would be misread are refused."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer

from cnnkit.cli.app import run as door
from cnnkit.cli.usage.command import Command, in_group

Capture = pytest.CaptureFixture[str]

sizes = in_group("Sizes")
SIZE = "Rows x columns, in words which are long enough for a second line.  [default: as large as it has to be]"
PAGE = """\
Usage: main [OPTIONS] [INPUT]

Do something. The paragraphs of the text are wrapped at eighty columns, whatever
the lines of the source are.

Examples:
  main  a   line   as   it   is

Arguments:
  [INPUT]                   One.

Sizes:
  --size N                  Rows x columns, in words which are long enough for a
                            second line. [default: as large as it has to be]
  --a-name-of-many-letters WORD
                            A name that has its own line. [default: a]

General:
  --many                    How many. [default: 1; 1 or more]
  -h, --help                Show this message and exit.

Source: none.
"""


def test_the_layout_of_a_page(capsys: Capture) -> None:
    app = typer.Typer(
        rich_markup_mode=None, add_completion=False, context_settings={"help_option_names": ["-h", "--help"]}
    )

    def main(
        inputs: Annotated[str, typer.Argument(metavar="[INPUT]", help="One.", show_default=False)] = "",
        size: Annotated[str | None, sizes(metavar="N", help=SIZE)] = None,
        word: Annotated[
            str, sizes("--a-name-of-many-letters", metavar="WORD", help="A name that has its own line.")
        ] = "a",
        many: Annotated[int, typer.Option(metavar="", min=1, help="How many.")] = 1,
    ) -> None:
        pass

    about = (
        "Do something. The paragraphs of the text are wrapped at eighty\ncolumns, whatever the lines of the source are."
        "\n\nExamples:\n  main  a   line   as   it   is"
    )
    app.command(cls=Command, help=about, epilog="Source: none.")(main)
    app(["--help"], prog_name="main", standalone_mode=False)
    assert capsys.readouterr().out == PAGE


@pytest.mark.parametrize(
    ("words", "problem", "hint"),
    [
        ("pool --size 2 --size 3", "2 and 3 are both given for --size", "write --size 3 alone"),
        ("pool -o a.png --output=b.png", "a.png and b.png are both given for --output", "write --output b.png alone"),
        ("mfcc --energy --no-energy", "--energy and --no-energy are both given", "write --no-energy alone"),
        ("pool --size", "option --size needs a value", "write --size N[xN]|global: Rows x columns of the window, or "),
        ("pool --size --stride 2", "option --size needs a value", "write --size N[xN]|global: "),
        ("pool --out-dir --", "option --out-dir needs a value", "write --out-dir DIR: Write into this folder, "),
        ("kernels -h=1", "-h takes no value", "write -h alone"),
        ("pool --json=yes", "--json takes no value", "write --json alone"),
        ("pool -o=x.png", "-o takes its value without =", "write -o x.png"),
        ("convolve -k=edge", "-k takes its value without =", "write -k edge"),
        ("pool -output x.png", "-output would be read as -o utput", "write --output"),
        ("convolve -kernel=edge", "-kernel would be read as -k ernel", "write --kernel=edge"),
        ("pool -qo", "option -o needs a value", "write --output FILE: "),
        # an option is no value
        ("pool --out-dir -n image.png", "option --out-dir needs a value", "write --out-dir DIR: "),
        ("pool --out-dir -qn image.png", "option --out-dir needs a value", "write --out-dir DIR: "),
        ("convolve -o -k edge image.png", "option -o needs a value", "write --output FILE: "),
        ("mfcc --deltas -n", "option --deltas needs a value", "write --deltas WORD: "),
        ("shape vgg16 --code -q", "option --code needs a value", "write --code WORD: torch or keras"),
        ("convolve -k=", "option -k needs a value", "write --kernel KERNEL: A preset (edge), weights or @FILE"),
        ("mfcc --raw", "option --raw needs a value", "write --raw RATE,FORMAT[,N]: 16000,s16le or 48000,f32le,2"),
        # values are quoted as a shell needs them
        ("convolve '-k=-1 0 1'", "-k takes its value without =", "write -k '-1 0 1'"),
        ("convolve --bias '1 1' --bias '0 0'", "1 1 and 0 0 are both given for --bias", "write --bias '0 0' alone"),
        ("pool -o a.png -ob.png", "a.png and b.png are both given for -o", "write -o b.png alone"),
        # a switch has no value, and one that says no means its other form
        ("pool --ceil=False", "--ceil takes no value", "leave it out"),
        ("pool --ceil True image.png", "--ceil takes no value", "write --ceil alone"),
        ("mfcc --energy=false", "--energy takes no value", "write --no-energy"),
        ("mfcc --no-energy=false", "--no-energy takes no value", "write --energy alone"),
        ("mfcc --no-energy=True", "--no-energy takes no value", "write --no-energy"),
    ],
)
def test_what_would_be_misread_is_refused(capsys: Capture, words: str, problem: str, hint: str) -> None:
    assert door(shlex.split(words)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    first, second = err.splitlines()
    assert first == f"error: {problem}"
    assert second.startswith(f"hint: {hint}")


@pytest.mark.parametrize(
    "words",
    [
        "pool --size 2 --size 2 -q",
        "pool -qn",
        "convolve -k edge -k box -q",
        "convolve --bias -3 -q",
        "pool --nodata -nan -q",
        "pool -q -- --p",
        "convolve '-k-1 0 1' -q",
    ],
)
@pytest.mark.usefixtures("nothing_is_compiled")
def test_what_is_no_mistake(capsys: Capture, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert door(shlex.split(words)) == (1 if words.endswith("--p") else 0)
    assert "hint: write" not in capsys.readouterr().err


def test_a_file_is_an_input_whatever_its_name(here: Callable[..., Any], folder: Path) -> None:
    (folder / "image.png").rename(folder / "2")
    ran = here("pool", "2", cwd=folder)
    assert ran.code == 0, ran.err
    assert (folder / "2.maxpool2.png").exists()
