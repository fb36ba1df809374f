"""A page to play with in a browser: a template, its style and its script, and what fills them."""
