"""``cnnkit mfcc``: its options, what it makes of a sound, and what it says."""
