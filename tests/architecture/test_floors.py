"""Who knows what: each third-party package stands behind its own door."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "cnnkit"
TESTS = PACKAGE.parent / "tests"
CODE = [
    *(f"loops/{name}.py" for name in ("llvm", "lanes", "butterflies")),
    *(f"loops/convolution/{name}.py" for name in ("depthwise", "few", "tile", "totals", "winograd_transforms")),
    *(f"loops/pooling/{name}.py" for name in ("halves", "moving", "median_registers")),
    "loops/features/spectra.py",
    "loops/network/dense.py",
    *(f"loops/machine/{name}.py" for name in ("brief", "team")),
]
"""What is written as LLVM code."""

COMPILER = "loops/machine/numba_target.py"
"""Which is imported only where a loop is compiled."""

DOORS = {
    "numba": [COMPILER, *CODE],
    "llvmlite": ["loops/machine/processor.py", "loops/machine/store.py", COMPILER, *CODE],
    "typer": ["cli/"],
    "shellingham": ["cli/usage/completion.py"],
    "PIL": ["files/images/pillow.py", "files/images/ahead.py", "files/images/resizing.py"],
    "matplotlib": ["views/figures/"],
    "tifffile": ["files/images/tiff.py"],
    "isal": ["files/images/deflate.py"],
    "soundfile": ["files/sounds/libsndfile.py"],
    "zarr": ["files/datasets/zarr.py", "files/zarr/package.py"],
    "numcodecs": ["files/zarr/package.py"],
    "soxr": ["files/sounds/resampling.py"],
    "onnx": ["files/network/"],
    "simplejpeg": ["files/images/jpeg.py"],
    "scipy": [],
    "python_speech_features": ["operations/features/psf.py"],
}
LIGHT = ["errors.py", "folders.py", "interruption.py", "geometry/", "network/"]
"""Rooms that use the standard library alone."""

FILES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


@cache
def parsed(name: str) -> ast.Module:
    return ast.parse((PACKAGE / name).read_text())


@cache
def imports(name: str) -> set[str]:
    """The top-level packages a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(parsed(name)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("package", DOORS)
def test_package_is_known_behind_its_door_only(package: str) -> None:
    knowing = [name for name in FILES if package in imports(name)]
    assert [name for name in knowing if not name.startswith(tuple(DOORS[package]) or ("none",))] == []


@pytest.mark.parametrize("name", [name for name in FILES if name != COMPILER])
def test_the_compiler_is_loaded_only_where_a_loop_is_compiled(name: str) -> None:
    above = [node for node in parsed(name).body if isinstance(node, ast.Import | ast.ImportFrom)]
    words = {alias.name for node in above for alias in node.names}
    words |= {node.module for node in above if isinstance(node, ast.ImportFrom) and node.module}
    assert [word for word in words if word.partition(".")[0] in ("numba", "llvmlite")] == []
    assert not {"cnnkit.loops.machine.numba_target", "numba_target"} & words


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith(tuple(LIGHT))])
def test_light_rooms_import_the_standard_library_alone(name: str) -> None:
    import sys

    assert imports(name) - set(sys.stdlib_module_names) <= {"cnnkit"}


def test_every_module_has_its_tests() -> None:
    tests = {path.relative_to(TESTS).as_posix() for path in TESTS.rglob("test_*.py")}
    for name in FILES:
        path = Path(name)
        if path.name in ("__init__.py", "__main__.py") or path.parent.name == "presets":
            continue
        assert (path.parent / f"test_{path.name}").as_posix() in tests, f"{name} has no tests of its own"


@pytest.mark.parametrize("name", FILES)
def test_files_are_small(name: str) -> None:
    assert len((PACKAGE / name).read_text().splitlines()) <= 350


def imports_of(name: str) -> set[str]:
    """The files of the package that a file imports, anywhere but for types alone."""
    found: set[str] = set()
    waiting: list[ast.AST] = [parsed(name)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        waiting += ast.iter_child_nodes(node)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("cnnkit"):
            modules = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            paths = [module.replace(".", "/").removeprefix("cnnkit/") + ".py" for module in modules]
            found |= {path for path in paths if path in FILES}
    return found - {name}


def test_no_circle_of_imports() -> None:
    graph = {name: imports_of(name) for name in FILES}
    while graph:
        free = {name for name, needed in graph.items() if not needed & graph.keys()}
        assert free, f"these import each other: {sorted(graph)}"
        graph = {name: needed for name, needed in graph.items() if name not in free}


def test_folders_hold_no_more_than_can_be_looked_over() -> None:
    folders = [Path(name).parent for name in FILES if not name.endswith("__init__.py")]
    assert {str(folder): folders.count(folder) for folder in folders if folders.count(folder) > 20} == {}


def test_one_file_prints_so_that_every_foreign_text_is_spelled_out() -> None:
    def prints(node: ast.AST) -> bool:
        called = node.func if isinstance(node, ast.Call) else None
        is_print = isinstance(called, ast.Name) and called.id == "print"
        return is_print or (isinstance(called, ast.Attribute) and called.attr in ("echo", "secho"))

    printing = [name for name in FILES if any(map(prints, ast.walk(parsed(name))))]
    assert printing == ["cli/report.py"]
