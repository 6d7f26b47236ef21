"""Customers: the operations on their records."""
