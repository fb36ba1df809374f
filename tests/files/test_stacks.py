"""The files that a stack names: by their content, with errors that name them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from cnnkit.errors import ArgumentError, InputError
from cnnkit.files.stacks import StackFiles
from cnnkit.network.shape import shape
from cnnkit.network.volume import Volume, Waveform

FILES = StackFiles()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (31, 20)).save("photo.png")
    Image.new("L", (9, 8)).save("with spaces.png")
    np.save("maps.npy", np.zeros((7, 6, 512), np.float32))
    np.savez_compressed("maps.npz", maps=np.zeros((7, 6, 512), np.float32))
    soundfile.write("song.wav", np.zeros(51200), 22050)
    soundfile.write("stereo.flac", np.zeros((16000, 2)), 16000)
    soundfile.write("song.mp3", np.zeros(44100), 44100)
    Path("net.txt").write_text("\ufeffconv3-8  # eight\nmaxpool2\n", encoding="utf-8")
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("photo.png", Volume(20, 31, 3)),
        ("with spaces.png", Volume(8, 9, 1)),
        ("maps.npy", Volume(7, 6, 512)),
        ("maps.npz", Volume(7, 6, 512)),
        ("song.wav", Waveform(51200, 22050)),
        ("stereo.flac", Waveform(16000, 16000)),
        ("song.mp3", Waveform(44100, 44100)),
    ],
)
def test_shapes(name: str, expected: Volume | Waveform) -> None:
    assert FILES.has(name)
    assert FILES.shape_of(name) == expected
    assert FILES.shape_of(f"./{name}") == expected


@pytest.mark.usefixtures("folder")
def test_what_of_a_sound_is_left_out_is_told() -> None:
    Path("joined.flac").write_bytes(Path("stereo.flac").read_bytes() * 2)
    files = StackFiles()
    assert files.shape_of("joined.flac") == Waveform(32000, 16000)
    assert files.notes == [
        "joined.flac: 2 sounds that follow each other in this file are read as one",
        "joined.flac: 2 channels mixed to one (their mean)",
    ]


@pytest.mark.usefixtures("folder")
def test_the_content_says_what_it_is() -> None:
    Path("photo.png").rename("photo.wav")
    Path("song.wav").rename("song.png")
    assert FILES.shape_of("photo.wav") == Volume(20, 31, 3)
    assert FILES.shape_of("song.png") == Waveform(51200, 22050)


@pytest.mark.usefixtures("folder")
def test_a_stack_begins_with_a_file() -> None:
    assert shape("photo.png", "conv3-8", files=FILES).output == Volume(20, 31, 8)
    assert shape("with spaces.png", "@net.txt", files=FILES).output == Volume(4, 4, 8)
    assert shape("song.wav mfcc13 conv3-32", files=FILES).output == Volume(100, 13, 32)


@pytest.mark.usefixtures("folder")
def test_the_layout_is_that_of_arrays_alone() -> None:
    np.save("first.npy", np.zeros((3, 20, 31), np.float32))
    assert FILES.shape_of("first.npy", "chw") == Volume(20, 31, 3)
    assert FILES.shape_of("first.npy", "hwc") == FILES.shape_of("first.npy") == Volume(3, 20, 31)
    for name, expected in (("photo.png", Volume(20, 31, 3)), ("song.wav", Waveform(51200, 22050))):
        assert FILES.shape_of(name, "chw") == expected
    assert shape("first.npy conv3-8", files=FILES, input_layout="chw").output == Volume(20, 31, 8)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("no.png", "no.png: there is no such file"),
        (".", "a folder"),
        ("net.txt", "net.txt: this is a text file, not an image"),
        ("empty.png", r"empty.png: this file is empty"),
        ("text.wav", "text.wav: this is a text file, not a sound"),
        ("a\0b.png", "cannot be opened"),
    ],
)
def test_errors_name_the_file(name: str, problem: str) -> None:
    Path("empty.png").touch()
    Path("text.wav").write_text("hello, world, this is no sound at all")
    with pytest.raises(InputError, match=problem) as caught:
        FILES.shape_of(name)
    assert caught.value.hint
    assert ("@net.txt" in caught.value.hint) == (name == "net.txt")


@pytest.mark.usefixtures("folder")
def test_texts() -> None:
    assert FILES.text_of("net.txt") == "conv3-8  # eight\nmaxpool2\n"
    for name in ("photo.png", "no.txt"):
        with pytest.raises(InputError, match=name):
            FILES.text_of(name)
    Path("long.txt").write_text("relu\n" * 200_000)
    with pytest.raises(ArgumentError, match=r"long.txt: this file is too long"):
        FILES.text_of("long.txt")


def test_a_name_that_cannot_be_one() -> None:
    assert not FILES.has("a\0b")
    assert not FILES.has("no such file")
