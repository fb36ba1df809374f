"""One input: what it is called, and how names of its results begin."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cnnkit.cli.inputs.source import Source, is_grid
from cnnkit.errors import InputError

NAMES = ["a.png", "sub/a.b.png", ".hidden", "a", "sub.d/a", "a.", "é ü.png", "b\udcff.png", "..a"]


@pytest.mark.parametrize("name", NAMES)
def test_a_stem_is_that_of_a_path(name: str) -> None:
    expected = {"a.": "a.", "..a": "."}.get(name, Path(name).stem)  # as of Python 3.10 to 3.13
    assert Source(name).stem == expected


def test_a_fault_is_raised_where_the_source_is_opened() -> None:
    with pytest.raises(InputError, match="nothing there"):
        Source("a", fault=InputError("nothing there")).open()


def test_a_source_is_small() -> None:
    one = Source("in/a.png", below="cats")
    assert not hasattr(one, "__dict__")
    assert sys.getsizeof(one) < 100


def test_a_file_is_no_grid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert is_grid("1 2")
    (tmp_path / "1 2").touch()
    assert not is_grid("1 2")
