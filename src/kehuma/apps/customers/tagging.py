"""Tags by hand."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.customers import applying, scope
from kehuma.apps.customers.applying import By
from kehuma.apps.customers.data import Ref, TagRef
from kehuma.apps.customers.errors import CustomerError, TakenError, UnknownError
from kehuma.apps.customers.models import Customer, CustomerTag, Tag
from kehuma.engine.cleaning.names import normal_name, tidy_name
from kehuma.lib.viewer import Viewer

_LONGEST = 40


@transaction.atomic
def tag(viewer: Viewer, refs: Sequence[Ref], names: Sequence[str], *, at: datetime) -> int:
    """Put tags on customers, making those that are new; how many customers have changed."""
    viewer.require("tags.edit")
    customers = scope.editable(viewer, refs, pool=True)
    changed = put(customers, names, (), By(viewer.actor, at))
    _testify(viewer, "customers.tagged", names, len(changed), at)
    return len(changed)


@transaction.atomic
def untag(viewer: Viewer, refs: Sequence[Ref], names: Sequence[str], *, at: datetime) -> int:
    """Take tags off customers; how many customers have changed."""
    viewer.require("tags.edit")
    customers = scope.editable(viewer, refs, pool=True)
    changed = put(customers, (), names, By(viewer.actor, at))
    _testify(viewer, "customers.untagged", names, len(changed), at)
    return len(changed)


@transaction.atomic
def create_tag(viewer: Viewer, name: str, *, colour: str = "", at: datetime) -> TagRef:
    """A tag that nobody has yet; TakenError."""
    viewer.require("tags.edit")
    normal = _normal(name)
    if Tag.objects.filter(normal=normal).exists():
        raise TakenError("tag", name)
    row = Tag.objects.create(name=tidy_name(name), normal=normal, colour=colour[:20])
    audit.record("customers.tag-created", row.name, {}, actor=viewer.actor, at=at)
    return TagRef(row.pk, row.name, row.colour)


@transaction.atomic
def rename_tag(viewer: Viewer, tag_id: int, name: str, *, at: datetime) -> None:
    """Another name for a tag, on all its customers; TakenError."""
    viewer.require("tags.edit")
    row = _tag(tag_id)
    normal = _normal(name)
    if Tag.objects.filter(normal=normal).exclude(pk=row.pk).exists():
        raise TakenError("tag", name)
    detail = {"before": row.name}
    row.name, row.normal = tidy_name(name), normal
    row.save(update_fields=["name", "normal"])
    audit.record("customers.tag-renamed", row.name, detail, actor=viewer.actor, at=at)


@transaction.atomic
def delete_tag(viewer: Viewer, tag_id: int, *, at: datetime) -> None:
    """Take a tag off all its customers and away."""
    viewer.require("tags.edit")
    row = _tag(tag_id)
    number, _ = CustomerTag.objects.filter(tag=row).delete()
    row.delete()
    audit.record("customers.tag-deleted", row.name, {"customers": number}, actor=viewer.actor, at=at)


def set_tags(viewer: Viewer, customer: Customer, names: Sequence[str], by: By) -> bool:
    """Make these the tags of a customer; whether something has changed."""
    viewer.require("tags.edit")
    old = list(CustomerTag.objects.filter(customer=customer).values_list("tag__name", flat=True))
    wanted = {normal_name(name) for name in names}
    return bool(put([customer], names, [name for name in old if normal_name(name) not in wanted], by))


def put(customers: Sequence[Customer], added: Sequence[str], removed: Sequence[str], by: By) -> list[Customer]:
    """Put tags on and take tags off, with history; the customers that have changed."""
    new, gone = _tags(added), list(Tag.objects.filter(normal__in=[normal_name(name) for name in removed]))
    ids = [customer.pk for customer in customers]
    had: dict[int, dict[int, str]] = {pk: {} for pk in ids}
    for pk, tag_id, name in _had(ids):
        had[pk][tag_id] = name
    rows: list[CustomerTag] = []
    changed: list[tuple[Customer, list[applying.Difference]]] = []
    for customer in customers:
        old = had[customer.pk]
        now = {key: name for key, name in old.items() if key not in {one.pk for one in gone}}
        rows += [CustomerTag(tag=one, customer=customer, actor=by.actor, at=by.at) for one in new if one.pk not in now]
        now |= {one.pk: one.name for one in new}
        if now.keys() != old.keys():
            changed.append((customer, [("tags", "", sorted(old.values()), sorted(now.values()))]))
    touched = [customer.pk for customer, _ in changed]
    for start in range(0, len(touched), 500):
        CustomerTag.objects.filter(tag__in=gone, customer__in=touched[start : start + 500]).delete()
    CustomerTag.objects.bulk_create(rows, batch_size=150, ignore_conflicts=True)
    applying.note(changed, by)
    return [customer for customer, _ in changed]


def put_on_new(tagged: Sequence[tuple[int, Sequence[str]]], by: By) -> None:
    """The first tags of customers that have just been created, by their ids; no history, they begin with them."""
    known = {one.normal: one for one in _tags(sorted({name for _, names in tagged for name in names}))}
    rows = [
        CustomerTag(tag=known[normal], customer_id=pk, actor=by.actor, at=by.at)
        for pk, names in tagged
        for normal in dict.fromkeys(_normal(name) for name in names)
    ]
    CustomerTag.objects.bulk_create(rows, batch_size=150)


def _had(ids: Sequence[int]) -> list[tuple[int, int, str]]:
    found: list[tuple[int, int, str]] = []
    for start in range(0, len(ids), 500):
        rows = CustomerTag.objects.filter(customer__in=ids[start : start + 500])
        found += list(rows.values_list("customer", "tag", "tag__name"))
    return found


def _tags(names: Sequence[str]) -> list[Tag]:
    """The tags of these names, made where they are new, in one order so that two writers cannot wait for each other."""
    wanted = {_normal(name): tidy_name(name) for name in names}
    known = {one.normal for one in Tag.objects.filter(normal__in=wanted)}
    new = [Tag(name=wanted[normal], normal=normal) for normal in sorted(wanted) if normal not in known]
    Tag.objects.bulk_create(new, ignore_conflicts=True)
    return list(Tag.objects.filter(normal__in=wanted))


def _normal(name: str) -> str:
    tidy = tidy_name(name)
    normal = normal_name(tidy) or tidy
    if not normal or len(tidy) > _LONGEST or len(normal) > _LONGEST:
        raise CustomerError("tag-name")
    return normal


def _tag(tag_id: int) -> Tag:
    row = Tag.objects.filter(pk=tag_id).first()
    if row is None:
        raise UnknownError("tag")
    return row


def _testify(viewer: Viewer, kind: str, names: Sequence[str], count: int, at: datetime) -> None:
    if count:
        audit.record(kind, "tags", {"tags": list(names), "customers": count}, actor=viewer.actor, at=at)
