"""Who does the work of a whole command, and what one types for it.

Each is called as somebody who knows it well would: OpenCV in a script, with the fastest function that gives the same
levels; vips with whole weights where its sums are exact; the fastest settings of PNG that do not make files larger.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from functools import cache
from math import nan
from pathlib import Path

from command_cases import (
    EDGE,
    EDGES,
    GAUSSIAN,
    MAXIMA,
    MEANS,
    REACH,
    SHARPEN,
    SHARPENED,
    SIGMA,
    SMOOTHED,
    Case,
    SoundCase,
)
from harness import IMPORTS, OURS, Calls, Row
from images import Array
from processes import PROGRAM, Process, python
from report import table
from start_up import HEAVY

MODULES = {
    "OpenCV": "cv2",
    "NumPy": "numpy",
    "Pillow": "PIL",
    "python_speech_features": "python_speech_features",
    "librosa": "librosa",
}
CV, VIPS, GM, MAGICK = "OpenCV", "vips", "GraphicsMagick", "ImageMagick"
PROGRAMS = {VIPS: ("vips",), GM: ("gm",), MAGICK: ("magick", "convert-im6")}
"""What each is called; the last is Debian's name for ImageMagick 6."""
PACKAGES = {VIPS: "libvips-tools", GM: "graphicsmagick", MAGICK: "imagemagick"}
VERSIONS = {VIPS: "--version", GM: "-version", MAGICK: "-version"}

MATRICES = {SHARPENED: SHARPEN, EDGES: EDGE}
OURS_WORDS = {
    SMOOTHED: ["convolve", "-k", f"gaussian:sigma={SIGMA},size={REACH}"],
    MEANS: ["pool", "--type", "average"],
    MAXIMA: ["pool"],
}
CV_WORDS = {
    SMOOTHED: f"cv2.GaussianBlur(image, ({REACH}, {REACH}), {SIGMA})",
    MEANS: "cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)",
    MAXIMA: "np.ascontiguousarray(cv2.dilate(image, np.ones((2, 2), np.uint8), anchor=(0, 0))[::2, ::2])",
}
CV_JPEG = "[cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]"
CV_TIFF = "[cv2.IMWRITE_TIFF_COMPRESSION, cv2.IMWRITE_TIFF_COMPRESSION_ADOBE_DEFLATE]"
CV_SETTINGS = {"png": "[]", "jpg": CV_JPEG, "tiff": CV_TIFF}
"""Of OpenCV 5's levels, strategies and filters of PNG, none is faster than what it does by itself."""
VIPS_SETTINGS = {
    "png": "[compression=1,filter=up]",
    "jpg": "[Q=95,subsample-mode=off]",
    "tiff": "[compression=deflate]",
}
MAGICK_SETTINGS = {"png": ["-quality", "10"], "tiff": ["-compress", "Zip"]}
SOUND_SCRIPTS = {
    "psf": "import sys, numpy, soundfile, python_speech_features as psf\n"
    "samples, rate = soundfile.read(sys.argv[1], dtype='int16')\n"
    "numpy.save(sys.argv[2], psf.mfcc(samples, rate))",
    "librosa": "import sys, numpy, librosa\n"
    "samples, rate = librosa.load(sys.argv[1], sr=None)\n"
    "numpy.save(sys.argv[2], librosa.feature.mfcc(y=samples, sr=rate, n_mfcc=13))",
}
"""What one writes instead of the command, in the dialect of the same name."""


def calls(case: Case | SoundCase) -> Calls:
    """The process of each that does the work, ours first."""
    return dict(processes_of(case))


@cache
def processes_of(case: Case | SoundCase) -> dict[str, Process]:
    """The same ones at every call, with what they took."""
    if isinstance(case, SoundCase):
        ours = ["mfcc", str(case.source), "--dialect", case.dialect, "--n-mfcc", "13"]
        name = f"script with {case.dialect}"
        lines = {OURS: our_line(case, ours), name: script_line(case, name, SOUND_SCRIPTS[case.dialect])}
    else:
        lines = {OURS: our_line(case, our_words(case)), CV: script_line(case, CV, cv_script(case))}
        if case.type != "npy":
            lines |= {tool: line(case) for tool, line in LINES.items() if found(tool)}
        lines = {tool: line for tool, line in lines.items() if line}
    processes = {tool: Process(line, case.folder, case.result(tool)) for tool, line in lines.items()}
    return processes | ({IMPORTS: Process(python(HEAVY), case.folder)} if IMPORTS in case.bars else {})


def skipped(_: Case | SoundCase, __: Iterable[str]) -> dict[str, str]:
    return {}


def our_line(case: Case | SoundCase, words: list[str]) -> list[str]:
    return [str(PROGRAM), *words, "-q", "-f", "-o", str(case.result(OURS))]


def script_line(case: Case | SoundCase, name: str, script: str) -> list[str]:
    return python(script, str(case.source), str(case.result(name)))


def our_words(case: Case) -> list[str]:
    command, *words = OURS_WORDS.get(case.work) or ["convolve", "-k", literal(MATRICES[case.work])]
    # Others clip what is below 0 or above 255.
    return [command, str(case.source), *words, *(["--range", "clip"] if case.work == EDGES else [])]


def literal(kernel: Array, between: str = "; ") -> str:
    return between.join(" ".join(f"{weight:g}" for weight in row) for row in kernel)


def cv_script(case: Case) -> str:
    kernel = f"np.array({MATRICES.get(case.work, SHARPEN).tolist()}, np.float32)"
    lines = ["import sys, cv2, numpy as np", "image = cv2.imread(sys.argv[1])"]
    if case.type == "npy":
        lines[1] = "image = cv2.imread(sys.argv[1], cv2.IMREAD_COLOR_RGB)"
        lines.append(f"np.save(sys.argv[2], cv2.filter2D(image, cv2.CV_32F, {kernel}))")
    else:
        result = CV_WORDS.get(case.work, f"cv2.filter2D(image, -1, {kernel})")
        lines.append(f"cv2.imwrite(sys.argv[2], {result}, {CV_SETTINGS[case.type]})")
    return "\n".join(lines)


def vips_line(case: Case) -> list[str]:
    """Its vectors of whole numbers are wrong where weights sum to 0, and off by 3 levels in a Gaussian."""
    if case.work == MAXIMA:
        return []  # two commands, with a file between them
    files = [str(case.source), f"{case.result(VIPS)}{VIPS_SETTINGS[case.type]}"]
    if case.work == MEANS:
        return ["vips", "shrink", *files, "2", "2"]
    if case.work == SMOOTHED:
        return ["vips", "convsep", *files, matrix(case.folder, GAUSSIAN.T)]
    words = ["vips", "conv", *files, matrix(case.folder, MATRICES[case.work]), "--precision", "integer"]
    return [*words, "--vips-novector"] if case.work == EDGES else words


def matrix(folder: Path, weights: Array) -> str:
    """The file of a kernel: columns, rows, scale and offset, and its weights."""
    path = folder / f"{'x'.join(map(str, weights.shape))} {weights.flat[0]:g}.mat"
    path.write_text(f"{weights.shape[1]} {weights.shape[0]} 1 0\n{literal(weights, chr(10))}\n", encoding="ascii")
    return str(path)


def gm_line(case: Case) -> list[str]:
    if case.work == MAXIMA:
        return []  # it has none
    words = {SMOOTHED: ["-blur", f"{REACH // 2}x{SIGMA}"], MEANS: ["-scale", "50%"]}.get(case.work)
    words = words or ["-convolve", ",".join(literal(MATRICES[case.work], " ").split())]
    jpeg = {"jpg": ["-quality", "95", "-sampling-factor", "1x1"]}
    settings = (MAGICK_SETTINGS | jpeg)[case.type]
    return ["gm", "convert", str(case.source), *words, *settings, str(case.result(GM))]


def magick_line(case: Case) -> list[str]:
    words = {
        SMOOTHED: ["-blur", f"{REACH // 2}x{SIGMA}"],
        MEANS: ["-scale", "50%"],
        MAXIMA: ["-morphology", "Dilate", "2x2+0+0:1,1,1,1", "-define", "sample:offset=75", "-sample", "50%"],
    }.get(case.work)
    # -convolve would scale the weights.
    words = words or ["-morphology", "Convolve", "3x3:" + literal(MATRICES[case.work], " ").replace(" ", ",")]
    jpeg = {"jpg": ["-quality", "95", "-sampling-factor", "4:4:4"]}
    settings = (MAGICK_SETTINGS | jpeg)[case.type]
    return [found(MAGICK), str(case.source), *words, "-depth", "8", *settings, str(case.result(MAGICK))]


LINES = {VIPS: vips_line, GM: gm_line, MAGICK: magick_line}


def found(tool: str) -> str:
    """The program of a tool; empty if it is not installed."""
    return next((path for name in PROGRAMS[tool] if (path := shutil.which(name))), "")


def tools(folder: Path) -> str:
    """The programs that are compared, and how to install those that are not there."""
    lines = []
    for tool in PROGRAMS:
        if not found(tool):
            lines.append(f"- {tool} is left out: `apt-get install {PACKAGES[tool]}`")
            continue
        process = Process([found(tool), VERSIONS[tool]], folder)
        process()
        lines.append(f"- {tool}: {process.printed.splitlines()[0].strip()}")
    return "\n".join(lines)


def resources(title: str, cases: Iterable[Case | SoundCase]) -> str:
    """What else the processes of the rows took: all seconds of all cores, memory, bytes."""
    measured = [case for case in cases if processes_of(case)[OURS].usages]
    names = list(dict.fromkeys(name for case in measured for name in processes_of(case)))
    rows = []
    for case in measured:
        usages = {name: process.typical() for name, process in processes_of(case).items() if process.usages}
        cells = [
            f"{u.processor:.2f} s, {u.peak / 1e6:.0f} MB, {u.size / 1e6:.2f} MB" if (u := usages.get(name)) else "-"
            for name in names
        ]
        if CV in names:
            peaks = {name: usages[name].peak for name in (OURS, CV) if name in usages}
            row = Row(case.name, {CV: case.memory_bar}, peaks, {}, {}, {})
            cells += [f"{row.ratios(CV).get(OURS, nan):.2f}", row.verdict(CV)]
        rows.append([case.name, *cells])
    head = ["work", *names, *(["memory by OpenCV's", "bar"] if CV in names else [])]
    return f"### {title}: processor time, most memory, bytes written\n\n{table(head, rows)}" if rows else ""
