"""What of an endpoint nobody may read in a stolen store: its address, which often has a token in it, and its secrets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kehuma.apps.connectors.models import Endpoint
from kehuma.apps.sealing import queries as sealing
from kehuma.apps.sealing import services
from kehuma.apps.sealing.queries import Column, SubjectKey

_PLACE = Column("connectors_endpoint", "sealed")


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret, and how long it signs; None for the one that counts from now on."""

    text: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hidden:
    """The address and the secrets, the present one first."""

    url: str
    secrets: tuple[Secret, ...]

    def signing(self, at: datetime) -> Sequence[str]:
        """The secrets that sign at this time."""
        return [one.text for one in self.secrets if one.until is None or at < one.until]


def sealed(key: SubjectKey, hidden: Hidden) -> bytes:
    """As it is stored."""
    secrets = [[one.text, one.until.isoformat() if one.until else None] for one in hidden.secrets]
    return services.seal_row(key, _PLACE, {"url": hidden.url, "secrets": secrets})


def opened(key: SubjectKey, endpoint: Endpoint) -> Hidden:
    """As it was."""
    told = sealing.open_row(key, _PLACE, endpoint.sealed)
    secrets = tuple(Secret(text, datetime.fromisoformat(until) if until else None) for text, until in told["secrets"])
    return Hidden(told["url"], secrets)


def of(endpoint: Endpoint) -> Hidden:
    """The same for one endpoint; StoreSealedError."""
    return opened(sealing.opened_one(endpoint.subject_id), endpoint)
