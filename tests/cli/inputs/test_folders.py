"""Folders and patterns as inputs: which files are taken, which are left out, and what is said of these."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import soundfile

from cnnkit.cli.inputs.folders import SOUNDS, Search

Run = Callable[..., Any]
EDGE = ("convolve", "-k", "edge")
POOL = ("pool", "--size", "2")


@pytest.fixture
def tree(folder: Path) -> Path:
    """A folder `in` of images, foreign files, hidden ones and links, with a sub-folder `in/cats`."""
    grey = folder / "grey.png"
    for name in ("a.png", "c.png", "cats/1.png", "cats/deep/2.png", ".hidden.png", ".git/3.png", "no suffix"):
        (folder / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(grey, folder / "in" / name)
    (folder / "in/labels.csv").write_text("name,label\na,cat\n")
    (folder / "in/table.csv").write_text("1,2\n3,4\n")
    (folder / "in/read me").write_text("hello\n")
    (folder / "in/broken.png").symlink_to("nowhere")
    (folder / "in/round.png").symlink_to("round.png")
    os.mkfifo(folder / "in/pipe.png")
    (folder / ".cnnkit-1-1.tmp").touch()
    return folder


def names(sources: Any) -> list[str]:
    return [source.name for source in sources]


def test_a_folder_is_its_files_by_name(here: Run, tree: Path) -> None:
    ran = here(*EDGE, "in", "-n", cwd=tree)
    assert ran.code == 0, ran.err
    assert ran.lines[:2] == [
        "in: left out 2 hidden and 5 other files",
        "in: left out 1 sub-folder; --recursive takes them",
    ]
    assert [line.split()[2] for line in ran.lines[2:]] == [
        "in/a.edge.png", "in/c.edge.png", "in/no", "in/table.edge.csv",
    ]  # fmt: skip


def test_results_keep_their_folders(here: Run, tree: Path) -> None:
    for out in ("out", "in/out", "in/out"):  # whose results are not found again
        ran = here(*POOL, "in/", "--recursive", "--out-dir", out, cwd=tree)
        assert ran.code == 0, ran.err
        made = sorted(str(path.relative_to(tree / out)) for path in (tree / out).rglob("*.*"))
        ends = ["a", "c", "cats/1", "cats/deep/2", "no suffix"]
        assert made == [*(f"{end}.maxpool2.png" for end in ends), "table.maxpool2.csv"]
    assert "in/: left out in/out, where results go" in ran.lines


def test_json_has_what_was_left_out(here: Run, tree: Path) -> None:
    told = json.loads(here(*POOL, "in", "-n", "--json", cwd=tree).out)
    assert told["notes"] == [
        "in: left out 2 hidden and 5 other files",
        "in: left out 1 sub-folder; --recursive takes them",
    ]


def test_sounds_alone_for_mfcc(here: Run, tree: Path) -> None:
    soundfile.write(tree / "in/cats/song.wav", [0.0] * 4000, 8000)
    shutil.copy(tree / "in/cats/song.wav", tree / "in/no name")
    ran = here("mfcc", "in", "-r", "--print-shape", "--json", cwd=tree)
    told = json.loads(ran.out)
    assert (ran.code, [one["input"] for one in told["results"]]) == (0, ["in/cats/song.wav", "in/no name"])
    assert told["notes"] == ["in: left out 2 hidden and 11 other files"]


def test_raw_samples_are_any_files(tmp_path: Path) -> None:
    (tmp_path / "a.raw").write_bytes(bytes(100))
    assert names(Search(kinds=SOUNDS, is_raw=True).folder(str(tmp_path), "x")) == [str(tmp_path / "a.raw")]
    assert Search(kinds=SOUNDS).folder(str(tmp_path), "x")[0].fault


@pytest.mark.parametrize(
    ("words", "problem", "hint"),
    [
        (("in/empty",), "this folder is empty", "name files"),
        (("in/.git/deep",), "this folder is empty", "name files"),
        (("only",), "no image, array or sound in this folder, but 1 sub-folder", "add --recursive"),
        (("texts",), "but 1 other file", "why it is left out: texts/a.txt"),
        (("texts", "-r"), "but 1 other file", "texts/a.txt"),
    ],
    ids=str,
)
def test_a_folder_without_images_is_an_error_and_the_others_go_on(
    run: Run, refused: Run, tree: Path, words: tuple[str, ...], problem: str, hint: str
) -> None:
    for name in ("in/empty", "in/.git/deep", "only/sub", "texts"):
        (tree / name).mkdir(parents=True)
    shutil.copy(tree / "grey.png", tree / "only/sub")
    (tree / "texts/a.txt").write_text("hello\n")
    refused(run(*EDGE, *words, cwd=tree), 1, f"error: {words[0]}: ", problem, hint)
    ran = run(*EDGE, *words, "image.png", "--out-dir", "out", cwd=tree)
    assert ran.code == 1
    assert (tree / "out/image.edge.png").exists()
    if "--recursive" in hint:
        assert run(*EDGE, *words, "--recursive", cwd=tree).code == 0


def test_a_picture_by_its_name_alone_is_told_of(here: Run, tree: Path) -> None:
    """A download that failed is no foreign file."""
    (tree / "in/b.png").write_text("<html>")
    ran = here(*EDGE, "in", "-n", cwd=tree)
    assert ran.code == 1
    assert "error: in/b.png: this is a web page, which is not read" in ran.lines
    assert ran.lines[-1] == "1 of 5 inputs failed"


def test_links_are_followed_once(here: Run, tree: Path) -> None:
    (tree / "in/cats/up").symlink_to("..")
    (tree / "in/dogs").symlink_to("cats")
    (tree / "in/z.png").symlink_to("a.png")
    (tree / "in/far.png").symlink_to("../image.png")
    ran = here(*EDGE, "in", "-r", "-n", "--format", "npy", cwd=tree)
    assert ran.code == 0, ran.err
    assert ran.lines[1] == "in: left out 2 folders and 1 link reached before"
    made = [line.split("  ")[0].removeprefix("would write in/") for line in ran.lines[2:]]
    ends = ["a", "c", "cats/1", "cats/deep/2", "far", "no suffix", "table"]
    assert made == [f"{end}.edge.npy" for end in ends]


def test_what_is_named_twice_is_taken_once(here: Run, tree: Path) -> None:
    ran = here(*EDGE, "in/cats", "in/cats/../cats/", "in/cats/1.png", "-n", cwd=tree)
    assert ran.code == 0
    assert "skipped in/cats/1.png: it is named before, as in/cats/1.png" in ran.lines
    assert "in/cats/../cats/: left out 1 folder reached before" in ran.lines
    assert sum(line.startswith("would write") for line in ran.lines) == 1


def test_many_that_are_named_twice_have_one_line(run: Run, folder: Path) -> None:
    for name in "bcdefgh":
        shutil.copy(folder / "grey.png", folder / f"{name}.png")
    ran = run(
        *EDGE, "--files-from", "-", ".", "-n", cwd=folder, stdin="\n".join(f"{n}.png" for n in "bcdefgh").encode()
    )
    (line,) = [line for line in ran.lines if line.startswith("skipped")]
    assert line == "skipped 7 inputs, of which each is named before, as another: b.png is named before, as b.png"


def test_a_deep_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(1500):
        os.mkdir("d")
        os.chdir("d")
    Path("a.npy").touch()
    os.chdir(tmp_path)
    found, *more = Search(is_recursive=True).folder(".", ".")
    os.chdir("d/" * 1500)
    os.unlink("a.npy")
    for _ in range(1500):  # which is too deep for pytest
        os.chdir("..")
        os.rmdir("d")
    assert not more
    assert (found.name, found.below) == ("d/" * 1500 + "a.npy", "/".join("d" * 1500))


def test_a_closed_folder_ends_itself_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "b.png").touch()
    real = os.scandir

    def scandir(path: str) -> Any:
        if path.endswith("sub"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = Search(is_recursive=True).folder(str(tmp_path), "x")
    assert [(Path(one.name).name, bool(one.fault)) for one in found] == [("b.png", False), ("sub", True)]


@pytest.mark.parametrize(
    "name", ["-x.png", "a b.png", "new\nline.png", "*.png", "[a].png", "é.png", "画.png", b"b\xff.png"]
)
def test_names_with_anything_in_them(here: Run, folder: Path, name: str | bytes) -> None:
    (folder / "odd").mkdir()
    path = folder / "odd" / os.fsdecode(name)
    shutil.copy(folder / "grey.png", path)
    made = path.with_name(f"{path.stem}.edge.png")
    for words in (("odd",), ("odd/*",), (str(path),)):
        ran = here(*EDGE, *words, "--out-dir", "out", cwd=folder)
        assert ran.code == 0, ran.err
        assert (folder / "out" / made.name).exists()
        (folder / "out" / made.name).unlink()


def test_a_file_called_like_standard_input(run: Run, folder: Path) -> None:
    (folder / "odd").mkdir()
    shutil.copy(folder / "grey.png", folder / "odd/-")
    for words, stdin in (((".",), None), (("?",), None), (("--files-from", "list"), None)):
        (folder / "odd/list").write_text("-\n")
        ran = run(*EDGE, *words, "--out-dir", "../out", "-f", cwd=folder / "odd", stdin=stdin)
        assert ran.code == 0, ran.err
        assert (folder / "out/-.edge.png").exists()
        shutil.rmtree(folder / "out")


def test_a_name_too_long_for_its_result_ends_itself_alone(here: Run, folder: Path) -> None:
    (folder / "long").mkdir()
    for stem in ("n" * 251, "short"):
        shutil.copy(folder / "grey.png", folder / "long" / f"{stem}.png")
    ran = here(*EDGE, "long", cwd=folder)
    assert (ran.code, ran.lines[-1]) == (1, "1 of 2 inputs failed")
    assert "File name too long" in ran.lines[0]
    assert ran.lines[1] == "hint: shorten the name of the input, or choose one with -o"
    assert (folder / "long/short.edge.png").exists()


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("in/*.png", "a c broken round pipe"),
        ("in/[ac].png", "a c"),
        ("in/?.png", "a c"),
        ("in/*/*.png", "cats/1"),
        ("in/**/?.png", "a c cats/1 cats/deep/2"),
        ("in/**/deep/*", "cats/deep/2"),
        ("in/.h*", ".hidden"),
        ("in/c*/../a.png", "cats/../a"),
        ("in/cats/**", "1 deep/2"),
    ],
)
def test_what_patterns_stand_for(tree: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, found: str) -> None:
    monkeypatch.chdir(tree)
    top = "in/cats/" if pattern == "in/cats/**" else "in/"
    assert names(Search().pattern(pattern)) == sorted(f"{top}{end}.png" for end in found.split())


def test_a_pattern_keeps_the_folders_behind_its_first_wildcard(here: Run, tree: Path) -> None:
    assert here(*EDGE, "in/**/[12].png", "--out-dir", "out", cwd=tree).code == 0
    assert sorted(str(path.relative_to(tree)) for path in tree.glob("out/**/*.png")) == [
        "out/cats/1.edge.png", "out/cats/deep/2.edge.png",
    ]  # fmt: skip


def test_folders_of_a_pattern_are_inputs(here: Run, tree: Path) -> None:
    assert here(*EDGE, "in/ca*", "-r", "--out-dir", "out", cwd=tree).code == 0
    assert (tree / "out/cats/deep/2.edge.png").exists()


def test_a_pattern_of_nothing_ends_itself_alone(here: Run, refused: Run, folder: Path) -> None:
    refused(here(*EDGE, "*.gif", cwd=folder), 1, "error: *.gif: no file has a name of this pattern")
    refused(here(*EDGE, "none/**/*.png", cwd=folder), 1, "none/**/*.png: no file")
    assert here(*EDGE, "*.gif", "image.png", cwd=folder).lines[-1] == "1 of 2 inputs failed"
    assert (folder / "image.edge.png").exists()
    refused(here(*EDGE, "[[1, 2], [3, 4]]", cwd=folder), 2, "no grid of numbers")


def test_a_pattern_goes_through_links_once(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    (tree / "in/cats/up").symlink_to("..")
    (tree / "in/dogs").symlink_to("cats")
    found = names(Search().pattern("in/**/[12].png"))
    assert len(found) == 2
    assert [Path(name).name for name in found] == ["1.png", "2.png"]
