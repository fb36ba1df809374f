"""Tags by hand; tests/promises has them around every container."""

from __future__ import annotations

import io

import pytest

from cnnkit.files.sounds.tags import SEARCHED_BYTES, end_of_sound, find_sound, id3_bytes

FLAC = b"fLaC" + bytes(40)
ID3 = b"ID3\4\0\0\0\0\0\5hello"
ID3_WITH_FOOT = b"ID3\4\0\x10\0\0\0\5hello3DI\4\0\x10\0\0\0\5"
ID3V1 = b"TAG" + bytes(125)


@pytest.mark.parametrize(
    "before",
    [b"", ID3, ID3_WITH_FOOT, ID3 + ID3_WITH_FOOT + ID3, ID3V1 + ID3, bytes(5000), b"\r\n", ID3 + bytes(99)],
)
def test_what_stands_before(before: bytes) -> None:
    found, place, _ = find_sound(io.BytesIO(before + FLAC))
    assert (found.name, place) == ("flac", len(before))


@pytest.mark.parametrize("content", [b"", b"hello", b"ID3", ID3, ID3[:7], bytes(500), b"\xff\xfe" * 500, b"TAG"])
def test_what_is_no_sound(content: bytes) -> None:
    found, place, _ = find_sound(io.BytesIO(content))
    assert found.kind != "sound" or content[:3] == b"ID3"  # which libsndfile may look at
    assert place <= len(content)


def test_other_bytes_before_an_mp3_are_counted() -> None:
    frames = (b"\xff\xfb\x90\0" + bytes(413)) * 4
    for before, skipped in ((b"", 0), (bytes(2000), 0), (ID3, 0), (b"some bytes", 10), (bytes(9) + b"some", 4)):
        found, place, count = find_sound(io.BytesIO(before + frames))
        assert (found.name, place, count) == ("mp3", len(before), skipped)


def test_the_search_ends() -> None:
    assert find_sound(io.BytesIO(bytes(SEARCHED_BYTES - 100) + FLAC))[0].name == "flac"
    assert find_sound(io.BytesIO(bytes(SEARCHED_BYTES) + FLAC))[0].name == ""


@pytest.mark.parametrize("head", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"PK\3\4"])
def test_other_files_are_not_searched(head: bytes) -> None:
    """A picture may hold any bytes."""
    found, place, _ = find_sound(io.BytesIO(head + bytes(100) + b"\xff\xfb\x90\0" + bytes(413)))
    assert (found.kind != "sound", place) == (True, 0)


@pytest.mark.parametrize(
    "after", [b"", ID3V1, ID3_WITH_FOOT, ID3_WITH_FOOT + ID3V1, b"x" * 9 + b"000009LYRICS200" + ID3V1]
)
def test_tags_at_the_end(after: bytes) -> None:
    assert end_of_sound(io.BytesIO(b"a sound" + after)) == 7


@pytest.mark.parametrize(
    "content", [b"", b"TAG", ID3V1, b"3DI" + bytes(7), b"999999LYRICS200", b"APETAGEX" + b"\xff" * 24]
)
def test_no_tag_is_longer_than_the_file(content: bytes) -> None:
    assert end_of_sound(io.BytesIO(content)) == len(content)


def test_tags() -> None:
    assert id3_bytes(ID3) == len(ID3)
    assert id3_bytes(b"ID3\4\0\x10\0\0\1\2") == 10 + 130 + 10
    assert [id3_bytes(head) for head in (b"", b"ID3", b"RIFF......")] == [0, 0, 0]
