"""Images under an alpha channel."""

from typing import Any

import numpy as np

from cnnkit.data.raster import Raster


def with_alpha(colour: Any, alpha: Any) -> Raster:
    """An image of `colour`, (rows, columns, depth), under `alpha`: (rows, columns) or one number."""
    plane = np.broadcast_to(np.asarray(alpha, dtype=colour.dtype), colour.shape[:2])
    return Raster(np.concatenate([colour, plane[..., None]], axis=2), has_alpha=True)
