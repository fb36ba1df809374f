"""The figure of a training: its curves, the best epoch, and the confusion matrix, whatever the numbers and names."""

from __future__ import annotations

import io
import math
import warnings
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from cnnkit.data.learning.epochs import Epoch
from cnnkit.views.figures import training
from cnnkit.views.figures.canvas import _default_settings
from cnnkit.views.figures.maps import figure_of
from cnnkit.views.figures.training import MOST_CONFUSED, draw_training

NAN, INF = math.nan, math.inf
THREE = [Epoch(1, 2.0, 0.3, 1.8, 0.4, 1.0), Epoch(2, 1.0, 0.6, 1.2, 0.55, 1.0), Epoch(3, 0.5, 0.8, 1.5, 0.5, 1.5)]
COUNTS = np.array([[7, 1, 2], [0, 10, 0], [0, 5, 5]])
NAMES = ("cat", "dog", "bird")


def figure_and_texts(
    epochs: Any = THREE, classes: Any = NAMES, confusion: Any = COUNTS, network: str = "conv 8 3x3, dense 3"
) -> tuple[Any, str]:
    with _default_settings():
        figure = figure_of(training._rows("pets", network, epochs, classes, confusion))
        FigureCanvasAgg(figure).draw()
    said = [axes.get_title(loc="left") for axes in figure.axes]
    said += [text.get_text() for axes in figure.axes for text in axes.texts]
    return figure, " ".join("\n".join(said).split())


def without_validation(epoch: Epoch) -> Epoch:
    return epoch._replace(validation_loss=NAN, validation_accuracy=NAN)


class TestCurves:
    def test_training_and_validation_differ_in_colour_and_line(self) -> None:
        figure, said = figure_and_texts()
        loss, accuracy = figure.axes[1:3]
        lines = {line.get_label(): line for line in loss.lines}
        first, second = lines["training"], lines["validation"]
        np.testing.assert_array_equal(first.get_xydata(), [[1, 2], [2, 1], [3, 0.5]])
        np.testing.assert_array_equal(second.get_ydata(), [1.8, 1.2, 1.5])
        assert first.get_color() != second.get_color()
        assert first.get_linestyle() != second.get_linestyle()
        lines = {line.get_label(): line for line in accuracy.lines}
        np.testing.assert_allclose(lines["validation"].get_ydata(), [40, 55, 50])
        assert [text.get_text() for text in loss.get_legend().get_texts()] == ["training", "validation"]
        assert "pets conv 8 3x3, dense 3" in said
        assert "3 epochs in 3.5 s" in said

    def test_the_best_epoch_is_marked_and_said(self) -> None:
        figure, said = figure_and_texts()
        for axes in figure.axes[1:3]:
            assert [2, 2] in [list(line.get_xdata()) for line in axes.lines]
        assert (
            "Best: epoch 2 (grey line), with the least validation loss, 1.2, and a validation accuracy of 55%" in said
        )

    def test_without_validation_there_is_one_curve(self) -> None:
        figure, said = figure_and_texts([without_validation(one) for one in THREE], confusion=None)
        assert [text.get_text() for text in figure.axes[1].get_legend().get_texts()] == ["training"]
        assert "the least loss, 0.5, and an accuracy of 80%" in said
        assert "No examples were held back" in said
        assert "confusion" not in said

    def test_one_epoch_is_a_point(self) -> None:
        axes = figure_and_texts(THREE[:1])[0].axes[1]
        low, high = axes.get_xlim()
        assert low < 1 < high
        assert all(line.get_marker() != "None" for line in axes.lines if line.get_label() in ("training", "validation"))

    def test_guessing_has_a_line_that_is_within_the_axes(self) -> None:
        figure, _ = figure_and_texts()
        assert "guessing: 33.3%" in [text.get_text() for text in figure.axes[2].get_legend().get_texts()]
        good = [one._replace(accuracy=0.97, validation_accuracy=0.96) for one in THREE]
        axes = figure_and_texts(good)[0].axes[2]
        assert axes.get_ylim() == (90, 100)
        assert len(axes.get_legend().get_texts()) == 2

    @pytest.mark.parametrize("values", [(NAN, NAN), (INF, 1.0), (1e308, INF), (0.0, 0.0), (-1.0, 5e-324), (NAN, 2.0)])
    @pytest.mark.parametrize("count", [1, 60])
    def test_any_losses_can_be_drawn(self, values: tuple[float, float], count: int) -> None:
        loss, other = values
        epochs = [Epoch(1 + number, loss, NAN, other, 0.5, 0.0) for number in range(count)]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            figure, said = figure_and_texts(epochs, confusion=COUNTS if count == 1 else None)
        assert ("diverged" in said) == (not math.isfinite(loss) or math.isinf(other))
        assert np.isfinite(figure.axes[1].get_ylim()).all()


class TestMatrix:
    def test_cells_hold_the_counts_and_are_blue_where_right(self) -> None:
        figure, said = figure_and_texts()
        axes = figure.axes[4]
        image = axes.images[0]
        shares = COUNTS / 10
        expected = np.where(np.eye(3, dtype=bool), -(shares**0.5), shares**0.5)
        np.testing.assert_allclose(image.get_array(), expected)
        right, wrong = image.to_rgba(np.array([[-1.0, 0.7]]))[0, :, :3]
        assert right[2] > right[0]
        assert wrong[0] > wrong[2]
        texts = [text.get_text() for text in axes.texts]
        assert [text for text in texts if text.isdigit()] == ["7", "1", "2", "10", "5", "5"]
        assert texts.count("cat") == 2
        assert "rows: the true class; columns: the answer" in said

    def test_answers_are_counted_and_confusions_named(self) -> None:
        said = figure_and_texts()[1]
        assert "Right: 22 of 30 (73.3%)." in said
        assert "Confused most often: bird taken for dog: 5 of 10 cat taken for bird: 2 of 10 cat taken for dog" in said
        assert "Confused" not in figure_and_texts(confusion=np.diag([3, 4, 0]))[1]
        assert "Right: 0 of 0." in figure_and_texts(confusion=np.zeros((3, 3), np.uint8))[1]

    def test_unsigned_counts_are_counts(self) -> None:
        assert "bird taken for dog: 5 of 10" in figure_and_texts(confusion=COUNTS.astype(np.uint8))[1]

    @pytest.mark.parametrize("count", [1, 2, 20, 21, 200, 1000])
    def test_any_number_of_classes_has_names_that_do_not_overlap(self, count: int) -> None:
        counts = np.random.default_rng(1).integers(0, 5, (count, count))
        figure, said = figure_and_texts(classes=[f"class number {n:04}" for n in range(count)], confusion=counts)
        axes = figure.axes[4]
        assert any(text.get_text().isdigit() for text in axes.texts) == (count <= 20)
        assert said.count("taken for") == min(MOST_CONFUSED, np.count_nonzero(counts * ~np.eye(count, dtype=bool)))
        left = [text.get_window_extent() for text in axes.texts if text.get_ha() == "right"]
        assert all(one.y0 >= other.y1 - 1 for one, other in pairwise(left))
        width, height = figure.get_size_inches() * figure.dpi
        for extent in (text.get_window_extent() for axis in figure.axes for text in axis.texts):
            assert -1 <= extent.x0 <= extent.x1 <= width + 1
            assert -1 <= extent.y0 <= extent.y1 <= height + 1

    def test_any_names_can_be_drawn(self) -> None:
        names = ("$a_b$", "犬" * 40, "\x1b[31m\n", "W" * 99, "", "\ud800 ", "שלום")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            figure, said = figure_and_texts(classes=names, confusion=np.ones((7, 7), int))
        assert "$a_b$ taken for" in said
        assert "\\x1b[31m\\n" in said
        assert "WWWWWW...WWWWWW" in said
        assert min(text.get_window_extent().x0 for text in figure.axes[4].texts) >= -1


def test_a_long_network_is_wrapped_and_cut() -> None:
    said = figure_and_texts(network="conv 8 3x3, relu, " * 200)[0].axes[0].get_title(loc="left").split("\n")
    assert len(said) == 1 + training.MOST_LINES
    assert said[-1].endswith(" ...")


@pytest.mark.parametrize("file_type", ["png", "svg", "pdf"])
def test_it_is_encoded(file_type: str) -> None:
    stream = io.BytesIO()
    draw_training("a$b$", "", THREE, NAMES, COUNTS, file_type, "made by cnnkit")(stream)
    if file_type == "png":
        image = Image.open(stream)
        assert image.info["Software"] == "made by cnnkit"
        assert image.size[0] == 1200
    else:
        assert stream.tell() > 1000
