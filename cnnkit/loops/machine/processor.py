"""The processor's vector registers, by which the register tiles of loops are cut."""

from __future__ import annotations

import platform

from cnnkit.loops.machine.store import host_features


def _vectors() -> tuple[int, int]:
    """Bytes in a vector register, and how many of them there are."""
    features = host_features()
    if "+avx512f" in features and "+avx512vl" in features:
        return 64, 32
    if "+avx2" in features:
        return 32, 16
    return 16, 32 if platform.machine() in ("aarch64", "arm64") else 16


VECTOR_BYTES, REGISTERS = _vectors()
