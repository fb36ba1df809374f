"""Names of classes, in each form that they come in, and files that hold none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cnnkit.errors import InputError
from cnnkit.files.labels import read_labels


@pytest.mark.parametrize(
    "content",
    [
        "tench\ngoldfish\n\nshark\n",
        "\ufefftench\r\ngoldfish\r\n\r\nshark",
        json.dumps(["tench", "goldfish", "", "shark"]),
        json.dumps({"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish"], "2": "", "3": "shark"}),
        json.dumps({"tench": 0, "goldfish": 1, "": 2, "shark": 3}),
    ],
)
def test_each_form_gives_the_same_names(tmp_path: Path, content: str) -> None:
    path = tmp_path / "classes"
    path.write_text(content, encoding="utf-8")
    assert read_labels(str(path)) == {0: "tench", 1: "goldfish", 2: "", 3: "shark"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\n \n", "names no class"),
        (b"[1, 2]", "no name for class 0"),
        (b'["a"', "not the JSON"),
        (b"[" * 100_000, "not the JSON"),
        (b'{"a": "b"}', "no name for class a"),
        (b'{"-1": "b"}', "no name for class -1"),
        (b"{}", "names no class"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "no text"),
    ],
)
def test_what_is_no_list_of_names(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "classes"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words) as caught:
        read_labels(str(path))
    assert caught.value.problem.startswith(f"--labels {path}: ")
    assert caught.value.hint


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        read_labels(str(tmp_path / "nothing.txt"))
