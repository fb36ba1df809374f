"""Blocks cover the output, their buffers hold every sample that is read, and nothing but sizes decides them."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.errors import SizeError
from cnnkit.geometry.blocks import BUFFER_BYTES, SLACK_SAMPLES, Blocks, cut
from cnnkit.geometry.window import Placement, Window, place


def spans(whole: int, most: int) -> list[range]:
    """How the loops walk: from 0 on in steps of `most`, the last one shorter."""
    return [range(begin, min(begin + most, whole)) for begin in range(0, whole, most)]


def offsets(blocks: Blocks, rows: int, columns: int) -> list[int]:
    """The offset of every sample under a window of `rows` x `columns` outputs."""
    tall = (rows - 1) * blocks.stride_rows + blocks.reach_rows
    wide = (columns - 1) * blocks.stride_columns + blocks.reach_columns
    return [blocks.offset(y, x, c) for y, x, c in product(range(tall), range(wide), range(blocks.depth))]


@st.composite
def cuts(draw: st.DrawFn) -> tuple[Placement, Blocks]:
    """Any small image and window, cut in any of the ways there are."""
    whole = st.integers
    window = Window(
        (draw(whole(1, 5)), draw(whole(1, 5))),
        (draw(whole(1, 4)), draw(whole(1, 4))),
        (draw(whole(1, 3)), draw(whole(1, 3))),
    )
    placement = place((draw(whole(1, 60)), draw(whole(1, 60))), window, draw(st.sampled_from(("same", "full"))))
    blocks = cut(
        placement,
        draw(whole(1, 4)),
        draw(st.sampled_from((2, 4, 8))),
        planar=draw(st.booleans()),
        sorted_columns=draw(st.booleans()),
        multiple=(draw(whole(1, 4)), draw(whole(1, 4))),
        fewest=draw(st.sampled_from((1, 3, 8))),
    )
    return placement, blocks


@given(cuts())
def test_blocks_are_of_their_placement(case: tuple[Placement, Blocks]) -> None:
    placement, blocks = case
    assert (blocks.rows, blocks.columns) == placement.input
    assert (blocks.out_rows, blocks.out_columns) == placement.output
    assert (blocks.top, blocks.left) == (placement.padding.top, placement.padding.left)
    assert (blocks.stride_rows, blocks.stride_columns) == placement.window.stride
    assert (blocks.reach_rows, blocks.reach_columns) == placement.window.reach


@given(cuts())
def test_strips_cover_every_row_once(case: tuple[Placement, Blocks]) -> None:
    _, blocks = case
    strips = spans(blocks.out_rows, blocks.strip)
    assert len(strips) == blocks.strips
    assert [row for strip in strips for row in strip] == list(range(blocks.out_rows))
    assert blocks.width >= 1


@given(cuts())
def test_every_sample_has_a_place_of_its_own_within_the_buffer(case: tuple[Placement, Blocks]) -> None:
    _, blocks = case
    rows = min(blocks.strip, 12)
    places = offsets(blocks, rows, min(blocks.width, 12))
    assert len(set(places)) == len(places)
    assert min(places) == 0
    last = (blocks.strip - 1) * blocks.stride_rows + blocks.reach_rows - 1
    wide = (blocks.width - 1) * blocks.stride_columns + blocks.reach_columns
    corners = [blocks.offset(last, x, blocks.depth - 1) for x in range(max(wide - blocks.phases, 0), wide)]
    assert max(corners) < blocks.buffer_size - SLACK_SAMPLES


@given(cuts())
def test_samples_are_where_the_formula_says(case: tuple[Placement, Blocks]) -> None:
    _, blocks = case
    for y, x, c in product(range(3), range(9), range(blocks.depth)):
        expected = y * blocks.row_stride + (x % blocks.phases) * blocks.phase_stride
        expected += (x // blocks.phases) * blocks.unit + c * blocks.channel_stride
        assert blocks.offset(y, x, c) == expected


@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_sorted_columns_make_neighbouring_windows_neighbours(stride: int, planar: bool) -> None:
    blocks = cut(place((9, 40), Window((3, 3), (1, stride)), "same"), 3, 4, planar=planar, sorted_columns=True)
    assert blocks.phases == stride
    for b, c in product(range(3), range(3)):
        steps = {blocks.offset(1, (j + 1) * stride + b, c) - blocks.offset(1, j * stride + b, c) for j in range(10)}
        assert steps == {1 if planar else 3}


@pytest.mark.parametrize("stride", [1, 3])
def test_columns_that_are_not_sorted_stay_in_order(stride: int) -> None:
    blocks = cut(place((9, 40), Window((3, 3), (1, stride)), "same"), 3, 4)
    assert [blocks.offset(0, x, c) for x in range(5) for c in range(3)] == list(range(15))


@pytest.mark.parametrize("multiple", [(1, 1), (2, 1), (4, 4), (3, 5)])
@pytest.mark.parametrize("size", [(1, 1), (2, 3), (7, 9), (223, 225), (3000, 4000)])
@pytest.mark.parametrize("depth", [1, 64])
def test_blocks_are_of_whole_multiples(size: Any, multiple: tuple[int, int], depth: int) -> None:
    blocks = cut(place(size, Window((3, 3)), "same"), depth, 4, multiple=multiple)
    assert blocks.strip % multiple[0] == 0
    assert blocks.width % multiple[1] == 0
    assert (blocks.strips - 1) * blocks.strip < blocks.out_rows <= blocks.strips * blocks.strip


@pytest.mark.parametrize("size", [(100, 1_000_000), (1_000_000, 100), (20_000, 20_000), (40, 40)])
@pytest.mark.parametrize("kernel", [(1, 1), (3, 3), (31, 31), (101, 3), (3, 101)])
@pytest.mark.parametrize(("depth", "itemsize"), [(1, 2), (3, 4), (4, 8)])
def test_buffers_of_huge_images_stay_in_cache(size: Any, kernel: Any, depth: int, itemsize: int) -> None:
    blocks = cut(place(size, Window(kernel), "same"), depth, itemsize)
    least = (8 + 3 * kernel[0]) * (64 + kernel[1]) * depth
    assert (blocks.buffer_size - SLACK_SAMPLES) * itemsize <= max(BUFFER_BYTES, least * itemsize) * 1.1


def test_what_cannot_be_small_is_cut_all_the_same() -> None:
    """A window that reaches further than the cache holds: dilation 5000."""
    blocks = cut(place((20_000, 20_000), Window((3, 3), (1, 1), (5000, 5000)), "same"), 1, 4)
    assert blocks.strips == -(-20_000 // blocks.strip)
    assert blocks.offset(10_000, 10_000) < blocks.buffer_size


def test_what_no_memory_holds_is_an_error_of_ours() -> None:
    for dilation in (2**27, 2**31 - 1):
        placement = place((20, 20), Window((3, 3), (1, 1), (dilation, dilation)), "same")
        with pytest.raises(SizeError, match=r"samples under one window take .* GB, more memory than there is"):
            cut(placement, 1, 4)


@pytest.mark.parametrize("rows", [8, 16, 100, 1000])
def test_images_with_rows_enough_are_cut_for_several_threads(rows: int) -> None:
    assert cut(place((rows, 64), Window((1, 1)), "same"), 1, 4).strips >= min(rows // 2, 8)
    assert cut(place((rows, 64), Window((1, 1)), "same"), 1, 4, fewest=1).strips == 1


def test_few_rows_are_copied_twice() -> None:
    for rows, kernel in product((50, 500, 3000), (3, 9, 25)):
        blocks = cut(place((rows, 300), Window((kernel, kernel)), "same"), 3, 4)
        assert blocks.strip >= min(rows, 8, kernel)


@pytest.mark.parametrize("variable", ["OMP_NUM_THREADS", "NUMBA_NUM_THREADS"])
def test_the_number_of_threads_changes_no_block(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def blocks() -> list[Blocks]:
        placements = [place(size, Window((5, 5)), "same") for size in ((40, 50), (3000, 4000))]
        return [cut(placement, 3, 4) for placement in placements]

    before = blocks()
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    monkeypatch.setattr("os.sched_getaffinity", lambda process: set(range(64)), raising=False)
    monkeypatch.setenv(variable, "64")
    assert blocks() == before
