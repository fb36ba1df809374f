"""How many samples a sound has at another rate.

The rule is soxr's own, and ``cnnkit.files.sounds.resampling`` gives as many: so a shape is known from the
header of a file alone. Standard library only.
"""

from __future__ import annotations

from cnnkit.errors import ArgumentError

LARGEST_RATIO = 1000
"""One rate over the other, at most. More is a slip: 16 for 16000 Hz."""


def resampled_count(samples: int, rate: int, wanted: int) -> int:
    """Samples after a change from `rate` to `wanted` hertz: the same duration, rounded to the nearest sample.

    Computed in floats as soxr does (rate.h, rate_flush): where the exact number ends in a half, rounding may go down.
    240 samples at 8,000 Hz are 220.5 at 7,350, and soxr gives 220.

    >>> resampled_count(44100, 44100, 16000), resampled_count(240, 8000, 7350), resampled_count(1001, 8000, 8000)
    (16000, 220, 1001)
    """
    return samples if rate == wanted else int(samples / (rate / wanted) + 0.5)


def check_rates(rate: int, wanted: int) -> None:
    """Refuse a rate below 1 Hz, and two rates more than `LARGEST_RATIO` times apart."""
    if wanted < 1:
        raise ArgumentError(f"sample_rate {wanted} is not positive", hint="give it in hertz, such as 16000")
    if max(rate, wanted) > LARGEST_RATIO * min(rate, wanted):
        raise ArgumentError(
            f"{rate:,} Hz and {wanted:,} Hz are more than {LARGEST_RATIO} times apart",
            hint="give sample_rate in hertz, such as 16000",
        )
