"""Files that hold networks."""
