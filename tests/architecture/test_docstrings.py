"""Public functions say what they take, what they raise, and show it."""

from __future__ import annotations

import inspect
import re

import pytest

import cnnkit
from cnnkit.errors import CnnkitError

FUNCTIONS = [
    "convolve",
    "convolve_transposed",
    "features",
    "kernel",
    "kernels",
    "learn",
    "levels",
    "mfcc",
    "plan",
    "pool",
    "read",
    "run",
    "shape",
    "show",
    "train",
    "unpool",
    "write",
]


def sections(text: str) -> dict[str, str]:
    """The numpydoc sections of a docstring, by their headings."""
    parts = re.split(r"^(\w[\w ]*)\n-{3,}\n", inspect.cleandoc(text), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_public_names_are_all_there() -> None:
    others = {"CnnkitError", "CnnkitWarning", "Kernel", "LayerShape", "Stack", "__version__"}
    assert set(FUNCTIONS) | others == set(cnnkit.__all__)
    for name in cnnkit.__all__:
        assert hasattr(cnnkit, name)
    assert set(cnnkit.__all__) == set(dir(cnnkit))


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'convolv'"):
        cnnkit.convolv  # noqa: B018


@pytest.mark.parametrize("name", FUNCTIONS)
def test_docstring_names_every_parameter(name: str) -> None:
    function = getattr(cnnkit, name)
    told = sections(function.__doc__)
    parameters = list(inspect.signature(function).parameters)
    if parameters:
        headings = " ".join(re.findall(r"^(\S.*?)(?: :.*)?$", told["Parameters"], flags=re.MULTILINE))
        assert set(re.findall(r"\w+", headings)) >= set(parameters)
    assert "Returns" in told
    assert ">>> " in told["Examples"]


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "kernels"])
def test_docstring_names_its_errors(name: str) -> None:
    told = sections(getattr(cnnkit, name).__doc__)["Raises"]
    kinds = {kind.__name__ for kind in CnnkitError.__subclasses__()} | {"NotationError"}
    assert set(re.findall(r"^\w+", told, flags=re.MULTILINE)) <= kinds


def test_a_plan_takes_what_a_convolution_takes() -> None:
    parameters = [list(inspect.signature(function).parameters.values()) for function in (cnnkit.plan, cnnkit.convolve)]
    assert parameters[0] == parameters[1]
