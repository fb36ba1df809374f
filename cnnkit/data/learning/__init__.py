"""What training takes and what it tells: examples, epochs."""
