"""Compiled loops, and the only place that knows Numba.

A loop takes arrays and numbers that were checked before, returns nothing and writes into its last array.
"""
