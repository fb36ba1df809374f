"""The processor's vector registers."""

import platform

import pytest

from cnnkit.loops.convolution.direct import pair
from cnnkit.loops.convolution.layer import lanewise, narrow, wide, wide_half
from cnnkit.loops.convolution.separable import line
from cnnkit.loops.machine import processor


@pytest.mark.parametrize(
    ("features", "machine", "expected"),
    [
        ("+sse2,+avx,+avx2,+avx512f,+avx512vl", "x86_64", (64, 32)),
        ("+sse2,+avx,+avx2,+avx512f,-avx512vl", "x86_64", (32, 16)),
        ("+sse2,+avx,+avx2,-avx512f,-avx512vl", "x86_64", (32, 16)),
        ("+sse2,+avx,-avx2", "x86_64", (16, 16)),
        ("+neon,+fp-armv8", "aarch64", (16, 32)),
        ("+neon,+fp-armv8", "arm64", (16, 32)),
        ("", "x86_64", (16, 16)),
    ],
)
def test_what_a_processor_has(features: str, machine: str, expected: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "host_features", lambda: features)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert processor._vectors() == expected


def test_this_processor() -> None:
    assert processor._vectors() == (processor.VECTOR_BYTES, processor.REGISTERS)


def test_the_sums_of_every_tile_fit_its_registers() -> None:
    for tile in (pair, line, wide, wide_half, narrow, lanewise):
        assert tile.height * tile.width + tile.width <= processor.REGISTERS
        assert tile.bytes == tile.width * processor.VECTOR_BYTES
