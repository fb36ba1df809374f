"""Published networks that have a word of their own in the notation: their inputs and layers.

They hold the activations and the dropout of the originals, so that their code can be trained; no softmax where the
original's loss brings one.
"""

from __future__ import annotations


def _vgg(*convolutions: int) -> str:
    """A network of Simonyan and Zisserman's table 1, from the convolutions in each of its five blocks."""
    words = ["224x224x3"]
    for kernels, times in zip((64, 128, 256, 512, 512), convolutions, strict=True):
        words += [f"conv3-{kernels}", "relu"] * times + ["maxpool2"]
    return " ".join([*words, "avgpool-to7", "flatten", *["fc4096", "relu", "dropout"] * 2, "fc1000"])


NETWORKS = {
    # LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition, 1998, figure 2; every
    # map of the second convolution sees every map before it, as is usual today.
    "lenet5": "32x32x1 conv5-6:valid tanh avgpool2 conv5-16:valid tanh avgpool2 conv5-120:valid tanh flatten fc84 tanh "
    "fc10",
    # Krizhevsky, arXiv:1404.5997 (one tower), as in torchvision.
    "alexnet": "224x224x3 conv11-64:s4:p2 relu maxpool3:s2 conv5-192:p2 relu maxpool3:s2 conv3-384:p1 relu "
    "conv3-256:p1 relu conv3-256:p1 relu maxpool3:s2 avgpool-to6 flatten dropout fc4096 relu dropout fc4096 relu "
    "fc1000",
    # Simonyan and Zisserman, arXiv:1409.1556, table 1, columns A, B, D and E; their adaptive pool as in torchvision.
    "vgg11": _vgg(1, 1, 2, 2, 2),
    "vgg13": _vgg(2, 2, 2, 2, 2),
    "vgg16": _vgg(2, 2, 3, 3, 3),
    "vgg19": _vgg(2, 2, 4, 4, 4),
    # Wang et al., CNN Explainer, arXiv:2004.15004.
    "tinyvgg": "64x64x3 conv3-10:valid relu conv3-10:valid relu maxpool2 conv3-10:valid relu conv3-10:valid relu "
    "maxpool2 flatten fc10",
}
