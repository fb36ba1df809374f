"""Which presets people mean by a word that is no preset's name."""

from __future__ import annotations

import re

from cnnkit.data.kernels.preset import Preset
from cnnkit.data.kernels.presets import FAMILIES, PRESETS
from cnnkit.errors import nearest

OTHER_WORDS = {
    "average": "mean",
    "blur": "gaussian",
    "box-blur": "box",
    "diagonal": "roberts",
    "dot": "point",
    "edge-detection": "edge",
    "gaussian-blur": "gaussian",
    "gaussian-filter": "gaussian",
    "highpass": "high-pass",
    "horizontal": "sobel-y",
    "horizontal-edge": "sobel-y",
    "horizontal-edges": "sobel-y",
    "low-pass": "gaussian",
    "lowpass": "gaussian",
    "ricker": "mexican-hat",
    "smooth": "gaussian",
    "spot": "point",
    "uniform-filter": "box",
    "vertical": "sobel-x",
    "vertical-edge": "sobel-x",
    "vertical-edges": "sobel-x",
}
"""Words people try that no preset has, and what they most likely want."""

POOLINGS = {"max": "max", "dilate": "max", "dilation": "max", "min": "min", "erode": "min", "erosion": "min"}
POOLINGS |= dict.fromkeys(("median", "median-blur", "medianblur", "median-filter", "medfilt", "medfilt2d"), "median")
"""What no weights can do, and the pooling that does it."""

_ENDING = re.compile(r"(?:([a-z])\1)?ing$|s$")
_STOP = {"all", "and", "for", "the", "with"}


def plain(word: str) -> str:
    """A name as presets have it: ``sobel-x`` for ``Sobel_X``."""
    return "-".join(word.lower().replace("_", " ").split())


def preset_called(word: str) -> Preset | None:
    """The preset of this name, however it is written."""
    return PRESETS.get(plain(word))


def search(text: str) -> tuple[Preset, ...]:
    """The presets whose families, names or descriptions have all words of a text, or else their sources.

    >>> [preset.name for preset in search("blurring")][:3], [preset.name for preset in search("Canny")]
    (['box', 'mean', 'gaussian'], ['gaussian-x', 'gaussian-y'])
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z _-]+", text.strip()):
        return ()
    words = [word for word in re.findall(r"[a-z]{3,}", text.lower()) if word not in _STOP]
    stems = [_ENDING.sub(r"\1", word) for word in words]
    meant = OTHER_WORDS.get("-".join(words), "")
    members = [(family, one) for family, presets in FAMILIES.items() for one in presets]
    described = {one.name: f"{family} {one.name} {one.detects}".lower() for family, one in members}
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
    known = dict.fromkeys([*PRESETS, *OTHER_WORDS, *re.findall(r"[a-z]{4,}", described)])
    return nearest(name, known, cutoff=0.75) if len(name) > 3 else ""
