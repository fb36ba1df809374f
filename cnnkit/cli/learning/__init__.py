"""Learning from a shell: kernels from images before and after."""
