"""The commands together, and the one door where errors become exits.

Exit codes: 0 done; 1 an input failed, or an expectation was not met; 2 wrong usage; 130 interrupted; 141 the
reader of a pipe went away.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module

import typer

from cnnkit.cli import options, report

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
    """The command that is called, or all of them with their help alone: preparing one takes milliseconds."""
    # Plain help: the rich one takes 60 ms more at every --help, and draws boxes into pipes.
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
        if called in COMMANDS and name != called:
            continue
        module = import_module(f"cnnkit.cli.{module_name}")
        command = getattr(module, name)
        prepared = options.with_records(command) if name == called else _help_only(command)
        app.command(name, epilog=module.EPILOG)(prepared)
    return app


def _help_only(command: Callable[..., None]) -> Callable[[], None]:
    """A command without its options, for the list of all."""

    def listed() -> None:
        pass

    listed.__doc__ = command.__doc__
    return listed


def _options(version: options.Version = False) -> None:
    pass


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; every error of the caller becomes two lines here."""
    try:
        try:
            code = application(arguments)(args=list(arguments), prog_name="cnnkit", standalone_mode=False)
        finally:
            sys.stdout.flush()  # while an error of it can still be said
    except typer.TyperException as error:
        report.usage(error.format_message(), arguments, COMMANDS)
        return 2
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except Exception as error:
        known = report.explained(error)
        report.failure(known)
        return known.exit_code
    return int(code or 0)
