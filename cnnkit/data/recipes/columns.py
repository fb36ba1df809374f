"""What the columns of features are: their names, and where they lie on the axis of frequency.

Standard library only.
"""

from __future__ import annotations

from typing import NamedTuple

from cnnkit.data.recipes.recipe import FeaturePlan


class Columns(NamedTuple):
    """The columns of features, in order."""

    names: list[str]  # c0, energy, mel1, 430.7 Hz
    axis: str  # coefficient, mel band or frequency
    unit: str  # of the places: Hz, or nothing
    places: list[float]  # the number of a coefficient, the middle of a band, the frequency of a bin
    value: str  # what the numbers are: ln power


VALUES = {"ln": "ln {}", "log10": "log10 {}", "db": "dB", "none": "{}"}


def columns(plan: FeaturePlan) -> Columns:
    """The columns of features that are not a waveform.

    >>> from cnnkit.data.recipes.dialects import read_recipe
    >>> columns(read_recipe("htk").plan(16000, 16000)).names[-2:]
    ['c12', 'c0']
    >>> [round(place) for place in columns(read_recipe("lecture", "logmel").plan(51200, 22050)).places[:2]]
    [77, 163]
    """
    recipe = plan.recipe
    quantity = "magnitude" if recipe.spectrum == "magnitude" else "power"
    logarithm = VALUES[recipe.log].format(quantity)
    if recipe.kind == "spectrogram":
        bins = [plan.axis.frequency(k) for k in range(plan.bins)]
        return Columns([f"{frequency:.1f} Hz" for frequency in bins], "frequency", "Hz", bins, logarithm)
    if recipe.kind in ("mel", "logmel"):
        names = [f"mel{m + 1}" for m in range(recipe.n_mels)]
        value = logarithm if recipe.kind == "logmel" else f"sum of {quantity}s"
        return Columns(names, "mel band", "Hz", plan.mel.edges[1:-1], value)
    numbers = list(range(recipe.n_mfcc))
    if recipe.c0 == "last":
        numbers = [*numbers[1:], 0]
    names = ["energy" if recipe.energy and number == 0 else f"c{number}" for number in numbers]
    return Columns(names, "coefficient", "", [float(number) for number in numbers], "")
