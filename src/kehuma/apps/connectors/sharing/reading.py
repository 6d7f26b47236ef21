"""From a pseudonym back to the code: made again from all codes, since a stored table would be a thief's.

Only who may share reads back, and only codes of customers within its reach; the right is ``sharing.manage``.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from kehuma.apps.audit import services as audit
from kehuma.apps.connectors.errors import ConnectorError
from kehuma.apps.connectors.sharing import recipients
from kehuma.apps.connectors.sharing.data import ReadBack, RecipientRow
from kehuma.apps.customers import plain
from kehuma.apps.sealing import queries as sealing
from kehuma.apps.sealing.queries import RecipientKey
from kehuma.engine.encryption.pseudonyms import led_back, read_pseudonym
from kehuma.lib.viewer import Viewer

# As many codes stand in the event itself.
_TOLD = 20


def code_of(viewer: Viewer, recipient: UUID, pseudonym: str, *, at: datetime) -> str | None:
    """The code behind a pseudonym of any epoch; None where it is none of this recipient's. Errors as below."""
    (found,) = codes_of(viewer, recipient, [pseudonym], at=at)
    return found.identity or None


def codes_of(viewer: Viewer, recipient: UUID, texts: Sequence[str], *, at: datetime) -> list[ReadBack]:
    """The same for many, in one pass over all codes, with one event; in the order in which they were given.

    UnknownRecipientError, ConnectorError where nothing was asked, StoreSealedError.
    """
    viewer.require(recipients.MANAGE)
    one = recipients.recipient(viewer, recipient)
    asked = [(text, read_pseudonym(text)) for text in texts if text.strip()]
    if not asked:
        raise ConnectorError("pseudonyms-none")
    keys = [key_of(one, epoch) for epoch in range(one.epoch, 0, -1)]
    found = led_back({read for _, read in asked if read}, plain.identities(viewer), keys)
    detail: dict[str, object] = {"count": len(asked), "found": len(found)}
    if len(found) <= _TOLD:
        detail["codes"] = sorted(found.values())
    audit.record_alone("connectors.pseudonyms-read", str(recipient), detail, actor=viewer.actor, at=at)
    return [ReadBack(text.strip(), found.get(read, "")) for text, read in asked]


def key_of(one: RecipientRow, epoch: int) -> RecipientKey:
    """What makes the pseudonyms of a recipient in an epoch. StoreSealedError."""
    return sealing.recipient_key(one.uuid.hex, purpose=one.purpose, epoch=epoch)
