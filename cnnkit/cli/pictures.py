"""From a file to an image, whatever it holds; from a result to a file: its format, levels, name and report."""

from __future__ import annotations

import itertools
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from cnnkit.cli import compiling
from cnnkit.cli.inputs import Source
from cnnkit.cli.options import DEFAULT_FEATURES, Sounds
from cnnkit.cli.outputs import Outputs, made_by
from cnnkit.cli.report import Report
from cnnkit.data.raster import Raster, holds
from cnnkit.files.images.frames import ALL
from cnnkit.files.images.raster import (
    IMAGE_FORMATS,
    Stack,
    encode_raster,
    natural_format,
    read_frames,
    without,
)
from cnnkit.files.matrices import MATRIX_FORMATS
from cnnkit.files.reading import is_sound
from cnnkit.geometry.pair import counted, pair_text
from cnnkit.loops.machine.threads import in_order
from cnnkit.operations.levels import Inside, Levels, range_word, raster_levels

PICTURE_FORMATS = (*IMAGE_FORMATS, *MATRIX_FORMATS, "wav")
ACCOUNT = ("minimum", "maximum", "clipped", "not_numbers", "factor")  # what --json says of levels


def read(
    source: Source, sound_options: Sounds, frame: str | None, report: Report, *, explain: bool = False
) -> Iterator[Raster]:
    """Read the frames of an image that are wanted, one at a time, or a sound as one, and say what reading it did."""
    if part := compiling.read_before():
        yield part
        return
    with source.open(is_raw=bool(sound_options.raw)) as stream:
        if is_sound(stream, frame, sound_options._asdict()):
            from cnnkit.cli import sounds

            yield compiling.read(sounds.read(source, stream, sound_options, report, explain=explain))
            return
        for raster in read_frames(stream, frame):
            place = raster.frame
            report.frame = "" if place is None or place.of == 1 else f"frame {place.number} of {place.of}"
            report.note(source, raster.notes)
            yield compiling.read(raster)
            if place and place.number < place.of:
                report.frame = f"frame {place.number + 1} of {place.of}"


def check(
    outputs: Outputs,
    sources: Sequence[Source],
    names: Sequence[str],
    sound_options: Sounds,
    frame: str | None,
    like_result: Callable[[Raster, int], Raster],
) -> list[Source]:
    """End the command if a result of the `names` may not be written; leave out inputs that are results of others.

    `like_result` gives an image with the channels of a result, by the number of its name.
    """
    features = sound_options.features or DEFAULT_FEATURES
    if sound_options.dialect is not None:
        from cnnkit.data.recipes.dialects import read_recipe
        from cnnkit.data.recipes.recipe import features_name

        recipe = read_recipe(sound_options.dialect, features)
        features = features_name(recipe.dialect, recipe.kind)
    listed = cache(lambda folder: os.listdir(folder) if os.path.isdir(folder) else [])

    def places(source: Source) -> Iterator[Path]:
        types = [outputs.chosen] if outputs.chosen else ["png", "npy"]
        for name, file_type in itertools.product(names, types):
            for prefix in [f"frame{'1' if frame == ALL else frame}."] if frame else ["", f"{features}."]:
                yield (path := outputs.path(source, f"{prefix}{name}", file_type))
            if frame == ALL:
                end = f".{name}.{file_type}"
                begin = path.name.removesuffix(f"1{end}")
                names_there = (one for one in listed(path.parent) if one.startswith(begin) and one.endswith(end))
                yield from map(path.with_name, names_there)

    def results(source: Source) -> Iterator[Path]:
        with suppress(Exception):  # of which its own turn will tell
            for image in read(source, sound_options, frame, Report("", quiet=True)):
                for number, name in enumerate(names):
                    yield outputs.path(source, *_named(outputs, name, like_result(image, number), image))

    return outputs.check(sources, places, results)


def _named(outputs: Outputs, words: str, result: Raster, original: Raster, default: str = "") -> tuple[str, str]:
    """The words for what was done in the name of a result, and its format."""
    if original.frame is not None:
        words = f"frame{original.frame.number}.{words}"
    if original.sound:
        from cnnkit.data.recipes.recipe import features_name

        words = f"{features_name(original.sound.recipe['dialect'], original.sound.features)}.{words}"
    return words, outputs.format(default or natural_format(result, has_levels=original.is_picture))


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
    inside: Inside | None = None,
    stride: int = 1,
    threads: int | None = None,
) -> None:
    """Write a result and account for it: values in arrays and float TIFFs, else levels, as `value_range` says.

    Of derivatives, ``auto`` looks at the results `inside`. A waveform whose samples are every `stride`-th of the
    original (0: none in particular) can become a sound.
    """
    frame = original.frame
    facts: dict[str, Any] = {"notes": list(original.notes)}
    is_stacked = frame is not None and not frame.is_alone and outputs.takes_one(source)
    words, file_type = _named(outputs, words, result, original, "npy" if is_stacked else "")
    if frame is not None:
        facts |= {"frame": frame.number, "frame_count": frame.of}
    if original.sound:
        facts |= original.sound._asdict()
    raw = file_type in (*MATRIX_FORMATS, "wav") or (file_type == "tiff" and not original.is_integer)
    account: Callable[[], Levels] | None = None
    if not raw and not result.is_integer:
        word = range_word(value_range, is_zero_sum=is_zero_sum, has_levels=original.is_integer)
        dtype = original.dtype if original.is_integer else np.uint8
        result, account = raster_levels(result, dtype, word, inside=inside, threads=threads)
    result, text = _marked(result, file_type, facts)
    shape: tuple[int, ...] = result.shape
    if file_type in MATRIX_FORMATS and result.is_flat and shape[2] == 1 and not is_stacked:
        shape = shape[:2]  # as encode_raster writes it
    facts |= {"shape": list(shape), "dtype": str(result.dtype)}
    size = f"{pair_text(shape)} {result.dtype}"
    if lost := without(result, file_type):
        report.say(f"{source}: without its {lost}, which a .{file_type} file does not hold")
    if file_type == "wav":
        from cnnkit.cli import sounds

        wave = sounds.wave(sounds.at_stride(result, stride), made_by())
        encode, size, text = wave.encode, wave.size, f"  {wave.text}{text}"
        facts |= {"dtype": str(wave.samples.dtype), "sample_rate": wave.sample_rate, "clipped": wave.clipped}
    elif frame is not None and is_stacked and (frame.of > 1 or file_type in Stack.FORMATS):
        stack = outputs.stack = outputs.stack if outputs.stack and frame.number > 1 else Stack()
        stack.add(result, file_type, facts)
        if text := f"{_levels_text(account, facts)}{text}":
            report.say(f"{source}, frame {frame.number} of {frame.of}:{text[1:]}")
        if frame.number < frame.of:
            return  # the last one takes them all
        account, encode, text, (size, facts) = None, stack.encoder(file_type, made_by()), "", stack.account
    else:
        result = result.with_samples(result.bands.watched(report.progress_of(source)))
        encode = encode_raster(result, file_type, made_by(), threads)
        if outputs.dry_run:
            deque(in_order(*result.bands.steps(lambda rows, first: None), threads), 0)
    delivery = outputs.write(source, words, file_type, encode, size.rpartition(" ")[0])
    notes = [*original.notes, *original.bands.notes]
    report.note(source, notes)
    report.say(f"{delivery.text}  {size}{_levels_text(account, facts)}{text}")
    facts |= {"notes": notes} if "notes" in facts else {}
    report.record(input=source.name, **delivery.facts, **facts)


def _levels_text(account: Callable[[], Levels] | None, facts: dict[str, Any]) -> str:
    """A phrase about the levels of what was written; their numbers go into `facts`."""
    if account is None:
        return ""
    levels = account()
    facts |= {"range": levels.word, **{name: getattr(levels, name) for name in ACCOUNT}}
    return f"  {levels.text}"


def _marked(result: Raster, file_type: str, facts: dict[str, Any]) -> tuple[Raster, str]:
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
    blurs = ", which a .jpg file blurs" if file_type == "jpg" else ""
    return result.with_samples(samples), f"{text}, {counted(count, 'result')} not computed: {word}{like}{blurs}"
