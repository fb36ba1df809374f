"""The loops of pooling."""
