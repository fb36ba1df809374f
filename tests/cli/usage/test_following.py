"""The command that a worked example proposes next: what was typed, for an input, without what is about files."""

from __future__ import annotations

import pytest

from cnnkit.cli.usage.following import next_command


@pytest.mark.parametrize(
    ("typed", "more", "proposed"),
    [
        ("convolve", [], "cnnkit convolve photo.png"),
        ("convolve --stride 2 -o x.png --json -k 'a b'", [], "cnnkit convolve photo.png --stride 2 -k 'a b'"),
        ("pool --features waveform", ["--size", "1x2"], "cnnkit pool song.wav --size 1x2 --features waveform"),
        ("mfcc --print-shape --n-mels 40", ["--print-shape"], "cnnkit mfcc song.wav --print-shape --n-mels 40"),
        ("pool --out-dir=o --nodata 3 -q --stride 3", [], "cnnkit pool photo.png --stride 3"),
    ],
)
def test_it_repeats_settings(monkeypatch: pytest.MonkeyPatch, typed: str, more: list[str], proposed: str) -> None:
    import shlex

    monkeypatch.setattr("sys.argv", ["cnnkit", *shlex.split(typed)])
    assert next_command(typed.split(maxsplit=1)[0], *more) == proposed
