"""Pooling: settings, windows, and a file for each family of types."""
