"""Work on many inputs: shared among processes, accounted for in the order of the inputs, resumed after an end."""
