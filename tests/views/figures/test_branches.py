"""Lines between the boxes of a network with branches: every edge once, no two in one place, nothing outside."""

from __future__ import annotations

import itertools

import pytest

from cnnkit.network.shape import shape
from cnnkit.views.figures.branches import Edge, Run, edges_of, runs_of
from cnnkit.views.figures.volumes import boxes_of
from tests.reference.graphs import random_graph
from tests.views.figures.test_volumes import figure_of, texts

RESIDUAL = "56x56x64 mark:in conv3-64 relu conv3-64 add:in relu mark:b maxpool2 tconv2-64:s2 cat:b:."


def test_a_chain_has_none() -> None:
    stack = shape("28x28 conv3-8 maxpool2")
    assert edges_of(stack, [box.numbers for box in boxes_of(stack)]) == []
    assert len(figure_of(stack).axes[0].lines) == 0


def test_boxes_know_their_layers_and_edges_their_boxes() -> None:
    stack = shape(RESIDUAL)
    boxes = boxes_of(stack)
    assert [box.numbers for box in boxes] == [(0,), (1, 2), (3,), (4, 5), (6,), (7,), (8,)]
    assert [box.lines[-1] for box in boxes][-1] == "cat:b:."
    edges = edges_of(stack, [box.numbers for box in boxes])
    assert edges == [
        Edge(0, 1, "in"), Edge(1, 2, ""), Edge(2, 3, ""), Edge(0, 3, "in"), Edge(3, 4, "b"), Edge(4, 5, ""),
        Edge(3, 6, "b"), Edge(5, 6, ""),
    ]  # fmt: skip


def test_a_layer_that_keeps_the_shape_of_another_branch_has_a_box_of_its_own() -> None:
    boxes = boxes_of(shape("8x8 mark:in conv3-1 mark:a from:in relu add:a"))
    assert [box.lines[1] for box in boxes] == ["input", "conv3-1", "relu", "add:a"]


def test_lanes_are_shared_where_they_are_free_and_edges_cross_rows_by_name() -> None:
    edges = [Edge(0, 1, ""), Edge(0, 3, "a"), Edge(1, 2, ""), Edge(3, 5, "b"), Edge(1, 7, "c"), Edge(3, 4, "")]
    assert runs_of(edges, range(4)) == [
        Run(0, 3, "a", 0),
        Run(1, None, "c", 1),
        Run(3, None, "b", 2),
        Run(3, None, "", 3),
    ]
    below = runs_of(edges, range(4, 8))
    assert {(run.source, run.target, run.name) for run in below} == {(None, 5, "b"), (None, 7, "c"), (None, 4, "")}
    assert len({run.lane for run in below}) == 3


@pytest.mark.parametrize("text", ["unet", "resnet18", "googlenet", RESIDUAL, *map(random_graph, range(6))])
def test_every_edge_is_drawn_once_inside_and_no_two_in_one_lane(text: str) -> None:
    stack = shape(text)
    boxes = boxes_of(stack)
    edges = edges_of(stack, [box.numbers for box in boxes])
    assert sum(len(step.wire.sources) for step in stack.layers) == len(edges) + sum(
        len(box.numbers) - 1 for box in boxes
    )
    figure = figure_of(stack)
    axes = figure.axes[0]
    frame = figure.bbox
    for line in axes.lines:
        place = line.get_window_extent()
        assert frame.x0 <= place.x0 <= place.x1 <= frame.x1
        assert frame.y0 <= place.y0 <= place.y1 <= frame.y1
    lanes = []
    for line in axes.lines:
        x, y = line.get_data()
        if len(x) in (3, 4):  # up, across and down, or to an edge
            lanes += [(y[1] if len(x) == 4 or y[0] != y[1] else y[0], min(x), max(x))]
    for one, other in itertools.combinations(lanes, 2):
        assert one[0] != pytest.approx(other[0]) or one[2] < other[1] or other[2] < one[1]
    for one, other in itertools.combinations([text.get_window_extent() for text in axes.texts], 2):
        assert not one.overlaps(other)
    assert {"\n".join(box.lines) for box in boxes} <= set(texts(axes))
