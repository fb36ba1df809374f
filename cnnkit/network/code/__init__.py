"""A stack of layers as a program for a framework."""
