"""The named kernels, family by family. A new one is a function and a line in its family's tuple."""

from __future__ import annotations

from cnnkit.data.kernels.preset import Preset
from cnnkit.data.kernels.presets.compass import COMPASS
from cnnkit.data.kernels.presets.curvature import CURVATURE
from cnnkit.data.kernels.presets.gradient import GRADIENT
from cnnkit.data.kernels.presets.pattern import PATTERN
from cnnkit.data.kernels.presets.sharpening import SHARPENING
from cnnkit.data.kernels.presets.smoothing import SMOOTHING

FAMILIES: dict[str, tuple[Preset, ...]] = {
    "smoothing": SMOOTHING,
    "sharpening": SHARPENING,
    "gradient": GRADIENT,
    "compass": COMPASS,
    "curvature": CURVATURE,
    "pattern": PATTERN,
}
"""The presets of each family, in the order in which they are best learnt."""

PRESETS: dict[str, Preset] = {preset.name: preset for family in FAMILIES.values() for preset in family}
"""Every preset by its name, in the same order."""
