"""What every figure has in common: the formats, matplotlib's own settings, and no trace of the user's.

Nothing of a user's settings for matplotlib goes into a figure, so that one command draws the same one everywhere, and
nothing of it stays behind: no pyplot, no window, no word on stderr about fonts and caches.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from cnnkit.arrays import Floats
from cnnkit.errors import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

FIGURE_FORMATS = ("png", "svg", "pdf")

DOTS_PER_INCH = 150

LONGEST_TITLE = 80
"""Characters."""

LARGEST_VALUE = 1e300
"""Where the scale of colours ends, so that its length is still a number."""

SETTINGS = ("axes.", "figure.", "font.", "image.", "lines.", "mathtext.", "patch.", "path.", "pdf.", "savefig.", "svg.",
            "text", "xtick.", "ytick.")  # fmt: skip
"""The settings of matplotlib that show in a figure, by how their names begin."""


def encoded(make: Callable[[], Figure], file_type: str, note: str) -> Callable[[BinaryIO], None]:
    """Draw a figure and return a function that writes it as png, svg or pdf, with `note` as its creator."""
    content = io.BytesIO()  # matplotlib goes back while it writes, which a pipe cannot
    with _default_settings():
        figure = make()
        note = note.encode("ascii", "backslashreplace").decode()  # what every format takes
        creator = {"Software": note} if file_type == "png" else {"Creator": note}
        dates = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(file_type, {})
        figure.savefig(content, format=file_type, dpi=DOTS_PER_INCH, metadata={**creator, **dates})

    def write(stream: BinaryIO) -> None:
        stream.write(content.getbuffer())

    return write


def entitle(
    axes: Axes, title: str, share: float, *below: str, size: float | None = None, longest: int = LONGEST_TITLE
) -> None:
    """Put lines at the left above axes, in smaller letters where they are wider than a `share` of the figure."""
    lines = "\n".join(shortened(printable(line), longest) for line in (title, *below))
    text = axes.set_title(lines, loc="left", parse_math=False, fontsize=size)
    figure: Any = axes.figure
    _narrow(text, share * figure.bbox.width)


def write_text(axes: Axes, x: float, y: float, text: str, points: float, width: float) -> None:
    """Write text from a place of axes on, in smaller letters where it is wider than `width` inches."""
    figure: Any = axes.figure
    _narrow(axes.text(x, y, shortened(printable(text)), fontsize=points, parse_math=False), width * figure.dpi)


def _narrow(text: Text, most: float) -> None:
    """Make letters smaller until a text is no wider than so many dots: small ones are rounded to whole dots."""
    while (share := text.get_window_extent().width / most) > 1:
        text.set_fontsize(float(text.get_fontsize()) / max(share, 1.02))


def value_range(cells: Floats) -> tuple[float, float]:
    """The smallest and largest finite value; a little around it where there is one value only.

    >>> value_range(np.array([[1.0, np.nan, np.inf], [-3.0, 0.0, 0.0]])), value_range(np.zeros((2, 2)))
    ((-3.0, 1.0), (-0.5, 0.5))
    """
    finite = cells[np.isfinite(cells)].clip(-LARGEST_VALUE, LARGEST_VALUE)
    if not finite.size:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    size = max(abs(low), abs(high))
    if high - low > 1e-9 * size:
        return low, high
    around = max(0.5, 1e-3 * size)
    return low - around, high + around


def shortened(title: str, longest: int = LONGEST_TITLE) -> str:
    """A title without its middle if it is too long: names differ at their ends.

    >>> shortened("song.wav"), len(shortened("a" * 500))
    ('song.wav', 79)
    """
    half = max(longest // 2 - 2, 1)
    return title if len(title) <= longest else f"{title[:half]}...{title[-half:]}"


@contextmanager
def _default_settings() -> Iterator[None]:
    """Draw with matplotlib's own defaults, and keep its words about fonts, folders and settings off stderr."""
    import logging

    logger = logging.getLogger("matplotlib")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import matplotlib

            defaults = {name: value for name, value in matplotlib.rcParamsDefault.items() if name.startswith(SETTINGS)}
            with matplotlib.rc_context({**defaults, "svg.hashsalt": "cnnkit"}):
                yield
    finally:
        logger.setLevel(level)
