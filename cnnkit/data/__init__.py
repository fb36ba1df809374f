"""Floor 3: what flows through the operations: rasters, signals and kernels."""
