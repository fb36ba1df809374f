"""The options that change single steps of a dialect's recipe: one for each field, under the field's name."""

from __future__ import annotations

from typing import Annotated, Any

import typer


def _option(kind: Any, metavar: str, text: str, *names: str) -> Any:
    return Annotated[kind | None, typer.Option(*names, metavar=metavar, help=text)]


FrameLength = _option(str, "N|Nms", "Samples in a frame, or milliseconds.  [lecture 2048, psf 25ms]")
HopLength = _option(str, "N|Nms", "From one frame to the next.  [lecture 512, psf 10ms]")
Rounding = _option(str, "WORD", "Milliseconds to samples: half-up or down.")
FftSize = _option(int, "N", "FFT size.  [default: the next power of two]", "--n-fft")
LeastFft = _option(int, "N", "The smallest FFT that is taken when --n-fft does not say.", "--n-fft-least")
Framing = _option(str, "WORD", "pad-end, valid, center, psf, kaldi or whisper.  [lecture pad-end, psf psf]")
PadMode = _option(str, "WORD", "What lies beyond the sound: zero, replicate, reflect, symmetric or wrap.")
Scale = _option(str, "WORD", "What samples are brought to: as-is, unit (full scale 1) or int16.")
RemoveMean = _option(bool, "", "Take its mean from every frame.", "--remove-mean/--keep-mean")
Preemphasis = _option(float, "K", "K of x[n] - K x[n-1].  [lecture, psf 0.97]")
PreemphasisOver = _option(str, "WORD", "Over the whole sound, or each frame by itself: sound or frame.")
Taper = _option(str, "WORD", "none, hann, hamming or povey, on every frame.  [lecture, psf none]")
Spectrum = _option(str, "WORD", "power, magnitude or power/n_fft.")
MelScale = _option(str, "WORD", "htk or slaney.")
MelFamily = _option(str, "WORD", "Triangles straight over hz, mel or bin.")
MelNorm = _option(str, "WORD", "none, a peak of 1; or slaney, an area of 1 Hz.")
MelBins = _option(str, "WORD", "all, or htk: its rule for the first and last bin.")
HalfRate = _option(str, "WORD", "Half the rate as it is, or in whole hertz: exact or floor.")
EmptyBands = _option(str, "WORD", "Bands that cover no bin: error or allow.")
MelCount = _option(int, "N", "Mel bands.  [lecture, psf 26]", "--n-mels")
LowEdge = _option(float, "HZ", "Where the bands begin.  [lecture, psf 0]", "--fmin")
HighEdge = _option(float, "HZ", "Where they end.  [default: half the sample rate]", "--fmax")
Log = _option(str, "WORD", "ln, log10, db or none.")
LogGuard = _option(str, "WORD", "The floor replaces 0, bounds all, or is added: zero, max or add.")
LogFloor = _option(float, "V", "The power that keeps 0 from the logarithm.")
LogRange = _option(str, "V|none", "Raise what is more than V below the largest of the sound.")
LogShift = _option(float, "V", "Added to every logarithm.")
LogGain = _option(float, "V", "Then multiplied with.")
Dct = _option(str, "WORD", "ortho, or htk: sqrt(2 / bands) for all terms.")
Coefficients = _option(int, "N", "Coefficients to keep.  [lecture, psf 13]", "--n-mfcc")
Lifter = _option(float, "Q", "Raise the high coefficients; 0 leaves them.  [lecture, psf 22]")
LifterFirst = _option(int, "N", "Whether its sine begins at coefficient 0 or 1.")
Energy = _option(bool, "", "Put the log energy in place of coefficient 0.  [lecture, psf yes]", "--energy/--no-energy")
EnergyOf = _option(str, "WORD", "Of the spectrum, or the frame's samples: spectrum or frame.")
C0 = _option(str, "WORD", "Where coefficient 0 stands: first or last.", "--c0")
Precision = _option(str, "WORD", "What is computed in: float32 or float64.  [lecture, psf float64]")
