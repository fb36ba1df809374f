"""From a file to an image, whatever it holds; from a result to a file: its format, levels, name and report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cnnkit.cli.inputs import Source
from cnnkit.cli.options import Sounds
from cnnkit.cli.outputs import Outputs, made_by
from cnnkit.cli.report import Report
from cnnkit.data.raster import Raster, holds
from cnnkit.errors import InputError, printable
from cnnkit.files.images.raster import (
    IMAGE_FORMATS,
    Stack,
    encode_raster,
    natural_format,
    raster_made_by_cnnkit,
    without,
)
from cnnkit.files.matrices import MATRIX_FORMATS
from cnnkit.files.sounds.tags import find_sound
from cnnkit.geometry.pair import counted, pair_text
from cnnkit.loops.machine import compile, store
from cnnkit.operations.levels import Levels, range_word, to_levels

PICTURE_FORMATS = (*IMAGE_FORMATS, *MATRIX_FORMATS, "wav")
ACCOUNT = ("minimum", "maximum", "clipped", "not_numbers")  # what --json says of levels


def announce_compiling(report: Report) -> None:
    """Say why a first run on a machine takes longer."""
    cached = "compiling once for this machine ..."
    refused = f"compiling, and again next time: {store.refusal()}"
    compile.announce = lambda: report.say(refused if store.folder() is None else cached)


def read(
    source: Source, sound_options: Sounds, frame: str | None, report: Report, *, explain: bool = False
) -> Iterator[Raster]:
    """Read the frames of an image that are wanted, one at a time, or a sound as one, and say what reading it did."""
    from cnnkit.files.images.raster import read_frames

    with source.open() as stream:
        is_sound = find_sound(stream)[0].kind == "sound"
        stream.seek(0)
        if is_sound or sound_options.raw:
            from cnnkit.cli import sounds

            if frame is not None:
                raise InputError(
                    f"--frame {frame} is for images, and this is a sound", hint="leave --frame out for sounds"
                )
            yield sounds.read(source, stream, sound_options, report, explain=explain)
            return
        said: set[str] = set()
        for raster in read_frames(stream, frame):
            for name, value in sound_options._asdict().items():
                if value is not None:
                    option = f"--{name.replace('_', '-')}"
                    raise InputError(
                        f"{option} {value} is for sounds, and this is an image", hint=f"leave {option} out for images"
                    )
            for note in raster.notes:
                if note not in said:  # by a frame before
                    report.say(f"{source}: {note}")
            said |= {*raster.notes}
            yield raster


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
    """Write a result and account for it: values in arrays and float TIFFs, else levels, as `value_range` says.

    A waveform whose samples are every `stride`-th of the original (0: none in particular) can become a sound.
    """
    facts: dict[str, Any] = {}
    frame = original.frame
    is_stacked = frame is not None and not frame.is_alone and outputs.takes_one(source)
    file_type = outputs.format("npy" if is_stacked else natural_format(result, has_levels=original.is_picture))
    if frame is not None:
        words, facts = f"frame{frame.number}.{words}", {"frame": frame.number, "frame_count": frame.of}
    if original.sound:
        from cnnkit.data.recipes.recipe import features_name

        words = f"{features_name(original.sound.recipe['dialect'], original.sound.features)}.{words}"
        facts = original.sound._asdict()
    may_replace, text = raster_made_by_cnnkit, ""
    raw = file_type in (*MATRIX_FORMATS, "wav") or (file_type == "tiff" and not original.is_integer)
    if not raw and not result.is_integer:
        word = range_word(value_range, is_zero_sum=is_zero_sum, has_levels=original.is_integer)
        result, account = _with_levels(result, original, word)
        facts |= {"range": account.word, **{name: getattr(account, name) for name in ACCOUNT}}
        text = f"  {account.text}"
    result, hole_text = _marked(result, facts)
    text += hole_text
    shape, dtype, size = result.samples.shape, result.samples.dtype, pair_text(result.shape)
    if file_type == "wav":
        from cnnkit.cli import sounds
        from cnnkit.files.sounds.wav import wav_made_by_cnnkit

        wave = sounds.wave(sounds.at_stride(result, stride), made_by())
        encode, may_replace, dtype = wave.encode, wav_made_by_cnnkit, wave.samples.dtype
        size, text = f"{wave.samples.size} samples", f"  {wave.text}{text}"
        facts |= {"sample_rate": wave.sample_rate, "clipped": wave.clipped}
    elif frame is not None and is_stacked and (frame.of > 1 or file_type in Stack.FORMATS):
        stack = outputs.stack = outputs.stack if outputs.stack and frame.number > 1 else Stack()
        stack.add(result, file_type, facts)
        if text:
            report.say(f"{source}, frame {frame.number} of {frame.of}:{text[1:]}")
        if frame.number < frame.of:
            return  # the last one takes them all
        encode, shape = stack.encoder(file_type, made_by()), stack.rows.shape
        facts, size, text = {"frames": stack.facts}, pair_text(shape), ""
    else:
        encode = encode_raster(result, file_type, made_by(), threads)
    if file_type == "jpg" and facts.get("holes"):
        text += ", which a .jpg file blurs"
    if lost := without(result, file_type):
        report.say(f"{source}: without its {lost}, which a .{file_type} file does not hold")
    where, what = outputs.write(source, words, file_type, encode, may_replace)
    report.say(f"{what} {printable(where)}  {size} {dtype}{text}")
    report.record(input=source.name, output=where, action=what, shape=list(shape), dtype=str(dtype), **facts)


def _with_levels(result: Raster, original: Raster, word: str) -> tuple[Raster, Levels]:
    """A result as the levels of a picture, and the account of it; holes, which are said by themselves, are left out."""
    depth = original.samples.dtype if original.is_integer else np.dtype(np.uint8)
    lost = None if result.lost is None else result.lost.results
    values = result.colour if lost is None else np.where(lost, np.nan, result.colour)
    levels, account = to_levels(values, depth, word)
    if lost is not None:
        account = account._replace(not_numbers=account.not_numbers - int(np.count_nonzero(lost)))
    if result.has_alpha:
        levels = np.concatenate([levels, to_levels(result.alpha, depth, "clip")[0]], axis=2)
    return result.with_samples(levels), account


def _marked(result: Raster, facts: dict[str, Any]) -> tuple[Raster, str]:
    """A result with its holes as files hold them, and a phrase about them; their numbers go into `facts`."""
    if result.lost is None:
        return result, ""
    missing, sought, nodata, lost = result.lost
    count = int(np.count_nonzero(lost))
    facts |= {"missing": missing, "holes": count}
    if not missing:
        return result, f"  no sample is {sought}"
    text = f"  {counted(missing, 'sample')} missing"
    if not count:
        return result, f"{text}, all results computed"
    samples = result.samples.copy()
    colours = samples[..., : lost.shape[2]]
    value, word = (np.nan, "NaN") if nodata is None else (nodata, str(nodata))
    if not holds(samples.dtype, value):
        value, word = 0, "black"
    others = int(np.count_nonzero((colours == value) & ~lost))
    like = f", like {counted(others, 'other')}" if others and word != "black" else ""
    colours[lost] = value
    return result.with_samples(samples), f"{text}, {counted(count, 'result')} not computed: {word}{like}"
