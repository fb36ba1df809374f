"""Windows and macOS, as far as Linux can show them: without what they lack, every kind of command gives the same.

`PROGRAM` takes names away from what cnnkit's own modules import, and from nothing else, before it starts the command.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest

from cnnkit import __main__ as door
from cnnkit.cli.app import run as run_here

PROGRAM = '''
import builtins, ctypes, os, platform, select, signal, sys
from types import ModuleType

system = sys.argv.pop(1)


class Without(ModuleType):
    """A module without some of its names, and with others in the place of its own."""

    def __init__(self, module, missing="", **changes):
        super().__init__(module.__name__)
        vars(self).update(_module=module, _missing=missing.split(), **changes)

    def __getattr__(self, name):
        if name in self._missing:
            raise AttributeError(name)
        return getattr(self._module, name)

    def __setattr__(self, name, value):
        setattr(self._module, name, value)


def only_sockets(*arguments):
    raise OSError(10038, "an operation was attempted on something that is not a socket")


def library(name, *arguments, **keywords):
    if name != "ucrtbase":
        raise TypeError("a name is needed")
    return ctypes.CDLL(None)


class OfPython:
    def __getitem__(self, name):
        if not name.startswith("Py"):
            raise AttributeError(name)
        return ctypes.pythonapi[name]


SCHEDULER = "sched_getaffinity sched_setaffinity sched_getscheduler"
fakes = {"sys": Without(sys, platform=system), "os": Without(os, SCHEDULER)}
absent = []
if system == "win32":
    absent = ["fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"]
    fakes["os"] = Without(
        os,
        SCHEDULER
        + """
        O_CLOEXEC O_DIRECTORY O_NOFOLLOW O_NONBLOCK O_SYNC chown confstr fchdir fchmod fchown fork forkpty
        get_blocking getegid geteuid getgid getgroups getloadavg getpgid getpgrp getsid getuid getxattr killpg
        lchown listxattr memfd_create mkfifo mknod nice openpty posix_fadvise posix_fallocate posix_spawn pread
        pwrite register_at_fork sendfile set_blocking setpgid setsid setxattr statvfs sync sysconf uname wait wait3
        wait4 writev
        """,
        name="nt",
    )
    fakes["signal"] = Without(
        signal,
        """
        SIGALRM SIGCHLD SIGCONT SIGHUP SIGKILL SIGPIPE SIGQUIT SIGSTOP SIGTSTP SIGUSR1 SIGUSR2 SIGWINCH SIGXCPU
        SIGXFSZ alarm getitimer pause pthread_kill pthread_sigmask setitimer siginterrupt sigpending sigtimedwait
        sigwait
        """,
    )
    fakes["select"] = Without(select, "epoll kqueue poll", select=only_sockets)
    fakes["ctypes"] = Without(ctypes, CDLL=library, pythonapi=OfPython())
    fakes["platform"] = Without(platform, machine=lambda: "AMD64", system=lambda: "Windows")

importing = builtins.__import__


def imported(name, scope=None, *others, **more):
    if str((scope or {}).get("__name__", "")).startswith("cnnkit"):
        if name in absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        if name in fakes:
            return fakes[name]
    return importing(name, scope, *others, **more)


builtins.__import__ = imported
from cnnkit.__main__ import main

main()
'''

Words = list[Any]
EXAMPLES = Path(__file__).parents[2] / "examples"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="plays another system on Linux")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the other systems keep what the user's programs store."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def on(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, surroundings: Callable[..., dict[str, str]]
) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Run a command in a folder with the examples as if on another system, ``on("win32", *words)``."""
    for example in ("image.png", "song.wav"):
        shutil.copy(EXAMPLES / example, tmp_path)
    monkeypatch.chdir(tmp_path)

    def started(system: str, *words: Any, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        places = {"LOCALAPPDATA": str(home / "AppData"), "HOME": str(home), "PYTHONIOENCODING": "cp1252"}
        environment = surroundings(**places)
        for name in ("CNNKIT_CACHE_DIR", "CNNKIT_STATE_DIR", "XDG_CACHE_HOME"):
            environment.pop(name, None)
        given: dict[str, Any] = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
        return subprocess.run(
            [sys.executable, "-c", PROGRAM, system, *map(str, words)],
            env=environment,
            capture_output=True,
            timeout=TIME_LIMIT,
            check=False,
            **given,
        )

    return started


TIME_LIMIT = 200
"""Seconds: every system compiles its own loops."""

COMMANDS: dict[str, Words] = {
    "an image": ["convolve", "image.png", "--kernel", "edge"],
    "an image to a pipe": ["convolve", "image.png", "--kernel", "edge", "-o", "-"],
    "a pipe": ["pool", "--size", "2"],
    "a sound": ["mfcc", "song.wav", "--out-dir", "made"],
    "a stack": ["shape", "224x224x3", "conv3-64", "maxpool2"],
    "a kernel": ["kernels", "sobel", "--json"],
    "an error": ["convolve", "imag.png", "--kernel", "edge"],
    "wrong usage": ["mfcc", "song.wav", "--hop-length", "0"],
}


@pytest.mark.parametrize(
    ("system", "kind"), [*(("win32", kind) for kind in COMMANDS), ("darwin", "an image"), ("darwin", "a stack")]
)
def test_same_results(on: Any, run: Any, tmp_path: Path, system: str, kind: str) -> None:
    stdin = (tmp_path / "image.png").read_bytes() if kind == "a pipe" else None
    usual = run(*COMMANDS[kind], stdin=stdin, cwd=tmp_path)
    made = {path: path.read_bytes() for path in tmp_path.rglob("*.*") if path.name not in ("image.png", "song.wav")}
    for path in made:
        path.unlink()
    done = on(system, *COMMANDS[kind], stdin=stdin)
    assert (done.returncode, done.stdout) == (usual.code, usual.out)
    assert made == {path: path.read_bytes() for path in made}
    said = [line for line in done.stderr.decode().splitlines() if not line.startswith("compiling once")]
    assert said == usual.lines


@pytest.mark.parametrize(("system", "place"), [("win32", "AppData"), ("darwin", "Library/Caches")])
def test_loops_are_stored_where_the_system_has_such_files(on: Any, home: Path, system: str, place: str) -> None:
    words = COMMANDS["an image"]
    assert on(system, *words).returncode == 0
    assert list((home / place / "cnnkit" / "loops").glob("*.o"))
    assert b"compiling" not in on(system, *words).stderr


def test_windows_leaves_wildcards_to_the_program(on: Any, tmp_path: Path) -> None:
    shutil.copy("image.png", "image [2].png")
    done = on("win32", "convolve", "image*.png", "--kernel", "edge", "--json")
    assert [result["input"] for result in json.loads(done.stdout)["results"]] == ["image [2].png", "image.png"]
    none = on("win32", "convolve", "*.gif", "--kernel", "edge")
    assert none.stderr.decode().startswith("error: *.gif: no file has a name of this pattern")


def test_names_of_windows(on: Any) -> None:
    name = "C:\\Users\\I\\photo.png"
    shutil.copy("image.png", name)
    done = on("win32", "shape", name, "conv3-8", "--json")
    assert done.returncode == 0, done.stderr
    Path("C:\\k.txt").write_text("1 0 -1\r\n")
    done = on("win32", "convolve", name, "--kernel", "@C:\\k.txt", "-o", "C:\\edges.npy")
    assert done.returncode == 0, done.stderr
    assert Path("C:\\edges.npy").is_file()


def test_characters_that_a_code_page_lacks(on: Any) -> None:
    shutil.copy("image.png", "\N{CJK UNIFIED IDEOGRAPH-540D}.png")
    done = on("win32", "convolve", "\N{CJK UNIFIED IDEOGRAPH-540D}.png", "--kernel", "edge")
    assert b"wrote \\u540d.edge.png  320x480x3 uint8" in done.stderr


def test_the_next_command_is_quoted_as_windows_does(on: Any) -> None:
    done = on("win32", "convolve", "--kernel", "0 -1 0; -1 5 -1; 0 -1 0")
    assert b'cnnkit convolve photo.png --kernel "0 -1 0; -1 5 -1; 0 -1 0"' in done.stdout


def forbidden(*arguments: object, **keywords: object) -> NoReturn:
    raise PermissionError(13, "Permission denied")


def test_windows_does_not_permit_a_folder_to_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Path, "open", forbidden)
    monkeypatch.setattr(os, "open", forbidden)
    assert run_here(["pool", "--files-from", str(tmp_path), "--size", "2"]) == 1
    monkeypatch.undo()
    assert "this is a folder, not a file" in capfd.readouterr().err


def test_windows_does_not_replace_what_a_program_has_open(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["pool", str(folder / "image.png"), "--size", "2", "-o", str(folder / "made.npy")]
    assert run_here(words) == 0
    before = (folder / "made.npy").read_bytes()
    windows = SimpleNamespace(**{**vars(os), "name": "nt", "replace": forbidden})
    monkeypatch.setattr("cnnkit.files.writing.os", windows)
    assert run_here([*words, "--stride", "1", "--force"]) == 1
    err = capfd.readouterr().err
    assert "made.npy may not be replaced\nhint: close the program that has it open, or use -o" in err
    assert (folder / "made.npy").read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == ["grey.png", "image.png", "made.npy"]


def test_windows_has_another_error_when_the_reader_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "os", SimpleNamespace(name="nt"))
    with pytest.raises(SystemExit) as left:
        door._cannot_write(OSError(22, "Invalid argument"))
    assert left.value.code == door.READER_WENT_AWAY
