"""Convolution: settings, plan, algorithms."""
