"""How all benchmarks print: numbers, Markdown tables, the machine, and the pages that tables are written to."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib import import_module, metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).with_name("results")


def milliseconds(seconds: float) -> str:
    """Three digits, or whole microseconds."""
    ms = 1e3 * seconds
    return (
        f"{ms:.3f}" if abs(ms) < 1 else f"{ms:.2f}" if abs(ms) < 10 else f"{ms:.1f}" if abs(ms) < 100 else f"{ms:,.0f}"
    )


def machine() -> str:
    """One line about where this was measured."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
        flags = next(line.split() for line in lines if line.startswith("flags"))
        # What a layer's peak follows from: eight or sixteen products at a time.
        model += " with AVX-512" if "avx512f" in flags else " with AVX2" if "avx2" in flags else ""
    except (OSError, StopIteration):
        pass
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{model}, {cores} cores, Python {platform.python_version()}, {platform.system()}"


def versions(modules: Mapping[str, str]) -> str:
    """Names of packages with their versions, by the modules they are imported as."""
    parts = []
    for name, module in {"cnnkit": "cnnkit", **modules}.items():
        version = getattr(import_module(module), "__version__", None) or metadata.version(module)
        parts.append(f"{name} {version}")
    return ", ".join(parts)


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table with aligned columns."""
    everything = [head, *rows]
    widths = [max(len(row[column]) for row in everything) for column in range(len(head))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in everything
    ]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)


def write_result(name: str, text: str) -> None:
    """Replace the page of a benchmark in ``results/``."""
    title = name.replace("-", " ").capitalize()
    made_by = f"Printed by `python benchmarks/run.py {name} --write`; the method is in [README](../README.md)."
    text = f"# {title}: results\n\n{made_by}\n\n{text.strip()}\n"
    (RESULTS / f"{name}.md").write_text(text, encoding="utf-8")


def write_generated(page: Path, name: str, text: str) -> None:
    """Replace the text between ``<!-- NAME: generated -->`` and the next ``<!-- end -->``."""
    begin, end = f"<!-- {name}: generated -->", "<!-- end -->"
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        raise ValueError(f"{page.name} has no {begin} followed by {end}")
    page.write_text(f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}", encoding="utf-8")
