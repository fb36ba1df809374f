"""Which presets people mean by a word that is no preset's name."""

from __future__ import annotations

import re

from cnnkit.data.kernels.preset import Preset
from cnnkit.data.kernels.presets import PRESETS
from cnnkit.errors import nearest

OTHER_WORDS = {
    "average": "mean",
    "blur": "gaussian",
    "box-blur": "box",
    "diagonal": "roberts",
    "dot": "point",
    "edge-detection": "edge",
    "gaussian-blur": "gaussian",
    "highpass": "high-pass",
    "horizontal": "sobel-y",
    "horizontal-edge": "sobel-y",
    "horizontal-edges": "sobel-y",
    "low-pass": "gaussian",
    "lowpass": "gaussian",
    "ricker": "mexican-hat",
    "smooth": "gaussian",
    "spot": "point",
    "vertical": "sobel-x",
    "vertical-edge": "sobel-x",
    "vertical-edges": "sobel-x",
}
"""Words people try that no preset has, and what they most likely want."""

_ENDING = re.compile(r"(?:([a-z])\1)?ing$|s$")


def search(text: str) -> tuple[Preset, ...]:
    """The presets whose names or descriptions have all words of a text, or else their sources; none for other text.

    >>> [preset.name for preset in search("blurring")][:3], [preset.name for preset in search("Canny")]
    (['box', 'mean', 'gaussian'], ['gaussian-x', 'gaussian-y'])
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z _-]+", text.strip()):
        return ()
    words = re.findall(r"[a-z]{3,}", text.lower())
    stems = [_ENDING.sub(r"\1", word) for word in words]
    meant = OTHER_WORDS.get("-".join(words), "")
    described = {name: f"{name} {one.detects}".lower() for name, one in PRESETS.items()}
    published = {name: one.source.lower() for name, one in PRESETS.items()}
    for texts in (described, published) if words else ():
        found = [name for name, known in texts.items() if name == meant or all(stem in known for stem in stems)]
        if found:
            return tuple(PRESETS[name] for name in found)
    return ()


def near_word(name: str) -> str:
    """The preset nearest to a name, or a word with which `search` finds some, or nothing.

    >>> near_word("sobell"), near_word("vertcal")
    ('sobel', 'vertical')
    """
    described = " ".join(preset.detects for preset in PRESETS.values()).lower()
    return nearest(name, dict.fromkeys([*PRESETS, *OTHER_WORDS, *re.findall(r"[a-z]{4,}", described)]))
