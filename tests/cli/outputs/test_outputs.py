"""Where results go: beside the input, where asked, and never over somebody else's file."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import stat
import struct
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import tifffile
from PIL import Image

from cnnkit.cli.outputs import Outputs

Run = Callable[..., Any]
EDGE = ("convolve", "--kernel", "edge")


@pytest.fixture
def here(here: Run, folder: Path) -> Run:
    """Run commands in the folder, in this process."""
    return partial(here, cwd=folder)


def size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def test_a_second_run_changes_nothing(run: Run, folder: Path) -> None:
    assert "wrote image.edge.png" in run(*EDGE, "image.png", cwd=folder).err
    before = (folder / "image.edge.png").stat()
    ran = run(*EDGE, "image.png", cwd=folder)
    assert (ran.code, len(ran.lines)) == (0, 1)
    assert "unchanged image.edge.png" in ran.err
    after = (folder / "image.edge.png").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("kind", ["png", "jpg", "webp", "tiff", "npz", "npy", "csv"])
@pytest.mark.parametrize("name", ["grey.png", "float.tif"])
def test_a_file_made_by_cnnkit_is_replaced(here: Run, folder: Path, kind: str, name: str) -> None:
    """By the ledger; without it by the mark, for which an array has no room."""
    tifffile.imwrite(folder / "float.tif", np.random.default_rng(0).random((9, 8), np.float32))
    verbs = []
    for bias, word in enumerate(("clip", "offset", "minmax", "abs")):
        state = str(folder / ("state" if bias < 2 else "another"))
        words = (*EDGE, name, "--bias", bias, "--range", word, "--format", kind)
        ran = here(*words, CNNKIT_STATE_DIR=state)
        verbs.append(ran.err.split()[0])
    assert verbs == ["wrote", "replaced", *(["error:"] * 2 if kind in ("npy", "csv") else ["replaced"] * 2)]


@pytest.mark.parametrize("content", [b"precious", b"", None], ids=["text", "empty", "image"])
def test_a_file_of_somebody_else_is_refused_then_replaced_by_force(
    here: Run, refused: Run, state_of: Run, folder: Path, content: bytes | None
) -> None:
    theirs = folder / "image.edge.png"
    theirs.write_bytes((folder / "grey.png").read_bytes() if content is None else content)
    before = state_of(folder)
    refused(here(*EDGE, "image.png", cwd=folder), 1, "image.edge.png", "exists", "--force")
    refused(here(*EDGE, "image.png", "-o", "image.edge.png", cwd=folder), 1, "--force")
    refused(here(*EDGE, "image.png", "-n", cwd=folder), 1, "--force")
    assert state_of(folder) == before
    assert here(*EDGE, "image.png", "-f", cwd=folder).code == 0
    assert size(theirs) == (31, 20)


def test_a_line_says_what_was_replaced_where_it_was_another_shape(here: Run, folder: Path) -> None:
    words = ("pool", "image.png", "--format", "csv", "--frame", "1")
    (folder / "image.png").write_bytes((folder / "grey.png").read_bytes())
    assert here(*words).err.startswith("wrote image.frame1.maxpool2.csv  10x15 ")
    Image.fromarray(np.zeros((8, 6), np.uint8)).save(folder / "image.png")
    line = "image.frame1.maxpool2.csv (was 10x15)  4x3 "
    assert here(*words, "-n").err.startswith(f"would replace {line}")
    assert here(*words).err.startswith(f"replaced {line}")
    ran = json.loads(here(*words, "--type", "average", "--stride", "2", "--json", "-f").out)["results"][0]
    assert (ran["action"], ran["shape"]) in [("replaced", [4, 3]), ("wrote", [4, 3])]


@pytest.fixture
def both_theirs(folder: Path) -> Path:
    """The folder, with two files of somebody else where results of three inputs go."""
    shutil.copy(folder / "grey.png", folder / "more.png")
    for name in ("grey", "more"):
        (folder / f"{name}.edge.png").write_bytes(b"precious")
    return folder


@pytest.mark.parametrize("words", [(), ("-n",), ("-k", "box"), ("--out-dir", ".")], ids=" ".join)
def test_nothing_is_written_if_one_result_may_not_be(
    here: Run, refused: Run, state_of: Run, both_theirs: Path, words: tuple[str, ...]
) -> None:
    before = state_of(both_theirs)
    count = 6 if "-k" in words else 3
    problem = (
        f"2 of {count} results may not be written, so none is: grey.edge.png exists and was not made by cnnkit, and 1 m"
    )
    inputs = ("grey.png", "image.png", "more.png")
    refused(here(*EDGE, *inputs, *words), 1, problem, "--out-dir", "--force")
    assert state_of(both_theirs) == before


def test_json_has_what_is_in_the_way_of_each_input(here: Run, both_theirs: Path) -> None:
    ran = here(*EDGE, "more.png", "image.png", "grey.png", "--json")
    told = json.loads(ran.out)
    assert (ran.code, len(ran.lines), told["results"]) == (1, 2, [])
    assert [(error["input"], error["problem"]) for error in told["errors"]] == [
        (f"{name}.png", f"{name}.edge.png exists and was not made by cnnkit") for name in ("more", "grey")
    ]
    assert not (both_theirs / "image.edge.png").exists()


def test_the_hints_of_a_refusal_work(here: Run, both_theirs: Path) -> None:
    for words in (("--out-dir", "elsewhere"), ("--force",)):
        assert here(*EDGE, "grey.png", "more.png", *words).code == 0
    assert size(both_theirs / "more.edge.png") == size(both_theirs / "elsewhere/more.edge.png") == (31, 20)


def test_what_no_result_goes_to_is_in_nobodys_way(here: Run, folder: Path) -> None:
    """A default name ends in .png or .npy, and that of a sound has its features, by what is in the input."""
    others = ("image.edge.npy", "image.logmel.edge.png", "array.edge.png", "image.frame1.edge.png")
    for name in others:
        (folder / name).write_bytes(b"precious")
    np.save(folder / "array.npy", np.zeros((4, 5, 2), np.float32))
    assert here(*EDGE, "image.png", "grey.png", "array.npy").code == 0
    for name in others:
        assert (folder / name).read_bytes() == b"precious"


@pytest.mark.parametrize(
    "words",
    [
        ("image.png", "grey.png", "-k", "box", "--depth", "sum"),
        ("image.png", "array.npy"),
        ("image.png", "song.wav"),
        ("song.wav", "--dialect", "librosa", "--features", "mel"),
        ("film.gif", "--frame", "all"),
        ("film.gif", "--frame", "2"),
        ("grey.png", "-o", "other.npy"),
    ],
    ids=" ".join,
)
def test_any_result_that_may_not_be_written_is_found_before_the_first(
    here: Run, refused: Run, state_of: Run, folder: Path, words: tuple[str, ...]
) -> None:
    np.save(folder / "array.npy", np.zeros((4, 5, 2), np.float32))
    soundfile.write(folder / "song.wav", np.zeros(4000), 8000)
    frames = [Image.fromarray(np.full((5, 6), level, np.uint8)) for level in (0, 99)]
    frames[0].save(folder / "film.gif", save_all=True, append_images=frames[1:])
    results = json.loads(here(*EDGE, *words, "-n", "--json").out)["results"]
    (folder / results[-1]["output"]).write_bytes(b"precious")
    if words[-1] == "all":  # frames are looked for up to the first that is not there
        (folder / results[0]["output"]).write_bytes(b"precious too")
    before = state_of(folder)
    refused(here(*EDGE, *words), 1, "exists and was not made by cnnkit")
    assert state_of(folder) == before


def test_a_result_that_came_from_stdin_is_checked_too(run: Run, refused: Run, folder: Path) -> None:
    content = (folder / "image.png").read_bytes()
    (folder / "stdin.edge.png").write_bytes(b"precious")
    ran = run(*EDGE, "-", "--out-dir", ".", stdin=content, cwd=folder)
    refused(ran, 1, "stdin.edge.png exists and was not made by cnnkit")
    ran = run(*EDGE, "-", "--out-dir", ".", "-f", stdin=content, cwd=folder)
    assert ran.err.startswith("replaced stdin.edge.png ")


def test_a_file_that_appears_meanwhile_ends_its_own_input_only(
    here: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = Outputs.check

    def check(*words: Any, **more: Any) -> Any:
        left = checked(*words, **more)
        (folder / "grey.edge.png").write_bytes(b"precious")
        return left

    monkeypatch.setattr(Outputs, "check", check)
    ran = here(*EDGE, "grey.png", "image.png")
    assert ran.code == 1
    assert ran.lines[0] == "error: grey.png: grey.edge.png exists and was not made by cnnkit"
    assert ran.lines[2].startswith("wrote image.edge.png ")
    assert (folder / "grey.edge.png").read_bytes() == b"precious"


def test_results_among_the_inputs_are_skipped(here: Run, folder: Path) -> None:
    """As in ``*.png``, a second and a third time, in whatever order."""
    before = ["grey.png", "image.png"]
    assert here(*EDGE, *before).code == 0
    assert here(*EDGE, "image.edge.png").code == 0  # by itself it is an input like any other
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["grey.edge.png", "grey.png", "image.edge.edge.png", "image.edge.png", "image.png"]
    for inputs in (names, names[::-1]):
        ran = here(*EDGE, *inputs)
        assert ran.code == 0, ran.err
        assert {line for line in ran.lines if line.startswith("skipped")} == {
            "skipped grey.edge.png: it is the result of grey.png",
            "skipped image.edge.png: it is the result of image.png",
            "skipped image.edge.edge.png: it is the result of image.edge.png",
        }
        assert sum(line.startswith(("replaced", "unchanged")) for line in ran.lines) == len(ran.lines) - 3 == 2
        assert sorted(path.name for path in folder.iterdir()) == names
    told = json.loads(here(*EDGE, *names, "--json", "-n").out)["results"]
    assert told[0] == {"input": "grey.edge.png", "action": "skipped", "result_of": "grey.png"}
    assert [one["action"] for one in told] == ["skipped"] * 3 + ["would replace"] * 2


def test_an_input_is_skipped_only_if_a_result_goes_there(here: Run, folder: Path) -> None:
    assert here(*EDGE, "image.png", "--format", "npy").code == 0
    ran = here(*EDGE, "image.png", "image.edge.npy")
    assert [line.split()[:2] for line in ran.lines] == [["wrote", "image.edge.png"], ["wrote", "image.edge.edge.npy"]]


@pytest.mark.parametrize("force", [(), ("--force",)], ids=["", "--force"])
def test_an_input_of_somebody_else_is_not_taken_for_a_result(
    here: Run, refused: Run, state_of: Run, folder: Path, force: tuple[str, ...]
) -> None:
    shutil.copy(folder / "grey.png", folder / "image.edge.png")
    before = state_of(folder)
    ran = here(*EDGE, "image.png", "image.edge.png", "grey.png", *force)
    refused(ran, 1, "1 of 3 results may not be written, so none is: image.edge.png is an input", "--out-dir")
    assert "--force" not in ran.lines[1]
    assert state_of(folder) == before
    assert here(*EDGE, "image.png", "image.edge.png", "--out-dir", "other", *force).code == 0


@pytest.mark.parametrize("way", ["itself", "symbolic link", "hard link", "other spelling", "link to the input"])
@pytest.mark.parametrize("force", [("--force",), ("--force", "-n")], ids=" ".join)
def test_an_input_is_never_replaced(
    here: Run, refused: Run, state_of: Run, folder: Path, way: str, force: tuple[str, ...]
) -> None:
    source, target = "image.png", "other.png"
    if way == "itself":
        target = source
    elif way == "symbolic link":
        (folder / target).symlink_to(source)
    elif way == "hard link":
        os.link(folder / source, folder / target)
    elif way == "other spelling":
        (folder / "sub").mkdir()
        target = "sub/../image.png"
    else:
        (folder / target).symlink_to(source)
        source, target = target, source
    before = state_of(folder)
    refused(here(*EDGE, source, "-o", target, *force, cwd=folder), 1, "input")
    assert state_of(folder) == before


def test_an_input_that_came_by_redirection_is_not_replaced_either(
    run: Run, refused: Run, state_of: Run, folder: Path
) -> None:
    before = state_of(folder)
    refused(run(*EDGE, "-o", "image.png", "--force", stdin=folder / "image.png", cwd=folder), 1, "input")
    assert state_of(folder) == before


def test_a_kernel_file_is_not_replaced(here: Run, state_of: Run, folder: Path) -> None:
    np.save(folder / "k.npy", np.eye(3))
    before = state_of(folder)
    ran = here("convolve", "image.png", "-k", "@k.npy", "-o", "k.npy", cwd=folder)
    assert ran.code == 1
    assert state_of(folder) == before


def test_two_inputs_that_give_one_name(here: Run, folder: Path) -> None:
    shutil.copy(folder / "grey.png", folder / "image.bmp.png")
    Image.open(folder / "grey.png").save(folder / "image.bmp")
    (folder / "sub").mkdir()
    for other in ("image.bmp", "sub/../image.bmp"):
        ran = here(*EDGE, "image.png", other, cwd=folder)
        assert ran.code == 1, other
        assert (
            ran.lines[0]
            == f"error: {Path(other).with_name('image.edge.png')} is the result of image.png and of {other}"
        )
        assert not (folder / "image.edge.png").exists()


def test_one_input_named_twice_is_no_harm(here: Run, folder: Path) -> None:
    ran = here(*EDGE, "image.png", "./image.png", cwd=folder)
    assert "Traceback" not in ran.err
    assert size(folder / "image.edge.png") == (31, 20)


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (("-o", "none/out.png"), 1, "none"),
        (("-o", "none/out.png", "-n"), 1, "none"),
        (("-o", "out.xyz"), 2, "format"),
        (("-o", "out"), 2, "format"),
        (("-o", "out.gif"), 2, "format"),
        (("-o", "."), 1, "folder"),
        (("-o", ""), 2, "needs a value"),
        (("-o", "sub.png"), 1, "folder"),
        (("-o", "grey.png/out.png"), 1, ""),
        (("-o", "out.png", "--out-dir", "d"), 2, "--out-dir"),
        (("-o", "out.tif", "--format", "png"), 2, "two formats"),
        (("--out-dir", "grey.png"), 1, "grey.png"),
        (("--out-dir", "grey.png/d"), 1, "grey.png"),
        (("--format", "bmp"), 2, "png"),
        (("-o", "n" * 300 + ".png"), 1, "too long"),
        (("-o", "-", "--json"), 2, "--json"),
        (("-o", "out.npy", "-o"), 2, "-o"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else None,
)
def test_places_that_cannot_be_written(
    here: Run, refused: Run, state_of: Run, folder: Path, words: tuple[str, ...], code: int, problem: str
) -> None:
    (folder / "sub.png").mkdir()
    before = state_of(folder)
    refused(here(*EDGE, "image.png", *words, cwd=folder), code, problem)
    assert state_of(folder) == before
    assert sorted(path.name for path in folder.iterdir()) == ["grey.png", "image.png", "sub.png"]


@pytest.mark.parametrize(
    "words", [("image.png", "grey.png", "-o", "out.png"), ("image.png", "-k", "box", "-o", "out.png")], ids=" ".join
)
def test_one_name_for_several_results(
    here: Run, refused: Run, state_of: Run, folder: Path, words: tuple[str, ...]
) -> None:
    before = state_of(folder)
    refused(here(*EDGE, *words, cwd=folder), 2, "2 results", "--out-dir")
    refused(here(*EDGE, *words[:-1], "-", cwd=folder), 2, "--out-dir")
    assert state_of(folder) == before


def test_a_folder_is_made(here: Run, folder: Path) -> None:
    assert here(*EDGE, "image.png", "grey.png", "--out-dir", "new/deep", cwd=folder).code == 0
    assert sorted(path.name for path in (folder / "new/deep").iterdir()) == ["grey.edge.png", "image.edge.png"]


def test_results_stand_beside_inputs_of_other_folders(here: Run, folder: Path) -> None:
    (folder / "sub").mkdir()
    shutil.copy(folder / "image.png", folder / "sub" / "a.b.png")
    assert here(*EDGE, "sub/a.b.png", cwd=folder).code == 0
    assert (folder / "sub" / "a.b.edge.png").exists()


def test_a_dry_run_writes_nothing(here: Run, state_of: Run, folder: Path) -> None:
    before = state_of(folder)
    for words in ((), ("-o", "out.jpg"), ("--out-dir", "new"), ("-o", "-")):
        ran = here(*EDGE, "image.png", "-n", *words, cwd=folder)
        assert (ran.code, ran.out, len(ran.lines)) == (0, b"", 1)
        assert ran.err.startswith("would write ")
    assert state_of(folder) == before
    assert not (folder / "new").exists()


def test_the_name_chooses_the_format(here: Run, folder: Path) -> None:
    for name, kind in {"a.PNG": "PNG", "b.jpeg": "JPEG", "c.webp": "WEBP", "d.tif": "TIFF"}.items():
        assert here(*EDGE, "image.png", "-o", name, cwd=folder).code == 0
        with Image.open(folder / name) as image:
            assert image.format == kind
    assert here(*EDGE, "image.png", "--format", "jpeg", "-o", "e.png", cwd=folder).code in (0, 2)


@pytest.mark.parametrize("kind", ["png", "jpg", "webp", "tiff", "npz"])
def test_names_with_anything_in_them(run: Run, folder: Path, kind: str) -> None:
    stems = ("é ü", "画像", "-k", "a\nb")
    for stem in stems:
        shutil.copy(folder / "grey.png", folder / f"{stem}.png")
    ran = run(*EDGE, "--format", kind, "--", *(f"{stem}.png" for stem in stems), cwd=folder)
    assert ran.code == 0, ran.err
    for stem in stems:
        assert (folder / f"{stem}.edge.{kind}").exists()


@pytest.mark.parametrize("kind", ["png", "jpg", "webp", "tiff", "npz", "npy"])
def test_names_that_are_no_text(run: Run, folder: Path, kind: str) -> None:
    name = os.fsdecode(b"b\xff.png")
    try:
        shutil.copy(folder / "grey.png", folder / name)
    except OSError:
        pytest.skip("this file system wants text")
    ran = run(*EDGE, "--format", kind, name, cwd=folder)
    assert ran.code == 0, ran.err
    assert (folder / os.fsdecode(b"b\xff.edge." + kind.encode())).exists()


def test_a_long_name(here: Run, folder: Path) -> None:
    name = "画" * 79
    shutil.copy(folder / "grey.png", folder / f"{name}.png")
    ran = here(*EDGE, f"{name}.png", cwd=folder)
    assert ran.code == 0, ran.err
    assert (folder / f"{name}.edge.png").exists()


def test_a_name_too_long_for_its_result(here: Run, refused: Run, state_of: Run, folder: Path) -> None:
    name = "n" * 249
    shutil.copy(folder / "grey.png", folder / f"{name}.png")
    before = state_of(folder)
    refused(here(*EDGE, f"{name}.png", cwd=folder), 1, "too long")
    assert state_of(folder) == before


def test_a_command_of_very_many_words(run: Run, folder: Path) -> None:
    """The note holds the command; a JPEG's comment has room for 64 KiB."""
    (folder / "many").mkdir()
    names = [f"many/{i:04d}{'x' * 200}.png" for i in range(400)]
    for name in names[:2]:
        shutil.copy(folder / "grey.png", folder / name)
    ran = run(*EDGE, "--format", "jpg", *names, cwd=folder)
    assert "Traceback" not in ran.err
    assert len(list((folder / "many").glob("*.jpg"))) == 2


def test_a_link_stays_a_link_and_permissions_follow_the_umask(run: Run, folder: Path) -> None:
    (folder / "out.png").symlink_to("far.png")
    assert run(*EDGE, "image.png", "-o", "out.png", cwd=folder, shell="umask 027; {}").code == 0
    assert (folder / "out.png").is_symlink()
    assert stat.S_IMODE((folder / "far.png").stat().st_mode) == 0o640


def test_dev_null_is_a_place_to_write(run: Run, folder: Path) -> None:
    assert run(*EDGE, "image.png", "-o", "/dev/null", cwd=folder).code == 0
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk(run: Run, refused: Run, folder: Path) -> None:
    refused(run(*EDGE, "image.png", "-o", "/dev/full", cwd=folder), 1, "No space left")
    refused(run(*EDGE, "image.png", "-o", "-", cwd=folder, shell="{} > /dev/full"), 1, "No space left")
    refused(run("kernels", shell="{} > /dev/full"), 1, "No space left")


IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
AS_OTHERS = "setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-all {}" if IS_ROOT else "{}"
"""Root may do everything; without these two rights, permissions hold for it too."""


def test_closed_folders_and_files(run: Run, refused: Run, state_of: Run, folder: Path) -> None:
    if IS_ROOT and run("--version", shell=AS_OTHERS).code != 0:
        pytest.skip("root may do everything here")
    (folder / "grey.png").chmod(0)
    (folder / "sub").mkdir()
    (folder / "sub" / "image.png").touch()
    (folder / "sub").chmod(0)
    folder.chmod(0o500)
    try:
        unread = run(*EDGE, "grey.png", "-o", "/dev/null", cwd=folder, shell=AS_OTHERS)
        unseen = run(*EDGE, "sub/image.png", cwd=folder, shell=AS_OTHERS)
        beside = run(*EDGE, "image.png", cwd=folder, shell=AS_OTHERS)
        named = run(*EDGE, "image.png", "-o", "out.png", cwd=folder, shell=AS_OTHERS)
        inside = run(*EDGE, "image.png", "-o", "sub/out.png", cwd=folder, shell=AS_OTHERS)
        made = run(*EDGE, "image.png", "--out-dir", "new", cwd=folder, shell=AS_OTHERS)
    finally:
        folder.chmod(0o700)
        (folder / "sub").chmod(0o700)
    refused(unread, 1, "may not be read")
    refused(unseen, 1, "may not be read")
    for ran in (beside, named, inside):
        refused(ran, 1, "may not be written")
    refused(made, 1, "new")
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
    assert names == ["grey.png", "image.png", "sub", "sub/image.png"]


@pytest.mark.parametrize("command", [EDGE, ("pool", "--size", "2")], ids=lambda words: words[0])
def test_an_image_is_not_printed_on_a_terminal(
    command_line: Run, surroundings: Run, folder: Path, command: tuple[str, ...]
) -> None:
    content = (folder / "image.png").read_bytes()
    for words, given in ((("image.png", "-o", "-"), b""), ((), content)):
        pty = pytest.importorskip("pty")
        ours, theirs = pty.openpty()
        try:
            done = subprocess.run(
                command_line(*command, *words),
                cwd=folder,
                env=surroundings(),
                input=given,
                stdout=theirs,
                stderr=subprocess.PIPE,
                check=False,
            )
            os.set_blocking(ours, False)
            with pytest.raises(BlockingIOError):
                os.read(ours, 1000)
        finally:
            os.close(theirs)
            os.close(ours)
        lines = done.stderr.decode().splitlines()
        assert done.returncode == 2
        assert len(lines) == 2
        assert "terminal" in lines[0]
        assert "-o FILE" in lines[1]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_leaves_whole_files_or_none(
    command_line: Run, surroundings: Run, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    np.save(tmp_path / "large.npy", np.zeros((1200, 1500), np.float32))
    np.save(tmp_path / "kernel.npy", np.random.default_rng(0).normal(size=(61, 61)))
    names = [f"{i}.npy" for i in range(300)]
    for name in names:
        (tmp_path / name).symlink_to("large.npy")
    words = command_line("convolve", "-k", "@kernel.npy", "--pad-mode", "reflect", "--out-dir", "out", *names)
    process = subprocess.Popen(
        words,
        cwd=tmp_path,
        env=surroundings(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        while process.poll() is None and not [*tmp_path.glob("out/[!.]*")]:
            time.sleep(0.01)
        time.sleep(0.1)  # so that it is at one of the next ones
        assert process.poll() is None, process.communicate()
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == code
    assert out == b""
    assert b"Traceback" not in err
    for path in (tmp_path / "out").glob("*"):
        assert path.name.endswith(".kernel.npy")
        assert not path.name.startswith(".")
        assert np.load(path, mmap_mode="r").shape == (1200, 1500)


def test_the_note_of_the_file_holds_the_command(here: Run, folder: Path) -> None:
    assert here(*EDGE, "image.png", cwd=folder).code == 0
    with Image.open(folder / "image.edge.png") as image:
        assert image.info["Software"].startswith("made by cnnkit ")
        assert image.info["Software"].endswith(": cnnkit convolve --kernel edge image.png")


def test_json_says_where_also_for_stdin(run: Run, folder: Path) -> None:
    ran = run("pool", "-", "--json", "-o", "out.png", stdin=folder / "grey.png", cwd=folder)
    (one,) = json.loads(ran.out)["results"]
    assert (one["input"], one["output"]) == ("-", "out.png")


def test_closed_streams_are_no_crash_and_no_data_is_spoiled(run: Run, folder: Path) -> None:
    ran = run(*EDGE, "image.png", cwd=folder, shell="{} >&-")
    assert "Traceback" not in ran.err
    assert (folder / "image.edge.png").exists()
    ran = run(*EDGE, "image.png", "-o", "-", cwd=folder, shell="{} >&-")
    assert "Traceback" not in ran.err
    assert ran.code in (1, 2)
    ran = run(*EDGE, "-", stdin=folder / "image.png", shell="{} 2>&-")
    assert ran.code == 0
    assert ran.out.startswith(b"\x89PNG")
    assert ran.out.endswith(b"IEND" + struct.pack(">I", 0xAE426082))
    assert np.asarray(Image.open(io.BytesIO(ran.out))).shape == (20, 31, 3)


@pytest.mark.parametrize("words", ["-k frei-chen --stride 2", "-k 1001", "-k gaussian:sigma=1,size=5 --pad-mode wrap"])
def test_the_next_command_of_an_example_runs(here: Run, folder: Path, words: str) -> None:
    following = here("convolve", *words.split()).text.splitlines()[-1]
    assert following == f"Next: cnnkit convolve photo.png {words}"
    (folder / "photo.png").write_bytes((folder / "image.png").read_bytes())
    assert here(*following.split()[2:], cwd=folder).code == 0


def test_a_pipe_behind_a_name_is_written_to(run: Run, folder: Path) -> None:
    plain = run(*EDGE, "-o", "-", stdin=folder / "image.png").out
    assert run(*EDGE, "image.png", "-o", "/dev/stdout", "-q", cwd=folder).out[:8] == plain[:8]
    ran = run(*EDGE, "-q", cwd=folder, shell="{} -o /dev/stdout image.png | wc -c")
    assert int(ran.text) > 100


def test_a_pipe_has_no_name_to_write_beside(run: Run, folder: Path) -> None:
    os.mkfifo(folder / "pipe.png")
    ran = run(*EDGE, "pipe.png", cwd=folder, shell="cat image.png > pipe.png & {}")
    assert ran.code == 1
    assert "a pipe has no name to write a result beside" in ran.err


def test_json_names_files_as_they_are(run: Run, folder: Path) -> None:
    name = "new\nline.png"
    (folder / name).write_bytes((folder / "image.png").read_bytes())
    told = json.loads(run(*EDGE, name, "missing\n.png", "--json", cwd=folder).out)
    assert (folder / told["results"][0]["output"]).exists()
    assert told["results"][0]["input"] == name
    assert told["errors"][0]["input"] == "missing\n.png"


def test_a_refused_cache_is_said_to_be(folder: Path, command_line: Callable[..., list[str]], tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    settings = {**os.environ, "CNNKIT_CACHE_DIR": str(shared)}
    words = command_line(*EDGE, "image.png")
    done = subprocess.run(words, cwd=folder, env=settings, capture_output=True, check=True, stdin=subprocess.DEVNULL)
    assert f"compiling, and again next time: the folder {shared} must be yours" in done.stderr.decode()
