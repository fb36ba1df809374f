"""``cnnkit convolve`` against SciPy, NumPy and its own library, through real files."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tifffile
from PIL import Image
from scipy.ndimage import correlate

import cnnkit
from cnnkit.cli.convolution import result_names
from tests.cases.trained import trained_network, written

Array = npt.NDArray[Any]
Run = Callable[..., Any]
EDGE = cnnkit.kernel("edge").weights


def opened(path: Path) -> Array:
    return np.asarray(Image.open(path))


def sums(samples: Array, weights: Array, mode: str = "constant") -> Array:
    """SciPy's correlation of every channel, in float64."""
    if samples.ndim == 3:
        return np.dstack([sums(samples[:, :, k], weights, mode) for k in range(samples.shape[2])])
    return correlate(samples.astype(np.float64), weights, mode=mode)


def as_levels(values: Array) -> Array:
    return np.floor(np.clip(values, 0, 255) + 0.5).astype(np.uint8)


def test_the_command_of_the_readme(here: Run, folder: Path, colour_samples: Array) -> None:
    ran = here("convolve", "image.png", "--kernel", "edge", cwd=folder)
    assert ran.code == 0
    assert ran.out == b""
    assert len(ran.lines) == 1
    expected = sums(colour_samples, EDGE)
    np.testing.assert_array_equal(opened(folder / "image.edge.png"), as_levels(np.abs(expected)))
    line = ran.lines[0]
    assert "wrote image.edge.png" in line
    assert "as |v|" in line
    share = 100 * np.mean(np.abs(expected) > 255)
    assert f"{share:.1f} % clipped" in line
    assert f"{expected.min():.6g} to {expected.max():.6g}" in line
    assert sorted(path.name for path in folder.iterdir()) == ["grey.png", "image.edge.png", "image.png"]


def test_sixteen_bits_stay_sixteen_bits(here: Run, tmp_path: Path) -> None:
    samples = np.random.default_rng(0).integers(0, 65536, (12, 15), dtype=np.uint16)
    Image.fromarray(samples).save(tmp_path / "deep.png")
    assert (
        here("convolve", "deep.png", "-k", "1 2 1; 2 4 2; 1 2 1", "-k", "0 0 0; 0 1 0; 0 0 0", cwd=tmp_path).code == 0
    )
    np.testing.assert_array_equal(opened(tmp_path / "deep.k3x3-4df5.png"), samples)
    expected = sums(samples, np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]])).clip(0, 65535)
    np.testing.assert_array_equal(opened(tmp_path / "deep.k3x3-7ea2.png"), expected)


@pytest.mark.parametrize(
    ("word", "kernel", "mapped"),
    [
        ("auto", "1 0 -1", lambda v: as_levels(np.abs(v) * 255 / np.sort(np.abs(v[:, 1:-1]), axis=None)[-3])),
        ("auto", "1 1 1", as_levels),
        ("clip", "1 0 -1", as_levels),
        ("abs", "1 -3 1", lambda v: as_levels(np.abs(v))),
        ("offset", "1 0 -1", lambda v: as_levels(v + 128)),
        ("minmax", "1 0 -1", lambda v: as_levels((v - v.min()) * 255 / (v.max() - v.min()))),
    ],
)
def test_every_range_word(
    here: Run, folder: Path, grey_samples: Array, word: str, kernel: str, mapped: Callable[[Array], Array]
) -> None:
    ran = here("convolve", "grey.png", "-k", kernel, "--range", word, "-o", "out.png", cwd=folder)
    expected = mapped(sums(grey_samples, np.array([[float(w) for w in kernel.split()]])))
    np.testing.assert_array_equal(opened(folder / "out.png"), expected)
    assert {"clip": "clipped to 0..255", "abs": "as |v|", "offset": "0 is 128", "minmax": "stretched"}.get(
        word, "clipped"
    ) in ran.err


def test_raw_values_go_into_arrays_and_are_not_mapped(run: Run, folder: Path, colour_samples: Array) -> None:
    for kind in ("npy", "npz"):
        ran = run("convolve", "image.png", "-k", "sobel", "--range", "clip", "--format", kind, cwd=folder)
        assert ran.code == 0
        assert "clipped" not in ran.err
    expected = sums(colour_samples, cnnkit.kernel("sobel").weights)
    found = np.load(folder / "image.sobel.npy")
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(np.load(folder / "image.sobel.npz")["data"], expected)
    assert run("convolve", "grey.png", "-k", "sobel", "-o", "out.csv", cwd=folder).code == 0
    np.testing.assert_array_equal(
        np.loadtxt(folder / "out.csv", delimiter=","), sums(opened(folder / "grey.png"), cnnkit.kernel("sobel").weights)
    )


def test_floats_stay_floats(here: Run, tmp_path: Path) -> None:
    samples = np.random.default_rng(0).normal(size=(9, 8, 3)).astype(np.float32)
    tifffile.imwrite(tmp_path / "float.tif", samples, photometric="rgb")
    assert here("convolve", "float.tif", "-k", "1 0 -1", "-o", "out.tiff", cwd=tmp_path).code == 0
    np.testing.assert_allclose(tifffile.imread(tmp_path / "out.tiff"), sums(samples, np.array([[1, 0, -1]])), atol=1e-5)
    ran = here("convolve", "float.tif", "-k", "1 0 -1", cwd=tmp_path)
    assert "float.k1x3-6f1b.npy" in ran.err
    np.testing.assert_allclose(
        np.load(tmp_path / "float.k1x3-6f1b.npy"), sums(samples, np.array([[1, 0, -1]])), atol=1e-5
    )


@pytest.fixture(scope="module")
def kernel_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kernels")
    (folder / "a.txt").write_text("# rows\n1 2 1\n0 0 0\n-1 -2 -1\n")
    (folder / "b.csv").write_text("1,2,1\n0,0,0\n-1,-2,-1\n")
    (folder / "c.json").write_text("[[1, 2, 1], [0, 0, 0], [-1, -2, -1]]")
    np.save(folder / "d.npy", np.array([[1, 2, 1], [0, 0, 0], [-1, -2, -1]], dtype=np.int8))
    return folder


def test_one_kernel_in_every_way_it_can_be_given(here: Run, folder: Path, kernel_files: Path) -> None:
    given = ["sobel:90", "1 2 1; 0 0 0; -1 -2 -1", *(f"@{path}" for path in sorted(kernel_files.iterdir()))]
    words = [word for kernel in given for word in ("-k", kernel)]
    ran = here("convolve", "grey.png", *words, "--range", "abs", "--out-dir", "out", cwd=folder)
    assert ran.code == 0
    names = sorted(path.name for path in (folder / "out").iterdir())
    assert names == sorted(f"grey.{name}.png" for name in ("sobel90", "k3x3-5014", "a", "b", "c", "d"))
    results = [opened(folder / "out" / name) for name in names]
    expected = as_levels(np.abs(sums(opened(folder / "grey.png"), cnnkit.kernel("sobel:90").weights)))
    for result in results:
        np.testing.assert_array_equal(result, expected)
    assert len(ran.lines) == 6


def test_presets_with_settings(here: Run, folder: Path, grey_samples: Array) -> None:
    ran = here("convolve", "grey.png", "-k", "gaussian:sigma=2,size=7", "--format", "npy", cwd=folder)
    (result,) = folder.glob("*.npy")
    assert result.name in ran.err
    assert result.name.startswith("grey.gaussian-sigma2-size7.")
    np.testing.assert_allclose(
        np.load(result), sums(grey_samples, cnnkit.kernel("gaussian:sigma=2,size=7").weights), rtol=1e-5
    )


def test_kernels_of_one_name_are_numbered(here: Run, folder: Path) -> None:
    for place, text in {"a": "1 0 -1", "b": "1; 0; -1"}.items():
        (folder / place).mkdir()
        (folder / place / "k.txt").write_text(text)
    ran = here("convolve", "grey.png", "-k", "@a/k.txt", "-k", "@b/k.txt", "-k", "1 1", "--stride", "2", cwd=folder)
    assert ran.code == 0
    names = {path.name for path in folder.glob("grey.*.png")}
    assert names == {"grey.k-s2.png", "grey.k-s2_2.png", "grey.k1x2-044f-s2.png"}


def test_other_settings_leave_a_result_alone(here: Run, folder: Path) -> None:
    assert here("convolve", "image.png", "-k", "edge", cwd=folder).code == 0
    before = (folder / "image.edge.png").read_bytes()
    others = ("--stride", "4", "--padding", "valid", "--range", "offset")
    assert here("convolve", "image.png", "-k", "edge", *others, cwd=folder).code == 0
    assert (folder / "image.edge.png").read_bytes() == before
    assert (folder / "image.edge-s4-valid.png").exists()


def test_every_depth_word(here: Run, folder: Path, colour_samples: Array) -> None:
    each = sums(colour_samples, EDGE)
    luminance = sums(colour_samples @ np.array([0.299, 0.587, 0.114]), EDGE)
    for word, expected in (("each", each), ("sum", each.sum(axis=2)), ("grey", luminance)):
        assert here("convolve", "image.png", "-k", "edge", "--depth", word, "-o", f"{word}.npy", cwd=folder).code == 0
        np.testing.assert_allclose(np.load(folder / f"{word}.npy").squeeze(), expected, atol=1e-3)


def test_layers_give_feature_maps(here: Run, folder: Path, colour_samples: Array) -> None:
    layer = np.random.default_rng(0).integers(-3, 4, (3, 3, 3, 8))
    np.save(folder / "layer.npy", layer)
    np.save(folder / "one.npy", layer[..., 0])
    ran = here("convolve", "image.png", "-k", "@layer.npy", "-k", "@one.npy", cwd=folder)
    assert ran.code == 0
    assert ran.lines[-2].endswith("  8 maps side by side")
    rows, columns = colour_samples.shape[:2]
    assert opened(folder / "image.layer.png").shape == (3 * (rows + 2) + 2, 3 * (columns + 2) + 2)
    assert here("convolve", "image.png", "-k", "@layer.npy", "--format", "npy", cwd=folder).code == 0
    maps = [
        sum(sums(colour_samples[:, :, c], layer[:, :, c, k]) for c in range(3))  # type: ignore[misc]
        for k in range(8)
    ]
    np.testing.assert_array_equal(np.load(folder / "image.layer.npy"), np.dstack(maps))
    assert opened(folder / "image.one.png").ndim == 2


def test_flipped_kernels_groups_bias_and_dilation_reach_the_library(
    here: Run, folder: Path, grey_samples: Array
) -> None:
    settings = ["--flip-kernel", "--bias", "-7.5", "--dilation", "2x1", "--stride", "2x3", "--padding", "0x1x2x3"]
    kernel = "1 2 3; 4 5 -6"
    assert (
        here("convolve", "grey.png", "-k", kernel, *settings, "--pad-mode", "reflect", "-o", "a.npy", cwd=folder).code
        == 0
    )
    expected = cnnkit.convolve(
        grey_samples,
        kernel,
        flip_kernel=True,
        bias=-7.5,
        dilation=(2, 1),
        stride=(2, 3),
        padding=(0, 1, 2, 3),
        pad_mode="reflect",
    )
    np.testing.assert_array_equal(np.load(folder / "a.npy"), expected)
    weights = np.ones((1, 1, 1, 3))
    np.save(folder / "groups.npy", weights)
    assert here("convolve", "image.png", "-k", "@groups.npy", "--groups", 3, "-o", "b.npy", cwd=folder).code == 0
    np.testing.assert_array_equal(np.load(folder / "b.npy"), opened(folder / "image.png"))


def test_the_depthwise_kernels_of_a_network_lie_each_on_its_channel(
    run: Run, folder: Path, colour_samples: Array
) -> None:
    network = trained_network(layers=("dwconv3:m2", "relu", "gap", "fc2"))
    written(folder / "net.safetensors", network)
    ran = run("convolve", "image.png", "-k", "@net.safetensors", "-o", "maps.npy", cwd=folder)
    assert ran.code == 0, ran.err
    weights, bias = network.learned[1]["weights"], network.learned[1]["bias"]
    expected = [sums(colour_samples[:, :, k // 2], weights[:, :, 0, k]) + bias[k] for k in range(6)]
    np.testing.assert_allclose(np.load(folder / "maps.npy"), np.dstack(expected), rtol=1e-4, atol=1e-3)
    assert run("convolve", "image.png", "-k", "@net.safetensors", cwd=folder).err.startswith("wrote image.net.png")
    ran = run("convolve", "grey.png", "-k", "@net.safetensors", "--groups", 1, cwd=folder)
    assert ran.err.startswith("wrote grey.net-g1.png"), ran.err


@pytest.mark.parametrize(
    ("padding", "shape"),
    [
        ("same", (10, 11)),
        ("same-lower", (10, 11)),
        ("valid", (9, 10)),
        ("full", (11, 11)),
        ("1", (10, 11)),
        ("1x2", (10, 11)),
        ("0x1x0x1", (10, 10)),
    ],
)
def test_every_padding_word_with_a_stride_of_rows_x_columns(
    here: Run, folder: Path, grey_samples: Array, padding: str, shape: tuple[int, int]
) -> None:
    kernel = "1 2 3; 4 5 6; 7 8 9"
    ran = here("convolve", "grey.png", "-k", kernel, "--padding", padding, "--stride", "2x3", "-o", "o.npy", cwd=folder)
    assert ran.code == 0
    found = np.load(folder / "o.npy")
    weights = np.arange(1.0, 10).reshape(3, 3)
    full = np.pad(grey_samples.astype(float), 2)
    top, left = {"valid": (0, 0), "full": (2, 2), "1": (1, 1), "1x2": (1, 2), "0x1x0x1": (0, 0)}.get(padding, (-1, -1))
    if top < 0:  # 20 rows by 2: 10 windows need one more row; 31 columns by 3: 11 windows need two more
        top, left = (1, 1) if padding == "same-lower" else (0, 1)
    everywhere = np.array(
        [[(full[y : y + 3, x : x + 3] * weights).sum() for x in range(33)] for y in range(22)]  # window at y - 2, x - 2
    )
    expected = everywhere[2 - top :: 2, 2 - left :: 3][: found.shape[0], : found.shape[1]]
    assert found.shape == shape
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("word", "scipys"),
    [("replicate", "nearest"), ("reflect", "mirror"), ("symmetric", "reflect"), ("wrap", "grid-wrap")],
)
def test_every_pad_mode(here: Run, folder: Path, grey_samples: Array, word: str, scipys: str) -> None:
    assert here("convolve", "grey.png", "-k", "box:5", "--pad-mode", word, "-o", "o.npy", cwd=folder).code == 0
    np.testing.assert_allclose(
        np.load(folder / "o.npy"), sums(grey_samples, cnnkit.kernel("box:5").weights, scipys), rtol=1e-5
    )


def test_a_pipe_in_and_a_pipe_out(run: Run, folder: Path, colour_samples: Array) -> None:
    content = (folder / "image.png").read_bytes()
    for given in (content, folder / "image.png"):
        for name in ((), ("-",)):
            ran = run("convolve", *name, "--kernel", "edge", stdin=given)
            assert ran.code == 0
            np.testing.assert_array_equal(
                np.asarray(Image.open(io.BytesIO(ran.out))), as_levels(np.abs(sums(colour_samples, EDGE)))
            )


@pytest.mark.parametrize("kind", ["png", "jpg", "webp", "tiff", "npy", "npz", "csv"])
def test_every_format_goes_into_a_pipe(run: Run, folder: Path, kind: str) -> None:
    """A pipe cannot be wound back: what arrives is what a file would hold, but for the command noted in it."""
    ran = run("convolve", "grey.png", "-k", "edge", "-o", "-", "--format", kind, cwd=folder, shell="{} | cat")
    assert "Traceback" not in ran.err
    if kind == "csv":
        found = np.loadtxt(io.BytesIO(ran.out), delimiter=",")
    elif kind in ("npy", "npz"):
        found = np.load(io.BytesIO(ran.out))
        found = found["data"] if kind == "npz" else found
    else:
        found = np.asarray(Image.open(io.BytesIO(ran.out)))
    assert found.shape[:2] == (20, 31)


def test_threads_do_not_change_the_result(here: Run, tmp_path: Path) -> None:
    samples = np.random.default_rng(0).integers(0, 256, (700, 900, 3), dtype=np.uint8)
    Image.fromarray(samples).save(tmp_path / "large.png")
    results = []
    for threads in (1, 3):
        ran = here("convolve", "large.png", "-k", "gaussian", "--threads", threads, "-o", "-", cwd=tmp_path)
        results.append(opened(io.BytesIO(ran.out)))  # type: ignore[arg-type]
    np.testing.assert_array_equal(*results)


def test_explain_says_where_the_windows_land(here: Run, folder: Path) -> None:
    ran = here("convolve", "grey.png", "-k", "edge", "--explain", "--stride", "2", "-o", "out.png", cwd=folder)
    assert ran.out == b""
    assert "rows: floor((20 + 0 + 1 - 3) / 2) + 1 = 10" in ran.err
    assert "columns: floor((31 + 1 + 1 - 3) / 2) + 1 = 16" in ran.err
    assert opened(folder / "out.png").shape == (10, 16)


def test_json_tells_the_same(here: Run, folder: Path) -> None:
    ran = here("convolve", "grey.png", "-k", "edge", "-k", "box", "--json", cwd=folder)
    assert ran.err == ""
    answer = json.loads(ran.out)
    assert (answer["schema"], answer["command"], answer["errors"]) == (1, "convolve", [])
    assert [(one["input"], one["output"], one["action"], one["range"]) for one in answer["results"]] == [
        ("grey.png", "grey.edge.png", "wrote", "abs"),
        ("grey.png", "grey.box.png", "wrote", "clip"),
    ]
    assert answer["results"][0]["shape"] == [20, 31, 1]
    assert answer["results"][0]["dtype"] == "uint8"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ([], "no kernel"),
        (["-k", "sobell"], "did you mean sobel"),
        (["-k", "1 2; 3"], "error"),
        (["-k", ""], "needs a value"),
        (["-k", " ; "], "error"),
        (["-k", "1 nan 2"], "error"),
        (["-k", "1 inf 2"], "error"),
        (["-k", "@missing.txt"], "no such file"),
        (["-k", "@grey.png"], "not text"),
        (["-k", "edge", "--stride", "0"], "stride 0"),
        (["-k", "edge", "--stride", "1x0"], "stride 0"),
        (["-k", "edge", "--stride", "2x2x2"], "stride"),
        (["-k", "edge", "--stride", "-1"], "stride"),
        (["-k", "edge", "--stride", "1.5"], "stride"),
        (["-k", "edge", "--dilation", "0"], "dilation 0"),
        (["-k", "edge", "--padding", "sam"], "did you mean same"),
        (["-k", "edge", "--padding", "1x2x3"], "padding"),
        (["-k", "edge", "--pad-mode", "mirror"], "mirror"),
        (["-k", "edge", "--pad-mode", "constant=nan"], "constant"),
        (["-k", "edge", "--depth", "all"], "depth"),
        (["-k", "edge", "--range", "full"], "range"),
        (["-k", "edge", "--groups", "0"], "groups"),
        (["-k", "edge", "--groups", "2"], "groups"),
        (["-k", "edge", "--bias", "nan"], "bias"),
        (["-k", "edge", "--bias", "x"], "bias"),
        (["-k", "edge", "--threads", "0"], "threads"),
        (["-k", "edge", "--format", "xyz"], "png"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_usage_is_two_lines_and_2(
    here: Run, refused: Run, state_of: Run, folder: Path, words: list[str], problem: str
) -> None:
    before = state_of(folder)
    refused(here("convolve", "grey.png", *words, cwd=folder), 2, problem)
    assert state_of(folder) == before


def test_a_kernel_that_does_not_fit_the_image(here: Run, refused: Run, state_of: Run, folder: Path) -> None:
    np.save(folder / "deep.npy", np.ones((3, 3, 5)))
    before = state_of(folder)
    refused(here("convolve", "image.png", "-k", "@deep.npy", cwd=folder), 1, "image.png", "5", "3")
    refused(here("convolve", "grey.png", "-k", "box:41", "--padding", "valid", cwd=folder), 1, "grey.png", "41", "20")
    refused(here("convolve", "image.png", "-k", "edge", "--depth", "grey", "--groups", "3", cwd=folder), 2)
    assert state_of(folder) == before


def test_results_of_several_kernels_become_one(here: Run, folder: Path, colour_samples: Array) -> None:
    across, down = (sums(colour_samples, cnnkit.kernel(name).weights) for name in ("sobel-x", "sobel-y"))
    words = ("convolve", "image.png", "-k", "sobel-x", "-k", "sobel-y", "--combine")
    ran = here(*words, "magnitude", "--range", "clip", cwd=folder)
    assert (ran.code, len(ran.lines)) == (0, 1)
    length = np.sqrt(across**2 + down**2)
    np.testing.assert_array_equal(opened(folder / "image.sobel-x+sobel-y-magnitude.png"), as_levels(length))
    assert here(*words, "max", "-o", "max.npy", "--stride", "2", cwd=folder).code == 0
    both = [cnnkit.convolve(colour_samples, name, stride=2) for name in ("sobel-x", "sobel-y")]
    np.testing.assert_array_equal(np.load(folder / "max.npy"), np.maximum(*both))
    assert sorted(path.name for path in folder.iterdir()) == [
        "grey.png", "image.png", "image.sobel-x+sobel-y-magnitude.png", "max.npy",
    ]  # fmt: skip
    told = json.loads(here(*words, "magnitude", "--json", "-f", cwd=folder).out)
    (result,) = told["results"]
    assert result["output"] == "image.sobel-x+sobel-y-magnitude.png"
    assert (result["range"], result["minimum"]) == ("abs", pytest.approx(length.min(), rel=1e-6))  # as of a derivative


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["-k", "edge", "--combine", "max"], "one kernel"),
        (["-k", "edge", "-k", "box", "--combine", "sum"], "unknown combination 'sum'"),
        (["-k", "edge", "-k", "box", "--combine", "max", "--depth", "sum"], "one layer"),
    ],
)
def test_what_cannot_be_combined(here: Run, refused: Run, folder: Path, words: list[str], problem: str) -> None:
    refused(here("convolve", "image.png", *words, cwd=folder), 2, problem)


def test_names_of_results_never_meet() -> None:
    names = ["k", "k", "k2", "edge", "K"]  # some systems take k and K for one name
    assert result_names(names) == ["k", "k_2", "k2", "edge", "K_3"]
