"""A convolution that is done again: the same numbers as the first time, for whatever image, and nothing kept of it."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import numpy as np
import pytest

from cnnkit.data.kernels.kernel import Kernel
from cnnkit.loops.machine.again import Again
from cnnkit.operations.convolution.convolve import convolve
from tests.cases.layouts import samples

CASES: list[tuple[tuple[int, ...], tuple[int, ...], str, dict[str, Any]]] = [
    ((40, 50), (3, 3), "f4", {}),
    ((40, 50), (3, 3), "u1", {"dtype": np.uint8}),
    ((40, 50, 3), (9, 9), "f4", {"algorithm": "separable"}),
    ((60, 50), (20, 20), "u1", {"algorithm": "box", "dtype": np.uint8}),
    ((70, 90), (21, 21), "f4", {"algorithm": "fourier"}),
    ((20, 20, 3), (3, 3, 3, 8), "f4", {}),
    ((20, 20, 3), (3, 3, 3, 8), "u2", {"pad_mode": "reflect"}),
    ((24, 24, 32), (3, 3, 32, 32), "f4", {"algorithm": "winograd"}),
    ((13, 7, 20), (1, 1, 20, 9), "f4", {"algorithm": "pointwise"}),
    ((2, 13, 17, 16), (3, 3, 1, 16), "f4", {"algorithm": "depthwise", "groups": 16, "stride": 2}),
]


def weights_of(shape: tuple[int, ...], algorithm: str) -> Any:
    if algorithm == "separable":
        return np.outer(np.arange(1, shape[0] + 1), np.ones(shape[1])) / 10
    return np.full(shape, 0.3) if algorithm == "box" else samples(1, shape, "i2") / 8


@pytest.mark.parametrize(("shape", "kernel", "dtype", "settings"), CASES)
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_each_time_as_the_first(
    shape: tuple[int, ...], kernel: tuple[int, ...], dtype: str, settings: dict[str, Any], threads: int
) -> None:
    weights = weights_of(kernel, settings.get("algorithm", ""))
    used = Kernel(weights)
    for seed in range(4):
        image = samples(seed, shape, dtype)
        image.setflags(write=seed % 2 == 0)
        found = convolve(image, used, threads=threads, **settings)
        expected = convolve(image, Kernel(weights), threads=1, **settings)
        assert found.tobytes() == expected.tobytes()


def test_strips_that_winograd_leaves_are_those_of_the_image_at_hand() -> None:
    """A sample so large that its products would overflow has its strip summed directly."""
    used = Kernel(samples(0, (3, 3, 32, 32), "i2") / 8)
    for large in (1e38, 1.0, 3e38, 2.0):
        image = samples(3, (40, 24, 32), "i2").astype(np.float32)
        image[5, 5, 5] = large
        found = convolve(image, used, algorithm="winograd")
        with np.errstate(over="ignore"):
            expected = convolve(image, Kernel(used.weights), algorithm="winograd")
        assert found.tobytes() == expected.tobytes()


def test_nothing_is_kept_of_images_and_results() -> None:
    used, image = Kernel(np.full((3, 3), 0.1)), np.zeros((30, 30), np.float32)
    out = convolve(image, used)
    gone = weakref.ref(image), weakref.ref(out.base if out.base is not None else out)
    del image, out
    gc.collect()
    assert [one() for one in gone] == [None, None]


def test_threads_that_use_one_kernel_at_a_time() -> None:
    used = Kernel(np.full((5, 5), 0.1))
    images = [samples(seed, (60, 50), "f4") for seed in range(8)]
    expected = [convolve(image, Kernel(used.weights), threads=1) for image in images]
    wrong: list[int] = []

    def work(number: int) -> None:
        for _ in range(100):
            if convolve(images[number], used, threads=2).tobytes() != expected[number].tobytes():
                wrong.append(number)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert wrong == []


def test_one_that_was_interrupted_is_not_used_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    used, image = Kernel(np.full((3, 3), 0.1)), samples(0, (30, 30), "f4")
    expected = convolve(image, used)
    (again,) = (value[2] for key, value in used.cache.items() if key[0] == "again")  # type: ignore[index]

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(again._steps[0], "again", interrupted)
    with pytest.raises(KeyboardInterrupt):
        convolve(image, used)
    assert isinstance(again, Again)
    assert not again.run(image[None, :, :, None], expected[None, :, :, None].copy())
    assert convolve(image, used).tobytes() == expected.tobytes()
