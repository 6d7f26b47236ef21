"""Helpers for the packages above that hold no tables of their own."""
