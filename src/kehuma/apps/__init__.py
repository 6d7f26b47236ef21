"""Packages with tables, one per business subject."""
