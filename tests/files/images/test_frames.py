"""Frames of files that hold several: as they are shown, one at a time, and one or none where there is one."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tifffile
from PIL import Image

from cnnkit.data.raster import Frame, Raster
from cnnkit.errors import ArgumentError, InputError
from cnnkit.files.images.frames import check_frame, chosen, left_out
from cnnkit.files.images.header import read_size
from cnnkit.files.images.raster import read_frames

Array = npt.NDArray[Any]


def moving(count: int = 5) -> list[Array]:
    """Pictures of a spot that moves over a background that stays."""
    frames = np.full((count, 12, 20, 3), [20, 90, 200], np.uint8)
    for number, frame in enumerate(frames):
        frame[4:8, 3 * number : 3 * number + 4] = [255, 0, 40 * number]
    return list(frames)


def animated(kind: str, frames: list[Array], **settings: Any) -> bytes:
    stream = io.BytesIO()
    first, *rest = map(Image.fromarray, frames)
    if kind == "WEBP":
        settings["lossless"] = True
    first.save(stream, kind, save_all=True, append_images=rest, **settings)
    return stream.getvalue()


def frames_of(content: bytes, frame: str | None = "all") -> list[Raster]:
    return list(read_frames(io.BytesIO(content), frame))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_frames_are_those_that_are_shown(kind: str) -> None:
    content = animated(kind, moving())
    for number, (raster, expected) in enumerate(zip(frames_of(content), moving(), strict=True)):
        np.testing.assert_array_equal(raster.colour if kind == "WEBP" else raster.samples, expected)
        assert raster.frame == Frame(number + 1, 5, is_alone=False)
        assert raster.notes == ()
    (third,) = frames_of(content, "3")
    np.testing.assert_array_equal(third.samples[..., :3], moving()[2])
    assert third.frame == Frame(3, 5)
    (first,) = frames_of(content, None)
    assert first.frame is None
    assert first.notes == ("only the first of its 5 frames is read; --frame N or --frame all reads others",)
    np.testing.assert_array_equal(first.samples[..., :3], moving()[0])
    assert read_size(io.BytesIO(content)) == first.shape


def test_a_png_whose_frames_fail_their_check_is_refused_even_though_pillow_reads_it() -> None:
    content = animated("PNG", moving())
    for name in (b"IDAT", b"fcTL", b"fdAT"):
        place = content.rindex(name) + 4
        damaged = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        with pytest.raises(InputError, match=r"this PNG is damaged: .* fails its check"):
            frames_of(damaged)
    assert frames_of(damaged, None)[0].notes[1] == "left out, as no pixel depends on it: chunk fdAT (damaged)"


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF", "JPEG", "BMP", "npy"])
@pytest.mark.parametrize("frame", ["1", "all"])
def test_a_file_of_one_frame_has_frame_one(kind: str, frame: str) -> None:
    stream = io.BytesIO()
    if kind == "npy":
        np.save(stream, moving()[0])
    else:
        Image.fromarray(moving()[0]).save(stream, kind)
    (raster,) = frames_of(stream.getvalue(), frame)
    assert raster.frame == Frame(1, 1, is_alone=frame == "1")
    with pytest.raises(InputError, match="there is no frame 2: this file has 1 frame") as caught:
        frames_of(stream.getvalue(), "2")
    assert caught.value.hint == "use --frame 1, or all"


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_a_frame_beyond_the_last(kind: str) -> None:
    with pytest.raises(InputError, match="there is no frame 6: this file has 5 frames"):
        frames_of(animated(kind, moving()), "6")


def test_frames_of_grey_gifs_stay_grey() -> None:
    pictures = [((np.arange(256) + 50 * number) % 256).reshape(16, 16).astype(np.uint8) for number in range(3)]
    found = frames_of(animated("GIF", pictures))
    assert [raster.shape for raster in found] == [(16, 16, 1)] * 3
    np.testing.assert_array_equal([raster.samples[:, :, 0] for raster in found], pictures)


def test_the_second_picture_of_a_camera_is_read_when_it_is_asked_for() -> None:
    content = animated("MPO", moving(2))
    assert frames_of(content, None)[0].notes == ()
    assert frames_of(content, "2")[0].frame == Frame(2, 2)


def test_png_frames_of_sixteen_bits_are_refused_but_the_first() -> None:
    pictures = [np.full((4, 5), 1000 * number, np.uint16) for number in range(3)]
    content = animated("PNG", pictures)
    np.testing.assert_array_equal(frames_of(content, "1")[0].samples[:, :, 0], pictures[0])
    with pytest.raises(InputError, match="16 bits"):
        frames_of(content, "2")


def pages(*all_settings: dict[str, Any]) -> bytes:
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as writer:
        for number, setting in enumerate(all_settings):
            shape = setting.pop("shape", (6, 7))
            samples = np.full(shape, number, np.uint8)
            is_mask = setting.get("subfiletype") == 4
            settings = {"photometric": "mask" if is_mask else "minisblack", **setting}
            writer.write(samples > 0 if is_mask else samples, metadata=None, contiguous=False, **settings)
    return stream.getvalue()


def test_smaller_copies_and_masks_are_no_frames() -> None:
    content = pages(
        {"subfiletype": 1, "shape": (3, 3)}, {}, {"subfiletype": 1, "shape": (3, 4)}, {"subfiletype": 4}, {}
    )
    assert [int(raster.samples[0, 0, 0]) for raster in frames_of(content)] == [1, 4]
    assert frames_of(content, None)[0].notes == (
        "only the first of its 2 frames is read; --frame N or --frame all reads others",
        "its mask is not read",
    )
    assert read_size(io.BytesIO(content)) == (6, 7, 1)


def test_a_thumbnail_above_the_picture_is_left_for_it() -> None:
    """As in the raw files of cameras: a thumbnail is the page, and what it is of hangs below it."""
    content = pages({"subfiletype": 1, "shape": (3, 3), "subifds": 1}, {"shape": (30, 40)})
    assert [raster.shape for raster in frames_of(content)] == [(30, 40, 1)]
    alone = pages({"subfiletype": 1, "shape": (3, 3)})
    assert [raster.shape for raster in frames_of(alone)] == [(3, 3, 1)]


def test_pages_may_differ_in_size() -> None:
    assert [raster.shape for raster in frames_of(pages({}, {"shape": (3, 9)}))] == [(6, 7, 1), (3, 9, 1)]


def test_no_page_is_lost_where_a_file_is_cut_off() -> None:
    content = pages({}, {}, {}, {})
    for stop in range(0, len(content), 7):
        with pytest.raises(InputError):
            frames_of(content[:stop])
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        last = file.pages[3].offset  # type: ignore[union-attr]
    with pytest.raises(InputError, match="this TIFF is cut off: it holds 3 pages, and not all of them"):
        frames_of(content[:last], None)


@pytest.mark.parametrize("truncate", [False, True])
def test_stacks_of_imagej(truncate: bool) -> None:
    """With `truncate`, ImageJ's way for large stacks: one page, and the other images behind its samples."""
    samples = np.random.default_rng(0).integers(0, 65536, (4, 6, 7), dtype=np.uint16)
    stream = io.BytesIO()
    tifffile.imwrite(stream, samples, imagej=True, truncate=truncate, metadata={"axes": "ZYX"})
    with tifffile.TiffFile(io.BytesIO(stream.getvalue())) as file:
        assert len(file.pages) == (1 if truncate else 4)
    found = frames_of(stream.getvalue())
    np.testing.assert_array_equal([raster.samples[:, :, 0] for raster in found], samples)
    assert [raster.frame for raster in found] == [Frame(number, 4, is_alone=False) for number in (1, 2, 3, 4)]
    for damaged in (stream.getvalue()[:-90], stream.getvalue().replace(b"images=4", b"images=9")):
        if truncate:
            with pytest.raises(InputError, match=r"promises 9 images and holds \d|has 78 of 84 bytes"):
                frames_of(damaged)


def test_planes_of_ome_tiffs_are_frames() -> None:
    samples = np.random.default_rng(0).random((2, 3, 6, 7)).astype(np.float32)
    stream = io.BytesIO()
    tifffile.imwrite(stream, samples, ome=True, metadata={"axes": "TCYX"}, photometric="minisblack")
    found = [raster.samples[:, :, 0] for raster in frames_of(stream.getvalue())]
    np.testing.assert_array_equal(found, samples.reshape(6, 6, 7))


@pytest.mark.parametrize("word", ["0", "-1", "1.5", "first", "", "٣", "9" * 20])
def test_words_that_name_no_frame(word: str) -> None:
    with pytest.raises(ArgumentError, match="neither a number from 1 nor all"):
        check_frame(word)


def test_words_that_do() -> None:
    assert [check_frame(word) for word in ("1", "12", "all")] == ["1", "12", "all"]
    assert left_out(1) == left_out(0) == ()
    assert chosen("2", 2) == [(1, Frame(2, 2))]
