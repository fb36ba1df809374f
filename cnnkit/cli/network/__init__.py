"""Commands on networks, and what they share."""
