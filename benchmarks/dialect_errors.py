"""How near every dialect comes to the system it is named after, on real sounds; and what differs between dialects."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from dialect_rivals import RIVALS, Rival, Sound, htk, tensorflow
from report import ROOT, table, write_generated

import cnnkit
from cnnkit.data.recipes.dialects import DIALECTS
from cnnkit.data.recipes.recipe import SAMPLE_RATES, Recipe

PAGE = ROOT / "docs" / "dialects.md"
METHOD = """\
The largest difference in any column of any frame. For the column float64 all is computed and returned in float64
(`dtype="float64"`), for float32 all is in float32 (`precision="float32"`); beside them, how large the numbers are.

kaldi-native-fbank, HTK and Whisper compute in float32 themselves, and librosa rounds its mel weights to it. What the
column float64 shows there is their rounding: from the same steps restated in NumPy's float64, cnnkit is 1e-11 away. It
is largest for the pure tones of `song.wav`, where a weak band holds the rounding of a strong one. Dialects of networks
hear `song.wav` as if it were of 16,000 Hz. {heard}

`python benchmarks/run.py dialects --write` makes both tables."""
SPEECH = """\
`test.wav` is
the spoken sentence whose features HTK 3.4 gave to Kaldi's tests."""


def cell(value: object) -> str:
    """A value of a field, as the table of dialects shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.8g}" if isinstance(value, float) else str(value)


def fields() -> str:
    """A row for every field that not all dialects have alike."""
    rows = []
    for name in Recipe._fields:
        values = [cell(getattr(recipe, name)) for recipe in DIALECTS.values()]
        if name not in ("dialect", "kind") and len(set(values)) > 1:
            rows.append([f"`{name}`", *values])
    return table(["", *(f"`{name}`" for name in DIALECTS)], rows)


def differences(sound: Sound, rival: Rival) -> tuple[float, float, float]:
    """The largest number of the rival's, and how far from it cnnkit's largest error is, in float64 and in float32."""
    expected = np.asarray(rival.answer(sound), np.float64)
    if rival.dialect == "speech-commands":
        sound = sound._replace(samples=sound.samples[: sound.rate])
    settings: dict[str, Any] = {"dialect": rival.dialect, "empty_bands": "allow", **rival.settings}
    errors = []
    for dtype in ("float64", "float32"):
        found = cnnkit.features(sound.samples, sound.rate, rival.kind, dtype=dtype, precision=dtype, **settings)[
            :, :, 0
        ]
        if found.shape != expected.shape:
            raise SystemExit(f"{rival.name}: {expected.shape}, but the dialect {rival.dialect} gives {found.shape}")
        errors.append(float(np.abs(found - expected).max()))
    return float(np.abs(expected).max()), errors[0], errors[1]


def errors(pairs: Iterable[tuple[Sound, Rival]]) -> str:
    """A row for every rival and sound."""
    rows = []
    for one, rival in pairs:
        sound = one._replace(rate=SAMPLE_RATES.get(rival.dialect, one.rate))  # as if it were of the network's rate
        size, exact, single = differences(sound, rival)
        names = [f"`{rival.dialect}`", rival.name, rival.kind, sound.name]
        rows.append([*names, f"{size:.3g}", f"{exact:.1e}", f"{single:.1e}"])
    return table(["dialect", "compared with", "features", "sound", "largest", "float64", "float32"], rows)


def read(path: Path) -> Sound:
    samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
    return Sound(path.name, samples[:, 0], rate)


def report(sounds: list[Path], htk_folder: Path | None, *, write: bool) -> str:
    paths = [*sounds, *([htk_folder / "test.wav"] if htk_folder else [])]
    pairs = [(sound, rival) for rival in RIVALS for sound in map(read, paths)]
    pairs += [*(htk(htk_folder) if htk_folder else ()), *tensorflow()]
    warnings.filterwarnings("ignore", "Empty filters detected", UserWarning)  # librosa, of torchaudio's bands
    measured = f"{METHOD.format(heard=SPEECH if htk_folder else '')}\n\n{errors(pairs)}"
    if write:
        write_generated(PAGE, "fields", fields())
        write_generated(PAGE, "errors", measured)
    return f"{fields()}\n\n{measured}"
