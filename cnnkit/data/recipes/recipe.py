"""What features of a sound are made of: every choice that other tools bury in their code, as one record.

Planned for a sound, a recipe answers every question of size, so what ``--print-shape`` says, what ``--explain``
writes out and what is computed cannot disagree.

Standard library only, so that ``cnnkit mfcc --print-shape`` starts at once.
"""

from __future__ import annotations

from typing import NamedTuple

from cnnkit.data.recipes.fields import Length, whole_number
from cnnkit.data.recipes.mel import MAX_FFT, Axis, Band, MelBands, mel_bands
from cnnkit.errors import SizeError
from cnnkit.geometry.framing import Frames, plan_frames, samples_in
from cnnkit.geometry.padding import pad_mode

KINDS = ("waveform", "spectrogram", "mel", "logmel", "mfcc")
"""What can come out: each is made of the one before it."""

WITH_BANDS = KINDS[2:]

SAMPLE_RATES = dict.fromkeys(("whisper", "vggish", "yamnet", "ast", "speech-commands"), 16000)
"""In hertz, of the dialects of networks: they were trained at it, and take features of no other."""


def features_name(dialect: str, kind: str, numbers: int | None = None) -> str:
    """Features in the names of files: the dialect, where it is not the default, the kind and the numbers of a frame.

    >>> features_name("lecture", "logmel"), features_name("librosa", "mfcc", 20)
    ('logmel', 'librosa.mfcc20')
    """
    return f"{'' if dialect == 'lecture' else f'{dialect}.'}{kind}{numbers or ''}"


class Recipe(NamedTuple):
    """How MFCCs, or the steps on the way to them, are made at whatever sample rate.

    `cnnkit.data.recipes.fields.FIELDS` has the values of each field; docs/mfcc.md explains them.
    """

    dialect: str  # whose recipe this is, but for the fields that were given another value
    frame_length: Length  # samples, or milliseconds such as "25ms"
    hop_length: Length
    rounding: str = "half-up"
    n_fft: int | None = None  # None: the next power of two, n_fft_least or more
    n_fft_least: int = 1
    framing: str = "pad-end"
    pad_mode: str | None = None  # None: symmetric for framing kaldi, zero for the others
    scale: str = "as-is"  # int16 takes integers of unknown full scale as they are
    remove_mean: bool = False
    preemphasis: float = 0.0
    preemphasis_over: str = "sound"  # whose first sample stays; of a frame, it is multiplied by 1 - k
    taper: str = "none"
    spectrum: str = "power"
    frame_place: str = "start"  # of a frame shorter than the FFT; in its middle, the FFT is what is framed
    mel_scale: str = "htk"
    mel_family: str = "mel"
    mel_norm: str = "none"
    mel_bins: str = "all"
    half_rate: str = "exact"
    empty_bands: str = "error"
    n_mels: int = 26
    fmin: float = 0.0
    fmax: float | None = None  # None: half the sample rate
    log: str = "ln"
    log_guard: str = "max"
    log_floor: float = 1e-10
    log_range: float | None = None
    log_ref: float | str | None = None  # a power, or max: the largest of the sound; its logarithm is subtracted
    log_shift: float = 0.0
    log_gain: float = 1.0  # a logarithm x becomes (x + shift) * gain
    dct: str = "ortho"
    n_mfcc: int = 13
    lifter: float = 0.0  # Q of 1 + Q / 2 sin(pi (n + lifter_first) / Q); 0 for none
    lifter_first: int = 0
    energy: bool = False
    energy_of: str = "spectrum"  # of a frame, it is the sum of squares before preemphasis and taper
    c0: str = "first"
    precision: str = "float32"
    kind: str = "mfcc"  # at which step to stop; the fields of later steps are not used

    def plan(self, samples: int, sample_rate: int) -> FeaturePlan:
        """Settle every number for a sound; an error if the recipe does not fit it.

        >>> plan = Recipe("lecture", 2048, 512).plan(51200, 22050)
        >>> plan.shape, plan.n_fft, plan.fmax
        ((100, 13, 1), 2048, 11025.0)
        """
        rate = whole_number("sample_rate", sample_rate)
        length = self.samples_of("frame_length", rate)
        hop = self.samples_of("hop_length", rate)
        n_fft = self.n_fft or max(self.n_fft_least, 1 << (length - 1).bit_length())
        if n_fft < length:
            raise SizeError(*fft_below_frame(n_fft, length))
        if n_fft > MAX_FFT:
            raise SizeError(
                f"an FFT of {n_fft} samples is too large; the largest is {MAX_FFT}",
                hint=f"use n_fft {MAX_FFT} or less, or a shorter frame",
            )
        top = float(rate // 2) if self.half_rate == "floor" else rate / 2
        fmax = top if self.fmax is None else self.fmax
        outside = None if self.pad_mode is None else pad_mode(self.pad_mode)
        in_middle = self.frame_place == "middle"
        frames = plan_frames(self.framing, samples, length, hop, n_fft, outside, in_middle=in_middle)
        bands: tuple[Band, ...] = ()
        if self.kind in WITH_BANDS:
            self._check_edges(fmax, top, rate)
            axis = Axis(n_fft, rate, top, self.half_rate == "floor")
            bands = mel_bands(self.mel(fmax), axis, may_be_empty=self.empty_bands == "allow")
        return FeaturePlan(self, rate, frames, n_fft, fmax, top, bands)

    def check_rate(self, sample_rate: int) -> None:
        """Refuse a sound of another rate than the network of this dialect was trained at."""
        needed = SAMPLE_RATES.get(self.dialect, sample_rate)
        if sample_rate != needed:
            raise SizeError(
                f"dialect {self.dialect} is for sounds of {needed} Hz, and this one has {sample_rate} Hz",
                hint=f"resample it: --sample-rate {needed}, in Python soxr.resample(samples, {sample_rate}, {needed})",
            )

    @property
    def needs_largest(self) -> bool:
        """Whether its logarithms depend on the largest of the whole sound."""
        has_logarithms = self.log != "none" and self.kind not in ("waveform", "mel")
        return has_logarithms and (self.log_range is not None or self.log_ref == "max")

    def mel(self, fmax: float) -> MelBands:
        """The mel bands, up to `fmax` hertz."""
        return MelBands(self.n_mels, self.fmin, fmax, self.mel_scale, self.mel_family, self.mel_norm, self.mel_bins)

    def _check_edges(self, fmax: float, top: float, rate: int) -> None:
        if fmax > top:
            raise SizeError(
                f"fmax {fmax:g} Hz is above half the sample rate, {top:g} Hz, where a sound of {rate} Hz ends",
                hint=f"use fmax {top:g} or less, or leave it out"
                if self.fmin < top
                else f"use fmin and fmax below {top:g}",
            )
        if fmax <= self.fmin:
            raise SizeError(
                f"fmin {self.fmin:g} Hz is not below half the sample rate, {top:g} Hz", hint="use a smaller fmin"
            )

    def samples_of(self, name: str, rate: int) -> int:
        """The field `name`, a length, in samples at a rate.

        >>> Recipe("", "25ms", 512).samples_of("frame_length", 22050), Recipe("", "25ms", 512, "down").samples_of(
        ...     "frame_length", 22070)
        (551, 551)
        """
        length: Length = getattr(self, name)
        if isinstance(length, int):
            return length
        samples = samples_in(float(length[:-2]), rate, self.rounding)
        if samples < 1:
            raise SizeError(f"{name} {length} is less than 1 sample at {rate} Hz", hint=f"use a longer {name}")
        return samples


class FeaturePlan(NamedTuple):
    """A recipe for one sound, or for each of its segments: every number is settled."""

    recipe: Recipe
    sample_rate: int
    frames: Frames
    n_fft: int
    fmax: float
    top: float  # where the bins of the FFT end, in hertz
    bands: tuple[Band, ...]  # none for a kind without bands

    @property
    def shape(self) -> tuple[int, int, int]:
        """Frames, the numbers of each, 1. A waveform is one row: 1, samples, 1.

        >>> [Recipe("", 2048, 512, n_mels=26, kind=kind).plan(51200, 22050).shape for kind in KINDS]
        [(1, 51200, 1), (100, 1025, 1), (100, 26, 1), (100, 26, 1), (100, 13, 1)]
        """
        recipe = self.recipe
        if recipe.kind == "waveform":
            return 1, self.frames.samples, 1
        numbers = {"spectrogram": self.bins, "mel": recipe.n_mels, "logmel": recipe.n_mels, "mfcc": recipe.n_mfcc}
        return self.frames.count, numbers[recipe.kind], 1

    @property
    def bins(self) -> int:
        """Number of bins of the spectrum, from 0 Hz on."""
        return self.n_fft // 2 + 1

    @property
    def axis(self) -> Axis:
        """The bins of the FFT."""
        return Axis(self.n_fft, self.sample_rate, self.top, self.recipe.half_rate == "floor")

    @property
    def mel(self) -> MelBands:
        """The mel bands."""
        return self.recipe.mel(self.fmax)

    @property
    def seconds(self) -> float:
        """Duration of the sound."""
        return self.frames.samples / self.sample_rate

    @property
    def empty_bands(self) -> int:
        """Number of bands that cover no bin."""
        return sum(not band.weights for band in self.bands)

    @property
    def settled(self) -> Recipe:
        """The recipe with every length in samples and nothing left open."""
        frames = self.frames
        return self.recipe._replace(
            frame_length=frames.length,
            hop_length=frames.hop_length,
            n_fft=self.n_fft,
            fmax=self.fmax,
            pad_mode="zero" if frames.outside.is_constant else frames.outside.word,
        )


def fft_below_frame(n_fft: int, length: int) -> tuple[str, str]:
    """The problem and the hint for an FFT that would cut frames off."""
    problem = f"n_fft {n_fft} is below the frame of {length} samples, and would cut it off"
    return problem, f"use n_fft {1 << (length - 1).bit_length()}, or a frame_length of {n_fft} or less"
