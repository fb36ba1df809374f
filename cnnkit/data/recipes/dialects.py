"""What one system does by its own defaults, as a recipe with a name: a dialect.

Any field can be given another value. Standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnkit.data.recipes.fields import FIELDS
from cnnkit.data.recipes.recipe import KINDS, Recipe, fft_below_frame
from cnnkit.errors import ArgumentError, unknown_word

_PSF = Recipe(
    "psf",
    frame_length="25ms",
    hop_length="10ms",
    n_fft_least=512,
    framing="psf",
    preemphasis=0.97,
    spectrum="power/n_fft",
    mel_family="bin",
    log_guard="zero",
    log_floor=2.220446049250313e-16,  # the epsilon of float64
    lifter=22.0,
    energy=True,
    precision="float64",
)

_LIBROSA = Recipe(
    "librosa",
    frame_length=2048,
    hop_length=512,
    n_fft=2048,
    framing="center",
    frame_place="middle",
    pad_mode="zero",
    scale="unit",
    taper="hann",
    mel_scale="slaney",
    mel_family="hz",
    mel_norm="slaney",
    n_mels=128,
    log="db",
    log_range=80.0,
    n_mfcc=20,
    lifter_first=1,
)

_TORCHAUDIO = _LIBROSA._replace(
    dialect="torchaudio",
    frame_length=400,
    hop_length=200,
    n_fft=400,
    pad_mode="reflect",
    mel_scale="htk",
    mel_norm="none",
    half_rate="floor",
    empty_bands="allow",  # its 128 bands over 201 bins leave some without
    n_mfcc=40,
    lifter_first=0,
)

_KALDI = Recipe(
    "kaldi",
    frame_length="25ms",
    hop_length="10ms",
    rounding="down",
    framing="valid",
    scale="int16",
    remove_mean=True,
    preemphasis=0.97,
    preemphasis_over="frame",
    taper="povey",
    n_mels=23,
    fmin=20.0,
    log_floor=1.1920928955078125e-07,  # the epsilon of float32
    lifter=22.0,
    energy=True,
    energy_of="frame",
)

_HTK = _KALDI._replace(
    dialect="htk",
    remove_mean=False,
    taper="hamming",
    spectrum="magnitude",
    mel_bins="htk",
    n_mels=26,
    fmin=0.0,
    log_floor=1.0,
    dct="htk",
    energy=False,
    c0="last",
)

_TF = Recipe(
    "tf",
    frame_length=1024,
    hop_length=256,
    framing="pad-end",
    scale="unit",
    taper="hann",
    spectrum="magnitude",
    n_mels=20,
    fmin=125.0,
    fmax=3800.0,
    log_guard="add",
    log_floor=1e-6,
    dct="htk",
    n_mfcc=20,
)

_WHISPER = _LIBROSA._replace(
    dialect="whisper",
    frame_length=400,
    hop_length=160,
    n_fft=400,
    framing="whisper",
    pad_mode="reflect",
    n_mels=80,
    log="log10",
    log_range=8.0,
    log_shift=4.0,
    log_gain=0.25,
    n_mfcc=13,
    lifter_first=0,
    kind="logmel",
)

_VGGISH = _TF._replace(
    dialect="vggish",
    frame_length="25ms",
    hop_length="10ms",
    framing="valid",
    n_mels=64,
    fmax=7500.0,
    log_floor=0.01,
    dct="ortho",
    n_mfcc=13,
    kind="logmel",
)

_AST = _KALDI._replace(
    dialect="ast",
    scale="unit",
    taper="hann-symmetric",
    empty_bands="allow",  # 128 bands over 257 bins leave some of the lowest without
    n_mels=128,
    log_shift=4.2677393,  # minus the mean of AudioSet, over twice its standard deviation
    log_gain=1 / (2 * 4.5689974),
    lifter=0.0,
    energy=False,
    kind="logmel",
)

_SPEECH_COMMANDS = _TF._replace(
    dialect="speech-commands",
    frame_length="30ms",
    hop_length="10ms",
    rounding="down",
    framing="valid",
    mel_bins="htk",
    n_mels=40,
    fmin=20.0,
    fmax=4000.0,
    log_guard="max",
    log_floor=1e-12,
    n_mfcc=40,
)

DIALECTS = {
    recipe.dialect: recipe
    for recipe in (
        # The lecture's numbers: 51200 samples at hop 512 are 100 frames, 100x13x1. The rest is psf's.
        _PSF._replace(dialect="lecture", frame_length=2048, hop_length=512, framing="pad-end"),
        _PSF,  # python_speech_features 0.6, mfcc()
        _LIBROSA,  # librosa 0.11, librosa.feature.mfcc()
        _TORCHAUDIO,  # torchaudio 2, transforms.MFCC()
        _KALDI,  # compute-mfcc-feats, with dither 0
        _HTK,  # HCopy with the configuration of the HTK Book's tutorial: MFCC_0 of 26 channels
        _TF,  # tf.signal: frame and hop are its caller's; the others are the defaults of its functions
        _WHISPER,  # openai-whisper, log_mel_spectrogram()
        _VGGISH,  # tensorflow/models, research/audioset/vggish: vggish_params.py, mel_features.py
        _VGGISH._replace(dialect="yamnet", log_floor=0.001),  # research/audioset/yamnet: params.py, features.py
        _AST,  # YuanGongND/ast, src/dataloader.py, with the mean and standard deviation of AudioSet
        _SPEECH_COMMANDS,  # tensorflow/examples/speech_commands, models.py and input_data.py; mfcc_mel_filterbank.cc
    )
}

OF_LOGARITHMS = ("log_range", "log_ref", "log_shift", "log_gain")
"""Fields in the unit of the recipe's logarithm, or of no use without one."""

_OTHER_DIALECTS = {"tf.signal": "tf", "tensorflow": "tf", "python-speech-features": "psf", "pytorch": "torchaudio"}
_OTHER_KINDS = {"fbank": "logmel", "filterbank": "logmel", "stft": "spectrogram"}
_OTHER_KINDS |= dict.fromkeys(("melspectrogram", "mel-spectrogram"), "mel")

ENGINES = ("cnnkit", "psf")
"""Who computes: this library, or python_speech_features for the recipes it has."""


def read_recipe(dialect: str = "lecture", kind: str | None = "mfcc", /, **overrides: Any) -> Recipe:
    """The recipe of a dialect, for a kind of features or (None) its own, with other values for some of its fields.

    None is the word none of a field that has it (log_range, taper ...), and leaves others as they are.

    >>> read_recipe("psf", n_mfcc=20).n_mfcc
    20
    >>> read_recipe("librosa", n_fft=4096).frame_length, read_recipe("librosa", log="none").log_range
    (4096, None)
    >>> read_recipe("lecture", "logmel").kind, read_recipe("lecture", None).kind, read_recipe("vggish", None).kind
    ('logmel', 'mfcc', 'logmel')
    """
    if str(dialect) not in DIALECTS:
        raise unknown_word("dialect", dialect, DIALECTS, synonyms=_OTHER_DIALECTS)
    kind = DIALECTS[dialect].kind if kind is None else kind
    check_kind(kind)
    names = [name for name in Recipe._fields if name in FIELDS]
    for name in overrides:
        if name not in names:
            raise unknown_word("field", name, names)
    given = {name: value for name, value in overrides.items() if value is not None or FIELDS[name].takes_none}
    values = {name: FIELDS[name].read(value) for name, value in given.items()}
    recipe = DIALECTS[dialect]._replace(kind=kind, **{**_following(DIALECTS[dialect], values), **values})
    _check_together(recipe)
    return recipe


def _following(recipe: Recipe, values: Mapping[str, Any]) -> dict[str, Any]:
    """What follows from other values where it would not fit them: another logarithm has no use for a range in dB."""
    following: dict[str, Any] = {}
    if values.get("log", recipe.log) != recipe.log:
        following |= {name: Recipe._field_defaults[name] for name in OF_LOGARITHMS}
    if recipe.frame_place == "middle" and "n_fft" in values:  # a win_length that is not given is n_fft
        following["frame_length"] = values["n_fft"]
    frame = {**following, **values}.get("frame_length")
    if recipe.dialect == "torchaudio" and isinstance(frame, int):  # a hop_length is half a win_length
        following["hop_length"] = max(frame // 2, 1)
    return following


def check_kind(word: str) -> None:
    """Refuse a word that is not a kind of features."""
    if word not in KINDS:
        raise unknown_word("features", word, KINDS, synonyms=_OTHER_KINDS)


def check_engine(word: str) -> None:
    """Refuse a word that is not an engine."""
    if word not in ENGINES:
        raise unknown_word("engine", word, ENGINES)


def _check_together(recipe: Recipe) -> None:
    if recipe.n_fft is not None and isinstance(recipe.frame_length, int) and recipe.n_fft < recipe.frame_length:
        raise ArgumentError(*fft_below_frame(recipe.n_fft, recipe.frame_length))
    if recipe.fmax is not None and recipe.fmax <= recipe.fmin:
        raise ArgumentError(
            f"fmax {recipe.fmax:g} Hz is not above fmin {recipe.fmin:g} Hz",
            hint=f"use fmin below {recipe.fmax:g}, or fmax above {recipe.fmin:g}" if recipe.fmax else "leave fmax out",
        )
    for name in OF_LOGARITHMS:
        if recipe.log == "none" and getattr(recipe, name) != Recipe._field_defaults[name]:
            raise ArgumentError(
                f"{name} {str(getattr(recipe, name)).removesuffix('.0')} is for logarithms, and log is none",
                hint=f"leave {name} out, or use log ln, log10 or db",
            )
    if recipe.kind == "mfcc" and recipe.n_mfcc > recipe.n_mels:
        raise ArgumentError(
            f"n_mfcc {recipe.n_mfcc} is above n_mels {recipe.n_mels}: there are no more coefficients than bands",
            hint=f"use n_mfcc {recipe.n_mels} or less, or n_mels {recipe.n_mfcc} or more",
        )
