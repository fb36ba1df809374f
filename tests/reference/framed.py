"""How the loops of features are called: everything about a recipe, and arrays that show what is written."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from cnnkit.data.recipes.recipe import FeaturePlan, Recipe
from cnnkit.loops.features.features import describe_frames, describe_spectra
from cnnkit.loops.features.frames import LOWEST, MEASURED, SCALE, WHOLE
from cnnkit.loops.machine.processor import VECTOR_BYTES
from cnnkit.operations.features.tables import Tables, tables
from tests.reference import descriptions as twin

UNTOUCHED = 77.0
FRAME = {"frame_length": 22, "hop_length": 5, "n_fft": 32, "n_mels": 4, "n_mfcc": 3}


def recipe_of(**fields: Any) -> Recipe:
    """A recipe of small frames; `fields` are any of its own."""
    return Recipe("", **{**FRAME, **fields})


class Framed(NamedTuple):
    """A recipe over frames that all lie within some samples, and the types it is computed in."""

    recipe: Recipe
    samples: Any
    kind: str
    out: str
    scale: float = 1.0

    @property
    def before(self) -> int:
        """Samples before the first frame."""
        return int(self.recipe.preemphasis_over == "sound" and self.recipe.preemphasis > 0)

    @property
    def layout(self) -> FeaturePlan:
        """Laid out at 1000 Hz."""
        return self.recipe._replace(framing="valid").plan(len(self.samples) - self.before, 1000)

    @property
    def lanes(self) -> int:
        """Frames side by side."""
        return VECTOR_BYTES // np.dtype(self.kind).itemsize

    @property
    def frames(self) -> Any:
        """The frames by themselves, (count, length), after a preemphasis over the sound."""
        place = self.layout.frames
        x = self.samples.astype(float) * self.scale
        if self.before:
            x = x[1:] - self.recipe.preemphasis * x[:-1]
        return np.stack([x[place.start(t) : place.start(t) + place.length] for t in range(place.count)])

    def expected(self) -> Any:
        """What the twin makes of it."""
        return twin.describe(self.frames, self.recipe, self.layout.n_fft, self.layout.bands)

    def _ready(self, *, lowest: float, is_measured: bool) -> tuple[Tables, Any, Any, Any]:
        """The tables, the numbers of this sound, and where largest and features are written."""
        layout = self.layout
        ready = tables(layout, self.kind)
        ready = ready._replace(
            steps=ready.steps._replace(frames=layout.frames.count, stage=MEASURED if is_measured else WHOLE)
        )
        numbers = ready.numbers.copy()
        numbers[SCALE], numbers[LOWEST] = self.scale, lowest
        largest = np.full(-(-layout.frames.count // self.lanes), UNTOUCHED, self.kind)
        return ready, numbers, largest, np.full(layout.shape[:2], UNTOUCHED, self.out)

    def run(
        self, blocks: tuple[int, int] | None = None, *, lowest: float = -np.inf, is_measured: bool = False
    ) -> tuple[Any, Any]:
        """The features, and the largest logarithm of each block; what no block writes is `UNTOUCHED`."""
        t, numbers, largest, out = self._ready(lowest=lowest, is_measured=is_measured)
        steps, lanes = t.steps, self.lanes
        sizes = (
            lanes * steps.padded + steps.length + 1,
            max(self.layout.n_fft, steps.padded) * lanes,
            2 * (steps.bins - 1) * lanes,
            steps.bins * lanes,
            (steps.bands + 1) * lanes,
            (steps.coefficients + 2) * lanes,
        )
        describe_frames(
            self.samples, self.before, len(self.samples), t.taper, t.factors, t.turns, t.places, t.roots,
            t.weights, t.firsts, t.starts,
            numbers, largest, np.empty(0, self.kind), out.reshape(-1), steps,
            *(np.full(size, np.nan, self.kind) for size in sizes),
            *(blocks or (0, len(largest))),
        )  # fmt: skip
        return out, largest

    def run_spectra(
        self, blocks: tuple[int, int] | None = None, *, lowest: float = -np.inf, is_measured: bool = False
    ) -> tuple[Any, Any]:
        """The same by way of spectra that the twin made."""
        t, numbers, largest, out = self._ready(lowest=lowest, is_measured=is_measured)
        steps, lanes = t.steps, self.lanes
        shaped, energies = twin.shape(self.frames, self.recipe)
        spectra = twin.spectrum(shaped, self.recipe, self.layout.n_fft)
        sizes = (steps.bins * lanes, (steps.bands + 1) * lanes, (steps.coefficients + 1) * lanes)
        describe_spectra(
            spectra.astype(self.kind).reshape(-1), energies.astype(self.kind), t.weights, t.firsts, t.starts,
            numbers, largest, np.empty(0, self.kind), out.reshape(-1), steps,
            *(np.full(size, np.nan, self.kind) for size in sizes),
            *(blocks or (0, len(largest))),
        )  # fmt: skip
        return out, largest
