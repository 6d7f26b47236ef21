"""Values that cross the door of the package."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Testimony:
    """An event as it stands in the table."""

    uuid: UUID
    at: datetime
    actor: str
    kind: str
    subject: str
    detail: Mapping[str, Any]
