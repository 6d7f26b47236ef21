"""Where the store of this installation is, and whether there is one."""

from pathlib import Path

from django.conf import settings


def store() -> Path | None:
    """The file of the store; None where a server keeps it."""
    database = settings.DATABASES["default"]
    return Path(str(database["NAME"])) if database["ENGINE"] == "kehuma.lib.db" else None


def is_there() -> bool:
    """Whether anything was ever stored here; looking makes nothing. A server is asked, so the packages must be set up."""
    file = store()
    if file is not None:
        return file.exists()
    from django.db import connection  # noqa: PLC0415 - a file needs no connection

    return bool(connection.introspection.table_names())
