"""What was deleted shall not stand in the free pages of the store: for migrations that seal what was readable."""

from django.db.backends.base.base import BaseDatabaseWrapper


def forget_what_is_deleted(connection: BaseDatabaseWrapper) -> None:
    """Have SQLite overwrite what is deleted from now on, on this connection.

    On PostgreSQL old rows stay in their pages until ``VACUUM FULL``, which its administrator runs.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")
