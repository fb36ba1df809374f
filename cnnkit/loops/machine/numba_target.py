"""Numba with what loops need of it alone: Python becomes LLVM code as everywhere, then object code in one go.

Numba's own target optimises each function by itself and makes machine code of it, though all of them end up inside one
loop; it counts references to arrays and imports SciPy. Half the time of compiling is spent on that. So loops have a
target of their own, through the interface that Numba has for other processors: its functions are only joined, and
optimised once; nothing counts references or keeps an interpreter at hand, since loops neither allocate nor raise; and
what a user's own functions are compiled with is left alone.

Importing this module imports Numba.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FunctionType
from typing import Any

import llvmlite.binding as llvm
import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils, codegen, compiler, cpu, dispatcher, fastmathpass, utils
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import CPUTarget
from numba.core.target_extension import (
    CPU,
    dispatcher_registry,
    jit_registry,
    target_override,
    target_registry,
)
from numba.core.typing.context import BaseContext
from numba.extending import intrinsic

from cnnkit.loops.machine.signature import Signature

NAME = "cnnkit"
OPTIONS = {
    "nopython": True,
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"contract"},  # multiply and add may fuse; sums are never reordered, so a NaN stays where it is
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}


class _Library(codegen.JITCodeLibrary):  # type: ignore[misc]
    """The LLVM code of a function and of those it calls, as it was written."""

    def add_llvm_module(self, module: Any) -> None:
        self._final_module.link_in(module)

    def add_linking_library(self, library: Any) -> None:
        if isinstance(library, _Library):
            super().add_linking_library(library)

    def finalize(self) -> None:
        for library in dict.fromkeys(self._linking_libraries):
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._finalized = True

    def machine_code(self, symbol: str) -> tuple[bytes, list[str]]:
        """The object code of the function `symbol`, with all others inside it, and the names it imports."""
        self._ensure_finalized()
        module, machine = self._final_module, self._codegen._tm
        for function in module.functions:
            if not function.is_declaration and function.name != symbol:
                function.linkage = "internal"
        # All becomes one function, its loops as LLVM likes them, before vectors are made of them.
        builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=0))
        passes = builder.getModulePassManager()
        passes.add_loop_rotate_pass()
        passes.add_instruction_combine_pass()
        passes.add_jump_threading_pass()
        passes.run(module, builder)
        tuning = llvm.create_pipeline_tuning_options(speed_level=3)
        tuning.loop_vectorization = tuning.loop_interleaving = tuning.loop_unrolling = tuning.slp_vectorization = True
        builder = llvm.create_pass_builder(machine, tuning)
        builder.getModulePassManager().run(module, builder)
        module.verify()
        declared = [*module.functions, *module.global_variables]
        imports = [one.name for one in declared if one.is_declaration and not one.name.startswith("llvm.")]
        return machine.emit_object(module), imports


class _Codegen(codegen.JITCPUCodegen):  # type: ignore[misc]
    _library_class = _Library

    def set_env(self, env_name: str, env: Any) -> None:
        """Do nothing: an environment is for what calls the interpreter."""


class _NoRuntime:
    """What counts references and allocates elsewhere."""

    def incref(self, builder: Any, kind: Any, value: Any) -> None:
        """Do nothing."""

    decref = incref

    def __getattr__(self, name: str) -> Any:
        raise NotImplementedError(f"a loop may not allocate ({name})")


class _Context(cpu.CPUContext):  # type: ignore[misc]
    enable_nrt = True  # functions may return arrays
    nrt = _NoRuntime()

    def init(self) -> None:
        self.is32bit = utils.MACHINE_BITS == 32
        self._internal_codegen = _Codegen("cnnkit.loops")

    def load_additional_registries(self) -> None:
        # Those of CPUContext import five times as much, SciPy among it.
        from numba.core import optional  # noqa: F401
        from numba.cpython import builtins, iterators, mathimpl, numbers, rangeobj, slicing, tupleobj  # noqa: F401
        from numba.np import arrayobj, npyimpl  # noqa: F401

        self.install_registry(mathimpl.registry)
        self.install_registry(npyimpl.registry)

    def post_lowering(self, module: Any, library: Any) -> None:
        if self.fastmath:
            fastmathpass.rewrite_module(module, self.fastmath)

    def create_cfunc_wrapper(self, library: Any, function: Any, env: Any, call_helper: Any) -> None:
        """Write the function that C calls with all arguments side by side in memory; whether it raised is not asked.

        Each is 8 bytes: a whole number, an address, or a float as a double.
        """
        module = self.create_module("entry")
        inner = self.call_conv.get_function_type(function.restype, function.argtypes)
        whole = ir.IntType(64)
        outer = ir.FunctionType(ir.VoidType(), [whole.as_pointer()])
        callee = ir.Function(module, inner, function.llvm_func_name)
        entry = ir.Function(module, outer, function.llvm_cfunc_wrapper_name)
        builder = ir.IRBuilder(entry.append_basic_block())
        arguments = []
        for number, kind in enumerate(map(self.get_value_type, function.argtypes)):
            slot = builder.load(builder.gep(entry.args[0], [ir.Constant(whole, number)]))
            if isinstance(kind, ir.PointerType):
                slot = builder.inttoptr(slot, kind)
            elif not isinstance(kind, ir.IntType):
                slot = builder.bitcast(slot, ir.DoubleType())
                slot = builder.fptrunc(slot, kind) if kind != ir.DoubleType() else slot
            arguments.append(slot)
        self.call_conv.call_function(builder, callee, function.restype, function.argtypes, arguments)
        builder.ret_void()
        library.add_ir_module(module)


class _TypingContext(BaseContext):  # type: ignore[misc]
    def load_additional_registries(self) -> None:
        from numba.core.typing import mathdecl, npydecl

        self.install_registry(mathdecl.registry)
        self.install_registry(npydecl.registry)


class _Descriptor(CPUTarget):  # type: ignore[misc]
    @utils.threadsafe_cached_property  # type: ignore[untyped-decorator]
    def _toplevel_target_context(self) -> Any:
        return _Context(self.typing_context, NAME)

    @utils.threadsafe_cached_property  # type: ignore[untyped-decorator]
    def _toplevel_typing_context(self) -> Any:
        return _TypingContext()


class _Target(CPU):  # type: ignore[misc]
    pass


target_registry[NAME] = _Target
_descriptor = _Descriptor(NAME)


class _Dispatcher(dispatcher.Dispatcher):
    targetdescr = _descriptor


def jitted(function: Callable[..., Any]) -> Any:
    """A function for Numba, with the pieces and intrinsics it calls in the form Numba knows."""
    scope = {
        name: value.for_numba if hasattr(type(value), "for_numba") else value
        for name, value in function.__globals__.items()
        if name in function.__code__.co_names
    }
    return _dispatcher(
        FunctionType(function.__code__, scope, function.__name__, function.__defaults__, function.__closure__)
    )


def _dispatcher(function: Callable[..., Any]) -> Any:
    return _Dispatcher(function, targetoptions=dict(OPTIONS))


dispatcher_registry[_Target] = _Dispatcher
jit_registry[_Target] = lambda *function, **options: _dispatcher(*function) if function else _dispatcher


@intrinsic  # type: ignore[untyped-decorator]
def array_at(context: Any, pointer: Any, shape: Any) -> Any:
    """A C-contiguous array of a `shape` over the samples at `pointer`."""
    kind = types.Array(pointer.dtype, shape.count, "C")

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        from numba.np.arrayobj import make_array, populate_array

        lengths = cgutils.unpack_tuple(builder, values[1], shape.count)
        size = context.get_abi_sizeof(context.get_data_type(pointer.dtype))
        steps = [context.get_constant(types.intp, size)]
        for length in lengths[:0:-1]:
            steps.insert(0, builder.mul(steps[0], length))
        array = make_array(kind)(context, builder)
        populate_array(array, values[0], lengths, steps, size, None)
        return array._getvalue()

    return kind(pointer, shape), emit


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Looking for garbage takes a twentieth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def build(
    function: Callable[..., None], signature: Signature, pieces: Sequence[Any] = ()
) -> tuple[str, bytes, list[str]]:
    """Compile a loop: its symbol, its object code, and the names that imports."""
    arguments: list[Any] = []
    scope = {"loop": jitted(function), "array_at": array_at}
    scope |= {f"piece{number}": piece.for_numba for number, piece in enumerate(pieces)}
    for parameter in signature.parameters:
        if parameter.record is not None:
            arguments += [types.int64] * len(parameter.record._fields)
            scope[parameter.type] = parameter.record
            continue
        number = numba.from_dtype(np.dtype(parameter.type))
        lengths = [types.int64] * parameter.dimensions
        arguments += [types.CPointer(number), *lengths] if lengths else [number]
    exec(_entry_source(signature, len(pieces)), scope)
    flags = compiler.Flags()
    _descriptor.options.parse_as_flags(flags, {**OPTIONS, "no_cfunc_wrapper": False})
    flags.no_compile = True
    with global_compiler_lock, target_override(NAME), _no_garbage():
        typing, target = _descriptor.typing_context, _descriptor.target_context
        result = compiler.compile_extra(typing, target, scope["entry"], tuple(arguments), types.void, flags, {})
        symbol = result.fndesc.llvm_cfunc_wrapper_name
        return symbol, *result.library.machine_code(symbol)


def _entry_source(signature: Signature, pieces: int = 0) -> str:
    """The function that C calls: it makes arrays of pointers and lengths, and calls the loop.

    >>> from cnnkit.loops.machine.signature import Template
    >>> print(_entry_source(Template("f4[2], i8", {}).signature(("f4",))))
    def entry(p0, p0_0, p0_1, p1):
        loop(array_at(p0, (p0_0, p0_1,)), p1)
    """
    names, values = [], [f"piece{number}" for number in range(pieces)]
    for number, parameter in enumerate(signature.parameters):
        if parameter.record is not None:
            fields = [f"p{number}_{field}" for field in parameter.record._fields]
            names += fields
            values.append(f"{parameter.type}({', '.join(fields)})")
            continue
        lengths = [f"p{number}_{axis}" for axis in range(parameter.dimensions)]
        names += [f"p{number}", *lengths]
        values.append(f"array_at(p{number}, ({', '.join(lengths)},))" if lengths else f"p{number}")
    return f"def entry({', '.join(names)}):\n    loop({', '.join(values)})"
