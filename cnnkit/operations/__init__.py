"""Floor 4: check, lay out, prepare, allocate, loop, wrap."""
