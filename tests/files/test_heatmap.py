"""Features as a picture: the right way up, the same bytes every time, with Pillow alone."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnkit.data.heatmap import HeatmapAxes, lay_out_heatmap
from cnnkit.data.viridis import NOT_A_NUMBER, VIRIDIS
from cnnkit.files.heatmap import draw_plainly, encode_heatmap
from cnnkit.files.images.raster import raster_made_by_cnnkit
from cnnkit.operations.features.features import features

NOTE = "made by cnnkit 0.1.0: cnnkit mfcc ümlaut.wav -o song.png"
AXES = HeatmapAxes("song.wav", 0.01, 0.0, "frequency", "Hz", None, "dB", "maximum")
RATE = 16000


def encoded(values: Any, axes: HeatmapAxes = AXES, *, plain: bool | None = True) -> bytes:
    stream = io.BytesIO()
    encode_heatmap(np.asarray(values), axes, NOTE, plain=plain)(stream)
    return stream.getvalue()


def pixels(content: bytes) -> Any:
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def found_map(values: Any, axes: HeatmapAxes = AXES) -> Any:
    """The pixels of the map alone, cut out of a plain picture at the line around it."""
    heatmap = lay_out_heatmap(values, axes)
    image = np.asarray(draw_plainly(heatmap)).astype(int)
    is_ink = (image == 0).all(axis=2)
    rows, columns = heatmap.size
    top = next(y for y in range(len(image)) if is_ink[y].sum() >= columns + 2)
    left = next(x for x in range(image.shape[1]) if is_ink[top : top + rows + 2, x].all())
    return image[top + 1 : top + 1 + rows, left + 1 : left + 1 + columns]


@pytest.mark.parametrize(("hertz", "band"), [(1000, 32), (6000, 192)])
def test_a_tone_is_a_bright_line_at_its_height(hertz: int, band: int) -> None:
    tone = np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE)
    spectrogram = features(tone, RATE, "spectrogram", dialect="psf", taper="hann")[:, :, 0]
    inside = found_map(spectrogram)
    cell = inside.shape[0] // 257
    brightest = inside.sum(axis=2).mean(axis=1).argmax()
    assert 256 - brightest // cell in range(band - 1, band + 2)


def test_a_rising_tone_rises_to_the_right() -> None:
    seconds = np.arange(RATE) / RATE
    chirp = np.sin(2 * np.pi * (500 * seconds + 3000 * seconds**2))
    inside = found_map(features(chirp, RATE, "spectrogram", dialect="psf", taper="hann")[:, :, 0])
    brightest = inside.sum(axis=2).argmax(axis=0)
    quarters = [int(np.median(part)) for part in np.array_split(brightest, 4)]
    assert quarters == sorted(quarters, reverse=True)
    assert quarters[0] - quarters[-1] > inside.shape[0] // 2


def test_every_cell_has_its_colour() -> None:
    values = np.array([[0, 1, np.nan], [0.5, np.inf, -np.inf]])
    inside = found_map(values)
    cells = inside[66::133, 240::480]
    bottom_up = [[VIRIDIS[0], VIRIDIS[128]], [VIRIDIS[255], VIRIDIS[255]], [NOT_A_NUMBER, VIRIDIS[0]]]
    np.testing.assert_array_equal(cells, np.array(bottom_up)[::-1])
    for row in range(3):
        for column in range(2):
            block = inside[133 * row : 133 * (row + 1), 480 * column : 480 * (column + 1)]
            assert (block == block[0, 0]).all()


def test_the_colour_bar_runs_upwards() -> None:
    image = pixels(encoded(np.arange(20).reshape(10, 2)))
    column = next(x for x in range(image.shape[1] - 1, 0, -1) if (image[:, x] == VIRIDIS[255]).all(axis=1).any())
    bar = image[:, column]
    ends = [np.flatnonzero((bar == VIRIDIS[level]).all(axis=1)).mean() for level in (0, 128, 255)]
    assert ends[0] > ends[1] > ends[2]


@pytest.mark.parametrize("plain", [True, False])
def test_nothing_is_drawn_at_the_edge(plain: bool) -> None:
    axes = HeatmapAxes("name " * 100, 0.01, -1e-4, "mel band", "Hz", (-1e5, 0, 2e5), "ln power")
    for values in (np.full((30, 3), -1e300), np.random.default_rng(0).random((1300, 3)) * 1e-5 + 12345):
        image = pixels(encoded(values, axes, plain=plain))
        frame = np.concatenate([image[:4].reshape(-1), image[-4:].reshape(-1), image[:, :4].reshape(-1)])
        assert (frame == 255).all()
        assert (image[:, -4:] == 255).all()


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("shape", [(1, 1), (1, 128), (500, 1), (3, 5000)])
@pytest.mark.parametrize("value", [0, 1.5, np.nan, np.inf, -1e308])
def test_odd_values_and_shapes_are_drawn(plain: bool, shape: tuple[int, int], value: float) -> None:
    image = pixels(encoded(np.full(shape, value), plain=plain))
    assert image.shape[1] <= 1600
    assert image.std() > 0


def test_a_long_sound_is_drawn_fast() -> None:
    values = np.zeros((100_000, 128), np.float32)
    values[50_000, 64] = 1  # the maximum keeps a click
    begin = time.perf_counter()
    content = encoded(values)
    assert time.perf_counter() - begin < 2
    assert pixels(content).shape[1] <= 1600
    assert (found_map(values) == VIRIDIS[255]).all(axis=2).sum() == 3


@pytest.mark.parametrize("plain", [True, False])
def test_it_says_that_cnnkit_made_it(plain: bool, tmp_path: Path) -> None:
    (tmp_path / "song.png").write_bytes(encoded(np.eye(3), plain=plain))
    assert raster_made_by_cnnkit(tmp_path / "song.png")
    with Image.open(tmp_path / "song.png") as image:
        assert image.info["Software"] == NOTE.replace("ü", "\\xfc")


def test_without_matplotlib_it_is_drawn_plainly() -> None:
    program = """
import sys
sys.modules["matplotlib"] = None
import numpy as np
from cnnkit.data.heatmap import HeatmapAxes
from cnnkit.files.heatmap import encode_heatmap
axes = HeatmapAxes("song.wav", 0.01, 0.0, "frequency", "Hz", None, "dB", "maximum")
encode_heatmap(np.eye(13), axes, sys.argv[1])(sys.stdout.buffer)
"""
    result = subprocess.run([sys.executable, "-c", program, NOTE], capture_output=True, check=True)
    assert result.stderr == b""
    assert result.stdout == encoded(np.eye(13), plain=True) != encoded(np.eye(13), plain=False)


def test_the_plain_one_does_not_load_matplotlib() -> None:
    program = """
import io, sys
import numpy as np
from cnnkit.data.heatmap import HeatmapAxes
from cnnkit.files.heatmap import encode_heatmap
encode_heatmap(np.eye(13), HeatmapAxes("", 1), "", plain=True)(io.BytesIO())
assert not {"matplotlib", "numba", "scipy"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_everything_is_checked_before_anything_is_drawn() -> None:
    from cnnkit.errors import ArgumentError

    with pytest.raises(ArgumentError, match="no map of features"):
        encode_heatmap(np.zeros((3, 2, 1)), AXES, NOTE)
