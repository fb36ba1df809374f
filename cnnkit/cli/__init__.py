"""Floor 5: the command line, and the only place that knows Typer."""
