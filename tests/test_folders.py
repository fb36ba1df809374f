"""Where the folders of a user are, on each system; which of them are trusted is tested with what is in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnkit.folders import place


@pytest.mark.parametrize(
    ("system", "variables", "cache", "state"),
    [
        ("linux", {}, "/home/me/.cache/cnnkit/loops", "/home/me/.local/state/cnnkit"),
        ("linux", {"XDG_CACHE_HOME": "/c", "XDG_STATE_HOME": "/s"}, "/c/cnnkit/loops", "/s/cnnkit"),
        ("linux", {"XDG_STATE_HOME": "not/absolute"}, "/home/me/.cache/cnnkit/loops", "/home/me/.local/state/cnnkit"),
        ("darwin", {}, "/home/me/Library/Caches/cnnkit/loops", "/home/me/Library/Application Support/cnnkit"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/cnnkit/loops", "/local/cnnkit"),
        ("win32", {}, "/home/me/AppData/Local/cnnkit/loops", "/home/me/AppData/Local/cnnkit"),
        ("linux", {"CNNKIT_CACHE_DIR": "/x", "CNNKIT_STATE_DIR": "/y"}, "/x", "/y"),
    ],
)
def test_places(
    system: str, variables: dict[str, str], cache: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME", "LOCALAPPDATA", "CNNKIT_CACHE_DIR", "CNNKIT_STATE_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/home/me", **variables}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.platform", system)
    assert (place("cache"), place("state")) == (Path(cache), Path(state))
