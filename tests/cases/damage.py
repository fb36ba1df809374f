"""What happens to files on their way: bits that flip, pieces that are lost, numbers that are wrong. From seeds."""

from __future__ import annotations

import struct
from collections.abc import Callable
from random import Random

BOUNDARIES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1, 16383, 65500, 10**6)
SPECIALS = b"\x00\xff\x80\x7f\x01\n\r,;:#'\"\x1b{[(%-."
MOST_HITS = 8


def flip(content: bytearray, random: Random, other: bytes) -> None:
    for _ in range(random.randint(1, MOST_HITS)):
        content[random.randrange(len(content))] ^= 1 << random.randrange(8)


def put(content: bytearray, random: Random, other: bytes) -> None:
    for _ in range(random.randint(1, MOST_HITS)):
        content[random.randrange(len(content))] = random.choice(SPECIALS)


def truncate(content: bytearray, random: Random, other: bytes) -> None:
    del content[random.randrange(1, len(content)) :]


def remove(content: bytearray, random: Random, other: bytes) -> None:
    start, stop = sorted(random.sample(range(len(content) + 1), 2))
    if stop - start < len(content):
        del content[start : min(stop, start + random.choice((1, 4, 64, len(content))))]


def repeat(content: bytearray, random: Random, other: bytes) -> None:
    start, stop = sorted(random.sample(range(len(content) + 1), 2))
    content[stop:stop] = content[start:stop]


def number(content: bytearray, random: Random, other: bytes) -> None:
    for _ in range(random.randint(1, 2)):
        size = random.choice((1, 2, 4, 8))
        layout = random.choice("<>") + {1: "B", 2: "H", 4: "I", 8: "Q"}[size]
        value = random.choice(BOUNDARIES) & 2 ** (8 * size) - 1
        reach = len(content) if random.random() < 0.5 else min(len(content), 128)  # headers are at the beginning
        place = random.randrange(max(reach - size, 0) + 1)
        content[place : place + size] = struct.pack(layout, value)


def append(content: bytearray, random: Random, other: bytes) -> None:
    content += random.choice((bytes(random.randint(1, 400)), random.randbytes(random.randint(1, 400)), other[:300]))


def splice(content: bytearray, random: Random, other: bytes) -> None:
    place = random.randrange(1, len(content) + 1)
    content[:place] = other[: random.randrange(1, len(other) + 1)]


Damage = Callable[[bytearray, Random, bytes], None]
DAMAGES: tuple[Damage, ...] = (flip, put, truncate, remove, repeat, number, number, number, append, splice)
"""Ways to damage a file; wrong numbers find the most."""


def damaged(content: bytes, other: bytes, random: Random) -> tuple[bytes, str]:
    """The content, damaged in one way (seldom two), `other` being what gets mixed in, and the way's name."""
    hurt, names = bytearray(content), []
    for _ in range(1 + (random.random() < 0.1)):
        way = random.choice(DAMAGES)
        if hurt:
            way(hurt, random, other)
            names.append(way.__name__)
    return bytes(hurt) or b"\0", "+".join(names)
