"""The pages of the keys: what is sealed, how it opens, rotation and recovery."""
