"""Figures with axes, titles and scales, drawn by matplotlib."""
