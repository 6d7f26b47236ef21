"""Whose customers a viewer reaches: its own, its team's or all, and for reading those in the public pool too."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import BigIntegerField, Q, QuerySet
from django.db.models.lookups import In, IsNull

from kehuma.apps.customers.data import Ref
from kehuma.apps.customers.errors import InBinError, OwnerError, RestrictedError, UnknownCustomerError
from kehuma.apps.customers.models import Customer
from kehuma.lib.db.hints import NotByIndex
from kehuma.lib.viewer import Viewer

_CHUNK = 500


def visible(viewer: Viewer, *, deleted: bool = False, is_narrowed: bool = True) -> QuerySet[Customer]:
    """The customers that the viewer may read. ``is_narrowed`` False says that no other condition leads to few rows."""
    viewer.require("customers.view")
    rows = Customer.objects.filter(deleted_at__isnull=not deleted)
    owners = reached_owners(viewer)
    if owners is None:
        return rows
    if not is_narrowed:
        return rows.filter(Q(owner=None) | Q(owner__in=owners))
    owner = NotByIndex("owner_id", output_field=BigIntegerField())
    return rows.filter(Q(IsNull(owner, True)) | Q(In(owner, owners)))  # noqa: FBT003 - Django's signature


def reached_owners(viewer: Viewer) -> list[int] | None:
    """The people whose customers the viewer reaches; None for everybody's."""
    if viewer.scope == "all":
        return None
    own = [viewer.user_id] if viewer.user_id is not None else []
    if viewer.scope == "own" or not viewer.team_ids:
        return own
    team = get_user_model().objects.filter(team_id__in=viewer.team_ids).values_list("pk", flat=True)
    return sorted({*team, *own})


def one(viewer: Viewer, ref: Ref, *, deleted: bool = False) -> Customer:
    """The customer of this name; UnknownCustomerError where there is none or the viewer does not reach it."""
    found = visible(viewer, deleted=deleted).filter(named([ref])).first()
    if found is None:
        raise UnknownCustomerError(ref)
    return found


def named(refs: Sequence[Ref]) -> Q:
    """The condition that picks customers by ids, uuids or codes."""
    ids = [ref for ref in refs if isinstance(ref, int)]
    uuids = [ref for ref in refs if isinstance(ref, UUID)]
    texts = [ref for ref in refs if isinstance(ref, str)]
    uuids += [uuid for text in texts if (uuid := _as_uuid(text))]
    codes = [text for text in texts if not _as_uuid(text)]
    parts = [
        Q(**{name: values})
        for name, values in (("pk__in", ids), ("uuid__in", uuids), ("code__identity__in", codes))
        if values
    ]
    condition = parts[0] if parts else Q(pk__in=[])
    for part in parts[1:]:
        condition |= part
    return condition


def editable(
    viewer: Viewer, refs: Sequence[Ref], *, pool: bool = False, deleted: bool = False, restricted: bool = False
) -> list[Customer]:
    """The customers to be changed, locked, in the order of their ids.

    UnknownCustomerError where one is beyond reach; RestrictedError where nothing may be done with one, unless
    ``restricted`` allows it. What lies in the public pool is changed only by who reaches
    everything, unless ``pool`` allows it.
    """
    found: list[Customer] = []
    for start in range(0, len(refs), _CHUNK):
        chunk = refs[start : start + _CHUNK]
        rows = list(
            visible(viewer, deleted=deleted).select_for_update(of=("self",)).filter(named(chunk)).order_by("pk")
        )
        _require_all(viewer, chunk, rows, deleted=deleted)
        found += rows
    for row in found:
        if not pool:
            require_owner(viewer, row)
        if not restricted:
            require_usable(row)
    return found


def usable(rows: QuerySet[Customer]) -> QuerySet[Customer]:
    """Of these the ones that something may be done with: without those whose use is restricted."""
    return rows.filter(restricted_at=None)


def require_usable(customer: Customer) -> None:
    """RestrictedError where the use of the record is restricted."""
    if customer.restricted_at is not None:
        raise RestrictedError(customer.code_id)


def require_owner(viewer: Viewer, customer: Customer) -> None:
    """OwnerError where the customer lies in the public pool and the viewer does not reach everything."""
    if customer.owner_id is None and viewer.scope != "all":
        raise OwnerError("not-owned", code=customer.code_id)


def _require_all(viewer: Viewer, refs: Sequence[Ref], rows: Sequence[Customer], *, deleted: bool) -> None:
    known = {name for row in rows for name in (row.pk, row.uuid, str(row.uuid), row.code_id)}
    missing = next((ref for ref in refs if ref not in known), None)
    if missing is None:
        return
    other = visible(viewer, deleted=not deleted).filter(named([missing])).first()
    if other is not None:
        raise InBinError("not-in-bin" if deleted else "in-bin", code=other.code_id)
    raise UnknownCustomerError(missing)


def _as_uuid(text: str) -> UUID | None:
    if len(text) != 36:
        return None
    try:
        return UUID(text)
    except ValueError:
        return None
