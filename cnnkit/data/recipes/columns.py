"""What the columns of features are: their names, and where they stand on the axis of frequency.

Standard library only.
"""

from __future__ import annotations

from typing import NamedTuple

from cnnkit.data.recipes.recipe import Layout


class Columns(NamedTuple):
    """The columns of features, in order.

    Attributes
    ----------
    names : list of str
        One for each column: ``c0``, ``energy``, ``mel1``, ``430.7 Hz``.
    axis : str
        What they are: coefficient, mel band or frequency.
    unit : str
        Hz, or nothing.
    places : list of float
        In that unit: the number of a coefficient, the middle of a band, the frequency of a bin.
    value : str
        What the numbers are.
    """

    names: list[str]
    axis: str
    unit: str
    places: list[float]
    value: str


VALUES = {"ln": "ln {}", "log10": "log10 {}", "db": "dB", "none": "{}"}


def columns(layout: Layout) -> Columns:
    """The columns of features that are not a waveform.

    >>> from cnnkit.data.recipes.dialects import read_recipe
    >>> columns(read_recipe("htk").lay_out(16000, 16000)).names[-2:]
    ['c12', 'c0']
    >>> [round(place) for place in columns(read_recipe("lecture", "logmel").lay_out(51200, 22050)).places[:2]]
    [77, 163]
    """
    recipe = layout.recipe
    kept = VALUES[recipe.log].format("magnitude" if recipe.spectrum == "magnitude" else "power")
    if recipe.kind == "spectrogram":
        bins = [layout.axis.frequency(k) for k in range(layout.bins)]
        return Columns([f"{frequency:.1f} Hz" for frequency in bins], "frequency", "Hz", bins, kept)
    if recipe.kind in ("mel", "logmel"):
        names = [f"mel{m + 1}" for m in range(recipe.n_mels)]
        value = "sum of " + ("magnitudes" if recipe.spectrum == "magnitude" else "powers")
        middles = layout.mel.edges[1:-1]
        return Columns(names, "mel band", "Hz", middles, kept if recipe.kind == "logmel" else value)
    numbers = list(range(recipe.n_mfcc))
    if recipe.c0 == "last":
        numbers = [*numbers[1:], 0]
    names = ["energy" if recipe.energy and number == 0 else f"c{number}" for number in numbers]
    return Columns(names, "coefficient", "", [float(number) for number in numbers], "")
