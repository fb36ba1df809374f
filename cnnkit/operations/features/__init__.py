"""Features of sounds: frames, blocks, normalisation, deltas, segments."""
