"""MP3s without a first frame that says how long they are: all of them is read, and no more."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from cnnkit.errors import InputError
from cnnkit.files.sounds.header import read_header
from cnnkit.files.sounds.mp3 import find_frame, read_frame, read_mp3
from cnnkit.files.sounds.stored import Span
from tests.reference.at_once import read_signal

TAGS = b"ID3\x03\0\0\0\0\x20\0" + bytes(4096)
LAST_TAG = b"TAG" + b"a song".ljust(125, b"\0")
MPEG1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
MPEG2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


def encoded(rate: int = 44100, channels: int = 2, samples: int = 40000) -> bytes:
    """Half silence, half noise: frames of few and of many bits, as encoders choose them."""
    noise = np.random.default_rng(0).normal(size=(samples, channels)) * (np.arange(samples)[:, None] > samples / 2)
    stream = io.BytesIO()
    soundfile.write(stream, 0.1 * noise, rate, format="MP3", subtype="MPEG_LAYER_III", bitrate_mode="VARIABLE")
    return stream.getvalue()


def frames(content: bytes) -> list[int]:
    """Where each frame begins, and the end."""
    places = [0]
    while places[-1] < len(content):
        head = int.from_bytes(content[places[-1] : places[-1] + 4], "big")
        assert head >> 21 == 0x7FF
        version, kind, padding = head >> 19 & 3, head >> 12 & 15, head >> 9 & 1
        rate = (44100, 48000, 32000)[head >> 10 & 3] >> {3: 0, 2: 1, 0: 2}[version]
        bits = MPEG1[kind] if version == 3 else MPEG2[kind]
        places.append(places[-1] + (144 if version == 3 else 72) * bits * 1000 // rate + padding)
    return places


def headless(content: bytes) -> tuple[bytes, int]:
    """Without the first frame; and how many are left."""
    places = frames(content)
    return content[places[1] :], len(places) - 2


@pytest.mark.parametrize(
    ("head", "length"),
    [
        ("fffb9000", 417),  # MPEG 1 layer III, 128 kbit/s, 44.1 kHz: 144 * 128000 / 44100
        ("fffb9200", 418),  # padded
        ("fff38000", 208),  # MPEG 2 layer III, 64 kbit/s, 22.05 kHz: 72 * 64000 / 22050
        ("ffe38000", 417),  # MPEG 2.5, 11.025 kHz
        ("fffd9000", 522),  # layer II, 160 kbit/s
        ("ffff9000", 312),  # layer I, 288 kbit/s: 12 * 288000 / 44100 slots of 4 bytes
    ],
)
def test_the_length_of_a_frame_by_hand(head: str, length: int) -> None:
    frame = read_frame(bytes.fromhex(head))
    assert frame is not None
    assert frame.length == length


@pytest.mark.parametrize("head", ["", "fffb90", "fffb0000", "fffbf000", "fffb9c00", "ffeb9000", "fff99000", "7ffb9000"])
def test_what_is_no_frame(head: str) -> None:
    """Too short; no bit rate, or none that there is; rate, version or layer 3 that there is not; no sync."""
    assert read_frame(bytes.fromhex(head)) is None


@pytest.mark.parametrize(("rate", "channels"), [(44100, 1), (44100, 2), (22050, 1), (22050, 2), (8000, 1)])
def test_frames_lie_where_they_are_expected(rate: int, channels: int) -> None:
    content = encoded(rate, channels)
    places = frames(content)
    found = [read_frame(content[place:]) for place in places[:-1]]
    assert [place + one.length for place, one in zip(places[:-1], found, strict=True) if one] == places[1:]
    for before in (b"", b"\xff\xfb\x90", bytes(100), content[1:100]):
        assert find_frame(before + content) == len(before)
    assert find_frame(content[1 : places[1]]) is None
    assert find_frame(b"\xff" * 5000) is None


@pytest.mark.parametrize(("rate", "channels"), [(44100, 1), (22050, 2), (8000, 1)])
def test_the_frames_of_one_sound(rate: int, channels: int) -> None:
    content = encoded(rate, channels)
    size = len(content)
    part, end = read_mp3(io.BytesIO(b"abc" + content + content + b"def"), 3, 2 * size + 6, [])
    assert (part.pieces, part.is_measured, end) == ((Span(3, size + 3),), True, size + 3)
    body, _ = headless(content)
    part, end = read_mp3(io.BytesIO(body + content), 0, len(body) + size, [])
    assert (part.pieces[0], part.is_measured, end) == (Span(0, len(body)), False, len(body))


def test_a_first_frame_without_a_number_says_nothing() -> None:
    content = bytearray(encoded())
    place = content.find(b"Xing")
    content[place + 7] &= 0xFE
    assert not read_mp3(io.BytesIO(bytes(content)), 0, len(content), [])[0].is_measured


def test_frames_that_are_promised_and_missing() -> None:
    content = encoded()
    with pytest.raises(InputError, match=r"cut off: its header promises \d+ frames, the file holds 3 "):
        read_header(io.BytesIO(content[: frames(content)[4]]))


@pytest.mark.parametrize(("before", "after"), [(b"", b""), (TAGS, b""), (b"", LAST_TAG), (TAGS + TAGS, LAST_TAG)])
@pytest.mark.parametrize(("rate", "of_a_frame"), [(44100, 1152), (22050, 576)])
def test_all_samples_are_read(before: bytes, after: bytes, rate: int, of_a_frame: int) -> None:
    content = encoded(rate)
    body, count = headless(content)
    stream = io.BytesIO(before + body + after)
    assert read_header(stream)[:3] == (of_a_frame * count, rate, 2)
    samples = read_signal(stream, "left").samples
    assert len(samples) == of_a_frame * count
    with soundfile.SoundFile(io.BytesIO(content)) as known:  # which leaves out what the encoder put before
        expected: Any = known.read(dtype="float32")[:, 0]
    delay = (
        len(samples)
        - len(expected)
        - np.argmax(
            [
                np.array_equal(samples[start : start + 9999], expected[-9999:])
                for start in range(len(samples) - 9999, 0, -1)
            ]
        )
    )
    assert 0 < delay < 2 * 1152
    np.testing.assert_array_equal(samples[delay : delay + len(expected)], expected)


def test_a_frame_cut_in_two_is_an_error() -> None:
    body, _ = headless(encoded())
    with pytest.raises(InputError, match="this sound is cut off: its last frame has"):
        read_header(io.BytesIO(body[:-100]))


def test_only_cnnkit_reports_a_damaged_mp3(capfd: pytest.CaptureFixture[str]) -> None:
    content = encoded()
    places = frames(content)
    damaged = content[: places[9]] + bytes(5000) + content[places[10] :]
    with pytest.raises(InputError):
        read_signal(io.BytesIO(damaged), "mix")
    assert capfd.readouterr().err == ""


def test_a_stray_file_that_hides_mp3s_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "._").write_bytes(bytes(300))
    with pytest.raises(InputError, match=r"with a file named \._ \(delete .*\._"):
        read_header(io.BytesIO(encoded()))
