"""The page of a run: what stands in it, that nothing of the user's is code, and that it computes as cnnkit does."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnkit
from cnnkit.data.kernels.kernel import Kernel, layer
from cnnkit.data.raster import Raster
from cnnkit.data.trace import Seen
from cnnkit.errors import SizeError
from cnnkit.geometry.look import Look, read_look
from cnnkit.operations.convolution.raster import convolve_raster
from cnnkit.operations.convolution.settings import read_convolution
from cnnkit.operations.convolution.trace import combined_trace, convolution_trace
from cnnkit.operations.pooling.raster import pool_raster
from cnnkit.operations.pooling.settings import read_pooling
from cnnkit.operations.pooling.trace import pooling_trace
from cnnkit.views.page.page import MOST_ROWS, Typed, description, draw_page, page, part_of

Samples = np.ndarray[Any, Any]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = os.environ.get("CNNKIT_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)
"""With CNNKIT_BROWSER, that one, so that nothing is skipped."""

EVIL = "</script><script>alert(1)</script><!-- run --><!-- script -->&\"'\u2028"


def convolved(image: Raster, *kernels: Any, look: Look | None = None, **settings: Any) -> list[Seen]:
    seen = []
    for kernel in kernels:
        convolution = read_convolution(kernel, **settings)
        result = convolve_raster(convolution, image)
        trace = convolution_trace(convolution, image, result, look or Look())
        seen.append(Seen(convolution.name, trace, result, convolution.kernel.is_zero_sum))
    return seen


def pooled(image: Raster, *size: Any, **settings: Any) -> list[Seen]:
    pooling = read_pooling(*size, **settings)
    result = pool_raster(pooling, image)
    return [Seen(pooling.name, pooling_trace(pooling, image, result, Look()), result, False)]


def data_of(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="run">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return dict(json.loads(found[1], parse_constant=lambda word: pytest.fail(f"{word} is no JSON")))


def written(title: str, image: Raster, seen: list[Seen], note: str = "made by cnnkit") -> str:
    import io

    stream = io.BytesIO()
    draw_page(title, Typed(title), image, seen, Look(), note)(stream)
    return stream.getvalue().decode()


def test_nothing_of_the_users_becomes_code(grey_samples: Samples) -> None:
    image = Raster(grey_samples[..., None])
    text = written(EVIL, image, convolved(image, Kernel(np.eye(3), EVIL)), EVIL)
    plain = written("a", image, convolved(image, Kernel(np.eye(3), "b")))
    for mark in ("<script", "</script", "<style", "<meta", "<title", "<h1", "<section", "</body"):
        assert text.count(mark) == plain.count(mark), mark
    data = data_of(text)
    assert (data["title"], data["typed"], data["kernels"][0]["name"]) == (EVIL, [EVIL], EVIL)
    assert unescape(text.partition("<h1>")[2].partition("</h1>")[0]) == EVIL


def test_the_page_fetches_nothing(colour_samples: Samples) -> None:
    image = Raster(colour_samples)
    text = written("image.png", image, convolved(image, "edge"))
    assert "://" not in text
    for word in (
        r"\bsrc\s*=",
        r"\bhref\s*=",
        r"url\(",
        r"@import",
        r"\bfetch\(",
        "XMLHttpRequest",
        "WebSocket",
        r"\bimport\(",
    ):
        assert re.search(word, text) is None, word
    assert "default-src 'none'" in text
    assert "<!-- " not in text


def test_samples_and_what_is_no_number() -> None:
    image = Raster(np.array([[[1.5], [np.nan]], [[np.inf], [-np.inf]]]))
    data = data_of(written("a.npy", image, convolved(image, "1 0; 0 1")))
    assert data["samples"] == [1.5, "NaN", "Infinity", "-Infinity"]
    assert (data["shape"], data["scale"], data["is_colour"], data["names"]) == ([2, 2, 1], None, False, [""])


def test_kernels_of_the_run_come_before_presets(colour_samples: Samples) -> None:
    image = Raster(colour_samples)
    seen = convolved(
        image, "sobel-x", "gaussian:sigma=2", "1 2; 3 4", stride=2, pad_mode="constant=3", flip_kernel=True
    )
    words = ["SOBEL-X", "gaussian:sigma=2", "@my k.txt"]
    data = description("a", Typed("a", words), image, seen, Look())
    own = [one for one in data["kernels"] if one["family"] == "of this command"]
    assert [one["word"] for one in own] == words
    assert [one["name"] for one in data["kernels"]].count("sobel-x") == 1
    assert own[2]["grids"] == [[[1, 2], [3, 4]]]  # as it was written, before it was turned
    assert {"smoothing", "gradient"} <= {one["family"] for one in data["kernels"]}
    assert data["settings"]["flip_kernel"] is True
    assert data["settings"]["pad_mode"] == "constant=3.0"
    assert data["settings"]["stride"] == (2, 2)


def test_a_layer_has_a_kernel_for_each_map() -> None:
    weights = np.arange(2 * 2 * 2 * 4, dtype=float).reshape(2, 2, 2, 4)
    image = Raster(np.ones((4, 5, 4)))
    data = description("a", Typed("a", ["@w.npy"]), image, convolved(image, weights, groups=2), Look())
    own = [one for one in data["kernels"] if one["family"] == "of this command"]
    assert [one["first"] for one in own] == [0, 0, 2, 2]
    assert [(one["word"], one["map"]) for one in own] == [("@w.npy", number) for number in range(4)]
    np.testing.assert_array_equal(own[3]["grids"], np.moveaxis(weights[..., 3], 2, 0))
    colour = Raster(np.ones((4, 5, 3)))
    joined = layer([read_convolution(name).kernel for name in ("sobel-x", "sobel-y")])
    seen = convolved(colour, joined, depth="sum")
    data = description("a", Typed("a", ["sobel-x", "sobel:90"]), colour, seen, Look())
    own = [(one["name"], one["word"], one["map"], one["is_deep"]) for one in data["kernels"][:2]]
    assert own == [("sobel-x", "sobel-x", None, False), ("sobel:90", "sobel:90", None, False)]
    stack = description("a", Typed("a", ["@w.npy"]), colour, seen, Look())["kernels"][1]
    assert (stack["name"], stack["word"]) == ("sobel-x+sobel-y, map 1", "")  # its weights say which it is


def test_of_a_large_image_the_part_around_the_strongest_result() -> None:
    samples = np.zeros((300, 200, 1), np.uint8)
    samples[250, 40] = 255
    image = Raster(samples)
    seen = convolved(image, "edge", stride=3)
    part = part_of(seen, Look())
    assert (part.rows, part.columns) == (MOST_ROWS - 2, MOST_ROWS)
    assert (part.row % 3, part.column % 3) == (0, 0)
    data = description("a", Typed("a"), image, seen, Look())
    assert data["samples"][(250 - part.row) * MOST_ROWS + 40 - part.column] == 255
    assert data["notes"] == [
        f"Of 300x200x1, rows {part.row} to {part.row + 125}, columns {part.column} to {part.column + 127}, "
        "around the strongest result; the edges of this part are those of the image here."
    ]
    assert part_of(seen, read_look(crop="10,20,200x7")) == (9, 18, MOST_ROWS - 2, 11)
    assert part_of(convolved(Raster(samples[:20]), "edge"), Look()) == (0, 0, 20, 128)


@given(data=st.data())
def test_a_part_holds_the_window_that_it_lies_around(data: st.DataObject) -> None:
    length, stride = data.draw(st.integers(129, 900)), data.draw(st.integers(1, 200))
    size = data.draw(st.integers(1, min(stride, MOST_ROWS - stride) if stride < 100 else 28))
    mode = data.draw(st.sampled_from(["same", "same-lower", "valid"]))
    image = Raster(np.zeros((1, length, 1), np.uint8))
    windows = {"stride": (1, stride), "padding": mode}
    placement = convolved(image, np.ones((1, size)), **windows)[0].trace.placement
    assert placement is not None
    number = data.draw(st.integers(0, placement.output[1] - 1))
    seen = convolved(image, np.ones((1, size)), **windows, look=read_look([f"0,{number}"]))
    part, corner = part_of(seen, Look()), seen[0].trace.spots[0].corner[1]
    assert part.columns <= MOST_ROWS
    if 0 <= corner <= length - size:  # no padding is in it
        assert part.column <= corner
        assert corner + size <= part.column + part.columns
        held = convolved(Raster(image.samples[:, part.column :][:, : part.columns]), np.ones((1, size)), **windows)
        of_part = held[0].trace.placement
        assert of_part is not None
        assert (corner - part.column + of_part.padding.left) % stride == 0


@given(data=st.data())
def test_the_windows_of_a_part_are_the_run_s(data: st.DataObject) -> None:
    draw = data.draw
    size, stride = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    length = draw(st.integers(max(size, 100), 300))
    mode = draw(st.sampled_from(["same", "same-lower", "valid"]))
    crop = draw(st.sampled_from([None, f"0,{draw(st.integers(0, length - 1))},1x{draw(st.integers(1, 300))}"]))
    image = Raster(np.zeros((1, length, 1), np.uint8))
    windows = {"stride": (1, stride), "padding": mode}
    seen = convolved(image, np.ones((1, size)), **windows)
    part = part_of(seen, read_look(crop=crop))
    (of_part,) = convolved(
        Raster(image.samples[:, part.column : part.column + part.columns]), np.ones((1, size)), **windows
    )
    whole, held = seen[0].trace.placement, of_part.trace.placement
    assert whole is not None
    assert held is not None
    assert part.columns <= MOST_ROWS
    assert (part.column - held.padding.left + whole.padding.left) % stride == 0


def test_what_the_page_leaves_out_is_said() -> None:
    samples = np.dstack([np.arange(25).reshape(5, 5)] * 4).astype(np.uint8)
    image = Raster(samples, has_alpha=True)
    pair = [read_convolution(name, nodata=3) for name in ("sobel-x", "sobel-y")]
    result = convolve_raster(pair[0], image)
    trace = combined_trace("magnitude", pair, image, result, Look())
    seen = [*convolved(image, "sobel-x", nodata=3), Seen("both", trace, result, False)]
    notes = " ".join(description("a", Typed("a"), image, seen, Look())["notes"])
    assert "Transparency does not count here." in notes
    assert "Holes are samples like others here." in notes
    assert "not combined here" in notes


class Case(NamedTuple):
    """What the page is given, the call of cnnkit that gives the same, and the most that is summed in it."""

    given: dict[str, Any]
    call: Callable[[], Samples]
    magnitude: float


def cases(count: int, seed: int) -> list[Case]:
    """Random settings, of float64 images and of some of 8 bits."""
    random = np.random.default_rng(seed)

    def pick(*words: Any) -> Any:
        return words[random.integers(len(words))]

    def pair(most: int) -> list[int]:
        return random.integers(1, most + 1, 2).tolist()

    made: list[Case] = []
    for number in range(count):
        depth = int(pick(1, 2, 3))
        size = (*random.integers(1, 13, 2).tolist(), depth)
        samples = random.integers(-9, 10, size) / pick(1, 4, 3)
        run: dict[str, Any] = {"shape": size, "names": list("abc"[:depth])}
        if number % 5 == 0:
            samples, run["bounds"] = random.integers(0, 256, size, np.uint8), [0, 255]
        run["samples"] = samples.ravel().tolist()
        padding = pick("same", "same-lower", "valid", "full", random.integers(0, 5, 4).tolist())
        settings = {"stride": pair(3), "dilation": pair(3), "padding": padding}
        if number % 2:
            kind = pick("max", "average", "min", "max", "average", "lp", "median")
            if number % 9 == 1:
                settings = {"adaptive": [min(n, m) for n, m in zip(pair(4), samples.shape[:2], strict=True)]}
            else:
                settings |= {
                    "size": pair(4),
                    "ceil": bool(pick(0, 1)),
                    "count_padding": kind == "average" and bool(pick(0, 1)),
                }
            settings |= {"kind": kind, "p": pick(1, 2, 3) if kind == "lp" else 2}
            made.append(Case({"run": run, "settings": settings}, pooling(samples, settings), 16 * 255))
            continue
        modes = "zero", "replicate", "reflect", "symmetric", "wrap", "constant=-2.5"
        settings |= {"pad_mode": pick(*modes), "flip_kernel": bool(pick(0, 1)), "bias": float(pick(0, 1.5))}
        is_deep = bool(pick(0, 0, 1))
        settings["depth"] = "each" if is_deep else pick("each", "sum", *(["grey"] if depth == 3 else []))
        weights = random.integers(-4, 5, (*pair(4), *([depth] if is_deep else []))) / pick(1, 7)
        grids = np.moveaxis(weights, 2, 0) if is_deep else weights[None]
        kernel = {"grids": grids.tolist(), "is_deep": is_deep, "first": 0}
        magnitude = 255 * depth * np.abs(weights).sum()
        given = {"run": run, "settings": settings, "kernel": kernel}
        made.append(Case(given, convolution(samples, weights, settings), magnitude))
    return made


def convolution(samples: Samples, weights: Samples, settings: dict[str, Any]) -> Callable[[], Samples]:
    return lambda: np.asarray(cnnkit.convolve(samples, weights, algorithm="direct", **settings))


def pooling(samples: Samples, settings: dict[str, Any]) -> Callable[[], Samples]:
    return lambda: np.asarray(cnnkit.pool(samples, **settings))


REPORT = """
<script type="application/json" id="cases">CASES</script>
<script>
const told = (values) => [...values].map((one) => (Number.isFinite(one) ? one : String(one)));
const results = JSON.parse($("cases").textContent).map(({ run, kernel, settings }) => {
  const result = kernel ? convolve(imageOf(run), kernel, settings) : pool(imageOf(run), settings);
  if (result.problem) return { problem: result.problem };
  return { size: result.axes.map((one) => one.count), maps: result.maps.map((map) => told(map.values)) };
});
const change = (id, value, type = "input") => { $(id).value = value; $(id).dispatchEvent(new Event(type)); };
const values = () => told(state.result.maps[0].values);
const key = (word) => $("result").dispatchEvent(new KeyboardEvent("keydown", { key: word, cancelable: true }));
const seen = [];
const words = ["spot-title", "sum", "sizes", "code"];
const look = (name) => seen.push([name, state.result.problem || values(), ...words.map((id) => $(id).textContent)]);
look("begin");
key("ArrowRight");
look("right");
$("forward").click();
look("forward");
$("back").click();
$("back").click();
look("back");
const weight = $("weights").querySelector("input");
weight.value = "1/2";
weight.dispatchEvent(new Event("input"));
look("weight");
weight.value = "x";
weight.dispatchEvent(new Event("input"));
look(weight.getAttribute("aria-invalid"));
change("stride1", 2);
change("padding", "valid", "change");
$("flip_kernel").click();
look("settings");
change("dilation0", 3);
look("problem");
change("dilation0", 1);
change("preset", String(run.kernels.findIndex((one) => one.name === "sobel-x")), "change");
change("padding", "full", "change");
change("pad_mode", "wrap", "change");
look("preset");
const corner = $("result").getBoundingClientRect(), { cell } = pictures.result;
const place = { clientX: corner.left + 2.5 * cell, clientY: corner.top + 1.5 * cell };
$("result").dispatchEvent(new PointerEvent("pointermove", place));
look("hover");
$("play").click();
look($("play").textContent);
$("play").click();
make("pre", { parent: document.body, id: "report", textContent: JSON.stringify({ results, seen, faults }) });
</script>
"""


def opened(folder: Path, run: dict[str, Any], script: str) -> dict[str, Any]:
    """What a `script` behind the page's own leaves in its element `report`, and the errors of both."""
    if BROWSER is None:
        pytest.skip(f"none of {', '.join(NAMES)} is installed")
    watching = "<script>const faults = []; window.onerror = (message) => { faults.push(message); };</script>"
    text = page(EVIL, "made by cnnkit", run).replace("<script>\n", f"{watching}\n<script>\n", 1)
    (folder / "page.html").write_text(text.replace("</body>", f"{script}</body>"), encoding="utf-8")
    words = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}", "--virtual-time-budget=5000"]
    command = [BROWSER, *words, "--dump-dom", (folder / "page.html").as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=120, check=True)
    found = re.search(r'<pre id="report">(.*?)</pre>', done.stdout.decode(), re.DOTALL)
    assert found is not None, done.stdout.decode()[-3000:]
    return dict(json.loads(unescape(found[1])))


@pytest.fixture(scope="module")
def browsed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[Case]]:
    """What a browser made of a page and of random settings, in one start, and what cnnkit makes of these."""
    image = Raster(np.array([[5, 3, 1, 0], [2, 6, 4, 1], [0, 8, 7, 2.0]])[..., None])
    typed = Typed("a b's.csv", ["@my diagonal.txt"], ["--frame", "2"])
    run = description("<i>a</i> & b.csv", typed, image, convolved(image, "1 0 0; 0 1 0; 0 0 1"), Look())
    made = cases(150, 3)
    given = json.dumps([case.given for case in made])
    return opened(tmp_path_factory.mktemp("page"), run, REPORT.replace("CASES", given)), made


def test_the_page_computes_what_cnnkit_computes(browsed: tuple[dict[str, Any], list[Case]]) -> None:
    report, made = browsed
    assert report["faults"] == []
    compared = {np.dtype(np.float64): 0, np.dtype(np.float32): 0, np.dtype(np.uint8): 0}
    for told, case in zip(report["results"], made, strict=True):
        try:
            expected = case.call()
        except SizeError:
            assert "does not fit" in told["problem"]
            continue
        got = np.stack([np.reshape([float(one) for one in values], told["size"]) for values in told["maps"]], axis=2)
        is_single = expected.dtype == np.float32  # whose sums are rounded, as `convolve` says
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=2e-6 * case.magnitude if is_single else 1e-12)
        compared[expected.dtype] += 1
    assert min(compared.values()) >= 5
    assert sum(compared.values()) >= 100


def test_what_is_done_on_the_page_shows_at_once(
    browsed: tuple[dict[str, Any], list[Case]],
) -> None:
    report, _ = browsed
    image = np.array([[5, 3, 1, 0], [2, 6, 4, 1], [0, 8, 7, 2.0]])
    diagonal = np.eye(3)
    names, values, titles, sums, sizes, codes = zip(*report["seen"], strict=True)
    assert names == (
        "begin",
        "right",
        "forward",
        "back",
        "weight",
        "true",
        "settings",
        "problem",
        "preset",
        "hover",
        "Pause",
    )
    np.testing.assert_array_equal(values[0], cnnkit.convolve(image, diagonal).ravel())
    assert sums[0] == "9 products: 5 + 0 + 0 + 0 + 6 + 0 + 0 + 0 + 7 = 18"
    assert [title.partition(":")[0] for title in titles[:4]] == [f"Row 1, column {column}" for column in (1, 2, 3, 1)]
    assert "rows: floor((3 + 1 + 1 - 3) / 1) + 1 = 3" in sizes[0]
    assert "cnnkit convolve 'a b'\"'\"'s.csv' --frame 2 --kernel '@my diagonal.txt'" in codes[0]
    assert "'s.csv' --frame 2 --kernel \"0.5 0 0; 0 1 0; 0 0 1\"" in codes[4]
    diagonal[0, 0] = 0.5
    for place in (4, 5):  # what is no number changes nothing
        np.testing.assert_array_equal(values[place], cnnkit.convolve(image, diagonal).ravel())
    settings = {"stride": (1, 2), "padding": "valid"}
    np.testing.assert_array_equal(values[6], cnnkit.convolve(image, diagonal, flip_kernel=True, **settings).ravel())
    assert "--stride 1x2 --padding valid --flip-kernel" in codes[6]
    assert values[7].startswith("A window of 3x3 (spanning 7x3) does not fit 3x4 samples")
    expected = cnnkit.convolve(image, "sobel-x", stride=(1, 2), padding="full", pad_mode="wrap", flip_kernel=True)
    np.testing.assert_array_equal(values[8], expected.ravel())
    assert titles[9].startswith("Row 1, column 2: window over rows -1 to 1")
    assert titles[10].startswith("Row 0, column 0: window over rows -2 to 0")


TOUR = """
<script>
const shown = ["about", "image-words", "result-words", "spot-title", "sum", "sizes", "code"];
const words = () => shown.map((id) => $(id).textContent);
const before = words();
for (const id of ["channel", "zoom", "preset", "kind", "depth", "pad_mode", "padding"]) {
  for (const option of $(id)?.options ?? []) {
    $(id).value = option.value;
    $(id).dispatchEvent(new Event("change"));
  }
}
for (const slider of document.querySelectorAll("input[type=range]")) slider.dispatchEvent(new Event("input"));
for (const one of document.querySelectorAll("input[type=checkbox]")) one.click();
$("forward").click();
const wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
const report = JSON.stringify({ before, after: words(), faults, wide });
make("pre", { parent: document.body, id: "report", textContent: report });
</script>
"""


def a_sound() -> tuple[Raster, list[Seen]]:
    from cnnkit.data.raster import SoundOrigin
    from cnnkit.data.recipes.dialects import read_recipe

    plan = read_recipe("lecture", "logmel").plan(51200, 22050)
    origin = SoundOrigin("logmel", 22050, 1.0, plan.settled._asdict())
    samples = np.random.default_rng(2).normal(size=(100, 26, 1)).astype(np.float32)
    image = Raster(samples, sound=origin)
    return image, convolved(image, "sobel-x", look=read_look(["43,5"]))


def a_wave() -> tuple[Raster, list[Seen]]:
    from cnnkit.data.raster import SoundOrigin

    image = Raster(
        np.sin(np.arange(400.0))[None, :, None], sound=SoundOrigin("waveform", 8000, 1.0, {"dialect": "lecture"})
    )
    return image, pooled(image, (1, 4), kind="average")


def a_colour_image() -> tuple[Raster, list[Seen]]:
    image = Raster(np.random.default_rng(3).integers(0, 256, (30, 40, 3), np.uint8))
    return image, convolved(image, np.random.default_rng(4).normal(size=(3, 3, 3)), "edge", look=read_look(["2,3"]))


def an_adaptive_pooling() -> tuple[Raster, list[Seen]]:
    image = Raster(np.arange(35.0).reshape(5, 7, 1))
    return image, pooled(image, adaptive="2x3", kind="max")


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (a_sound, ["logmel", "Row 43, column 5 (1.04 s, 609 Hz)", "cnnkit convolve a --kernel sobel-x"]),
        (a_wave, ["waveform", "/ 4 = ", "cnnkit, on the whole imagecnnkit pool a --size 1x4 --type average"]),
        (a_colour_image, ["27 products, 9 for each of 3 channels", "conv2d", "30x40x1"]),
        (an_adaptive_pooling, ["rows: 2 windows over 5", "adaptive_max_pool2d(x, (2, 3))", "largest of "]),
    ],
)
def test_every_control_of_every_kind_of_page(
    tmp_path: Path, make: Callable[[], tuple[Raster, list[Seen]]], expected: list[str]
) -> None:
    image, seen = make()
    report = opened(tmp_path, description("a", Typed("a"), image, seen, Look()), TOUR)
    assert report["faults"] == []
    assert not report["wide"]  # nothing is cut off at the right
    for word in expected:
        assert word in "\n".join(report["before"]), report["before"]
    for text in [*report["before"], *report["after"]]:
        assert re.search(r"undefined|\[object", text) is None, text


def test_the_terms_of_a_sound_are_in_the_order_in_which_they_are_seen(tmp_path: Path) -> None:
    image, seen = a_sound()
    report = opened(tmp_path, description("a", Typed("a"), image, seen, Look()), TOUR)
    products = image.samples[42:45, 4:7, 0] * np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    first, *terms = [f"{term + 0:.6g}" for term in products.T[::-1].ravel()]  # the highest frequency first
    text = " + ".join([first, *(f"({term})" if term.startswith("-") else term for term in terms)])
    assert report["before"][4].startswith(f"9 products: {text} = "), report["before"][4]


LINES = """
<script>
const change = (id, value, type = "change") => { $(id).value = value; $(id).dispatchEvent(new Event(type)); };
const line = () => $("code").querySelector("pre").textContent;
const lines = [$("code").querySelector("h3").textContent, line()];
change("preset", "1");
lines.push(line());
const weight = $("weights").querySelector("input");
weight.value = "7";
weight.dispatchEvent(new Event("input"));
lines.push(line());
change("preset", String(run.kernels.findIndex((one) => one.name === "edge")));
change("channel", "1");
change("depth", "grey");
const report = { lines, faults, isChosen: !$("channel").disabled, shown: [...plane()].slice(0, 6) };
make("pre", { parent: document.body, id: "report", textContent: JSON.stringify(report) });
</script>
"""


def test_the_line_names_what_was_typed_and_grey_is_shown_grey(tmp_path: Path) -> None:
    samples = np.random.default_rng(5).integers(0, 256, (150, 6, 3), np.uint8)
    image = Raster(samples)
    seen = convolved(image, np.random.default_rng(4).normal(size=(3, 3, 3, 2)), look=read_look(["2,3"]))
    typed = Typed("a.png", ["@my stack.npy"])
    report = opened(tmp_path, description("a", typed, image, seen, Look()), LINES)
    assert report["faults"] == []
    start = "cnnkit convolve a.png --kernel "
    assert report["lines"] == [
        "cnnkit, on the whole image",
        f"{start}'@my stack.npy' # map 0",
        f"{start}'@my stack.npy' # map 1",
        f"{start}@kernel.npy # kernel.npy: these weights, as rows x columns x channels",
    ]
    assert not report["isChosen"]
    np.testing.assert_allclose(report["shown"], samples[0] @ np.array([0.299, 0.587, 0.114]))
