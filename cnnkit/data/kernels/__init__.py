"""Kernels: their weights, how they are written, and the presets."""
