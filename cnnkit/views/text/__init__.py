"""Numbers as text, in the columns of a terminal."""
