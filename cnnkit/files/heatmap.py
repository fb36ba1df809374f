"""Features as a picture with axes, in a PNG: drawn by matplotlib where it is installed, plainly otherwise.

The plain one needs nothing but Pillow and the font inside it. Both show the same cells in the same colours.
"""

from __future__ import annotations

import io
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

from cnnkit.data.heatmap import Heatmap, HeatmapAxes, lay_out_heatmap, shortened
from cnnkit.data.viridis import NOT_A_NUMBER, VIRIDIS
from cnnkit.files.writing import Encoder

EDGE = 16
"""Pixels between what is drawn and the edge of the picture."""

GAP = 8
"""Between a number and what it belongs to."""

LETTERS, LINE = 15, 20
"""The size of the letters, and from one line of them to the next."""

BAR_GAP, BAR = 28, 18
"""From the map to the colour bar, and its width."""

MARK = 5
"""The length of a mark at an axis."""

INK, PAPER = (0, 0, 0), (255, 255, 255)

Pixels = npt.NDArray[np.uint8]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def encode_heatmap(values: npt.NDArray[Any], axes: HeatmapAxes, made_by: str, *, plain: bool | None = None) -> Encoder:
    """A function that writes features as a PNG: time to the right, columns upwards, values as colours, a colour bar.

    Parameters
    ----------
    values : ndarray of real numbers, (frames, columns)
        At least one of each. NaN is grey; infinite values get the colour of the largest or smallest finite one.
    axes : HeatmapAxes
        What is written at the axes.
    made_by : str
        Kept as the text ``Software``.
    plain : bool, optional
        Whether to draw with Pillow alone; by default only where there is no matplotlib.

    Raises
    ------
    ArgumentError
        If the values are no such array, or there is not one place for each column.

    >>> stream = io.BytesIO()
    >>> encode_heatmap(np.eye(13), HeatmapAxes("song.wav", 0.01), "made by cnnkit", plain=True)(stream)
    >>> stream.getvalue()[1:4]
    b'PNG'
    """
    heatmap = lay_out_heatmap(values, axes)
    note = made_by.encode("ascii", "backslashreplace").decode()

    def encode(stream: BinaryIO) -> None:
        from cnnkit.views import figure as plot

        if plain or (plain is None and not plot.is_installed()):
            _write_plain(stream, heatmap, note)
        else:
            plot.write_plot(stream, heatmap, note)

    return encode


def _write_plain(stream: BinaryIO, heatmap: Heatmap, note: str) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Software", note)
    content = io.BytesIO()  # Pillow goes back while it writes, which a pipe cannot
    draw_plainly(heatmap).save(content, "PNG", pnginfo=text)
    stream.write(content.getbuffer())


def draw_plainly(heatmap: Heatmap) -> Image.Image:
    """A picture of the map with its axes and colour bar, as large as the words at them need."""
    font = ImageFont.load_default(LETTERS)
    rows, columns = heatmap.size
    left = EDGE + LINE + GAP + _widest(font, [tick.label for tick in heatmap.columns]) + GAP + MARK
    bar_left = left + columns + BAR_GAP
    value_name = bar_left + BAR + MARK + GAP + _widest(font, [tick.label for tick in heatmap.values]) + GAP
    right = value_name + (LINE if heatmap.value_name else 0) + EDGE
    top = EDGE + (LINE + GAP if heatmap.title else 0)
    bottom = top + rows
    image = Image.new("RGB", (right, bottom + MARK + GAP + 2 * LINE + EDGE), PAPER)
    draw = ImageDraw.Draw(image)
    if heatmap.title:
        title = shortened(heatmap.title, right - EDGE - left, font.getlength)
        draw.text((left, EDGE), title, INK, font, "la")

    _map(image, left, top, _coloured(heatmap).repeat(heatmap.cell_rows, 0).repeat(heatmap.cell_columns, 1))
    for place, label in heatmap.times:
        x = left + min(round(place), columns)
        draw.line([(x, bottom + 1), (x, bottom + MARK)], INK)
        draw.text((x, bottom + MARK + GAP // 2), label, INK, font, "ma")
    draw.text((left + columns // 2, bottom + MARK + GAP // 2 + LINE), heatmap.time_name, INK, font, "ma")
    for place, label in heatmap.columns:
        y = bottom - 1 - min(round(place), rows)
        draw.line([(left - 1 - MARK, y), (left - 2, y)], INK)
        draw.text((left - MARK - GAP, y), label, INK, font, "rm")
    _write_upwards(image, EDGE, (top + bottom) // 2, heatmap.column_name, font)

    shades = np.arange(rows)[::-1] * 256 // rows
    _map(image, bar_left, top, VIRIDIS[shades][:, None].repeat(BAR, 1))
    for place, label in heatmap.values:
        y = bottom - 1 - min(round(place), rows - 1)
        draw.line([(bar_left + BAR + 1, y), (bar_left + BAR + MARK, y)], INK)
        draw.text((bar_left + BAR + MARK + GAP // 2, y), label, INK, font, "lm")
    _write_upwards(image, value_name, (top + bottom) // 2, heatmap.value_name, font)
    return image


def _coloured(heatmap: Heatmap) -> Pixels:
    """Red, green and blue of every cell, (rows, columns, 3)."""
    missing = np.isnan(heatmap.cells)
    level = (np.where(missing, heatmap.low, heatmap.cells) - heatmap.low) / (heatmap.high - heatmap.low)
    colours: Pixels = VIRIDIS[np.minimum((level * 256).astype(np.intp), 255)]
    colours[missing] = NOT_A_NUMBER
    return colours


def _map(image: Image.Image, left: int, top: int, pixels: Pixels) -> None:
    """Lay pixels into the picture, with a line around them."""
    rows, columns, _ = pixels.shape
    image.paste(Image.fromarray(np.ascontiguousarray(pixels)), (left, top))
    ImageDraw.Draw(image).rectangle([(left - 1, top - 1), (left + columns, top + rows)], outline=INK)


def _write_upwards(image: Image.Image, left: int, middle: int, text: str, font: Font) -> None:
    """Write a line from below upwards, its middle at `middle`."""
    if not text:
        return
    line = Image.new("L", (_widest(font, [text]) + 2, LINE), 0)
    ImageDraw.Draw(line).text((1, 0), text, 255, font, "la")
    turned = line.rotate(90, expand=True)
    image.paste(INK, (left, max(0, middle - turned.height // 2)), turned)


def _widest(font: Font, texts: list[str]) -> int:
    return max((int(font.getlength(text)) + 1 for text in texts), default=0)
