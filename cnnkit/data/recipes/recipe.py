"""What features of a sound are made of: every choice that other tools bury in their code, as one record.

Laid out over a sound, a recipe answers every question of size, so what ``--print-shape`` says, what ``--explain``
writes out and what is computed cannot disagree.

Standard library only, so that ``cnnkit mfcc --print-shape`` starts at once.
"""

from __future__ import annotations

from typing import NamedTuple

from cnnkit.data.recipes.fields import Length, whole_number
from cnnkit.data.recipes.mel import WIDEST_FFT, Axis, Band, MelBands, mel_bands
from cnnkit.errors import SizeError
from cnnkit.geometry.framing import Frames, plan_frames
from cnnkit.geometry.padding import pad_mode

KINDS = ("waveform", "spectrogram", "mel", "logmel", "mfcc")
"""What can come out: each is made of the one before it."""

WITH_BANDS = KINDS[2:]
"""The kinds that need the mel bands."""


class Recipe(NamedTuple):
    """How MFCCs, or the steps on the way to them, are made at whatever sample rate.

    Attributes
    ----------
    dialect : str
        Whose recipe this is, but for the fields that were given another value.
    frame_length, hop_length : int or str
        L and H, the samples in a frame and from one frame to the next; or milliseconds such as "25ms".
    rounding : str
        How milliseconds become samples: half-up or down.
    n_fft : int or None
        FFT size; None takes the next power of two from the frame length up.
    n_fft_least : int
        The smallest FFT that None takes.
    framing : str
        How many frames there are and where they begin: pad-end, valid, center, psf, kaldi or whisper.
    pad_mode : str or None
        What a frame holds beyond the ends of the sound: zero, replicate, reflect, symmetric or wrap; None is symmetric
        for framing kaldi, zero for the others.
    scale : str
        What samples are brought to: as-is, nothing; unit, full scale becomes 1; int16, full scale becomes 32768, where
        integers of unknown scale are taken as they are.
    remove_mean : bool
        Whether every frame's mean is taken from it first.
    preemphasis : float
        k of x[n] - k x[n - 1]; 0 for none.
    preemphasis_over : str
        sound, the first sample of it all stays; or frame, each frame's first sample is multiplied by 1 - k.
    taper : str
        What every frame is multiplied with: none, hann, hamming or povey.
    spectrum : str
        power, |X|^2; magnitude, |X|; or power/n_fft.
    mel_scale, mel_family, mel_norm, mel_bins : str
        As in `cnnkit.data.recipes.mel.MelBands`.
    half_rate : str
        Where the FFT's bins end: exact, half the sample rate; or floor, that rounded down to whole hertz.
    empty_bands : str
        error, a band that covers no bin is refused; or allow, its numbers are those of silence.
    n_mels : int
        Mel bands.
    fmin, fmax : float
        Where the bands begin and end, in hertz; None for fmax is half the sample rate.
    log : str
        ln, log10, db (10 log10) or none.
    log_guard, log_floor : str, float
        What keeps a 0 from the logarithm: zero, a power of 0 becomes the floor; max, no power is below it; add, it is
        added to each.
    log_range : float or None
        How far below the largest of the whole sound a logarithm may be; lower ones are raised. None: no bound.
    log_shift, log_gain : float
        A logarithm x becomes (x + shift) * gain.
    dct : str
        ortho, orthonormal; or htk, sqrt(2 / n_mels) for all its terms.
    n_mfcc : int
        Coefficients kept of the discrete cosine transform.
    lifter : float
        Q of 1 + Q / 2 sin(pi (n + first) / Q), which coefficient n is multiplied with; 0 for none.
    lifter_first : int
        The first of that: 0 or 1.
    energy : bool
        Whether coefficient 0 is replaced by the logarithm of the frame's energy.
    energy_of : str
        Of what: spectrum, the sum of its bins; or frame, the sum of its squares before preemphasis and taper.
    c0 : str
        Where coefficient 0 stands: first or last.
    precision : str
        What float32 results are computed in: float32 or float64.
    kind : str
        Which step is the result: waveform, spectrogram, mel, logmel or mfcc. The fields of later steps are not looked
        at.
    """

    dialect: str
    frame_length: Length
    hop_length: Length
    rounding: str = "half-up"
    n_fft: int | None = None
    n_fft_least: int = 1
    framing: str = "pad-end"
    pad_mode: str | None = None
    scale: str = "as-is"
    remove_mean: bool = False
    preemphasis: float = 0.0
    preemphasis_over: str = "sound"
    taper: str = "none"
    spectrum: str = "power"
    mel_scale: str = "htk"
    mel_family: str = "mel"
    mel_norm: str = "none"
    mel_bins: str = "all"
    half_rate: str = "exact"
    empty_bands: str = "error"
    n_mels: int = 26
    fmin: float = 0.0
    fmax: float | None = None
    log: str = "ln"
    log_guard: str = "max"
    log_floor: float = 1e-10
    log_range: float | None = None
    log_shift: float = 0.0
    log_gain: float = 1.0
    dct: str = "ortho"
    n_mfcc: int = 13
    lifter: float = 0.0
    lifter_first: int = 0
    energy: bool = False
    energy_of: str = "spectrum"
    c0: str = "first"
    precision: str = "float32"
    kind: str = "mfcc"

    def lay_out(self, samples: int, sample_rate: int) -> Layout:
        """Settle every number for a sound of `samples` samples at `sample_rate` hertz.

        Raises
        ------
        ArgumentError
            If the rate is not a whole number of hertz.
        SizeError
            If the recipe does not fit this sound, though it may fit another: no samples, too few for one frame, a
            band edge above half the rate, a band without a bin, an FFT below the frame.

        >>> layout = Recipe("lecture", 2048, 512).lay_out(51200, 22050)
        >>> layout.shape, layout.n_fft, layout.fmax
        ((100, 13, 1), 2048, 11025.0)
        """
        rate = whole_number("sample_rate", sample_rate)
        length = self.samples_of("frame_length", rate)
        hop = self.samples_of("hop_length", rate)
        n_fft = self.n_fft or max(self.n_fft_least, 1 << (length - 1).bit_length())
        if n_fft < length:
            raise SizeError(*fft_below_frame(n_fft, length))
        if n_fft > WIDEST_FFT:
            raise SizeError(
                f"an FFT of {n_fft} samples is too large to be meant",
                hint=f"use n_fft {WIDEST_FFT} or less, a shorter frame",
            )
        top = float(rate // 2) if self.half_rate == "floor" else rate / 2
        fmax = top if self.fmax is None else self.fmax
        outside = None if self.pad_mode is None else pad_mode(self.pad_mode)
        frames = plan_frames(self.framing, samples, length, hop, n_fft, outside)
        bands: tuple[Band, ...] = ()
        if self.kind in WITH_BANDS:
            self._check_edges(fmax, top, rate)
            bands = mel_bands(self.mel(fmax), Axis(n_fft, rate, top), may_be_empty=self.empty_bands == "allow")
        return Layout(self, rate, frames, n_fft, fmax, top, bands)

    def mel(self, fmax: float) -> MelBands:
        """The bands that are asked for, which end at `fmax` hertz."""
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
        milliseconds = float(length[:-2])
        if self.rounding == "down":
            samples = int(milliseconds * rate / 1000)
        else:
            exact = milliseconds / 1000 * rate
            samples = int(exact) + (exact - int(exact) >= 0.5)
        if samples < 1:
            raise SizeError(f"{name} {length} is no whole sample at {rate} Hz", hint=f"use a longer {name}")
        return samples


class Layout(NamedTuple):
    """A recipe laid out over one sound: every number is settled.

    Attributes
    ----------
    recipe : Recipe
    sample_rate : int
        In hertz.
    frames : Frames
        Where they lie.
    n_fft : int
        Samples in the FFT.
    fmax : float
        Where the last band ends, in hertz.
    top : float
        Where the bins of the FFT end, in hertz.
    bands : tuple of Band
        The weights of the mel bands; none for a kind without bands.
    """

    recipe: Recipe
    sample_rate: int
    frames: Frames
    n_fft: int
    fmax: float
    top: float
    bands: tuple[Band, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Frames, the numbers of each, 1. A waveform is one row: 1, samples, 1.

        >>> [Recipe("", 2048, 512, n_mels=26, kind=kind).lay_out(51200, 22050).shape for kind in KINDS]
        [(1, 51200, 1), (100, 1025, 1), (100, 26, 1), (100, 26, 1), (100, 13, 1)]
        """
        recipe = self.recipe
        if recipe.kind == "waveform":
            return 1, self.frames.samples, 1
        numbers = {"spectrogram": self.bins, "mel": recipe.n_mels, "logmel": recipe.n_mels, "mfcc": recipe.n_mfcc}
        return self.frames.count, numbers[recipe.kind], 1

    @property
    def bins(self) -> int:
        """Bins of the spectrum, from 0 Hz on."""
        return self.n_fft // 2 + 1

    @property
    def axis(self) -> Axis:
        """The bins of the FFT."""
        return Axis(self.n_fft, self.sample_rate, self.top)

    @property
    def mel(self) -> MelBands:
        """The bands that were asked for."""
        return self.recipe.mel(self.fmax)

    @property
    def seconds(self) -> float:
        """How long the sound is."""
        return self.frames.samples / self.sample_rate

    @property
    def empty_bands(self) -> int:
        """How many bands cover no bin."""
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
