"""``cnnkit train``: a network learns to tell classes of images or sounds apart."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import typer

from cnnkit.cli import options, running
from cnnkit.cli.options import output_option, view_option
from cnnkit.cli.preparation import Preparing
from cnnkit.cli.usage.command import in_group

EXAMPLES = """\
Examples:
  cnnkit train                                     a worked example
  cnnkit train pets/ 32x32x3 conv3-8 relu maxpool4 flatten fc2 --resize 32 --rgb
  cnnkit train pets/ conv3-8 relu gap fc2 --resize 32 --rgb -o pets.safetensors
  cnnkit run photo.png --model pets.safetensors --top 2
  cnnkit convolve photo.png --kernel @pets.safetensors -o seen.npy
"""
EPILOG = """\
A folder holds a folder for each class, whose name is that of the class. The
layers are those of 'cnnkit shape', without quotes; the first word may be the
size of the inputs. The last layer has a unit for each class: fc10. A softmax
behind it may stay: the loss has one in any case.
"""

train_option = in_group("Training")


class Recipe(NamedTuple):
    """Options that say how the network learns."""

    optimiser: Annotated[str, train_option("--optimiser", metavar="WORD", help="How to descend: adam or sgd.")] = "adam"
    rate: Annotated[
        float | None, train_option("--rate", metavar="V", help="Of a step.  [default: adam 0.002, sgd 0.05]")
    ] = None
    momentum: Annotated[float, train_option("--momentum", metavar="V", help="Of sgd, below 1.")] = 0.9
    weight_decay: Annotated[
        float, train_option("--weight-decay", metavar="V", help="How much weights shrink, as 0.0001.")
    ] = 0.0
    dropout: Annotated[
        float, train_option("--dropout", metavar="V", help="Share of values that layers dropout drop, below 1.")
    ] = 0.5
    batch: Annotated[int, train_option("--batch", metavar="N", min=1, help="Examples of a step, at most.")] = 32
    epochs: Annotated[int, train_option("--epochs", metavar="N", min=1, help="Times to go through all examples.")] = 20
    patience: Annotated[
        int | None,
        train_option("--patience", metavar="N", min=1, help="End when the validation loss fell in none of N epochs."),
    ] = None
    split: Annotated[
        str | None,
        train_option("--split", metavar="N:N[:N]", help="Shares to train on and to validate on.  [default: 80:20]"),
    ] = None
    seed: Annotated[int, train_option("--seed", metavar="N", min=0, help="Draw all random numbers otherwise.")] = 0
    as_is: Annotated[
        bool, train_option("--as-is", help="Do not standardise inputs by the mean and deviation of the examples.")
    ] = False


class Looks(NamedTuple):
    """Options that draw what was learned."""

    figure: options.Figure = None
    kernels: Annotated[
        str | None, view_option("--kernels", metavar="FILE", help="Also draw the kernels of the first layer.")
    ] = None
    animate: Annotated[
        str | None,
        view_option("--animate", metavar="FILE", help="Also show those kernels change, as .gif, .webp or .apng."),
    ] = None


def train(
    *,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FOLDER|SET [SIZE] LAYER...]",
            help="A folder for each class in a folder, or a set of --stack; then the network. None: a worked example.",
            show_default=False,
        ),
    ] = None,
    recipe: Recipe,
    preparing: Preparing,
    sound: options.Sounds,
    output: Annotated[
        str | None, output_option("--output", "-o", metavar="FILE", help="Write the network here, as .safetensors.")
    ] = None,
    checkpoint: Annotated[
        str | None,
        output_option("--checkpoint", metavar="FILE", help="Keep the state of each epoch here, and go on from it."),
    ] = None,
    looks: Looks,
    force: options.Force = False,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
    jobs: running.Jobs = None,
    threads: running.Threads = None,
    max_memory: running.MaxMemory = None,
    version: options.Version = False,
) -> None:
    """Train networks to tell classes apart.

    The examples are images or sounds. A network begins with random weights and goes down the gradient of the
    cross-entropy on batches of them. Some are held back, by which the best epoch is chosen. Without examples, a worked
    example is shown.
    """
    from cnnkit.cli.learning import session

    results = options.Results(
        force=force, quiet=quiet, as_json=as_json, jobs=jobs, threads=threads, max_memory=max_memory
    )
    session.run(words or [], recipe, preparing, sound, looks, output=output, checkpoint=checkpoint, results=results)
