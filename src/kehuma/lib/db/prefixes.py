"""Texts that begin so, answered by an index on both stores: the look-up ``begins``.

``startswith`` becomes LIKE, for which SQLite uses no index, and PostgreSQL none of a language's order. SQLite compares
bytes anyway; on PostgreSQL ``PrefixIndex`` makes an index that does, and ``begins`` asks with its operators.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.models import CharField, F, Lookup
from django.db.models.expressions import OrderBy
from django.db.models.sql.compiler import SQLCompiler

_LAST = "\U0010ffff"


@CharField.register_lookup
class Begins(Lookup[str]):
    """``filter(normal_name__begins="北京")``."""

    lookup_name = "begins"

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        """A range, in the order of the bytes."""
        column, values = self.process_lhs(compiler, connection)
        at_least, below = ("~>=~", "~<~") if connection.vendor == "postgresql" else (">=", "<")
        return f"({column} {at_least} %s AND {column} {below} %s)", (*values, self.rhs, *values, f"{self.rhs}{_LAST}")


class ByBytes(OrderBy):
    """Orders by a column as ``begins`` compares it; in another order PostgreSQL walks another index from its beginning."""

    def __init__(self, column: str) -> None:
        super().__init__(F(column))

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        # Django looks for the word that every order has otherwise.
        return self.as_sql(compiler, connection, template="%(expression)s USING ~<~ /* ASC */")


class PrefixIndex(Operation):
    """The migration step after which ``begins`` is fast on a column that has an index of the usual kind already."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, table: str, column: str) -> None:
        self.table, self.column = table, column

    def state_forwards(self, app_label: str, state: Any) -> None:  # noqa: ANN401 - Django's signature
        """The models know nothing of the index."""

    def database_forwards(
        self,
        app_label: str,  # noqa: ARG002 - Django's signature
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,  # noqa: ANN401, ARG002
        to_state: Any,  # noqa: ANN401, ARG002
    ) -> None:
        """Make it, on PostgreSQL."""
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"CREATE INDEX {self._name} ON {self.table} ({self.column} text_pattern_ops)")

    def database_backwards(
        self,
        app_label: str,  # noqa: ARG002 - Django's signature
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,  # noqa: ANN401, ARG002
        to_state: Any,  # noqa: ANN401, ARG002
    ) -> None:
        """Take it away."""
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP INDEX {self._name}")

    def describe(self) -> str:
        return f"Let {self.table}.{self.column} be asked for by its beginning"

    @property
    def _name(self) -> str:
        return f"{self.table}_{self.column}_begins"
