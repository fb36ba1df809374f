"""Work on a cluster: the same results and the same account as with processes here, whatever happens to a worker."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnkit.cli.work import cluster as room
from cnnkit.cli.work.account import Account
from cnnkit.cli.work.cluster import Cluster, Slot
from cnnkit.errors import ArgumentError, CnnkitError
from tests.reference.many import contents, names

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="workers are other processes of this machine")

Run = Callable[..., Any]
Start = Callable[..., "subprocess.Popen[str]"]
SECONDS_TO_SEE = 60


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A scheduler with two workers, which start anew when they are killed."""
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as local:
        yield local.scheduler_address


def wait_for(count: int, folder: Path) -> None:
    end = time.monotonic() + SECONDS_TO_SEE
    while len(list(folder.glob("*"))) < count:
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Images that take a while each."""
    folder, draw = tmp_path_factory.mktemp("large"), np.random.default_rng(0)
    for number in range(16):
        image = Image.fromarray(draw.integers(0, 256, (600, 800, 3), dtype=np.uint8))
        image.save(folder / f"{number:02}.png", compress_level=1)
    return [str(folder / f"{number:02}.png") for number in range(16)]


@pytest.mark.parametrize(
    "command", [("convolve", "-k", "sobel-x", "--format", "npy"), ("pool", "--size", "3", "--format", "npy")]
)
def test_workers_give_the_files_and_the_account_of_one_process(
    run: Run, photographs: Path, tmp_path: Path, address: str, command: tuple[str, ...]
) -> None:
    inputs = names(photographs)[:9]
    (damaged := tmp_path / "damaged.png").write_bytes(Path(inputs[0]).read_bytes()[:-2000])
    inputs[4:4] = [str(damaged), "missing.png"]
    ends = []
    for where in (("--jobs", "1"), ("--cluster", address)):
        ran = run(*command, *inputs, *where, "--out-dir", tmp_path / "out", "--force", "--json")
        assert ran.code == 1
        ends.append((json.loads(ran.text), ran.err.replace("compiling once", ""), contents(tmp_path / "out")))
        for name in contents(tmp_path / "out"):
            (tmp_path / "out" / name).unlink()
    for name in ("results", "errors"):
        assert ends[0][0][name] == ends[1][0][name]
    assert ends[0][2] == ends[1][2]
    assert len(ends[0][2]) == 9


def test_a_data_set_has_the_same_samples_and_one_writer(
    run: Run, photographs: Path, tmp_path: Path, address: str
) -> None:
    inputs = names(photographs)[:6]
    found = []
    for where in (("--jobs", "1"), ("--cluster", address)):
        path = tmp_path / f"{where[0][2:]}.npz"
        ran = run("pool", *inputs, "--adaptive", "4x4", "--stack", "-o", path, *where)
        assert ran.code == 0, ran.err
        with np.load(path) as content:
            found.append({name: content[name] for name in content.files})
    assert (found[0]["data"] == found[1]["data"]).all()
    assert (found[0]["files"] == found[1]["files"]).all()


def test_a_folder_of_relative_names_is_that_of_the_command(run: Run, tmp_path: Path, address: str) -> None:
    Image.fromarray(np.eye(9, dtype=np.uint8)).save(tmp_path / "eye.png")
    ran = run("run", "eye.png", "conv3-2", "relu", "--cluster", address, cwd=tmp_path)
    assert (ran.code, [path.suffix for path in sorted(tmp_path.iterdir())]) == (0, [".npy", ".png"]), ran.err


def test_a_worker_that_is_killed_is_survived(started: Start, large: list[str], tmp_path: Path, address: str) -> None:
    out = tmp_path / "out"
    words = [*large, "-k", "gaussian:size=9", "--format", "npy", "--out-dir", str(out), "--cluster", address, "--json"]
    ran = started(words, stdout=subprocess.PIPE)
    wait_for(2, out)
    with distributed.Client(address, set_as_default=False) as client:
        os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
    text, _ = ran.communicate(timeout=SECONDS_TO_SEE)
    assert ran.returncode == 0
    assert [one["input"] for one in json.loads(text)["results"]] == large
    assert len(contents(out)) == len(large)


def test_an_interrupt_leaves_no_work_behind(started: Start, large: list[str], tmp_path: Path, address: str) -> None:
    out = tmp_path / "out"
    ran = started([*large, "-k", "gaussian:size=9", "--format", "npy", "--out-dir", str(out), "--cluster", address])
    wait_for(2, out)
    ran.send_signal(signal.SIGINT)
    _, told = ran.communicate(timeout=SECONDS_TO_SEE)
    assert ran.returncode == 130, told
    left = contents(out)
    with distributed.Client(address, set_as_default=False) as client:
        assert not any(client.processing().values())
    time.sleep(1)
    assert contents(out) == left
    assert len(left) < len(large)


@pytest.fixture(scope="module")
def huge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image that is worked on in parts."""
    zarr = pytest.importorskip("zarr", reason="it writes what is divided here")
    path = tmp_path_factory.mktemp("huge") / "image.zarr"
    samples = np.add.outer(np.arange(9000), 3 * np.arange(9001)).astype(np.uint8)
    zarr.create_array(str(path), shape=samples.shape, chunks=(1000, 900), dtype="u1")[:] = samples
    return path


def test_one_image_on_several_workers(run: Run, huge: Path, tmp_path: Path, address: str) -> None:
    said = []
    for folder, where in (("one", ("--jobs", "1")), ("parts", ("--cluster", address))):
        ran = run(
            "convolve", huge, "-k", "gaussian:size=5", "-k", "edge", *where, "--json", "--out-dir", tmp_path / folder
        )
        assert ran.code == 0, ran.err
        said.append(json.loads(ran.text)["results"])
    for one, other in zip(*said, strict=True):
        assert {**one, "output": ""} == {**other, "output": ""}
        first, second = (contents(Path(result["output"])) for result in (one, other))
        assert len(first) == 18 * 18 + 2
        assert {**first, ".zattrs": b""} == {**second, ".zattrs": b""}
        there = sorted(path.name for path in Path(other["output"]).parent.iterdir())
        assert there == ["image.edge.zarr", "image.gaussian-size5.zarr"]


def test_a_part_that_fails_is_the_image_that_fails(run: Run, huge: Path, tmp_path: Path, address: str) -> None:
    damaged = tmp_path / "damaged.zarr"
    shutil.copytree(huge, damaged)
    next(damaged.rglob("5/3")).write_bytes(b"no chunk")
    ends = [run("pool", damaged, "--size", "2", *where) for where in (("--jobs", "1"), ("--cluster", address))]
    assert ends[0].code == ends[1].code == 1
    assert "chunk 5, 3 of this .zarr is damaged" in ends[0].err
    assert ends[0].err == ends[1].err
    assert [path.name for path in tmp_path.iterdir()] == ["damaged.zarr"]


@pytest.mark.parametrize("is_interrupted", [False, True])
def test_parts_of_a_worker_that_is_killed_and_of_an_interrupt(
    started: Start, huge: Path, tmp_path: Path, address: str, is_interrupted: bool
) -> None:
    ran = started([str(huge), "-k", "gaussian:size=9", "-o", str(tmp_path / "out.zarr"), "--cluster", address])
    wait_for(1, tmp_path)
    wait_for(3, next(tmp_path.iterdir()))
    if is_interrupted:
        ran.send_signal(signal.SIGINT)
    else:
        with distributed.Client(address, set_as_default=False) as client:
            os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
    _, told = ran.communicate(timeout=SECONDS_TO_SEE)
    assert ran.returncode == (130 if is_interrupted else 0), told
    left = [path.name for path in tmp_path.iterdir()]
    assert left == ([] if is_interrupted else ["out.zarr"])
    if not is_interrupted:
        assert len(contents(tmp_path / "out.zarr")) == 18 * 18 + 2


def test_a_scheduler_that_is_lost_ends_the_command(
    started: Start, large: list[str], tmp_path: Path, unused_port: int
) -> None:
    """What is left is not worked on here instead, and no input is blamed for it."""
    where, out = f"tcp://127.0.0.1:{unused_port}", tmp_path / "out"
    words = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", str(unused_port), "--no-dashboard"]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as scheduler:
        words = [sys.executable, "-m", "distributed.cli.dask_worker", where, "--nthreads", "1", "--no-dashboard"]
        worker = subprocess.Popen(words, stderr=subprocess.DEVNULL)
        try:
            time.sleep(2)
            names = [*large, "-k", "gaussian:size=9", "--format", "npy", "--out-dir", str(out), "--cluster", where]
            ran = started(names)
            wait_for(2, out)
            scheduler.kill()
            _, told = ran.communicate(timeout=SECONDS_TO_SEE)
        finally:
            scheduler.kill()
            worker.kill()
            worker.wait()
    assert ran.returncode == 1
    assert f"error: --cluster {where}: the scheduler is gone\nhint: results so far are whole" in told
    assert "failed" not in told
    assert "Traceback" not in told
    assert len(contents(out)) < len(large)


def test_what_a_worker_does_not_see_is_named(tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_there", lambda path: path)
    found = Cluster(address, None)
    try:
        with pytest.raises(ArgumentError, match=r"does not see .*/nowhere"):
            found.begin(b"", [str(tmp_path / "nowhere")])
    finally:
        found.close()


def test_a_worker_of_another_version_is_named(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "__version__", "9.9")
    found = Cluster(address, None)
    try:
        with pytest.raises(ArgumentError, match=r"has cnnkit \d.*") as told:
            found.begin(b"", [])
    finally:
        found.close()
    assert "install cnnkit 9.9" in told.value.hint


@pytest.mark.parametrize("text", ["nonsense://x", "host", "tcp://host:port", "tcp://a b:1"])
def test_what_is_no_address(run: Run, text: str) -> None:
    ran = run("pool", "photo.png", "--size", "2", "--cluster", text)
    assert ran.code == 2
    assert "write --cluster tcp://host:8786" in ran.err


def test_a_scheduler_that_is_not_there_is_told_within_seconds(
    run: Run, photographs: Path, tmp_path: Path, unused_port: int
) -> None:
    begun = time.monotonic()
    where = f"127.0.0.1:{unused_port}"
    ran = run("pool", names(photographs)[0], "--size", "2", "--out-dir", tmp_path, "--cluster", where)
    assert time.monotonic() - begun < 20
    assert ran.code == 2
    assert f"no Dask scheduler answers at {where!r}" in ran.err
    assert "Traceback" not in ran.err


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_a_grid_is_worked_on_here(run: Run, address: str) -> None:
    ran = run("pool", "1 2; 3 4", "--size", "2", "-o", "-", "--cluster", address)
    assert (ran.code, ran.text.strip()) == (0, "4")
    assert "--cluster is for files alone" in ran.err


class Killed(Exception):  # noqa: N818
    """As Dask has it."""


Killed.__name__ = "KilledWorker"


class Pretended:
    """A cluster on which one input kills its worker."""

    def parts(self, source: Any) -> list[Any]:
        return []

    def submit(self, sources: list[Any]) -> Any:
        class Future:
            def result(self) -> list[Account]:
                if "bad" in sources:
                    raise Killed
                return [Account([("say", (source,), {})]) for source in sources]

        return Future()


def test_an_input_that_kills_workers_fails_alone() -> None:
    accounts = list(Slot(Pretended()).work(["a", "bad", "b"]))  # type: ignore[arg-type, list-item]
    assert [account.fault is not None for account in accounts] == [False, True, False]


def test_what_a_cluster_cannot_do_ends_the_command() -> None:
    class Failing:
        address = "tcp://host:1"
        lost = Cluster.lost
        parts = Pretended.parts

        def submit(self, sources: list[Any]) -> Any:
            raise KeyError("no such order")

    with pytest.raises(CnnkitError, match="--cluster tcp://host:1: KeyError: 'no such order'"):
        list(Slot(Failing()).work(["a"]))  # type: ignore[arg-type, list-item]


def test_a_machine_without_the_package(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "find_spec", lambda name: None)
    with pytest.raises(ArgumentError) as told:
        Cluster("local", None)
    assert "cnnkit[cluster]" in told.value.hint
