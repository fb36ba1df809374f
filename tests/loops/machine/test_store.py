"""Stored loops: loaded without Numba, and never an error, whatever happened to the folder or the file."""

from __future__ import annotations

import ast
import os
import pkgutil
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cnnkit import loops
from cnnkit.loops.convolution.depthwise import three
from cnnkit.loops.convolution.few import products
from cnnkit.loops.convolution.layer import sum_pixels
from cnnkit.loops.convolution.totals import narrow as narrow_total
from cnnkit.loops.learning.pooling import to_each
from cnnkit.loops.learning.products import narrow
from cnnkit.loops.machine import processor, store
from cnnkit.loops.machine.compile import Loop
from cnnkit.loops.machine.signature import Template
from cnnkit.loops.pooling.halves import MEANS
from cnnkit.loops.pooling.median import in_3x3
from cnnkit.loops.pooling.windows import KINDS
from tests.reference import convolution as twin
from tests.reference.processes import LLVMLITE, PLACED, PROGRAM, run_program

SUMMED = ("i8", "i8", "f8", "i8", "i8", "i8", "f8", "f8", "f4", "f4", "f8", "f8")
PIECES: dict[str, tuple[tuple[Any, ...], tuple[str, ...] | None]] = {
    "pool_rows": (KINDS["max"], None),
    "pool_strips": (KINDS["average"], SUMMED),
    "pool_bins": (KINDS["lp"], SUMMED),
    "halve": ((MEANS[3],), None),
    "convolve_box": ((narrow_total,), None),
    "convolve_bytes": ((narrow_total,), None),
    "convolve_few": ((products,), None),
    "convolve_layer": ((sum_pixels,), None),
    "convolve_channels": ((three,), None),
    "sum_products": ((narrow,), None),
    "spread": ((to_each,), None),
    "pool_median": ((in_3x3,), ("f4", "i8", "i8", "f4", "i8", "f4", "f4", "f4")),
}
"""What loops are made of that are made of pieces, and their types, where the first ones are not as in use."""


def first_types(template: Template) -> tuple[str, ...]:
    """The first type that each letter stands for, of all arrays."""
    meanings = {letter: types for letter, types in template.meanings.items() if isinstance(types, tuple)}
    return tuple(meanings.get(p.type, (p.type,))[0] for p in template.parameters if p.dimensions)


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the loop of PROGRAM."""
    folder = tmp_path_factory.mktemp("warm") / "loops"
    assert run_program(folder) == f"{PLACED} True True"
    return folder


PACKAGE = Path(loops.__file__).parents[1]


def imported_by(path: Path) -> Iterator[Path]:
    """The files of the package that a file imports, anywhere in it but for types alone."""
    waiting: list[ast.AST] = [ast.parse(path.read_text())]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        waiting += ast.iter_child_nodes(node)
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            place = PACKAGE.parent.joinpath(*name.split("."))
            found = [place.with_suffix(".py"), place / "__init__.py"]
            yield from (file for file in found if PACKAGE in file.parents and file.is_file())


def what_loops_import() -> list[Path]:
    """Every file that is imported, directly or not, by one that holds a loop or compiles it.

    The package's own ``__init__`` is left out: it holds the version, which is in the key by itself.
    """
    reached: set[Path] = set()
    waiting = list((PACKAGE / "loops").rglob("*.py"))
    while waiting:
        file = waiting.pop()
        if file not in reached and file != PACKAGE / "__init__.py":
            reached.add(file)
            waiting += imported_by(file)
    return sorted(reached)


class TestKey:
    def test_walk_finds_what_is_imported_through_others(self) -> None:
        found = {file.relative_to(PACKAGE).as_posix() for file in what_loops_import()}
        assert found > {"errors.py", "arrays.py", "geometry/window.py", "geometry/pair.py", "geometry/blocks.py"}

    @pytest.mark.parametrize("file", what_loops_import(), ids=lambda file: file.relative_to(PACKAGE).as_posix())
    def test_editing_what_a_loop_imports_changes_it(self, file: Path, tmp_path: Path) -> None:
        copy = shutil.copytree(PACKAGE, tmp_path / "cnnkit", ignore=shutil.ignore_patterns("__pycache__"))
        before = store.sources_digest(copy)
        assert before == store.sources_digest(PACKAGE)
        edited = copy / file.relative_to(PACKAGE)
        edited.write_text(edited.read_text() + "\n")
        assert store.sources_digest(copy) != before

    def test_is_the_digest_that_decides(self, monkeypatch: pytest.MonkeyPatch) -> None:
        before = store._surroundings.__wrapped__()
        monkeypatch.setattr(store, "sources_digest", lambda package: "edited")
        assert store._surroundings.__wrapped__() != before

    @pytest.mark.parametrize("package", ["numba", "llvmlite"])
    def test_another_compiler_changes_it(self, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        before = store._surroundings.__wrapped__()
        (tmp_path / "_version.py").write_text("version = '99'")
        other = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
        monkeypatch.setattr(store, "find_spec", lambda name: other if name == package else find_spec(name))
        assert store._surroundings.__wrapped__() not in (before, None)

    def test_another_processor_changes_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        before = store._surroundings.__wrapped__()
        monkeypatch.setattr(processor, "IDENTITY", "another")
        assert store._surroundings.__wrapped__() != before

    def test_needs_no_import_of_the_compiler(self) -> None:
        program = "import sys; from cnnkit.loops.machine.store import key_of; print(len(key_of('a', 'b', 'c')) > 99,"
        program += "*{'numba', 'llvmlite', 'numpy'} & {*sys.modules})"
        result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert result.stdout.split() == ["True", *["llvmlite"] * LLVMLITE]


def copy_of(folder: Path, target: Path) -> Path:
    target.mkdir(mode=0o700)
    for file in folder.iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    return target


class TestStoredLoops:
    def test_second_process_does_not_import_numba(self, warm: Path) -> None:
        assert run_program(warm) == f"{PLACED} False {LLVMLITE}"

    def test_folder_is_private_and_holds_one_whole_file(self, warm: Path) -> None:
        assert warm.stat().st_mode & 0o777 == 0o700
        assert [file.suffix for file in warm.iterdir()] == [".o"]

    @pytest.mark.parametrize("damage", ["truncated", "altered", "empty", "other magic", "other key"])
    def test_damaged_file_is_compiled_again(self, warm: Path, tmp_path: Path, damage: str) -> None:
        folder = copy_of(warm, tmp_path / "loops")
        (file,) = folder.iterdir()
        content = file.read_bytes()
        altered = bytearray(content)
        altered[len(content) // 2] ^= 1
        file.write_bytes(
            {
                "truncated": content[: len(content) // 2],
                "altered": bytes(altered),
                "empty": b"",
                "other magic": b"x" + content[1:],
                "other key": content.replace(b"f4[1]", b"f8[1]").replace(b"unpool", b"unpoox"),
            }[damage]
        )
        assert run_program(folder) == f"{PLACED} True True"
        mended, whole = store.unpack(file.read_bytes()), store.unpack(content)
        assert mended is not None
        assert whole is not None
        assert mended[0] == whole[0]
        assert run_program(folder) == f"{PLACED} False {LLVMLITE}"

    def test_named_pipe_in_its_place_is_not_waited_for(self, warm: Path, tmp_path: Path) -> None:
        folder = copy_of(warm, tmp_path / "loops")
        (file,) = folder.iterdir()
        file.unlink()
        os.mkfifo(file)
        assert run_program(folder) == f"{PLACED} True True"
        assert file.is_file()

    def test_file_of_another_key_under_this_name_is_not_used(self, warm: Path, tmp_path: Path) -> None:
        folder = copy_of(warm, tmp_path / "loops")
        (file,) = folder.iterdir()
        unpacked = store.unpack(file.read_bytes())
        assert unpacked is not None
        key, symbol, imports, machine_code = unpacked
        file.write_bytes(store.pack(key + "x", symbol, imports, machine_code))
        assert run_program(folder) == f"{PLACED} True True"

    def test_object_that_needs_an_unknown_symbol_is_not_linked(self, warm: Path, tmp_path: Path) -> None:
        folder = copy_of(warm, tmp_path / "loops")
        (file,) = folder.iterdir()
        unpacked = store.unpack(file.read_bytes())
        assert unpacked is not None
        key, symbol, imports, machine_code = unpacked
        file.write_bytes(store.pack(key, symbol, [*imports, "no_such_function_anywhere"], machine_code))
        assert run_program(folder) == f"{PLACED} True True"

    def test_llvmlite_links_what_is_not_understood(self, warm: Path) -> None:
        program = "from cnnkit.loops.machine import elf\nelf.link = lambda *a: None\n" + PROGRAM
        assert run_program(warm, program) == f"{PLACED} False True"

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
    def test_forked_process_runs_what_its_parent_linked(self, warm: Path) -> None:
        program = PROGRAM + "import os\nchild = os.fork()\nvalues += 1\nout[:] = 0\n"
        program += "unpool(values, np.array([8, -1, 3]), out, np.full(1, -1), 3, 9, 1, 1)\n"
        program += "if not child:\n    os._exit(int(out[8] + out[3]))\n"
        program += "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), out[8])"
        assert run_program(warm, program).splitlines()[1] == "14 6.0"

    def test_settings_of_numba_make_another_loop(self, warm: Path, tmp_path: Path) -> None:
        folder = copy_of(warm, tmp_path / "loops")
        assert run_program(folder, NUMBA_OPT="2") == f"{PLACED} True True"
        assert len(list(folder.iterdir())) == 2

    def test_numba_works_in_a_process_that_loaded_a_stored_loop(self, warm: Path) -> None:
        program = PROGRAM + "import numba\n"
        program += "@numba.njit\ndef halves(n):\n    if n < 0:\n        raise ValueError('below')\n"
        program += "    return [x / 2 for x in range(n)]\n"
        program += "print(halves(3))\ntry:\n    halves(-1)\nexcept ValueError as error:\n    print(error)\n"
        assert run_program(warm, program) == f"{PLACED} False {LLVMLITE}\n[0.0, 0.5, 1.0]\nbelow"

    @pytest.mark.parametrize("kind", ["file", "shared", "link"])
    def test_folder_that_is_not_safely_ours_is_not_used(self, tmp_path: Path, kind: str) -> None:
        folder = tmp_path / "loops"
        if kind == "file":
            folder.write_text("in the way")
        elif kind == "shared":
            folder.mkdir()
            folder.chmod(0o777)
        else:
            (tmp_path / "elsewhere").mkdir(mode=0o700)
            folder.symlink_to(tmp_path / "elsewhere")
        assert run_program(folder) == f"{PLACED} True True"
        assert folder.is_file() or not list(folder.iterdir())

    def test_two_first_processes_at_once(self, tmp_path: Path) -> None:
        folder = tmp_path / "loops"
        outputs: list[str] = []
        threads = [threading.Thread(target=lambda: outputs.append(run_program(folder))) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outputs == [f"{PLACED} True True"] * 2
        assert [file.suffix for file in folder.iterdir()] == [".o"]

    def test_without_the_compiler_the_plain_python_runs(self, tmp_path: Path) -> None:
        folder = tmp_path / "loops"
        assert run_program(folder, NUMBA_DISABLE_JIT="1").startswith(f"{PLACED} False ")
        assert not folder.exists()

    def test_reaching_numbas_runtime_says_so_and_aborts(self, tmp_path: Path) -> None:
        program = "from cnnkit.loops.machine import store; store._stub()()"
        result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert result.returncode < 0
        assert "which loops never do" in result.stderr


class TestEveryLoop:
    """A loop that calls into Numba's runtime works where it was compiled, and dies where it is loaded."""

    def every_loop(self) -> list[Loop]:
        modules = [import_module(module.name) for module in pkgutil.walk_packages(loops.__path__, "cnnkit.loops.")]
        found = [value for module in modules for value in vars(module).values() if isinstance(value, Loop)]
        return list(dict.fromkeys(found))

    def test_are_found(self) -> None:
        names = {loop.name for loop in self.every_loop()}
        assert names >= {
            "convolve_rows", "convolve_separable", "convolve_layer", "convolve_winograd", "filter_rows",
            "pool_rows", "pool_strips", "pool_bins", "pool_median", "pool_median_levels", "pool_indices", "unpool",
        }  # fmt: skip

    def test_names_are_their_own(self) -> None:
        names = [(loop.name, loop.function.__module__) for loop in self.every_loop()]
        assert len(set(names)) == len(names)

    def test_imports_nothing_that_is_not_there_later(self) -> None:
        program = "import sys\nfrom cnnkit.loops.machine.store import address_of\n"
        program += "print([n for n in sys.argv[1:] if address_of(n) is None])"
        imports: set[str] = set()
        for loop in self.every_loop():
            pieces, types = PIECES.get(loop.name, ((), None))
            loop = loop.of(*pieces) if pieces else loop  # noqa: PLW2901
            signature = loop.template.signature(types or first_types(loop.template))
            assert signature is not None
            loop._entry(signature)
            key = store.key_of(loop.name, loop.function.__module__, signature.text)
            assert key is not None
            path = store.path_of(loop.name, key)
            assert path is not None
            unpacked = store.unpack(path.read_bytes())
            assert unpacked is not None
            assert unpacked[0] == key
            imports |= set(filter(None, unpacked[2]))
        assert imports
        result = subprocess.run([sys.executable, "-c", program, *imports], capture_output=True, text=True, check=True)
        assert result.stdout.strip() == "[]"

    def test_with_register_tiles_is_loaded_as_it_was_compiled(self, tmp_path: Path) -> None:
        program = "import sys\nimport numpy as np\nfrom cnnkit.operations.convolution.convolve import convolve\n"
        program += "image = np.arange(60, dtype=np.float32).reshape(4, 5, 3)\n"
        program += "print(convolve(image, [[1, 2], [0.5, -1]]).sum(), 'numba' in sys.modules)\n"
        total = twin.convolve(np.arange(60.0).reshape(4, 5, 3), np.array([[1, 2], [0.5, -1]])).sum()
        assert run_program(tmp_path / "loops", program) == f"{total} True"
        assert run_program(tmp_path / "loops", program) == f"{total} False"
        assert run_program(tmp_path / "loops", program, NUMBA_DISABLE_JIT="1") == f"{total} False"
