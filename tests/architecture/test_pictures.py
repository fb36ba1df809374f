"""The pictures of README and docs are what the commands beside them draw today."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
MOST_BYTES = 200_000  # of an animation
SHRUNK, MOST_OFF = 8, 12.0  # other releases of matplotlib set letters a little otherwise


def maker() -> Any:
    spec = spec_from_file_location("make_pictures", PICTURES / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKER = maker()


def small(path: Path) -> list[Any]:
    """Each frame of a picture."""
    with Image.open(path) as image:
        size = image.width // SHRUNK, image.height // SHRUNK
        frames = (frame.convert("RGB").resize(size, Image.Resampling.BOX) for frame in ImageSequence.Iterator(image))
        return [np.asarray(frame).astype(int) for frame in frames]


@pytest.mark.parametrize("name", [name for name in MAKER.PICTURES if name.endswith(".html")])
def test_a_page_is_current(name: str, tmp_path: Path) -> None:
    MAKER.make(name, tmp_path)
    kept, made = ((folder / name).read_text(encoding="utf-8") for folder in (PICTURES, tmp_path))
    assert kept == made


@pytest.mark.parametrize("name", [name for name in MAKER.PICTURES if not name.endswith(".html")])
def test_a_picture_is_current(name: str, tmp_path: Path) -> None:
    MAKER.make(name, tmp_path)
    for kept, made in zip(small(PICTURES / name), small(tmp_path / name), strict=True):
        assert np.abs(np.subtract(kept.shape, made.shape)).max() <= 2
        rows, columns = np.minimum(kept.shape, made.shape)[:2]
        assert np.abs(kept[:rows, :columns] - made[:rows, :columns]).mean() < MOST_OFF
    assert not name.endswith(".gif") or (tmp_path / name).stat().st_size < MOST_BYTES


def test_every_picture_is_used_and_every_one_used_is_made() -> None:
    used = {
        Path(name).name
        for page in PAGES
        for name in re.findall(r"\[[^\]]*\]\(((?:docs/)?pictures/[^)]+)\)", page.read_text(encoding="utf-8"))
    }
    assert used == set(MAKER.PICTURES) == {path.name for path in PICTURES.iterdir() if path.suffix in MAKER.OPTIONS}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_picture_is_described_for_those_who_cannot_see_it_and_lies_where_the_page_says(page: Path) -> None:
    for text, name in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        assert len(text) > 20
        assert (page.parent / name).is_file()
