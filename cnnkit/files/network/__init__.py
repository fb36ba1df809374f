"""Files of networks: their weights, and models."""
