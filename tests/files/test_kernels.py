"""Kernels from files, as the command line's ``@FILE`` gives them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.data.kernels.kernel import Kernel
from cnnkit.errors import ArgumentError
from cnnkit.files.kernels import MAX_FILE_BYTES, encode_kernel, read_kernel
from cnnkit.files.network.weights import save_weights
from tests.cases.trained import trained_network, written

SHARPEN = [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]


def put(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return f"@{path}"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("sharpen.txt", "0 -1 0; -1 5 -1; 0 -1 0"),
        ("sharpen.txt", "# a comment\n0 -1 0\n-1 5 -1\n0 -1 0\n"),
        ("sharpen.txt", "\ufeff0, -1, 0\r\n-1, 5, -1\r\n0, -1, 0\r\n"),
        ("sharpen", "0 -1 0; -1 5 -1; 0 -1 0"),
        ("sharpen.csv", "0,-1,0\n-1,5,-1\n0,-1,0\n"),
        ("sharpen.csv", '\ufeff"0","-1","0"\r\n-1 , 5 , -1\r\n\r\n0,-1,0\r\n'),
        ("sharpen.CSV", "0,-1,0\n-1,5,-1\n0,-1,0"),
        ("sharpen.csv", "0,-1,0\r-1,5,-1\r0,-1,0\r"),
        ("sharpen.mat", "3 3\n0 -1 0\n-1 5 -1\n0 -1 0\n"),
        ("sharpen.mat", "3 3 1 0\n0 -1 0\n-1 5 -1\n0 -1 0\n"),
        ("sharpen.MAT", "3,3,2\r\n0,-2,0\r\n-2,10,-2\r\n\r\n0,-2,0\r\n"),
        ("sharpen.txt", "3 3 1 0\n0 -1 0\n-1 5 -1\n0 -1 0\n"),
        ("sharpen.txt", "3x3:\n 0,-1,0,\n -1,5,-1,\n 0,-1,0\n"),
        ("sharpen.json", "[[0, -1, 0], [-1, 5, -1], [0, -1, 0]]"),
        ("sharpen.json", '{"source": "me", "weights": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]}'),
    ],
)
def test_texts_that_hold_the_same_kernel(name: str, content: str, tmp_path: Path) -> None:
    found = read_kernel(put(tmp_path, name, content))
    np.testing.assert_array_equal(found.weights, SHARPEN)
    assert found.name == "sharpen-8819"  # not that of the preset


@pytest.mark.parametrize("shape", [(3, 5), (3, 3, 2), (3, 3, 2, 8)])
@pytest.mark.parametrize("kind", ["i1", "f4", ">f8"])
def test_arrays(shape: tuple[int, ...], kind: str, tmp_path: Path) -> None:
    weights = np.random.default_rng(0).integers(-9, 9, shape).astype(kind)
    np.save(tmp_path / "layer.npy", weights)
    np.testing.assert_array_equal(read_kernel(f"@{tmp_path}/layer.npy").weights, weights)
    (tmp_path / "layer.npy").rename(tmp_path / "renamed.weights")  # the content says what it is
    np.testing.assert_array_equal(read_kernel(f"@{tmp_path}/renamed.weights").weights, weights)


def test_rows_separated_as_spreadsheets_of_some_countries_do(tmp_path: Path) -> None:
    """The right grid or an error; never another kernel."""
    spec = put(tmp_path, "k.csv", "1;0;-1\n2;0;-2\n")
    try:
        found = read_kernel(spec)
    except ArgumentError:
        return
    np.testing.assert_array_equal(found.weights, [[1, 0, -1], [2, 0, -2]])


@pytest.mark.parametrize(
    ("stem", "expected"), [("my kernel (2)", "my-kernel-2"), ("画", "k1x3-6f1b"), ("..", "k1x3-6f1b"), ("a.b", "a.b")]
)
def test_the_name_goes_into_file_names(stem: str, expected: str, tmp_path: Path) -> None:
    assert read_kernel(put(tmp_path, f"{stem}.txt", "1 0 -1")).name == expected


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("k.txt", "", "empty"),
        ("k.txt", "1 2; 3", "."),
        ("k.txt", "1 nan 3", "."),
        ("k.txt", "one two\nthree four", "."),
        ("k.csv", "a,b,c\n1,2,3\n", "."),
        ("k.csv", "1,,3\n4,5,6\n", "."),
        ("k.csv", "1,2\n3\n", "."),
        ("k.csv", f"{'1' * 200_000},2\n", "not CSV"),
        ("k.csv", '"1,2\n3,4', "not CSV"),
        ("k.txt", "1 \x1b[31m2", "not text"),
        ("k.mat", "", "empty"),
        ("k.mat", "1 0 -1\n2 0 -2\n", r"says 1x0 \(columns x rows\), not 1 row of 3 weights"),
        ("k.mat", "3 2\n1 2 3\n", r"says 3x2 .*, not 1 row of 3"),
        ("k.mat", "2 2\n1 2\n3\n", r"says 2x2 .*, not 2 rows of 1 or 2"),
        ("k.mat", "sobel", "first line is not columns rows"),
        ("k.mat", "3 1 8 128\n1 2 3\n", "offset of 128"),
        ("k.mat", "3 1 0\n1 2 3\n", "scale, by which sums are divided, is 0"),
        ("k.mat", "2 1\n1 x\n", "'x' in row 1, column 2 is not a number"),
        ("k.mat", b"MATLAB 5.0 MAT-file\0\1", "MATLAB's variables"),
        ("k.txt", "3x3+0+0: 1,2,3,4,5,6,7,8,9", "origin"),
        ("k.json", "[[1, 2], [3]]", "real numbers"),
        ("k.json", "[[1, NaN]]", "not finite"),
        ("k.json", "[[1, 1e999]]", "not finite"),
        ("k.json", "[]", "."),
        ("k.json", "[1, 2, 3]", "dimensions"),
        ("k.json", "[[1, 2]", "not JSON"),
        ("k.json", '{"rows": [[1]]}', "not a list of rows"),
        ("k.json", '"sobel"', "not a list of rows"),
        ("k.json", '[["1", "2"]]', "real numbers"),
        ("k.json", "[" * 100_000, "JSON"),
        ("k.json", f"[[1{'0' * 400}]]", "not finite"),
        ("k.json", f"[[1{'0' * 5000}]]", "not finite"),
        ("k.npy", b"\x93NUMPY\1\0v\0", "npy"),
        ("k.txt", b"\xff\x00\x80", "not text"),
        ("k.png", b"\x89PNG\r\n\x1a\n" + bytes(50), "not text"),
    ],
)
def test_what_is_no_kernel_is_refused(name: str, content: str | bytes, problem: str, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=problem) as caught:
        read_kernel(put(tmp_path, name, content))
    assert f"{tmp_path}/{name}" in caught.value.problem
    assert caught.value.hint
    assert "\n" not in caught.value.problem + caught.value.hint


def test_vips_counts_columns_first_and_divides_by_the_scale(tmp_path: Path) -> None:
    found = read_kernel(put(tmp_path, "k.mat", "3 2 9\n1 2 3\n4 5 6\n"))
    np.testing.assert_array_equal(found.weights, np.array([[1, 2, 3], [4, 5, 6]]) / 9)


def test_rows_that_could_be_a_head_are_a_head_by_their_name_alone(tmp_path: Path) -> None:
    text = "2 2\n1 2\n3 4\n"
    np.testing.assert_array_equal(read_kernel(put(tmp_path, "k.mat", text)).weights, [[1, 2], [3, 4]])
    np.testing.assert_array_equal(read_kernel(put(tmp_path, "k.txt", text)).weights, [[2, 2], [1, 2], [3, 4]])
    np.testing.assert_array_equal(
        read_kernel(put(tmp_path, "h.txt", "3 2\n1 2 3\n4 5 6")).weights, [[1, 2, 3], [4, 5, 6]]
    )


@pytest.mark.parametrize("name", ["box3x5", "gaussian2x1-size5x9", "sobel1e30", "sobel-y5"])
def test_a_file_called_like_a_preset_with_settings_has_another_name(name: str, tmp_path: Path) -> None:
    assert read_kernel(put(tmp_path, f"{name}.txt", "1 0 -1")).name == f"{name}-6f1b"


def test_a_file_that_is_missing_a_folder_or_far_too_large(tmp_path: Path) -> None:
    put(tmp_path, "sharpen.txt", "1 2")
    with pytest.raises(ArgumentError, match="no such file") as caught:
        read_kernel(f"@{tmp_path}/sharpn.txt")
    assert "sharpen.txt" in caught.value.hint
    with pytest.raises(ArgumentError, match="folder"):
        read_kernel(f"@{tmp_path}")
    with pytest.raises(ArgumentError, match="kernel file"):
        read_kernel("@")
    with (tmp_path / "large.txt").open("wb") as stream:
        stream.truncate(MAX_FILE_BYTES + 5)
    with pytest.raises(ArgumentError, match="more than"):
        read_kernel(f"@{tmp_path}/large.txt")


def test_without_a_file_it_is_the_librarys_text() -> None:
    np.testing.assert_array_equal(read_kernel("1 0 -1").weights, [[1, 0, -1]])
    assert read_kernel("sobel:45").name == "sobel45"


@given(content=st.binary(max_size=60), suffix=st.sampled_from(["txt", "csv", "json", "npy"]))
def test_any_bytes_give_a_kernel_or_an_argument_error(
    content: bytes, suffix: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    spec = put(tmp_path_factory.getbasetemp(), f"any.{suffix}", content)
    refusal = ArgumentError("none")
    try:
        read_kernel(spec)
    except ArgumentError as error:
        refusal = error
    assert "\n" not in refusal.problem


def test_a_kernel_that_was_written_is_read_again(tmp_path: Path) -> None:
    for weights, bias in (
        (np.array([[1 / 3, -2.5]]), ()),
        (np.random.default_rng(0).normal(size=(3, 3, 2, 2)), (0.5, -1)),
    ):
        with (tmp_path / "k.json").open("wb") as stream:
            encode_kernel(Kernel(weights, bias=bias), "a note")(stream)
        found = read_kernel(f"@{tmp_path / 'k.json'}")
        np.testing.assert_array_equal(found.weights, weights)
        assert found.bias == bias


@pytest.mark.parametrize("bias", ['"1"', "[1, null]", "[NaN]", "{}"])
def test_a_bias_that_is_no_number_is_told(bias: str, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="its bias is not a list of finite numbers"):
        read_kernel(put(tmp_path, "k.json", f'{{"weights": [[1, 0]], "bias": {bias}}}'))


def test_a_trained_network_gives_the_kernels_of_its_first_convolution(tmp_path: Path) -> None:
    network = trained_network()
    found = read_kernel(f"@{written(tmp_path / 'net.safetensors', network)}")
    np.testing.assert_array_equal(found.weights, network.learned[1]["weights"])
    assert found.bias == tuple(network.learned[1]["bias"])
    assert (found.name, found.groups) == ("net", 1)
    network = trained_network(layers=("dwconv3", "relu", "flatten", "fc2"))
    assert read_kernel(f"@{written(tmp_path / 'net.safetensors', network)}").groups == 3


def test_other_files_of_weights_have_no_kernels(tmp_path: Path) -> None:
    save_weights(tmp_path / "w.safetensors", {"conv.weight": np.ones((2, 3, 3, 3), np.float32)})
    with pytest.raises(ArgumentError, match=r"kernel file .*w\.safetensors: this file has weights, and no layers"):
        read_kernel(f"@{tmp_path / 'w.safetensors'}")
    (tmp_path / "cut.safetensors").write_bytes((tmp_path / "w.safetensors").read_bytes()[:-9])
    with pytest.raises(ArgumentError, match="the file is cut off"):
        read_kernel(f"@{tmp_path / 'cut.safetensors'}")
