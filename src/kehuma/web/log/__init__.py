"""The log on screen: its events, verifying it, its checkpoints, signing it off, and certificates."""
