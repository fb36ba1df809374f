"""Sounds in blocks, by hand."""

from __future__ import annotations

import io
import struct

import pytest

from cnnkit.errors import InputError
from cnnkit.files.sounds.header import SoundHeader, read_header
from cnnkit.files.sounds.sound import open_signal


def header_of(content: bytes) -> SoundHeader:
    return read_header(io.BytesIO(content))


def values(content: bytes) -> list[float]:
    with open_signal(io.BytesIO(content), "1") as sound:
        return list(sound.between(0, sound.count))


VOC = b"Creative Voice File\x1a" + struct.pack("<HHH", 26, 0x10A, 0x1129)


def block(kind: int, content: bytes) -> bytes:
    return bytes([kind]) + len(content).to_bytes(3, "little") + content


def test_a_voc_of_several_blocks() -> None:
    """Old programs write 8 bits at 1000000 / (256 - 131) = 8000 Hz; the blocks that follow have no head."""
    content = VOC + block(1, b"\x83\0\x80\x81") + block(5, b"a text\0") + block(2, b"\x7f\xff") + b"\0"
    assert header_of(content)[:3] == (4, 8000, 1)
    assert values(content) == [0, 1, -1, 127]
    new = struct.pack("<IBBHI", 16000, 16, 1, 4, 0)
    assert values(VOC + block(9, new + b"\1\0") + block(9, new + b"\2\0") + b"\0") == [1, 2]


def test_a_voc_that_is_more_than_one_sound() -> None:
    begin = VOC + block(1, b"\x83\0\x80\x81")
    assert values(VOC + block(5, b"a text\0") + begin[26:] + b"\0") == [0, 1]
    for more in (block(3, b"\1\0\x83"), block(6, b"\2\0"), block(1, b"\x9c\0\x80")):
        with pytest.raises(InputError, match="has silence, loops or other rates between its blocks"):
            header_of(begin + more + b"\0")
    with pytest.raises(InputError, match="cut off: its header promises 6 bytes, the file holds 4"):
        header_of(begin + block(2, b"1234")[:-2])


def sample_dump(samples: list[int], bits: int = 16) -> bytes:
    """A MIDI sample dump at 8 kHz: numbers from 0 up, 7 bits in a byte and the most significant first."""
    width = -(-bits // 7)
    numbers = [value + (1 << bits - 1) << 7 * width - bits for value in samples]
    packed = [bytes(number >> 7 * (width - 1 - index) & 127 for index in range(width)) for number in numbers]
    digits = [bytes(number >> 7 * index & 127 for index in range(3)) for number in (125000, len(samples))]
    out = b"\xf0\x7e\0\1\0\0" + bytes([bits]) + b"".join(digits) + bytes(7) + b"\xf7"
    for number, first in enumerate(range(0, len(packed), 120 // width)):
        data = b"".join(packed[first : first + 120 // width]).ljust(120, b"\0")
        packet = b"\x7e\0\2" + bytes([number & 127]) + data
        checksum = 0
        for byte in packet:
            checksum ^= byte
        out += b"\xf0" + packet + bytes([checksum & 127, 0xF7])
    return out


@pytest.mark.parametrize("count", [1, 40, 41, 100, 120])
def test_a_sample_dump(count: int) -> None:
    """40 samples of 16 bits in a packet; libsndfile reads zeros for those of a last one that is not full."""
    samples = list(range(-3, count - 3))
    assert header_of(sample_dump(samples))[:3] == (count, 8000, 1)
    assert values(sample_dump(samples)) == samples


@pytest.mark.parametrize(("bits", "scale"), [(8, 1), (12, 16), (16, 1), (20, 16), (24, 1), (28, 16)])
def test_bits_of_a_sample_dump(bits: int, scale: int) -> None:
    samples = [0, 1, -1, (1 << bits - 1) - 1, -(1 << bits - 1)]
    assert values(sample_dump(samples, bits)) == [value * scale for value in samples]


def test_a_damaged_sample_dump() -> None:
    content = sample_dump(list(range(100)))
    for place, byte in ((21, 0), (24, 1), (21 + 127 + 9, 99)):
        damaged = content[:place] + bytes([byte]) + content[place + 1 :]
        with pytest.raises(InputError, match=rf"packet {1 + (place - 21) // 127} of 3 of this sample dump is damaged"):
            header_of(damaged)
    with pytest.raises(InputError, match="cut off: its header promises 3 packets, the file holds 2 "):
        header_of(content[:-1])
    with pytest.raises(InputError, match="this sample dump has 3 bits"):
        header_of(content[:6] + b"\3" + content[7:])
