"""The names under which the parameters of layers are written, by which they find their way back."""

from __future__ import annotations

import numpy as np

from cnnkit.arrays import Array
from cnnkit.data.network.graph import Learned
from cnnkit.network.stack import StackShape


def named(stack: StackShape, learned: Learned) -> dict[str, Array]:
    """The parameters of a stack's layers by names such as 1.conv3-8.weights, in the layouts of `parameter_shapes`.

    Those of the input, its mean and deviation, have the number 0.

    >>> from cnnkit.network.shape import shape
    >>> from cnnkit.operations.network.initial import random_parameters
    >>> stack = shape("28x28 conv3-8 relu flatten fc10")
    >>> list(named(stack, random_parameters(stack)))
    ['1.conv3-8.weights', '1.conv3-8.bias', '4.fc10.weights', '4.fc10.bias']
    """
    return {
        f"{number}.{stack.layers[number - 1].word if number else 'input'}.{part}": np.asarray(values)
        for number, parts in sorted(learned.items())
        for part, values in parts.items()
    }
