"""What features of a sound are made of: every choice that other tools bury in their code, as one record.

Laid out over a sound, a recipe answers every question of size, so what ``--print-shape`` says, what ``--explain``
writes out and what is computed cannot disagree.

Standard library only, so that ``cnnkit mfcc --print-shape`` starts at once.
"""

from __future__ import annotations

from typing import NamedTuple

from cnnkit.data.recipe_fields import Length, whole_number
from cnnkit.errors import SizeError
from cnnkit.geometry.framing import Frames, plan_frames
from cnnkit.geometry.mel import WIDEST_FFT, bin_edges

KINDS = ("waveform", "spectrogram", "logmel", "mfcc")
"""What can come out: each is made of the one before it."""

WITH_BANDS = KINDS[2:]
"""The kinds that need the mel bands."""

SMALLEST_FFT = 512
"""The FFT that is used unless a frame needs a larger one. Source: python_speech_features 0.6."""


class Recipe(NamedTuple):
    """How MFCCs, or the steps on the way to them, are made at whatever sample rate.

    Attributes
    ----------
    dialect : str
        Whose recipe this is, but for the fields that were given another value.
    frame_length, hop_length : int or str
        L and H, the samples in a frame and from one frame to the next; or milliseconds such as "25ms", rounded to
        samples, half up.
    n_fft : int or None
        FFT size; None takes the next power of two from the frame length up, and 512 at least.
    framing : str
        How many frames there are and where they begin: pad-end, valid, center, psf or kaldi.
    taper : str
        What every frame is multiplied with: none, hann or hamming.
    preemphasis : float
        k of x[n] - k x[n - 1], over the whole sound; 0 for none.
    n_mels : int
        Mel bands.
    fmin, fmax : float
        Where the bands begin and end, in hertz; None for fmax is half the sample rate.
    n_mfcc : int
        Coefficients kept of the discrete cosine transform.
    lifter : float
        Q of 1 + Q / 2 sin(pi n / Q), which coefficient n is multiplied with; 0 for none.
    energy : bool
        Whether coefficient 0 is replaced by the logarithm of the frame's power.
    kind : str
        Which step is the result: waveform, spectrogram, logmel or mfcc. The fields of later steps are not looked at.
    """

    dialect: str
    frame_length: Length
    hop_length: Length
    n_fft: int | None = None
    framing: str = "pad-end"
    taper: str = "none"
    preemphasis: float = 0.97
    n_mels: int = 26
    fmin: float = 0.0
    fmax: float | None = None
    n_mfcc: int = 13
    lifter: float = 22.0
    energy: bool = True
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
        length = self._samples("frame_length", self.frame_length, rate)
        hop = self._samples("hop_length", self.hop_length, rate)
        n_fft = self.n_fft or max(SMALLEST_FFT, 1 << (length - 1).bit_length())
        if n_fft < length:
            raise SizeError(*fft_below_frame(n_fft, length))
        if n_fft > WIDEST_FFT:
            raise SizeError(
                f"an FFT of {n_fft} samples is too large to be meant",
                hint=f"use n_fft {WIDEST_FFT} or less, a shorter frame",
            )
        top = rate / 2
        fmax = top if self.fmax is None else self.fmax
        if fmax > top:
            raise SizeError(
                f"fmax {fmax:g} Hz is above half the sample rate, {top:g} Hz, where a sound of {rate} Hz ends",
                hint=f"use fmax {top:g} or less, or leave it out",
            )
        if fmax <= self.fmin:
            raise SizeError(
                f"fmin {self.fmin:g} Hz is not below half the sample rate, {top:g} Hz", hint="use a smaller fmin"
            )
        frames = plan_frames(self.framing, samples, length, hop, n_fft)
        edges = bin_edges(self.n_mels, n_fft, rate, self.fmin, fmax) if self.kind in WITH_BANDS else ()
        return Layout(self, rate, frames, n_fft, fmax, edges)

    def _samples(self, name: str, length: Length, rate: int) -> int:
        if isinstance(length, int):
            return length
        exact = float(length[:-2]) / 1000 * rate
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
    edges : tuple of int
        The edges of the mel bands in FFT bins, n_mels + 2 of them; none for a kind without bands.
    """

    recipe: Recipe
    sample_rate: int
    frames: Frames
    n_fft: int
    fmax: float
    edges: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Frames, the numbers of each, 1. A waveform is one row: 1, samples, 1.

        >>> [Recipe("lecture", 2048, 512, kind=kind).lay_out(51200, 22050).shape for kind in KINDS]
        [(1, 51200, 1), (100, 1025, 1), (100, 26, 1), (100, 13, 1)]
        """
        recipe = self.recipe
        if recipe.kind == "waveform":
            return 1, self.frames.samples, 1
        numbers = {"spectrogram": self.n_fft // 2 + 1, "logmel": recipe.n_mels, "mfcc": recipe.n_mfcc}
        return self.frames.count, numbers[recipe.kind], 1

    @property
    def seconds(self) -> float:
        """How long the sound is."""
        return self.frames.samples / self.sample_rate

    @property
    def settled(self) -> Recipe:
        """The recipe with every length in samples and nothing left open."""
        frames = self.frames
        return self.recipe._replace(
            frame_length=frames.length, hop_length=frames.hop_length, n_fft=self.n_fft, fmax=self.fmax
        )


def fft_below_frame(n_fft: int, length: int) -> tuple[str, str]:
    """The problem and the hint for an FFT that would cut frames off."""
    problem = f"n_fft {n_fft} is below the frame of {length} samples, and would cut it off"
    return problem, f"use n_fft {1 << (length - 1).bit_length()}, or a frame_length of {n_fft} or less"
