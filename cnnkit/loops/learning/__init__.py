"""Loops of learning: how wrong a kernel is on some windows, and how that changes with its weights."""
