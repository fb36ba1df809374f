"""Make the two examples, beside this file: ``image.png``, a lake at sunset, and ``song.wav``, a bar of music.

The image has what a kernel can answer to: edges along rows, along columns and along diagonals, curves, fine texture,
smooth gradients and saturated colours. The song has clear onsets, harmonics and decays for the rows of an MFCC.
Both are drawn by rule from one seed, so they belong to nobody else and every run makes the same pixels and samples.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
from PIL import Image, ImageDraw

Floats = npt.NDArray[np.float64]
Colour = tuple[int, int, int]
Points = Sequence[tuple[float, float]]  # as Pillow takes them, (column, row), in pixels of the finished image
Stroke = tuple[Points, Colour | Floats, float]  # along these points, in this colour, this wide

ROWS, COLUMNS, SCALE = 320, 480, 4  # drawn SCALE times larger and reduced at the end, so that edges are smooth
HORIZON, SUN_COLUMN, SUN_ROW, CREAM = 186, 304, 124, (252, 244, 228)
SAMPLE_RATE, SAMPLE_COUNT, SEED = 22050, 51200, 1998

ROW, COLUMN = (np.mgrid[0 : ROWS * SCALE, 0 : COLUMNS * SCALE] + 0.5) / SCALE
TIME = np.arange(SAMPLE_COUNT) / SAMPLE_RATE
chance = np.random.RandomState()  # this older generator is promised to stay the same in every release of NumPy


def ramp(position: Floats | float, stops: dict[float, Colour]) -> Floats:
    """Colour each position by the stops on either side of it."""
    return np.stack([np.interp(position, list(stops), values) for values in zip(*stops.values(), strict=True)], -1)


def noise(row_size: float, column_size: float) -> Floats:
    """Make clouds of numbers around 0, whose largest lumps have this size and whose finer ones are weaker."""
    total: Floats = np.zeros(ROW.shape)
    for finer in (1, 2, 4, 8):
        lumps = chance.standard_normal((int(ROWS * finer / row_size) + 2, int(COLUMNS * finer / column_size) + 2))
        smooth = Image.fromarray(lumps.astype(np.float32)).resize(ROW.shape[::-1], Image.Resampling.BICUBIC)
        total += np.asarray(smooth) / finer
    return total


def inside(*outlines: Points) -> Floats:
    """Make a mask, 1 inside the outlines and 0 outside; an outline of two points is the box between them."""
    pen = ImageDraw.Draw(mask := Image.new("L", ROW.shape[::-1]))
    for points in outlines:
        draw = pen.rectangle if len(points) == 2 else pen.polygon
        draw([(column * SCALE, row * SCALE) for column, row in points], fill=1)
    return np.asarray(mask, dtype=np.float64)


def paint(canvas: Floats, mask: npt.NDArray[np.generic], colour: Floats | Colour, light: npt.ArrayLike = 1.0) -> None:
    """Lay a colour, or a texture, over the canvas as far as the mask is above 0."""
    cover = np.clip(mask.astype(np.float64), 0, 1)[..., None]
    canvas += cover * (np.asarray(colour) * np.asarray(light)[..., None] - canvas)


def stroke(canvas: Floats, lines: Iterable[Stroke]) -> None:
    """Draw lines with a round tip, which is all there is of a line of one point, each over the ones before it."""
    pen = ImageDraw.Draw(picture := Image.fromarray(np.clip(canvas, 0, 255).astype(np.uint8)))
    for points, colour, width in lines:
        places = [(column * SCALE, row * SCALE) for column, row in points]
        fill = tuple(np.clip(colour, 0, 255).astype(int).tolist())
        pen.line(places, fill, round(width * SCALE), joint="curve")
        pen.circle(places[-1], width * SCALE / 2, fill)
    canvas[:] = np.asarray(picture)


def paint_sky(canvas: Floats) -> None:
    """Fill the canvas with a sunset: a gradient, clouds that catch the light, the sun, a balloon and birds."""
    canvas += ramp(ROW, {0: (28, 62, 140), 76: (94, 140, 202), 124: (234, 190, 178), 158: (255, 194, 124)})
    distance = np.hypot(COLUMN - SUN_COLUMN, ROW - SUN_ROW)
    clouds = noise(24, 120) - 0.4 + 0.5 * np.sin(ROW / 19)
    colours = ramp(clouds + ROW / 120, {0.3: (255, 240, 230), 1.0: (255, 200, 172), 1.8: (255, 168, 130)})
    paint(canvas, np.clip(0.9 * clouds, 0, 0.85), colours)
    paint(canvas, 0.65 * np.exp(-distance / 60) + 0.9 * np.exp(-((distance / 27) ** 2)), (255, 230, 158))
    paint(canvas, distance < 16, (255, 252, 232))
    across, down = (COLUMN - 236) / 25, (ROW - 46) / 25  # the balloon is a ball down to 0.48 and a skirt from there
    half = np.where(down < 0.48, 1 - down**2, np.interp(down, [0.48, 1.42], [0.88, 0.2]) ** 2).clip(1e-4) ** 0.5
    turn = np.arcsin(np.clip(across / half, -1, 1))
    silk = np.array([(214, 40, 48), CREAM, (26, 92, 178), (255, 200, 38)])[(turn / np.pi * 11 + 40.5).astype(int) % 4]
    balloon = (abs(across) < half) & (abs(down - 0.21) < 1.21)
    paint(canvas, balloon, silk, (0.86 + 0.3 * across) * (0.72 + 0.34 * np.cos(turn)))
    paint(canvas, inside([(232.4, 90), (239.6, 96)]), (150, 94, 50), 1 + 0.25 * np.sin(ROW * 4))
    lines: list[Stroke] = [([(236 + side * 4.5, 82), (236 + side * 3.2, 90)], (70, 50, 40), 0.5) for side in (-1, 1)]
    wing = np.linspace(-1, 1, 17)
    for column, row, span in ((352, 62, 8), (368, 50, 7), (375, 70, 6), (390, 57, 5), (336, 77, 5), (397, 75, 4)):
        lift = row - span * (0.55 * np.sin(np.abs(wing) * 2.4) - 0.2 * wing)
        lines.append((list(zip(column + span * wing, lift, strict=True)), (44, 42, 66), 1.2))
    stroke(canvas, lines)


def paint_far_shore(canvas: Floats) -> None:
    """Stand two ranges of snowy peaks on the horizon, bright towards the sun, and firs along the far shore."""
    far = np.array([(-20, 96), (60, 70), (150, 92), (226, 112), (372, 100), (440, 66), (500, 84)])
    near = np.array([(4, 132), (112, 118), (200, 140), (408, 128), (478, 106)])
    for peaks, slope, haze in ((far, 0.8, 0.3), (near, 0.62, 0.08)):
        across = COLUMN + 3 * noise(16, 30)  # what wanders here wanders in the ridges and valleys too
        sides = np.stack([top + slope * abs(across - column) for column, top in peaks])
        peak = peaks[sides.argmin(0), 0]
        lit = (across > peak) == (peak < SUN_COLUMN)
        shades = np.array([[(78, 80, 124), (176, 128, 122)], [(142, 162, 212), (255, 230, 212)]])
        rock = shades[(ROW + 9 * noise(16, 9) < 118).astype(int), lit.astype(int)] * (1 + 0.06 * noise(8, 8)[..., None])
        paint(canvas, (sides.min(0) < ROW) & (ROW < HORIZON), rock * (1 - haze) + haze * np.array((250, 196, 170)))
    for base, width, colour in ((172, 3.3, (104, 104, 112)), (180, 5.1, (44, 76, 74)), (184, 3.7, (26, 54, 54))):
        heights = chance.uniform(5, 17, COLUMNS)[(COLUMN / width).astype(int)]
        tops = base + 4 - 5 * np.cos(COLUMN / 46) - heights * (1 - abs(2 * (COLUMN / width % 1) - 1))
        paint(canvas, (tops < ROW) & (ROW < HORIZON), colour, 1 + 0.1 * noise(6, 4))


def paint_lake(canvas: Floats) -> None:
    """Mirror what is above the horizon in ripples that widen towards us, and let the sun glitter on them."""
    depth = np.clip(ROW - HORIZON, 0, None)
    ripple = np.sin(48 * np.log1p(depth / 11) + 1.2 * noise(9, 60))
    source = np.clip(HORIZON - 1 - depth * 1.6 - (0.4 + depth / 14) * ripple, 0, ROWS - 1)
    mirrored = canvas[(source * SCALE).astype(int), np.arange(COLUMNS * SCALE)] * (0.9 + 0.1 * ripple[..., None])
    paint(canvas, depth > 0, mirrored * np.array((0.8, 0.86, 0.94)) + np.array((0, 8, 24)))
    spread = np.exp(-(((COLUMN - SUN_COLUMN) / (9 + depth * 0.5)) ** 2)) * (depth > 0)
    glitter = np.clip(2.4 * spread * (0.15 + ripple + 0.3 * noise(3, 14)), 0.5 * spread, 0.95)
    paint(canvas, glitter, (255, 222, 150))


def paint_meadow(canvas: Floats) -> npt.NDArray[np.bool_]:
    """Lay the near shore, the path and the shadows of the house and the tree; return where grass can grow."""
    shore = np.interp(COLUMN, [0, 120, 200, 260, 310, 360, 480], [205, 208, 221, 238, 244, 242, 228])
    down = np.clip((ROW - 240) / 80, 0, 1)
    path = abs(COLUMN - 71 - 96 * down**1.2 - 9 * np.sin(down * 6)) < 6 + 17 * down + 0.5 * noise(5, 5)
    ground = np.asarray((shore < ROW) & ~(path & (ROW > 238)))
    paint(canvas, shore - 1.6 < ROW, (214, 180, 130), 1 + 0.09 * noise(3, 6))
    paint(canvas, ground, ramp(ROW, {205: (150, 164, 62), 320: (40, 98, 36)}), 1 + 0.1 * noise(14, 60))
    for column, row, wide, high in ((100, 246, 96, 13), (436, 284, 66, 11)):
        shadow = np.exp(-((((COLUMN - column) / wide) ** 2 + ((ROW - row) / high) ** 2) ** 2))
        paint(canvas, 0.5 * shadow * (shore < ROW), (16, 36, 52))
    return ground


def paint_grass(canvas: Floats, ground: npt.NDArray[np.bool_], top: int, bottom: int) -> None:
    """Grow blades, and some flowers, on the ground between two rows, the far ones first."""
    petals = ((226, 38, 42), CREAM, (255, 206, 40), (168, 92, 214))
    lines: list[Stroke] = []
    for row in np.sort(chance.uniform(top, bottom, 56 * (bottom - top))):
        column, lean, tone, bloom = chance.uniform((0, -1, 0.66, 0), (COLUMNS, 1, 1.34, 1))
        root = min(int(row), ROWS - 1) * SCALE, int(column * SCALE)
        near, tall = (row - 200) / 120, (2 + 0.075 * (row - 200)) * chance.uniform(0.6, 1.1)
        if ground[root]:
            tip = column + lean * tall * 0.45, row - tall
            bend = column + lean * tall * 0.12, row - tall * 0.6
            lines.append(([(column, row), bend, tip], canvas[root] * tone, 0.5 + 0.5 * near))
            if bloom > 0.984:
                lines.append(([tip], petals[int(bloom * 1e6) % 4], 1.6 + 2.4 * near))
    stroke(canvas, lines)


def paint_house(canvas: Floats) -> None:
    """Build a house of bricks, tiles, lit windows and an arched door."""
    course = np.floor(ROW / 5)
    along = COLUMN / 11 + course % 2 / 2  # every other course is half a brick along
    tint = 0.86 + 0.3 * (abs(np.sin(np.floor(along) * 12.9898 + course * 78.233)) * 43758.5 % 1)
    joint = (ROW % 5 < 0.9) | (along % 1 < 0.085)
    bricks = np.where(joint[..., None], (200, 176, 156), tint[..., None] * (178, 78, 56))
    paint(canvas, inside([(38, 166), (71, 124), (104, 166), (104, 242), (38, 242)]), bricks, 0.7)
    wall_and_chimney = inside([(104, 164), (184, 242)], [(140, 100), (154, 130)])
    paint(canvas, wall_and_chimney, bricks, 1 - 0.5 * np.exp(-abs(ROW - 170) / 6))  # dark below the roof
    layer = (ROW - 119) / 6.6
    place = (COLUMN - 0.66 * (ROW - 119)) / 7 + np.floor(layer) % 2 / 2
    under = layer % 1 > 0.55 + 0.4 * np.sqrt(1 - (2 * (place % 1) - 1) ** 2)  # the gaps below the rounded ends
    tone = (0.74 + 0.45 * (layer % 1)) * (1 - 0.5 * under) * (1 + 0.12 * np.sin(17 * np.floor(place) + layer // 1))
    paint(canvas, inside([(69, 118), (160, 118), (193, 170), (105, 170)]), (200, 74, 52), tone)
    for left in (116, 154):
        shutters = inside([(left - 8, 182), (left - 1, 212)], [(left + 19, 182), (left + 26, 212)])
        paint(canvas, shutters, (16, 116, 122), np.where(ROW % 3 < 0.9, 0.6, 1))
        panes = [[(left + c, row), (left + c + 6.4, row + 8)] for c in (1.8, 9.8) for row in (183.8, 193, 202.2)]
        paint(canvas, inside([(left, 182), (left + 18, 212)]), CREAM)
        paint(canvas, inside(*panes), ramp(ROW, {182: (255, 222, 124), 212: (255, 160, 58)}))
    pane, arch = np.hypot(COLUMN - 71, ROW - 156), np.hypot(COLUMN - 71, np.minimum(ROW - 206, 0))
    paint(canvas, (pane < 8.5) | ((arch < 13) & (ROW < 242)), CREAM, 0.9)
    paint(canvas, (pane < 6.8) & (abs(COLUMN - 71) > 0.7) & (abs(ROW - 156) > 0.7), (255, 196, 92))
    paint(canvas, (arch < 11) & (ROW < 242), (28, 84, 140), np.where((COLUMN - 60) % 4.4 < 0.6, 0.7, 0.95))
    stroke(canvas, [([(104, 170.5), (193, 170.5)], CREAM, 2.2), ([(32, 173), (70, 121), (108, 171)], CREAM, 3.4)])
    stroke(canvas, [([(138, 100), (156, 100)], (96, 84, 88), 4), ([(78, 224)], (255, 206, 84), 2.6)])


def paint_garden(canvas: Floats) -> None:
    """Raise a tree whose leaves are brighter towards the sun, and a fence before it: pointed posts, all alike."""
    lines: list[Stroke] = [([(404, 196), (427, 246), (428, 288), (431, 246), (454, 192)], (70, 48, 42), 7)]
    greens: dict[float, Colour] = {0.0: (14, 48, 44), 0.5: (58, 118, 46), 0.85: (140, 172, 60), 1.1: (240, 214, 104)}
    ring = [(426 + 36 * np.cos(turn), 184 - 33 * np.sin(turn), 22) for turn in np.linspace(-0.6, 3.6, 8)]
    for column, row, radius in ((426, 184, 36), *ring, (422, 172, 26)):
        for light in np.linspace(0, 1, 900):
            turn, reach = chance.uniform(0, 2 * np.pi), (1.08 - 0.62 * light) * chance.uniform() ** 0.5
            leaf_column = column + radius * (reach * np.cos(turn) - 0.36 * light)
            leaf_row = row + radius * (reach * np.sin(turn) - 0.3 * light)
            tone = ramp(light * (1.1 - (leaf_column - 384) / 400) + chance.normal(0, 0.1), greens)
            lines.append(([(leaf_column, leaf_row), (leaf_column + 2.2, leaf_row + chance.normal())], tone, 1.5))
    stroke(canvas, lines)
    paint(canvas, inside([(228, 267), (COLUMNS, 271)], [(228, 285), (COLUMNS, 289)]), (226, 218, 214))
    along = (COLUMN - 230) % 15
    posts = (COLUMN > 230) & (along < 7) & (ROW - 1.4 * abs(along - 3.5) > 257) & (ROW < 300)
    paint(canvas, posts, CREAM, np.interp(along, [0, 1, 5.5, 7], [1, 1, 0.94, 0.7]))


def make_image() -> Image.Image:
    """Paint the scene from the far to the near and reduce it."""
    chance.seed(SEED)
    canvas = np.zeros((*ROW.shape, 3))
    for paint_layer in (paint_sky, paint_far_shore, paint_lake):
        paint_layer(canvas)
    ground = paint_meadow(canvas)
    for paint_layer, top, bottom in ((paint_house, 206, 243), (paint_garden, 243, 300)):
        paint_grass(canvas, ground, top, bottom)
        paint_layer(canvas)
    paint_grass(canvas, ground, 300, 328)
    return Image.fromarray(np.clip(canvas, 0, 255).astype(np.uint8)).resize((COLUMNS, ROWS), Image.Resampling.LANCZOS)


def pluck(start: float, key: int, ring: float) -> Floats:
    """Sound one string from `start`, in seconds: harmonics that fade the sooner, the higher they are."""
    time = np.clip(TIME - start, 0, None)
    frequency = 440 * 2 ** ((key - 69) / 12)  # the keys of MIDI: 69 is the A of 440 hertz
    tones = [np.sin(2 * np.pi * k * frequency * time) * np.exp(-time * (1 + k) / ring) / k**1.3 for k in range(1, 8)]
    return np.asarray(sum(tones) * (1 - np.exp(-time / 0.002)))  # a start this soft makes no click


def make_song() -> npt.NDArray[np.int16]:
    """Play eight notes over a bass, with a tick between the beats, and fade."""
    chance.seed(SEED)
    song = np.zeros(SAMPLE_COUNT)
    for step, (key, bass) in enumerate(((69, 50), (74, 0), (76, 47), (78, 0), (81, 43), (78, 0), (76, 45), (74, 50))):
        start, tick = 0.03 + 0.24 * step, 0.15 + 0.24 * step
        song += pluck(start, key, 0.32) + (0.6 * pluck(start, bass, 0.6) if bass else 0)
        hiss = np.diff(chance.standard_normal(SAMPLE_COUNT + 1))  # a difference keeps the high frequencies
        song += 0.07 * hiss * (tick < TIME) * np.exp((tick - TIME) / 0.012)
    song += 0.4 * (pluck(1.71, 78, 0.7) + pluck(1.71, 81, 0.7))  # the last note is a chord
    song *= np.cos(np.pi / 2 * np.clip((TIME - 1.8) / (TIME[-1] - 1.8), 0, 1)) ** 2
    return np.asarray(np.round(song / abs(song).max() * 0.8 * 32767), dtype=np.int16)


def main() -> None:
    """Write both files beside this one."""
    make_image().save(Path(__file__).with_name("image.png"), optimize=True)
    soundfile.write(Path(__file__).with_name("song.wav"), make_song(), SAMPLE_RATE, subtype="PCM_16")


if __name__ == "__main__":
    main()
