"""Floor 4: files in and out, each format behind one module."""
