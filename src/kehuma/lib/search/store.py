"""The index in the store.

A table of one's own has the columns ``id`` (the record's) and ``tokens`` (its tokens, a blank between two).
``CreateIndex`` in a migration puts the index on it; from then on it is written like any table. SQLite's index does
not survive the rebuilding of the table, which is how Django alters one there: make the index anew after it.
"""

from typing import Any as Anything

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.utils import CursorWrapper
from django.db.migrations.operations.base import Operation

from kehuma.lib.search.expressions import Expression, for_fts5, for_tsquery

# detail=none: sets of tokens need neither columns nor positions, and the index is a third of the size.
# ascii: every other character belongs to a token; the tokens come ready from us.
_FTS5 = (
    """
    CREATE VIRTUAL TABLE {table}_fts
    USING fts5(tokens, content='{table}', content_rowid='id', detail='none', columnsize=0, tokenize='ascii')
    """,
    """
    CREATE TRIGGER {table}_fts_insert AFTER INSERT ON {table} BEGIN
    INSERT INTO {table}_fts(rowid, tokens) VALUES (NEW.id, NEW.tokens); END
    """,
    """
    CREATE TRIGGER {table}_fts_delete AFTER DELETE ON {table} BEGIN
    INSERT INTO {table}_fts({table}_fts, rowid, tokens) VALUES ('delete', OLD.id, OLD.tokens); END
    """,
    """
    CREATE TRIGGER {table}_fts_update AFTER UPDATE ON {table} BEGIN
    INSERT INTO {table}_fts({table}_fts, rowid, tokens) VALUES ('delete', OLD.id, OLD.tokens);
    INSERT INTO {table}_fts(rowid, tokens) VALUES (NEW.id, NEW.tokens); END
    """,
    "INSERT INTO {table}_fts({table}_fts) VALUES ('rebuild')",
)
_NO_FTS5 = (
    "DROP TRIGGER IF EXISTS {table}_fts_insert",
    "DROP TRIGGER IF EXISTS {table}_fts_delete",
    "DROP TRIGGER IF EXISTS {table}_fts_update",
    "DROP TABLE IF EXISTS {table}_fts",
)
# Stored: for a frequent word the vectors of the newest rows are looked at one by one.
_GIN = (
    """
    ALTER TABLE {table} ADD COLUMN vector tsvector
    GENERATED ALWAYS AS (array_to_tsvector(string_to_array(tokens, ' '))) STORED
    """,
    "CREATE INDEX {table}_gin ON {table} USING gin (vector)",
    # New rows wait in a list, 3 µs each, until they are merged into the index, 25 µs each: by the autovacuum or by
    # ``merge``, and not in the midst of somebody's writing. 60,000 that wait make a question 20 ms slower.
    "ALTER INDEX {table}_gin SET (gin_pending_list_limit = 65536)",
)
_NEWEST = 8_000
_CHOOSING = "SELECT set_config('enable_seqscan', %s, false), set_config('enable_indexscan', %s, false)"
_NO_GIN = ("ALTER TABLE {table} DROP COLUMN IF EXISTS vector",)


class CreateIndex(Operation):
    """The migration step that puts the index on ``table``; an index that is there is made anew."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, table: str) -> None:
        self.table = table

    def state_forwards(self, app_label: str, state: Anything) -> None:  # noqa: ANN401 - Django's signature
        """The models know nothing of the index."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Anything,  # noqa: ANN401
        to_state: Anything,  # noqa: ANN401
    ) -> None:
        """Make it."""
        self.database_backwards(app_label, schema_editor, from_state, to_state)
        self._run(schema_editor, _FTS5 if schema_editor.connection.vendor == "sqlite" else _GIN)

    def database_backwards(
        self,
        app_label: str,  # noqa: ARG002 - Django's signature
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Anything,  # noqa: ANN401, ARG002
        to_state: Anything,  # noqa: ANN401, ARG002
    ) -> None:
        """Take it away."""
        self._run(schema_editor, _NO_FTS5 if schema_editor.connection.vendor == "sqlite" else _NO_GIN)

    def describe(self) -> str:
        return f"Put the search index on {self.table}"

    def _run(self, schema_editor: BaseDatabaseSchemaEditor, statements: tuple[str, ...]) -> None:
        for statement in statements:
            schema_editor.execute(statement.format(table=self.table))


def matching(table: str, question: Expression, *, limit: int, using: BaseDatabaseWrapper | None = None) -> list[int]:
    """The ids of the newest records that the question holds for."""
    store = using or connection
    with store.cursor() as cursor:
        if store.vendor == "sqlite":
            sql = f"SELECT rowid FROM {table}_fts WHERE {table}_fts MATCH %s ORDER BY rowid DESC LIMIT %s"  # noqa: S608
            return _asked(cursor, sql, [for_fts5(question), limit])
        return _newest(cursor, table, [for_tsquery(question), limit])


def merge(table: str) -> None:
    """Put into the index what only waits for it, as after many rows at once. What waits is found all the same."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [f"{table}_gin"])


def _newest(cursor: CursorWrapper, table: str, asked: list[Anything]) -> list[int]:
    # The choice is taken from PostgreSQL: it knows how frequent a thousand words are, and looked through a million rows
    # for a rare one of the others (420 ms). What is frequent is found among the newest rows, and what is not is rare
    # enough to be read whole from the index (3 ms each).
    top = f"(SELECT max(id) FROM {table})"  # noqa: S608 - a name of our own
    sql = f"SELECT id FROM {table} WHERE {{}} vector @@ %s::tsquery ORDER BY id DESC LIMIT %s"  # noqa: S608
    found = _asked(cursor, sql.format(f"id > {top} - {_NEWEST} AND"), asked)
    if len(found) >= asked[-1]:
        return found
    cursor.execute(_CHOOSING, ["off", "off"])
    try:
        return _asked(cursor, sql.format(""), asked)
    finally:
        cursor.execute(_CHOOSING, ["on", "on"])


def _asked(cursor: CursorWrapper, sql: str, parameters: list[Anything]) -> list[int]:
    cursor.execute(sql, parameters)
    return [int(found) for (found,) in cursor.fetchall()]
