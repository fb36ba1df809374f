"""Results of many inputs: folders are listed once, and what is in the way of a result is found all the same."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cnnkit.cli import options, pictures
from cnnkit.cli.delivery import PICTURE_FORMATS
from cnnkit.cli.inputs import Source, find_sources
from cnnkit.cli.outputs import Outputs
from cnnkit.cli.outputs.targets import Targets
from cnnkit.cli.report import Report

Run = Callable[..., Any]
EDGE = ("convolve", "-k", "edge")


@pytest.fixture
def many(tmp_path: Path) -> Path:
    for name in ("one", "two"):
        (tmp_path / "in" / name).mkdir(parents=True)
        for number in range(50):
            (tmp_path / "in" / name / f"{number}.png").touch()
    return tmp_path


@pytest.mark.parametrize("out_dir", [None, Path("out")])
def test_nothing_is_asked_about_single_files(many: Path, monkeypatch: pytest.MonkeyPatch, out_dir: Path | None) -> None:
    monkeypatch.chdir(many)
    asked = []
    real = os.stat

    def stat(path: Any, *more: Any, **others: Any) -> Any:
        asked.append(str(path))
        return real(path, *more, **others)

    monkeypatch.setattr(os, "stat", stat)
    report = Report("convolve", quiet=True)
    sources = find_sources(["in"], options.Files(recursive=True), report, out_dir=out_dir)
    outputs = Outputs(sources, options.Results(out_dir=out_dir), formats=PICTURE_FORMATS, report=report)
    reading = pictures.Reading(options.Sounds(), None)
    left = pictures.check(outputs, sources, ["edge"], reading, lambda image, number: image)
    assert len(left) == 100
    assert len(asked) < 30
    assert not [path for path in asked if path.endswith(".png")]


def suspects(folder: Path, names: list[str], endings: list[str], *, has_frames: bool = False) -> list[str]:
    sources = [Source(str(folder / name)) for name in names]
    found = Targets(endings, has_frames=has_frames).suspects(
        sources, lambda source: os.path.dirname(source.name), lambda folder: None
    )
    return [os.path.relpath(source.name, folder) for source in found]


def test_suspects(tmp_path: Path) -> None:
    endings = [".edge.png", ".logmel.edge.png"]
    (tmp_path / "sub").mkdir()
    (tmp_path / "link").symlink_to("sub")
    for name in ("b.edge.png", "c.logmel.edge.png", "d.edge.npy"):
        (tmp_path / name).touch()
    assert suspects(tmp_path, ["a.png", "b.png", "c.wav", "d.png"], endings) == ["b.png", "c.wav"]
    assert suspects(tmp_path, ["x.png", "x.logmel.png", "y.png"], endings) == ["x.png", "x.logmel.png"]
    assert suspects(tmp_path, ["sub/x.png", "link/x.jpg", "x.png"], endings) == ["sub/x.png", "link/x.jpg"]
    assert suspects(tmp_path, ["b.edge.png/x.png", "none/x.png"], endings) == ["b.edge.png/x.png"]


def test_frames_of_any_number_are_suspects(tmp_path: Path) -> None:
    (tmp_path / "a.frame12.edge.png").touch()
    endings = [".frame1.edge.png"]
    assert suspects(tmp_path, ["a.tif", "b.tif"], endings, has_frames=True) == ["a.tif"]
    assert suspects(tmp_path, ["a.tif", "b.tif"], endings) == []
    targets = Targets(endings, has_frames=True)
    source = Source(str(tmp_path / "a.tif"))
    assert [*targets.frames(source, str(tmp_path), endings[0])] == ["a.frame12.edge.png"]


def test_where_case_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert suspects(tmp_path, ["a.png", "A.png"], [".edge.png"]) == []
    monkeypatch.setattr("cnnkit.cli.outputs.targets.sys.platform", "darwin")
    assert suspects(tmp_path, ["a.png", "A.png"], [".edge.png"]) == ["a.png", "A.png"]


def test_clashes_are_refused_with_a_hint_that_works(here: Run, refused: Run, state_of: Run, folder: Path) -> None:
    for name in ("a", "b", "sub/c"):
        (folder / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        for kind in ("png", "jpg"):
            shutil.copy(folder / "grey.png", folder / f"in/{name}.{kind}")
    before = state_of(folder)
    ran = here(*EDGE, "in", "-r", "--out-dir", "out", cwd=folder)
    problem = "out/a.edge.png is the result of in/a.jpg and of in/a.png, and 2 more like this"
    refused(ran, 1, problem, "with an --out-dir of its own: 'in/**/*.jpg', then 'in/**/*.png'")
    assert state_of(folder) == before
    for kind in ("jpg", "png"):
        assert here(*EDGE, f"in/**/*.{kind}", "--out-dir", kind, cwd=folder).code == 0
        assert (folder / kind / "sub/c.edge.png").exists()
    assert here(*EDGE, "in", "-n", cwd=folder).lines[-1].endswith("'in/*.jpg', then 'in/*.png'")
    told = json.loads(here(*EDGE, "in", "-r", "--out-dir", "new", "--json", cwd=folder).out)
    assert [error["input"] for error in told["errors"]] == ["in/a.png", "in/b.png", "in/sub/c.png"]


def test_two_folders_with_one_name_in_both(here: Run, refused: Run, folder: Path) -> None:
    for name in ("one", "two"):
        (folder / name).mkdir()
        shutil.copy(folder / "grey.png", folder / name)
    ran = here(*EDGE, "one", "two", "--out-dir", "out", cwd=folder)
    refused(ran, 1, "out/grey.edge.png is the result of one/grey.png and of two/grey.png", "leave --out-dir out")
    assert here(*EDGE, "one", "two", cwd=folder).code == 0


def test_a_file_where_a_folder_has_to_be_made(here: Run, refused: Run, state_of: Run, folder: Path) -> None:
    (folder / "in/cats").mkdir(parents=True)
    shutil.copy(folder / "grey.png", folder / "in/cats")
    (folder / "out").mkdir()
    (folder / "out/cats").touch()
    before = state_of(folder)
    refused(here(*EDGE, "in", "-r", "--out-dir", "out", cwd=folder), 1, "out/cats is no folder to write into")
    assert state_of(folder) == before


def test_a_second_run_over_a_folder(here: Run, folder: Path) -> None:
    """Results of this command are replaced; in the folders of others they are inputs like any other."""
    (folder / "in").mkdir()
    for number in range(8):
        shutil.copy(folder / "grey.png", folder / f"in/{number}.png")
    for action in ("wrote", "unchanged"):
        ran = here(*EDGE, "in", cwd=folder)
        assert ran.code == 0, ran.err
        assert sum(line.startswith(action) for line in ran.lines) == 8
    skipped = "skipped 8 inputs, of which each is the result of another: in/0.edge.png is the result of in/0.png"
    assert ran.lines[0] == skipped
    assert len([*(folder / "in").iterdir()]) == 16
    (folder / "in/3.edge.png").write_bytes(b"precious")
    ran = here(*EDGE, "in", cwd=folder)
    assert (ran.code, (folder / "in/3.edge.png").read_bytes()) == (1, b"precious")
    assert "1 of 16 results may not be written, so none is: in/3.edge.png is an input" in ran.lines[0]
