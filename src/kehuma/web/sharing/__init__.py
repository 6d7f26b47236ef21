"""The pages of sharing with outsiders."""
