"""Image files, each format behind one file."""
