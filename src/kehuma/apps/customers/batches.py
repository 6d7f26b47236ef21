"""Changes made together: seen beforehand, made, and undone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from kehuma.apps.audit import services as audit
from kehuma.apps.customers import (
    applying,
    binning,
    consents,
    families,
    numbers,
    owners,
    scope,
    sealed,
    showing,
    tagging,
    values,
)
from kehuma.apps.customers import fields as record
from kehuma.apps.customers.applying import By
from kehuma.apps.customers.data import BatchRow, BulkPreview, Cleaned, PreviewChange, Ref, Undone, Value
from kehuma.apps.customers.errors import CustomerError, UndoneError, UnknownError, ValuesError
from kehuma.apps.customers.fields import Field
from kehuma.apps.customers.models import Batch, Customer, CustomerTag, FieldChange
from kehuma.apps.customers.sealed import Keys
from kehuma.apps.customers.values import Cleaner
from kehuma.engine.cleaning.names import normal_name
from kehuma.lib.viewer import Viewer

_SHOWN = 20
_CHUNK = 500
# What one customer has for itself cannot be given to many.
_SINGLE = frozenset({"name", "uscc", "resident_id", "passport", numbers.KIND, record.CONSENTS})


def begin_batch(viewer: Viewer, kind: str, title: str, *, at: datetime) -> BatchRow:
    """A batch that changes can be made in."""
    batch = Batch.objects.create(kind=kind, title=title[:200], actor=viewer.actor, at=at)
    return as_row(batch)


def preview_bulk(
    viewer: Viewer,
    refs: Sequence[Ref],
    wanted: Mapping[str, object],
    *,
    add_tags: Sequence[str] = (),
    remove_tags: Sequence[str] = (),
) -> BulkPreview:
    """What ``bulk_edit`` would do; nothing is stored."""
    viewer.require("customers.edit")
    table = record.table()
    cleaned = _cleaned(wanted, table)
    customers = list(_reached(viewer, refs))
    changes: list[PreviewChange] = []
    changed: set[int] = set()
    facts, names = showing.facts(customers), showing.names(viewer, customers[:_SHOWN])
    tags = showing.tags_of([one.pk for one in customers])
    for customer in customers:
        found = [
            (key, old, new)
            for key, new in cleaned.values.items()
            if (old := facts[customer.pk].get(key, [] if table[key].is_list else "")) != new
        ]
        had = [one.name for one in tags[customer.pk]]
        now = _with_tags(had, add_tags, remove_tags)
        if now != had:
            found.append(("tags", had, now))
        if found:
            changed.add(customer.pk)
        if len(changes) < _SHOWN:
            name = names.get(customer.pk) or customer.code_id
            changes += [_preview(viewer, (customer, name), table[key], old, new) for key, old, new in found]
    return BulkPreview(len(customers), len(changed), tuple(changes[:_SHOWN]), cleaned.faults)


@transaction.atomic
def bulk_edit(  # noqa: PLR0913 - one argument per fact
    viewer: Viewer,
    refs: Sequence[Ref],
    wanted: Mapping[str, object],
    *,
    add_tags: Sequence[str] = (),
    remove_tags: Sequence[str] = (),
    at: datetime,
    title: str = "",
) -> BatchRow:
    """Give many customers the same values and tags, as one batch that can be undone. ValuesError, OwnerError."""
    viewer.require("customers.edit")
    if add_tags or remove_tags:
        viewer.require("tags.edit")
    table = record.table()
    cleaned = _cleaned(wanted, table)
    if cleaned.faults:
        raise ValuesError(cleaned.faults)
    if not (cleaned.values or add_tags or remove_tags):
        raise CustomerError("nothing-to-change")
    customers = scope.editable(viewer, refs)
    batch = Batch.objects.create(kind="bulk-edit", title=title[:200], actor=viewer.actor, at=at)
    by = By(viewer.actor, at, batch.pk)
    changed = set(applying.apply([(customer, cleaned.values) for customer in customers], table, by))
    if add_tags or remove_tags:
        changed |= {customer.pk for customer in tagging.put(customers, add_tags, remove_tags, by)}
    batch.count = len(changed)
    batch.save(update_fields=["count"])
    detail = {"fields": sorted(cleaned.values), "tags": [*add_tags, *remove_tags], "customers": len(changed)}
    audit.record("customers.bulk-edited", str(batch.uuid), detail, actor=viewer.actor, at=at)
    return as_row(batch)


@transaction.atomic
def undo(viewer: Viewer, batch_uuid: UUID, *, at: datetime) -> Undone:
    """Take back a batch: what it changed goes back unless changed since, what it created goes into the recycle bin.

    Its maker may, and who may edit and reaches everything. UnknownError, UndoneError.
    """
    viewer.require("customers.edit")
    batch = Batch.objects.select_for_update().filter(uuid=batch_uuid).first()
    if batch is None or (batch.actor != viewer.actor and viewer.scope != "all"):
        raise UnknownError("batch")
    if batch.undone_at is not None:
        raise UndoneError
    by = By(viewer.actor, at)
    reverted, kept = 0, []
    # Before anything goes back, since that too leaves history.
    changed = _changed_since(batch)
    ids = sorted(set(FieldChange.objects.filter(batch=batch).values_list("customer", flat=True)))
    for start in range(0, len(ids), _CHUNK):
        done, stayed = _undo_changes(batch, ids[start : start + _CHUNK], by)
        reverted += done
        kept += stayed
    done, stayed = _undo_created(batch, changed, by)
    batch.undone_at = at
    batch.save(update_fields=["undone_at"])
    detail = {"kind": batch.kind, "reverted": reverted + done, "kept": len(kept) + len(stayed)}
    audit.record("customers.undone", str(batch.uuid), detail, actor=viewer.actor, at=at)
    return Undone(reverted + done, tuple(kept + stayed))


def grow(batch: int, count: int) -> None:
    """Count more customers into a batch."""
    Batch.objects.filter(pk=batch).update(count=F("count") + count)


def as_row(one: Batch) -> BatchRow:
    """A batch as a value."""
    return BatchRow(one.uuid, one.kind, one.title, one.actor, one.at, one.count, one.undone_at)


def _cleaned(wanted: Mapping[str, object], table: Mapping[str, Field]) -> Cleaned:
    allowed = {key: field for key, field in table.items() if key not in _SINGLE and key != "tags"}
    return Cleaner(allowed).clean(wanted, whole=False)


def _reached(viewer: Viewer, refs: Sequence[Ref]) -> list[Customer]:
    found: list[Customer] = []
    for start in range(0, len(refs), _CHUNK):
        found += list(scope.visible(viewer).filter(scope.named(refs[start : start + _CHUNK])).order_by("pk"))
    return found


def _preview(viewer: Viewer, named: tuple[Customer, str], field: Field, old: Value, new: Value) -> PreviewChange:
    customer, name = named
    shown, is_masked = showing.cover(viewer, field, customer.kind, old)
    place = 0 if viewer.language == "zh" else 1
    before = str(shown) if is_masked else values.said(field, shown)[place]
    return PreviewChange(customer.code_id, name, field.key, before, values.said(field, new)[place])


def _with_tags(had: Sequence[str], added: Sequence[str], removed: Sequence[str]) -> list[str]:
    gone = {normal_name(name) for name in removed}
    now = [name for name in had if normal_name(name) not in gone]
    known = {normal_name(name) for name in now}
    return now + [name for name in added if normal_name(name) not in known]


def _undo_changes(batch: Batch, ids: Sequence[int], by: By) -> tuple[int, list[tuple[str, str]]]:
    rows = Customer.objects.select_for_update(of=("self",)).select_related("parent").filter(pk__in=ids)
    customers = {one.pk: one for one in rows}
    spans: dict[tuple[int, str], list[object]] = {}
    keys = Keys.of(customers.values())
    found = FieldChange.objects.filter(batch=batch, customer__in=ids).order_by("id")
    for change in found.filter(part="").exclude(field=numbers.KIND):
        old, new = sealed.change_of(change, customers[change.customer_id].subject_id, keys)
        spans.setdefault((change.customer_id, change.field), [old, new])[1] = new
    now = _present(list(customers.values()), list(ids))
    back: dict[int, dict[str, Value]] = {}
    kept: list[tuple[str, str]] = []
    for (pk, field), (old, new) in spans.items():
        if customers[pk].restricted_at is not None:
            kept.append((customers[pk].code_id, field))
        elif (now[pk].get(field) or "") == (new or "") or now[pk].get(field, []) == new:
            back.setdefault(pk, {})[field] = old  # type: ignore[assignment]  # history holds what fields hold
        else:
            kept.append((customers[pk].code_id, field))
    _put_back(customers, back, now, by)
    done, stayed = _undo_numbers(found.filter(field=numbers.KIND), customers, by)
    return sum(map(len, back.values())) + done, kept + stayed


def _undo_numbers(
    changes: QuerySet[FieldChange], customers: Mapping[int, Customer], by: By
) -> tuple[int, list[tuple[str, str]]]:
    """Numbers of other systems as they were; those of the batch were a mistake, and free for other customers."""
    spans: dict[tuple[int, str], list[str]] = {}
    for change in changes:
        old, new = str(change.old or ""), str(change.new or "")
        spans.setdefault((change.customer_id, change.part), [old, new])[1] = new
    back: list[tuple[Customer, list[applying.Difference]]] = []
    kept: list[tuple[str, str]] = []
    for (pk, part), (old, new) in spans.items():
        customer = customers[pk]
        is_usable = customer.restricted_at is None
        if is_usable and numbers.put_back(customer.code_id, part, old=old, new=new, actor=by.actor, at=by.at):
            back.append((customer, [(numbers.KIND, part, new, old)]))
        else:
            kept.append((customer.code_id, numbers.KIND))
    applying.note(back, by)
    return len(back), kept


def _present(customers: Sequence[Customer], ids: Sequence[int]) -> dict[int, dict[str, Value]]:
    now = showing.facts(customers)
    tags: dict[int, list[str]] = {pk: [] for pk in ids}
    for pk, name in CustomerTag.objects.filter(customer__in=ids).values_list("customer", "tag__name"):
        tags[pk].append(name)
    for customer in customers:
        now[customer.pk]["tags"] = sorted(tags[customer.pk])
        now[customer.pk]["parent"] = customer.parent.code_id if customer.parent else ""
        now[customer.pk]["owner"] = str(customer.owner_id or "")
        now[customer.pk]["deleted_at"] = customer.deleted_at.isoformat() if customer.deleted_at else ""
    return now


def _put_back(
    customers: Mapping[int, Customer],
    back: Mapping[int, Mapping[str, Value]],
    now: Mapping[int, Mapping[str, Value]],
    by: By,
) -> None:
    table = record.table()
    plain = [
        (customers[pk], {key: value for key, value in old.items() if key in table and table[key].store != "relation"})
        for pk, old in back.items()
    ]
    applying.apply([(customer, old) for customer, old in plain if old], table, by)
    consents.follow([customer for customer, old in plain if record.CONSENTS in old], by)
    for pk, old in back.items():
        if "tags" in old:
            wanted = list(old["tags"] or [])
            gone = [name for name in now[pk]["tags"] if name not in wanted]
            tagging.put([customers[pk]], wanted, gone, by)
    given = [(customers[pk], int(str(old["owner"]) or 0) or None) for pk, old in back.items() if "owner" in old]
    if given:
        owners.set_owner(given, by)
    above = {pk: str(old["parent"] or "") for pk, old in back.items() if "parent" in old}
    if above:
        ids = dict(Customer.objects.filter(code__identity__in=set(above.values())).values_list("code__identity", "pk"))
        families.place([(customers[pk], ids.get(code)) for pk, code in above.items()], by)
    binned = [customers[pk] for pk, old in back.items() if old.get("deleted_at")]
    binning.put(binned, by)


def _changed_since(batch: Batch) -> set[int]:
    """Of the customers that the batch created those that somebody has changed otherwise."""
    created = Customer.objects.filter(created_in=batch).values("pk")
    others = FieldChange.objects.filter(customer__in=created).exclude(batch=batch)
    return set(others.values_list("customer", flat=True))


def _undo_created(batch: Batch, changed: set[int], by: By) -> tuple[int, list[tuple[str, str]]]:
    """Into the bin with what the batch created and nobody has changed since."""
    created = Customer.objects.filter(created_in=batch, deleted_at=None)
    done, kept, last = 0, [], 0
    while chunk := list(created.select_for_update(of=("self",)).filter(pk__gt=last).order_by("pk")[:_CHUNK]):
        last = chunk[-1].pk
        gone = [one for one in chunk if one.pk not in changed and one.restricted_at is None]
        binning.put(gone, by)
        done += len(gone)
        kept += [(one.code_id, "") for one in chunk if one not in gone]
    return done, kept
