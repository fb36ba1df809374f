"""Every kind of pooling, global and adaptive ones, as the command line has them: real processes, real files."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
import tifffile
from PIL import Image

import cnnkit

Array = npt.NDArray[Any]
Run = Callable[..., Any]


def norm(samples: Array, axis: int, p: float = 2) -> Array:
    return (np.abs(samples.astype(np.float64)) ** p).sum(axis) ** (1 / p)


def lower_median(samples: Array, axis: int) -> Array:
    return np.take(np.sort(samples, axis), (samples.shape[axis] - 1) // 2, axis)


HOW: dict[str, Callable[..., Array]] = {
    "max": np.max,
    "min": np.min,
    "average": lambda samples, axis: samples.astype(np.float64).mean(axis),
    "lp": norm,
    "median": lower_median,
}


def by_fours(image: Array) -> Array:
    """The four samples of every window of 2x2, on the last axis: (rows, columns, depth, 4)."""
    rows, columns = image.shape[0] // 2, image.shape[1] // 2
    deep = image.reshape(*image.shape[:2], -1)[: 2 * rows, : 2 * columns]
    return deep.reshape(rows, 2, columns, 2, -1).transpose(0, 2, 4, 1, 3).reshape(rows, columns, deep.shape[2], 4)


def binned(image: Array, counts: tuple[int, int], how: Callable[..., Array]) -> Array:
    """Bin i of O over L samples is from floor(i L / O) up to, not including, ceil((i + 1) L / O)."""
    out = np.empty((*counts, image.shape[2]))
    for i in range(counts[0]):
        for j in range(counts[1]):
            (top, bottom), (left, right) = (
                (at * length // count, -(-(at + 1) * length // count))
                for at, length, count in zip((i, j), image.shape, counts, strict=False)
            )
            out[i, j] = how(image[top:bottom, left:right].reshape(-1, image.shape[2]), 0)
    return out


def levels(values: Array, white: int = 255) -> Array:
    """Rounded half away from zero, held between black and white."""
    return np.floor(values.clip(0, white) + 0.5).astype(np.uint8 if white == 255 else np.uint16)


def written(kind: str, values: Array, white: int = 255) -> Array:
    """What a picture holds: a norm, which is larger than any sample, is stretched from its smallest to its largest."""
    if kind == "lp":
        values = (values - values.min()) / (values.max() - values.min()) * white
    return levels(values, white)


def picture(source: Path | bytes) -> Array:
    return np.asarray(Image.open(io.BytesIO(source) if isinstance(source, bytes) else source))


# Kinds.


@pytest.mark.parametrize(
    ("words", "name", "how"),
    [
        (("--type", "max"), "maxpool2", HOW["max"]),
        (("--type", "min"), "minpool2", HOW["min"]),
        (("--type", "average"), "avgpool2", HOW["average"]),
        (("--type", "median"), "medianpool2", lower_median),
        (("--type", "lp"), "lppool2", norm),
        (("--type", "lp", "--p", "2"), "lppool2", norm),
        (("--type", "lp", "--p", "3"), "lp3pool2", lambda samples, axis: norm(samples, axis, 3)),
        (("--type", "lp", "--p", "1.5"), "lp1.5pool2", lambda samples, axis: norm(samples, axis, 1.5)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_every_kind_on_an_image(
    here: Run, folder: Path, colour_samples: Array, words: tuple[str, ...], name: str, how: Callable[..., Array]
) -> None:
    assert here("pool", "image.png", *words, cwd=folder).code == 0
    expected = written("lp" if "lp" in words else "", how(by_fours(colour_samples), 3))
    np.testing.assert_array_equal(picture(folder / f"image.{name}.png"), expected)


@pytest.mark.parametrize("kind", HOW)
def test_sixteen_bits_stay_sixteen(here: Run, tmp_path: Path, kind: str) -> None:
    samples = np.random.default_rng(1).integers(0, 65536, (6, 8), dtype=np.uint16)
    samples[:2, :2] = [[1, 2], [2, 2]]
    Image.fromarray(samples).save(tmp_path / "deep.png")
    assert here("pool", "deep.png", "--type", kind, "-o", "out.png", cwd=tmp_path).code == 0
    found = np.asarray(Image.open(tmp_path / "out.png")).astype(np.uint16)
    np.testing.assert_array_equal(found, written(kind, HOW[kind](by_fours(samples), 3)[:, :, 0], 65535))
    assert found.max() > 255


@pytest.mark.parametrize("kind", HOW)
def test_alpha(here: Run, tmp_path: Path, kind: str) -> None:
    """A mean weighs colours by alpha, a norm has the largest alpha, others take alpha as a channel of its own."""
    samples = np.random.default_rng(2).integers(1, 256, (6, 8, 4), dtype=np.uint8)
    samples[:2, :2, 3] = 0
    samples[2, 2:4, 3] = 0
    Image.fromarray(samples).save(tmp_path / "clear.png")
    assert here("pool", "clear.png", "--type", kind, "-o", "out.png", cwd=tmp_path).code == 0
    fours = by_fours(samples)
    expected = levels(HOW[kind](fours, 3))
    if kind == "lp":
        expected[..., :3] = written(kind, norm(fours[..., :3, :], 3))
        expected[..., 3] = fours[..., 3, :].max(axis=-1)
    if kind == "average":
        alpha = fours[..., 3:, :].astype(np.float64)
        weighed = (fours[..., :3, :] * alpha).sum(axis=-1) / np.maximum(alpha.sum(axis=-1), 1)
        expected[..., :3] = levels(weighed)
    np.testing.assert_array_equal(picture(tmp_path / "out.png"), expected)


# NaN.


@pytest.mark.parametrize("suffix", ["npy", "tiff"])
@pytest.mark.parametrize("kind", HOW)
def test_nan_reaches_its_window_or_is_left_out(here: Run, tmp_path: Path, kind: str, suffix: str) -> None:
    image = np.random.default_rng(3).normal(size=(6, 8)).astype(np.float32)
    image[0, 0] = image[3, 2] = image[3, 3] = np.nan
    image[4:, 6:] = np.nan
    fours = by_fours(image)[:, :, 0]
    has_nan = np.isnan(fours).any(axis=-1)
    kept = np.array(
        [HOW[kind](one[~np.isnan(one)], 0) if not np.isnan(one).all() else np.nan for one in fours.reshape(-1, 4)]
    ).reshape(3, 4)
    source, out = tmp_path / f"in.{suffix}", tmp_path / f"out.{suffix}"
    if suffix == "npy":
        np.save(source, image)
    else:
        tifffile.imwrite(source, image)
    for word, expected in (("propagate", np.where(has_nan, np.nan, kept)), ("ignore", kept)):
        assert here("pool", source, "--type", kind, "--nan", word, "-o", out, "-f", cwd=tmp_path).code == 0
        found = np.load(out) if suffix == "npy" else tifffile.imread(out)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert np.isnan(kept).sum() == 1
    assert has_nan.sum() == 3


def test_nan_reaches_its_window_by_default(here: Run, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([[np.nan, 1], [2, 3]]))
    assert here("pool", "a.npy", "-o", "b.npy", cwd=tmp_path).code == 0
    assert np.isnan(np.load(tmp_path / "b.npy"))


# Global and adaptive.


@pytest.mark.parametrize(
    ("words", "name", "shape"),
    [
        (("--type", "median", "--size", "3", "--stride", "1"), "medianpool3-s1", (18, 29)),
        (("--type", "min", "--size", "3x2", "--stride", "2x1"), "minpool3x2-s2x1", (9, 30)),
        (("--type", "lp", "--p", "1", "--size", "4"), "lp1pool4", (5, 7)),
        (("--size", "global"), "gmp", (1, 1)),
        (("--size", "global", "--type", "average"), "gap", (1, 1)),
        (("--size", "global", "--type", "lp", "--p", "3"), "globallp3pool", (1, 1)),
        (("--adaptive", "7", "--type", "average"), "avgpool-to7", (7, 7)),
        (("--adaptive", "7x7"), "maxpool-to7", (7, 7)),
        (("--adaptive", "7x5"), "maxpool-to7x5", (7, 5)),
        (("--adaptive", "40x50", "--type", "median"), "medianpool-to40x50", (40, 50)),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else None,
)
def test_names_and_sizes(
    here: Run, state_of: Run, folder: Path, words: tuple[str, ...], name: str, shape: tuple[int, int]
) -> None:
    before = state_of(folder)
    facts = json.loads(here("pool", "image.png", *words, "--json", "-n", cwd=folder).out)["results"][0]
    assert Path(facts["output"]).name == f"image.{name}.png"
    assert facts["shape"] == [*shape, 3]
    assert state_of(folder) == before


@pytest.mark.parametrize("kind", HOW)
def test_global_is_one_number_for_each_channel(here: Run, folder: Path, colour_samples: Array, kind: str) -> None:
    assert here("pool", "image.png", "--size", "global", "--type", kind, "-o", "one.npy", cwd=folder).code == 0
    expected = HOW[kind](colour_samples.reshape(-1, 3), 0)
    found = np.load(folder / "one.npy")
    assert found.shape == (1, 1, 3)
    np.testing.assert_allclose(found[0, 0], expected, rtol=1e-6)


@pytest.mark.parametrize(("word", "counts"), [("7", (7, 7)), ("7x5", (7, 5)), ("1x31", (1, 31)), ("23x40", (23, 40))])
@pytest.mark.parametrize("kind", ["max", "average", "median"])
def test_adaptive_gives_so_many_results(
    here: Run, folder: Path, colour_samples: Array, kind: str, word: str, counts: tuple[int, int]
) -> None:
    assert here("pool", "image.png", "--adaptive", word, "--type", kind, "-o", "o.npy", cwd=folder).code == 0
    expected = binned(colour_samples, counts, HOW[kind])
    np.testing.assert_allclose(np.load(folder / "o.npy"), expected, rtol=1e-6)


def test_explain_says_where_bins_lie(here: Run, folder: Path) -> None:
    ran = here("pool", "image.png", "--adaptive", "3x2", "--explain", "-n", cwd=folder)
    assert ran.lines[0] == "max pooling to 3x2, whatever the size of the image"
    assert "  rows: 3 windows over 20: 0 to 6, 6 to 13, 13 to 19" in ran.lines
    assert "  columns: 2 windows over 31: 0 to 15, 15 to 30" in ran.lines
    ran = here("pool", "image.png", "--size", "global", "--type", "lp", "--explain", "-n", cwd=folder)
    assert ran.lines[:2] == [
        "lp pooling with p 2, one window as large as the image",
        "size: 1x1, one result from 20x31 = 620 samples in each channel",
    ]


# Without an input.


def shown(text: str) -> tuple[Array, Array]:
    """The image and the result of a worked example, by their columns on the page."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("image "))
    left = lines[start].index("result")
    body = lines[start + 1 : next(i for i, line in enumerate(lines) if line.startswith("row 0"))]
    image, result = (
        np.array([cells for line in body if (cells := [float(word) for word in line[part].split()])])
        for part in (slice(0, left), slice(left, None))
    )
    return image, result


@pytest.mark.parametrize(
    ("words", "counts"),
    [(("--size", "2"), (3, 3)), (("--size", "global"), (1, 1)), (("--adaptive", "4x3"), (4, 3))],
    ids=lambda value: " ".join(map(str, value)),
)
@pytest.mark.parametrize("kind", HOW)
def test_the_worked_example_of_every_kind(
    here: Run, kind: str, words: tuple[str, ...], counts: tuple[int, int]
) -> None:
    ran = here("pool", "--type", kind, *words)
    assert (ran.code, ran.err) == (0, "")
    assert ran.text.startswith(f"A worked example: {kind} pooling")
    image, result = shown(ran.text)
    assert image.shape == (6, 6)
    np.testing.assert_allclose(result, binned(image[..., None], counts, HOW[kind])[..., 0], rtol=6e-4)
    rows, columns = (112, 112) if words == ("--size", "2") else counts
    assert f"A 224x224x3 image becomes {rows}x{columns}x3" in ran.text
    written = re.findall(r"^row 0, column (\d+): .* = (\S+)$", ran.text, re.M)
    assert [float(value) for _, value in written] == pytest.approx(result[0, : len(written)].tolist(), rel=1e-3)
    assert ran.text.rstrip().endswith(f"Next: cnnkit pool photo.png --type {kind} {' '.join(words)}")


def test_the_worked_example_of_a_power(here: Run) -> None:
    ran = here("pool", "--type", "lp", "--p", "3")
    lines = re.findall(r"^row 0, column \d+: (\(.*\)) = (\S+)$", ran.text, re.M)
    assert len(lines) == 3
    for arithmetic, value in lines:
        assert eval(re.sub(r"\|(\d+)\|", r"\1", arithmetic).replace("^", "**")) == pytest.approx(float(value), rel=1e-3)


# Pipes, folders, sounds.


def test_a_median_in_a_pipe(run: Run, folder: Path, colour_samples: Array) -> None:
    settings = ("pool", "--type", "median", "--size", "2")
    ran = run(*settings, stdin=folder / "image.png", cwd=folder, shell="{} > out.png")
    assert ran.code == 0
    np.testing.assert_array_equal(picture(folder / "out.png"), lower_median(by_fours(colour_samples), 3))
    assert run(*settings, stdin=(folder / "image.png").read_bytes()).out == (folder / "out.png").read_bytes()
    assert ran.lines == ["wrote -  10x15x3 uint8"]


def test_a_global_average_ends_a_pipe(run: Run, folder: Path, colour_samples: Array) -> None:
    first = run("pool", "--size", "2", stdin=folder / "image.png")
    last = run("pool", "--size", "global", "--type", "average", "--format", "npy", stdin=first.out)
    expected = by_fours(colour_samples).max(axis=3).reshape(-1, 3).mean(axis=0)
    np.testing.assert_allclose(np.load(io.BytesIO(last.out))[0, 0], expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("--type", "min", "--size", "3"), {"image.minpool3.png", "grey.minpool3.png"}),
        (
            ("--adaptive", "2x3", "--type", "median"),
            {"image.medianpool-to2x3.png", "grey.medianpool-to2x3.png"},
        ),
    ],
    ids=lambda value: " ".join(sorted(value)),
)
def test_several_inputs(here: Run, folder: Path, words: tuple[str, ...], names: set[str]) -> None:
    ran = here("pool", "image.png", "grey.png", *words, "--out-dir", "small", cwd=folder)
    assert ran.code == 0
    assert {path.name for path in (folder / "small").iterdir()} == names
    assert len(ran.lines) == 2


@pytest.mark.parametrize(
    ("words", "name", "pooled"),
    [
        (("--size", "2x1"), "avgpool2x1", lambda bands: bands.reshape(8, 2, 26, 1).mean(axis=1)),
        (("--adaptive", "4x1"), "avgpool-to4x1", lambda bands: bands.reshape(4, 4 * 26, 1, 1).mean(axis=1)),
        (("--size", "global"), "gap", lambda bands: bands.mean(axis=(0, 1), keepdims=True)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_sound(
    here: Run, tmp_path: Path, words: tuple[str, ...], name: str, pooled: Callable[[Array], Array]
) -> None:
    noise = np.random.default_rng(0).integers(-9999, 9999, 8000).astype(np.int16)
    soundfile.write(tmp_path / "song.wav", noise, 22050)
    ran = here("pool", "song.wav", "--type", "average", *words, "--format", "npy", cwd=tmp_path)
    assert ran.code == 0
    assert ran.lines[0] == "song.wav: logmel 16x26x1, 22,050 Hz, frames of 2048, hop 512"
    bands = cnnkit.features(noise, 22050, "logmel").astype(np.float64)
    np.testing.assert_allclose(np.load(tmp_path / f"song.logmel.{name}.npy"), pooled(bands), rtol=1e-5)
