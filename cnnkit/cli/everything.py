"""Everything that commands can do, tried once on little input, to find the loops they need."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from io import BytesIO
from itertools import product
from typing import Any

import numpy as np

from cnnkit.data.bands import Bands
from cnnkit.data.network.graph import Dense, Graph, Node
from cnnkit.data.raster import Raster
from cnnkit.data.recipes.dialects import DIALECTS
from cnnkit.data.recipes.recipe import KINDS as FEATURES
from cnnkit.data.signal import Signal
from cnnkit.files.images.png import read_png, write_png
from cnnkit.loops.machine.team import go_through
from cnnkit.operations.convolution.convolve import convolve_batch, convolve_known
from cnnkit.operations.convolution.planner import ALGORITHMS
from cnnkit.operations.convolution.raster import convolve_raster
from cnnkit.operations.convolution.settings import read_convolution
from cnnkit.operations.features.blocks import compute_features
from cnnkit.operations.learning.learn import learn
from cnnkit.operations.learning.training.train import train
from cnnkit.operations.levels import raster_levels
from cnnkit.operations.network.program import Program
from cnnkit.operations.network.run import run
from cnnkit.operations.pooling.raster import pool_raster
from cnnkit.operations.pooling.settings import KINDS, read_pooling

IMAGES = ("uint8", "uint16", "float32", "float64")
SOUNDS = ("int16", "int32", "float32", "float64")
"""The types of samples that files hold."""

SIDE, RATE = 72, 16000  # of an image, and of a second of sound
OTHER_FFT = 2 * 1009  # a size whose factors are not those of the loops

GRIDS = (np.ones((3, 3)), np.eye(3) - 40, np.outer([1, 2, 1], [1, 2, 1]) / 16, np.arange(25.0).reshape(5, 5) / 7)
"""Whole weights with small and with large sums, a column times a row, and any others."""

LAYERS = ((3, 3, 3, 1), (3, 3, 3, 2), (3, 3, 1, 3))
"""Sizes of weights that sum over three channels; the last has a grid for each of them."""

DEEP = (3, 3, 32, 32)  # as Winograd takes it

WINDOWS: tuple[dict[str, Any], ...] = (
    {"size": 2}, {"size": 3, "stride": 1, "padding": "same"}, {"size": 5, "stride": 1}, {"size": 9, "stride": 1},
    {"size": 31, "stride": 1}, {"size": "global"}, {"adaptive": 7},
)  # fmt: skip

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
"""A PNG of one pixel."""

Trial = Callable[[], object]


def _rasters(dtype: str) -> Iterator[Raster]:
    samples = np.zeros((SIDE, SIDE, 4), dtype)
    yield Raster(samples[..., :3].copy())
    yield Raster(samples, has_alpha=True)


def _delivered(result: Raster) -> None:
    """Compute all rows of a result, and their levels."""
    values = result.whole()
    for dtype in () if values.is_integer else (np.uint8, np.uint16):
        raster_levels(values, dtype, "auto").raster.whole()


def _convolutions() -> Iterator[Trial]:
    layers = [np.arange(float(np.prod(size))).reshape(size) / 7 for size in LAYERS]
    for dtype, weights, nan in product(IMAGES, [*GRIDS, *layers, *map(np.rint, layers)], ["propagate", "ignore"]):
        groups = 3 if weights.shape[2:] == (1, 3) else 1
        convolution = read_convolution(weights, groups=groups, nan=nan, depth="each" if weights.ndim == 2 else "sum")
        for raster in _rasters(dtype):
            yield lambda one=convolution, raster=raster: _delivered(convolve_raster(one, raster))  # type: ignore[misc]
        batch = np.zeros((1, SIDE, SIDE, 3), dtype)
        for algorithm in ALGORITHMS:
            yield partial(convolve_batch, convolution, batch, None, algorithm=algorithm)
            yield partial(convolve_known, convolution, batch, batch == 0, None, algorithm=algorithm)
    for dtype, scale in product(IMAGES, [1, 7]):
        deep = read_convolution(np.arange(float(np.prod(DEEP))).reshape(DEEP) / scale, depth="sum")
        yield partial(convolve_batch, deep, np.zeros((1, SIDE, SIDE, DEEP[2]), dtype), None)


def _poolings() -> Iterator[Trial]:
    for dtype, kind, windows, nan in product(IMAGES, KINDS, WINDOWS, ["propagate", "ignore"]):
        for raster in _rasters(dtype):
            settings = {**windows, "kind": kind, "nan": nan}
            yield lambda given=settings, raster=raster: _delivered(  # type: ignore[misc]
                pool_raster(read_pooling(**given), raster)
            )


def _features() -> Iterator[Trial]:
    for dtype, recipe, kind, n_fft in product(SOUNDS, DIALECTS.values(), FEATURES, [None, OTHER_FFT]):
        tried = recipe._replace(kind=kind, n_fft=n_fft or recipe.n_fft)
        sound = Signal(np.zeros(RATE, dtype), RATE, full_scale=1)
        yield lambda recipe=tried, sound=sound: compute_features(recipe.plan(RATE, RATE), sound)  # type: ignore[misc]


STACKS = (
    "conv3-8 bn relu maxpool2 conv3-32:s2 leakyrelu avgpool3:s2:p1:ceil dwconv3 conv1-64 hardswish gap fc10 softmax",
    "mark:in bn conv3-8 silu mark:a from:in conv5-8:valid:g1 sigmoid pad2 add:a tconv2-4:s2 elu avgpool-to7 "
    "flatten fc3",
)
"""Networks with layers of each kind."""


def _networks() -> Iterator[Trial]:
    image = np.zeros((SIDE, SIDE, 3), np.float32)
    for words, algorithm in product(STACKS, ("auto", "direct")):
        yield partial(run, image, words, algorithm=algorithm)
    dense = Dense(np.zeros((3, SIDE), np.float32).T, None)  # as files hold weights: one unit after the other
    graph = Graph((1, SIDE), (Node(dense, (0,), (1, 3)),), 1)
    yield lambda: Program(graph).run(np.zeros((1, SIDE), np.float32))
    numbers = [np.zeros(2, np.int64) for _ in range(8)]
    yield partial(go_through, *numbers, 1, 0, 1, 0, 0)  # which a rehearsal does without


def _learning() -> Iterator[Trial]:
    image = np.arange(SIDE * SIDE, dtype=float).reshape(SIDE, SIDE) % 7
    yield partial(learn, image, image[:, 1:], size=(1, 2), steps=1)


TRAINED = (
    "conv3-8 bn relu maxpool2 dwconv3 leakyrelu avgpool3:s2:p1 conv3-8:g2 silu tconv2-4:s2 prelu gmp fc8 relu fc2",
    "conv3-8:s2 layernorm sigmoid maxpool3:s1:p1 mark:a conv1-8 groupnorm4 add:a upsample2 pad1 crop1 lrn gap fc2",
    "conv3-4 relu mark:a maxpool2 shuffle2 upsample2 avgpool-to8 upsample2 cat:a instancenorm flatten fc2",
)
"""Networks that are trained, with layers of each kind."""


def _training() -> Iterator[Trial]:
    labels = np.arange(10) % 2
    for words, dtype, optimiser in product(TRAINED, ("uint8", "float32"), ("adam", "sgd")):
        inputs = np.arange(10 * 16 * 16 * 3).reshape(10, 16, 16, 3).astype(dtype) % 7
        yield partial(train, inputs, labels, words, epochs=1, batch=4, optimiser=optimiser)


def _files() -> Iterator[Trial]:
    yield lambda: read_png(BytesIO(b64decode(PIXEL))).samples
    yield partial(write_png, BytesIO(), Bands.of(np.zeros((SIDE, SIDE, 3), np.uint8)))


COMMANDS = {
    "convolve": (_convolutions, _features, _files),
    "pool": (_poolings, _features, _files),
    "mfcc": (_features,),
    "run": (_networks, _features, _files),
    "learn": (_learning, _features, _files),
    "train": (_training, _features, _files),
}
"""What each command may come to; those that take images take sounds too."""


def try_everything(commands: Sequence[str]) -> None:
    """Do all that these commands can do, on input of every type; whatever does not go together is left out."""
    for trials in dict.fromkeys(part for command in commands for part in COMMANDS[command]):
        for trial in trials():
            with suppress(Exception):
                trial()
