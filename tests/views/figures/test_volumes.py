"""Figures of networks: sides to scale, every layer said once, nothing outside, whatever the stack."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from PIL import Image

from cnnkit.network.shape import Stack, shape
from cnnkit.views.figures import canvas, volumes
from cnnkit.views.figures.canvas import FIGURE_FORMATS
from cnnkit.views.figures.volumes import COLOURS, MOST_BARS, SLANT, THINNEST, bars_of, boxes_of, draw_volumes

NOTE = "made by cnnkit 0.1.0: cnnkit shape"
LONG = "1080x1920x3 " + " ".join(f"conv3-{16 + n}:p1:nobias bn relu maxpool3:s1:p1" for n in range(45)) + " gap fc10"
ODD = ["10", "1x1x1", "51200@22050", "28x28", "784 fc10", "1x51200x1 conv1x80-128:s4:valid gap fc10", "28x28 relu bn"]
STACKS = [*ODD, "51200@22050 mfcc13:hop512 conv3-32 relu maxpool2 flatten fc10", "vgg19", LONG, "9x9x3 maxpool2 gap"]


def figure_of(stack: Stack) -> Any:
    """The figure, laid out."""
    with canvas._default_settings():
        figure = volumes._figure(stack)
        FigureCanvasAgg(figure).draw()
    return figure


def fronts(figure: Any) -> list[Any]:
    """The corners of each box's front, (x, y) with y downwards, from the lower left on."""
    return [faces.get_paths()[2].vertices[:4] for faces in figure.axes[0].collections]


def texts(axes: Any) -> list[str]:
    return [text.get_text() for text in axes.texts]


class TestBoxes:
    def test_layers_that_keep_the_shape_share_a_box_and_equal_ones_are_counted(self) -> None:
        boxes = boxes_of(shape("28x28 conv3-8 relu conv3-8 relu conv3-8 maxpool2 dropout flatten fc10"))
        assert [box.lines for box in boxes] == [
            ["28x28x1", "input"],
            ["28x28x8", "conv3-8 relu", "2 times"],
            ["28x28x8", "conv3-8"],
            ["14x14x8", "maxpool2 dropout"],
            ["1568", "flatten"],
            ["10", "fc10"],
        ]
        assert [box.kind for box in boxes] == ["other", "convolution", "convolution", "pooling", "other", "dense"]

    def test_values_in_a_row_are_channels(self) -> None:
        assert [box.volume for box in boxes_of(shape("51200@22050 mfcc13 flatten"))] == [
            (1, 1, 51200), (100, 13, 1), (1, 1, 1300),
        ]  # fmt: skip

    def test_a_long_word_is_broken_between_its_settings(self) -> None:
        (_, box) = boxes_of(shape("28x28 conv3-64:s2:p3:nobias bn relu"))
        assert box.lines[1:] == ["conv3-64:s2:p3", ":nobias bn relu"]
        assert "".join(box.lines[1:]).replace(" ", "") == "conv3-64:s2:p3:nobiasbnrelu"

    def test_sizes_are_those_of_the_table(self) -> None:
        stack = shape("28x28x3 conv3-8", batch=4, layout="nchw")
        assert [box.lines[0] for box in boxes_of(stack)] == ["4x3x28x28", "4x8x28x28"]


class TestScale:
    def test_rows_columns_and_channels(self) -> None:
        sides = [(64, 64, 3), (32, 32, 8), (16, 16, 15), (4, 2, 15)]
        figure = figure_of(shape("64x64x3 conv3-8:s2 conv3-15:s2 avgpool-to4x2"))
        heights = [front[0, 1] - front[2, 1] for front in fronts(figure)]
        lengths = [front[1, 0] - front[0, 0] for front in fronts(figure)]
        backs = [faces.get_paths()[1].vertices for faces in figure.axes[0].collections]
        slants = [back[1, 0] - back[0, 0] for back in backs]
        np.testing.assert_allclose(np.divide(heights, heights[0]), [rows / 64 for rows, _, _ in sides])
        np.testing.assert_allclose(slants, [SLANT * heights[0] * columns / 64 for _, columns, _ in sides], rtol=1e-6)
        np.testing.assert_allclose(np.divide(lengths, lengths[0]), np.log2([1 + depth for *_, depth in sides]) / 2)
        assert "To scale are rows and columns" in texts(figure.axes[0])[-1]

    def test_roots_where_the_smallest_could_not_be_seen_and_the_figure_says_so(self) -> None:
        figure = figure_of(shape("1600x1600x3 maxpool40 maxpool4"))
        heights = [front[0, 1] - front[2, 1] for front in fronts(figure)]
        np.testing.assert_allclose(np.divide(heights, heights[0]), np.sqrt([1, 40 / 1600, 10 / 1600]), rtol=1e-6)
        assert "To scale are square roots of rows and columns" in texts(figure.axes[0])[-1]

    def test_a_row_of_values_can_be_seen(self) -> None:
        *_, vector = fronts(figure_of(shape("224x224x3 flatten")))
        assert vector[0, 1] - vector[2, 1] == pytest.approx(THINNEST)


@pytest.mark.parametrize("words", STACKS)
def test_boxes_stand_side_by_side_in_the_figure_with_their_words_below(words: str) -> None:
    stack = shape(words)
    figure = figure_of(stack)
    axes = figure.axes[0]
    boxes = boxes_of(stack)
    assert texts(axes)[:-1] == ["\n".join(box.lines) for box in boxes]
    places = [faces.get_datalim(axes.transData) for faces in axes.collections]
    for (left, right), (one, other) in zip(pairwise(places), pairwise(fronts(figure)), strict=True):
        assert left.x1 < right.x0 or one[0, 1] < right.y0 < other[0, 1]  # or in the row below
    words_at = [text.get_window_extent() for text in axes.texts]
    frame = figure.bbox
    for place in [*words_at, *(text.get_window_extent() for one in figure.axes[1:] for text in one.texts)]:
        assert frame.x0 <= place.x0 < place.x1 <= frame.x1
        assert frame.y0 <= place.y0 < place.y1 <= frame.y1
    for one, other in pairwise(words_at):
        assert not one.overlaps(other)


class TestBars:
    def test_parameters_and_macs_are_those_of_the_layers(self) -> None:
        stack = shape("224x224x3 conv3-64 relu maxpool2 flatten fc10", batch=2)
        assert bars_of(stack) == [
            ("conv3-64", "convolution", 1792, 2 * 86704128),
            ("fc10", "dense", 8028170, 2 * 8028160),
        ]
        _, left, right = figure_of(stack).axes
        assert texts(left) == ["1,792 (under 0.1 %)", "8,028,170 (100.0 %)"]
        assert texts(right) == ["173,408,256 (91.5 %)", "16,056,320 (8.5 %)"]
        assert (left.get_title(loc="left"), right.get_title(loc="left")) == (
            "parameters: 8,029,962",
            "MACs: 189,464,576",
        )
        assert [label.get_text() for label in left.get_yticklabels()] == ["conv3-64", "fc10"]
        widths = [bar.get_width() for bar in right.patches]
        np.testing.assert_allclose(widths, [100 * 173408256 / 189464576, 100 * 16056320 / 189464576])
        assert [bar.get_facecolor()[:3] for bar in right.patches] == [
            to_rgb(COLOURS[k]) for k in ("convolution", "dense")
        ]

    def test_a_layer_that_occurs_twice_has_its_number(self) -> None:
        assert [bar.label for bar in bars_of(shape("9x9 conv3-1 conv3-1"))] == [
            "conv3-1 (layer 1)",
            "conv3-1 (layer 2)",
        ]

    def test_of_many_layers_the_smaller_ones_are_one(self) -> None:
        stack = shape(LONG)
        bars = bars_of(stack)
        assert len(bars) == MOST_BARS
        assert sum(bar.parameters for bar in bars) == stack.parameters
        assert sum(bar.macs for bar in bars) == stack.macs
        assert bars[-1].label == f"{45 + 45 + 1 - MOST_BARS + 1} smaller layers"
        assert "conv3-60:p1:nobias" in [bar.label for bar in bars]

    def test_without_parameters_there_are_none(self) -> None:
        assert len(figure_of(shape("28x28 maxpool2")).axes) == 1


@pytest.mark.parametrize("kind", FIGURE_FORMATS)
@pytest.mark.parametrize("words", STACKS[::6])
def test_a_stack_gives_the_same_file_each_time(words: str, kind: str) -> None:
    files = []
    for _ in range(2):
        stream = io.BytesIO()
        draw_volumes(shape(words), kind, NOTE)(stream)
        files.append(stream.getvalue())
    assert files[0] == files[1]
    assert files[0].startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[kind])


def test_the_kinds_of_layers_have_their_colours() -> None:
    stream = io.BytesIO()
    draw_volumes(shape("64x64x3 conv3-8 maxpool2 flatten fc10"), "png", NOTE)(stream)
    pixels = {colour for _, colour in Image.open(stream).convert("RGB").getcolors(1 << 24)}  # type: ignore[union-attr]
    assert {tuple(round(255 * part) for part in to_rgb(colour)) for colour in COLOURS.values()} <= pixels


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("resnet50", "224x224x3 resnet50"),
        ("112x112x3 resnet18 softmax", "112x112x3 resnet18 softmax"),
        ("32x32x3 mark:in conv3-3 add:in lenet5", "32x32x3 mark:in conv3-3 add:in lenet5"),
        ("28x28 conv3-8 x2", "28x28x1 conv3-8 conv3-8"),
        ("28x28", "28x28x1"),
    ],
)
def test_the_title_has_the_name_of_a_network(text: str, title: str) -> None:
    assert volumes.title(shape(text)) == title
