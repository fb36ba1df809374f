"""The documents, held to their word: commands run as written and print what the page says."""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import words_alone

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
COMMANDS = ["convolve", "pool", "mfcc", "shape", "run", "learn", "train", "kernels", "weights", "compile"]


def console_blocks(page: str) -> list[str]:
    return re.findall(r"^```console\n(.*?)^```$", (ROOT / page).read_text(), flags=re.MULTILINE | re.DOTALL)


def commands(block: str) -> list[tuple[str, list[str]]]:
    """Each command line of a block, with the lines that should come out; none means: not told."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)
    return [(line, text.splitlines()) for line, text in zip(parts[1::2], parts[2::2], strict=True)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the examples, where cnnkit is a command."""
    place = tmp_path
    for name in ("image.png", "song.wav", "sounds.py"):
        shutil.copy(ROOT / "examples" / name, place)
    (place / "bin").mkdir()
    for name, words in (("cnnkit", " -m cnnkit"), ("python", "")):
        program = place / "bin" / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}"{words} "$@"\n')
        program.chmod(0o755)
    return place


def matches(told: list[str], printed: list[str]) -> bool:
    """Whether the printed lines are the told ones, where ``...`` stands for any lines."""
    if not told:
        return not printed
    if told[0] == "...":
        return any(matches(told[1:], printed[start:]) for start in range(len(printed) + 1))
    return bool(printed) and told[0].rstrip() == printed[0].rstrip() and matches(told[1:], printed[1:])


@pytest.mark.parametrize("page", [page for page in PAGES if console_blocks(page)])
def test_commands_print_what_the_page_says(page: str, folder: Path, here: Callable[..., Any]) -> None:
    """Those of the readme in a shell, as they are typed; of the other pages, those that need one."""
    environment = {**os.environ, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    for block in console_blocks(page):
        for line, told in commands(block):
            if page != "README.md" and (words := words_alone(line)):
                ran = here(*words, cwd=folder)
                code, text = ran.code, ran.text + ran.err
            else:
                result = subprocess.run(
                    ["sh", "-c", line],
                    cwd=folder,
                    env=environment,
                    capture_output=True,
                    stdin=subprocess.DEVNULL,
                    timeout=120,
                    check=False,
                )
                code, text = result.returncode, (result.stdout + result.stderr).decode("utf-8", "replace")
            printed = [one for one in text.splitlines() if not one.startswith("compiling once")]
            expected_failure = any(one.startswith("error:") for one in told)
            assert (code != 0) == expected_failure, f"{line}\n{printed}"
            if told:
                assert matches(told, printed), f"{line}\n" + "\n".join(printed)


def test_the_workflow_runs_the_commands_of_the_readme() -> None:
    blocks = re.findall(r"^```(?:sh|bat)\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    workflow_text = (ROOT / ".github/workflows/ci.yml").read_text()
    workflow = [line.strip().removeprefix("run: ") for line in workflow_text.splitlines()]
    for block in blocks[:4]:
        lines = block.splitlines()
        assert lines in [workflow[start : start + len(lines)] for start in range(len(workflow))]


@pytest.mark.parametrize("command", COMMANDS)
def test_page_tells_every_option(command: str, here: Callable[..., Any]) -> None:
    text = here(command, "--help").text
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text.partition("Arguments:")[2]))
    assert options
    page = (ROOT / "docs" / f"{command}.md").read_text() + (ROOT / "docs" / "convolve.md").read_text()
    assert {option for option in options if option not in page} == set()


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text()):
        assert (ROOT / page).parent.joinpath(target).exists(), target


@pytest.mark.parametrize("page", [page for page in PAGES if "```pycon" in (ROOT / page).read_text()])
def test_python_answers_what_the_page_says(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = "\n".join(re.findall(r"^```pycon\n(.*?)^```$", (ROOT / page).read_text(), flags=re.MULTILINE | re.DOTALL))
    examples = doctest.DocTestParser().get_doctest(text, {}, page, page, 0)
    assert examples.examples
    said: list[str] = []
    result = doctest.DocTestRunner().run(examples, out=said.append)
    assert result.failed == 0, "".join(said)


def test_readme_python_runs(folder: Path) -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(), flags=re.MULTILINE | re.DOTALL)
    setting = "import numpy as np\nweights = np.ones((3, 3, 3, 4))\n"
    checks = "assert maps.shape == (160, 240, 4) and features.shape == (100, 13, 1) and small.shape == (160, 240, 3)\n"
    checks += "assert (cnnkit.read('edges.png') == cnnkit.levels(edges, 'abs')).all() and account.clipped > 0\n"
    checks += "assert again.shape == back.shape == image.shape and (back != 0).sum() == largest.size\n"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, "-c", setting + block + checks], check=True, cwd=folder, env=environment, timeout=120
    )
