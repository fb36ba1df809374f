"""A worker's helpers: one for each thread, gone with the order."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any, ClassVar

import pytest

from cnnkit.cli.inputs import Source
from cnnkit.cli.work import remote
from cnnkit.cli.work.account import Account
from cnnkit.cli.work.remote import Orders, Place, unseen, work


class Helper:
    """Ends at an input of that name, the first time."""

    made: ClassVar[list[Helper]] = []

    def __init__(self, order: bytes, folder: str) -> None:
        Helper.made.append(self)
        self.number, self.is_ended = len(Helper.made), False

    def work(self, sources: list[Source]) -> Any:
        for source in sources:
            if source.name == "end":
                raise EOFError
            yield Account([("say", (source.name,), {})])

    def end(self, *, is_idle: bool) -> None:
        self.is_ended = True

    def wait(self) -> int:
        return -9


class Outputs:
    cleared: ClassVar[list[tuple[str, int]]] = []

    def clear(self, source: Source, number: int) -> None:
        Outputs.cleared.append((source.name, number))


class Order:
    outputs = Outputs()


@pytest.fixture(autouse=True)
def pretended(monkeypatch: pytest.MonkeyPatch) -> None:
    Helper.made, Outputs.cleared = [], []
    monkeypatch.setattr(remote, "Helper", Helper)


def test_a_helper_that_ends_takes_one_input_with_it() -> None:
    place = Place(pickle.dumps(Order()), "/")
    accounts = place.work([Source(name) for name in ("a", "end", "b")])
    assert [account.fault is None for account in accounts] == [True, False, True]
    assert Outputs.cleared == [("end", 1)]
    assert len(Helper.made) == 2
    place.work([Source("c")])
    assert len(Helper.made) == 2
    place.end()
    assert Helper.made[1].is_ended


def test_an_order_is_taken_and_given_back() -> None:
    orders = Orders("key", pickle.dumps(Order()), "/")
    orders.setup(None)
    assert len(work("key", [Source("a")])) == 1
    orders.teardown(None)
    assert Helper.made[0].is_ended
    with pytest.raises(KeyError):
        work("key", [Source("a")])
    orders.teardown(None)


def test_paths_that_are_not_there(tmp_path: Path) -> None:
    assert unseen([str(tmp_path), str(tmp_path / "x")]) == [str(tmp_path / "x")]
