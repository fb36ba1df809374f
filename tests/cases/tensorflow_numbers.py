"""Numbers that TensorFlow keeps for the tests of its own audio kernels (Apache-2.0), with the file each is from.

The kernels are handed a power spectrum, 1 to 513 in bins 0 to 512. `sound_of` makes a sound whose one frame of 1024
samples has it. They leave out bins by a rule like HTK's: from int(1.5 + fmin / width) to int(fmax / width).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

POWER = np.arange(1.0, 514.0)
RATE = 22050
FRAME: dict[str, Any] = {
    "frame_length": 1024, "hop_length": 1024, "taper": "none", "fmin": 20, "fmax": 4000, "mel_bins": "htk",
}  # fmt: skip

# tensorflow/core/kernels/mfcc_mel_filterbank_test.cc, AgreesWithPythonGoldenValues: 20 bands from 20 to 4000 Hz.
BANDS = [7.38894574, 10.30330648, 13.72703292, 17.24158686, 21.35253118, 25.77781089, 31.30624108, 37.05877236,
         43.9436536, 51.80306637, 60.79867148, 71.14363376, 82.90910141, 96.50069158, 112.08428368, 129.96721968,
         150.4277597, 173.74997634, 200.86037462, 231.59802942]  # fmt: skip

# tensorflow/core/kernels/mfcc_test.cc, AgreesWithPythonGoldenValues: 40 bands, 13 coefficients, floor 1e-12.
MFCC = [29.13970072, -6.41568601, -0.61903012, -0.96778652, -0.26819878, -0.40907028, -0.15614748, -0.23203119,
        -0.10481487, -0.1543029, -0.0769791, -0.10806114, -0.06047613]  # fmt: skip
MFCC_LOG: dict[str, Any] = {"n_mels": 40, "n_mfcc": 13, "log_floor": 1e-12, "log_guard": "max"}

# tensorflow/core/kernels/mfcc_dct_test.cc, AgreesWithMatlab: the DCT of 1 to 6, without the orthonormal term 0.
DCT = [12.1243556530, -4.1625617959, 0.0, -0.4082482905, 0.0, -0.0800788912]


def sound_of(power: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A frame of samples with this power in its bins from 0 to half the rate."""
    return np.fft.irfft(np.sqrt(power))
