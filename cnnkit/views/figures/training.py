"""How a classifier was trained, as a figure: loss and accuracy of each epoch, and which classes it confuses.

A cell of the confusion matrix is as dark as the root of its share of the row, so that a few errors are seen beside many
right answers: blue where the answer is right, red where it is wrong. All lengths are in inches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil
from textwrap import wrap
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from cnnkit.arrays import Floats, Integers
from cnnkit.data.learning.epochs import Epoch, best
from cnnkit.errors import printable
from cnnkit.geometry.pair import counted
from cnnkit.views.figures.canvas import LARGEST_VALUE, encoded, shortened, value_range, write_text
from cnnkit.views.figures.features import merged
from cnnkit.views.figures.layers import BLUE, FAINT, RED
from cnnkit.views.figures.maps import (
    GAP,
    LINE,
    MARGIN,
    MARK_POINTS,
    PIXELS_PER_INCH,
    POINTS_PER_INCH,
    SIGNED,
    TITLE_POINTS,
    WIDTH,
    Cells,
    Map,
    Row,
    figure_of,
    some_lines,
)
from cnnkit.views.text.grids import number_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LETTERS, MOST_LINES = 125, 6
"""Of a line of text across the figure, and lines of a network's words."""

CURVE, MARKS_LEFT, MARKS_BELOW = 2.1, 0.45, 0.4
"""The height of a curve, and the room of the numbers at its axes."""

FEW = 30
"""Epochs whose dots are large."""

MATRIX, NAMES = 4.2, 1.0
"""The side of the confusion matrix, and the room of the names beside it."""

LARGEST_CELL, NARROWEST = 0.6, 2.6
"""Of few classes, and the room of the matrix's title."""

LETTER = 0.065
"""The mean width of a letter."""

MOST_NUMBERED = 20
"""Classes with numbers in the cells."""

LONGEST_NAME = 16
"""Characters of a class's name."""

MOST_CONFUSED = 8
"""Pairs of classes that are written beside the matrix."""


def draw_training(
    title: str,
    network: str,
    epochs: Sequence[Epoch],
    classes: Sequence[str],
    confusion: Integers | None,
    file_type: str,
    note: str,
) -> Callable[[BinaryIO], None]:
    """Draw how a classifier was trained, and return a function that writes the figure; as `encoded`.

    Parameters
    ----------
    title : str
        What the examples are called.
    network : str
        Its layers, in words.
    epochs : sequence of Epoch
        In their order, at least one.
    classes : sequence of str
        Their names.
    confusion : ndarray of int, optional
        How many held-back examples of a class (row) got an answer (column), (classes, classes); None without any.
    """
    return encoded(lambda: figure_of(_rows(title, network, epochs, classes, confusion)), file_type, note)


def _rows(
    title: str, network: str, epochs: Sequence[Epoch], classes: Sequence[str], confusion: Integers | None
) -> list[Row]:
    words = wrap(printable(network), LETTERS, break_on_hyphens=False)
    words = words if len(words) <= MOST_LINES else [*words[: MOST_LINES - 1], f"{words[MOST_LINES - 1]} ..."]
    size = (WIDTH - 2 * MARGIN - 2 * MARKS_LEFT - GAP) / 2, CURVE
    second = MARGIN + MARKS_LEFT + size[0] + GAP + MARKS_LEFT
    chance = 100 / len(classes) if classes else 0.0
    curves: Row = [
        (MARGIN + MARKS_LEFT, [_curve_map("loss (mean cross-entropy)", epochs, _losses(epochs), size)]),
        (second, [_curve_map("accuracy, %", epochs, _accuracies(epochs), size, chance)]),
    ]
    rows: list[Row] = [[(MARGIN, [Map((title, *words), below=-0.6 * GAP)])], curves]
    rows.append([(MARGIN, [Map(_curve_lines(epochs), below=-0.4 * GAP)])])
    if confusion is not None and len(classes):
        rows.append(_matrix_row(classes, confusion))
    return rows


def _losses(epochs: Sequence[Epoch]) -> Floats:
    """Of training and validation, (2, epochs); NaN where there is no finite number."""
    return _finite(np.array([[one.loss for one in epochs], [one.validation_loss for one in epochs]], np.float64))


def _accuracies(epochs: Sequence[Epoch]) -> Floats:
    both = [[one.accuracy for one in epochs], [one.validation_accuracy for one in epochs]]
    return 100 * _finite(np.array(both, np.float64))


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values.clip(-LARGEST_VALUE, LARGEST_VALUE), np.nan)


def _curve_lines(epochs: Sequence[Epoch]) -> tuple[str, ...]:
    """What the curves show, and which epoch is best."""
    chosen = best(epochs)
    seconds = sum(epoch.seconds for epoch in epochs)
    text = f"{counted(len(epochs), 'epoch')} in {number_text(seconds, 3)} s. "
    if np.isfinite(_losses(epochs)).any():
        is_validated = np.isfinite(chosen.validation_loss)
        kind, article, loss, accuracy = "", "an", chosen.loss, chosen.accuracy
        if is_validated:
            kind, article = "validation ", "a"
            loss, accuracy = chosen.validation_loss, chosen.validation_accuracy
        text += f"Best: epoch {chosen.number} (grey line), with the least {kind}loss, {number_text(loss, 3)}"
        text += f", and {article} {kind}accuracy of {_percent(accuracy)}. "
    if any(epoch.is_validated for epoch in epochs):
        text += "Training: means over an epoch, while the weights change. Validation: examples that were held back, "
        text += "after the epoch. A validation loss that rises while the training loss falls is overfitting."
    else:
        text += "Training: means over an epoch, while the weights change. No examples were held back for validation."
    if not all(np.isfinite(epoch.loss) and not np.isinf(epoch.validation_loss) for epoch in epochs):
        text += " Losses that are no finite numbers are not drawn: training diverged."
    return tuple(wrap(text, LETTERS))


def _percent(share: float) -> str:
    return f"{number_text(100 * share, 3)}%"


def _curve_map(name: str, epochs: Sequence[Epoch], values: Floats, size: tuple[float, float], chance: float = 0) -> Map:
    """Training and validation at each epoch, the best one marked; of accuracies also what guessing reaches."""

    def mark(axes: Axes) -> None:
        from matplotlib.ticker import MaxNLocator

        numbers = [epoch.number for epoch in epochs]
        dot = 3.5 if len(epochs) <= FEW else 1.2
        best_number = best(epochs).number
        if np.isfinite(_losses(epochs)).any():
            axes.axvline(best_number, color="0.6", linewidth=0.8, linestyle=":")
        drawn = (("training", BLUE, "o-"), ("validation", RED, "s--"))
        for (word, colour, form), series in zip(drawn, values, strict=True):
            if not np.isfinite(series).any():
                continue
            axes.plot(numbers, series, form, color=colour, linewidth=1.2, markersize=dot, label=word, clip_on=False)
            at_best = series[numbers.index(best_number)]
            ring: dict[str, Any] = {"markersize": dot + 4, "fillstyle": "none", "clip_on": False}
            axes.plot([best_number], [at_best], form[0], color=colour, **ring)
        low, high = value_range(values)
        around = 0.06 * (high - low)
        bottom, top = low - around, high + around
        if chance:
            bottom, top = 10 * np.floor(low / 10), 100
            bottom = 0 if bottom <= max(chance, 20) else min(bottom, 90)
            if bottom == 0:
                axes.axhline(chance, color="0.6", linewidth=0.8, label=f"guessing: {number_text(chance, 3)}%")
        elif low >= 0 and low < high / 2:
            bottom = 0
        axes.set_ylim(bottom, top)
        side = 0.5 if len(epochs) == 1 else 0.0
        axes.set_xlim(numbers[0] - side, numbers[-1] + side)
        axes.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
        axes.set_xlabel("epoch", fontsize=MARK_POINTS)
        axes.grid(color="0.9", linewidth=0.5)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(FAINT)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(
                fontsize=MARK_POINTS, loc="lower right" if chance else "best", framealpha=0.85, handlelength=2.5
            )

    return Map((name,), size, mark=mark, below=MARKS_BELOW)


def _matrix_row(classes: Sequence[str], confusion: Integers) -> Row:
    """The confusion matrix, and beside it in words how many answers were right and what was confused most."""
    names = [shortened(printable(name), LONGEST_NAME) for name in classes]
    count, counts = len(names), confusion.astype(np.int64)
    side, room = min(MATRIX, LARGEST_CELL * count), min(NAMES, 0.1 + LETTER * max(map(len, names)))
    shares = np.sqrt(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))
    signed = np.where(np.eye(count, dtype=bool), -shares, shares)
    block = -(-count // int(PIXELS_PER_INCH * side))
    cells = Cells(merged(signed, block, block, "strongest"), (count, count), -1.0, 1.0, SIGNED)
    texts = np.array([str(one) if one else "" for one in counts.flat], object).reshape(counts.shape)
    matrix = Map(
        ("confusion matrix of the held-back examples", "rows: the true class; columns: the answer"),
        (side, side),
        cells,
        texts if count <= MOST_NUMBERED else None,
        mark=lambda axes: _name_classes(axes, names, side, room),
        below=room,
    )
    left = MARGIN + room
    right = left + max(side, NARROWEST) + GAP
    width = WIDTH - MARGIN - right
    lines = [
        line
        for text in _matrix_lines(names, counts)
        for line in wrap(text, int(width / LETTER), subsequent_indent="  ")
    ]
    size = width, max(side, LINE * len(lines))
    return [(left, [matrix]), (right, [Map(("", ""), size, mark=lambda axes: _write_lines(axes, lines, size))])]


def _matrix_lines(names: Sequence[str], confusion: Integers) -> tuple[str, ...]:
    """What the colours are, how many answers are right, and which wrong ones are given most often."""
    total, right = int(confusion.sum()), int(np.trace(confusion))
    share = f" ({_percent(right / total)})" if total else ""
    wrong = confusion * ~np.eye(len(names), dtype=bool)
    order = np.argsort(-wrong, axis=None, kind="stable")[:MOST_CONFUSED]
    found = [(int(place) // len(names), int(place) % len(names)) for place in order.tolist()]
    of_class = confusion.sum(axis=1)
    confused = [
        f"{names[row]} taken for {names[column]}: {wrong[row, column]:,} of {of_class[row]:,}"
        for row, column in found
        if wrong[row, column]
    ]
    return some_lines(
        "Blue: right. Red: wrong. The darker, the larger the share of its row; white is none.",
        f"Right: {right:,} of {total:,}{share}.",
        "Confused most often:" if confused else "",
        *confused,
    )


def _write_lines(axes: Axes, lines: Sequence[str], size: tuple[float, float]) -> None:
    axes.set(xlim=(0, size[0]), ylim=(size[1], 0))
    axes.set_axis_off()
    for number, line in enumerate(lines):
        write_text(axes, 0, LINE * (number + 0.8), line, TITLE_POINTS, size[0])


def _name_classes(axes: Axes, names: Sequence[str], side: float, room: float) -> None:
    """Write the classes at both edges, of many every so many, in letters that fit their room."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_color(FAINT)
    inch = len(names) / side
    step = ceil(inch * (MARK_POINTS + 1) / POINTS_PER_INCH)
    figure: Any = axes.figure
    most = (room - 0.06) * figure.dpi
    how: dict[str, Any] = {"fontsize": MARK_POINTS, "parse_math": False}
    end = len(names) - 0.5 + 0.05 * inch
    for place in range(0, len(names), step):
        texts = (
            axes.text(-0.5 - 0.05 * inch, place, names[place], ha="right", va="center", **how),
            axes.text(place, end, names[place], ha="center", va="top", rotation=90, **how),
        )
        for text in texts:
            extent = text.get_window_extent()
            text.set_fontsize(MARK_POINTS * min(1.0, most / max(extent.width, extent.height)))
