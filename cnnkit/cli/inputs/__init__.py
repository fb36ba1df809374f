"""Which inputs a command works on: words, folders, patterns, lists of names, standard input."""

from cnnkit.cli.inputs.find import find_sources
from cnnkit.cli.inputs.folders import SOUNDS
from cnnkit.cli.inputs.source import Source, is_grid

__all__ = ["SOUNDS", "Source", "find_sources", "is_grid"]
