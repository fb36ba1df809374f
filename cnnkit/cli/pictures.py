"""From a file to an image, whatever it holds; from a result to a file: its format, levels, name and report."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.cli.inputs import Source
from cnnkit.cli.options import Sounds
from cnnkit.cli.outputs import Outputs, made_by
from cnnkit.cli.report import Report
from cnnkit.data.raster import Raster
from cnnkit.errors import InputError, printable
from cnnkit.files.images.raster import IMAGE_FORMATS, encode_raster, natural_format, raster_made_by_cnnkit
from cnnkit.files.matrices import MATRIX_FORMATS
from cnnkit.files.sounds.tags import find_sound
from cnnkit.geometry.pair import pair_text
from cnnkit.loops.machine import compile, store
from cnnkit.operations.levels import range_word, to_levels

PICTURE_FORMATS = (*IMAGE_FORMATS, *MATRIX_FORMATS, "wav")


def announce_compiling(report: Report) -> None:
    """Say why a first run on a machine takes longer."""
    cached = "compiling once for this machine ..."
    refused = f"compiling, and again next time: {store.refusal()}"
    compile.announce = lambda: report.say(refused if store.folder() is None else cached)


def read(source: Source, sound_options: Sounds, report: Report, *, explain: bool = False) -> Raster:
    """Read an image, or a sound as one, and say what reading it did."""
    from cnnkit.files.images.raster import read_raster

    with source.open() as stream:
        is_sound = find_sound(stream)[0].kind == "sound"
        stream.seek(0)
        if is_sound or sound_options.raw:
            from cnnkit.cli import sounds

            return sounds.read(source, stream, sound_options, report, explain=explain)
        raster = read_raster(stream)
    for name, value in sound_options._asdict().items():
        if value is not None:
            option = f"--{name.replace('_', '-')}"
            raise InputError(
                f"{option} {value} is for sounds, and this is an image", hint=f"leave {option} out for images"
            )
    for note in raster.notes:
        report.say(f"{source}: {note}")
    return raster


def deliver(
    outputs: Outputs,
    report: Report,
    source: Source,
    words: str,
    result: Raster,
    original: Raster,
    *,
    value_range: str = "auto",
    is_zero_sum: bool = False,
    stride: int = 1,
    threads: int | None = None,
) -> None:
    """Write one result and account for it.

    Raw values go into arrays and float TIFFs; every other image gets levels, as `value_range` says. A waveform whose
    samples are every `stride`-th of the original (0: none in particular) can become a sound.
    """
    file_type = outputs.format(natural_format(result, has_levels=original.is_picture))
    facts: dict[str, Any] = {}
    if original.sound:
        words = f"{original.sound.features}.{words}"
        facts = original.sound._asdict()
    if file_type == "wav":
        _deliver_wave(outputs, report, source, words, result, stride, facts)
        return
    text = ""
    raw = file_type in MATRIX_FORMATS or (file_type == "tiff" and not original.is_integer)
    if not raw and not result.is_integer:
        word = range_word(value_range, is_zero_sum=is_zero_sum, has_levels=original.is_integer)
        depth = original.samples.dtype if original.is_integer else np.dtype(np.uint8)
        levels, account = to_levels(result.colour, depth, word)
        if result.has_alpha:
            alpha, _ = to_levels(result.alpha, depth, "clip")
            levels = np.concatenate([levels, alpha], axis=2)
        result = result.with_samples(levels)
        text = f"  {account.text}"
        facts |= {
            "range": account.word,
            "minimum": account.minimum,
            "maximum": account.maximum,
            "clipped": account.clipped,
            "not_numbers": account.not_numbers,
        }
    encode = encode_raster(result, file_type, made_by(), threads)
    where, what = outputs.write(source, words, file_type, encode, raster_made_by_cnnkit)
    samples = result.samples
    report.say(f"{what} {printable(where)}  {pair_text(samples.shape)} {samples.dtype}{text}")
    report.record(
        input=source.name, output=where, action=what, shape=list(samples.shape), dtype=str(samples.dtype), **facts
    )


def _deliver_wave(
    outputs: Outputs, report: Report, source: Source, words: str, result: Raster, stride: int, facts: dict[str, Any]
) -> None:
    from cnnkit.cli import sounds
    from cnnkit.files.sounds.wav import wav_made_by_cnnkit

    wave = sounds.wave(sounds.at_stride(result, stride), made_by())
    where, what = outputs.write(source, words, "wav", wave.encode, wav_made_by_cnnkit)
    report.say(f"{what} {printable(where)}  {wave.samples.size} samples {wave.samples.dtype}  {wave.text}")
    report.record(
        input=source.name,
        output=where,
        action=what,
        shape=list(result.shape),
        dtype=str(wave.samples.dtype),
        **{**facts, "sample_rate": wave.sample_rate, "clipped": wave.clipped},
    )
