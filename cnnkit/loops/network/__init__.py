"""Loops of networks that are no convolution and no pooling: fully connected layers."""
