"""Images in Zarr on the command line: in and out, in nobody's way, and refused with a problem and a hint."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

zarr = pytest.importorskip("zarr", reason="the package writes what is read here")
Run = Callable[..., Any]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    samples = np.random.default_rng(0).integers(0, 256, (90, 70, 3), dtype=np.uint8)
    np.save(tmp_path / "image.npy", samples)
    zarr.create_array(str(tmp_path / "big.zarr"), shape=samples.shape, chunks=(32, 30, 3), dtype="u1")[:] = samples
    return tmp_path


def held(path: Path) -> Any:
    return zarr.open_array(str(path), mode="r")[:]


@pytest.mark.parametrize(
    "words",
    [
        ("convolve", "-k", "gaussian:size=5"),
        ("pool", "--size", "2"),
        ("convolve", "-k", "sobel-x", "--pad-mode", "wrap", "--threads", "1"),
    ],
)
def test_the_numbers_are_those_of_an_npy(here: Run, place: Path, words: tuple[str, ...]) -> None:
    first, *others = words
    assert here(first, "image.npy", *others, "-o", "out.npy", cwd=place).code == 0
    ran = here(first, "big.zarr/", *others, cwd=place)
    assert ran.code == 0, ran.err
    found = [path.name for path in place.glob("big.*.zarr")]
    assert len(found) == 1
    expected = np.load(place / "out.npy")
    assert held(place / found[0]).tobytes() == expected.tobytes()
    assert f"wrote {found[0]}  {'x'.join(map(str, expected.shape))} {expected.dtype}" in ran.err
    again = here(first, "big.zarr", *others, "--json", cwd=place)
    (result,) = json.loads(again.out)["results"]
    assert (result["shape"], result["dtype"]) == ([*expected.shape], str(expected.dtype))
    assert result["action"] == "replaced"  # its attributes name another command


def test_from_any_format_into_any(here: Run, place: Path) -> None:
    for words in (
        ("pool", "big.zarr", "--size", "9", "-o", "small.png"),
        ("convolve", "small.png", "-k", "edge", "-o", "edges.zarr"),
        ("pool", "big.zarr", "--size", "9", "-o", "-", "--format", "npy"),
    ):
        ran = here(*words, cwd=place)
        assert ran.code == 0, ran.err
    assert held(place / "edges.zarr").shape == (10, 7, 3)
    assert ran.out.startswith(b"\x93NUMPY")
    ran = here("pool", "big.zarr", "--size", "9", "-o", "new.zarr", "--dry-run", cwd=place)
    assert ran.err.startswith("would write new.zarr  10x7x3 uint8")
    assert not (place / "new.zarr").exists()
    ran = here("shape", "big.zarr", "maxpool2", cwd=place)
    assert b"90x70x3" in ran.out


def test_folders_hold_images_beside_files(here: Run, place: Path) -> None:
    (place / "folder").mkdir()
    shutil.copytree(place / "big.zarr", place / "folder" / "one.zarr")
    shutil.copy(place / "image.npy", place / "folder")
    ran = here("pool", "folder", "--size", "9", "--out-dir", "out", "--recursive", cwd=place)
    assert ran.code == 0, ran.err
    assert sorted(path.name for path in (place / "out").iterdir()) == ["image.maxpool9.png", "one.maxpool9.zarr"]


def test_what_is_never_replaced(here: Run, refused: Run, state_of: Run, place: Path) -> None:
    before = state_of(place)
    shutil.copytree(place / "big.zarr", place / "theirs.zarr")
    refused(
        here("pool", "big.zarr", "--size", "2", "-o", "big.zarr", "--force", cwd=place),
        1,
        "which is never replaced",
    )
    refused(
        here("pool", "image.npy", "--size", "2", "-o", "theirs.zarr", cwd=place), 1, "not made by cnnkit", "--force"
    )
    refused(here("pool", "image.npy", "--size", "2", "-o", "big.zarr/x.npy", cwd=place), 1, "inside of a .zarr")
    assert here("pool", "image.npy", "--size", "2", "-o", "theirs.zarr", "--force", cwd=place).code == 0
    assert held(place / "theirs.zarr").shape == (45, 35, 3)
    shutil.rmtree(place / "theirs.zarr")
    assert state_of(place) == before


def test_what_is_no_image(run: Run, refused: Run, place: Path) -> None:
    assert run("pool", "image.npy", "--size", "2", "--stack", "-o", "set.zarr", cwd=place).code == 0
    refused(run("pool", "set.zarr", "--size", "2", cwd=place), 1, "this is a data set of 1 samples", "not one image")
    (place / "empty.zarr").mkdir()
    refused(run("pool", "empty.zarr", "--size", "2", cwd=place), 1, "holds no array that can be an image")
    refused(run("pool", "big.zarr", "--size", "2", "--raw", "16000,s16le", cwd=place), 1, "is for sounds")
    refused(run("pool", "image.npy", "--size", "2", "-o", "-", "--format", "zarr", cwd=place), 1, "no pipe takes")
    (place / "big.zarr" / "c" / "0" / "0" / "0").write_bytes(b"nonsense")
    refused(run("pool", "big.zarr", "--size", "2", cwd=place), 1, "is damaged", "get the whole file again")
    assert not list(place.glob(".cnnkit-*"))


def test_what_needs_all_rows_says_how_much_that_is(here: Run, refused: Run, place: Path) -> None:
    header = {"zarr_format": 2, "shape": [20000, 20000], "chunks": [1000, 1000], "dtype": "|u1", "compressor": None,
              "fill_value": 0, "order": "C", "filters": None}  # fmt: skip
    (place / "sparse.zarr").mkdir()
    (place / "sparse.zarr" / ".zarray").write_text(json.dumps(header))
    words = ("convolve", "sparse.zarr", "-k", "edge", "--pad-mode", "wrap", "--max-memory", "300M")
    refused(here(*words, cwd=place), 1, "20000x20000", "takes 381 MiB")
    words = ("pool", "sparse.zarr", "--size", "20000", "--max-memory", "300M")
    refused(here(*words, cwd=place), 1, "20000x20000", "takes 381 MiB")
