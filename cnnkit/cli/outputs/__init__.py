"""Where results go: under which names, what may be in their way, and what is said of them."""

from cnnkit.cli.outputs.delivery import Delivery, made_by
from cnnkit.cli.outputs.outputs import Outputs

__all__ = ["Delivery", "Outputs", "made_by"]
