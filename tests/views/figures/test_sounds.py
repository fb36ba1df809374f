"""The axes of sounds: seconds and columns, and where results lie on them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit.data.raster import Raster, SoundOrigin
from cnnkit.data.recipes.dialects import DIALECTS, read_recipe
from cnnkit.data.trace import Trace
from cnnkit.operations.pooling.settings import read_pooling
from cnnkit.operations.pooling.trace import pooling_trace
from cnnkit.views.figures.canvas import _default_settings
from cnnkit.views.figures.maps import Map, cells_of, figure_of
from cnnkit.views.figures.sounds import SoundAxes

RATE = 16000


def sound(dialect: str = "lecture", features: str = "logmel") -> Raster:
    plan = read_recipe(dialect, features).plan(RATE, RATE)
    values = np.random.default_rng(2).normal(size=plan.shape)
    return Raster(values, sound=SoundOrigin(features, RATE, None, plan.settled._asdict()))


def mapped(image: Raster, values: Raster, trace: Trace | None = None) -> Map:
    assert image.sound is not None
    axes = SoundAxes(image.sound, image.shape)
    return axes.map_of(values, trace, cells_of(values, (5, 2)), ("song.wav",), (5, 2))


def drawn(one: Map) -> Any:
    with _default_settings():
        return figure_of([[(1.0, [one])]]).axes[0]


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_frames_lie_where_their_recipe_puts_them(dialect: str) -> None:
    image = sound(dialect)
    frames = read_recipe(dialect, "logmel").plan(RATE, RATE).frames
    extent = mapped(image, image).extent
    assert extent is not None
    begin, end, low, high = extent
    middle = (frames.first + frames.length / 2) / RATE
    step = frames.hop_length / RATE
    assert begin == pytest.approx(middle - step / 2)
    assert end == pytest.approx(middle + (frames.count - 0.5) * step)
    assert (low, high) == (-0.5, image.shape[1] - 0.5)


def test_a_result_lies_in_the_middle_of_its_window() -> None:
    image = sound()
    trace = pooling_trace(read_pooling(size="4x2", stride="3x2", padding="1x0"), image)
    values = Raster(np.zeros((*trace.output[:2], 1)))
    extent, whole = mapped(image, values, trace).extent, mapped(image, image).extent
    assert extent is not None
    assert whole is not None
    frame = (whole[1] - whole[0]) / image.shape[0]
    first = whole[0] + frame / 2 + frame * (-1 + 1.5)  # the middle of frames -1 to 2
    assert extent[0] == pytest.approx(first - 1.5 * frame)
    assert extent[1] - extent[0] == pytest.approx(3 * frame * trace.output[0])
    assert extent[2:] == (-0.5, -0.5 + 2 * trace.output[1])


def test_bins_take_all_of_the_sound() -> None:
    image = sound()
    trace = pooling_trace(read_pooling(None, adaptive="5x4"), image)
    assert mapped(image, Raster(np.zeros((5, 4, 1))), trace).extent == mapped(image, image).extent


def test_axes_reach_as_far_as_the_sound_and_the_result() -> None:
    image = sound()
    whole = mapped(image, image).extent
    assert whole is not None
    trace = pooling_trace(read_pooling(5, stride=1, padding="valid"), image)
    axes = drawn(mapped(image, Raster(np.zeros((*trace.output[:2], 1))), trace))
    assert axes.get_xlim() == pytest.approx(whole[:2])
    assert axes.get_ylim() == pytest.approx(whole[2:])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("time (s)", "mel band (Hz)")


def test_a_long_waveform_is_drawn_from_its_lowest_to_its_highest() -> None:
    image = sound(features="waveform")
    axes = drawn(mapped(image, image))
    (low, high), (begin, end) = axes.dataLim.intervaly, axes.dataLim.intervalx
    assert (low, high) == pytest.approx((image.samples.min(), image.samples.max()))
    assert (begin, end) == pytest.approx((0, 1), abs=0.01)
    assert len(axes.collections) == 1
