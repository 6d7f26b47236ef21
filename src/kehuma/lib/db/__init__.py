"""Django's SQLite backend made into a ledger: durable commits, one writer at a time, rows that cannot be rewritten.

``ENGINE = "kehuma.lib.db"`` in ``DATABASES`` chooses it. All dialect code of the stores lives in this package.
"""
