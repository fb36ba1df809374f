"""What PyTorch, Keras and papers call the layers and settings of the notation, without 2d, dashes and capitals."""

from __future__ import annotations

import re


def _by_other_name(others: dict[str, str]) -> dict[str, str]:
    """Our word by each of the others."""
    return {other: ours for ours, words in others.items() for other in words.split()}


LAYERS_ELSEWHERE = _by_other_name(
    {
        "conv": "convolution convolutional",
        "tconv": "convtranspose convtransposed deconv deconvolution transposeconv transposedconv upconv",
        "dwconv": "depthwise depthwiseconv",
        "maxpool": "max maxpooling pool pooling",
        "avgpool": "averagepool averagepooling avg avgpooling meanpool",
        "maxpool-to": "adaptivemaxpool adaptivemaxpooling",
        "avgpool-to": "adaptiveaveragepool adaptiveaveragepooling adaptiveavgpool adaptivepool",
        "gap": "globalaveragepool globalaveragepooling globalavgpool",
        "gmp": "globalmaxpool globalmaxpooling",
        "fc": "dense fullyconnected linear",
        "bn": "batchnorm batchnormalisation batchnormalization syncbatchnorm",
        "layernorm": "layernormalisation layernormalization ln",
        "groupnorm": "gn groupnormalisation groupnormalization",
        "lrn": "localresponsenorm localresponsenormalisation localresponsenormalization",
        "leakyrelu": "leaky lrelu",
        "silu": "swish",
        "hardswish": "hardsilu hswish",
        "pad": "zeropad zeropadding",
        "crop": "cropping",
        "upsample": "interpolate upsampling",
        "shuffle": "depthtospace pixelshuffle subpixel",
        "mel": "melspectrogram",
        "logmel": "fbank logmelspectrogram",
    }
)

SETTINGS_ELSEWHERE = _by_other_name(
    {
        "s": "step stride strides",
        "p": "pad padding",
        "d": "dil dilate dilation dilationrate rate",
        "g": "group groups",
        "m": "depthmultiplier mult multiplier",
        "op": "outpad outputpadding",
        "same-lower": "samelower",
        "pad-end": "padend",
        "ceil": "ceil ceilmode",
        "bias": "bias usebias",
        "nobias": "nobias",
        "fft": "nfft",
        "hop": "hoplength",
        "win": "framelength window winlength",
        "size": "k factor kernelsize outputsize poolsize scalefactor size",  # of the window
        "count": "channels filters kernels n numgroups outchannels outfeatures units upscalefactor",
        "channels": "channel perchannel sharedaxes",
        "bilinear": "interpolation mode",
        "valid": "nopad nopadding",
        # What changes nothing here.
        "": "countincludepad inchannels infeatures inputdim inputshape kernelinitializer name numchannels",
    }
)

BRANCHES_ELSEWHERE = _by_other_name(
    {
        "add": "add added addition plus residual shortcut sum",
        "cat": "cat concat concatenate concatenation merge",
        "mark": "label name save skip tag",
        "from": "back branch goto route",
        "block": "begin block blk loop repeat",
        "end": "end endblock endloop endrepeat",
    }
)

ORDERS = {
    "conv": ("size count", "count size s", "- count size s p d g"),
    "tconv": ("size count", "count size s", "- count size s p op g"),
    "dwconv": ("size", "size s", "size s p"),
    **dict.fromkeys(("maxpool", "avgpool"), ("size s p",) * 3),
    "upsample": ("size", "size", ""),
    "fc": ("count", "count", "- count"),
    "groupnorm": ("count", "count", "count -"),
}
"""What the numbers of a layer are: in a word, in a call of Keras and in one of PyTorch, which begins with the depth."""

PRODUCT = "a product of branches"
SQUEEZE = "mark:in gap fc4 relu fc64 sigmoid reshape1x1x64 upsample56 add:in"

OUTSIDE = {
    **dict.fromkeys(("rnn", "lstm", "bilstm", "gru", "bigru", "simplernn"), "a recurrent layer"),
    **dict.fromkeys(("convlstm", "convgru", "lstmcell", "grucell", "rnncell"), "a recurrent layer"),
    **dict.fromkeys(("attn", "attention", "selfattention", "mha", "multiheadattention"), "an attention layer"),
    **dict.fromkeys(("mhsa", "multihead", "crossattention", "windowattention"), "an attention layer"),
    **dict.fromkeys(("mul", "multiply"), PRODUCT),
    **dict.fromkeys(("se", "squeezeexcite", "squeezeexcitation", "squeezeandexcite"), PRODUCT),
    **dict.fromkeys(("transformer", "transformerencoder", "vit"), "a stack of attention layers"),
    "embedding": "a table of vectors",
}
"""What the notation has no words for, and the kind of layer that it is."""

_ABSENT = (
    "celu geglu globalpool globalsumpool glu grn hardsigmoid hardtanh logsigmoid logsoftmax maxout "
    "maxunpool minpool mish relu6 rrelu selu separableconv sepconv softplus softsign spectralnorm tanhshrink "
    "threshold unpool"
)
ABSENT = frozenset(_ABSENT.split())
"""Other layers that exist, but not in the notation: a word that looks like one of them is no misspelling."""

_DIFFERENT = (
    "affine alpha approximate axis beta center elementwiseaffine maxvalue negativeslope normalizedshape numparameters "
    "scale size startdim relu leakyrelu elu lrn"
)
DIFFERENT = frozenset(_DIFFERENT.split())
"""Settings of layers that keep the shape, and layers with a number, that are other layers: LeakyReLU(0.2)."""


def instead_of(kind: str, text: str) -> str:
    """What to write instead of a word for a layer of a kind that is outside the notation."""
    if kind != PRODUCT:
        return "end the stack before it"
    same = "for sizes, parameters and MACs, which are the same"
    if text.lower().startswith("s"):
        return f"write it out {same} with a sum: {SQUEEZE} for 56x56x64"
    mark = text.partition(":")[2]
    join = f"add:{mark}" if re.fullmatch("[a-z0-9][a-z0-9-]*", mark) else "add:in"
    return f"write {join} in its place {same}; after gap or fc, reshape1x1x64 upsample56 {join} for 56x56x64"
