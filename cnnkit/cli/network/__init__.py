"""Networks on the command line: the shapes of a stack, and stacks that run on data."""
