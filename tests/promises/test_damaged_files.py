"""Damaged files end in a line that says so, or in all their samples: never in a traceback, a hang or gigabytes.

2,000 files are damaged from fixed seeds; ``pytest tests/promises/test_damaged_files.py --damaged-files 50000`` damages
as many others, from seeds of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from tests.cases import small_files
from tests.cases.damage import damaged
from tests.promises.batch import Attempt, Worker

MOST_MEGABYTES = 300
"""By which memory may grow for a file of some kilobytes, where an array may take MAX_MEMORY."""

MAX_MEMORY = "100M"
CUTS = 7
"""Places at which each file is cut off."""

OWN_LINE = re.compile(r"(error|hint): |  |(wrote|unchanged|replaced) |compiling |[0-9]-[^ ]+(, frame \d+ of \d+)?: ")
FOREIGN = re.compile(r"Traceback|[Ww]arning|libpng|TIFFR|mpg123|object at 0x|Errno|<class|reading or writing")
LENGTH_UNKNOWN = ("pcm.sf", "pcm.paf", "pcm.pvf", "pcm.xi")
"""Sounds that go on to the end of the file: any part of one is one."""

CHECKED = re.compile(r".*\.(png|ogg)")
"""Files in which every byte that a sample depends on is under a check sum."""

Array = npt.NDArray[Any]


class Case(NamedTuple):
    """A damaged file and what is done to it."""

    seed: int
    name: str  # of the file that was damaged
    way: str
    arguments: list[str]

    @property
    def told(self) -> str:
        return f"{self.seed} {self.name} {self.way}: cnnkit {' '.join(self.arguments)}"


KINDS: dict[str, tuple[str, bytes]] = {
    **{name: ("image", content) for name, content in small_files.images()},
    **{name: ("sound", content) for name, content in small_files.sounds()},
    **{name: ("kernel", content) for name, content in small_files.kernels()},
    **{name: ("stack", content) for name, content in small_files.STACKS.items()},
    **{name: ("weights", content) for name, content in small_files.weights()},
    "archive.npz": ("archive", small_files.npz()),
}
"""Kind and content of every file."""

LIMITS = ["--max-memory", MAX_MEMORY, "--threads", "1"]
VALUES = {
    "image": lambda path: ["pool", path, "--size", "1", "-o", "out.npy", *LIMITS],
    "sound": lambda path: ["mfcc", path, "--features", "waveform", "--channel", "all", "-o", "out.npy", *LIMITS],
}
"""The command whose result holds every sample."""

OTHERS: dict[str, list[Callable[[str], list[str]]]] = {
    "image": [
        lambda path: ["shape", path],
        lambda path: ["pool", path, "--frame", "all", "-o", "out.tiff", *LIMITS],
        lambda path: ["mfcc", path, "-o", "out.npy", *LIMITS],
    ],
    "sound": [
        lambda path: ["mfcc", path, "--features", "waveform", "--channel", "all", "--print-shape", "-q"],
        lambda path: ["shape", path],
        lambda path: ["pool", path, "--channel", "mix", "-o", "out.npy", *LIMITS],
        lambda path: ["mfcc", path, "--channel", "1", "-o", "out.npz", *LIMITS],
    ],
    "kernel": [
        lambda path: ["convolve", "grey.npy", "-k", f"@{path}", "-o", "out.npy", *LIMITS],
        lambda path: ["kernels", f"@{path}"],
    ],
    "stack": [lambda path: ["shape", f"@{path}"]],
    "weights": [
        lambda path: ["weights", path],
        lambda path: ["weights", path, "5x5", "conv3-2", "relu", "flatten", "fc3"],
    ],
    "archive": [lambda path: ["pool", path, *LIMITS], lambda path: ["mfcc", path, *LIMITS]],
}


class Bench:
    """A folder with all files, whole, and the process that runs command lines in it."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        for name, (_, content) in KINDS.items():
            (folder / f"0-{name}").write_bytes(content)
            (folder / f"1-{name}").write_bytes(content[: len(content) // 2])
        (folder / "grey.npy").write_bytes(small_files.npy(small_files.colours()[:, :, 0]))
        commands = {kind: [*filter(None, [VALUES.get(kind)]), *OTHERS[kind]] for kind in OTHERS}
        named = [(f"{half}-{name}", kind) for name, (kind, _) in KINDS.items() for half in (0, 1)]
        warm = [command(path) for path, kind in named for command in commands[kind]]
        self.worker = Worker(folder, warm, environment)
        self.originals: dict[str, Array] = {}
        for name, (kind, _) in KINDS.items():
            if kind in VALUES:
                case = Case(0, name, "whole", VALUES[kind](f"0-{name}"))
                attempt = self.run(case)
                assert attempt.code == 0, (case, attempt)
                assert not faults(self, case, attempt), (case, attempt)
                self.originals[name] = self.result()

    def run(self, case: Case) -> Attempt:
        """How the command of a case ends."""
        (self.folder / "out.npy").unlink(missing_ok=True)
        return self.worker.run(case.arguments)

    def result(self) -> Array:
        """What the last command wrote."""
        return np.asarray(np.load(self.folder / "out.npy"))

    def write(self, name: str, content: bytes) -> str:
        """Put a damaged file into the folder, in place of the last one."""
        for before in self.folder.glob("2-*"):
            before.unlink()
        (self.folder / f"2-{name}").write_bytes(content)
        return f"2-{name}"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, surroundings: Callable[..., dict[str, str]]) -> Iterator[Bench]:
    made = Bench(tmp_path_factory.mktemp("damaged"), surroundings(OPENBLAS_NUM_THREADS="1"))
    yield made
    made.worker.close()


def faults(bench: Bench, case: Case, attempt: Attempt) -> list[str]:
    """What is wrong with how a command ended, whatever was done to the file."""
    lines, found = attempt.err.splitlines(), []
    if attempt.code not in (0, 1, 2):
        found.append(f"exit {attempt.code}")
    if attempt.megabytes > MOST_MEGABYTES:
        found.append(f"{attempt.megabytes:.0f} MB")
    found += [f"line {line!r}" for line in lines if not OWN_LINE.match(line) or FOREIGN.search(line)]
    has_failed = attempt.code != 0
    if [sum(line.startswith(word) for line in lines) for word in ("error: ", "hint: ")] != [has_failed, has_failed]:
        found.append("not one error and one hint" if has_failed else "an error with exit 0")
    if attempt.out and (has_failed or not {"shape", "kernels", "weights", "--print-shape"} & {*case.arguments}):
        found.append(f"on standard output: {attempt.out[:60]!r}")
    found += [f"left behind: {path.name}" for path in bench.folder.glob(".*")]
    return found


def shape_said(attempt: Attempt) -> tuple[int, ...] | None:
    """The shape that is printed, in a table or alone."""
    found = re.search(r"^(?:input +)?([0-9]+(?:x[0-9]+)*)(?: |$)", attempt.out, re.MULTILINE)
    return tuple(map(int, found[1].split("x"))) if found else None


def sample_faults(bench: Bench, case: Case) -> list[str]:
    """What is wrong with the samples that a command has read, where the format can tell."""
    result, original = bench.result(), bench.originals[case.name]
    is_whole = case.way == "truncate" and case.name not in LENGTH_UNKNOWN
    if is_whole or (CHECKED.fullmatch(case.name) and "splice" not in case.way):
        same = result.shape == original.shape and np.array_equal(result, original, equal_nan=result.dtype.kind == "f")
        return [] if same else [f"other samples, {result.shape} for {original.shape}"]
    return []


def report(wrong: list[str]) -> str:
    return f"{len(wrong)} faults, the first of them:\n" + "\n".join(wrong[:20])


def test_a_file_cut_off_anywhere_gives_all_its_samples_or_an_error(bench: Bench) -> None:
    """README: A damaged file is an error or gives all its samples."""
    wrong: list[str] = []
    for name, (kind, content) in KINDS.items():
        if kind not in VALUES or name in LENGTH_UNKNOWN:
            continue
        for end in sorted({len(content) - 1, *(len(content) * (2 * cut + 1) // (2 * CUTS) for cut in range(CUTS))}):
            case = Case(end, name, "truncate", VALUES[kind](bench.write(name, content[:end])))
            attempt = bench.run(case)
            found = faults(bench, case, attempt)
            if attempt.code == 0:
                found += sample_faults(bench, case)
            wrong += [f"{case.told}: {fault}" for fault in found]
    assert not wrong, report(wrong)


def test_a_damaged_file_gives_an_error_or_a_result(bench: Bench, damaged_files: tuple[int, int]) -> None:
    """README: A damaged file is an error or gives all its samples."""
    first, count = damaged_files
    wrong: list[str] = []
    for seed in range(first, first + count):
        random = Random(seed)
        name, other = random.choice(list(KINDS)), random.choice(list(KINDS))
        kind, content = KINDS[name]
        hurt, way = damaged(content, KINDS[other][1], random)
        path, others = bench.write(name, hurt), OTHERS[kind]
        has_values = kind in VALUES and random.random() < 0.7
        case = Case(seed, name, way, VALUES[kind](path) if has_values else random.choice(others)(path))
        attempt = bench.run(case)
        found = faults(bench, case, attempt)
        if has_values and attempt.code == 0:
            found += sample_faults(bench, case)
            if "splice" not in way and random.random() < 0.5:  # what looks at the header alone
                shape, looked = bench.result().shape, bench.run(case._replace(arguments=others[0](path)))
                if shape_said(looked) != (*shape, 1)[:3]:
                    found.append(f"{shape} read, but {others[0](path)} says {shape_said(looked)} {looked.err}")
        wrong += [f"{case.told}: {fault}" for fault in found]
    assert not wrong, report(wrong)
