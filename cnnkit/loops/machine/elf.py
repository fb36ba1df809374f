"""Object code linked in plain Python, so that running a stored loop needs neither Numba nor llvmlite.

What Numba makes for Linux on x86-64 is simple: machine code and constants, and every address in them has 64 bits. To
link an object is to lay its sections one after the other in fresh memory, and to write addresses where its relocations
say. Memory is written first and made executable then, never both at once, and stays until the process ends. Whatever
is not known here, in the object or of the system, gives None; llvmlite may know it.

Source of the format: System V ABI, chapter 4 (object files), and its supplement for AMD64, 4.4 (relocation).
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

IDENTITY = b"\x7fELF\x02\x01\x01"  # 64 bits, little endian, version 1
RELOCATABLE, X86_64 = 1, 62
CONTENT, SYMBOLS, RELOCATIONS, OTHER_RELOCATIONS, UNWINDING = 1, 2, 4, 9, 0x70000001
"""Kinds of sections; unwinding is for exceptions, which loops do not raise."""
WRITABLE, LOADED, EXECUTABLE = 1, 2, 4
FLAGS = WRITABLE | LOADED | EXECUTABLE | 0x30 | 0x10000000  # equal constants may be merged; sections may be large
MAX_SYMBOL_KIND = 3  # none, data, function, section; those above are of threads, of files and so on
ABSOLUTE, RELATIVE = 1, 24  # R_X86_64_64 and R_X86_64_PC64
READ, WRITE, EXECUTE = 1, 2, 4
PRIVATE, ANONYMOUS = 0x02, 0x20
PAGE = 4096

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_RELOCATION = struct.Struct("<QQq")
_ADDRESS = struct.Struct("<Q")


class _UnknownError(Exception):
    """The object or the system is not as this module knows it."""


def _need(is_known: bool) -> None:
    if not is_known:
        raise _UnknownError


def link(code: bytes, symbol: str, resolve: Callable[[str], int | None]) -> int | None:
    """The address of a function in object code, which stays in memory; None if a part of it is not known here.

    `resolve` gives the address of a name that the object imports, or None.
    """
    try:
        return _Object(code).link(symbol.encode(), resolve)
    except _UnknownError:
        return None


class _Section:
    """One entry in the table of sections, and where it begins in memory."""

    def __init__(self, fields: tuple[int, ...]) -> None:
        _, self.kind, self.flags, _, self.offset, self.size, self.link, self.info, self.alignment, _ = fields
        self.start: int | None = None


class _Object:
    """Object code, in which nothing is believed: a damaged one gives an _UnknownError."""

    def __init__(self, code: bytes) -> None:
        self.code = code
        header = _HEADER.unpack(self._part(0, _HEADER.size))
        identity, kind, machine, table, entry_size, count = (header[field] for field in (0, 1, 2, 6, 11, 12))
        _need(identity[:7] == IDENTITY and (kind, machine, entry_size) == (RELOCATABLE, X86_64, _SECTION.size))
        self.sections = [_Section(fields) for fields in _SECTION.iter_unpack(self._part(table, count * entry_size))]
        tables = [section for section in self.sections if section.kind == SYMBOLS]
        _need(len(tables) == 1)
        self.symbols = list(self._entries(tables[0], _SYMBOL))
        self.names = self._content(self._section(tables[0].link))

    def link(self, symbol: bytes, resolve: Callable[[str], int | None]) -> int:
        """The address of a function, once all is in memory."""
        fixed, end = self._lay_out()
        base = _memory(end)
        try:
            image = bytearray(end)
            for section in self.sections:
                if section.start is not None:
                    image[section.start : section.start + section.size] = self._content(section)
            address = cache(lambda number: self._address(number, base, resolve))
            for section in self.sections:
                if section.kind in (RELOCATIONS, OTHER_RELOCATIONS):
                    self._relocate(section, image, base, address)
            entry = address(self._number(symbol))
            ctypes.memmove(base, bytes(image), end)
            _need(_system().mprotect(base, fixed, READ | EXECUTE) == 0)
        except _UnknownError:
            _system().munmap(base, end)
            raise
        return entry

    def _lay_out(self) -> tuple[int, int]:
        """Place the sections, those that are written in pages of their own behind the others; the ends of both."""
        fixed = end = 0
        for writable in (0, WRITABLE):
            for section in self.sections:
                if not section.flags & LOADED or section.kind == UNWINDING or section.flags & WRITABLE != writable:
                    continue
                step = section.alignment or 1
                _need(section.kind == CONTENT and not section.flags & ~FLAGS)
                _need(not (writable and section.flags & EXECUTABLE))
                _need(step <= PAGE and not step & (step - 1))
                section.start = -(-end // step) * step
                end = section.start + len(self._content(section))
            end = -(-end // PAGE) * PAGE
            fixed = fixed or end
        return fixed, end

    def _relocate(self, table: _Section, image: bytearray, base: int, address: Callable[[int], int]) -> None:
        """Write the addresses that a table of relocations asks for."""
        target = self._section(table.info)
        if target.start is None:
            return
        _need(table.kind == RELOCATIONS)
        for offset, info, addend in self._entries(table, _RELOCATION):
            kind = info & 0xFFFFFFFF
            _need(kind in (ABSOLUTE, RELATIVE) and offset + _ADDRESS.size <= target.size)
            place = target.start + offset
            value = address(info >> 32) + addend - (base + place) * (kind == RELATIVE)
            _ADDRESS.pack_into(image, place, value & 0xFFFFFFFFFFFFFFFF)

    def _address(self, number: int, base: int, resolve: Callable[[str], int | None]) -> int:
        """Where a symbol is in memory."""
        _need(number < len(self.symbols))
        name, kind, _, section, value, _ = self.symbols[number]
        if section:
            home = self._section(section)
            _need(kind & 15 <= MAX_SYMBOL_KIND and value < home.size)
            found = None if home.start is None else base + home.start + value
        else:
            text, ends, _ = self.names[name:].partition(b"\0")
            found = resolve(text.decode("ascii", "replace")) if ends else None
        if found is None:
            raise _UnknownError
        return found

    def _number(self, symbol: bytes) -> int:
        """The number of the symbol of this name whose machine code is here."""
        for number, (name, _, _, section, _, _) in enumerate(self.symbols):
            if section and self.names.startswith(symbol + b"\0", name) and self._section(section).flags & EXECUTABLE:
                return number
        raise _UnknownError

    def _section(self, number: int) -> _Section:
        _need(number < len(self.sections))
        return self.sections[number]

    def _content(self, section: _Section) -> bytes:
        return self._part(section.offset, section.size)

    def _entries(self, section: _Section, entry: struct.Struct) -> Iterator[tuple[int, ...]]:
        _need(section.size % entry.size == 0)
        return entry.iter_unpack(self._content(section))

    def _part(self, start: int, size: int) -> bytes:
        _need(start + size <= len(self.code))
        return self.code[start : start + size]


@cache
def _system() -> Any:
    """The C library, with the types of what is called in it."""
    system = ctypes.CDLL(None)
    size, number = ctypes.c_size_t, ctypes.c_int
    system.mmap.argtypes = [ctypes.c_void_p, size, number, number, number, ctypes.c_long]
    system.mmap.restype = ctypes.c_void_p
    system.mprotect.argtypes = [ctypes.c_void_p, size, number]
    system.munmap.argtypes = [ctypes.c_void_p, size]
    return system


def _memory(size: int) -> int:
    """The address of fresh memory that may be written."""
    _need(size > 0)
    address = int(_system().mmap(None, size, READ | WRITE, PRIVATE | ANONYMOUS, -1, 0))
    _need(address != ctypes.c_void_p(-1).value)
    return address
