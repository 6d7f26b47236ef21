"""The tables of customers, by subject."""

from kehuma.apps.customers.models.changes import Batch, FieldChange, RevealReason
from kehuma.apps.customers.models.consents import Consent
from kehuma.apps.customers.models.customer import Attachment, Contact, Customer, Identifier, SearchNews, SearchText
from kehuma.apps.customers.models.exports import Export
from kehuma.apps.customers.models.fields import CustomField, CustomValue
from kehuma.apps.customers.models.requests import CreationRequest
from kehuma.apps.customers.models.retention import RetentionRule
from kehuma.apps.customers.models.tags import CustomerTag, Tag

__all__ = [
    "Attachment",
    "Batch",
    "Consent",
    "Contact",
    "CreationRequest",
    "CustomField",
    "CustomValue",
    "Customer",
    "CustomerTag",
    "Export",
    "FieldChange",
    "Identifier",
    "RetentionRule",
    "RevealReason",
    "SearchNews",
    "SearchText",
    "Tag",
]
