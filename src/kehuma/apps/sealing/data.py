"""Values that cross the door of the package."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kehuma.apps.sealing.errors import StoreSealedError


@dataclass(frozen=True, slots=True)
class Version:
    """A key version and how many data keys it wraps."""

    number: int
    at: datetime
    subjects: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class Status:
    """How the keys are kept. ``moved`` is the share of a rotation under way, None where there is none.

    ``recovery_at`` is when the recovery key was typed back; None: there is none to count on.
    """

    sealed: StoreSealedError | None
    has_passphrase: bool
    place: str
    cipher: str
    versions: Sequence[Version]
    moved: float | None
    recovery_at: datetime | None
    erased: int

    @property
    def is_open(self) -> bool:
        """Whether personal values can be read and written."""
        return self.sealed is None
