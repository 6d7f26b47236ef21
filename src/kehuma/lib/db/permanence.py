"""Rows that cannot be rewritten: triggers that a migration puts on a table.

>>> [statement.split()[2] for statement in permanent_table("t", frozen=["id", "text"], keys=[["text"]])]
['t_no_update', 't_no_delete', 't_no_replace']
"""

from collections.abc import Sequence

from django.db.backends.base.base import BaseDatabaseWrapper


def permanent_table(table: str, *, frozen: Sequence[str], keys: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Statements for ``RunSQL`` after which rows of ``table`` stay and their ``frozen`` columns keep their values.

    ``keys`` are the unique keys of the table besides ``id``. ``INSERT OR REPLACE`` removes the old row without
    firing the DELETE trigger of a connection with default settings, so an insert that meets a key is refused first.
    """
    changed = " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in frozen)
    return (
        _trigger(table, "update", f"BEFORE UPDATE ON {table} FOR EACH ROW WHEN {changed}"),
        _trigger(table, "delete", f"BEFORE DELETE ON {table} FOR EACH ROW"),
        _trigger(table, "replace", f"BEFORE INSERT ON {table} FOR EACH ROW WHEN {_taken(table, keys)}"),
    )


def never_lower(table: str, column: str) -> str:
    """The statement for ``RunSQL`` after which ``column`` of a row can only grow."""
    return _trigger(
        table, f"lower_{column}", f'BEFORE UPDATE ON {table} FOR EACH ROW WHEN NEW."{column}" < OLD."{column}"'
    )


def missing(connection: BaseDatabaseWrapper, tables: Sequence[str]) -> tuple[str, ...]:
    """The triggers that are gone: Django rebuilds a table to alter it, and the triggers of the old one are lost."""
    wanted = {f"{table}_no_{act}" for table in tables for act in ("update", "delete", "replace")}
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        return tuple(sorted(wanted - {name for (name,) in cursor.fetchall()}))


def _trigger(table: str, act: str, when: str) -> str:
    refusal = f"SELECT RAISE(ABORT, '{table}: rows are permanent, {act} refused');"
    return f"CREATE TRIGGER {table}_no_{act} {when} BEGIN {refusal} END"


def _taken(table: str, keys: Sequence[Sequence[str]]) -> str:
    # One EXISTS per key: with OR inside a single one, SQLite builds a row set for each insert.
    return " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE "  # noqa: S608 - names from our migrations
        + " AND ".join(f'"{column}" = NEW."{column}"' for column in key)
        + ")"
        for key in [["id"], *keys]
    )
