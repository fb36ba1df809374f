"""From a result to a file: its name, its format, its levels, and the line that says so."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from cnnkit.cli.inputs import Source
from cnnkit.cli.looking import Describe, Looking
from cnnkit.cli.outputs import Outputs, made_by
from cnnkit.cli.outputs.outputs import Encode
from cnnkit.cli.report import Report
from cnnkit.data.raster import Raster, holds
from cnnkit.data.trace import Seen
from cnnkit.errors import OutputError
from cnnkit.files.images.raster import IMAGE_FORMATS, Stack, encode_raster, natural_format, without
from cnnkit.files.matrices import MATRIX_FORMATS
from cnnkit.files.writing import Encoder
from cnnkit.geometry.pair import counted, pair_text
from cnnkit.loops.machine.threads import in_order
from cnnkit.operations.levels import Inside, Levelled, Levels, range_word, raster_levels
from cnnkit.operations.maps import tiled
from cnnkit.views.figures.canvas import FIGURE_FORMATS

PICTURE_FORMATS = (*IMAGE_FORMATS, *MATRIX_FORMATS, "zarr", "wav", "svg", "pdf")
ARRAY_FORMATS = (*MATRIX_FORMATS, "zarr")
TILED_FORMATS = ("png", "jpg", "webp")
ACCOUNT = ("minimum", "maximum", "clipped", "not_numbers", "factor")  # what --json says of levels


class Rendering(NamedTuple):
    """How values become levels, where a format has no others."""

    value_range: str = "auto"
    is_zero_sum: bool = False  # whether they are differences
    inside: Inside | None = None  # the results that ``auto`` looks at


def named(
    outputs: Outputs, source: Source, words: str, result: Raster, original: Raster, default: str = ""
) -> tuple[str, str]:
    """The words for what was done in the name of a result, and its format."""
    if original.frame is not None:
        words = f"frame{original.frame.number}.{words}"
    if original.sound:
        from cnnkit.data.recipes.recipe import features_name

        words = f"{features_name(original.sound.recipe['dialect'], original.sound.features)}.{words}"
    if not default and outputs.is_stdout(source) and (result.are_maps or result.file_format == "zarr"):
        default = "npy"
    return words, outputs.format(default or natural_format(result, has_levels=original.is_integer))


def deliver(
    outputs: Outputs,
    report: Report,
    source: Source,
    words: str,
    result: Raster,
    original: Raster,
    *,
    rendering: Rendering,
    looking: Looking,
    describe: Describe,
    stride: int = 1,
) -> None:
    """Write a result and account for it: values in arrays and float TIFFs, else levels.

    A waveform whose samples are every `stride`-th of the original (0: none in particular) can become a sound.
    """
    frame = original.frame
    is_stacked = frame is not None and not frame.is_alone and outputs.takes_one(source)
    words, file_type = named(outputs, source, words, result, original, "npy" if is_stacked or outputs.collects else "")
    facts = _facts(original)
    is_drawn = original.is_picture and original.sound is not None and file_type in TILED_FORMATS + FIGURE_FORMATS
    levelled = None if is_drawn else _levelled(result, original, file_type, rendering, looking.threads)
    levels_of, is_result = levelled.levels_of if levelled else None, outputs.is_shown(source)
    signed = rendering.is_zero_sum
    looking.describe(source, describe, result, levels_of, facts, name=words, is_signed=signed, is_result=is_result)
    if is_result:
        samples = result.samples[..., 0] if result.shape[2] == 1 else result.samples
        report.record(input=source.name, **facts, shape=list(samples.shape), values=samples)
        looking.preview(source, result, result)
        return
    picture, text = _marked(levelled.raster if levelled else result, file_type, facts)
    if file_type in TILED_FORMATS and picture.are_maps:
        text += f"  {picture.shape[2]} maps side by side"
        picture = tiled(picture)
    if outputs.collects:
        report.note(source, original.notes)
        report.collect(source.name, np.ascontiguousarray(picture.samples), facts)
        return
    if lost := without(picture, file_type):
        report.note(source, [f"without its {lost}, which a .{file_type} file does not hold"])
    shape: tuple[int, ...] = picture.shape
    if file_type in ARRAY_FORMATS and picture.is_flat and shape[2] == 1 and not is_stacked:
        shape = shape[:2]  # as encode_raster writes it
    facts |= {"shape": list(shape), "dtype": str(picture.dtype)}
    size = f"{pair_text(shape)} {picture.dtype}"
    account = levelled.account if levelled else None
    if is_drawn or file_type in ("svg", "pdf"):
        seen = Seen(words, describe(None, None, None), result, rendering.is_zero_sum)
        encode: Encode = _drawn(source, original, seen, file_type, is_sound=is_drawn)
    elif file_type == "wav":
        from cnnkit.cli import sounds

        wave = sounds.wave(sounds.at_stride(picture, stride), made_by())
        encode, size, text = wave.encode, wave.size, f"  {wave.text}{text}"
        facts |= {"dtype": str(wave.samples.dtype), "sample_rate": wave.sample_rate, "clipped": wave.clipped}
    elif is_stacked and frame is not None and (frame.of > 1 or file_type in Stack.FORMATS):
        if (stack := _stacked(outputs, report, source, picture, file_type, facts, (account, text))) is None:
            return
        encode = stack.encoder(file_type, made_by(), looking.threads)
        account, text, (size, facts) = None, "", stack.account
    else:
        encode = _encoder(outputs, report, source, picture, file_type, looking.threads)
    delivery = outputs.write(source, words, file_type, encode, size.rpartition(" ")[0], _parts(original, is_stacked))
    notes = [*original.notes, *original.bands.notes]
    report.note(source, notes)
    report.wrote(f"{delivery.text}  {size}{_levels_text(account, facts)}{text}", delivery, size)
    facts |= {"notes": notes} if "notes" in facts else {}
    report.record(input=source.name, **delivery.facts, **facts)
    looking.preview(source, picture, result)


def _parts(original: Raster, is_stacked: bool) -> int:
    """Into how many files a result goes: one for each frame, unless they are in one."""
    return 1 if is_stacked or original.frame is None or original.frame.is_alone else original.frame.of


def _facts(original: Raster) -> dict[str, Any]:
    """What ``--json`` says of the input of a result."""
    frame, sound = original.frame, original.sound
    framed = {"frame": frame.number, "frame_count": frame.of} if frame is not None else {}
    prepared = {"preparation": original.preparation} if original.preparation else {}
    return {"notes": list(original.notes), **framed, **(sound._asdict() if sound else {}), **prepared}


def _drawn(source: Source, original: Raster, seen: Seen, file_type: str, *, is_sound: bool) -> Encoder:
    """A result as a figure, which the features of a sound alone are."""
    if not is_sound:
        problem = f"a .{file_type} file is a figure, and this result is a picture"
        raise OutputError(problem, hint=f"write .png; for a figure add --figure FILE.{file_type}")
    if file_type not in FIGURE_FORMATS:
        raise OutputError(f"a .{file_type} file has no axes", hint="write .png, .svg or .pdf, or the numbers as .npy")
    from cnnkit.views.figures.run import draw_result

    return draw_result(str(source), original, seen, file_type, made_by())


def _levelled(
    result: Raster, original: Raster, file_type: str, rendering: Rendering, threads: int | None
) -> Levelled | None:
    """The levels of a result, where its format takes no values."""
    is_raw = file_type in (*ARRAY_FORMATS, "wav") or (file_type == "tiff" and not original.is_integer)
    if is_raw or result.is_integer:
        return None
    value_range, is_zero_sum, inside = rendering
    word = range_word(value_range, is_zero_sum=is_zero_sum, has_levels=original.is_integer)
    dtype = original.dtype if original.is_integer else np.uint8
    return raster_levels(result, dtype, word, inside=inside, threads=threads)


def _stacked(
    outputs: Outputs,
    report: Report,
    source: Source,
    picture: Raster,
    file_type: str,
    facts: dict[str, Any],
    words: tuple[Callable[[], Levels] | None, str],
) -> Stack | None:
    """All frames in one file, when the last is added to them; None before."""
    frame = picture.frame
    assert frame is not None
    stack = outputs.stack = outputs.stack if outputs.stack and frame.number > 1 else Stack()
    stack.add(picture, file_type, facts)
    if text := f"{_levels_text(words[0], facts)}{words[1]}":
        report.say(f"{source}, frame {frame.number} of {frame.of}:{text[1:]}")
    return None if frame.number < frame.of else stack


def _encoder(
    outputs: Outputs, report: Report, source: Source, picture: Raster, file_type: str, threads: int | None
) -> Encode:
    """What writes a picture, band by band; in a dry run, its bands are made all the same, for what is said of them."""
    watched = picture.with_samples(picture.bands.watched(report.progress_of(source)))
    if file_type == "zarr":
        from cnnkit.files.zarr.writing import filler

        encode: Encode = filler(watched, made_by(), threads, source.part)
    else:
        encode = encode_raster(watched, file_type, made_by(), threads)
    if outputs.dry_run:
        deque(in_order(*watched.bands.steps(lambda rows, first: None), threads), 0)
    return encode


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
