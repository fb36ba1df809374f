"""Figures of runs: all that is needed to read them is there, in the right colours, and nothing lies over anything."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from cnnkit.data.kernels.kernel import Kernel, layer
from cnnkit.data.raster import Raster, SoundOrigin
from cnnkit.data.recipes.dialects import read_recipe
from cnnkit.data.trace import Seen
from cnnkit.files.kernels import read_kernel
from cnnkit.geometry.look import Look
from cnnkit.operations.convolution.combine import convolve_combined
from cnnkit.operations.convolution.raster import convolve_raster
from cnnkit.operations.convolution.settings import read_convolution
from cnnkit.operations.convolution.trace import combined_trace, convolution_trace
from cnnkit.operations.pooling.raster import pool_raster
from cnnkit.operations.pooling.settings import read_pooling
from cnnkit.operations.pooling.trace import pooling_trace
from cnnkit.views.figures import canvas, run
from cnnkit.views.figures.maps import PADDING, figure_of

LECTURE = np.array([[5, 3, 1, 0], [2, 6, 4, 1], [0, 8, 7, 2]], float)
RATE = 22050


def photograph(rows: int = 60, columns: int = 90, depth: int = 3) -> Raster:
    random = np.random.default_rng(7)
    return Raster(random.integers(0, 256, (rows, columns, depth)).astype(np.uint8))


def grid(values: Any) -> Raster:
    values = np.asarray(values)
    return Raster(values if values.ndim == 3 else values[..., None])


def sound(features: str = "logmel", frames: int = 100) -> Raster:
    plan = read_recipe("lecture", features).plan(frames * 512, RATE)
    random = np.random.default_rng(8)
    return Raster(random.normal(size=plan.shape), sound=SoundOrigin(features, RATE, None, plan.settled._asdict()))


def convolved(image: Raster, *kernels: Kernel | str, look: Look | None = None, **settings: Any) -> list[Seen]:
    seen = []
    for one in kernels:
        convolution = read_convolution(read_kernel(one) if isinstance(one, str) else one, **settings)
        result = convolve_raster(convolution, image, 1).whole()
        trace = convolution_trace(convolution, image, result if look else None, look)
        seen.append(Seen(convolution.name, trace, result, convolution.kernel.is_zero_sum))
    return seen


def pooled(image: Raster, *, look: Look | None = None, **settings: Any) -> list[Seen]:
    pooling = read_pooling(**settings)
    result = pool_raster(pooling, image, 1).whole()
    return [Seen(pooling.name, pooling_trace(pooling, image, result if look else None, look), result, False)]


def drawn(image: Raster, seen: Sequence[Seen], title: str = "photo.png") -> Any:
    """The figure, drawn once, so that everything has its place."""
    with canvas._default_settings():
        figure = figure_of(run._rows(title, image, seen))
        FigureCanvasAgg(figure).draw()
    return figure


def titled(figure: Any, begin: str) -> Any:
    """The axes whose title begins with these words."""
    return next(axes for axes in figure.axes if axes.get_title(loc="left").startswith(begin))


def title(figure: Any, begin: str) -> list[str]:
    lines: list[str] = titled(figure, begin).get_title(loc="left").splitlines()
    return lines


def numbers(axes: Any) -> list[str]:
    return [text.get_text() for text in axes.texts]


def overlaps(figure: Any) -> list[tuple[str, str]]:
    """Pairs of maps, with their titles and marks, of which one lies over the other, and what leaves the figure."""
    boxes = []
    for axes in figure.axes:
        parts = [axes._left_title.get_window_extent()] if axes.get_title(loc="left") else []
        if axes.axison:
            parts += [axes.get_window_extent(), axes.xaxis.get_tightbbox(), axes.yaxis.get_tightbbox()]
        boxes += [(axes, box) for box in parts if box is not None]
    found = [
        (one.get_title(loc="left"), other.get_title(loc="left"))
        for (one, box), (other, other_box) in combinations(boxes, 2)
        if one is not other
        and min(box.x1, other_box.x1) - max(box.x0, other_box.x0) > 2
        and min(box.y1, other_box.y1) - max(box.y0, other_box.y0) > 2
    ]
    page = figure.bbox
    return found + [
        (one.get_title(loc="left"), "the page")
        for one, box in boxes
        if min(box.x0, box.y0) < -1 or box.x1 > page.x1 + 1 or box.y1 > page.y1 + 1
    ]


class TestImages:
    def test_the_input_is_drawn_as_it_is(self) -> None:
        image = photograph()
        axes = titled(drawn(image, convolved(image, "edge")), "photo.png")
        np.testing.assert_allclose(axes.images[0].get_array(), image.samples / 255)
        assert axes.get_title(loc="left").splitlines()[1] == "input: 60x90x3, R, G, B"

    def test_a_kernel_has_its_weights_in_its_cells(self) -> None:
        image = photograph()
        axes = titled(drawn(image, convolved(image, "sobel-x")), "sobel-x\nkernel 3x3")
        assert numbers(axes) == ["-1", "0", "1", "-2", "0", "2", "-1", "0", "1"]
        assert axes.images[0].get_clim() == (-2, 2)
        assert axes.images[0].get_cmap().name == "RdBu_r"

    def test_fractions_are_whole_numbers_over_one_number(self) -> None:
        image = photograph()
        figure = drawn(image, convolved(image, "box"))
        assert title(figure, "box\nkernel")[2] == "numbers / 9"
        assert numbers(titled(figure, "box\nkernel")) == ["1"] * 9

    def test_a_large_kernel_has_no_numbers(self) -> None:
        image = photograph()
        axes = titled(drawn(image, convolved(image, "gaussian:sigma=4")), "gaussian-sigma4\nkernel 25x25")
        assert numbers(axes) == []

    def test_smoothed_colours_stay_colours(self) -> None:
        image = photograph()
        seen = convolved(image, "box")
        axes = titled(drawn(image, seen), "box\nstride")
        np.testing.assert_allclose(axes.images[0].get_array(), seen[0].values.samples / 255, atol=1e-6)

    def test_of_differences_the_strongest_channel_is_shown_with_its_sign(self) -> None:
        image = photograph()
        seen = convolved(image, "sobel-x", padding="valid")
        figure = drawn(image, seen)
        values = seen[0].values.samples
        strongest = np.abs(values).argmax(axis=2)[..., None]
        expected = np.take_along_axis(values, strongest, axis=2)[..., 0]
        shown = titled(figure, "sobel-x-valid").images[0]
        low, high = shown.get_clim()
        assert -low == high < np.abs(values).max()  # few values are far larger than all others
        np.testing.assert_allclose(shown.get_array(), expected.clip(low, high), rtol=1e-6)
        assert title(figure, "sobel-x-valid") == [
            "sobel-x-valid",
            "stride 1, padding 0",
            f"58x88x3, {values.min():.0f} to {values.max():.0f}",
            "shown: strongest of R, G, B",
        ]

    def test_the_rim_of_padding_does_not_decide_the_scale(self) -> None:
        image = grid(np.full((20, 30), 200.0) + np.eye(20, 30))
        shown = titled(drawn(image, convolved(image, "sobel-x")), "sobel-x\nstride").images[0]
        assert shown.get_clim()[1] <= 4

    def test_settings_are_in_the_title(self) -> None:
        image = photograph()
        figure = drawn(image, convolved(image, "edge", stride=(2, 1), padding=2, pad_mode="replicate", dilation=2))
        name = "edge-s2x1-p2-d2"
        assert title(figure, name)[1] == "stride 2x1, padding 2, replicate"
        assert title(figure, "edge\nkernel")[2] == "dilation 2"

    def test_every_kernel_has_a_row_and_the_input_is_drawn_once(self) -> None:
        image = photograph()
        figure = drawn(image, convolved(image, "edge", "box", "sharpen"))
        titles = [axes.get_title(loc="left") for axes in figure.axes]
        assert sum(one.startswith("photo.png") for one in titles) == 1
        rows = [titled(figure, f"{name}\nstride").get_position().y0 for name in ("edge", "box", "sharpen")]
        assert rows == sorted(rows, reverse=True)

    def test_a_grid_of_weights_for_each_colour_has_its_name(self) -> None:
        image = photograph()
        figure = drawn(image, convolved(image, Kernel(np.arange(27).reshape(3, 3, 3), "rgb")))
        assert numbers(titled(figure, "rgb\nkernel 3x3x3\nR")) == [str(3 * n) for n in range(9)]
        assert numbers(titled(figure, "G")) == [str(3 * n + 1) for n in range(9)]
        assert numbers(titled(figure, "B")) == [str(3 * n + 2) for n in range(9)]

    def test_values_beyond_the_levels_are_said(self) -> None:
        image = photograph()
        image.samples[:50] = 128  # so that few values are
        assert title(drawn(image, convolved(image, "sharpen")), "sharpen\nstride")[2].endswith(", drawn from 0 to 255")

    def test_colours_that_are_mostly_beyond_have_a_scale_of_their_own(self) -> None:
        image = photograph()
        seen = convolved(image, "10 20; 30 40")
        values = seen[0].values.samples
        lines = title(drawn(image, seen), f"{seen[0].name}\nstride")
        assert lines[2].endswith(f", drawn from {values.min():g} to {values.max():g}")

    def test_grey_values_within_the_levels_have_their_scale(self) -> None:
        image = photograph(depth=1)
        assert titled(drawn(image, convolved(image, "box")), "box\nstride").images[0].get_clim() == (0, 255)

    def test_a_large_image_is_shrunk_to_means_and_differences_to_the_strongest(self) -> None:
        image = photograph(900, 1200, 1)
        figure = drawn(image, convolved(image, "box", "edge"))
        shown = titled(figure, "photo.png").images[0].get_array()
        assert shown.shape == (300, 400)
        np.testing.assert_allclose(shown[0, 0], image.samples[:3, :3].mean())
        assert title(figure, "box\nstride")[3] == "shown: mean of 3x3 samples"
        assert title(figure, "edge\nstride")[3] == "shown: strongest of 3x3 samples"

    def test_holes_have_a_colour_that_no_number_has_and_the_title_says_so(self) -> None:
        values = np.random.default_rng(0).normal(size=(20, 30))
        values[5:9, 5:9] = np.nan
        image = grid(values)
        axes = titled(drawn(image, convolved(image, "edge", nan="ignore")), "edge\nstride")
        shown = axes.images[0]
        assert shown.to_rgba(shown.get_array())[6, 6].round(2).tolist() == [0.34, 0.71, 0.91, 1]
        assert axes.get_title(loc="left").endswith("sky blue: no number")


class TestSheets:
    def test_every_map_stands_below_its_kernel(self) -> None:
        image = photograph()
        seen = convolved(image, layer([read_kernel("sobel-x"), read_kernel("box")]), depth="sum")
        figure = drawn(image, seen)
        assert title(figure, "sobel-x+box-sum")[2] == "60x90x2: 2 maps"
        for number, name in enumerate(("sobel-x", "box")):
            values = seen[0].values.samples[..., number]
            kernel = titled(figure, f"map {number}: {name}\n")
            np.testing.assert_allclose(kernel.images[0].get_array(), read_kernel(name).weights, rtol=1e-6)
            shown = figure.axes[figure.axes.index(kernel) + 1].images[0]
            np.testing.assert_allclose(shown.get_array(), values.clip(*shown.get_clim()), rtol=1e-6)

    def test_of_many_maps_64_are_drawn(self) -> None:
        image = photograph(20, 30)
        weights = np.random.default_rng(3).normal(size=(3, 3, 3, 70))
        figure = drawn(image, convolved(image, Kernel(weights, "conv1")))
        titles = [axes.get_title(loc="left") for axes in figure.axes]
        assert sum(one.startswith("map ") for one in titles) == 64
        assert titles[-1] == "not drawn: 6 more results"


class TestGrids:
    def test_the_lecture_in_numbers(self) -> None:
        image = grid(LECTURE)
        figure = drawn(image, convolved(image, "1 0 0; 0 1 0; 0 0 1", look=Look(((1, 1),))), "grid")
        assert numbers(titled(figure, "grid"))[6:12] == ["0", "5", "3", "1", "0", "0"]  # the first row in its padding
        result = figure.axes[-1]
        assert numbers(result) == ["11", "7", "2", "0", "10", "18", "9", "2", "0", "10", "13", "6"]

    def test_padding_has_a_shade_of_its_own_and_the_window_a_frame(self) -> None:
        image = grid(LECTURE)
        figure = drawn(image, convolved(image, "1 0 0; 0 1 0; 0 0 1", look=Look(((1, 1),))), "grid")
        axes = titled(figure, "grid")
        shade = axes.images[1]
        is_padding = ~np.ma.getmaskarray(shade.get_array())
        assert is_padding.sum() == 5 * 6 - 3 * 4
        assert not is_padding[1:4, 1:5].any()
        assert shade.get_cmap()(0)[:3] == tuple(int(PADDING[k : k + 2], 16) / 255 for k in (1, 3, 5))
        around, window = axes.patches
        assert (around.get_xy(), around.get_width(), around.get_height()) == ((0.5, 0.5), 4, 3)
        assert (window.get_xy(), window.get_width(), window.get_height()) == ((0.5, 0.5), 3, 3)
        assert figure.axes[-1].patches[0].get_xy() == (0.5, 0.5)

    def test_pooling_writes_no_numbers_into_padding(self) -> None:
        image = grid(LECTURE)
        axes = titled(drawn(image, pooled(image, look=Look(), size=2, padding="1"), "grid"), "grid")
        assert [text for text in numbers(axes) if text] == [f"{value:.0f}" for value in LECTURE.flat]

    def test_channels_stand_below_each_other(self) -> None:
        image = grid(np.arange(75.0).reshape(5, 5, 3))
        figure = drawn(image, convolved(image, Kernel(np.ones((3, 3, 3)), "sum"), look=Look(), padding="valid"), "grid")
        assert numbers(titled(figure, "channel 1"))[:3] == ["1", "4", "7"]
        assert numbers(titled(figure, "channel 2"))[:3] == ["2", "5", "8"]

    def test_without_a_part_there_is_no_padding(self) -> None:
        image = grid(LECTURE)
        axes = titled(drawn(image, convolved(image, "edge"), "grid"), "grid")
        assert numbers(axes) == [f"{value:.0f}" for value in LECTURE.flat]


class TestPooling:
    def test_original_and_result_have_one_size_and_crisp_pixels(self) -> None:
        image = photograph(64, 96)
        seen = pooled(image, size=8)
        figure = drawn(image, seen)
        original, result = titled(figure, "photo.png"), titled(figure, "maxpool8")
        for side in ("width", "height"):
            assert getattr(original.bbox, side) == pytest.approx(getattr(result.bbox, side))
        np.testing.assert_allclose(result.images[0].get_array(), seen[0].values.samples / 255)
        assert {one.get_interpolation() for one in (original.images[0], result.images[0])} == {"nearest"}

    def test_few_windows_are_drawn_over_the_original(self) -> None:
        image = photograph(64, 96)
        figure = drawn(image, pooled(image, size=8))
        places = {patch.get_xy() for patch in titled(figure, "photo.png").patches}
        assert places == {(x - 0.5, y - 0.5) for x in range(0, 96, 8) for y in range(0, 64, 8)}

    def test_many_windows_are_drawn_over_the_middle(self) -> None:
        image = photograph(200, 300, 1)
        seen = pooled(image, size=4)
        figure = drawn(image, seen)
        original, result = titled(figure, "framed: rows 92 to 107, columns 140 to 155"), figure.axes[-1]
        np.testing.assert_allclose(original.images[0].get_array(), image.samples[92:108, 140:156, 0])
        assert len(original.patches) == 16
        np.testing.assert_allclose(result.images[0].get_array(), seen[0].values.samples[23:27, 35:39, 0])
        assert numbers(result) == [str(value) for value in seen[0].values.samples[23:27, 35:39, 0].astype(int).flat]
        assert titled(figure, "photo.png").patches[0].get_xy() == (139.5, 91.5)

    def test_windows_of_a_global_pooling_are_the_image(self) -> None:
        image = photograph()
        patch = titled(drawn(image, pooled(image, size="global")), "photo.png").patches[0]
        assert (patch.get_xy(), patch.get_width(), patch.get_height()) == ((-0.5, -0.5), 90, 60)


class TestCombined:
    def test_each_kernel_has_a_row_and_the_combination_the_last(self) -> None:
        image = photograph()
        convolutions = [read_convolution("sobel-x"), read_convolution("sobel-y")]
        result = convolve_combined("magnitude", convolutions, image, 1).whole()
        trace = combined_trace("magnitude", convolutions, image)
        seen = [*convolved(image, "sobel-x", "sobel-y"), Seen("magnitude", trace, result, True)]
        figure = drawn(image, seen)
        places = [titled(figure, name).get_position() for name in ("sobel-x\nstride", "sobel-y\nstride", "magnitude")]
        assert [place.x0 for place in places] == [places[0].x0] * 3
        assert places[0].y0 > places[1].y0 > places[2].y0
        assert len([axes for axes in figure.axes if axes.get_title(loc="left").startswith("photo.png")]) == 1


class TestSounds:
    def test_time_runs_to_the_right_and_frequency_up(self) -> None:
        image = sound()
        axes = titled(drawn(image, convolved(image, "edge"), "song.wav"), "song.wav")
        np.testing.assert_allclose(axes.images[0].get_array(), image.samples[..., 0].T[::-1])
        assert axes.get_title(loc="left").splitlines()[2].endswith(" ln power")
        assert axes.get_xlabel() == "time (s)"
        assert axes.get_ylabel() == "mel band (Hz)"
        assert "5000" in [label.get_text() for label in axes.get_yticklabels()]

    def test_kernels_are_turned_with_their_sound(self) -> None:
        image = sound()
        axes = titled(drawn(image, convolved(image, "sobel-y")), "sobel-y\nkernel")
        assert numbers(axes) == ["-1", "0", "1", "-2", "0", "2", "-1", "0", "1"]  # later minus earlier

    def test_seconds_of_a_result_lie_above_those_of_the_sound(self) -> None:
        image = sound()
        figure = drawn(image, convolved(image, "edge", stride=2, padding="valid"), "song.wav")
        original, result = titled(figure, "song.wav"), titled(figure, "edge-s2-valid")
        assert original.get_xlim() == pytest.approx(result.get_xlim())
        assert original.get_position().x0 == result.get_position().x0
        left, right, bottom, top = result.images[0].get_extent()
        first = 1024 / RATE  # the middle of the first frame
        hop = 512 / RATE
        count = result.images[0].get_array().shape[1]
        assert left == pytest.approx(first + (1 - 1) * hop)  # result 0 lies at frame 1, and is 2 frames wide
        assert right == pytest.approx(first + (2 * count) * hop)
        assert (bottom, top) == (0, 24)

    def test_a_result_alone_has_the_axes_of_its_sound(self) -> None:
        image = sound()
        (one,) = convolved(image, "edge", stride=(4, 1))
        with canvas._default_settings():
            figure = figure_of(run._result_rows("song.wav", image, one))
            FigureCanvasAgg(figure).draw()
        axes = titled(figure, "song.wav: edge-s4x1")
        assert axes.get_xlabel() == "time (s)"
        assert axes.images[0].get_array().shape == (26, 25)
        assert [one for one in figure.axes if one.get_title(loc="left")] == [axes]
        content = io.BytesIO()
        run.draw_result("song.wav", image, one, "svg", "made by cnnkit")(content)
        assert content.getvalue().startswith(b"<?xml")

    def test_a_waveform_is_a_line_over_seconds(self) -> None:
        image = sound("waveform", frames=1)
        seen = convolved(image, "1/3 1/3 1/3")
        figure = drawn(image, seen, "song.wav")
        line = titled(figure, seen[0].name + "\nstride").lines[0]
        np.testing.assert_allclose(line.get_ydata(), seen[0].values.samples[0, :, 0])
        np.testing.assert_allclose(line.get_xdata(), np.arange(512) / RATE)

    @pytest.mark.parametrize("features", ["spectrogram", "mfcc"])
    def test_other_features_have_their_axes(self, features: str) -> None:
        image = sound(features)
        axes = titled(drawn(image, pooled(image, size=2), "song.wav"), "maxpool2")
        assert axes.get_ylabel() == {"spectrogram": "frequency (Hz)", "mfcc": "coefficient"}[features]


LONG = "W" * 300 + "\x1b[31m$x$\n.png"


class TestPages:
    @pytest.mark.parametrize(
        ("image", "make"),
        [
            (photograph(), lambda image: convolved(image, "edge", "gaussian:sigma=3", stride=2)),
            (photograph(8, 900), lambda image: convolved(image, "edge")),
            (photograph(900, 40, 1), lambda image: convolved(image, "edge", "box")),
            (photograph(), lambda image: convolved(image, Kernel(np.ones((3, 3, 3)), "rgb"))),
            (photograph(), lambda image: convolved(image, Kernel(np.ones((3, 3, 3, 5)), "conv1"))),
            (photograph(300, 400), lambda image: pooled(image, size=2)),
            (photograph(300, 400, 1), lambda image: pooled(image, size=3, stride=2)),
            (photograph(12, 12), lambda image: convolved(image, "edge", "box:size=5", look=Look())),
            (grid(LECTURE), lambda image: convolved(image, "edge", look=Look())),
            (grid(np.ones((1, 1))), lambda image: convolved(image, "edge", look=Look())),
            (sound(), lambda image: convolved(image, "edge", "sobel-x", padding="full")),
            (sound("waveform"), lambda image: convolved(image, "-1 0 1")),
        ],
    )  # fmt: skip
    def test_nothing_lies_over_anything(self, image: Raster, make: Any) -> None:
        assert overlaps(drawn(image, make(image), LONG)) == []

    def test_names_are_no_escapes(self) -> None:
        image = photograph()
        assert title(drawn(image, convolved(image, "edge"), "a\x1b[31m$x$\n.png"), "a")[0] == "a\\x1b[31m$x$\\n.png"

    @pytest.mark.parametrize("value", [0.0, np.nan, np.inf, -1e308])
    def test_odd_values_are_drawn(self, value: float) -> None:
        for shape in ((3, 4), (1, 300), (40, 50)):
            image = grid(np.full(shape, value))
            with np.errstate(all="ignore"):
                figure = drawn(image, convolved(image, "edge", look=Look()))
            assert figure.axes

    @pytest.mark.parametrize("file_type", canvas.FIGURE_FORMATS)
    def test_the_same_bytes_each_time(self, file_type: str) -> None:
        image = photograph(20, 30)
        seen = convolved(image, "edge")
        files = []
        for _ in range(2):
            stream = io.BytesIO()
            run.draw_run("photo.png", image, seen, file_type, "made by cnnkit")(stream)
            files.append(stream.getvalue())
        assert files[0] == files[1]
        assert files[0].startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[file_type])

    def test_pixels_of_a_kernel_have_the_colours_of_its_signs(self) -> None:
        image = photograph()
        stream = io.BytesIO()
        run.draw_run("photo.png", image, convolved(image, "-1 0 1"), "png", "made by cnnkit")(stream)
        with Image.open(stream) as picture:
            pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3)
        for place in (0.0, 1.0):
            colour = np.round(np.array(colormaps["RdBu_r"](place)[:3]) * 255)
            assert (np.abs(pixels - colour).max(axis=1) <= 1).sum() > 1000
