"""Workers on other machines, which a Dask scheduler reaches. The one place that knows the package distributed."""

from __future__ import annotations

import logging
import os
import re
import uuid
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cnnkit import __version__
from cnnkit.cli.inputs import Source
from cnnkit.cli.work import remote
from cnnkit.cli.work.account import Account, Fault
from cnnkit.cli.work.parts import Dividing
from cnnkit.errors import ArgumentError, CnnkitError, quoted
from cnnkit.files.datasets.folder import forget
from cnnkit.loops.machine.threads import available_threads

LOCAL = "local"
ADDRESS = re.compile(r"((tcp|tls|ws|wss)://)?[^/\s]+:\d{1,5}")
SECONDS_TO_ANSWER = 5
"""That a scheduler may take to answer, and to have a worker."""

ITEMS_PER_THREAD = 2
"""Pieces of work that each thread of a worker has waiting: one at work, one on its way."""

MOST_SLOTS = 1000


class Cluster:
    """The workers of a scheduler, and the order that they have.

    An ArgumentError if there is no scheduler, or a worker that cannot work: without cnnkit, with another version, or
    without the folders.
    """

    def __init__(self, address: str, jobs: int | None) -> None:
        if address != LOCAL and not ADDRESS.fullmatch(address):
            problem = f"{quoted(address)} is no address of a scheduler"
            raise ArgumentError(problem, hint="write --cluster tcp://host:8786, or --cluster local")
        if find_spec("distributed") is None:
            problem = "--cluster needs the package distributed, which is not installed"
            raise ArgumentError(problem, hint="install it with pip install 'cnnkit[cluster]'")
        self.watch: Callable[[int, int], None] = lambda done, of: None  # of the parts of an image
        self._dividing: Dividing | None = None
        self._unfinished: dict[str, Path] = {}  # keys of images in parts, and the folder of their results
        from distributed import Client, LocalCluster

        for name in [*logging.root.manager.loggerDict]:  # each of its modules has a level of its own
            if name.split(".")[0] in ("distributed", "tornado", "asyncio"):
                logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        warnings.filterwarnings("ignore", module="distributed")
        self.address, self._local, self._key = address, None, uuid.uuid4().hex
        try:
            if address == LOCAL:
                self._local = LocalCluster(
                    n_workers=jobs or available_threads(), threads_per_worker=1, dashboard_address=None
                )
            self._client = Client(self._local or address, timeout=SECONDS_TO_ANSWER, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise ArgumentError(
                f"no Dask scheduler answers at {quoted(address)}: {str(error) or type(error).__name__}",
                hint="start one with dask scheduler, and give its address: --cluster tcp://host:8786",
            ) from None
        try:
            self._client.wait_for_workers(1, timeout=SECONDS_TO_ANSWER)
        except Exception:  # its own class has moved between releases
            self.close()
            hint = f"start one on each machine: dask worker {address}"
            raise ArgumentError(f"the scheduler at {address} has no workers", hint) from None

    @property
    def slots(self) -> int:
        """Pieces of work that all workers have at a time, and waiting."""
        threads: int = sum(self._client.nthreads().values())
        return min(ITEMS_PER_THREAD * threads, MOST_SLOTS)

    def slot(self) -> Slot:
        """One of them."""
        return Slot(self)

    @property
    def has_workers(self) -> bool:
        """Whether any is there now, as far as a scheduler has told that is there itself."""
        told = self._client.scheduler_info(n_workers=1)
        return bool(told.get("workers", True))

    def begin(self, order: bytes, paths: Sequence[str], dividing: Dividing | None = None) -> None:
        """Give all workers the order, once they are seen to be able to work on it; large images go to several."""
        self._dividing = dividing
        versions = self._ask(_version)
        for worker, version in versions.items():
            if version != __version__:
                problem = f"the worker {worker} has {f'cnnkit {version}' if version else 'no cnnkit'}"
                raise ArgumentError(problem, hint=f"install cnnkit {__version__} where workers run")
        whole = [_there(os.path.abspath(path)) for path in (".", *paths)]
        for worker, missing in self._ask(remote.unseen, whole).items():
            if missing:
                hint = "give it the same folders under the same names"
                raise ArgumentError(f"the worker {worker} does not see {missing[0]}", hint)
        self._client.register_plugin(_plugin(self._key, order))

    def _ask(self, function: Any, *arguments: Any) -> dict[str, Any]:
        """What a function gives on each worker; None where it cannot be called."""
        found = self._client.run(function, *arguments, on_error="return")
        return {worker: None if isinstance(one, BaseException) else one for worker, one in found.items()}

    def lost(self, error: Exception) -> CnnkitError:
        """Why work did not come back that nobody took back: the scheduler is gone, or a worker could not begin."""
        name = type(error).__name__
        why = "the scheduler is gone" if "Cancelled" in name or isinstance(error, OSError) else f"{name}: {error}"
        return CnnkitError(f"--cluster {self.address}: {why}", hint="results so far are whole; --resume goes on")

    def parts(self, source: Source) -> list[Source]:
        """The parts of an image that goes to several workers, and what ends them; none of others."""
        if self._dividing is None:
            return []
        key = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        found = self._dividing.parts(source, self.slots, key)
        if found:
            self._unfinished[key] = Path(self._dividing.outputs.folder_of(source))
        return [source._replace(part=part) for part in found]

    def submit(self, sources: Sequence[Source]) -> Any:
        """Have some inputs worked on, by whoever is free."""
        return self._client.submit(remote.work, self._key, sources, pure=False)

    def close(self) -> None:
        """Take back all work, and let go of the scheduler."""
        client = self._client
        try:
            if client.status == "running":
                client.unregister_worker_plugin(f"cnnkit-{self._key}")
        except Exception:  # it was not registered, or the scheduler is gone
            pass
        for key, folder in self._unfinished.items():
            forget(folder, key)
        client.close(timeout=SECONDS_TO_ANSWER)
        if self._local is not None:
            self._local.close(timeout=SECONDS_TO_ANSWER)


def _there(path: str) -> str:
    """A path, or of a folder that is yet to be made the one that it will be in."""
    while not os.path.lexists(path) and os.path.dirname(path) != path:
        path = os.path.dirname(path)
    return path


def _plugin(key: str, order: bytes) -> Any:
    from distributed import WorkerPlugin

    class Plugin(remote.Orders, WorkerPlugin):  # type: ignore[misc]
        """The order, as Dask wants it."""

    return Plugin(key, order, os.getcwd())


def _version() -> str:
    import cnnkit

    return cnnkit.__version__


KILLED = Account([], 0.0, Fault("the workers that worked on it ended", "try it by itself"))


class Slot:
    """A place for work on a cluster, as a `Helper` is one on this machine."""

    is_ready = True
    number = 0

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._futures: list[Any] = []

    def work(self, sources: Sequence[Source]) -> Iterator[Account]:
        """The accounts of some inputs; a CnnkitError that ends the command where the cluster cannot do the work."""
        together: list[Source] = []
        for source in sources:
            if parts := self._cluster.parts(source):
                yield from self._whole(together)
                yield self._divided(parts)
                together = []
            else:
                together.append(source)
        yield from self._whole(together)

    def _whole(self, sources: Sequence[Source]) -> list[Account]:
        """The accounts of inputs of which each is for one worker."""
        if not sources:
            return []
        self._futures = self._submit([sources])
        accounts = self._result(self._futures[0])
        if accounts is None and len(sources) > 1:
            return [account for source in sources for account in self._whole([source])]
        return [KILLED] if accounts is None else accounts

    def _divided(self, parts: Sequence[Source]) -> Account:
        """The account of an image of which several workers write parts, one behind the other."""
        *parts, end = parts
        self._futures = self._submit([part] for part in parts)
        for number, future in enumerate(self._futures):
            self._cluster.watch(number, len(parts))
            (account,) = self._result(future) or [KILLED]
            if account.fault:
                self.end(is_idle=False)
                return account
        (account,) = self._whole([end])
        return account

    def _submit(self, pieces: Iterable[Sequence[Source]]) -> list[Any]:
        """Have pieces of work done, each by whoever is free."""
        try:
            return [self._cluster.submit(sources) for sources in pieces]
        except Exception as error:
            raise self._cluster.lost(error) from None

    def _result(self, future: Any) -> list[Account] | None:
        """The accounts that came back; None if it ended the workers that were at it."""
        try:
            accounts: list[Account] = future.result()
        except Exception as error:
            if type(error).__name__ != "KilledWorker":
                raise self._cluster.lost(error) from None
            return None
        return accounts

    def end(self, *, is_idle: bool) -> None:
        """Take back what was not begun."""
        for future in () if is_idle else self._futures:
            future.cancel()

    def wait(self) -> int:
        """There is nothing to wait for."""
        return 0
