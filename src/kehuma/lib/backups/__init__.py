"""Backups: one archive with the store, the keys and the files, and back again.

A backup counts only after it was unpacked into a scratch place, checked by the store and compared table by table with
what was there when it was made. See ``docs/how-to/back-up-and-restore.md``.
"""
