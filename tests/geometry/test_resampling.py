"""Counts at another rate, against soxr itself."""

from __future__ import annotations

from math import gcd

import numpy as np
import pytest
import soxr

from cnnkit.geometry.resampling import resampled_count

RATES = (7350, 8000, 11025, 12000, 16000, 16001, 22050, 24000, 32000, 44056, 44100, 47952, 48000, 96000, 192000)


def test_by_hand() -> None:
    assert resampled_count(44100, 44100, 16000) == 16000
    assert resampled_count(44101, 44100, 16000) == 16000  # 16000.36
    assert resampled_count(44102, 44100, 16000) == 16001  # 16000.73
    assert resampled_count(3, 48000, 24000) == 2  # 1.5
    assert resampled_count(12345, 8000, 8000) == 12345


@pytest.mark.parametrize("rate", RATES)
def test_as_many_as_soxr_gives(rate: int) -> None:
    silence = np.zeros(60000, np.float32)
    for wanted in RATES:
        if wanted == rate:
            continue
        step = rate // gcd(rate, wanted)
        halves = [step // 2 * odd for odd in (1, 3, 5, 7, 9, 21)] if step % 2 == 0 else []  # where rounding is a tie
        for samples in [*range(1, 12), 999, 20011, *(half for half in halves if half < 20000)]:
            assert len(soxr.resample(silence[:samples], rate, wanted)) == resampled_count(samples, rate, wanted)
