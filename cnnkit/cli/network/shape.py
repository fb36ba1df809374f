"""``cnnkit shape``: the shape, parameters, MACs and receptive field after every layer of a stack."""

from __future__ import annotations

from typing import Annotated

import typer

from cnnkit.cli.options import Figure, Force, Json, Quiet, Version, input_option, output_option

EXAMPLES = """\
Examples:
  cnnkit shape 224x224x3 conv3-64 x2 maxpool2 flatten fc10
  cnnkit shape 224x224x3 conv7-64:s2:p3 bn relu maxpool3:s2:p1
  cnnkit shape 51200@22050 mfcc13 conv3-32 maxpool2 flatten fc10
  cnnkit shape 28x28 conv3-32 maxpool2 --explain
  cnnkit shape 224x224x3 conv3-64 --want 112x112
  cnnkit shape 32x32x3 conv3-16 maxpool2 --expect 16x16x16 --quiet
  cnnkit shape lenet5 --code torch
  cnnkit shape vgg16 --layout nchw --batch 8
  cnnkit shape vgg16 --figure vgg16.svg
  cnnkit shape 56x56x64 mark:in conv3-64 relu conv3-64 add:in relu
"""
EPILOG = """\
The input, one word: 224x224x3 (rows x columns x depth)   28x28 (depth 1)
  51200@22050 (samples @ rate)   784 (values)   photo.png   song.wav
Or a network, also behind an input: lenet5 alexnet vgg11 vgg13 vgg16 vgg19
  tinyvgg resnet18 resnet34 resnet50 mobilenet-v1 mobilenet-v2 squeezenet1.0
  squeezenet1.1 googlenet densenet121 unet m5 vggish panns-cnn14 ds-cnn.
@net.txt is the words of a file, # begins a comment in it.
Or a model of ONNX, net.onnx, alone or with the size of its input.

Layers, one word each:
  conv3-64        convolution: 3x3, 64 kernels (conv3x5-64: 3 rows, 5 columns)
  tconv2-64:s2    transposed convolution
  dwconv3:m2      depthwise convolution, 2 kernels per channel
  maxpool2        avgpool3:s2   gap gmp (global average, global maximum)
  avgpool-to7     maxpool-to7x5   adaptive pooling: the size of the output
  flatten fc10    reshape7x7x256 (the same values in another shape)
  pad1 crop1      rows and columns added or cut off, as in :p
  upsample2       shuffle2 (pixel shuffle)
  relu leakyrelu prelu elu gelu silu hardswish tanh sigmoid softmax dropout
  bn layernorm groupnorm32 instancenorm lrn
  mfcc13:hop512   mel64 logmel40 spectrogram waveform   from a sound, as in
                  51200@22050
  x2              the word before it, twice in all

Branches:
  mark:a          names the volume that stands here
  from:a          goes on from it: a new branch
  add:a           adds it to the current volume
  cat:a           puts its channels behind those of the current volume;
                  cat:a:b:. in another order, the dot being the current one
  block ... end   a block with marks of its own; end x3 repeats it

Settings, in any order:
  :s2 stride   :d2 dilation   :g2 groups   :m2 multiplier (dwconv)   :nobias
  :same :same-lower :valid :full :p1 :p1x2 :p0x1x0x1   padding (all sides,
    rows x columns, top x bottom x left x right)
  :ceil the last window may hang over (pools)   :op1 output padding (tconv)
  :hop512 :win25ms   :pad-end :valid :center :psf :kaldi :whisper   (sounds)
  :bilinear (upsample)   :channels (prelu)   :fft512 (spectrogram)
  Defaults: a convolution has stride 1 and same padding; a pool has stride =
  size and no padding; frames of sound have hop 512, win 2048, pad-end.
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
    input_layout: Annotated[
        str | None, input_option("--input-layout", metavar="WORD", help="How the input is read: hwc or chw.")
    ] = None,
    batch: Annotated[int, input_option("--batch", metavar="N", min=1, help="Inputs computed at once.")] = 1,
    explain: Annotated[
        bool, output_option("--explain", help="Write out every number: symbols, numbers, value, source.")
    ] = False,
    want: Annotated[
        str | None,
        output_option("--want", metavar="SIZE", help="How the last layer can reach this size, as in 112x112."),
    ] = None,
    expect: Annotated[
        str | None,
        output_option("--expect", metavar="SHAPE", help="Exit with 1 if the final shape is not this, as in 7x7x512."),
    ] = None,
    code: Annotated[
        str | None, output_option("--code", metavar="WORD", help="Print the stack as a program: torch or keras.")
    ] = None,
    show_stack: Annotated[
        bool, output_option("--show-stack", help="Print the stack in words, networks and files written out.")
    ] = False,
    layout: Annotated[
        str | None, output_option("--layout", metavar="WORD", help="How shapes are printed: nhwc or nchw.")
    ] = None,
    figure: Figure = None,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
    version: Version = False,
) -> None:
    """Sizes, parameters and work of a layer stack.

    A table of the output shape, parameters, MACs and receptive field after every layer. Without a stack, a worked
    example is shown.
    """
    from cnnkit.cli.network.shape_text import ShapeSettings, print_stack
    from cnnkit.cli.report import Report
    from cnnkit.files.network.recognition import names_a_model
    from cnnkit.files.stacks import StackFiles
    from cnnkit.network import shape as network

    settings = ShapeSettings(explain, want, expect, code, show_stack, as_json, quiet, input_layout)
    settings.check(has_stack=bool(stack))
    report = Report("shape", quiet=quiet, as_json=as_json)
    file = None
    if figure is not None:
        from cnnkit.cli.figures import FigureFile

        read = [word.removeprefix("@") for text in stack or () for word in (text, *text.split())]
        file = FigureFile(figure, report, others=read, force=force)
    layouts = {"layout": layout or "", "input_layout": input_layout or ""}
    files = StackFiles()
    if stack and names_a_model(stack):
        from cnnkit.cli.network.model_shape import model_shape

        result = model_shape(stack, files, settings, batch=batch, **layouts)
    else:
        result = network.shape(*(stack or EXAMPLE), batch=batch, **layouts, files=files)
    notes = [*dict.fromkeys(files.notes)]
    for note in notes:
        report.say(note)
    example = "" if stack else f"$ cnnkit shape {' '.join(EXAMPLE)}"
    print_stack(result, settings, notes, before=example, after="" if stack else READING, figure=file)
