"""Signing in and out, the first run, and a person's own account."""
