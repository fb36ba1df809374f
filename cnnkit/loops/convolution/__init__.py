"""The loops of convolution."""
