"""What is printed of a stack of layers."""
