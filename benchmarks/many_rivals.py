"""Who works on a folder of files, and what one types for it.

Each has one process for each core, as somebody would write who has many files and wants to be done: a script that
shares them with `multiprocessing`, `xargs -P` for programs that take one file (vips) or some (mogrify). Within a
process there is one thread, for two on each core are slower.
"""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Iterable
from functools import cache

import command_rivals
from command_cases import MEANS, SHARPEN, SHARPENED
from command_rivals import CV, CV_SETTINGS, CV_WORDS, GM, MAGICK, VIPS
from harness import OURS, Calls, Row
from many_cases import MEMORY_BAR, TIMES_MORE, AnyCase, Case, Files, SoundCase, enlarged
from many_inputs import STORE, source_type, stems
from processes import PROGRAM, Memory, Process, memory_of, python
from report import table

MODULES = command_rivals.MODULES
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
SHARES, MOST_AT_ONCE = 4, 16
"""Portions of files that each process gets one after the other, at least, and files in one."""

OURS_WORDS = {SHARPENED: ["convolve", "-k", "sharpen"], MEANS: ["pool", "--type", "average"]}
POOL = """
import os, sys
from multiprocessing import get_context
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
{imports}

source, target, cores, share = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])

def work(name):
    path, result = os.path.join(source, name), os.path.join(target, os.path.splitext(name)[0] + ".{type}")
    {work}

with get_context("fork").Pool(cores, {begin}) as pool:
    for _ in pool.imap_unordered(work, sorted(os.listdir(source)), share):
        pass
"""
"""A script with a process for each core, which import nothing again."""
FEWER = "fewer files"
CV_BEGIN = "cv2.setNumThreads, (1,)"
SOUND_WORK = {
    "psf": (
        "import numpy, soundfile, python_speech_features as psf",
        "samples, rate = soundfile.read(path, dtype='int16')",
        "numpy.save(result, psf.mfcc(samples, rate))",
    ),
    # soundfile, by which librosa.load reads too; `import librosa` is lazy, and each process would import the rest.
    "librosa": (
        "import numpy, soundfile; from librosa.feature import mfcc",
        "samples, rate = soundfile.read(path, dtype='float32')",
        "numpy.save(result, mfcc(y=samples, sr=rate, n_mfcc=13))",
    ),
}


def calls(case: AnyCase) -> Calls:
    """The process of each that does the work, ours first."""
    case.files.link()
    return dict(processes_of(case))


def skipped(case: AnyCase, _: Iterable[str]) -> dict[str, str]:
    """Programs that are not installed."""
    if isinstance(case, SoundCase) or case.type == "npy":
        return {}
    return {tool: "is not installed" for tool in LINES if not LINES[tool](case)}


@cache
def processes_of(case: AnyCase) -> dict[str, Process]:
    """The same ones at every call, with what they took."""
    lines = {OURS: our_line(case)}
    if isinstance(case, SoundCase):
        imports, *work = SOUND_WORK[case.dialect]
        lines[f"script with {case.dialect}"] = script_line(case, imports, "; ".join(work), "")
    else:
        lines[CV] = script_line(case, "import cv2, numpy as np", cv_work(case), CV_BEGIN)
        if case.type != "npy":
            lines |= {tool: line(case) for tool, line in LINES.items()}
    folder, results = case.files.folder, case.files.results
    return {tool: Process(line, folder, results, cache=STORE / "loops") for tool, line in lines.items()}


def our_line(case: AnyCase) -> list[str]:
    """One command; it is given the folder."""
    target = ["--out-dir", str(case.files.results), "-q"]
    if isinstance(case, SoundCase):
        words = ["mfcc", str(case.files.inputs), "--dialect", case.dialect, "--n-mfcc", "13"]
        return [str(PROGRAM), *words, *target]
    command, *words = OURS_WORDS[case.work]
    return [str(PROGRAM), command, str(case.files.inputs), *words, "--format", case.type, *target]


def script_line(case: AnyCase, imports: str, work: str, begin: str) -> list[str]:
    script = POOL.format(imports=imports, type=case.type, work=work, begin=begin)
    files = case.files
    return python(script, str(files.inputs), str(files.results), str(CORES), str(at_once(files)))


def cv_work(case: Case) -> str:
    kernel = f"np.array({SHARPEN.tolist()}, np.float32)"
    if case.type == "npy":
        image = "image = cv2.imread(path, cv2.IMREAD_COLOR_RGB)"
        return f"{image}; np.save(result, cv2.filter2D(image, cv2.CV_32F, {kernel}))"
    result = CV_WORDS.get(case.work, f"cv2.filter2D(image, -1, {kernel})")
    return f"image = cv2.imread(path); cv2.imwrite(result, {result}, {CV_SETTINGS[case.type]})"


def at_once(files: Files) -> int:
    return max(1, min(MOST_AT_ONCE, math.ceil(files.count / (SHARES * CORES))))


def vips_line(case: Case) -> list[str]:
    """A process for each file: it takes no more."""
    if not command_rivals.found(VIPS):
        return []
    line = command_rivals.vips_line(case.one("{}"))
    return ["env", "VIPS_CONCURRENCY=1", *xargs(case.files, "{}"), "-I{}", *line]


def gm_line(case: Case) -> list[str]:
    if not command_rivals.found(GM):
        return []
    words = command_rivals.gm_line(case.one("{}"))[3:-1]  # between source and result
    target = ["-output-directory", str(case.files.results), "-format", case.type]
    return [
        "env",
        "-C",
        str(case.files.inputs),
        "OMP_NUM_THREADS=1",
        *some(case.files),
        "gm",
        "mogrify",
        *target,
        *words,
    ]


def magick_line(case: Case) -> list[str]:
    program = ["magick", "mogrify"] if shutil.which("magick") else ["mogrify"]
    if not command_rivals.found(MAGICK) or not shutil.which(program[0]):
        return []
    words = command_rivals.magick_line(case.one("{}"))[2:-1]
    target = ["-path", str(case.files.results), "-format", case.type]
    return ["env", "-C", str(case.files.inputs), "MAGICK_THREAD_LIMIT=1", *some(case.files), *program, *target, *words]


LINES = {VIPS: vips_line, GM: gm_line, MAGICK: magick_line}


def some(files: Files) -> list[str]:
    return [*xargs(files, f"{{}}.{source_type(files.kind)}"), "-n", str(at_once(files))]


def xargs(files: Files, form: str) -> list[str]:
    """The words of xargs with a list of all files, each written as in `form`."""
    path = files.folder / f"{files.inputs.name}-{'stems' if form == '{}' else 'names'}.txt"
    path.write_text("".join(f"{form.format(stem)}\n" for stem in stems(files.count)), encoding="ascii")
    return ["xargs", "-a", str(path), "-P", str(CORES)]


def resources(title: str, cases: Iterable[AnyCase]) -> str:
    """What else the processes of the rows took: all seconds of all cores, bytes."""
    measured = [case for case in cases if processes_of(case)[OURS].usages]
    names = list(dict.fromkeys(name for case in measured for name in processes_of(case)))
    rows = []
    for case in measured:
        usages = {name: process.typical() for name, process in processes_of(case).items() if process.usages}
        cells = [f"{u.processor:.2f} s, {u.size / 1e6:.1f} MB" if (u := usages.get(name)) else "-" for name in names]
        rows.append([case.name, *cells])
    return f"### {title}: processor time, bytes written\n\n{table(['work', *names], rows)}" if rows else ""


def memory(title: str, cases: Iterable[AnyCase]) -> str:
    """What the first row holds at most, with as many files and with more."""
    case = next((case for case in cases if processes_of(case)[OURS].usages), None)
    if not case:
        return ""
    first, more = held(case), held(enlarged(case))
    count = case.files.count
    row = Row(case.name, {FEWER: MEMORY_BAR}, {OURS: more.together, FEWER: first.together}, {}, {}, {})
    cells = [f"{one.main / 1e6:.0f} MB, {one.together / 1e6:.0f} MB" for one in (first, more)]
    head = ["work", *(f"{number:,} files" for number in (count, TIMES_MORE * count)), "ratio", "bar"]
    text = table(head, [[case.name, *cells, f"{row.ratios(FEWER)[OURS]:.2f}", row.verdict(FEWER)]])
    return f"### {title}: most memory, of cnnkit's first process and of all together\n\n{text}"


def held(case: AnyCase) -> Memory:
    case.files.link()
    return memory_of(processes_of(case)[OURS])
