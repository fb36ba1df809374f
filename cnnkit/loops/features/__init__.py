"""The loops from samples to coefficients."""
