"""The pages of recipes, held to the records: a table that nobody made again would say what was.

    python tests/architecture/test_recipe_tables.py

writes the tables of docs/mfcc.md; ``benchmarks/dialect_errors.py`` writes those of docs/dialects.md.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from cnnkit.data.recipes.dialects import DIALECTS
from cnnkit.data.recipes.fields import FIELDS, Field
from cnnkit.data.recipes.recipe import Recipe

DOCS = Path(__file__).parents[2] / "docs"
GROUPS = sorted({field.group for field in FIELDS.values()})


def block(page: str, name: str) -> str:
    """A generated table, between its marks."""
    text = (DOCS / page).read_text(encoding="utf-8")
    assert f"<!-- {name}: generated -->" in text, name
    return text.partition(f"<!-- {name}: generated -->\n\n")[2].partition("\n\n<!-- end -->")[0]


# docs/mfcc.md


def option(field: Field) -> str:
    return f"`{field.option}`" + (f", `{field.off}`" if field.off else "")


def meaning(field: Field) -> str:
    """Its line of the help with its words as code, without the defaults and the full stop."""
    text = field.text.partition("  [")[0].removesuffix(".")
    *words, last = (f"`{word}`" for word in field.value.words or ("",))
    if "{}" in text:
        text = text.format(f"{', '.join(words)} or {last}")
    else:
        for word in field.value.words:
            text = re.sub(rf"(?<![\w-]){re.escape(word)}(?![\w-])", f"`{word}`", text)
    return re.sub(r"(?<![\w`])(--[a-z-]+)", r"`\1`", text)


def value_text(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "-", True: "yes", False: "no"}[value]
    return f"{value:g}" if isinstance(value, float) else str(value)


def defaults(field: Field) -> str:
    """The value of most dialects, then the others by value: ``10ms; lecture, librosa 512; tf 256``."""
    values = {name: value_text(getattr(recipe, field.name)) for name, recipe in DIALECTS.items()}
    most = Counter(values.values()).most_common(1)[0][0]
    others = {value: ", ".join(name for name in values if values[name] == value) for value in values.values()}
    return "; ".join([most, *(f"{names} {value}" for value, names in others.items() if value != most)])


def table(group: str) -> str:
    fields = [field for field in FIELDS.values() if field.group == group]
    if group == "finish":
        return "\n".join(
            ["| option | meaning |", "| --- | --- |", *(f"| {option(one)} | {meaning(one)} |" for one in fields)]
        )
    fields.sort(key=lambda one: Recipe._fields.index(one.name))
    rows = [f"| {option(one)} | {meaning(one)} | {defaults(one)} |" for one in fields]
    return "\n".join(["| option | meaning | defaults |", "| --- | --- | --- |", *rows])


@pytest.mark.parametrize("group", GROUPS)
def test_the_page_has_the_table_of_every_group(group: str) -> None:
    assert block("mfcc.md", group) == table(group)


# docs/dialects.md


def rows(name: str) -> list[list[str]]:
    """The cells of a generated table, a list for every line but the rule."""
    lines = [line for line in block("dialects.md", name).splitlines() if re.match(r"\|(?! ---)", line)]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


def cell_text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.8g}"
    return "" if value is None else value_text(value)


def test_the_page_has_what_the_records_say() -> None:
    (_, *names), *fields = rows("fields")
    assert names == list(DIALECTS)
    for field, *cells in fields:
        assert cells == [cell_text(getattr(recipe, field)) for recipe in DIALECTS.values()], field
    missing = {name for name in Recipe._fields if name in FIELDS} - {field for field, *_ in fields}
    for name in missing:
        assert len({getattr(recipe, name) for recipe in DIALECTS.values()}) == 1, f"the page leaves out {name}"


def test_every_dialect_was_compared_with_its_system() -> None:
    compared = {row[0] for row in rows("errors")[1:]}
    assert set(DIALECTS) - {"htk"} <= compared  # the output of HTK is not everywhere


def write() -> None:
    """Put the tables of docs/mfcc.md in their places."""
    page = DOCS / "mfcc.md"
    text = page.read_text(encoding="utf-8")
    for group in GROUPS:
        text = text.replace(block("mfcc.md", group), table(group))
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
