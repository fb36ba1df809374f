"""Each sentence of README's "What to rely on" is held by a test that names it, in a docstring that begins README."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MARK = "README: "


def plain(text: str) -> str:
    """Text on one line, without the marks of code and links."""
    return " ".join(re.sub(r"\[(.*?)\]\(.*?\)", r"\1", text).replace("`", "").split())


def promises() -> list[str]:
    """The sentences of the list, without what is in brackets at the end of one."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## What to rely on")[2]
    listed = section.partition("\n[docs/")[0]
    return [
        sentence
        for item in re.split(r"^- ", listed, flags=re.MULTILINE)[1:]
        for sentence in re.split(r"(?<=[.])\s+", plain(item))
    ]


def named() -> dict[str, list[str]]:
    """The sentences that tests name, and the tests."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
                continue
            for sentence in plain(ast.get_docstring(node) or "").split(MARK)[1:]:
                found.setdefault(sentence.strip(), []).append(f"{path.name}: {node.name}")
    return found


def test_every_promise_is_named_by_a_test_and_every_name_is_a_promise() -> None:
    assert len(promises()) > 10
    assert sorted(named()) == sorted(promises())
