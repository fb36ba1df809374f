"""A recipe in steps, with the numbers of one sound, so that each number of the result can be followed by hand; and how
many frames other tools would find in it.
"""

from __future__ import annotations

from cnnkit.data.recipes.finish import SoundPlan
from cnnkit.data.recipes.recipe import WITH_BANDS, FeaturePlan, Recipe
from cnnkit.geometry.framing import FRAMINGS, Frames
from cnnkit.geometry.pair import counted, pair_text

Lines = list[tuple[str, str]]
"""The name of a step, or nothing where it goes on, and what it does."""

_LOGS = {"ln": "natural", "log10": "to base 10", "db": "10 log10, in dB"}
_GUARDS = {
    "zero": "a {power} of 0 becomes {floor}",
    "max": "no {power} is below {floor}",
    "add": "{floor} is added to each {power}",
}
_SPECTRA = {"power": "|X|^2", "magnitude": "|X|"}
_FAMILIES = {"hz": "straight over hertz", "mel": "straight over mel", "bin": "with edges that are whole bins"}

OTHERS = {
    "pad-end": "tf.signal with pad_end: a frame begins at every hop, the last ones are filled up with zeros",
    "valid": "kaldi, htk: frames lie within the sound, what is left at its end is dropped",
    "center": "librosa, torchaudio: frames are centred on every hop, on sample 0 too, so there is one more",
    "psf": "python_speech_features: frames go on until every sample is in one, the last is filled up with zeros",
    "kaldi": "kaldi with snip-edges=false: frames are centred between hops, the ends are mirrored",
    "whisper": "whisper: frames are centred on every hop, the last one is dropped",
}
"""Who uses a framing, and what it does."""


def explanation(plan: SoundPlan) -> str:
    """The recipe and the finish in steps, with the numbers of one sound, and the frames that other framings find."""
    features = plan.features
    others = _other_counts(features.frames) if features.recipe.kind != "waveform" else []
    before, after = map(_columns, _around(plan))
    return "\n".join([*before, *steps(features), *after, *others])


def sides(plan: SoundPlan) -> str:
    """The axes of a result in words, in the order of its layout.

    >>> from cnnkit.data.recipes.finish import Finish, plan_sound
    >>> sides(plan_sound(Recipe("", 2048, 512), Finish(layout="ftc"), 51200, 22050))
    'layout ftc: 13 columns x 100 frames x 1 channel'
    """
    words = ["segment", "frame", "column", "channel"]
    if plan.features.recipe.kind == "waveform":
        words = ["segment", "row", "sample", "channel"]
    return f"layout {plan.finish.layout}: {' x '.join(counted(plan.sides[axis], words[axis]) for axis in plan.axes)}"


def _around(plan: SoundPlan) -> list[Lines]:
    """What is done to the sound before the recipe, and to its features after it; nothing by default."""
    finish, cut, windows = plan.finish, plan.cut, plan.windows
    frames, is_of_sound = plan.features.frames.count, not finish.has_frame_segments
    over = "the 600 frames around each" if str(finish.cmvn).startswith("sliding") else f"all frames of {finish.unit}"
    divided = "" if str(finish.cmvn).endswith("mean") else ", divided by its standard deviation"
    largest = ", but for the largest of all" if plan.features.recipe.needs_largest else ""
    before = {
        "channels": plan.channels > 1 and f"{plan.channels}, each by itself{largest}",
        "duration": finish.duration and f"{plan.samples} samples of the sound, which has {plan.present}",
        "segments": finish.segment and is_of_sound and f"{cut.count} of {cut.size} samples, {cut.step} apart",
    }
    after = {
        "cmvn": finish.cmvn and f"every column minus its mean over {over}{divided}",
        "deltas": finish.deltas and f"{finish.delta_kind}'s, over {finish.width} frames, as {finish.deltas}",
        "segments": not is_of_sound and f"{windows.count} of {windows.size} frames, {windows.step} apart",
        "length": finish.length and f"{finish.length} of {frames} frames",
        "": windows.end > frames and finish.fit == "pad" and f"missing frames hold {finish.pad_value}",
        "result": plan.shape != plan.features.shape and sides(plan),
    }
    return [[(name, str(text)) for name, text in lines.items() if text] for lines in (before, after)]


def _other_counts(frames: Frames) -> list[str]:
    lines = [f"  the same frames of {frames.length}, hop {frames.hop_length}, with other framings:"]
    for word, rule in FRAMINGS.items():
        if word != frames.rule.word:
            lines += [f"    {word:<10}{OTHERS[word]}", f"{'':14}{frames._replace(rule=rule).arithmetic}"]
    return lines


def steps(plan: FeaturePlan) -> list[str]:
    """The recipe in steps, as far as the kind of features goes."""
    recipe, seconds = plan.recipe, f"{plan.seconds:.3f} s"
    sound = ("sound", f"{plan.frames.samples} samples at {plan.sample_rate:,} Hz: {seconds}")
    if recipe.kind == "waveform":
        return _columns([sound, ("result", f"the samples as they are, in one row: {pair_text(plan.shape)}")])
    lines = [sound, *_scale(recipe), *_to_frames(plan), *_to_spectra(plan)]
    if recipe.kind in WITH_BANDS:
        lines += _to_bands(plan)
    if recipe.kind != "mel":
        lines += _to_logarithms(recipe)
    if recipe.kind == "mfcc":
        lines += _from_bands(recipe)
    word = {"spectrogram": "bin", "mel": "band", "logmel": "band", "mfcc": "coefficient"}[recipe.kind]
    sides = f"{counted(plan.shape[0], 'frame')} x {counted(plan.shape[1], word)} x 1"
    return _columns([*lines, ("result", f"{sides}: {pair_text(plan.shape)}")])


def _columns(lines: Lines) -> list[str]:
    return [f"  {name:<12}{text}" for name, text in lines]


def _scale(recipe: Recipe) -> Lines:
    scales = {"unit": "samples are in [-1, 1]", "int16": "samples are on the scale of 16 bits, full scale 32768"}
    return [("scale", scales[recipe.scale])] if recipe.scale in scales else []


def _to_frames(plan: FeaturePlan) -> Lines:
    recipe, frames = plan.recipe, plan.frames
    length, hop = frames.length, frames.hop_length
    last, rate = frames.count - 1, plan.sample_rate
    k = f"{recipe.preemphasis:g}"
    over_frame = recipe.preemphasis_over == "frame"
    spacing = f"{1000 * length / rate:.1f} ms each, {hop} = {1000 * hop / rate:.1f} ms apart"
    formula = frames.rule.formula_of(plan.n_fft, in_middle=frames.in_middle)
    lines: Lines = []
    if not over_frame:
        emphasis = f"x[n] - {k} x[n-1], the first sample kept" if recipe.preemphasis else "none"
        lines.append(("preemphasis", emphasis))
    lines += [
        ("frames", f"{frames.arithmetic}  (framing {frames.rule.word}: {formula})"),
        ("", f"{length} samples = {spacing}, {_taper(recipe.taper)}"),
        *([("", f"each is the middle of {plan.n_fft} samples, which are the FFT's")] if frames.in_middle else []),
        ("", f"frame 0 is {_place(frames, 0)}"),
        *([("", f"frame {last} is {_place(frames, last)}")] if last else []),
        *([("", f"{hop - length} samples between two frames are not used")] if hop > length else []),
    ]
    if recipe.remove_mean:
        lines.append(("mean", "subtracted from every frame first"))
    if over_frame and recipe.preemphasis:
        lines.append(
            ("preemphasis", f"of every frame: x[n] - {k} x[n-1], the first sample times {1 - recipe.preemphasis:g}")
        )
    return lines


def _taper(word: str) -> str:
    if word == "none":
        return "no taper"
    kind, _, form = word.partition("-")
    power = ", a hann to the power of 0.85" if kind == "povey" else ""
    return f"multiplied with a {kind} taper{power}" + (f", {form}" if form else "")


def _to_spectra(plan: FeaturePlan) -> Lines:
    spectrum = _SPECTRA.get(plan.recipe.spectrum, f"|X|^2 / {plan.n_fft}")
    spacing = f"{plan.sample_rate / plan.n_fft:.2f} Hz apart"
    return [("spectrum", f"FFT of {plan.n_fft}: {plan.bins} bins, {spacing}; {spectrum}")]


def _to_bands(plan: FeaturePlan) -> Lines:
    recipe = plan.recipe
    wide = f"{recipe.n_mels} triangles from {recipe.fmin:g} to {plan.fmax:g} Hz, equally wide in mel"
    shape = f"{recipe.mel_scale}'s mel, {_FAMILIES[recipe.mel_family]}"
    norm = ", each of an area of 1 Hz" if recipe.mel_norm == "slaney" else ""
    lines = [("mel bands", wide), ("", f"{shape}{norm}")]
    if plan.empty_bands:
        lines.append(("", f"{cover_no_bin(plan.empty_bands, 'them')}, and the same number is there for every sound"))
    return lines


def cover_no_bin(count: int, bands: str) -> str:
    """How many mel bands are empty."""
    return f"{count} of {bands} {'covers' if count == 1 else 'cover'} no bin"


def _to_logarithms(recipe: Recipe) -> Lines:
    if recipe.log == "none":
        return [("logarithm", "none")]
    power = "magnitude" if recipe.spectrum == "magnitude" else "power"
    guard = _GUARDS[recipe.log_guard].format(power=power, floor=f"{recipe.log_floor:.2g}")
    lines = [("logarithm", f"{_LOGS[recipe.log]}; {guard}")]
    if recipe.log_range is not None:
        lines.append(("", f"held at {recipe.log_range:g} below the largest of the whole sound"))
    if recipe.log_ref == "max":
        lines.append(("", "minus the largest of the whole sound, which becomes 0"))
    elif recipe.log_ref is not None:
        lines.append(("", f"minus the logarithm of {recipe.log_ref:g}, which becomes 0"))
    if (recipe.log_shift, recipe.log_gain) != (0, 1):
        lines.append(("", f"then (x + {recipe.log_shift:g}) * {recipe.log_gain:g}"))
    return lines


def _from_bands(recipe: Recipe) -> Lines:
    scale = "orthonormal" if recipe.dct == "ortho" else f"times sqrt(2 / {recipe.n_mels})"
    number = f"(n + {recipe.lifter_first})" if recipe.lifter_first else "n"
    lifter = f"1 + {recipe.lifter / 2:g} sin(pi {number} / {recipe.lifter:g})" if recipe.lifter else "none"
    bands, logarithm = ("bands", "") if recipe.log == "none" else ("logarithms", "the logarithm of ")
    lines = [
        ("cosines", f"DCT-II of the {recipe.n_mels} {bands}, {scale}; the first {recipe.n_mfcc} are kept"),
        ("lifter", lifter),
    ]
    if recipe.energy:
        whose = "magnitudes, summed" if recipe.spectrum == "magnitude" else "power"
        if recipe.energy_of == "frame":
            whose = "samples, squared and summed before preemphasis and taper"
        lines.append(("energy", f"coefficient 0 is {logarithm}the frame's {whose}"))
    if recipe.c0 == "last":
        lines.append(("order", "coefficient 0 is last"))
    return lines


def _place(frames: Frames, frame: int) -> str:
    """Which samples a frame holds, and how many of them lie outside the sound."""
    start = frames.start(frame)
    stop = start + frames.length
    outside = max(min(0, stop) - start, 0) + max(stop - max(frames.samples, start), 0)
    mirrored = frames.outside.word in ("reflect", "symmetric")
    filled = "zeros" if frames.outside.is_constant else "mirrored" if mirrored else "copied"
    return f"samples {start} to {stop - 1}" + (f", {outside} of them {filled}" if outside else "")
