"""The systems that dialects are named after, each called with its own defaults."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from report import ROOT

Array = npt.NDArray[Any]


class Sound(NamedTuple):
    """A sound of 16 bits."""

    name: str
    samples: npt.NDArray[np.int16]
    rate: int

    @property
    def unit(self) -> npt.NDArray[np.float64]:
        """The same between -1 and 1."""
        return self.samples / 32768


class Rival(NamedTuple):
    """Somebody whose numbers a dialect should give."""

    dialect: str
    name: str
    answer: Callable[[Sound], Array]  # frames down and columns across
    kind: str = "mfcc"  # the same features of cnnkit
    settings: Mapping[str, Any] = MappingProxyType({})  # fields of the recipe that are not the dialect's own


def psf(sound: Sound) -> Array:
    import python_speech_features

    size = max(512, 1 << (int(0.025 * sound.rate + 0.5) - 1).bit_length())  # its own 512 would cut frames off
    return np.asarray(python_speech_features.mfcc(sound.samples, sound.rate, nfft=size))


def lecture(sound: Sound) -> Array:
    import python_speech_features

    frames = -(-len(sound.samples) // 512)
    padded = np.pad(sound.samples, (0, (frames - 1) * 512 + 2048 - len(sound.samples)))
    settings = {"winlen": 2048 / sound.rate, "winstep": 512 / sound.rate, "nfft": 2048}
    return np.asarray(python_speech_features.mfcc(padded, sound.rate, **settings))


def librosa(sound: Sound, *, weights: npt.DTypeLike = np.float32) -> Array:
    import librosa

    bands = librosa.feature.melspectrogram(y=sound.unit, sr=sound.rate, dtype=weights)
    return np.transpose(librosa.feature.mfcc(S=librosa.power_to_db(bands)))


def torchaudio(sound: Sound) -> Array:
    import librosa

    settings: dict[str, Any] = {"n_fft": 400, "hop_length": 200, "n_mels": 128, "pad_mode": "reflect"}
    bands = librosa.feature.melspectrogram(y=sound.unit, sr=sound.rate, htk=True, norm=None, **settings)
    return np.transpose(librosa.feature.mfcc(S=librosa.power_to_db(bands), n_mfcc=40))


def kaldi(sound: Sound, *, snip_edges: bool = True, energy: bool = True) -> Array:
    import kaldi_native_fbank

    options = kaldi_native_fbank.MfccOptions()
    options.frame_opts.samp_freq, options.frame_opts.dither = sound.rate, 0
    options.frame_opts.snip_edges, options.use_energy = snip_edges, energy
    computer = kaldi_native_fbank.OnlineMfcc(options)
    computer.accept_waveform(sound.rate, sound.samples.astype(np.float32).tolist())
    computer.input_finished()
    return np.array([computer.get_frame(t) for t in range(computer.num_frames_ready)])


def whisper(sound: Sound) -> Array:
    """log_mel_spectrogram of openai/whisper, in float32 as there."""
    import torch
    from librosa.filters import mel

    audio = torch.from_numpy(sound.unit.astype(np.float32))
    stft = torch.stft(audio, 400, 160, window=torch.hann_window(400), return_complex=True)
    weights = torch.from_numpy(mel(sr=sound.rate, n_fft=400, n_mels=80))
    logs = torch.clamp(weights @ stft[..., :-1].abs() ** 2, min=1e-10).log10()
    return np.transpose(((torch.maximum(logs, logs.max() - 8.0) + 4.0) / 4.0).numpy())


def published(sound: Sound, *, steps: str) -> Array:
    """The published steps of a network's features, restated in NumPy; all of AST's frames, however many."""
    sys.path.insert(0, str(ROOT))
    from tests.reference import extractors

    frames = 1 + (len(sound.samples) - 400) // 160
    return {
        "vggish": lambda: extractors.audioset_logs(sound.unit, 0.01),
        "yamnet": lambda: extractors.audioset_logs(sound.unit, 0.001),
        "ast": lambda: extractors.ast(sound.unit, frames),
        "speech-commands": lambda: extractors.speech_commands(sound.unit),
    }[steps]()


RIVALS = (
    Rival("lecture", "python_speech_features, the end padded", lecture),
    Rival("psf", "python_speech_features", psf),
    Rival("librosa", "librosa, in float64 but for its mel weights", librosa),
    Rival("librosa", "librosa, its mel weights in float64 too", partial(librosa, weights=np.float64)),
    Rival("torchaudio", "librosa with torchaudio's settings", torchaudio),
    Rival("kaldi", "kaldi-native-fbank", kaldi),
    Rival("kaldi", "kaldi-native-fbank, snip_edges=False", partial(kaldi, snip_edges=False),
          settings={"framing": "kaldi", "pad_mode": "symmetric"}),
    Rival("kaldi", "kaldi-native-fbank, use_energy=False", partial(kaldi, energy=False), settings={"energy": False}),
    Rival("whisper", "Whisper's log_mel_spectrogram, in PyTorch", whisper, "logmel"),
    Rival("vggish", "its published steps, in NumPy", partial(published, steps="vggish"), "logmel"),
    Rival("yamnet", "its published steps, in NumPy", partial(published, steps="yamnet"), "logmel"),
    Rival("ast", "its published steps, in NumPy", partial(published, steps="ast"), "logmel"),
    Rival("speech-commands", "its published steps, in NumPy, of the first second",
          partial(published, steps="speech-commands")),
)  # fmt: skip


def _stored(numbers: Array) -> Callable[[Sound], Array]:
    return lambda _: numbers


def htk(folder: Path) -> Iterator[tuple[Sound, Rival]]:
    """The output of HTK 3.4 for its test.wav, as Kaldi stores it: 25 ms, Hamming, no preemphasis, power, 23 bands."""
    import soundfile

    samples, rate = soundfile.read(folder / "test.wav", dtype="int16")
    settings = {"preemphasis": 0, "spectrum": "power", "n_mels": 23}
    for file, columns, name, kind in (
        ("mfcc_d_a_0.htk", 13, "HTK 3.4, 12 cepstra and C0", "mfcc"),
        ("fbank.htk", 23, "HTK 3.4, logarithms of its bands", "logmel"),
    ):
        data = (folder / file).read_bytes()
        rows = np.frombuffer(data[12:], ">f4").reshape(-1, int.from_bytes(data[8:10], "big") // 4)[:, :columns]
        yield Sound("test.wav", samples, rate), Rival("htk", name, _stored(rows), kind, settings)


def tensorflow() -> Iterator[tuple[Sound, Rival]]:
    """What TensorFlow stores for its own tests: numbers of one frame, which is no sound of 16 bits."""
    sys.path.insert(0, str(ROOT))
    from tests.cases import tensorflow_numbers as stored

    sound = Sound("a frame", stored.sound_of(stored.POWER), stored.RATE)  # type: ignore[arg-type]
    bands, mfcc = np.array([stored.BANDS]), np.array([stored.MFCC])
    yield sound, Rival("tf", "TensorFlow's stored bands", _stored(bands), "mel", {**stored.FRAME, "n_mels": 20})
    yield sound, Rival("tf", "TensorFlow's stored MFCCs", _stored(mfcc), "mfcc", {**stored.FRAME, **stored.MFCC_LOG})
