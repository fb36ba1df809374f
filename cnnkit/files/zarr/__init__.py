"""Zarr: an array as a folder with a file for each chunk of it."""
