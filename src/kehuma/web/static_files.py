"""Addresses of style sheets and scripts that change with their content, so that browsers may keep them for a year."""

import hashlib
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


class Storage(StaticFilesStorage):
    """Static files with a digest in the query of their address."""

    def url(self, name: str | None) -> str:
        return super().url(name) + (f"?v={_digest(name)}" if name else "")


@cache
def _digest(name: str) -> str:
    found = finders.find(name)
    return hashlib.sha256(Path(str(found)).read_bytes()).hexdigest()[:10] if found else "0"
