"""The commands together, and the one door where errors become exits.

Exit codes: 0 done; 1 an input failed, or an expectation was not met; 2 wrong usage; 130 interrupted; 141 the
reader of a pipe went away.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from inspect import getdoc

import typer

from cnnkit.cli import options, report
from cnnkit.cli.usage.command import Command, Group
from cnnkit.errors import StandardOutputError

COMMANDS = {
    "convolve": "convolution",
    "pool": "pooling",
    "mfcc": "features.command",
    "shape": "network.shape",
    "run": "network.run",
    "learn": "learning.learn",
    "train": "learning.train",
    "kernels": "kernels",
    "weights": "network.weights",
    "compile": "compile",
}
"""Each command's module, which has a function of the command's name, EXAMPLES and perhaps an EPILOG."""

HELP = """Convolution, pooling, MFCCs and networks, with the frameworks' numbers.

Examples:
  cnnkit convolve photo.png --kernel edge              edges: photo.edge.png
  cnnkit pool photo.png --size 2                       half: photo.maxpool2.png
  cnnkit mfcc song.wav                                 MFCCs: song.mfcc13.npy
  cnnkit shape 224x224x3 conv3-64 maxpool2 flatten     sizes and parameters
  cnnkit run photo.png conv3-8 relu maxpool2           a network's feature maps
  cnnkit pool                                          a worked example"""
EPILOG = "More about a command: cnnkit COMMAND --help, as in cnnkit pool --help."


def application(arguments: Sequence[str]) -> typer.Typer:
    """The command that is called, or all of them with their help alone: preparing one takes milliseconds."""
    # Plain help: the rich one takes 60 ms more at every --help, and draws boxes into pipes.
    app = typer.Typer(
        name="cnnkit",
        cls=Group,
        help=HELP,
        epilog=EPILOG,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    called = arguments[0] if arguments else ""
    for name, module_name in COMMANDS.items():
        if called in COMMANDS and name != called:
            continue
        module = import_module(f"cnnkit.cli.{module_name}")
        command = getattr(module, name)
        text = f"{getdoc(command)}\n\n{module.EXAMPLES}"
        prepared = options.with_records(command) if name == called else lambda: None
        app.command(name, cls=Command, help=text, epilog=getattr(module, "EPILOG", ""))(prepared)
    return app


def _options(
    version: options.Version = False,
    install_completion: options.InstallCompletion = False,
    show_completion: options.ShowCompletion = False,
) -> None:
    pass


def _run_command(arguments: Sequence[str]) -> int:
    """Run one command line; an error that ends it with 1 is in the object of --json too."""
    try:
        app = application(arguments)
        return int(app(args=list(arguments) or ["--help"], prog_name="cnnkit", standalone_mode=False) or 0)
    except (typer.TyperException, typer.Abort, StandardOutputError):
        raise
    except Exception as error:
        known = report.explained(error)
        if "--json" not in arguments or known.exit_code != 1:
            raise
        report.Report(arguments[0], as_json=True).refuse(known)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; every error of the caller becomes two lines here."""
    if not arguments and (shell := os.environ.get("_CNNKIT_COMPLETION")):
        from cnnkit.cli.usage.completion import complete

        return complete(shell, application)
    try:
        try:
            code = _run_command(arguments)
        finally:
            sys.stdout.flush()  # while an error of it can still be said
    except typer.TyperException as error:
        from cnnkit.cli.usage.mistakes import mistake

        report.failure(mistake(error, arguments, list(COMMANDS)))
        return 2
    except typer.Exit as left:
        return left.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except Exception as error:
        known = report.explained(error)
        report.failure(known)
        return known.exit_code
    return code
