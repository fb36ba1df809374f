"""What moves on a terminal: which steps of a run are played, how they are moved through, and the screen they are on."""
