"""The first keys of an installation, made by the migration that makes their tables and by nothing else."""

import os
from datetime import datetime
from typing import Any, NamedTuple

from kehuma.apps.sealing import sources
from kehuma.engine.encryption.master import MasterKey
from kehuma.engine.encryption.root import new_version


class First(NamedTuple):
    """The rows of the two tables."""

    opener: dict[str, Any]
    version: dict[str, Any]


def first(at: datetime) -> First:
    """A master key under the root key, which is made where there is none, and version 1. StoreSealedError, CipherError."""
    root = sources.root_key_or_new()
    master = MasterKey.new(os.urandom, cipher=root.cipher)
    _, wrapped = new_version(master, 1, os.urandom)
    opener = {
        "way": "key", "check_value": root.check_value(), "wrapped": master.wrapped_under(root, os.urandom), "at": at,
    }  # fmt: skip
    return First(opener, {"number": 1, "wrapped": wrapped, "at": at, "moved_at": at})
