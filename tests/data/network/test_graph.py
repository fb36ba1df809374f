"""Parameters of layers by their shapes, and the names of layers."""

from cnnkit.data.network.graph import Graph, Network, Node, Reshape, parameter_shapes
from cnnkit.network.shape import shape


def test_as_many_parameters_as_the_table_counts() -> None:
    for name in ("lenet5", "resnet18", "mobilenet-v2", "densenet121", "unet", "alexnet"):
        stack = shape("572x572x1 unet" if name == "unet" else name)
        for number, step in enumerate(stack.layers, start=1):
            shapes = parameter_shapes(stack, number)
            learned = {part: sides for part, sides in shapes.items() if part not in ("mean", "variance")}
            count = 0
            for sides in learned.values():
                values = 1
                for side in sides:
                    values *= side
                count += values
            assert count == step.parameters, (name, number, step)


def test_shapes_by_hand() -> None:
    stack = shape("8x8x6 conv3x5-4:g2 dwconv3:m2:nobias tconv2-10:g2 prelu relu")
    assert parameter_shapes(stack, 1) == {"weights": (3, 5, 3, 4), "bias": (4,)}
    assert parameter_shapes(stack, 2) == {"weights": (3, 3, 1, 8)}
    assert parameter_shapes(stack, 3) == {"weights": (2, 2, 5, 8), "bias": (10,)}
    assert parameter_shapes(stack, 4) == {"slope": (1,)}
    assert parameter_shapes(stack, 5) == {}


def test_names_sort_as_layers_stand() -> None:
    stack = shape("8x8x6 relu x11")
    graph = Graph((1, 8, 8, 6), (Node(Reshape(), (0,), (1, 384)),), 1)
    names = Network(stack, graph, (0, *[1] * 11)).names
    assert names[0] == "01-relu"
    assert names[-1] == "11-relu"
    assert graph.shape(0) == (1, 8, 8, 6)
    assert graph.shape(1) == (1, 384)
