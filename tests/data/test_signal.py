"""A signal is one channel at a rate."""

import numpy as np

from cnnkit.data.signal import Signal


def test_a_signal_has_no_notes_unless_reading_made_some() -> None:
    signal = Signal(np.arange(3), 8000)
    assert (signal.sample_rate, signal.notes) == (8000, ())
