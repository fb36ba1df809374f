"""Figures say who made them, in each of their formats; a file that only speaks of cnnkit does not."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from cnnkit.data.recipes.columns import Columns
from cnnkit.files.figures import read_note
from cnnkit.files.marks import made_by_cnnkit
from cnnkit.views.figures.canvas import FIGURE_FORMATS
from cnnkit.views.figures.features import FeatureMap, draw_features
from cnnkit.views.page.page import page

NOTE = "made by cnnkit 0.1.0: cnnkit mfcc 'a (b) \\ c.wav' -o song"


@pytest.mark.parametrize("kind", FIGURE_FORMATS)
def test_a_figure_is_known_as_cnnkits_own(tmp_path: Path, kind: str) -> None:
    values = FeatureMap(np.eye(4), Columns(list("abcd"), "coefficient", "", [0, 1, 2, 3], ""), "", 1.0, 0.0, "", "mean")
    path = tmp_path / f"song.{kind}"
    with path.open("wb") as stream:
        draw_features(values, kind, NOTE)(stream)
    assert made_by_cnnkit(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-1.4\n1 0 obj << /Title (made by cnnkit 0.1.0) >> endobj",
        b"%PDF-1.4\n/Creator (Writer) (made by cnnkit 0.1.0)",
        b"<?xml version='1.0'?><svg><text>made by cnnkit 0.1.0</text></svg>",
        b"<!DOCTYPE html><html><body><svg><dc:creator><cc:Agent><dc:title>made by cnnkit 0.1.0: a figure in a page",
        b'<!DOCTYPE html><html><head><title>a</title><meta name="generator" content="made by cnnkit 0.1.0">',
        b"<?xml version='1.0'?><svg><!-- cut off --><dc:creator><cc:Agent><dc:title>",
    ],
)
def test_other_files_are_foreign(tmp_path: Path, content: bytes) -> None:
    assert not read_note(io.BytesIO(content)).startswith("made by cnnkit ")
    (tmp_path / "song.pdf").write_bytes(content)
    assert not made_by_cnnkit(tmp_path / "song.pdf")


def test_a_page_is_known_as_cnnkits_own(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(page("a", NOTE, {}), encoding="utf-8")
    assert made_by_cnnkit(tmp_path / "a.html")


@pytest.mark.parametrize("before", [0, 2**16 - 20, 2**16 + 7, 10**6])
def test_a_mark_is_found_wherever_a_pdf_of_any_size_ends(before: int) -> None:
    content = b"%PDF-1.4\n" + b" " * before + b"/Creator (made by cnnkit 0.1.0: cnnkit mfcc)" + b"\nxref" * 50
    assert read_note(io.BytesIO(content)) == "made by cnnkit 0.1.0: cnnkit mfcc"
