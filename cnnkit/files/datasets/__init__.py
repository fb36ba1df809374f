"""Data sets: many samples in one file or folder, with what says where each is from."""
