"""What PyTorch, Keras and papers call the layers and settings of the notation, without 2d, dashes and capitals."""

from __future__ import annotations


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
        "gap": "globalaveragepool globalaveragepooling globalavgpool",
        "gmp": "globalmaxpool globalmaxpooling",
        "fc": "dense fullyconnected linear",
        "bn": "batchnorm batchnormalisation batchnormalization",
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
        "hop": "hoplength",
        "win": "framelength window winlength",
        "size": "k kernelsize poolsize size",  # of the window
        "count": "channels filters kernels n outchannels outfeatures units",
        "": "inchannels infeatures",  # which follow from the input
    }
)

_ABSENT = (
    "add attention bilstm celu concat conv1d conv3d embedding glu gru hardsigmoid hardtanh logsoftmax logsigmoid lstm "
    "maxout maxpool1d maxpool3d mish multiheadattention relu6 rnn rrelu selu separableconv softplus softsign "
    "tanhshrink threshold transformer"
)
ABSENT = frozenset(_ABSENT.split())
"""Layers that exist, but not in the notation: a word that looks like one of them is no misspelling."""
