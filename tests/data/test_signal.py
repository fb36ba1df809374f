"""A signal is one channel at a rate."""

import numpy as np

from cnnkit.data.signal import Samples, Signal


def test_a_signal_has_no_notes_unless_reading_made_some() -> None:
    signal = Signal(np.arange(3), 8000)
    assert (signal.sample_rate, signal.notes, signal.full_scale) == (8000, (), None)


def test_a_signal_counts_its_samples_and_gives_any_of_them() -> None:
    signal: Samples = Signal(np.arange(5), 8000, full_scale=32768)
    assert (signal.count, signal.full_scale) == (5, 32768)
    assert signal.between(0, 5).tolist() == [0, 1, 2, 3, 4]
    assert signal.between(1, 3).tolist() == [1, 2]
    assert signal.between(5, 5).tolist() == []
