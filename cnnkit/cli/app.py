"""The commands together, and the one door where errors become exits.

Exit codes: 0 done; 1 an input failed, or an expectation was not met; 2 wrong usage; 130 interrupted; 141 the
reader of a pipe went away.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from cnnkit import __version__
from cnnkit.cli import report
from cnnkit.errors import CnnkitError

COMMANDS = {
    "convolve": "convolution",
    "pool": "pooling",
    "mfcc": "features",
    "shape": "shape",
    "kernels": "kernels",
}
"""Each command's module, which has a function of the command's name and an EPILOG of examples."""

EPILOG = "Each command shows a worked example when it is given no input: try 'cnnkit pool --size 2 --stride 2'."


def application(arguments: Sequence[str]) -> typer.Typer:
    """The command line; only the command that is called, if one is, since each costs a millisecond to prepare."""
    # Plain help: the rich one costs 60 ms at every --help, and draws boxes into pipes.
    app = typer.Typer(
        name="cnnkit",
        help="Convolution, pooling, MFCCs and layer shapes, with the frameworks' exact numbers.",
        epilog=EPILOG,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    called = arguments[0] if arguments else ""
    for name, module_name in COMMANDS.items():
        if called not in COMMANDS or name == called:
            module = import_module(f"cnnkit.cli.{module_name}")
            app.command(name, epilog=module.EPILOG)(getattr(module, name))
    return app


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"cnnkit {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    pass


def _terminate(number: int, frame: object) -> None:
    """Leave by the same way as an error, so that no temporary file stays behind."""
    sys.exit(128 + number)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; every error of the caller's ends here as two lines."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code = application(arguments)(args=list(arguments), prog_name="cnnkit", standalone_mode=False)
        sys.stdout.flush()
    except CnnkitError as error:
        report.failure(error)
        return error.exit_code
    except typer.TyperException as error:
        report.usage(error.format_message(), arguments, COMMANDS)
        return 2
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BrokenPipeError:
        # Python flushes stdout once more at exit; give it somewhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 141
    except MemoryError:
        report.failure(CnnkitError("there is not enough memory for this input", "use a smaller input or a stride"))
        return 1
    return int(code or 0)
