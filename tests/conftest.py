"""What every test stands on: examples drawn the same every time, and the command line in real processes."""

from __future__ import annotations

import atexit
import gc
import io
import math
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import settings
from PIL import Image

from cnnkit import memory

ROOT = Path(__file__).resolve().parents[1]
COMPILING = "compiling once for this machine"
TIME_LIMIT = 60

# `pytest` alone does not put the checkout on the path, and `tests.reference` and `tests.cases` are imported from it.
sys.path.insert(0, str(ROOT))

STATES = tempfile.mkdtemp(prefix="cnnkit-state-")
"""For ledgers, one for each test: file systems number new files like old ones."""

os.environ["CNNKIT_STATE_DIR"] = f"{STATES}/shared"
atexit.register(shutil.rmtree, STATES, ignore_errors=True)

if "CNNKIT_TESTS_BYTECODE" not in os.environ:  # by the process that starts the others
    os.environ["CNNKIT_TESTS_BYTECODE"] = tempfile.mkdtemp(prefix="cnnkit-bytecode-")
    atexit.register(shutil.rmtree, os.environ["CNNKIT_TESTS_BYTECODE"], ignore_errors=True)

settings.register_profile("cnnkit", derandomize=True, deadline=None, database=None, max_examples=60)
settings.register_profile("other", settings.get_profile("cnnkit"), derandomize=False)
# With HYPOTHESIS_PROFILE=other and --hypothesis-seed=N the tests draw other examples, as another Python would.
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "cnnkit"))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Find the tests without looking for garbage among them, and keep all later looks from going through them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def pytest_collection_finish() -> None:
    """Have processes find their modules compiled, as users' do, where none may be left beside the sources."""
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        os.environ["PYTHONPYCACHEPREFIX"] = os.environ["CNNKIT_TESTS_BYTECODE"]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin each test without a file that cnnkit made."""
    os.environ["CNNKIT_STATE_DIR"] = tempfile.mkdtemp(dir=STATES)
    forget_ledger()


def forget_ledger() -> None:
    """Have the ledger read again, as a process that begins does."""
    if loaded := sys.modules.get("cnnkit.files.ledger"):
        for known in (loaded._made, loaded._places, loaded._read_bytes):
            known.clear()


def forget_networks() -> None:
    """Have networks made again, and their tables explained, as a process that begins does."""
    if loaded := sys.modules.get("cnnkit.cli.network.loading"):
        loaded._networks.clear()
        loaded._programs.clear()


CI_DAMAGED_FILES = 2000


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--damaged-files", type=int, default=0, help="damage this many files anew, not those of CI")


@pytest.fixture(scope="session")
def damaged_files(request: pytest.FixtureRequest) -> tuple[int, int]:
    """The first seed from which files are damaged, and how many are: of a flag's, never those of CI."""
    count = int(request.config.getoption("--damaged-files"))
    return (time.time_ns() // 10**6, count) if count else (0, CI_DAMAGED_FILES)


@pytest.fixture(params=["compiled", "plain"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a test twice: with the machine code of the loops, and with their plain Python."""
    if request.param == "plain":
        monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    return str(request.param)


@pytest.fixture(autouse=True)
def unlimited() -> Iterator[None]:
    """A command that ran in this process leaves no limit of memory to the tests of the library."""
    yield
    memory.most_bytes = memory._plausible_bytes = math.inf


@dataclass(frozen=True)
class Ran:
    """What a process left."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """Standard output as text."""
        return self.out.decode()

    @property
    def lines(self) -> list[str]:
        """The lines said on stderr."""
        return self.err.splitlines()


def environment(**changes: str) -> dict[str, str]:
    """This process's environment, in which the checkout is found from any folder."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}  # as users have it
    return {**buffered, "PYTHONPATH": path, **changes}


def command(*arguments: object) -> list[str]:
    """The command line that runs cnnkit."""
    return [sys.executable, "-m", "cnnkit", *map(str, arguments)]


def said(err: bytes) -> str:
    """What was said on stderr, without the line of a first run on a machine."""
    lines = err.decode(errors="surrogateescape").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(COMPILING))


@pytest.fixture
def nothing_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """For commands that run in this process: the line of a first run on a machine is not said."""
    from cnnkit.cli import compiling
    from cnnkit.loops.machine import compile

    monkeypatch.setattr(compiling, "announce", lambda report: None)
    monkeypatch.setattr(compile, "announce", None)


@pytest.fixture(scope="session")
def command_line() -> Callable[..., list[str]]:
    """The words that start cnnkit, for tests that make their own processes."""
    return command


@pytest.fixture(scope="session")
def surroundings() -> Callable[..., dict[str, str]]:
    """The environment for them."""
    return environment


@pytest.fixture(scope="session")
def run() -> Callable[..., Ran]:
    """Run cnnkit: ``run(*arguments, stdin=bytes | Path | descriptor | None, cwd=..., shell="... {} ...")``.

    Bytes come through a pipe, a path is opened as ``< file``; without either, stdin is /dev/null. In `shell`, ``{}``
    stands for the command.
    """

    def started(
        *arguments: object,
        stdin: bytes | Path | int | None = None,
        cwd: Path | None = None,
        shell: str = "",
        **changes: str,
    ) -> Ran:
        words = command(*arguments)
        if shell and os.name == "nt":
            pytest.skip("lines for another shell")
        if shell:
            words = ["sh", "-c", shell.replace("{}", '"$@"'), "sh", *words]
        settings: dict[str, Any] = {"stdin": subprocess.DEVNULL}
        opened = stdin.open("rb") if isinstance(stdin, Path) else None
        if isinstance(stdin, bytes):
            settings = {"input": stdin}
        elif stdin is not None:
            settings = {"stdin": opened or stdin}
        try:
            done = subprocess.run(
                words,
                cwd=cwd,
                env=environment(**changes),
                capture_output=True,
                timeout=TIME_LIMIT,
                check=False,
                **settings,
            )
        finally:
            if opened:
                opened.close()
        return Ran(done.returncode, done.stdout, said(done.stderr))

    return started


def words_alone(line: str) -> list[str]:
    """What cnnkit is given in a line that leaves nothing to do for a shell, and needs no process; else none."""
    words = [] if re.search(r"[|<>;&$`*?\\[~#]", line) else shlex.split(line)
    needs_a_process = {"compile", "--jobs", "-j", "--cluster"} & {*words}
    return words[1:] if words[:1] == ["cnnkit"] and not needs_a_process else []


@contextmanager
def as_its_own_process(words: list[str], cwd: Path | None, changes: dict[str, str]) -> Iterator[tuple[Any, Any]]:
    """What a command finds and changes in its process, and the streams it writes to."""
    from cnnkit.loops.machine import compile, rehearsal

    kept = sys.argv, sys.stdin, sys.stdout, sys.stderr, Path.cwd(), dict(os.environ)
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace") for _ in range(2))
    forget_ledger()
    forget_networks()
    with open(os.devnull) as nothing, warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # as in `cnnkit.__main__`
        try:
            sys.argv, sys.stdin, sys.stdout, sys.stderr = ["cnnkit", *words], nothing, out, err
            os.environ.update(changes)
            os.chdir(cwd or kept[4])
            rehearsal.HAS_CHILDREN = False  # a copy of all that other tests loaded takes longer than what it finds
            yield out, err
        finally:
            rehearsal.HAS_CHILDREN = hasattr(os, "fork")
            compile.announce = compile.rehearse = None
            memory.most_bytes = memory._plausible_bytes = math.inf
            sys.argv, sys.stdin, sys.stdout, sys.stderr = kept[:4]
            os.chdir(kept[4])
            os.environ.clear()
            os.environ.update(kept[5])


@pytest.fixture(scope="session")
def here() -> Callable[..., Ran]:
    """Run cnnkit as `run` does, but in this process: for what a command says and writes, not how its process ends.

    It starts ten times as fast. Standard input is empty, and a line for a shell is for `run`.
    """

    def started(*arguments: object, cwd: Path | None = None, **changes: str) -> Ran:
        from cnnkit.cli import app

        words = [str(argument) for argument in arguments]
        with as_its_own_process(words, cwd, changes) as (out, err):
            code = app.run(words)
            for stream in (out, err):
                stream.flush()
            return Ran(code, out.buffer.getvalue(), said(err.buffer.getvalue()))

    return started


@pytest.fixture(scope="session")
def refused() -> Callable[..., None]:
    """Check an error: its exit code, one problem line, one hint line, nothing else, and words that must occur."""

    def check(ran: Ran, code: int, *words: str) -> None:
        assert "Traceback" not in ran.err, ran.err
        assert ran.code == code, ran
        assert len(ran.lines) == 2, ran.err
        assert ran.lines[0].startswith("error: "), ran.err
        assert ran.lines[1].startswith("hint: "), ran.err
        assert len(ran.lines[1]) > len("hint: ")
        assert ran.out == b""
        for word in words:
            assert word in ran.err, ran.err

    return check


Samples = npt.NDArray[Any]


@pytest.fixture
def small_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bands of a few rows, also of small images."""
    from cnnkit.geometry import bands

    monkeypatch.setattr(bands, "LEAST_BYTES", 64)
    monkeypatch.setattr(bands, "MOST_BYTES", 128)


@pytest.fixture(scope="session")
def grey_samples() -> Samples:
    """A small grey image, rows x columns."""
    random = np.random.default_rng(7)
    return (np.add.outer(np.arange(20) * 5, np.arange(31) * 3) + random.integers(0, 90, (20, 31))).astype(np.uint8)


@pytest.fixture(scope="session")
def colour_samples() -> Samples:
    """A small image of colours, rows x columns x 3."""
    return np.random.default_rng(8).integers(0, 256, (20, 31, 3), dtype=np.uint8)


def state(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below a folder, with its bytes and when it was changed: also the hidden ones."""
    return {
        str(path.relative_to(folder)): (path.read_bytes() if path.is_file() else b"", path.lstat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or not path.is_dir()
    }


@pytest.fixture(scope="session")
def state_of() -> Callable[[Path], dict[str, tuple[bytes, int]]]:
    """`state`, to compare a folder before and after."""
    return state


@pytest.fixture
def folder(tmp_path: Path, grey_samples: Samples, colour_samples: Samples) -> Path:
    """A folder with image.png (colour) and grey.png."""
    Image.fromarray(colour_samples).save(tmp_path / "image.png")
    Image.fromarray(grey_samples).save(tmp_path / "grey.png")
    return tmp_path
