"""The commands together, and the one door where errors become exits.

Exit codes: 0 done; 1 an input failed, or an expectation was not met; 2 wrong usage; 130 interrupted; 141 the
reader of a pipe went away.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

import typer

from cnnkit.cli import options, report
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
        _discard_stdout()
        return 141
    except (OSError, MemoryError) as error:
        _discard_stdout()
        report.failure(_system_error(error))
        return 1
    return int(code or 0)


def _system_error(error: OSError | MemoryError) -> CnnkitError:
    """An error of the system, with a hint."""
    if isinstance(error, MemoryError):
        return CnnkitError("there is not enough memory for this input", "use a smaller input or a stride")
    where = f" {error.filename}" if error.filename else ""
    return CnnkitError(f"reading or writing{where} failed: {error.strerror or error}", "check the disk")


def _discard_stdout() -> None:
    """Send what Python flushes at its end to nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
