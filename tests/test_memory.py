"""The limit of one array: which words it has, and that it holds for settings, files and streams before memory is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cnnkit import memory
from cnnkit.errors import ArgumentError, SizeError


def test_the_library_has_no_limit() -> None:
    memory.check(2**80, "an array", "")


def test_what_is_larger_than_the_limit_is_refused_with_both_numbers() -> None:
    memory.limit("500M")
    memory.check(500 << 20, "an array", "")
    with pytest.raises(SizeError, match=r"an array takes 1\.46 GiB of memory, and one array may take 500 MiB") as error:
        memory.check(1500 << 20, "an array", "use less")
    assert error.value.hint == "use less, or, if the machine has that much, add --max-memory 2G"
    memory.limit("2G")
    memory.check(1500 << 20, "an array", "use less")


def test_no_hint_proposes_what_no_machine_has() -> None:
    memory.limit("1G")
    with pytest.raises(SizeError) as error:
        memory.check(2**60, "an array", "use less")
    assert error.value.hint == "use less"


@pytest.mark.parametrize("word", ["16G", "16g", "16GB", "16GiB", "16384M"])
def test_a_size_is_written_in_several_ways(word: str) -> None:
    memory.limit(word)
    assert memory.most_bytes == 2**34


def test_what_a_few_bytes_become_is_smaller_unless_it_is_said() -> None:
    memory.limit(None)
    memory.check(256 << 20, "an image", "", file_bytes=34)
    memory.check(1 << 30, "an image", "", file_bytes=1 << 15)
    expected = "an image takes 1 GiB of memory, and one array out of 34 bytes may take 256 MiB"
    with pytest.raises(SizeError, match=expected) as error:
        memory.check(1 << 30, "an image", "use less", file_bytes=34)
    assert error.value.hint.endswith("add --max-memory 1G")
    memory.limit("1G")
    memory.check(1 << 30, "an image", "", file_bytes=34)


@pytest.mark.parametrize("word", ["", "8", "0G", "1.5G", "-1G", "8T", "1" * 10 + "M"])
def test_other_words_are_no_sizes(word: str) -> None:
    with pytest.raises(ArgumentError, match="is no size"):
        memory.limit(word)


TOO_LARGE = {
    "pool image.png --padding 100000": "an array of 1x100010x100015x3 takes 27.9 GiB",
    "pool image.png --adaptive 100000x100000": "an array of 1x100000x100000x3 takes 27.9 GiB",
    "pool image.png --size 2 --padding full --dilation 90000000": "results are more than any memory holds",
    "convolve image.png -k edge --padding 100000": "an array of 1x200018x200029x3 takes 447 GiB",
    "pool image.png --padding 20000 --max-memory 500M": "takes 1.12 GiB of memory, and one array may take 500 MiB",
    "mfcc song.wav --length 1000000000 --dry-run": "a result of 1000000000x13x1 takes 48.4 GiB",
}


@pytest.mark.parametrize("line", TOO_LARGE)
def test_settings_that_need_more_are_refused_before_they_take_it(
    line: str, folder: Path, run: Callable[..., object], refused: Callable[..., None]
) -> None:
    """README: What it promises is held against its size and --max-memory before memory is taken."""
    song = Path(__file__).parents[1] / "examples" / "song.wav"
    (folder / "song.wav").write_bytes(song.read_bytes())
    refused(run(*line.split(), cwd=folder, shell="ulimit -v 4000000; {}"), 1, TOO_LARGE[line])


def test_the_hint_of_a_limit_can_be_followed(folder: Path, run: Callable[..., object]) -> None:
    line = ["pool", "image.png", "--padding", "1200", "--size", "2", "--stride", "1", "-o", "-", "--format", "npy"]
    assert "add --max-memory 1G" in run(*line, "--max-memory", "10M", cwd=folder).err  # type: ignore[attr-defined]
    assert run(*line, "--max-memory", "1G", cwd=folder).code == 0  # type: ignore[attr-defined]


STREAMS = {
    "pool /dev/zero": 1,
    "pool -": 1,
    "mfcc /dev/zero --print-shape": 1,
    "mfcc -": 1,
    "convolve image.png -k @/dev/zero": 2,
    "kernels @/dev/zero": 2,
    "shape /dev/zero": 1,
    "shape @/dev/zero": 2,
    "mfcc - --raw 8000,u8 --max-memory 20M": 1,
}


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="an endless stream is a device of Unix")
@pytest.mark.parametrize("line", STREAMS)
def test_endless_streams_are_refused(
    line: str, folder: Path, run: Callable[..., object], refused: Callable[..., None]
) -> None:
    with open("/dev/zero", "rb") as zeros:
        refused(run(*line.split(), cwd=folder, stdin=zeros.fileno(), shell="cat | {}"), STREAMS[line])
