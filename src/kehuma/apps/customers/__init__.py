"""Customers: persons and enterprises, their owners, fields, tags and history (客户档案)."""
