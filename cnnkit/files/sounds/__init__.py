"""Sound files, each format behind one file."""
