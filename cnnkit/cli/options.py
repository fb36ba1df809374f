"""The options that commands share, declared once, and how a command takes several of them as one record."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_type_hints

import typer

from cnnkit import __version__
from cnnkit.cli.running import Cluster, Jobs, MaxMemory, Threads
from cnnkit.cli.usage.command import in_group

input_option, output_option, value_option = in_group("Inputs"), in_group("Output"), in_group("Values")
view_option, set_option = in_group("Looking"), in_group("Data sets")
"""Options under the headings that commands share; those of `typer.Option` are general."""

Inputs = Annotated[
    list[str] | None,
    typer.Argument(metavar="[INPUT]...", help="Files and folders to read; - is standard input.", show_default=False),
]
Channel = Annotated[
    str | None,
    input_option(
        "--channel",
        metavar="WORD|N",
        help="Channel of a sound: left, right, mix (the mean), all (as depth) or a number from 1.  [default: mix]",
    ),
]


def _check_features(word: str | None) -> str | None:
    if word is not None:
        from cnnkit.data.recipes.dialects import check_kind

        check_kind(word)
    return word


DEFAULT_FEATURES = "logmel"
"""What a sound becomes where it has to be an image."""

Features = Annotated[
    str | None,
    input_option(
        "--features",
        metavar="WORD",
        help="What to make of a sound: mfcc, logmel, mel, spectrogram or waveform."
        "  [default: mfcc; in convolve, pool and run, and for whisper, vggish, yamnet, ast: logmel]",
        callback=_check_features,
    ),
]
_WHOSE = (
    "Whose recipe: lecture, psf, librosa, torchaudio, kaldi, htk, tf, whisper, vggish, yamnet, ast or speech-commands."
)
Dialect = Annotated[str, input_option(metavar="WORD", help=_WHOSE)]


def _check_dialect(word: str | None) -> str | None:
    if word is not None:
        from cnnkit.data.recipes.dialects import read_recipe

        read_recipe(word)
    return word


SampleRate = Annotated[
    int | None, input_option("--sample-rate", metavar="HZ", help="Resample the sound to this rate, by soxr.")
]


def _check_frame(word: str | None) -> str | None:
    if word is not None:
        from cnnkit.files.images.frames import check_frame

        check_frame(word)
    return word


Frame = Annotated[
    str | None,
    input_option(
        "--frame",
        metavar="N|all",
        help="Frame of an image that has several, from 1, or all of them.  [default: the first]",
        callback=_check_frame,
    ),
]


def _check_raw(text: str | None) -> str | None:
    if text is not None:
        from cnnkit.files.sounds.raw import read_raw

        read_raw(text)
    return text


Raw = Annotated[
    str | None,
    input_option(
        "--raw",
        metavar="RATE,FORMAT[,N]",
        help="Inputs are N channels of samples without a header: 16000,s16le or 48000,f32le,2.",
        callback=_check_raw,
    ),
]
Figure = Annotated[
    str | None,
    view_option("--figure", metavar="FILE", help="Also draw a figure, as .png, .svg or .pdf."),
]
Force = Annotated[bool, output_option("--force", "-f", help="Replace existing files, whoever made them.")]
Preview = Annotated[bool, view_option("--preview", help="Show the result as a picture on the terminal.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]


def _print_version(value: bool) -> None:
    if value:
        from cnnkit.cli.report import show

        show(f"cnnkit {__version__}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)]


def _complete(context: typer.Context, parameter: typer.CallbackParam, value: bool) -> None:
    if value:
        from cnnkit.cli.report import show
        from cnnkit.cli.usage.completion import install, script, shell_of

        shell = shell_of([word for word in context.obj if word not in parameter.opts])
        show((install if parameter.name == "install_completion" else script)(shell))
        raise typer.Exit


InstallCompletion = Annotated[
    bool,
    typer.Option(
        "--install-completion", help="Complete words on Tab, in bash, zsh or fish.", callback=_complete, is_eager=True
    ),
]
_SHOW = "Print what --install-completion writes."
ShowCompletion = Annotated[bool, typer.Option("--show-completion", help=_SHOW, callback=_complete, is_eager=True)]


class Files(NamedTuple):
    """Options that say which files are read, beside those that are named."""

    files_from: Annotated[
        str | None,
        input_option("--files-from", metavar="FILE", help="Also read what this names, a line each; - is stdin."),
    ] = None
    recursive: Annotated[bool, input_option("--recursive", "-r", help="Of folders, read their sub-folders too.")] = (
        False
    )


class Sounds(NamedTuple):
    """Options for inputs that are sounds, of commands that take images."""

    features: Features = None
    dialect: Annotated[
        str | None,
        input_option("--dialect", metavar="WORD", help=f"{_WHOSE}  [default: lecture]", callback=_check_dialect),
    ] = None
    channel: Channel = None
    sample_rate: SampleRate = None
    raw: Raw = None

    def words(self, frame: str | None) -> list[str]:
        """These options as they were typed, and that of a `frame`.

        >>> Sounds("mfcc", sample_rate=8000).words("2")
        ['--features', 'mfcc', '--sample-rate', '8000', '--frame', '2']
        """
        given = {f"--{name.replace('_', '-')}": value for name, value in [*self._asdict().items(), ("frame", frame)]}
        return [str(word) for option in given.items() if option[1] is not None for word in option]


class Holes(NamedTuple):
    """Options that say which samples of an image are missing."""

    nan: Annotated[
        str, value_option("--nan", metavar="WORD", help="NaN samples: propagate, or ignore them as holes.")
    ] = "propagate"
    nodata: Annotated[
        str | None,
        value_option("--nodata", metavar="V", help="Samples equal to V are holes, and V marks holes of the result."),
    ] = None

    @property
    def of_example(self) -> str:
        """What a worked example says where these were given."""
        is_given = self != Holes()
        return "\n\nThe grid has no holes: --nan and --nodata are for images." if is_given else ""


class Views(NamedTuple):
    """Options for looking at what a command does, beside its result."""

    explain: Annotated[
        bool, view_option("--explain", help="Say what was chosen, and write out the strongest result.")
    ] = False
    at: Annotated[
        list[str] | None,
        view_option("--at", metavar="R,C", help="Write out this result (row, column), or all; may be repeated."),
    ] = None
    crop: Annotated[
        list[str] | None,
        in_group("Preparation")(
            "--crop",
            metavar="HxW|R,C,HxW",
            help="Cut HxW out of the centre; as R,C,HxW, only show the numbers of that part.",
        ),
    ] = None
    figure: Figure = None
    animate: Annotated[
        str | None,
        view_option("--animate", metavar="FILE", help="Also show the window move, as .gif, .webp or .apng."),
    ] = None
    html: Annotated[
        str | None, view_option("--html", metavar="FILE", help="Also write a page to play with in a browser, as .html.")
    ] = None
    preview: Preview = False
    play: Annotated[
        bool, view_option("--play", help="Watch the window move over the image, step by step, on the terminal.")
    ] = False

    def check_input(self) -> None:
        """Refuse to look at no input in ways that a worked example does not have."""
        if self.play:
            from cnnkit.errors import ArgumentError

            hint = 'name an image, or type a grid in, as "5 3 1 0; 2 6 4 1; 0 8 7 2"'
            raise ArgumentError("--play has no image to move over", hint=hint)


class DataSets(NamedTuple):
    """Options that make one file of many results."""

    stack: Annotated[bool, set_option("--stack", help="Make one array of all results: -o set.npz or set.zarr.")] = False
    labels: Annotated[
        str | None, set_option("--labels", metavar="WORD", help="Label each by the name of its folder: folder.")
    ] = None
    split: Annotated[
        str | None, set_option("--split", metavar="N:N[:N]", help="Deal files to train, validation and test: 80:10:10.")
    ] = None
    seed: Annotated[int | None, set_option("--seed", metavar="N", help="Deal them otherwise.  [default: 0]")] = None

    @property
    def is_wanted(self) -> bool:
        """Whether there is to be a set; an error if there is none to label or split."""
        for option, value in (("--labels", self.labels), ("--split", self.split), ("--seed", self.seed)):
            if value is not None and not self.stack:
                from cnnkit.errors import ArgumentError

                raise ArgumentError(f"{option} is for data sets", f"add --stack -o set.npz, or leave {option} out")
        return self.stack


class Results(NamedTuple):
    """Options of commands that write files."""

    output: Annotated[
        str | None,
        output_option("--output", "-o", metavar="FILE", help="Write here, for one input; - is stdout."),
    ] = None
    out_dir: Annotated[
        Path | None, output_option("--out-dir", metavar="DIR", help="Write into this folder, under the default names.")
    ] = None
    file_format: Annotated[
        str | None, output_option("--format", metavar="WORD", help="File format of results, when -o does not name it.")
    ] = None
    force: Force = False
    quiet: Quiet = False
    dry_run: Annotated[
        bool, output_option("--dry-run", "-n", help="Check everything, and say what would be written.")
    ] = False
    as_json: Json = False
    report: Annotated[
        str | None,
        output_option("--report", metavar="FILE", help="Also write a line of JSON about each input, as .jsonl."),
    ] = None
    resume: Annotated[
        bool, output_option("--resume", help="Skip inputs whose results are there, made with the same settings.")
    ] = False
    jobs: Jobs = None
    cluster: Cluster = None
    threads: Threads = None
    max_memory: MaxMemory = None


OF_THE_RUN = {"inputs", "explain", "verify", "version", *Files._fields, *Views._fields, *Results._fields} - {
    "file_format",
    "crop",
}
"""Options that do not change results."""

given: dict[str, Any] = {}
"""The options of the command that were given a value other than the usual one, inputs left out."""


def with_records(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose parameters that are records have an option for each field, in their place."""
    records: dict[str, Any] = {}
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        record = parameter.annotation
        if not hasattr(record, "_fields"):
            parameters.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        records[parameter.name] = record
        for name, hint in get_type_hints(record, include_extras=True).items():
            default = record._field_defaults[name]
            parameters.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint))

    @wraps(command)
    def with_options(**values: Any) -> None:
        wanted = {one.name: values[one.name] for one in parameters if values[one.name] not in (None, one.default)}
        given.clear()
        given.update(wanted)
        made = {name: record(*(values.pop(field) for field in record._fields)) for name, record in records.items()}
        command(**values, **made)

    # Typer reads a command's options from its signature.
    with_options.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    with_options.__annotations__ = {}
    return with_options
