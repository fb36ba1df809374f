"""How loops are compiled, stored, loaded and run in threads."""
