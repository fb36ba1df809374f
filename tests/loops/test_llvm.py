"""Each piece of LLVM code by itself, in a small function of its own."""

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from llvmlite import binding, ir
from numba.core import types

from cnnkit import arrays
from cnnkit.loops import llvm

NUMBERS = {
    "u1": types.uint8, "i2": types.int16, "u2": types.uint16, "f4": types.float32, "f8": types.float64,
    "i8": types.int64,
}  # fmt: skip
LANES = 8


def element(dtype: str) -> Any:
    return {"f4": ir.FloatType(), "f8": ir.DoubleType()}.get(dtype) or ir.IntType(8 * int(dtype[1]))


def run(emit: Callable[..., None], out: Any, *inputs: Any) -> Any:
    """Compile ``emit(builder, out pointer, input pointers ...)`` and run it."""
    arguments = (out, *inputs)
    module = ir.Module()
    kinds = [element(array.dtype.str[1:]).as_pointer() for array in arguments]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), kinds), "piece")
    builder = ir.IRBuilder(function.append_basic_block())
    emit(builder, *function.args)
    builder.ret_void()
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    machine = binding.Target.from_default_triple().create_target_machine(jit=True)
    engine = binding.create_mcjit_compiler(binding.parse_assembly(str(module)), machine)
    engine.finalize_object()
    call = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * len(arguments))(engine.get_function_address("piece"))
    call(*[array.ctypes.data for array in arguments])
    return out


def load(builder: Any, pointer: Any) -> Any:
    vector = ir.VectorType(pointer.type.pointee, LANES)
    return builder.load(builder.bitcast(pointer, vector.as_pointer()), align=1)


def save(builder: Any, vector: Any, pointer: Any) -> None:
    builder.store(vector, builder.bitcast(pointer, vector.type.as_pointer()), align=1)


@pytest.mark.parametrize("dtype", ["i2", "f4", "f8"])
def test_broadcast(dtype: str) -> None:
    def emit(builder: Any, out: Any, given: Any) -> None:
        vector = ir.VectorType(given.type.pointee, LANES)
        save(builder, llvm.broadcast(builder, builder.load(given), vector), out)

    assert run(emit, np.zeros(LANES + 1, dtype), np.array([7], dtype)).tolist() == [7] * LANES + [0]


@pytest.mark.parametrize("dtype", ["i2", "f4", "f8"])
def test_multiply_add_and_add(dtype: str) -> None:
    a, b, c = (np.random.default_rng(seed).integers(-90, 90, LANES).astype(dtype) for seed in range(3))
    found = run(
        lambda builder, out, *given: save(
            builder, llvm.multiply_add(builder, *(load(builder, one) for one in given)), out
        ),
        np.zeros(LANES, dtype), a, b, c,
    )  # fmt: skip
    np.testing.assert_array_equal(found, a * b + c)
    found = run(
        lambda builder, out, *given: save(builder, llvm.add(builder, *(load(builder, one) for one in given)), out),
        np.zeros(LANES, dtype), a, b,
    )  # fmt: skip
    np.testing.assert_array_equal(found, a + b)


ENDS = {
    "u1": [0, 255, 127, 128], "i2": [-32768, 32767, -1, 0], "u2": [0, 65535, 32767, 32768],
    "i8": [-(2**63), 2**63 - 1, -1, 2**53 + 1], "f4": [-np.inf, np.inf, -0.5, 0.5], "f8": [-np.inf, np.inf, -0.5, 0.5],
}  # fmt: skip
"""Numbers that are ordered otherwise where a sign is read wrongly."""


@pytest.mark.parametrize("dtype", ENDS)
@pytest.mark.parametrize("name", ["smaller", "larger"])
def test_smaller_and_larger(name: str, dtype: str) -> None:
    values = np.array(ENDS[dtype], dtype)
    a, b = np.resize(values, LANES), np.resize(np.roll(values, 1), LANES)
    b[:4] = np.roll(values, 2)
    piece, expected = getattr(llvm, name), np.minimum(a, b) if name == "smaller" else np.maximum(a, b)
    for one, other in ((a, b), (b, a)):
        found = run(
            lambda builder, out, *given: save(
                builder, piece(builder, *(load(builder, place) for place in given), NUMBERS[dtype]), out
            ),
            np.zeros(LANES, dtype), one, other,
        )  # fmt: skip
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("begin", [0, 3, 8])
@pytest.mark.parametrize("columns", [-(2**40), -1, 0, 1, 3, 4, 7, 8, 9, 16, 2**40])
def test_first_lanes(columns: int, begin: int) -> None:
    def emit(builder: Any, out: Any, given: Any) -> None:
        mask = llvm.first_lanes(builder, builder.load(given), begin, LANES)
        save(builder, builder.zext(mask, ir.VectorType(ir.IntType(8), LANES)), out)

    found = run(emit, np.full(LANES, 9, np.uint8), np.array([columns]))
    assert found.tolist() == [int(begin + lane < columns) for lane in range(LANES)]


@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "f4", "f8"])
@pytest.mark.parametrize("mask", [None, "10110001", "00000000", "11111111"])
def test_store(dtype: str, mask: str | None) -> None:
    def emit(builder: Any, out: Any, given: Any) -> None:
        lanes = None
        if mask is not None:
            lanes = ir.Constant(ir.VectorType(ir.IntType(1), LANES), [int(bit) for bit in mask])
        llvm.store(builder, load(builder, given), builder.gep(out, [ir.Constant(ir.IntType(64), 1)]), lanes, kind)

    kind = NUMBERS[dtype]
    found = run(emit, np.full(LANES + 2, 99, dtype), np.arange(LANES).astype(dtype))
    expected = [n if bit == "1" else 99 for n, bit in enumerate(mask or "1" * LANES)]
    assert found.tolist() == [99, *expected, 99]


VALUES = {
    "i2": [0, 1, -1, 127, 255, 256, -32768, 32767],
    "f4": [0.5, 1.5, -0.5, 2.5, 254.5, 255.5, 1e9, -1e9],
    "f8": [0.5, -1.5, 65535.5, 65534.5, 32767.5, -32768.5, 1e300, -1e300],
}


@pytest.mark.parametrize("result", ["u1", "i2", "u2", "f4", "f8"])
@pytest.mark.parametrize("number", VALUES)
@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
def test_converted(number: str, result: str) -> None:
    def emit(builder: Any, out: Any, given: Any) -> None:
        total = load(builder, given)
        save(builder, llvm.converted(builder, total, NUMBERS[number], NUMBERS[result], out), out)

    given = np.array(VALUES[number], dtype=number)
    found = run(emit, np.zeros(LANES, result), given)
    np.testing.assert_array_equal(found, arrays.convert(given, np.dtype(result)))


@pytest.mark.parametrize("number", ["f4", "f8"])
def test_what_is_no_number_is_converted_to_zero_and_the_ends(number: str) -> None:
    def emit(builder: Any, out: Any, given: Any) -> None:
        save(builder, llvm.converted(builder, load(builder, given), NUMBERS[number], types.int16, out), out)

    given = np.array([np.nan, np.inf, -np.inf, -0.0, 0.49, -0.49, 0.5, -0.5], dtype=number)
    assert run(emit, np.zeros(LANES, np.int16), given).tolist() == [0, 32767, -32768, 0, 0, 0, 1, -1]
