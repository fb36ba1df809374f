"""The processor's vector registers, which decide the sizes of register tiles."""

from __future__ import annotations

import platform

from cnnkit.loops.machine.store import host_features


def _vectors() -> tuple[int, int]:
    """Bytes in a vector register, and the number of registers."""
    features = host_features()
    if "+avx512f" in features and "+avx512vl" in features:
        return 64, 32
    if "+avx2" in features:
        return 32, 16
    return 16, 32 if platform.machine().lower() in ("aarch64", "arm64") else 16


VECTOR_BYTES, REGISTERS = _vectors()
