"""``cnnkit kernels``: every preset, with its grid, what it detects and where it was published."""

from __future__ import annotations

from typing import Annotated

import typer

from cnnkit.cli import options

EXAMPLES = """\
Examples:
  cnnkit kernels                                 every preset
  cnnkit kernels sobel:45 gaussian:sigma=2       these
  cnnkit kernels "1/16 * (1 2 1; 2 4 2; 1 2 1)"  a literal, as it is read
"""


def kernels(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[KERNEL]...", help="Presets or literals; all presets if none.")
    ] = None,
    as_json: options.Json = False,
    version: options.Version = False,
) -> None:
    """Show kernels, what they detect, their source.

    Every preset with its settings, or the kernels that are named.
    """
    from cnnkit.cli.report import Report, show
    from cnnkit.data.kernels.text import kernels as presets
    from cnnkit.files.kernels import read_kernel
    from cnnkit.views.text.grids import kernel_text, preset_text

    report = Report("kernels", as_json=as_json)
    known = {preset.name: preset for preset in presets()}
    texts = []
    for name in names or known:
        preset = known.get(name)
        kernel = preset.kernel() if preset else read_kernel(name)
        texts.append(preset_text(preset) if preset else kernel_text(kernel))
        facts = {"detects": kernel.detects, "source": kernel.source, "sum": float(kernel.weights.sum())}
        report.record(name=kernel.name, shape=list(kernel.weights.shape), weights=kernel.weights.tolist(), **facts)
    if not as_json:
        show("\n\n".join(texts))
    report.close()
