"""The file of --figure: refused before any work where it may not be written."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from cnnkit.cli.figures import FigureFile
from cnnkit.cli.report import Report
from cnnkit.errors import ArgumentError
from cnnkit.files.writing import Encoder


def draw(file_type: str, note: str) -> Encoder:
    return lambda stream: stream.write(f"{file_type} {note}".encode()) and None


def test_it_is_written_and_replaced_as_results_are(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.svg"
    for action in ("wrote", "unchanged"):
        FigureFile(str(path), Report("pool")).write(draw)
        assert capfd.readouterr().err == f"{action} {path}  figure\n"
    assert path.read_text().startswith("svg made by cnnkit")
    path.write_text("mine")
    with pytest.raises(typer.Exit):
        FigureFile(str(path), Report("pool"))
    assert "exists and was changed since cnnkit made it" in capfd.readouterr().err
    FigureFile(str(path), Report("pool"), force=True, dry_run=True).write(draw)
    assert path.read_text() == "mine"
    FigureFile(str(path), Report("pool"), force=True).write(draw)
    assert path.read_text() != "mine"


@pytest.mark.parametrize("name", ["a", "a.gif", "-", "a.png.txt"])
def test_other_formats_are_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(ArgumentError, match="names no format of a figure") as caught:
        FigureFile(name, Report("pool"))
    assert caught.value.hint == "end its name in .png, .svg or .pdf"


def test_inputs_and_the_result_are_never_the_figure(tmp_path: Path) -> None:
    (tmp_path / "image.png").touch()
    (tmp_path / "link.png").symlink_to("image.png")
    with pytest.raises(ArgumentError, match="too"):
        FigureFile(str(tmp_path / "link.png"), Report("pool"), others=["-", str(tmp_path / "image.png")])


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("no/a.png", "there is no folder"),
        ("folder.png", "is a folder"),
        ("file/a.png", "use --figure to write elsewhere"),
    ],
)
def test_where_no_file_can_be_it_is_said_first(
    tmp_path: Path, name: str, problem: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(typer.Exit):
        FigureFile(str(tmp_path / name), Report("pool"))
    assert problem in capfd.readouterr().err
