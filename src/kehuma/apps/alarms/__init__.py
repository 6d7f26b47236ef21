"""Alarms about abnormal use."""
