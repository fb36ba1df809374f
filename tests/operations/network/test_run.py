"""The input of a network."""

import numpy as np
import pytest

from cnnkit.data.kernels.text import kernel
from cnnkit.errors import SizeError
from cnnkit.network.shape import shape
from cnnkit.operations.network.initial import preset_parameters
from cnnkit.operations.network.run import as_input, run_network
from cnnkit.operations.network.stacks import network


def test_an_image_and_its_layers() -> None:
    stack = shape("3x3x1 conv3-1 relu maxpool3")
    net = network(stack, {1: preset_parameters(stack, 1, [kernel("0 0 0; 0 -1 1; 0 0 0")])})
    image = np.array([[0, 5, 9], [1, 1, 1], [7, 2, 0]])
    assert run_network(net, image).tolist() == [[[5]]]
    layers = run_network(net, image, layers=True)
    assert list(layers) == ["1-conv3-1", "2-relu", "3-maxpool3"]
    assert layers["1-conv3-1"][:, :, 0].tolist() == [[5, 4, -9], [0, 0, -1], [-5, -2, 0]]


def test_another_size_is_told() -> None:
    stack = shape("3x3x1 relu")
    with pytest.raises(SizeError, match="the input is 3x4, and the network takes 3x3x1"):
        as_input(network(stack, {}), np.zeros((3, 4)))
