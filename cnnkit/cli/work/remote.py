"""What a worker of a cluster does: it has a helper process for each of its threads, which works on inputs.

The helpers are those of one machine: work of two commands, or of two threads, does not share a process.
"""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Sequence

from cnnkit.cli.inputs import Source
from cnnkit.cli.work.account import Account
from cnnkit.cli.work.helper import Helper, Order, ended

SECONDS_IDLE = 300
"""After which a helper ends that nobody gives work: whoever began it may be gone."""


class Orders:
    """One command's order on a worker, as a plugin of Dask: workers that come later get it too."""

    def __init__(self, key: str, order: bytes, folder: str) -> None:
        self.name = f"cnnkit-{key}"
        self.key, self.order, self.folder = key, order, folder

    def setup(self, worker: object) -> None:
        """Take the order."""
        _places[self.key] = Place(self.order, self.folder)

    def teardown(self, worker: object) -> None:
        """End what works on it."""
        if place := _places.pop(self.key, None):
            place.end()


class Place:
    """The helpers of one order."""

    def __init__(self, order: bytes, folder: str) -> None:
        self._order, self._folder = order, folder
        self._lock = threading.Lock()
        self._idle: list[Helper] = []
        self._all: list[Helper] = []
        self._is_over = False
        self._timer: threading.Timer | None = None

    def work(self, sources: Sequence[Source]) -> list[Account]:
        """The accounts of some inputs; where a helper ends by itself, the input it was at has failed."""
        found: list[Account] = []
        helper = self._take()
        while left := sources[len(found) :]:
            try:
                found += helper.work(left)
            except (EOFError, OSError, pickle.UnpicklingError):
                code = helper.wait()
                if self._is_over:
                    break
                order: Order = pickle.loads(self._order)
                order.outputs.clear(sources[len(found)], helper.number)
                found.append(Account([], 0.0, ended(code)))
                helper = self._take()
        self._give_back(helper)
        return found

    def _take(self) -> Helper:
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            if self._idle:
                return self._idle.pop()
            helper = Helper(self._order, self._folder)
            self._all.append(helper)
            return helper

    def _give_back(self, helper: Helper) -> None:
        with self._lock:
            self._idle.append(helper)
            self._timer = threading.Timer(SECONDS_IDLE, self.end)
            self._timer.daemon = True
            self._timer.start()

    def end(self) -> None:
        """End all helpers."""
        with self._lock:
            self._is_over = True
            idle, helpers = {*map(id, self._idle)}, [*self._all]
        for helper in helpers:
            helper.end(is_idle=id(helper) in idle)
        for helper in helpers:
            helper.wait()


_places: dict[str, Place] = {}


def work(key: str, sources: Sequence[Source]) -> list[Account]:
    """Work on inputs by the order of this key."""
    return _places[key].work(sources)


def unseen(paths: Sequence[str]) -> list[str]:
    """The paths that are not there for this worker."""
    return [path for path in paths if not os.path.lexists(path)]
