"""Register tiles against their plain Python, and nothing written beyond rows and columns."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from cnnkit.loops.convolution.direct import RESULTS, SUMS
from cnnkit.loops.convolution.tile import FinishedTile, Tile
from cnnkit.loops.machine.compile import compiled

even = Tile(3, 2)
partial = Tile(2, 3, is_partial=True)
lanewise = Tile(3, 1, is_lanewise=True)

SIGNATURE = "S[1], S[1], i8[1], i8[1], S[1], S[1], O[1]" + 9 * ", i8"


@compiled(SIGNATURE, S=SUMS, O=RESULTS)
def sum_even(
    vectors: Any, scalars: Any, segments: Any, chunks: Any, base: Any, aside: Any, out: Any,
    step: int, scalars_step: int, spacing: int, base_at: int, base_spacing: int, out_at: int, out_spacing: int,
    rows: int, columns: int,
) -> None:  # fmt: skip
    """One tile of three scalars and two vectors."""
    even(vectors, 2, step, scalars, 1, scalars_step, spacing, segments, chunks, base, base_at, base_spacing, aside,
         out, out_at, out_spacing, rows, columns)  # fmt: skip


@compiled(SIGNATURE, S=SUMS, O=RESULTS)
def sum_partial(
    vectors: Any, scalars: Any, segments: Any, chunks: Any, base: Any, aside: Any, out: Any,
    step: int, scalars_step: int, spacing: int, base_at: int, base_spacing: int, out_at: int, out_spacing: int,
    rows: int, columns: int,
) -> None:  # fmt: skip
    """One tile of two scalars and three vectors, whose segments may be for one of the scalars."""
    partial(vectors, 2, step, scalars, 1, scalars_step, spacing, segments, chunks, base, base_at, base_spacing, aside,
            out, out_at, out_spacing, rows, columns)  # fmt: skip


@compiled(SIGNATURE, S=SUMS, O=RESULTS)
def sum_lanewise(
    vectors: Any, scalars: Any, segments: Any, chunks: Any, base: Any, aside: Any, out: Any,
    step: int, scalars_step: int, spacing: int, base_at: int, base_spacing: int, out_at: int, out_spacing: int,
    rows: int, columns: int,
) -> None:  # fmt: skip
    """One tile whose scalars are vectors of their own."""
    lanewise(vectors, 2, step, scalars, 1, scalars_step, spacing, segments, chunks, base, base_at, base_spacing, aside,
             out, out_at, out_spacing, rows, columns)  # fmt: skip


LOOPS = {"even": (sum_even, even), "partial": (sum_partial, partial), "lanewise": (sum_lanewise, lanewise)}


def whole(seed: int, count: int, dtype: str, most: int = 4) -> Any:
    """Small whole numbers, whose sums are exact in every type."""
    return np.random.default_rng(seed).integers(-most, most + 1, count).astype(dtype)


def run(kind: str, dtype: str, result: str, rows: int, columns: int, **given: Any) -> Any:
    """Run a tile on numbers of its own: the result, with 77 wherever nothing is to be written."""
    loop, tile = LOOPS[kind]
    lanes = tile.bytes // np.dtype(dtype).itemsize
    low, high = (0, tile.height)
    segments = given.get("segments", [(0, 0, 3, low, high), (40, 7, 1, low, high), (90, 30, 2, low, high)])
    chunks = given.get("chunks", [len(segments)])
    base = given.get("base", whole(3, 3 * lanes + 200, dtype))
    out = np.full(3 * lanes + 400, 77, dtype=result)
    spacing = lanes + 3
    loop(
        whole(1, 4 * lanes + 300, dtype), whole(2, 4 * lanes + 300, dtype),
        np.array(segments, dtype=np.int64).reshape(-1), np.array(chunks, dtype=np.int64),
        base, np.zeros(tile.height * lanes, dtype=dtype), out,
        given.get("step", 5), given.get("scalars_step", 2), given.get("spacing", 1),
        given.get("base_at", 4), given.get("base_spacing", 0), 9, spacing, rows, columns,
    )  # fmt: skip
    return out


def expected(kind: str, dtype: str, rows: int, columns: int, **given: Any) -> tuple[Any, Any]:
    """The sums by the definition, in float64, and which places they are for."""
    _, tile = LOOPS[kind]
    lanes = tile.bytes // np.dtype(dtype).itemsize
    segments = given.get(
        "segments", [(0, 0, 3, 0, tile.height), (40, 7, 1, 0, tile.height), (90, 30, 2, 0, tile.height)]
    )
    vectors = whole(1, 4 * lanes + 300, dtype).astype(np.float64)
    scalars = whole(2, 4 * lanes + 300, dtype).astype(np.float64)
    base = given.get("base", whole(3, 3 * lanes + 200, dtype)).astype(np.float64)
    sums, places = np.zeros(3 * lanes + 400), np.zeros(3 * lanes + 400, dtype=bool)
    for m, x in product(range(rows), range(columns)):
        total = base[given.get("base_at", 4) + m * given.get("base_spacing", 0) + x]
        for begin, weights, count, lowest, highest in segments:
            for t in range(count):
                if lowest <= m < highest:
                    w = 1 + weights + t * given.get("scalars_step", 2) + m * given.get("spacing", 1)
                    v = 2 + begin + t * given.get("step", 5) + x
                    total += scalars[w + x if kind == "lanewise" else w] * vectors[v]
        sums[9 + m * (lanes + 3) + x], places[9 + m * (lanes + 3) + x] = total, True
    return sums, places


def check(kind: str, dtype: str, result: str, rows: int, columns: int, **given: Any) -> None:
    found = run(kind, dtype, result, rows, columns, **given)
    sums, places = expected(kind, dtype, rows, columns, **given)
    if result[0] in "iu":
        below = np.floor(np.abs(sums))
        rounded = np.sign(sums) * (below + (np.abs(sums) - below >= 0.5))
        sums = np.clip(rounded, np.iinfo(result).min, np.iinfo(result).max)
    np.testing.assert_array_equal(found[places], sums[places].astype(result), str((kind, rows, columns)))
    np.testing.assert_array_equal(found[~places], np.full_like(found[~places], 77), str((kind, rows, columns)))


def lanes_of(kind: str, dtype: str) -> int:
    return LOOPS[kind][1].bytes // np.dtype(dtype).itemsize


@pytest.mark.parametrize("kind", LOOPS)
@pytest.mark.parametrize("dtype", SUMS)
def test_nothing_is_written_beyond_rows_and_columns(kind: str, dtype: str, engine: str) -> None:
    width = lanes_of(kind, dtype)
    for rows in range(LOOPS[kind][1].height + 1):
        for columns in {0, 1, 2, min(7, width), width // 2, width // 2 + 1, width - 1, width}:
            check(kind, dtype, dtype, rows, columns)


@pytest.mark.parametrize("kind", LOOPS)
def test_every_number_of_columns(kind: str, engine: str) -> None:
    for columns in range(lanes_of(kind, "f4") + 1):
        check(kind, "f4", "f4", 2, columns)


@pytest.mark.parametrize("dtype", SUMS)
@pytest.mark.parametrize("result", RESULTS)
def test_results_of_every_type(dtype: str, result: str, engine: str) -> None:
    width = lanes_of("even", dtype)
    for columns in (3, width):
        check("even", dtype, result, 2, columns)


@pytest.mark.parametrize("dtype", SUMS)
@pytest.mark.parametrize("result", RESULTS)
def test_results_saturate_and_round_half_away_from_zero(dtype: str, result: str, engine: str) -> None:
    values: list[float] = [0, 1, -1, 127, 128, 255, 256, -300, 300, 32767, -32768]
    if dtype[0] == "f":
        values += [0.5, 1.5, 2.5, -0.5, -1.5, 0.49, 254.5, 255.5, 65535, 65534.5, 65536, 1e9, -1e9, 32767.5, -32768.5]
        values.append(float(np.nextafter(np.array(0.5, dtype), np.array(0, dtype))))
    width = lanes_of("even", dtype)
    base = np.resize(np.array(values, dtype=dtype), width + 200)
    nothing = [(0, 0, 0, 0, 3)]
    check("even", dtype, result, 1, min(len(values), width), base=base, base_at=0, segments=nothing)
    check("even", dtype, result, 1, width, base=base, base_at=len(values) - 5, segments=nothing)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("result", ["u1", "i2", "u2"])
def test_what_is_no_number_saturates(dtype: str, result: str, engine: str) -> None:
    base = np.resize(np.array([np.nan, np.inf, -np.inf], dtype=dtype), 300)
    found = run("even", dtype, result, 1, 3, base=base, base_at=0, segments=[(0, 0, 0, 0, 3)])
    limits = np.iinfo(result)
    assert found[9:12].tolist() == [0, limits.max, limits.min]


@pytest.mark.parametrize("kind", LOOPS)
def test_steps_and_places_of_every_kind(kind: str, engine: str) -> None:
    for step, scalars_step, spacing, base_spacing in ((1, 1, 1, 0), (7, 0, 3, 5), (0, 4, 0, 11)):
        numbers: dict[str, Any] = {
            "step": step,
            "scalars_step": scalars_step,
            "spacing": spacing,
            "base_spacing": base_spacing,
        }
        check(kind, "f4", "f4", LOOPS[kind][1].height, 5, **numbers)
        check(kind, "f4", "f4", LOOPS[kind][1].height, lanes_of(kind, "f4"), **numbers)


@pytest.mark.parametrize("kind", LOOPS)
@pytest.mark.parametrize("dtype", SUMS)
def test_chunks_change_no_exact_sum(kind: str, dtype: str, engine: str) -> None:
    height = LOOPS[kind][1].height
    segments = [(3 * n, 2 * n, 1 + n % 3, 0, height) for n in range(6)]
    for chunks in ([6], [1, 6], [2, 3, 6], [1, 2, 3, 4, 5, 6]):
        for columns in (1, lanes_of(kind, dtype)):
            check(kind, dtype, dtype, height, columns, segments=segments, chunks=chunks, base_spacing=6)


def test_a_segment_may_be_for_some_scalars_alone(engine: str) -> None:
    for (low, high), (lower, higher) in product([(0, 1), (1, 2), (0, 2)], repeat=2):
        for rows in (1, 2):
            segments = [(0, 0, 3, low, high), (50, 20, 2, lower, higher)]
            check("partial", "f4", "f4", rows, lanes_of("partial", "f4"), segments=segments)
            check("partial", "f4", "f4", rows, 3, segments=segments, chunks=[1, 2])


def test_more_columns_than_a_tile_is_wide_are_not_its_business(engine: str) -> None:
    width = lanes_of("even", "f4")
    _, places = expected("even", "f4", 3, width)
    found = run("even", "f4", "f4", 8, width + 50)
    np.testing.assert_array_equal(found, run("even", "f4", "f4", 3, width))
    np.testing.assert_array_equal(found[~places], np.full_like(found[~places], 77))


def test_chunks_lose_little_where_a_running_sum_loses_much(engine: str) -> None:
    """Chunks of 64 ones onto 2^24: each chunk is added at once, where single ones would be lost."""
    segments = [(0, 0, 64, 0, 3)] * 4
    loop, tile = LOOPS["even"]
    lanes = lanes_of("even", "f4")
    out = np.zeros(lanes, dtype=np.float32)
    ones = np.ones(400, dtype=np.float32)
    loop(
        ones, ones, np.array(segments).reshape(-1), np.arange(1, 5), np.full(lanes, 2.0**24, np.float32),
        np.zeros(tile.height * lanes, np.float32), out, 0, 0, 0, 0, 0, 0, 0, 1, lanes,
    )  # fmt: skip
    assert set(out.tolist()) == {2.0**24 + 256}


finished = FinishedTile(3, 2)


@compiled("S[1], S[1], i8[1], i8[1], S[1], S[1], S[1], S[1], S[1]" + 5 * ", i8", S=("f4", "f8"))
def sum_finished(
    vectors: Any, scalars: Any, segments: Any, chunks: Any, base: Any, aside: Any, out: Any, addend: Any, limits: Any,
    rows: int, columns: int, is_added: int, turn: int, jump: int,
) -> None:  # fmt: skip
    """One tile of three scalars and two vectors, to which something is added, and which is limited."""
    finished(vectors, 0, 40, scalars, 0, 1, 5, segments, chunks, base, 0, 0, aside, out, 3, 50, rows, columns,
             addend, is_added, limits, turn, jump)  # fmt: skip


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("is_added", [0, 1])
@pytest.mark.parametrize("turn", [1, 2, 3])
def test_finished_tiles(dtype: str, is_added: int, turn: int, engine: str) -> None:
    lanes, jump = finished.bytes // np.dtype(dtype).itemsize, 17
    for rows, columns in product((1, 2, 3), (1, lanes - 1, lanes)):
        vectors, scalars, base = whole(0, 400, dtype), whole(1, 60, dtype), whole(2, 200, dtype)
        addend, limits = whole(3, 400, dtype, 9 * is_added), np.array([-7, 11], dtype)
        out = np.full(400, 77, dtype)
        segments, chunks = np.array([0, 0, 4, 0, 3]), np.array([1])
        sum_finished(vectors, scalars, segments, chunks, base, np.empty(400, dtype), out, addend, limits, rows, columns,
                     is_added, turn, jump)  # fmt: skip
        expected = np.full(400, 77, dtype)
        for m in range(rows):
            for x in range(columns):
                first = 5 * m + (jump if m >= turn else 0)
                total = base[x] + sum(scalars[first + t] * vectors[40 * t + x] for t in range(4))
                place = 3 + 50 * m + x
                expected[place] = min(max(total + is_added * addend[place], -7), 11)
        np.testing.assert_array_equal(out, expected)


def test_limits_leave_a_nan_alone(engine: str) -> None:
    vectors = np.full(400, np.nan, np.float32)
    out, zeros = np.zeros(400, np.float32), np.zeros(400, np.float32)
    limits = np.array([0, 1], np.float32)
    segments, chunks = np.array([0, 0, 1, 0, 3]), np.array([1])
    sum_finished(vectors, np.ones(60, np.float32), segments, chunks, zeros, zeros, out, zeros, limits, 1, 4, 0, 3, 0)
    assert np.isnan(out[3:7]).all()
