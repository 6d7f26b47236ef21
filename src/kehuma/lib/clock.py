"""The only wall clock: everything else takes the time as an argument or asks here."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)
