"""Customers as the API answers with them: what the viewer may not see is covered already, and named in ``masked``."""

from collections.abc import Mapping
from typing import Any

from kehuma.api.customers.bodies import OWN_NUMBER
from kehuma.apps.customers.data import ContactRow, HistoryRow, IdentifierRow, Record, Row
from kehuma.apps.customers.fields import CONSENTS
from kehuma.lib.viewer import Language

_VALUES = ("short_name", "former_names", "country", "region", "address", "industry", "source", "notes")
_CONTACT: Mapping[str, str] = {
    "contact_name": "name",
    "contact_role": "role",
    "mobile": "mobile",
    "phone": "phone",
    "email": "email",
    "wechat": "wechat",
}
_NUMBERS = ("uscc", "resident_id", "passport", "tax_number", OWN_NUMBER)
# What an answer has; ``fields`` chooses among them.
MEMBERS = (
    "code", "identity", "uuid", "scheme", "kind", "name", *_VALUES, "region_name", "industry_name", "custom", "consents", "tags",
    "owner", "parent", "contacts", "identifiers", "masked", "restricted", "version", "created_at", "updated_at", "last_activity_at",
)  # fmt: skip
_KNOWN = frozenset({
    *MEMBERS, *_CONTACT, *_NUMBERS, "deleted_at",
})  # fmt: skip


def row(one: Row, language: Language) -> dict[str, Any]:
    """A customer in a list: of its contacts the primary one."""
    contact = {name: one.values.get(key, "") for key, name in _CONTACT.items()}
    covered = sorted(name for key, name in _CONTACT.items() if key in one.masked)
    numbers = [(key, one.values.get(key)) for key in _NUMBERS]
    return {
        **_own(one, language),
        "contacts": [{**contact, "primary": True, "masked": covered}] if any(contact.values()) else [],
        "identifiers": [{"type": key, "value": value, "masked": key in one.masked} for key, value in numbers if value],
    }


def record(one: Record, language: Language) -> dict[str, Any]:
    """One customer with all that belongs to it."""
    return {
        **_own(one.row, language),
        "contacts": [contact(each) for each in one.contacts],
        "identifiers": [identifier(each) for each in one.identifiers],
    }


def contact(one: ContactRow) -> dict[str, Any]:
    """Somebody to talk to."""
    values = {name: getattr(one, name) for name in _CONTACT.values()}
    return {"id": one.id, "primary": one.is_primary, **values, "masked": sorted(one.masked)}


def identifier(one: IdentifierRow) -> dict[str, Any]:
    """A number."""
    return {"id": one.id, "type": one.kind, "issuer": one.issuer, "value": one.value, "masked": one.is_masked}


def change(one: HistoryRow, names: Mapping[str, str]) -> dict[str, Any]:
    """One change of one field."""
    return {
        "at": one.at,
        "actor": one.actor,
        "actor_name": names.get(one.actor, ""),
        "field": one.field,
        "title": one.title,
        "old": one.old,
        "new": one.new,
        "batch": one.batch,
    }


def _own(one: Row, language: Language) -> dict[str, Any]:
    return {
        "code": one.code,
        "identity": one.identity,
        "uuid": one.uuid,
        "scheme": one.scheme,
        "kind": one.kind,
        "name": one.name,
        **{key: one.values.get(key, "") for key in _VALUES},
        "region_name": one.text("region", language),
        "industry_name": one.text("industry", language),
        "custom": {key: value for key, value in one.values.items() if key not in _KNOWN},
        "consents": list(one.values.get(CONSENTS) or ()),
        "tags": [tag.name for tag in one.tags],
        "owner": {"id": one.owner.id, "name": one.owner.name} if one.owner else None,
        "parent": one.parent.identity if one.parent else None,
        "masked": sorted(one.masked),
        "restricted": one.restricted_at is not None,
        "version": one.version,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "last_activity_at": one.last_activity_at,
    }
