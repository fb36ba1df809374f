"""From words to layers."""
