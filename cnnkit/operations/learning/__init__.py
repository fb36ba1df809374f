"""Learning: kernels found from what they did, by gradient descent or by least squares."""
