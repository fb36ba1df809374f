"""The machine code of compiled loops, stored in the user's cache folder and loaded without the compiler.

A stored loop is one file. It holds its key, which is everything that can change the code: the source of every file on
this floor and on those below, the signature, the versions of cnnkit, Python, Numba, llvmlite and LLVM, the processor
with its features, and Numba's settings. Nothing here is ever an error to the user: if the folder is missing, foreign or
unwritable, or a file truncated or altered, the loop is compiled in memory and the work goes on.

Every symbol the object code imports is looked up before it is linked. The few names of Numba's runtime that every
object imports are reached only by code that raises or frees, which loops do not; they are bound to a stub that says so
and aborts. An object that imports any other name this process does not have is not used.
"""

from __future__ import annotations

import ctypes
import os
import sys
import zlib
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cnnkit.folders import own_folder
from cnnkit.loops.machine import elf, processor

MAGIC = b"cnnkit-loop-1\n"
NEVER_REACHED = frozenset(
    {
        "NRT_Free",
        "NRT_MemInfo_call_dtor",
        "numba_do_raise",
        "numba_gil_ensure",
        "numba_gil_release",
        "numba_runtime_build_excinfo_struct",
        "numba_unpickle",
    }
)
"""Names of Numba's runtime that every loop imports, and only one that raises or frees would call."""

_engines: list[Any] = []
"""Keeps the linked objects alive: their code is called by address."""


def folder() -> Path | None:
    """The folder of stored loops, created if need be; None if it is not safely this user's own."""
    return own_folder("cache")


def key_of(name: str, module: str, signature: str) -> str | None:
    """Everything that decides the machine code of a loop, as text; None if a part of it is unknown."""
    surroundings = _surroundings()
    return None if surroundings is None else "\0".join([module, name, signature, surroundings])


def path_of(name: str, key: str) -> Path | None:
    """The file of a loop's object code; None if there is no folder for it."""
    home = folder()
    return None if home is None else home / f"{name}-{_checksum(key.encode())}.o"


def _checksum(content: bytes) -> str:
    """A checksum that tells versions apart; importing hashlib would take longer than loading a loop."""
    return f"{zlib.crc32(content):08x}{zlib.adler32(content):08x}{len(content):x}"


@cache
def _surroundings() -> str | None:
    from cnnkit import __version__

    try:
        sources = sources_digest(Path(__file__).parents[2])
        compilers = [_version(name) for name in ("numba", "llvmlite")]
    except OSError:
        return None
    settings = sorted(f"{key}={value}" for key, value in os.environ.items() if key.startswith("NUMBA_"))
    return "\0".join(
        [
            sources,
            __version__,
            sys.version,
            sys.platform,
            str(ctypes.sizeof(ctypes.c_void_p)),
            *compilers,
            processor.IDENTITY,
            *settings,
        ]
    )


def _version(package: str) -> str:
    """A checksum of what a package says its version is, without importing it; LLVM is a part of llvmlite."""
    spec = find_spec(package)
    return _checksum((Path(spec.origin).parent / "_version.py").read_bytes() if spec and spec.origin else b"")


def sources_digest(package: Path) -> str:
    """A checksum of every source that can decide machine code: loops, and the floors they may import from."""
    files = [file.path for file in os.scandir(package) if file.name.endswith(".py") and file.name[0] != "_"]
    for floor in ("geometry", "loops"):
        for folder, _, names in os.walk(package / floor):
            files += [os.path.join(folder, name) for name in names if name.endswith(".py")]
    parts = []
    for path in sorted(files):
        with open(path, "rb", buffering=0) as file:
            parts += [path[len(str(package)) :].encode(), file.read()]
    return _checksum(b"\0".join(parts))


def save(name: str, module: str, signature: str, symbol: str, machine_code: bytes, imports: list[str]) -> bool:
    """Store the object code of a loop for later processes; whether that is possible."""
    key = key_of(name, module, signature)
    path = None if key is None else path_of(name, key)
    if key is None or path is None:
        return False
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(pack(key, symbol, imports, machine_code))
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        return False
    return True


def load(name: str, module: str, signature: str) -> int | None:
    """The address of a stored loop, linked into this process; None if there is no valid file of it."""
    key = key_of(name, module, signature)
    path = None if key is None else path_of(name, key)
    if key is None or path is None:
        return None
    try:
        unpacked = unpack(path.read_bytes()) if path.is_file() else None  # a named pipe could bring nothing for ever
    except OSError:
        return None
    if unpacked is None or unpacked[0] != key:
        return None
    symbol, imports, machine_code = unpacked[1:]
    return link(symbol, machine_code, imports)


def pack(key: str, symbol: str, imports: list[str], machine_code: bytes) -> bytes:
    """The content of a stored file: a magic word, a checksum, and four parts, each after its length."""
    parts = [key.encode(), symbol.encode(), "\n".join(imports).encode(), machine_code]
    body = b"".join(len(part).to_bytes(8, "little") + part for part in parts)
    return MAGIC + zlib.crc32(body).to_bytes(4, "little") + body


def unpack(content: bytes) -> tuple[str, str, list[str], bytes] | None:
    """Read a stored file: key, symbol, imports and object code; None if a byte of it is missing or altered.

    >>> unpack(pack("key", "symbol", ["expf"], b"code"))
    ('key', 'symbol', ['expf'], b'code')
    """
    start = len(MAGIC) + 4
    check, body = content[len(MAGIC) : start], content[start:]
    if content[: len(MAGIC)] != MAGIC or int.from_bytes(check, "little") != zlib.crc32(body):
        return None
    parts = []
    while body:
        size = int.from_bytes(body[:8], "little")
        parts.append(body[8 : 8 + size])
        body = body[8 + size :]
    if len(parts) != 4:
        return None
    return parts[0].decode(), parts[1].decode(), parts[2].decode().split("\n"), parts[3]


def link(symbol: str, machine_code: bytes, imports: list[str]) -> int | None:
    """The address of object code, linked into this process; None if that cannot be."""
    known = all(address_of(imported) for imported in filter(None, imports))
    address = elf.link(machine_code, symbol, address_of) if known and sys.platform == "linux" else None
    return address or _link_with_llvmlite(symbol, machine_code, imports)


def _link_with_llvmlite(symbol: str, machine_code: bytes, imports: list[str]) -> int | None:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    for imported in filter(None, imports):
        if llvm.address_of_symbol(imported) is None:
            address = address_of(imported)
            if address is None:
                return None
            llvm.add_symbol(imported, address)
    try:
        # An engine of its own for each object: two objects may define helpers of the same name.
        machine = llvm.Target.from_default_triple().create_target_machine(jit=True)
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        engine.add_object_file(llvm.ObjectFileRef.from_data(machine_code))
        engine.finalize_object()
        address = int(engine.get_function_address(symbol))
    except RuntimeError:
        return None
    if address:
        _engines.append(engine)
    return address or None


@cache
def _stub() -> Any:
    def unreachable() -> None:
        sys.stderr.write(
            "cnnkit: a compiled loop called into Numba's runtime, which loops never do; please report it\n"
        )
        os.abort()

    return ctypes.CFUNCTYPE(None)(unreachable)


@cache
def address_of(name: str) -> int | None:
    """The address of one of Python's or C's own names, or of the stub; None if this process does not have it."""
    if name in NEVER_REACHED:
        return ctypes.cast(_stub(), ctypes.c_void_p).value
    for library in _libraries():
        with suppress(AttributeError):
            return ctypes.cast(library[name], ctypes.c_void_p).value
    return None


@cache
def _libraries() -> list[ctypes.CDLL]:
    """Where those names are found: the process, and what it may lack of C."""
    others = {"win32": "ucrtbase", "linux": "libm.so.6"}
    libraries: list[ctypes.CDLL] = [ctypes.pythonapi]
    with suppress(OSError):
        libraries.append(ctypes.CDLL(others.get(sys.platform)))
    return libraries
