"""What people wrote about a customer, sealed under the customer's key."""

from kehuma.apps.customers.belongings import key_for
from kehuma.apps.customers.models import Customer
from kehuma.apps.customers.sealed import Keys, Unopened
from kehuma.apps.interactions.models import FollowUp, Interaction
from kehuma.apps.sealing.queries import Column, SubjectKey, open_row
from kehuma.apps.sealing.services import seal_row
from kehuma.lib.viewer import Viewer

_ENTRY, _TASK = Column("interactions_interaction", "sealed"), Column("interactions_followup", "sealed")


def sealed(row: Interaction | FollowUp, customer: Customer, text: str) -> bytes | None:
    """The words of an entry or a follow-up that has its id; None for no words. StoreSealedError, CustomerError."""
    return seal(row, key_for(customer), text) if text else None


def seal(row: Interaction | FollowUp, key: SubjectKey, text: str) -> bytes:
    """The same under a key that is known."""
    return seal_row(key, _column(row), {"text": text}, row=_place(row))


def opened(viewer: Viewer, row: Interaction | FollowUp, customer: Customer, keys: Keys) -> str:
    """The words, or what stands for them where they do not open."""
    if row.sealed is None:
        return ""
    key = keys.get(customer.subject_id)
    if isinstance(key, Unopened):
        return key.said(viewer.language)
    return str(open_row(key, _column(row), row.sealed, row=_place(row))["text"])


def _column(row: Interaction | FollowUp) -> Column:
    return _ENTRY if hasattr(row, "happened_at") else _TASK


def _place(row: Interaction | FollowUp) -> str:
    return str(row.pk)
