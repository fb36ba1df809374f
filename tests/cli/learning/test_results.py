"""The files that are named are checked before anything is learned."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnkit.cli.learning.results import Files
from cnnkit.cli.report import Report
from cnnkit.errors import ArgumentError


def files(folder: Path, output: str | None, figure: str | None, animate: str | None) -> Files:
    names = [None if name is None else str(folder / name) for name in (output, figure, animate)]
    return Files.of(*names, Report("learn", quiet=True), [str(folder / "before.png")], force=False)


def test_only_what_is_named(tmp_path: Path) -> None:
    made = files(tmp_path, "k.json", None, "a.gif")
    assert made.kernel is not None
    assert made.figure is None
    assert made.animation is not None
    assert files(tmp_path, None, None, None) == (None, None, None)


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (("k.txt", None, None), "--output .*k.txt names no format of a kernel"),
        ((None, "f.gif", None), "--figure .*f.gif names no format of a figure"),
        ((None, "same.png", "same.gif"), ""),
        ((None, "before.png", None), "--figure .*before.png is .*before.png too"),
    ],
)
def test_names_that_cannot_be(tmp_path: Path, names: tuple[str | None, ...], problem: str) -> None:
    if not problem:
        assert files(tmp_path, *names).figure is not None
        return
    with pytest.raises(ArgumentError, match=problem):
        files(tmp_path, *names)
