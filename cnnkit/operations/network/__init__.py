"""Running networks: words and parameters, or a model, become a graph, and that steps on buffers that are reused."""
