"""Running networks: from words and parameters, or a model, to a graph; from that to steps on buffers that are reused."""
