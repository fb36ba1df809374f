"""What Python has beside arrays: files, and drawings for notebooks."""
