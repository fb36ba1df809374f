"""What is known of a network that learns: its epochs, and the kernels of its first layer on the way."""
