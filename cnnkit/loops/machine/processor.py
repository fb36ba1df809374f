"""The processor: what decides machine code, and its vector registers, which decide the sizes of register tiles."""

from __future__ import annotations

import platform
from pathlib import Path

LINUX = Path("/sys/devices/system/cpu/modalias")
"""Maker, family, model and features of an x86 processor, less those that the system has switched off.

Reading /proc/cpuinfo would interrupt every processor to ask for its frequency.
"""

NUMBERS = {0x125: "avx2", 0x130: "avx512f", 0x13F: "avx512vl"}
"""Features by their numbers there, 32 x word + bit; see Linux's arch/x86/include/asm/cpufeatures.h."""

WORDS = (0, 1, 4, 6, 9, 10, 12, 16, 18)
"""Those that are the processor's own; the others change with the system's version."""


def _linux() -> tuple[str, set[str]] | None:
    """What `_described` gives, as Linux says it of an x86 processor; None elsewhere."""
    try:
        name, _, features = LINUX.read_text().partition(":feature:,")
        numbers = [number for number in (int(word, 16) for word in features.split(",")) if number >> 5 in WORDS]
    except (OSError, ValueError):
        return None
    if not name.startswith("cpu:type:x86,"):
        return None
    return f"{name} {numbers}", {NUMBERS[number] for number in numbers if number in NUMBERS}


def _described() -> tuple[str, set[str]]:
    """A text that differs between processors that may run other code, and those of their features that matter here."""
    if linux := _linux():
        return linux
    import llvmlite.binding as llvm

    try:
        features = str(llvm.get_host_cpu_features().flatten())
    except RuntimeError:  # LLVM does not know those of every processor
        features = ""
    return f"{llvm.get_host_cpu_name()} {features}", {word[1:] for word in features.split(",") if word[:1] == "+"}


def _vectors(features: set[str]) -> tuple[int, int]:
    """Bytes in a vector register, and the number of registers."""
    if {"avx512f", "avx512vl"} <= features:
        return 64, 32
    if "avx2" in features:
        return 32, 16
    return 16, 32 if platform.machine().lower() in ("aarch64", "arm64") else 16


IDENTITY, _FEATURES = _described()
VECTOR_BYTES, REGISTERS = _vectors(_FEATURES)
