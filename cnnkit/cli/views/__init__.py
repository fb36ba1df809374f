"""What is made beside a result, of all that was seen of it."""
