"""What SQLite must be told, which knows no statistics of a table: by which index not to look."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func
from django.db.models.sql.compiler import SQLCompiler


class NotByIndex(Func):
    """A column as it is, by whose index SQLite does not look for rows. PostgreSQL knows what is worth it.

    SQLite takes any equality for the narrowest condition: a person's thousands of customers were read to find the
    twenty of a name.
    """

    arity = 1
    template = "%(expressions)s"

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="+%(expressions)s", **extra)
