"""``cnnkit shape``: the shape, parameters, MACs and receptive field after every layer of a stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnnkit.cli.options import Json, Quiet, Version
from cnnkit.cli.report import Report
from cnnkit.errors import ArgumentError

if TYPE_CHECKING:
    from cnnkit.geometry.layer import LayerShape
    from cnnkit.geometry.stack import Stack

EPILOG = """\b
Layers, one word each:
  conv3-64        convolution: 3x3, 64 kernels (conv3x5-64: 3 rows, 5 columns)
  tconv2-64:s2    transposed convolution
  dwconv3:m2      depthwise convolution, 2 kernels per channel
  maxpool2        avgpool3:s2   gap gmp (global average, global maximum)
  flatten fc10    relu tanh sigmoid softmax bn dropout
  mfcc13:hop512   logmel40   from a waveform, as in 51200@22050
  x2              the word before it stands there twice

\b
Settings, in any order:
  :s2 stride   :d2 dilation   :g2 groups   :m2 multiplier (dwconv)   :nobias
  :same :same-lower :valid :full :p1 :p1x2 :p0x1x0x1   padding (all sides,
    rows x columns, top x bottom x left x right)
  :ceil the last window may hang over (pools)   :op1 output padding (tconv)
  :hop512 :win2048 :pad-end :valid :center :psf :kaldi   (mfcc, logmel)
  Defaults: a convolution has stride 1 and same padding; a pool has stride =
  size and no padding; mfcc and logmel have hop 512, win 2048, pad-end.

\b
Examples:
  cnnkit shape 224x224x3 conv3-64 x2 maxpool2 flatten fc10
  cnnkit shape 224x224x3 conv7-64:s2:p3 bn relu maxpool3:s2:p1
  cnnkit shape 51200@22050 mfcc13 conv3-32 maxpool2 flatten fc10
  cnnkit shape 32x32x3 conv3-16 maxpool2 --expect 16x16x16 --quiet
  cnnkit shape 28x28 conv3-32 maxpool2 --json
"""

EXAMPLE = ("224x224x3", "conv3-64", "conv3-64", "maxpool2", "flatten", "fc10")
READING = """
Read it from the top: an image of 224 rows, 224 columns and 3 channels; two
convolutions with 64 kernels of 3x3 each, padded so that the size stays; a pool
that halves it; all values in one row; ten outputs, one for each class. Nearly all
parameters are in fc10, nearly all work is in the convolutions.

Next, let the second convolution take every second row and column:
  cnnkit shape 224x224x3 conv3-64 conv3-64:s2 maxpool2 flatten fc10"""


def shape(
    stack: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[INPUT [LAYER]...]",
            help="The input, as in 224x224x3 or 51200@22050, then its layers. None: a worked example.",
            show_default=False,
        ),
    ] = None,
    expect: Annotated[
        str | None,
        typer.Option("--expect", metavar="SHAPE", help="Exit with 1 if the final shape is not this, as in 7x7x512."),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
    version: Version = False,
) -> None:
    """Sizes, parameters and work of a layer stack.

    A table of the output shape, parameters, MACs and receptive field after every layer. Without a stack, a worked
    example is shown.
    """
    from cnnkit.geometry import stack as stacks
    from cnnkit.geometry.notation import read_output

    if expect is not None and not stack:
        raise ArgumentError("--expect has no stack to check", hint="name the input and its layers before it")
    expected = None if expect is None else read_output(expect)
    laid_out = stacks.shape(*(stack or EXAMPLE))
    if as_json:
        Report("shape", as_json=True).close(**_facts(laid_out))
    elif not quiet:
        print(laid_out if stack else f"$ cnnkit shape {' '.join(EXAMPLE)}\n{laid_out}\n{READING}")
    if expected is not None:
        laid_out.expect(expected)


def _facts(laid_out: Stack) -> dict[str, Any]:
    from cnnkit.geometry.volume import Waveform

    start = laid_out.input
    return {
        "input": start._asdict() if isinstance(start, Waveform) else start,
        "layers": [_layer_facts(step) for step in laid_out.layers],
        "totals": {"output": laid_out.output, "parameters": laid_out.parameters, "macs": laid_out.macs},
    }


def _number(numerator: int, denominator: int) -> float:
    return numerator if denominator == 1 else numerator / denominator


def _layer_facts(step: LayerShape) -> dict[str, Any]:
    from cnnkit.geometry.notes import notes

    facts: dict[str, Any] = {"layer": step.layer.spec.word.text, "name": step.layer.name, "output": step.output}
    if step.placement is not None:
        window, padding = step.placement.window, step.placement.padding
        facts |= {"kernel": window.size, "stride": window.stride, "dilation": window.dilation}
        facts["padding"] = [padding.top, padding.bottom, padding.left, padding.right]
    facts |= {"parameters": step.parameters, "macs": step.macs}
    if step.field is None:
        facts |= {"receptive_field": "all", "jump": None}
    else:
        facts["receptive_field"] = [axis.size or None for axis in step.field]
        facts["jump"] = [_number(*axis.jump) if axis.size else None for axis in step.field]
    return facts | {"notes": notes(step)}
