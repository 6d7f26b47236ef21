"""Where the store is: ``KEHUMA_DATABASE_URL`` as an entry of Django's ``DATABASES``.

>>> entry = database("postgres://clerk:s%40fe@db.example:5433/kehuma?sslmode=require", Path("unused"))
>>> [entry[name] for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME")]
['clerk', 's@fe', 'db.example', '5433', 'kehuma']
>>> entry["OPTIONS"]["sslmode"]
'require'
"""

from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_SCHEMES = ("postgres", "postgresql")
# A thread of the server keeps its connection; one that broke meanwhile is noticed before it is used again.
_KEPT = {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}


def database(address: str, path: Path) -> dict[str, Any]:
    """The entry for PostgreSQL at ``address``, or for SQLite at ``path`` where the address is empty.

    What follows ``?`` goes to the server's client library as it is: ``sslmode``, ``sslrootcert``, ``host`` for the
    folder of a socket. ImproperlyConfigured where the address is none of PostgreSQL; its password is never repeated.
    """
    if not address:
        return {"ENGINE": "kehuma.lib.db", "NAME": path, **_KEPT}
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise _refusal() from None
    name = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in _SCHEMES or not name or "/" in name:
        raise _refusal()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": _host(parts),
        "PORT": str(port or ""),
        "OPTIONS": {"application_name": "kehuma"} | {key: text for key, text in _given(parts) if key != "host"},
        **_KEPT,
    }


def _host(parts: SplitResult) -> str:
    return dict(_given(parts)).get("host") or unquote(parts.hostname or "")


def _given(parts: SplitResult) -> list[tuple[str, str]]:
    return parse_qsl(parts.query)


def _refusal() -> ImproperlyConfigured:
    return ImproperlyConfigured("KEHUMA_DATABASE_URL: expected postgres://user:password@host:5432/database")
