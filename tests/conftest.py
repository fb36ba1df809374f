"""What every test stands on: the package's own twins can be imported, and drawn examples are the same every time."""

import sys
from pathlib import Path

import pytest
from hypothesis import settings

# `pytest` alone does not put the checkout on the path, and `tests.reference` and `tests.cases` are imported from it.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

settings.register_profile("cnnkit", derandomize=True, deadline=None, database=None, max_examples=60)
settings.load_profile("cnnkit")


@pytest.fixture(params=["compiled", "plain"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a test twice: with the machine code of the loops, and with their plain Python."""
    if request.param == "plain":
        monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    return str(request.param)
