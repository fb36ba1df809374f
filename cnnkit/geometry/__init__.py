"""Floor 1: where windows land, in whole numbers. Standard library only, so importing it stays nearly free."""
