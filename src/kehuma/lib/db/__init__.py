"""The stores: SQLite made into a ledger (durable commits, one writer at a time), and PostgreSQL for teams.

``addresses`` chooses between them. All dialect code of the stores lives in this package; ``base`` is the SQLite one,
PostgreSQL needs no wrapper of ours: rows are locked by the statements that change them.
"""
