"""The help of every command: 80 columns, examples that run before options that stand in groups."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from PIL import Image

import cnnkit
from cnnkit.cli.app import COMMANDS, application
from cnnkit.cli.usage.command import GENERAL
from cnnkit.files.kernels import encode_kernel
from cnnkit.files.marks import MARK
from cnnkit.files.network.weights import save_weights
from cnnkit.operations.network.initial import random_parameters
from cnnkit.operations.network.names import named
from tests.conftest import Ran, environment, words_alone

EXAMPLES = Path(__file__).parents[2] / "examples"
PAGES = ["", *COMMANDS]
OF_ALL = {"--json", "--quiet", "--jobs", "--cluster", "--threads", "--max-memory", "--version", "--help"}
"""Options without a group; they come last."""

Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def pages(here: Run) -> dict[str, str]:
    return {page: here(*page.split(), "--help").text for page in PAGES}


def options(name: str) -> list[Any]:
    group: Any = typer.main.get_command(application([name]))
    return [one for one in group.commands[name].params if one.param_type_name == "option"]


def examples(text: str) -> list[str]:
    """The command lines under the heading Examples, without what is said of them."""
    block = text.partition("\nExamples:\n")[2].partition("\n\n")[0]
    return [re.split(r" {2,}", line.strip())[0] for line in block.splitlines()]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_80_columns_whatever_the_terminal_has(page: str, pages: dict[str, str], here: Run) -> None:
    lines = pages[page].splitlines()
    assert [line for line in lines if len(line) > 80 or line != line.rstrip()] == []
    for columns in ("60", "200"):
        assert here(*page.split(), "-h", COLUMNS=columns, LINES="9", TERM="xterm").text == pages[page]


@pytest.mark.parametrize("page", PAGES)
def test_examples_come_before_arguments_and_options(page: str, pages: dict[str, str]) -> None:
    headings = re.findall(r"^(\w[^\n]*):$", pages[page], re.MULTILINE)
    assert headings[:2] == ["Examples", "Arguments" if page else "Commands"]
    assert GENERAL in headings
    assert pages[page].count("\n  --version") == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_whole_and_in_a_group(name: str, pages: dict[str, str]) -> None:
    page = pages[name].partition("\nArguments:\n")[2]
    spaced = " ".join(page.split())
    for option in options(name):
        general = option.opts[0] in OF_ALL
        heading = GENERAL if general else option.rich_help_panel
        assert heading, option.opts
        group = page.partition(f"\n{heading}:\n")[2].partition("\n\n")[0]
        names, text = option.get_help_record(typer.Context(typer.core.TyperCommand(name)))
        assert re.search(rf"^  {re.escape(names)}(\n? {{2,}}|$)", group, re.MULTILINE), names
        assert re.sub(r"x>=(\d)", r"\1 or more", " ".join(text.split())).replace(": 0.0]", ": 0]") in spaced, names
    groups = [option.rich_help_panel or GENERAL for option in options(name)]
    assert groups[-1] == GENERAL


def test_commands_have_one_line_each(pages: dict[str, str]) -> None:
    block = pages[""].partition("\nCommands:\n")[2].partition("\n\n")[0].splitlines()
    assert [line.split()[0] for line in block] == list(COMMANDS)
    assert all(line.endswith(".") and "..." not in line for line in block)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, here: Run) -> Path:
    """A folder with every file that an example names, and the program."""
    folder = tmp_path_factory.mktemp("examples")
    image = cnnkit.read(EXAMPLES / "image.png")[100:148, 100:180]
    for name in ("photo.png", "photo.jpg", "in.png", "a.png", "b.png", "other.png"):
        Image.fromarray(image).save(folder / name)
    (folder / "photos").mkdir()
    shutil.copy(folder / "photo.jpg", folder / "photos")
    (folder / "sounds").mkdir()
    shutil.copy(EXAMPLES / "song.wav", folder / "sounds")
    for name in ("song.wav", "a.wav", "b.flac", "call.raw"):
        shutil.copy(EXAMPLES / "song.wav", folder / name)
    for name, words in (("net.safetensors", ["tinyvgg"]), ("net.npz", ["28x28", "conv3-8", "relu", "flatten", "fc10"])):
        stack = cnnkit.shape(*words)
        tensors = named(stack, random_parameters(stack))
        if name.endswith("npz"):
            np.savez(folder / name, **tensors)
        else:
            save_weights(folder / name, tensors)
    for name, kernel, settings in (
        ("sharp.png", "sharpen", {}), ("blurred.png", "gaussian:size=5", {}), ("outline.npy", "edge", {}),
        ("half.png", "gaussian:size=3", {"stride": 2}), ("a2.png", "box:7", {}), ("b2.png", "box:7", {}),
    ):  # fmt: skip
        dtype = "float32" if name.endswith("npy") else "uint8"
        cnnkit.write(folder / name, cnnkit.convolve(image, kernel, dtype=dtype, **settings))
    cnnkit.write(folder / "grey.png", (image @ [0.3, 0.6, 0.1]).astype(np.uint8))
    with open(folder / "blur.json", "wb") as stream:
        encode_kernel(cnnkit.kernel("gaussian:size=5"), f"{MARK}{cnnkit.__version__}")(stream)
    for name, rows in (("cat", 0), ("dog", 8)):
        (folder / "pets" / name).mkdir(parents=True)
        for number in range(3):
            Image.fromarray(image[rows + number :][:40]).save(folder / "pets" / name / f"{number}.png")
    words = ["pets", "conv3-8", "relu", "gap", "fc2", "--resize", "32", "--epochs", "1", "-o", "pets.safetensors"]
    assert here("train", *words, cwd=folder).code == 0
    (folder / "bin").mkdir()
    program = folder / "bin" / "cnnkit"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m cnnkit "$@"\n')
    program.chmod(0o755)
    return folder


@pytest.mark.parametrize("page", PAGES)
def test_examples_run(page: str, pages: dict[str, str], files: Path, tmp_path: Path, here: Run) -> None:
    assert len(examples(pages[page])) >= 3
    surroundings = environment()
    if page == "compile":  # which takes minutes, and at the end removes what is stored for all other tests
        surroundings |= {"NUMBA_DISABLE_JIT": "1", "CNNKIT_CACHE_DIR": str(tmp_path / "loops")}
    surroundings["PATH"] = f"{files / 'bin'}:{surroundings['PATH']}"
    for number, line in enumerate(examples(pages[page])):
        place = shutil.copytree(files, tmp_path / str(number))
        if words := words_alone(line):
            ran = here(*words, cwd=place)
            assert ran.code == 0, (line, ran.err)
            continue
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=place,
            env=surroundings,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, (line, done.stderr)
