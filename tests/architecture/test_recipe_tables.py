"""The page of dialects, held to the records: a generated table that nobody made again would tell what was."""

from __future__ import annotations

from pathlib import Path

from cnnkit.data.recipes.dialects import DIALECTS
from cnnkit.data.recipes.recipe import Recipe

PAGE = Path(__file__).parents[2] / "docs" / "dialects.md"


def rows(name: str) -> list[list[str]]:
    """The cells of a generated table, a list for every line but the rule."""
    text = PAGE.read_text(encoding="utf-8").partition(f"<!-- {name}: generated -->")[2].partition("<!-- end -->")[0]
    lines = [line for line in text.splitlines() if line.startswith("|") and not line.startswith("| ---")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


def told(value: object) -> str:
    return (
        {None: "", True: "yes", False: "no"}.get(value, "") if value is None or isinstance(value, bool) else str(value)
    )


def test_the_page_tells_what_the_records_say() -> None:
    (_, *names), *fields = rows("fields")
    assert names == list(DIALECTS)
    for field, *cells in fields:
        for name, cell in zip(names, cells, strict=True):
            value = getattr(DIALECTS[name], field)
            same = float(cell) == float(f"{value:.8g}") if isinstance(value, float) else cell == told(value)
            assert same, f"{field} of {name} is {value}, the page says {cell!r}"
    missing = set(Recipe._fields) - {field for field, *_ in fields} - {"dialect", "kind"}
    for field in missing:
        assert len({getattr(recipe, field) for recipe in DIALECTS.values()}) == 1, f"the page leaves out {field}"


def test_every_dialect_was_compared_with_its_system() -> None:
    compared = {row[0] for row in rows("errors")[1:]}
    assert set(DIALECTS) - {"htk"} <= compared  # the output of HTK is not everywhere
