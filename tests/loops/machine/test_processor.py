"""The processor: what tells it apart, and its vector registers."""

import platform
from pathlib import Path

import llvmlite.binding as llvm
import pytest

from cnnkit.loops.convolution.direct import pair
from cnnkit.loops.convolution.layer import lanewise, narrow, wide, wide_half
from cnnkit.loops.convolution.separable import line
from cnnkit.loops.machine import processor

SKYLAKE = "cpu:type:x86,ven0000fam0006mod0055:feature:,0000,0019,0063,0125,0130,013F,0282\n"
"""Of which 0063 and 0282 are in words of Linux's own."""


@pytest.mark.parametrize(
    ("features", "machine", "expected"),
    [
        ("sse2 avx avx2 avx512f avx512vl", "x86_64", (64, 32)),
        ("sse2 avx avx2 avx512f", "x86_64", (32, 16)),
        ("sse2 avx avx2", "x86_64", (32, 16)),
        ("sse2 avx", "x86_64", (16, 16)),
        ("neon fp-armv8", "aarch64", (16, 32)),
        ("neon fp-armv8", "arm64", (16, 32)),
        ("", "x86_64", (16, 16)),
    ],
)
def test_what_a_processor_has(features: str, machine: str, expected: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert processor._vectors(set(features.split())) == expected


@pytest.fixture
def linux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in the place of Linux's."""
    monkeypatch.setattr(processor, "LINUX", tmp_path / "modalias")
    return tmp_path / "modalias"


def test_linux_names_features_by_their_numbers(linux: Path) -> None:
    linux.write_text(SKYLAKE)
    text, features = processor._described()
    assert text == "cpu:type:x86,ven0000fam0006mod0055 [0, 25, 293, 304, 319]"
    assert features == {"avx2", "avx512f", "avx512vl"}


def test_a_feature_that_linux_has_switched_off_is_not_there(linux: Path) -> None:
    linux.write_text(SKYLAKE.replace(",0130", ""))
    assert processor._described()[1] == {"avx2", "avx512vl"}


@pytest.mark.parametrize(
    "text", [None, "", "cpu:type:x86", SKYLAKE.replace("0125", "avx2"), SKYLAKE.replace("x86", "aarch64")]
)
def test_llvm_is_asked_where_linux_does_not_say(linux: Path, text: str | None) -> None:
    if text is not None:
        linux.write_text(text)
    described, features = processor._described()
    assert described == f"{llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"
    assert features == {name for name, has in llvm.get_host_cpu_features().items() if has}


def test_llvm_may_not_know_the_features(linux: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> None:
        raise RuntimeError

    monkeypatch.setattr(llvm, "get_host_cpu_features", unknown)
    assert processor._described() == (f"{llvm.get_host_cpu_name()} ", set())


@pytest.mark.skipif(not processor._linux(), reason="Linux on x86-64 alone says it without LLVM")
def test_linux_and_llvm_agree_on_this_processor() -> None:
    of_llvm = {name for name, has in llvm.get_host_cpu_features().items() if has}
    assert processor._described()[1] == of_llvm & set(processor.NUMBERS.values())


def test_this_processor() -> None:
    assert processor._vectors(processor._described()[1]) == (processor.VECTOR_BYTES, processor.REGISTERS)


def test_the_sums_of_every_tile_fit_its_registers() -> None:
    for tile in (pair, line, wide, wide_half, narrow, lanewise):
        assert tile.height * tile.width + tile.width <= processor.REGISTERS
        assert tile.bytes == tile.width * processor.VECTOR_BYTES
