"""The features that published networks take, from their published constants: NumPy's float64, nothing shared.

Sources: tensorflow/models, research/audioset/vggish (vggish_params.py, mel_features.py) and yamnet (params.py,
features.py); YuanGongND/ast, src/dataloader.py, and torchaudio.compliance.kaldi.fbank; tensorflow/examples/
speech_commands (models.py), tensorflow/core/kernels (spectrogram.cc, mfcc_mel_filterbank.cc, mfcc.cc, mfcc_dct.cc);
openai/whisper, whisper/audio.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tests.reference.bands import triangles

Floats = npt.NDArray[np.float64]
RATE = 16000


def frames_of(sound: Floats, length: int, hop: int) -> Floats:
    """Frames that lie within the sound."""
    return np.lib.stride_tricks.sliding_window_view(sound, length)[::hop]


def periodic_hann(length: int) -> Floats:
    return np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length))


def mel(hertz: Any) -> Any:
    """Of HTK, TensorFlow and Kaldi."""
    return 1127 * np.log1p(np.asarray(hertz) / 700)


def slopes(places: Floats, low: float, high: float, count: int) -> Floats:
    """(bins, bands): triangles that are straight over mel, of bins at some places on that scale."""
    edges = np.linspace(low, high, count + 2)
    up = (places[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    down = (edges[2:] - places[:, None]) / (edges[2:] - edges[1:-1])
    return np.asarray(np.maximum(0, np.minimum(up, down)))


def audioset_logs(sound: Floats, offset: float) -> Floats:
    """What VGGish and YAMNet have in common: windows of 25 ms every 10, 64 bands from 125 to 7500 Hz of magnitudes."""
    magnitudes = np.abs(np.fft.rfft(frames_of(sound, 400, 160) * periodic_hann(400), 512))
    weights = slopes(mel(np.linspace(0, RATE / 2, 257)), mel(125), mel(7500), 64)
    weights[0] = 0
    return np.asarray(np.log(magnitudes @ weights + offset))


def patches(logs: Floats, hop: int) -> Floats:
    """Patches of 96 frames; those that are not whole are left out."""
    return np.stack([logs[begin : begin + 96] for begin in range(0, len(logs) - 95, hop)])


def vggish(sound: Floats) -> Floats:
    """Examples of 0.96 s, (n, 96, 64)."""
    return patches(audioset_logs(sound, 0.01), 96)


def yamnet(sound: Floats) -> Floats:
    """Patches of 0.96 s every 0.48, (n, 96, 64), of a sound that is padded to whole ones."""
    least, hop = round((0.96 + 0.025 - 0.010) * RATE), round(0.48 * RATE)
    padded = least + -(-max(len(sound) - least, 0) // hop) * hop
    return patches(audioset_logs(np.pad(sound, (0, padded - len(sound))), 0.001), 48)


def ast(sound: Floats, length: int = 1024) -> Floats:
    """Kaldi's filterbank with a Hann window, 128 bands, of samples in [-1, 1]; normalised as AudioSet is."""
    sound = sound - sound.mean()
    frames = frames_of(sound, 400, 160)
    frames = frames - frames.mean(axis=1, keepdims=True)
    frames = frames - 0.97 * np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    power = np.abs(np.fft.rfft(frames * np.hanning(400), 512)) ** 2
    weights = slopes(mel(np.arange(256) * RATE / 512), mel(20), mel(RATE / 2), 128)
    logs = np.log(np.maximum(power[:, :256] @ weights, np.finfo(np.float32).eps))[:length]
    logs = np.pad(logs, ((0, length - len(logs)), (0, 0)))
    return np.asarray((logs - -4.2677393) / (4.5689974 * 2))


def speech_commands(sound: Floats) -> Floats:
    """98 frames of one second, 40 coefficients."""
    sound = np.pad(sound, (0, max(RATE - len(sound), 0)))[:RATE]
    power = np.abs(np.fft.rfft(frames_of(sound, 480, 160) * periodic_hann(480), 512)) ** 2
    centers = [mel(20) + (mel(4000) - mel(20)) / 41 * (band + 1) for band in range(41)]
    first, last = int(1.5 + 20 / 31.25), int(4000 / 31.25)
    bands = np.zeros((len(power), 40))
    for k in range(first, last + 1):  # bin by bin, as mfcc_mel_filterbank.cc shares it between two bands
        place, right = mel(k * 31.25), sum(center < mel(k * 31.25) for center in centers[:40]) - 1
        left_edge = centers[right] if right >= 0 else mel(20)
        share = (centers[right + 1] - place) / (centers[right + 1] - left_edge)
        if right >= 0:
            bands[:, right] += np.sqrt(power[:, k]) * share
        if right + 1 < 40:
            bands[:, right + 1] += np.sqrt(power[:, k]) * (1 - share)
    logs = np.log(np.maximum(bands, 1e-12))
    cosines = np.sqrt(2 / 40) * np.cos(np.pi / 40 * np.outer(np.arange(40), np.arange(40) + 0.5))
    return np.asarray(logs @ cosines.T)


def whisper(sound: Floats, n_mels: int = 80) -> Floats:
    """Thirty seconds, frequency first: (n_mels, 3000)."""
    sound = np.pad(sound, (0, max(480000 - len(sound), 0)))[:480000]
    frames = frames_of(np.pad(sound, 200, mode="reflect"), 400, 160)[:-1]
    power = np.abs(np.fft.rfft(frames * periodic_hann(400))) ** 2
    weights = np.array(triangles(n_mels, 400, RATE, 0, 8000, scale="slaney", family="hz", norm="slaney"))
    logs: Floats = np.log10(np.maximum(power @ weights.T, 1e-10))
    scaled: Floats = (np.maximum(logs, logs.max() - 8) + 4) / 4
    return np.asarray(scaled.T, np.float64)
