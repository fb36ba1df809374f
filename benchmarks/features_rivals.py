"""Who computes features in the benchmark, and how each is called.

Everybody gets two threads, and the sound in the form it likes best, made before. What is prepared once for a rate (mel
bands, tapers) is made before too, where the tool allows it. Every call returns a fresh (frames, columns), or that
turned round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import kaldi_native_fbank
import librosa
import numpy as np
import python_speech_features
import torch
from features_cases import ASRFRONT, KALDI, LIBROSA, PSF, Array, Case, Job, Sound
from frameworks import TORCH, inference
from harness import OURS, OURS_ONE, THREADS, Calls
from librosa.filters import mel as mel_bands

import cnnkit

try:
    from asrfront import sensevoice, whisper
except ImportError:  # it has no builds for some machines
    sensevoice = whisper = None

MODULES = {
    "python_speech_features": "python_speech_features",
    "librosa": "librosa",
    "kaldi-native-fbank": "kaldi_native_fbank",
    "PyTorch": "torch",
    "NumPy": "numpy",
} | ({"asrfront": "asrfront"} if whisper else {})
MEMORY_SHARE = 0.6
"""Of the memory that is free, what a call may need."""


def calls(case: Case) -> Calls:
    """The call of each that does the job, ours first."""
    return ours(case.job, case.sound) | peers(case.job, case.sound)


def skipped(case: Case, names: Iterable[str]) -> dict[str, str]:
    """Those who need more memory than is free."""
    sizes = {name: needed(name, case.job, case.sound) for name in names}
    free = MEMORY_SHARE * free_memory()
    return {name: f"needs about {size / 2**30:.0f} GB" for name, size in sizes.items() if size > free}


def free_memory() -> float:
    """Bytes that may still be taken, where the system says."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(1024.0 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        return float("inf")


def ours(job: Job, sound: Sound) -> Calls:
    """With two threads, with one, and in the precision that is not the dialect's own."""
    # The int16 of Kaldi and psf, the floats of librosa: what each system is given.
    samples = sound.integers if job.dialect in ("psf", "kaldi") else sound.floats
    other = {"float32": "float64", "float64": "float32"}[job.precision]

    def call(**how: Any) -> Callable[[], Any]:
        return lambda: cnnkit.features(samples, sound.rate, job.kind, dialect=job.dialect, **job.settings, **how)

    return {
        OURS: call(threads=THREADS),
        OURS_ONE: call(threads=1),
        f"{OURS}, {other}": call(threads=THREADS, precision=other),
    }


def peers(job: Job, sound: Sound) -> Calls:
    """Those who do the job."""
    if job.dialect == "psf":
        return psf(sound)
    if job.dialect == "librosa":
        return {LIBROSA: by_librosa(sound), TORCH: torch_librosa(sound)}
    if job.dialect == "whisper":
        return {TORCH: torch_whisper(sound)} | asrfront_whisper(sound)
    return {KALDI: kaldi(job, sound), TORCH: torch_kaldi(job, sound)} | asrfront_kaldi(job, sound)


def needed(name: str, job: Job, sound: Sound) -> int:
    """About how many bytes a call takes at its height, by the arrays that the tool holds."""
    length, hop, n_fft = sizes(job, sound.rate)
    frames = sound.samples // hop
    bins = n_fft // 2 + 1
    return {
        # Two tables of indices in 64 bits, one in 32, the frames, the tapers and their product, all at a time.
        PSF: frames * length * 36,
        LIBROSA: frames * bins * 16,
        TORCH: frames * (n_fft * 9 + bins * 12),
    }.get(name, 0)


def sizes(job: Job, rate: int) -> tuple[int, int, int]:
    """Frame, hop and FFT, in samples."""
    if job.dialect == "librosa":
        return 2048, 512, 2048
    if job.dialect == "whisper":
        return 400, 160, 400
    rounding = 0.5 if job.dialect == "psf" else 0
    length, hop = int(0.025 * rate + rounding), int(0.01 * rate + rounding)
    return length, hop, 1 << (length - 1).bit_length()


def psf(sound: Sound) -> Calls:
    size = 1 << (int(0.025 * sound.rate + 0.5) - 1).bit_length()
    samples = sound.integers
    return {PSF: lambda: python_speech_features.mfcc(samples, sound.rate, nfft=size)}


def by_librosa(sound: Sound) -> Callable[[], Any]:
    samples = sound.floats
    return lambda: librosa.feature.mfcc(y=samples, sr=sound.rate, n_mfcc=13)


def kaldi(job: Job, sound: Sound) -> Callable[[], Any]:
    options = kaldi_native_fbank.MfccOptions() if job.kind == "mfcc" else kaldi_native_fbank.FbankOptions()
    options.frame_opts.dither = 0
    options.frame_opts.samp_freq = sound.rate
    options.frame_opts.window_type = job.settings.get("taper", "povey")
    options.mel_opts.num_bins = job.settings.get("n_mels", 23)
    make: Any = kaldi_native_fbank.OnlineMfcc if job.kind == "mfcc" else kaldi_native_fbank.OnlineFbank
    pieces = sound.lists

    def stacked() -> Array:
        stream = make(options)
        for piece in pieces:
            stream.accept_waveform(sound.rate, piece)
        stream.input_finished()
        return np.array([stream.get_frame(frame) for frame in range(stream.num_frames_ready)])

    return stacked


def asrfront_kaldi(job: Job, sound: Sound) -> Calls:
    if sensevoice is None or job.kind != "logmel" or sound.rate != 16000:
        return {}
    samples = sound.integers
    return {ASRFRONT: lambda: sensevoice.fbank_raw(samples)}


def asrfront_whisper(sound: Sound) -> Calls:
    if whisper is None:
        return {}
    samples = sound.floats
    return {ASRFRONT: lambda: whisper.log_mel(samples, pad_or_trim=False)}


def tensor(array: Any) -> Any:
    return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))


def torch_librosa(sound: Sound) -> Callable[[], Any]:
    """As the transforms of torchaudio go about it, with librosa's bands."""
    samples, taper = tensor(sound.floats), torch.hann_window(2048)
    bands = tensor(mel_bands(sr=sound.rate, n_fft=2048).T)
    cosines = tensor(cosine_transform(128, 13))

    def transformed() -> Any:
        spectra = torch.stft(samples, 2048, 512, window=taper, pad_mode="constant", return_complex=True)
        mel = (spectra.abs().pow(2).T @ bands).clamp(min=1e-10).log10() * 10
        return torch.maximum(mel, mel.max() - 80) @ cosines

    return inference(transformed)


def torch_whisper(sound: Sound) -> Callable[[], Any]:
    """openai/whisper's log_mel_spectrogram."""
    samples, taper = tensor(sound.floats), torch.hann_window(400)
    bands = tensor(mel_bands(sr=16000, n_fft=400, n_mels=80))

    def transformed() -> Any:
        spectra = torch.stft(samples, 400, 160, window=taper, return_complex=True)
        mel = (bands @ spectra[:, :-1].abs().pow(2)).clamp(min=1e-10).log10()
        return (torch.maximum(mel, mel.max() - 8) + 4) / 4

    return inference(transformed)


def torch_kaldi(job: Job, sound: Sound) -> Callable[[], Any]:
    """As torchaudio.compliance.kaldi goes about it, with bands and tapers made before."""
    samples = tensor(sound.large_floats)
    length, hop, size = sizes(job, sound.rate)
    n_mels, smallest = job.settings.get("n_mels", 23), torch.finfo(torch.float32).eps
    taper = tensor(np.hamming(length) if "taper" in job.settings else np.hanning(length) ** 0.85)
    bands = tensor(kaldi_bands(n_mels, size, sound.rate))
    lifted = tensor(cosine_transform(n_mels, 13) * (1 + 11 * np.sin(np.pi * np.arange(13) / 22)))

    def transformed() -> Any:
        frames = samples.unfold(0, length, hop)
        frames = frames - frames.mean(1, keepdim=True)
        energy = frames.pow(2).sum(1).clamp(min=smallest).log()
        before = torch.nn.functional.pad(frames[None], (1, 0), mode="replicate")[0, :, :-1]
        frames = (frames - 0.97 * before) * taper
        logmel = (torch.fft.rfft(frames, size).abs().pow(2) @ bands).clamp(min=smallest).log()
        if job.kind == "logmel":
            return logmel
        coefficients = logmel @ lifted
        coefficients[:, 0] = energy
        return coefficients

    return inference(transformed)


def kaldi_bands(n_mels: int, n_fft: int, rate: int) -> Array:
    """(bins, bands): triangles on the mel scale from 20 Hz to half the rate, without the last bin."""
    mel = 1127 * np.log1p(np.arange(n_fft // 2 + 1) * rate / n_fft / 700)
    edges = np.linspace(1127 * np.log1p(20 / 700), 1127 * np.log1p(rate / 2 / 700), n_mels + 2)
    rising = (mel[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - mel[:, None]) / (edges[2:] - edges[1:-1])
    bands: Array = np.maximum(np.minimum(rising, falling), 0)
    bands[-1] = 0
    return bands


def cosine_transform(n_mels: int, n_mfcc: int) -> Array:
    """(bands, coefficients): the orthonormal DCT-II."""
    angles = np.pi * np.arange(n_mfcc) * (np.arange(n_mels)[:, None] + 0.5) / n_mels
    matrix: Array = np.cos(angles) * np.sqrt(2 / n_mels)
    matrix[:, 0] = np.sqrt(1 / n_mels)
    return matrix
