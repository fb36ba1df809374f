"""The presets by their names, settings and what they detect, for completion: importing them would take NumPy.

They are read from the source of `cnnkit.data.kernels.presets`, so that every name stands in one place.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple


class PresetName(NamedTuple):
    """A preset without its weights."""

    name: str
    settings: list[str]
    detects: str


def preset_names() -> Iterator[PresetName]:
    """Every preset, as its module has it.

    >>> next(one for one in preset_names() if one.name == "gaussian").settings
    ['sigma', 'size']
    """
    for path in sorted(Path(__file__).with_name("presets").glob("*.py")):
        settings, texts = {}, {}
        for node in ast.parse(path.read_bytes()).body:
            value = getattr(node, "value", None)
            if isinstance(node, ast.FunctionDef):
                settings[node.name] = [one.arg for one in node.args.args]
            elif isinstance(node, ast.Assign) and isinstance(value, ast.Constant):
                texts[ast.unparse(node.targets[0])] = str(value.value)
            for call in getattr(value, "elts", ()):
                if isinstance(call, ast.Call):
                    name, make, detects, *_ = call.args
                    first, *given = make.args if isinstance(make, ast.Call) else [make]  # partial(sobel, 0)
                    own = settings[ast.unparse(first)][len(given) :]
                    yield PresetName(ast.literal_eval(name), own, _text(detects, texts))


def _text(node: Any, texts: Mapping[str, str]) -> str:
    """A text of which parts are names of others: ``f"{_RIGHT}, no smoothing"``."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, texts) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return _text(node.value, texts)
    return texts[node.id] if isinstance(node, ast.Name) else str(node.value)
