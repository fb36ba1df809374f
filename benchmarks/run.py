"""The benchmarks: cnnkit beside the tools that do the same, results checked first, tables printed as Markdown.

    python benchmarks/run.py convolution --only filters --size 600x400 --match "3x3 dense" --rounds 5

A run of everything (no --only, --size, --seconds, --match or --quick) may be written to results/ with --write.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import convolution_cases
import features_cases
import pooling_cases
from images import SIZES
from report import ROOT, write_result

DEFAULT_ROUNDS, QUICK_ROUNDS = 25, 5


def convolution(settings: argparse.Namespace) -> str:
    import convolution_rivals
    from harness import report

    works = convolution_cases.sections(settings.only, settings.sizes)
    return report(works, convolution_rivals, rounds=settings.rounds, match=settings.match)


def pooling(settings: argparse.Namespace) -> str:
    import pooling_rivals
    from harness import report

    works = pooling_cases.sections(settings.only, settings.sizes)
    return report(works, pooling_rivals, rounds=settings.rounds, match=settings.match)


def features(settings: argparse.Namespace) -> str:
    import features_command as command
    import features_rivals
    from harness import report

    rounds, quick = settings.rounds, settings.quick
    more: list[Callable[[], str]] = []
    if "stages" in settings.only:
        more.append(lambda: command.stages(10 if quick else 60, rounds))
    if "command" in settings.only:
        more.append(lambda: command.whole(5 if quick else 15))
        more.append(lambda: command.memory((10, 1800) if quick else (10, 600, 3 * 3600)))
    works = features_cases.sections(settings.only, settings.sizes)
    return report(works, features_rivals, rounds=rounds, match=settings.match, more=more)


def start_up(settings: argparse.Namespace) -> str:
    import start_up

    return start_up.report(settings.rounds)


def first_calls(settings: argparse.Namespace) -> str:
    import convolution_first_calls

    return convolution_first_calls.report(settings.rounds, settings.match)


def dialects(settings: argparse.Namespace) -> str:
    import dialect_errors

    return dialect_errors.report(settings.sounds, settings.htk, write=settings.write)


def positive(text: str) -> int:
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


def command_line() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="name", required=True)
    for run, text in (
        (convolution, "filters and layers beside OpenCV, SciPy, PyTorch and ONNX Runtime"),
        (pooling, "images and feature maps, beside NumPy and scikit-image too, and a memory copy"),
        (features, "MFCCs and log-mel bands beside psf, librosa, kaldi-native-fbank, PyTorch and asrfront"),
        (start_up, "whole processes beside the imports they cannot do without"),
        (first_calls, "the first convolution on a machine, in a process, and later ones"),
        (dialects, "how near dialects come to their systems; written to docs/dialects.md"),
    ):
        command = commands.add_parser(run.__name__.replace("_", "-"), help=text)
        command.set_defaults(run=run, only=[], match="", quick=False)
        command.add_argument("--write", action="store_true", help="replace the published tables by those of this run")
        if run is dialects:
            song = ROOT / "examples" / "song.wav"
            command.add_argument("sounds", nargs="*", type=Path, default=[song], metavar="SOUND", help="(song.wav)")
            command.add_argument("--htk", type=Path, metavar="FOLDER", help="test.wav, mfcc_d_a_0.htk and fbank.htk")
            continue
        command.add_argument("--rounds", type=positive, help=f"most rounds for a row ({DEFAULT_ROUNDS})")
        if run is not start_up:
            command.add_argument("--match", default="", help="rows whose names contain this")
    for name, cases in (("convolution", convolution_cases), ("pooling", pooling_cases), ("features", features_cases)):
        command = commands.choices[name]
        command.add_argument("--only", nargs="+", choices=cases.PARTS, default=list(cases.PARTS), help="some parts")
        sizes = list(cases.DEFAULT_SIZES)
        command.set_defaults(all_parts=list(cases.PARTS), all_sizes=sizes)
        if name == "features":
            command.add_argument("--seconds", dest="sizes", nargs="+", type=positive, help="lengths of the sounds")
            command.add_argument("--quick", action="store_true", help="a trial: 10 s, few rounds, little memory")
        else:
            command.add_argument("--size", dest="sizes", nargs="+", choices=SIZES, help="of the images (Mpixel)")
    return parser


def main() -> None:
    parser = command_line()
    settings = parser.parse_args()
    if settings.name != "dialects":
        settings.rounds = settings.rounds or (QUICK_ROUNDS if settings.quick else DEFAULT_ROUNDS)
    is_partial = bool(settings.match) or settings.quick
    if "all_sizes" in settings:
        settings.sizes = settings.sizes or ([10] if settings.quick else settings.all_sizes)
        is_partial |= (settings.only, settings.sizes) != (settings.all_parts, settings.all_sizes)
    if settings.write and is_partial:
        parser.error("--write replaces all tables: leave out --only, --size, --seconds, --match and --quick")
    text = settings.run(settings)
    print(text)
    if settings.write and settings.name != "dialects":
        write_result(settings.name, text)


if __name__ == "__main__":
    main()
