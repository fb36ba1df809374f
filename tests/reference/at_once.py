"""What the package does piece by piece, of a whole sound or all its frames at once."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from cnnkit.arrays import Floats
from cnnkit.data.recipes.finish import Finish
from cnnkit.data.rows import Rows
from cnnkit.data.signal import Signal
from cnnkit.files.sounds.sound import open_signal
from cnnkit.operations.features.deltas import with_deltas
from cnnkit.operations.features.finishing import finish_rows
from cnnkit.operations.features.normalisation import WINDOW_FRAMES, normalised_sliding


def read_signal(stream: BinaryIO, channel: str | None = None, sample_rate: int | None = None) -> Signal:
    """Read one channel of a sound file into memory, as `open_signal` opens it."""
    with open_signal(stream, channel, sample_rate) as sound:
        return Signal(sound.between(0, sound.count), sound.sample_rate, sound.notes, sound.full_scale)


def deltas(features: Floats) -> Floats:
    """The slope of every column of (frames, columns)."""
    return np.concatenate([block[:, 1] for block in with_deltas([features[:, np.newaxis]])])


def normalise_sliding(features: Floats, window: int = WINDOW_FRAMES) -> Floats:
    """Every column of (frames, columns), normalised by the `window` frames around each frame."""
    return np.concatenate(list(normalised_sliding([features], window)))


def no_silence() -> npt.NDArray[Any]:
    """Instead of the features of a frame of zeros, where none is needed."""
    raise AssertionError


def finish_features(finish: Finish, features: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Finished features of one sound, (frames, columns, channels)."""
    channels = [Rows.of(features[:, :, number : number + 1]) for number in range(features.shape[2])]
    return finish_rows(finish, channels, no_silence).array()
