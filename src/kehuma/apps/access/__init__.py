"""Users of the program."""
