"""Errors name the file as its user does."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from cnnkit.files.sounds.faults import conversion, ends_early, unknown_format


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("talk.m4a", "ffmpeg -i talk.m4a talk.wav"),
        ("my talk.aac", "ffmpeg -i 'my talk.aac' 'my talk.wav'"),
        ("broken.WAV", "ffmpeg -i broken.WAV broken-new.wav"),
    ],
)
def test_the_command_that_converts_a_file(
    name: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(b"a")
    with open(name, "rb") as stream:
        assert conversion(stream) == command
        assert ends_early(stream, 2, 1, "samples").hint.endswith(command)


def test_a_stream_without_a_name() -> None:
    assert conversion(io.BytesIO()) == "ffmpeg -i INPUT song.wav"


def test_bare_samples_are_not_to_be_converted(tmp_path: Path) -> None:
    for name, is_converted in (("a.pcm", False), ("a.RAW", False), ("a.xyz", True)):
        (tmp_path / name).write_bytes(b"a")
        with open(tmp_path / name, "rb") as stream:
            hint = unknown_format(stream).hint
            assert "--raw 16000,s16le" in hint
            assert ("ffmpeg" in hint) == is_converted
