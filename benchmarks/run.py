"""The benchmarks: cnnkit beside the tools that do the same, results checked first, tables printed as Markdown.

    python benchmarks/run.py convolution --only filters --size 600x400 --match "3x3 dense" --rounds 5

A run of everything (no --only, --size, --seconds, --count, --match or --quick) may be written to results/ with --write.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import command_cases
import convolution_cases
import features_cases
import many_cases
import pooling_cases
from images import SIZES
from report import ROOT, write_result

DEFAULT_ROUNDS, QUICK_ROUNDS = 25, 5
PARTED: dict[str, Any] = {
    "convolution": convolution_cases,
    "pooling": pooling_cases,
    "features": features_cases,
    "command": command_cases,
}
"""Benchmarks that have parts and sizes, and their cases."""


def convolution(settings: argparse.Namespace) -> str:
    import convolution_rivals
    from harness import report

    works = convolution_cases.sections(settings.only, settings.sizes)
    return report(works, convolution_rivals, rounds=settings.rounds, match=settings.match)


def ceilings(settings: argparse.Namespace) -> str:
    import ceilings

    return ceilings.report(settings.match)


def pooling(settings: argparse.Namespace) -> str:
    import pooling_rivals
    from harness import report

    works = pooling_cases.sections(settings.only, settings.sizes)
    return report(works, pooling_rivals, rounds=settings.rounds, match=settings.match)


def features(settings: argparse.Namespace) -> str:
    import features_rivals
    import features_stages
    from harness import report

    rounds = settings.rounds
    more = [lambda: features_stages.stages(10 if settings.quick else 60, rounds)] if "stages" in settings.only else []
    works = features_cases.sections(settings.only, settings.sizes)
    return report(works, features_rivals, rounds=rounds, match=settings.match, more=more)


def command(settings: argparse.Namespace) -> str:
    import command_rivals
    from harness import report
    from processes import PROCESSES

    rounds, match = settings.rounds, settings.match
    with tempfile.TemporaryDirectory() as name:
        works = command_cases.sections(settings.only, settings.sizes, Path(name))
        minutes = command_cases.minutes(works, rounds, match)
        print(f"this takes about {minutes:.0f} minutes", file=sys.stderr, flush=True)
        more = [lambda: command_rivals.tools(Path(name))]
        more += [lambda item=item: command_rivals.resources(*item) for item in works.items()]  # type: ignore[misc]
        return report(works, command_rivals, rounds=rounds, match=match, more=more, clock=PROCESSES)


def network(settings: argparse.Namespace) -> str:
    import network_cases
    import network_rivals
    from harness import report

    works = network_cases.sections()
    return report(works, network_rivals, rounds=settings.rounds, match=settings.match)


def learning(settings: argparse.Namespace) -> str:
    import learning_cases
    import learning_rivals
    from harness import report

    works = learning_cases.sections()
    return report(works, learning_rivals, rounds=settings.rounds, match=settings.match)


def many(settings: argparse.Namespace) -> str:
    import many_inputs
    import many_rivals
    from command_rivals import tools
    from harness import report

    many_inputs.STORE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=many_inputs.STORE) as name:  # beside the inputs, for links to reach them
        works = many_cases.sections(settings.only, settings.count, Path(name))
        more = [lambda: tools(Path(name))]
        for table in (many_rivals.memory, many_rivals.resources):
            more += [lambda item=item, table=table: table(*item) for item in works.items()]  # type: ignore[misc]
        rounds, match = settings.rounds, settings.match
        return report(works, many_rivals, rounds=rounds, match=match, more=more, clock=many_cases.CLOCK)


def start_up(settings: argparse.Namespace) -> str:
    import start_up

    return start_up.report(settings.rounds)


def first_calls(settings: argparse.Namespace) -> str:
    import first_calls

    return first_calls.report(settings.rounds, settings.match)


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
        (ceilings, "filters and layers beside a copy of their memory, and their products at the machine's best"),
        (pooling, "images and feature maps, beside NumPy and scikit-image too, and a memory copy"),
        (features, "MFCCs and log-mel bands beside psf, librosa, kaldi-native-fbank, PyTorch and asrfront"),
        (
            command,
            "from file to file, beside OpenCV, vips, GraphicsMagick, ImageMagick, psf and librosa",
        ),
        (network, "whole networks beside PyTorch and ONNX Runtime"),
        (learning, "steps of training beside PyTorch"),
        (many, "thousands of files, beside scripts with a process for each core, vips and mogrify"),
        (start_up, "short processes beside the imports they cannot do without"),
        (
            first_calls,
            "the first commands and calls on a machine, the first calls in a process, and later ones",
        ),
        (dialects, "how near dialects come to their systems; written to docs/dialects.md"),
    ):
        subparser = commands.add_parser(run.__name__.replace("_", "-"), help=text)
        subparser.set_defaults(run=run, only=[], match="", quick=False)
        subparser.add_argument("--write", action="store_true", help="replace the published tables by those of this run")
        if run is dialects:
            song = ROOT / "examples" / "song.wav"
            subparser.add_argument("sounds", nargs="*", type=Path, default=[song], metavar="SOUND", help="(song.wav)")
            subparser.add_argument("--htk", type=Path, metavar="FOLDER", help="test.wav, mfcc_d_a_0.htk and fbank.htk")
            continue
        subparser.add_argument("--rounds", type=positive, help=f"most rounds for a row ({DEFAULT_ROUNDS})")
        if run is not start_up:
            subparser.add_argument("--match", default="", help="rows whose names contain this")
    for name, cases in PARTED.items():
        subparser = commands.choices[name]
        subparser.add_argument("--only", nargs="+", choices=cases.PARTS, default=list(cases.PARTS), help="some parts")
        sizes = list(cases.DEFAULT_SIZES)
        subparser.set_defaults(all_parts=list(cases.PARTS), all_sizes=sizes)
        if name == "features":
            subparser.add_argument("--seconds", dest="sizes", nargs="+", type=positive, help="lengths of the sounds")
            subparser.add_argument("--quick", action="store_true", help="a trial: 10 s, few rounds, little memory")
        else:
            known = command_cases.DEFAULT_SIZES if name == "command" else SIZES
            subparser.add_argument("--size", dest="sizes", nargs="+", choices=known, help="of the images (Mpixel)")
    subparser = commands.choices["many"]
    subparser.add_argument(
        "--only", nargs="+", choices=many_cases.PARTS, default=[*many_cases.PARTS], help="some parts"
    )
    count = many_cases.DEFAULT_COUNT
    subparser.add_argument("--count", type=positive, default=count, help=f"files, of large ones a tenth ({count:,})")
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
    if settings.name == "many":
        is_partial |= (settings.only, settings.count) != ([*many_cases.PARTS], many_cases.DEFAULT_COUNT)
    if settings.write and is_partial:
        parser.error("--write replaces all tables: leave out --only, --size, --seconds, --count, --match and --quick")
    text = settings.run(settings)
    print(text)
    if settings.write and settings.name != "dialects":
        write_result(settings.name, text)


if __name__ == "__main__":
    main()
