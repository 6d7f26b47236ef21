"""Lists of customers that come in: received, checked, mended, committed, undone."""
