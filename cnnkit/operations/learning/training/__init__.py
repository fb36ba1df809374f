"""Networks that learn: layers with slopes, steps of descent, and what comes of an epoch."""
