"""A recipe in steps, with the numbers of one sound, so that each number of the result can be followed by hand."""

from __future__ import annotations

from collections.abc import Sequence

from cnnkit.data.recipes.recipe import WITH_BANDS, Layout, Recipe
from cnnkit.geometry.framing import Frames
from cnnkit.geometry.pair import pair_text

Told = list[tuple[str, str]]

_LOGS = {"ln": "natural", "log10": "to base 10", "db": "10 log10, in dB"}
_GUARDS = {
    "zero": "a power of 0 becomes {floor}",
    "max": "no power is below {floor}",
    "add": "{floor} is added to each power",
}
_TAPERS = {
    "hann": "hann taper",
    "hamming": "hamming taper",
    "povey": "povey taper, a hann to the power of 0.85",
}
_SPECTRA = {"power": "|X|^2", "magnitude": "|X|"}
_FAMILIES = {"hz": "straight over hertz", "mel": "straight over mel", "bin": "with edges that are whole bins"}


def steps(layout: Layout) -> list[str]:
    """The recipe in steps, as far as the kind of features goes."""
    recipe, seconds = layout.recipe, f"{layout.seconds:.3f} s"
    sound = ("sound", f"{layout.frames.samples} samples at {layout.sample_rate:,} Hz: {seconds}")
    if recipe.kind == "waveform":
        return _columns([sound, ("result", f"the samples as they are, in one row: {pair_text(layout.shape)}")])
    told = [sound, *_scale(recipe), *_to_frames(layout), *_to_spectra(layout)]
    if recipe.kind in WITH_BANDS:
        told += _to_bands(layout)
    if recipe.kind != "mel":
        told += _to_logarithms(recipe)
    if recipe.kind == "mfcc":
        told += _from_bands(recipe)
    word = {"spectrogram": "bin", "mel": "band", "logmel": "band", "mfcc": "coefficient"}[recipe.kind]
    sides = f"{plural(layout.shape[0], 'frame')} x {plural(layout.shape[1], word)} x 1"
    return _columns([*told, ("result", f"{sides}: {pair_text(layout.shape)}")])


def _columns(told: Sequence[tuple[str, str]]) -> list[str]:
    return [f"  {name:<12}{text}" for name, text in told]


def _scale(recipe: Recipe) -> Told:
    scales = {"unit": "samples are in [-1, 1]", "int16": "samples are on the scale of 16 bits, full scale 32768"}
    return [("scale", scales[recipe.scale])] if recipe.scale in scales else []


def _to_frames(layout: Layout) -> Told:
    recipe, frames = layout.recipe, layout.frames
    length, hop = frames.length, frames.hop_length
    last, rate = frames.count - 1, layout.sample_rate
    k = f"{recipe.preemphasis:g}"
    over_frame = recipe.preemphasis_over == "frame"
    taper = f"multiplied with a {_TAPERS[recipe.taper]}" if recipe.taper != "none" else "no taper"
    apart = f"{1000 * length / rate:.1f} ms each, {hop} = {1000 * hop / rate:.1f} ms apart"
    told: Told = []
    if not over_frame:
        emphasis = f"x[n] - {k} x[n-1], the first sample kept" if recipe.preemphasis else "none"
        told.append(("preemphasis", emphasis))
    told += [
        ("frames", f"{frames.arithmetic}  (framing {frames.rule.word}: {frames.rule.formula})"),
        ("", f"{length} samples = {apart}, {taper}"),
        ("", f"frame 0 is {_place(frames, 0)}"),
        *([("", f"frame {last} is {_place(frames, last)}")] if last else []),
        *([("", f"{hop - length} samples between two frames are never looked at")] if hop > length else []),
    ]
    if recipe.remove_mean:
        told.append(("mean", "taken from every frame first"))
    if over_frame and recipe.preemphasis:
        told.append(
            ("preemphasis", f"of every frame: x[n] - {k} x[n-1], the first sample times {1 - recipe.preemphasis:g}")
        )
    return told


def _to_spectra(layout: Layout) -> Told:
    spectrum = _SPECTRA.get(layout.recipe.spectrum, f"|X|^2 / {layout.n_fft}")
    apart = f"{layout.sample_rate / layout.n_fft:.2f} Hz apart"
    return [("spectrum", f"FFT of {layout.n_fft}: {layout.bins} bins, {apart}; {spectrum}")]


def _to_bands(layout: Layout) -> Told:
    recipe = layout.recipe
    wide = f"{recipe.n_mels} triangles from {recipe.fmin:g} to {layout.fmax:g} Hz, equally wide in mel"
    shape = f"{recipe.mel_scale}'s mel, {_FAMILIES[recipe.mel_family]}"
    norm = ", each of an area of 1 Hz" if recipe.mel_norm == "slaney" else ""
    told = [("mel bands", wide), ("", f"{shape}{norm}")]
    if layout.empty_bands:
        told.append(("", f"{layout.empty_bands} of them cover no bin: they hold the same number for every sound"))
    return told


def _to_logarithms(recipe: Recipe) -> Told:
    if recipe.log == "none":
        return [("logarithm", "none")]
    guard = _GUARDS[recipe.log_guard].format(floor=f"{recipe.log_floor:.2g}")
    told = [("logarithm", f"{_LOGS[recipe.log]}; {guard}")]
    if recipe.log_range is not None:
        told.append(("", f"held at {recipe.log_range:g} below the largest of the whole sound"))
    if (recipe.log_shift, recipe.log_gain) != (0, 1):
        told.append(("", f"then (x + {recipe.log_shift:g}) * {recipe.log_gain:g}"))
    return told


def _from_bands(recipe: Recipe) -> Told:
    kind = "orthonormal" if recipe.dct == "ortho" else f"times sqrt(2 / {recipe.n_mels})"
    counted = f"(n + {recipe.lifter_first})" if recipe.lifter_first else "n"
    lifter = f"1 + {recipe.lifter / 2:g} sin(pi {counted} / {recipe.lifter:g})" if recipe.lifter else "none"
    told = [
        ("cosines", f"DCT-II of the {recipe.n_mels} logarithms, {kind}; the first {recipe.n_mfcc} are kept"),
        ("lifter", lifter),
    ]
    if recipe.energy:
        whose = (
            "power" if recipe.energy_of == "spectrum" else "samples, squared and summed before preemphasis and taper"
        )
        told.append(("energy", f"coefficient 0 is the logarithm of the frame's {whose}"))
    if recipe.c0 == "last":
        told.append(("order", "coefficient 0 stands last"))
    return told


def _place(frames: Frames, frame: int) -> str:
    """Which samples a frame holds, and how many of them lie outside the sound."""
    start = frames.start(frame)
    stop = start + frames.length
    outside = max(min(0, stop) - start, 0) + max(stop - max(frames.samples, start), 0)
    mirrored = frames.outside.word in ("reflect", "symmetric")
    filled = "zeros" if frames.outside.is_constant else "mirrored" if mirrored else "copied"
    return f"samples {start} to {stop - 1}" + (f", {outside} of them {filled}" if outside else "")


def plural(count: int, word: str) -> str:
    """A count with its word.

    >>> plural(1, "frame"), plural(100, "frame")
    ('1 frame', '100 frames')
    """
    return f"{count} {word}{'' if count == 1 else 's'}"
