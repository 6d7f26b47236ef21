"""Reads of customers: the viewer's reach and what it may see are applied here, below every surface."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from kehuma.apps.access import queries as access
from kehuma.apps.codes import queries as codes
from kehuma.apps.codes.data import PublishedScheme
from kehuma.apps.customers import fields as record_fields
from kehuma.apps.customers import scope
from kehuma.apps.customers.coding import Facts
from kehuma.apps.customers.data import BatchRow, FieldRow, OwnerRef, Ref, TagRef, Values
from kehuma.apps.customers.duplicates import duplicates, duplicates_many, duplicates_within
from kehuma.apps.customers.errors import UnknownError
from kehuma.apps.customers.fields import Choice
from kehuma.apps.customers.files import attachment
from kehuma.apps.customers.models import Batch, Customer, CustomerTag, CustomField, CustomValue, FieldChange, Tag
from kehuma.apps.customers.names import name_of_country, name_of_division, name_of_industry
from kehuma.apps.customers.narrowing import filtered
from kehuma.apps.customers.numbers import refusals as number_refusals
from kehuma.apps.customers.record import history, record, tree
from kehuma.apps.customers.remembering import remembered
from kehuma.apps.customers.retention import preview as preview_rule
from kehuma.apps.customers.retention import rule as retention_rule
from kehuma.apps.customers.retention import rules as retention_rules
from kehuma.apps.customers.revealing import reason_of
from kehuma.apps.customers.scope import usable, visible
from kehuma.apps.customers.searching import find, is_complete, search
from kehuma.apps.customers.showing import rows
from kehuma.apps.customers.values import Cleaner, clean
from kehuma.engine.cleaning.names import normal_name
from kehuma.lib.viewer import Viewer

__all__ = [
    "BUILTIN",
    "Cleaner",
    "attachment",
    "batch",
    "batches",
    "batches_of",
    "clean",
    "coding_facts",
    "coding_rules",
    "count",
    "counts",
    "custom_fields",
    "duplicates",
    "duplicates_many",
    "duplicates_within",
    "fields",
    "filtered",
    "find",
    "history",
    "identity_of",
    "ids",
    "is_complete",
    "keepers",
    "name_of_country",
    "name_of_division",
    "name_of_industry",
    "number_refusals",
    "owners",
    "preview_rule",
    "purposes",
    "reason_of",
    "record",
    "remember_names",
    "restricted",
    "retention_rule",
    "retention_rules",
    "rows",
    "search",
    "tags",
    "tree",
    "usable",
    "visible",
]

_CHUNK = 500
fields = record_fields.table
remember_names = remembered.begin
BUILTIN = record_fields.BUILTIN


def count(customers: QuerySet[Any], most: int = 1000) -> int:
    """How many there are, ``most`` + 1 for more than that."""
    return customers.order_by()[: most + 1].count()


def counts(viewer: Viewer, most: int = 1000) -> dict[str, int]:
    """The viewer's own customers, those in the public pool and in the recycle bin, capped like ``count``."""
    seen = visible(viewer)
    return {
        "mine": count(seen.filter(owner=viewer.user_id), most) if viewer.user_id else 0,
        "sea": count(seen.filter(owner=None), most),
        "bin": count(visible(viewer, deleted=True), most) if viewer.may("customers.delete") else 0,
    }


def identity_of(viewer: Viewer, ref: Ref) -> str | None:
    """The identity of the customer that a code, uuid or id names exactly; None where the viewer reaches none."""
    return visible(viewer).filter(scope.named([ref])).values_list("code__identity", flat=True).first()


def keepers(identities: Iterable[str]) -> dict[str, int | None]:
    """Whose the customers with these codes are, those in the recycle bin too; codes of nobody are left out."""
    wanted = sorted(set(identities))
    found: dict[str, int | None] = {}
    for start in range(0, len(wanted), _CHUNK):
        rows = Customer.objects.filter(code__identity__in=wanted[start : start + _CHUNK])
        found |= dict(rows.values_list("code__identity", "owner_id"))
    return found


def restricted(ids_: Sequence[int]) -> set[int]:
    """Of these customers those whose use is restricted."""
    found: set[int] = set()
    for start in range(0, len(ids_), _CHUNK):
        rows_ = Customer.objects.filter(pk__in=ids_[start : start + _CHUNK], restricted_at__isnull=False)
        found |= set(rows_.values_list("pk", flat=True))
    return found


def ids(customers: QuerySet[Customer], limit: int) -> list[int]:
    """The first ids of a list, for an action on all of it."""
    return list(customers.order_by("pk").values_list("pk", flat=True)[:limit])


def owners() -> list[OwnerRef]:
    """The people who can have customers."""
    return [OwnerRef(person.id, person.name) for person in access.colleagues()]


def tags(prefix: str = "", *, counted: bool = False, limit: int = 200) -> list[TagRef]:
    """The tags by name, those that begin so; with the number of their customers where asked for."""
    found = Tag.objects.filter(normal__startswith=normal_name(prefix)) if prefix else Tag.objects.all()
    found = found.order_by("normal")
    shown = list(found[:limit])
    used = CustomerTag.objects.filter(tag__in=[tag.pk for tag in shown]) if counted else CustomerTag.objects.none()
    numbers = dict(used.values_list("tag").annotate(number=Count("pk")))
    return [TagRef(tag.pk, tag.name, tag.colour, numbers.get(tag.pk, 0)) for tag in shown]


def custom_fields(*, retired: bool = False) -> list[FieldRow]:
    """The fields that people defined, in their order; with ``retired`` also those out of use."""
    found = CustomField.objects.exclude(key=record_fields.CONSENTS).order_by("position", "id")
    shown = found if retired else found.filter(retired_at=None)
    used = dict(CustomValue.objects.values_list("field").annotate(number=Count("customer", distinct=True)))
    return [FieldRow(record_fields.as_field(row), row.position, row.retired_at, used.get(row.pk, 0)) for row in shown]


def purposes() -> list[tuple[Choice, int]]:
    """For what data may be used, and of how many customers today."""
    row = CustomField.objects.get(key=record_fields.CONSENTS)
    held = CustomValue.objects.filter(field=row).values_list("text").annotate(number=Count("customer"))
    numbers = dict(held)
    return [(one, numbers.get(one.key, 0)) for one in record_fields.as_field(row).choices]


def coding_rules(at: datetime) -> list[PublishedScheme]:
    """The rules by which a customer can get its code, each in the version of ``at``."""
    found = codes.versions()
    names = dict.fromkeys(one.name for one in found if one.subject == "customer" and one.published_at <= at)
    return [codes.scheme(name, at) for name in names]


def coding_facts(values: Values, kind: str, scheme: str, at: datetime) -> Mapping[str, object]:
    """The facts that a rule takes from clean values, without the superior; UnknownSchemeError."""
    return Facts(scheme, record_fields.table(), at).given({**values, "kind": kind})


def batches(viewer: Viewer, kind: str = "", limit: int = 50) -> list[BatchRow]:
    """The newest changes made together; of others only where the viewer reaches everything."""
    viewer.require("customers.view")
    found = Batch.objects.order_by("-id")
    if kind:
        found = found.filter(kind=kind)
    if viewer.scope != "all":
        found = found.filter(actor=viewer.actor)
    return [as_batch(one) for one in found[:limit]]


def batches_of(viewer: Viewer, code: str) -> list[str]:
    """The batches that made or changed a customer, for whoever reads the log: its events name them, not the customer."""
    viewer.require("audit.view")
    changes = FieldChange.objects.filter(customer__code__identity=code, batch__isnull=False)
    changed = Batch.objects.filter(pk__in=changes.values("batch"))
    made = Batch.objects.filter(pk__in=Customer.objects.filter(code__identity=code).values("created_in"))
    return [str(uuid) for uuid in changed.union(made).values_list("uuid", flat=True)]


def batch(viewer: Viewer, uuid: UUID) -> BatchRow:
    """One of them; UnknownError."""
    viewer.require("customers.view")
    found = Batch.objects.filter(uuid=uuid).first()
    if found is None or (viewer.scope != "all" and found.actor != viewer.actor):
        raise UnknownError("batch")
    return as_batch(found)


def as_batch(one: Batch) -> BatchRow:
    """A batch as a value."""
    return BatchRow(one.uuid, one.kind, one.title, one.actor, one.at, one.count, one.undone_at)
