"""Sealing: personal values that a stolen disk does not give away, and that stay findable for who may find them.

root key → numbered key versions → one data key per subject → values, each bound to its table, column, subject and row.
Destroying a subject's data key erases all that was sealed under it, in every backup too. Not independently audited.

What is not hidden: how long a value is, which rows hold equal values of a field with a blind index, and that an
older sealed value was put back into its own place (the log of events shows that). Python cannot wipe memory: a
process that holds keys must be trusted while it runs.
"""
