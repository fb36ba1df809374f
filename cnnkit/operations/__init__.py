"""Floor 4: check, plan, prepare, allocate, loop, wrap."""
