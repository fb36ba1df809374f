"""What is said before a command runs: its help, and the cure for a word of the command line that means nothing."""
