"""The commands on networks."""
