"""Reads about one customer: the whole record, its family, its history."""

from collections.abc import Mapping, Sequence

from django.db.models import Q

from kehuma.apps.access import queries as access
from kehuma.apps.customers import consents, files, numbers, scope, sealed, showing, values
from kehuma.apps.customers import fields as record_fields
from kehuma.apps.customers.data import HistoryRow, Page, Record, Ref, TreeNode, Value
from kehuma.apps.customers.errors import UnknownCustomerError
from kehuma.apps.customers.fields import Field
from kehuma.apps.customers.models import Customer, FieldChange
from kehuma.lib.viewer import Viewer

_MOST_NODES = 500
_MOST_LEVELS = 20
_MOST_HISTORY = 200


def record(viewer: Viewer, ref: Ref) -> Record:
    """Everything about one customer, also one in the recycle bin; UnknownCustomerError."""
    customer = _any(viewer, ref)
    table = record_fields.table()
    others = numbers.current([customer.code_id])
    keys, subject = sealed.Keys.of([customer]), customer.subject_id
    row = showing.rows(viewer, [customer], table)[0]
    return Record(
        row=row,
        contacts=[
            showing.contact_row(viewer, one, sealed.contact_values(one, subject, keys))
            for one in customer.contacts.order_by("position")
        ],
        identifiers=[
            *(
                showing.identifier_row(viewer, one, sealed.number_of(one, subject, keys))
                for one in customer.identifiers.order_by("id")
            ),
            *(showing.number_row(viewer, one) for one in others.get(customer.code_id, ())),
        ],
        attachments=[
            files.row(viewer, one, customer, keys)
            for one in customer.attachments.filter(deleted_at=None).order_by("-id")
        ],
        consents=consents.of_customer(viewer, customer, keys),
        fields=table,
        may=_may(viewer, customer) - ({"reveal"} if row.unopened else set()),
    )


def tree(viewer: Viewer, ref: Ref) -> TreeNode:
    """The family of a customer from its top ancestor down, at most 500 of them, in one query per level."""
    customer = _any(viewer, ref)
    top = customer
    for _ in range(_MOST_LEVELS):
        above = Customer.objects.filter(pk=top.parent_id).first() if top.parent_id else None
        if above is None:
            break
        top = above
    levels: list[list[Customer]] = [[top]]
    count = 1
    while levels[-1] and count < _MOST_NODES and len(levels) <= _MOST_LEVELS:
        ids = [one.pk for one in levels[-1]]
        below = Customer.objects.filter(Q(deleted_at=None) | Q(pk=customer.pk), parent__in=ids).order_by("code_id")
        levels.append(list(below[: _MOST_NODES - count]))
        count += len(levels[-1])
    known = [one for level in levels for one in level]
    reached = set(scope.visible(viewer).filter(pk__in=[one.pk for one in known]).values_list("pk", flat=True))
    return _node(viewer, top, known, {*reached, customer.pk}, customer.pk)


def history(
    viewer: Viewer, ref: Ref, *, before: str | None = None, limit: int = 50, table: dict[str, Field] | None = None
) -> Page[HistoryRow]:
    """The changes of a customer's fields, newest first; covered values stay covered. ``before`` is a page's ``next``."""
    customer = _any(viewer, ref)
    changes = FieldChange.objects.filter(customer=customer).select_related("batch").order_by("-at", "-id")
    if before and before.isascii() and before.isdecimal():
        edge = FieldChange.objects.filter(pk=int(before)).values_list("at", "id").first()
        changes = changes.filter(Q(at__lt=edge[0]) | Q(at=edge[0], id__lt=edge[1])) if edge else changes
    size = min(limit, _MOST_HISTORY)
    found = list(changes[: size + 1])
    fields = dict(record_fields.table()) if table is None else table
    owners = access.names(
        int(text) for change in found if change.field == "owner" for text in (change.old, change.new) if text
    )
    keys = sealed.Keys.of([customer])
    for change in found:
        change.old, change.new = sealed.change_of(change, customer.subject_id, keys)
    rows = [_history_row(viewer, customer, change, fields, owners) for change in found[:size]]
    return Page(rows, str(rows[-1].id) if len(found) > size else "")


def _history_row(
    viewer: Viewer, customer: Customer, change: FieldChange, table: dict[str, Field], owners: Mapping[int, str]
) -> HistoryRow:
    field = (
        table.get(change.field)
        or record_fields.TRACES.get(change.field)
        or Field(change.field, change.field, change.field, field_class="sensitive")
    )
    batch = change.batch
    return HistoryRow(
        id=change.pk,
        at=change.at,
        actor=change.actor,
        field=change.field,
        part=change.part,
        title=field.facts,
        old=_told(viewer, field, customer.kind, change.old, owners),
        new=_told(viewer, field, customer.kind, change.new, owners),
        batch=batch.uuid if batch else None,
        batch_kind=batch.kind if batch else "",
        batch_title=batch.title if batch else "",
    )


def _any(viewer: Viewer, ref: Ref) -> Customer:
    found = scope.visible(viewer).filter(scope.named([ref])).first()
    if found is None and viewer.may("customers.delete"):
        found = scope.visible(viewer, deleted=True).filter(scope.named([ref])).first()
    if found is None:
        raise UnknownCustomerError(ref)
    return found


def _may(viewer: Viewer, customer: Customer) -> frozenset[str]:
    owners = scope.reached_owners(viewer)
    is_reached = owners is None or customer.owner_id in owners
    if customer.deleted_at is not None:
        return frozenset({"restore"} if is_reached and viewer.may("customers.delete") else ())
    may_uncover = is_reached and viewer.may("customers.reveal")
    if customer.restricted_at is not None:
        answers = viewer.may("customers.erase")
        can = {"reveal": may_uncover and answers, "withdraw": is_reached and viewer.may("customers.edit")}
        return frozenset(name for name, allowed in can.items() if allowed)
    can = {
        "withdraw": is_reached and viewer.may("customers.edit"),
        "edit": is_reached and viewer.may("customers.edit"),
        "claim": customer.owner_id is None and viewer.user_id is not None and viewer.may("customers.edit"),
        "release": customer.owner_id is not None and is_reached and viewer.may("customers.edit"),
        "assign": is_reached and viewer.may("customers.assign"),
        "delete": is_reached and viewer.may("customers.delete"),
        "reveal": may_uncover,
        "tag": is_reached and viewer.may("tags.edit"),
    }
    return frozenset(name for name, allowed in can.items() if allowed)


def _node(viewer: Viewer, top: Customer, known: Sequence[Customer], reached: set[int], own: int) -> TreeNode:
    below: dict[int, list[Customer]] = {}
    for one in known:
        if one.pk != top.pk and one.parent_id is not None:
            below.setdefault(one.parent_id, []).append(one)

    names = showing.names(viewer, [one for one in known if one.pk in reached])

    def node(one: Customer) -> TreeNode:
        is_visible = one.pk in reached
        name = names.get(one.pk, "")
        children = tuple(node(child) for child in below.get(one.pk, ()))
        more = 0 if children or len(known) < _MOST_NODES else Customer.objects.filter(parent=one.pk).count()
        return TreeNode(one.pk, one.code_id, name, one.pk == own, is_visible, children, more)

    return node(top)


def _told(viewer: Viewer, field: Field, kind: str, value: Value | None, owners: Mapping[int, str]) -> str:
    if field.key == "owner":
        return owners.get(int(str(value)), str(value)) if value else ""
    shown, is_masked = showing.cover(viewer, field, kind, value or "")
    if is_masked:
        return "、".join(shown) if isinstance(shown, list) else shown
    return values.said(field, shown)[0 if viewer.language == "zh" else 1]
