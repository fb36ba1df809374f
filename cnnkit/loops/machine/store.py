"""The machine code of compiled loops, stored in the user's cache folder and loaded with llvmlite alone.

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
    import llvmlite
    import llvmlite.binding as llvm

    from cnnkit import __version__

    try:
        sources = sources_digest(Path(__file__).parents[2])
        numba = find_spec("numba")
        numba_version = (Path(numba.origin).parent / "_version.py").read_bytes() if numba and numba.origin else b""
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
            _checksum(numba_version),
            llvmlite.__version__,
            str(llvm.llvm_version_info),
            llvm.get_host_cpu_name(),
            host_features(),
            *settings,
        ]
    )


def sources_digest(package: Path) -> str:
    """A checksum of every source that can decide machine code: loops, and the floors they may import from."""
    files = sorted(package.glob("[a-z]*.py"))
    for floor in ("geometry", "loops"):
        files += sorted((package / floor).rglob("*.py"))
    return _checksum(
        b"\0".join(file.relative_to(package).as_posix().encode() + b"\0" + file.read_bytes() for file in files)
    )


def host_features() -> str:
    """The processor's features as LLVM spells them, +avx2,+fma,-avx512f ...; empty where they are unknown."""
    import llvmlite.binding as llvm

    try:
        return str(llvm.get_host_cpu_features().flatten())
    except RuntimeError:  # LLVM does not know those of every processor
        return ""


def save(name: str, module: str, signature: str, symbol: str, machine_code: bytes, imports: list[str]) -> None:
    """Store the object code of a loop for later processes; do nothing where that is not possible."""
    key = key_of(name, module, signature)
    path = None if key is None else path_of(name, key)
    if key is None or path is None:
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(pack(key, symbol, imports, machine_code))
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


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


def address_of(name: str) -> int | None:
    """The address of a name that LLVM does not know: Python's or C's own, or the stub; None if there is none."""
    if name in NEVER_REACHED:
        return ctypes.cast(_stub(), ctypes.c_void_p).value
    # Elsewhere Python's names and C's are all found in the process.
    libraries = [ctypes.pythonapi, *([ctypes.CDLL("ucrtbase")] if sys.platform == "win32" else [])]
    found = next((getattr(library, name) for library in libraries if hasattr(library, name)), None)
    return None if found is None else ctypes.cast(found, ctypes.c_void_p).value
