"""What a process imports: the start-up promises, held on sys.modules and not on a clock."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reference.processes import LLVMLITE

EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAM = """
import sys
from cnnkit.cli.app import run
code = run(sys.argv[1:])
print(code, *sorted({name.partition(".")[0] for name in sys.modules}), file=sys.__stderr__)
"""
HEAVY = {"numpy", "numba", "llvmlite", "PIL", "scipy", "rich", "pydantic", "soundfile", "matplotlib"}

SLOW = {
    "asyncio", "concurrent", "csv", "ctypes", "decimal", "email", "filecmp", "fractions", "hashlib", "json", "logging",
    "multiprocessing", "pickle", "queue", "random", "statistics", "tempfile", "unittest",
}  # fmt: skip
"""Of the standard library: what a command has a use for at times only, or never."""


def imported_by(*arguments: str, folder: Path, cache: Path | None = None) -> set[str]:
    """The top-level packages in a process that ran this command line successfully."""
    environment = {**os.environ, **({"CNNKIT_CACHE_DIR": str(cache)} if cache else {})}
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        check=True,
        timeout=120,
    )
    code, *modules = result.stderr.splitlines()[-1].split()
    assert code == "0", result.stderr
    return set(modules)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("image.png", "song.wav"):
        shutil.copy(EXAMPLES / name, tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("convolve", "--help"),
        ("pool", "--help"),
        ("mfcc", "--help"),
        ("shape", "--help"),
        ("run", "--help"),
        ("learn", "--help"),
        ("train", "--help"),
        ("kernels", "--help"),
        ("weights", "--help"),
        ("shape", "224x224x3", "conv3-64", "maxpool2", "flatten", "fc10"),
        ("shape", "51200@22050", "mfcc13:hop512", "conv3-32"),
        ("shape", "image.png", "conv3-8"),
        ("shape", "song.wav", "mfcc13", "conv3-8"),
        ("shape", "vgg16", "--explain"),
        ("shape", "224x224x3", "conv3-64", "--want", "112x112"),
        ("shape", "alexnet", "--code", "torch", "--json"),
        ("shape",),
        ("mfcc", "song.wav", "--print-shape"),
    ],
    ids=" ".join,
)
def test_light_commands_import_nothing_heavy(folder: Path, arguments: tuple[str, ...]) -> None:
    assert imported_by(*arguments, folder=folder) & (HEAVY | SLOW) == {"json"} & {word[2:] for word in arguments}


@pytest.mark.parametrize(
    "arguments",
    [
        ("convolve", "image.png", "--kernel", "edge"),
        ("pool", "image.png", "--size", "2"),
        ("run", "image.png", "conv3-1", "relu", "maxpool2", "--weights", "1=sobel-x"),
        ("mfcc", "song.wav"),
        ("mfcc", "song.wav", "--dialect", "kaldi"),
    ],
    ids=" ".join,
)
def test_warm_process_loads_its_loops_without_numba(folder: Path, arguments: tuple[str, ...]) -> None:
    """README: It starts at once: compiled loops are stored as machine code in the user's cache folder (CNNKIT_CACHE_DIR
    moves it; it must be the user's own and closed to others, mode 0700) and loaded without the compiler.

    README: Only the first run on a machine compiles.
    """
    cache = folder / "loops"
    assert "numba" in imported_by(*arguments, "-q", folder=folder, cache=cache)
    warm = imported_by(*arguments, "-q", folder=folder, cache=cache)
    heavy = {"numba", "scipy", "rich", "pydantic", "PIL", "python_speech_features", "soxr", "matplotlib"}
    assert warm & heavy == set()
    assert ("llvmlite" in warm) == LLVMLITE
    assert ("soundfile" in warm) == ("song.wav" in arguments)
    libraries = "numpy, typer, soundfile" if "soundfile" in warm else "numpy, typer"
    program = f"import sys, {libraries}; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (warm & SLOW) - {*result.stdout.split()} <= {"queue", "filecmp"}  # for threads, and where a result stands


@pytest.mark.parametrize("command", [("convolve", "-k", "edge"), ("pool",)], ids=lambda words: words[0])
def test_what_knows_sounds_is_loaded_only_for_a_sound(folder: Path, command: tuple[str, ...]) -> None:
    modules = ("cli.sounds", "operations.features.blocks", "files.sounds.sound", "data.recipes.recipe")
    sounds = {f"cnnkit.{module}" for module in modules}
    program = f"import sys; from cnnkit.cli.app import run; run(sys.argv[1:]); print(*{sounds} & set(sys.modules))"
    for name, expected in (("image.png", set()), ("song.wav", sounds)):
        words = [*command, name, "-q", "-n"]
        result = subprocess.run(
            [sys.executable, "-c", program, *words], cwd=folder, capture_output=True, text=True, check=True
        )
        assert set(result.stdout.split()) == expected
    imported_by(*command, "song.wav", "-q", folder=folder)  # what compiles a loop loads more
    assert imported_by(*command, "song.wav", "-q", folder=folder) & {"scipy", "PIL", "rich", "pydantic"} == set()


def test_mfcc_needs_neither_scipy_nor_the_oracle(folder: Path) -> None:
    assert imported_by("mfcc", "song.wav", "-q", folder=folder) & {"scipy", "python_speech_features", "numba"} == set()


def test_what_only_rare_words_need_is_not_loaded_for_others(folder: Path) -> None:
    rare = ("network.notation.misspelling", "network.rearrangement", "network.wanted", "network.text.explanation")
    program = "import sys; from cnnkit.cli.app import run; run(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    for words, expected in (("224x224x3 conv3-64 relu flatten fc10", set()), ("28x28 pad1", {"network.rearrangement"})):
        result = subprocess.run(
            [sys.executable, "-c", program, "shape", *words.split()], capture_output=True, text=True, check=True
        )
        assert {name for name in rare if f"cnnkit.{name}" in result.stderr.split()} == expected


def test_importing_the_library_is_nearly_free(folder: Path) -> None:
    program = "import sys, cnnkit; print(*sorted(m for m in sys.modules if m.startswith(('cnnkit', 'numpy'))))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["cnnkit"]


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone lists the threads of a process")
def test_numpy_starts_no_threads_and_what_is_imported_is_not_searched_for_garbage() -> None:
    program = "import gc, os, sys; from cnnkit.__main__ import main; sys.argv = ['cnnkit', '--version']\n"
    program += "try:\n    main()\nexcept SystemExit:\n    import numpy\n"
    program += "    print(len(os.listdir('/proc/self/task')), gc.get_freeze_count() > 10_000)"
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    result = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert result.stdout.splitlines()[1:] == ["1 True"]
