"""A run in motion: frames of palette indices, with letters of their own."""
