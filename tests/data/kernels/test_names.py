"""The names that completion brings are those of the presets."""

from __future__ import annotations

import cnnkit
from cnnkit.data.kernels.names import preset_names


def test_they_are_the_presets() -> None:
    truth = {(one.name, *one.parameters): one.detects for one in cnnkit.kernels()}
    assert {(one.name, *one.settings): one.detects for one in preset_names()} == truth
