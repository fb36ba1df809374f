"""Object code linked in plain Python: right where it is understood, None where it is not, and never a crash."""

from __future__ import annotations

import ctypes
import random
import re
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from cnnkit.loops.machine import elf, store
from tests.reference.processes import LLVMLITE, PLACED, run_program

pytestmark = pytest.mark.skipif(LLVMLITE, reason="objects of Linux on x86-64")

TEXT, CONSTANTS, DATA, RELOCATIONS, CONSTANT_RELOCATIONS, SYMBOLS, NAMES = range(1, 8)
MOVE = b"\x48\xb8" + bytes(8)  # movabs rax, an address of 64 bits that a relocation writes
CODE = {
    "answer": MOVE + b"\x8b\x00\xc3",  # mov eax, [rax]; ret
    "count": MOVE + b"\xff\x00\x8b\x00\xc3",  # inc dword [rax]; mov eax, [rax]; ret
    "distance": MOVE + b"\x48\x8b\x00\xc3",  # mov rax, [rax]; ret
    "absolute": MOVE + b"\xff\xe0",  # jmp rax
}
PLACES = {name: 16 * place for place, name in enumerate(CODE)}
ABSOLUTE, RELATIVE = 1, 24


def symbol(name: int, kind: int, section: int, value: int) -> bytes:
    return struct.pack("<IBBHQQ", name, 0x10 | kind, 0, section, value, 0)


def an_object(
    *,
    machine: int = 62,
    constants: Sequence[int] = (1, 2, 8),
    relocation: int = ABSOLUTE,
    offset: int = 2,
    addend: int = 0,
    home: int = CONSTANTS,
    kind: int = 1,
    imported: bytes = b"abs",
) -> bytes:
    """An object with the functions of CODE; `constants` are the kind, flags and alignment of what `answer` reads."""
    text = b"".join(code.ljust(16, b"\x90") for code in CODE.values())
    words = [b"", b"value", b"counter", b"relative", imported, *(name.encode() for name in CODE)]
    names = b"\0".join(words) + b"\0"
    numbers = {word: number for number, word in enumerate(words)}
    at = {word: names.index(b"\0" + word + b"\0") + 1 for word in words[1:]}
    table = b"".join(
        [
            bytes(24),
            symbol(at[b"value"], kind, home, 0),
            symbol(at[b"counter"], 1, DATA, 0),
            symbol(at[b"relative"], 1, CONSTANTS, 8),
            symbol(at[imported], 0, 0, 0),
            *(symbol(at[name.encode()], 2, TEXT, place) for name, place in PLACES.items()),
        ]
    )
    targets = {"count": b"counter", "distance": b"relative", "absolute": imported}
    moves = [(offset, relocation, b"value", addend)]
    moves += [(PLACES[name] + 2, ABSOLUTE, target, 0) for name, target in targets.items()]
    relocations = [struct.pack("<QQq", place, numbers[to] << 32 | how, more) for place, how, to, more in moves]
    relative = struct.pack("<QQq", 8, numbers[b"value"] << 32 | RELATIVE, 0)
    kind_of_constants, flags, alignment = constants
    rows = [
        (0, 0, 0, 0, 0, b""),
        (1, 6, 0, 0, 16, text),
        (kind_of_constants, flags, 0, 0, alignment, struct.pack("<qq", 42, 0)),
        (1, 3, 0, 0, 8, struct.pack("<q", 100)),
        (4, 0x40, SYMBOLS, TEXT, 8, b"".join(relocations)),
        (4, 0x40, SYMBOLS, CONSTANTS, 8, relative),
        (2, 0, NAMES, 1, 8, table),
        (3, 0, 0, 0, 1, names),
    ]
    sections, content = b"", b""
    for number, flags, link, info, alignment, part in rows:
        place = 64 + 64 * len(rows) + len(content)
        sections += struct.pack("<IIQQQQIIQQ", 0, number, flags, 0, place, len(part), link, info, alignment, 0)
        content += part.ljust(-(-len(part) // 8) * 8, b"\0")
    identity = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    header = struct.pack("<16sHHIQQQIHHHHHH", identity, 1, machine, 1, 0, 0, 64, 0, 64, 0, 0, 64, len(rows), NAMES)
    return header + sections + content


def linked(code: bytes, name: str = "answer") -> int | None:
    return elf.link(code, name, store.address_of)


def called(name: str, *arguments: int) -> int:
    address = linked(an_object(), name)
    assert address is not None
    function: Callable[..., int] = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_int] * len(arguments))(address)
    return function(*arguments)


@pytest.fixture
def mappings(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The addresses and sizes of the memory that is taken."""
    taken: list[tuple[int, int]] = []
    take = elf._memory

    def memory(size: int) -> int:
        taken.append((take(size), size))
        return taken[-1][0]

    monkeypatch.setattr(elf, "_memory", memory)
    return taken


def permissions(address: int) -> str:
    """How the memory at an address may be used, as Linux tells it."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        first, last, allowed = re.match(r"(\w+)-(\w+) (\S+)", line).groups()  # type: ignore[union-attr]
        if int(first, 16) <= address < int(last, 16):
            return allowed
    return ""


class TestLink:
    def test_code_reads_constants(self) -> None:
        assert called("answer") == 42

    def test_what_is_written_can_be_written_and_is_each_objects_own(self) -> None:
        assert [called("count"), called("count")] == [101, 101]
        address = linked(an_object(), "count")
        assert address is not None
        count = ctypes.CFUNCTYPE(ctypes.c_int)(address)
        assert [count(), count()] == [101, 102]

    def test_distance_of_a_relative_relocation(self) -> None:
        assert called("distance") == -8

    def test_imported_function_is_called(self) -> None:
        assert called("absolute", -5) == 5

    def test_addend_is_added(self) -> None:
        address = linked(an_object(addend=8))
        assert address is not None
        assert ctypes.CFUNCTYPE(ctypes.c_int)(address)() == -8

    def test_no_memory_is_written_and_executed(self, mappings: list[tuple[int, int]]) -> None:
        address = linked(an_object())
        ((base, size),) = mappings
        assert address == base
        assert [permissions(place) for place in (base, base + size - 1)] == ["r-xp", "rw-p"]

    def test_large_alignment(self) -> None:
        address = linked(an_object(constants=(1, 2, 4096)))
        assert address is not None
        assert ctypes.CFUNCTYPE(ctypes.c_int)(address)() == 42


class TestUnknown:
    @pytest.mark.parametrize(
        "settings",
        [
            {"machine": 183},
            {"relocation": 2},
            {"relocation": 4},
            {"relocation": 42},
            {"offset": 64 - 7},
            {"offset": 2**64 - 1},
            {"home": 0xFFF2},  # COMMON
            {"home": 0xFFF1},
            {"home": NAMES},  # not in memory
            {"home": 40},
            {"kind": 6},  # of a thread
            {"kind": 10},  # chosen while it runs
            {"constants": (1, 0x402, 8)},  # of a thread
            {"constants": (1, 0x802, 8)},  # compressed
            {"constants": (1, 7, 8)},  # written and executed
            {"constants": (8, 2, 8)},  # zeros that are not in the file
            {"constants": (14, 2, 8)},  # functions to call first
            {"constants": (1, 2, 3)},
            {"constants": (1, 2, 8192)},
            {"imported": b"no_such_function_anywhere"},
            {"imported": b"_handle"},
            {"imported": b"_FuncPtr"},
            {"imported": b"\xff\xfe"},
        ],
        ids=str,
    )
    def test_is_left_to_llvmlite(self, settings: dict[str, Any]) -> None:
        assert linked(an_object(**settings)) is None

    @pytest.mark.parametrize("name", ["nothing", "value", "abs", ""])
    def test_name_that_is_no_function_here(self, name: str) -> None:
        assert linked(an_object(), name) is None

    def test_relocations_without_addends(self) -> None:
        code = bytearray(an_object())
        struct.pack_into("<I", code, 64 + 64 * RELOCATIONS + 4, 9)
        assert linked(bytes(code)) is None

    def test_second_table_of_symbols(self) -> None:
        code = bytearray(an_object())
        struct.pack_into("<I", code, 64 + 64 * NAMES + 4, 2)
        assert linked(bytes(code)) is None

    @pytest.mark.parametrize("code", [b"", b"\x7fELF", bytes(64), bytes(1000)])
    def test_what_is_no_object(self, code: bytes) -> None:
        assert linked(code) is None

    @pytest.mark.parametrize("refused", ["mmap", "mprotect"])
    def test_memory_that_may_not_be_executed(self, refused: str, monkeypatch: pytest.MonkeyPatch) -> None:
        given_back: list[int] = []

        class Strict:
            def mmap(self, *arguments: Any) -> int:
                return 2**64 - 1 if refused == "mmap" else int(real.mmap(*arguments))

            def mprotect(self, *arguments: Any) -> int:
                return -1

            def munmap(self, base: int, size: int) -> int:
                given_back.append(size)
                return int(real.munmap(base, size))

        real = elf._system()
        monkeypatch.setattr(elf, "_system", Strict)
        assert linked(an_object()) is None
        assert len(given_back) == (refused == "mprotect")


@pytest.fixture(scope="module")
def of_numba(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, str]:
    """The object that Numba made of a loop, and its symbol."""
    folder = tmp_path_factory.mktemp("stored") / "loops"
    assert run_program(folder) == f"{PLACED} True True"
    unpacked = store.unpack(next(folder.glob("*.o")).read_bytes())
    assert unpacked is not None
    return unpacked[3], unpacked[1]


class TestDamage:
    def holds(self, code: bytes, name: str, mappings: list[tuple[int, int]]) -> None:
        mappings.clear()
        address = linked(code, name)
        assert address is None or any(base <= address < base + size for base, size in mappings)

    @pytest.mark.parametrize("whose", ["ours", "Numba's"])
    def test_altered(self, whose: str, of_numba: tuple[bytes, str], mappings: list[tuple[int, int]]) -> None:
        """Bytes of the header and the tables, which are at the end of Numba's objects, are altered."""
        code, name = of_numba if whose == "Numba's" else (an_object(), "answer")
        table, count = struct.unpack_from("<Q", code, 40)[0], struct.unpack_from("<H", code, 60)[0]
        kinds = [struct.unpack_from("<IQQQQ", code, table + 64 * n + 4) for n in range(count)]
        tables = [(0, 64), (table, table + 64 * count)]
        tables += [(place, place + size) for kind, _, place, size, _ in kinds if kind in (2, 3, 4)]
        generator = random.Random(20)
        for _ in range(2000):
            altered = bytearray(code)
            for _ in range(generator.randint(1, 4)):
                altered[generator.randrange(*generator.choice(tables))] = generator.choice(
                    [0, 1, 0x7F, 0x80, 0xFF, generator.randrange(256)]
                )
            self.holds(bytes(altered), name, mappings)

    @pytest.mark.parametrize("whose", ["ours", "Numba's"])
    def test_truncated(self, whose: str, of_numba: tuple[bytes, str], mappings: list[tuple[int, int]]) -> None:
        code, name = of_numba if whose == "Numba's" else (an_object(), "answer")
        generator = random.Random(21)
        for _ in range(300):
            self.holds(code[: generator.randrange(len(code))], name, mappings)
