"""What is tried to find all loops comes to every one of them."""

from __future__ import annotations

import json
import pkgutil
from importlib import import_module

import pytest

from cnnkit import loops
from cnnkit.cli.everything import IMAGES, SOUNDS
from cnnkit.loops.machine.compile import Loop
from cnnkit.loops.pooling.windows import KINDS
from tests.reference.processes import run_program

LIBRARY_ALONE = {"halve", "pool_indices", "take_bands", "unpool"}


PROGRAM = """
import json
from cnnkit.cli.everything import COMMANDS, try_everything
from cnnkit.loops.machine.compile import collect
types = {}
for one in collect(lambda: try_everything(list(COMMANDS))):
    types.setdefault(one.loop.name, set()).update(one.signature.array_types)
print(json.dumps({name: [*found] for name, found in types.items()}))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The loops, and the types of the first array of samples of each, in a process that has none of them."""
    names = json.loads(run_program(tmp_path_factory.mktemp("none") / "loops", PROGRAM))
    return {name: {*types} for name, types in names.items()}


def test_every_loop_is_found(found: dict[str, set[str]]) -> None:
    modules = [import_module(module.name) for module in pkgutil.walk_packages(loops.__path__, "cnnkit.loops.")]
    there = {value.name for module in modules for value in vars(module).values() if isinstance(value, Loop)}
    missing = {name for name in there if not any(one.startswith(name) for one in found)}
    assert missing == LIBRARY_ALONE


def test_for_every_type_that_files_hold(found: dict[str, set[str]]) -> None:
    codes = {"uint8": "u1", "uint16": "u2", "float32": "f4", "float64": "f8", "int16": "i2", "int32": "i4"}
    assert found["convolve_few_products"] >= {codes[name] for name in IMAGES}
    assert found["describe_frames"] >= {codes[name] for name in SOUNDS}
    for name in ("max", "average"):
        pieces = "_".join(piece.__name__ for piece in KINDS[name])
        assert found[f"pool_rows_{pieces}"] >= {"f4", "f8"}
