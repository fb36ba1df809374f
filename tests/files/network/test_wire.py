"""Messages without their weights: the same message, and the places of the bytes."""

from __future__ import annotations

import io
import random
import tracemalloc

import numpy as np
import onnx
import pytest

from cnnkit.errors import CnnkitError, InputError
from cnnkit.files.network.onnx import read_model
from cnnkit.files.network.wire import LEAST_BYTES, without_weights
from tests.cases.models import single, small_network, values

LARGE = values(40, 8, 3, 3)


def model() -> bytes:
    return single("Conv", [1, 8, 9, 9], LARGE, values(40))


def test_the_same_message_without_its_bytes() -> None:
    content, places = without_weights(io.BytesIO(model()))
    whole, rest = onnx.ModelProto.FromString(model()), onnx.ModelProto.FromString(content)
    first, second = places
    assert first is not None
    assert second is None
    np.testing.assert_array_equal(np.frombuffer(model()[first.start :][: first.length], np.float32), LARGE.ravel())
    assert len(content) < len(model()) - LEAST_BYTES
    assert not rest.graph.initializer[0].HasField("raw_data")
    rest.graph.initializer[0].raw_data = whole.graph.initializer[0].raw_data
    assert rest == whole
    np.testing.assert_array_equal(read_model(model()).constants["c0"], LARGE)


def test_small_weights_stay() -> None:
    content, places = without_weights(io.BytesIO(small_network()))
    assert content == small_network()
    assert set(places) == {None}


@pytest.mark.parametrize("content", [b"", b"\x08\x08", b"\xff" * 40, model()[:-10], model() + model(), b"\x0b\x0c" * 9])
def test_what_is_unusual_is_left_to_the_parser(content: bytes) -> None:
    found, places = without_weights(io.BytesIO(content))
    assert (found, places) == (content, ())


def test_a_wrong_size_is_found() -> None:
    message = onnx.ModelProto.FromString(model())
    message.graph.initializer[0].dims[0] = 41
    with pytest.raises(InputError, match="'c0' of 41x8x3x3 needs 11,808 bytes and has 11,520"):
        read_model(message.SerializeToString())


def test_damaged_files_read_as_the_parser_alone_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    chance, source = random.Random(2), model()

    def outcome(content: bytes) -> str:
        try:
            return repr(read_model(content))
        except CnnkitError as error:
            return error.problem

    damaged = []
    for _ in range(300):
        content = bytearray(source)
        content[chance.choice([chance.randrange(60), chance.randrange(len(content))])] = chance.randrange(256)
        damaged.append(bytes(content))
    found = [outcome(content) for content in damaged]
    monkeypatch.setattr("cnnkit.files.network.wire.LEAST_BYTES", 1 << 40)
    assert found == [outcome(content) for content in damaged]


def test_weights_are_held_once(tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "large.onnx"
    path.write_bytes(single("Gemm", [1, 2000], values(2000, 1000)))
    read_model(path)
    tracemalloc.start()
    read_model(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.2 * 8_000_000
