"""Rows that cannot be rewritten: triggers that a migration puts on a table, in the words of each store."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation

# What a stranger may try, on each store. SQLite's INSERT OR REPLACE removes the old row without firing the DELETE
# trigger of a connection with default settings, so there an insert that meets a key is refused first.
_ACTS = {"sqlite": ("update", "delete", "replace"), "postgresql": ("update", "delete", "truncate")}

_REFUSES = """ BEGIN
    RAISE EXCEPTION '%: rows are permanent, % refused', TG_TABLE_NAME, TG_ARGV[0]
    USING ERRCODE = 'integrity_constraint_violation';
    END """
_REFUSE = f"""
    CREATE OR REPLACE FUNCTION kehuma_refuse() RETURNS trigger LANGUAGE plpgsql AS $body${_REFUSES}$body$
"""
_TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    # 'A': ALWAYS; any other trigger sleeps where a session calls itself a replica.
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'A'",
}


class Permanent(Operation):
    """The migration step after which rows of ``table`` stay and their ``frozen`` columns keep their values.

    ``keys`` are the unique keys of the table besides ``id``; the columns in ``growing`` never get lower.
    """

    reduces_to_sql = True
    reversible = False

    def __init__(
        self, table: str, *, frozen: Sequence[str], keys: Sequence[Sequence[str]] = (), growing: Sequence[str] = ()
    ) -> None:
        self.table, self.frozen, self.keys, self.growing = table, frozen, keys, growing

    def state_forwards(self, app_label: str, state: Any) -> None:  # noqa: ANN401 - Django's signature
        """The models know nothing of triggers."""

    def database_forwards(
        self,
        app_label: str,  # noqa: ARG002 - Django's signature
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,  # noqa: ANN401, ARG002
        to_state: Any,  # noqa: ANN401, ARG002
    ) -> None:
        """Put the triggers on the table."""
        statements = self._for_sqlite() if schema_editor.connection.vendor == "sqlite" else self._for_postgresql()
        for statement in statements:
            schema_editor.execute(statement, params=None)

    def describe(self) -> str:
        return f"Make the rows of {self.table} permanent"

    def _for_sqlite(self) -> list[str]:
        lower = [(f"lower_{column}", "UPDATE", f'NEW."{column}" < OLD."{column}"') for column in self.growing]
        acts = [
            ("update", "UPDATE", " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in self.frozen)),
            ("delete", "DELETE", "1"),
            ("replace", "INSERT", self._taken()),
            *lower,
        ]
        return [
            f"CREATE TRIGGER {self.table}_no_{act} BEFORE {verb} ON {self.table} FOR EACH ROW WHEN {when}"
            f" BEGIN SELECT RAISE(ABORT, '{self.table}: rows are permanent, {act} refused'); END"
            for act, verb, when in acts
        ]

    def _for_postgresql(self) -> list[str]:
        changed = " OR ".join(f'OLD."{column}" IS DISTINCT FROM NEW."{column}"' for column in self.frozen)
        acts = [
            ("update", "UPDATE", f"FOR EACH ROW WHEN ({changed})"),
            ("delete", "DELETE", "FOR EACH ROW"),
            ("truncate", "TRUNCATE", "FOR EACH STATEMENT"),
        ]
        acts += [
            (f"lower_{column}", "UPDATE", f'FOR EACH ROW WHEN (NEW."{column}" < OLD."{column}")')
            for column in self.growing
        ]
        made = [_REFUSE]
        for act, verb, when in acts:
            name = f"{self.table}_no_{act}"
            made += [
                f"CREATE TRIGGER {name} BEFORE {verb} ON {self.table} {when} EXECUTE FUNCTION kehuma_refuse('{act}')",
                f"ALTER TABLE {self.table} ENABLE ALWAYS TRIGGER {name}",
            ]
        return made

    def _taken(self) -> str:
        # One EXISTS per key: with OR inside a single one, SQLite builds a row set for each insert.
        return " OR ".join(
            f"EXISTS (SELECT 1 FROM {self.table} WHERE "  # noqa: S608 - names from our migrations
            + " AND ".join(f'"{column}" = NEW."{column}"' for column in key)
            + ")"
            for key in [["id"], *self.keys]
        )


def missing(connection: BaseDatabaseWrapper, tables: Iterable[str]) -> tuple[str, ...]:
    """The triggers that are gone or asleep: to alter a table on SQLite, Django makes it anew without its triggers."""
    wanted = {f"{table}_no_{act}" for table in tables for act in _ACTS[connection.vendor]}
    with connection.cursor() as cursor:
        cursor.execute(_TRIGGERS[connection.vendor])
        gone = wanted - {name for (name,) in cursor.fetchall()}
        if connection.vendor == "postgresql":
            # A trigger that calls a function which no longer refuses watches nothing.
            cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'kehuma_refuse'")
            if {source for (source,) in cursor.fetchall()} != {_REFUSES}:
                gone.add("kehuma_refuse")
    return tuple(sorted(gone))
