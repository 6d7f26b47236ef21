"""For what a customer's data may be used, on which lawful basis, since when, and until when (用途与同意).

The purposes are the choices of one field of the record, ``CONSENTS``: its value names those that hold today, so it is
shown, asked for and written to files as any other field. What was agreed stands in rows of its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import cast

from django.db import transaction
from django.utils import timezone

from kehuma.apps.audit import services as audit
from kehuma.apps.customers import applying, scope, sealed, showing
from kehuma.apps.customers import fields as record
from kehuma.apps.customers.applying import By
from kehuma.apps.customers.belongings import key_for
from kehuma.apps.customers.data import ConsentRow, Ref, Value
from kehuma.apps.customers.errors import CustomerError, FieldError, UnknownError
from kehuma.apps.customers.fields import BASES, CONSENTS, WAYS
from kehuma.apps.customers.models import Consent, Customer
from kehuma.apps.customers.sealed import Keys, Unopened
from kehuma.apps.sealing.queries import Column
from kehuma.apps.sealing.services import seal_row
from kehuma.engine.cleaning.names import tidy_name
from kehuma.lib.db import rows
from kehuma.lib.viewer import Viewer

_NOTE = Column("customers_consent", "sealed")
_LONGEST = 500
_CHUNK = 500


@transaction.atomic
def give_consent(  # noqa: PLR0913 - one argument per fact
    viewer: Viewer,
    ref: Ref,
    purpose: str,
    *,
    given_on: date,
    basis: str = "consent",
    way: str = "written",
    note: str = "",
    at: datetime,
) -> int:
    """Note that a purpose holds from a day on; the id of the row. ``note`` says where the evidence is, and is sealed.

    FieldError for what is unknown or a day to come; CustomerError where the purpose holds already.
    """
    viewer.require("customers.edit")
    table = record.table()
    if purpose not in {one.key for one in table[CONSENTS].choices}:
        raise FieldError("unknown-purpose")
    if basis not in {one.key for one in BASES} or way not in {one.key for one in WAYS}:
        raise FieldError("consent-basis")
    if given_on > timezone.localtime(at).date():
        raise FieldError("consent-day")
    (customer,) = scope.editable(viewer, [ref])
    now = _now(customer)
    if purpose in now:
        raise CustomerError("consent-holds", code=customer.code_id)
    (number,) = rows.reserve_ids("customers_consent", 1)
    row = Consent(pk=number, customer=customer, purpose=purpose, basis=basis, way=way, given_on=given_on)
    row.actor, row.at = viewer.actor, at
    if said := tidy_name(note)[:_LONGEST]:
        row.sealed = seal_row(key_for(customer), _NOTE, {"note": said}, row=str(number))
    row.save(force_insert=True)
    applying.apply([(customer, {CONSENTS: [*now, purpose]})], table, By(viewer.actor, at))
    detail = {"purpose": purpose, "basis": basis, "way": way, "on": given_on.isoformat()}
    audit.record("customers.consent-given", customer.code_id, detail, actor=viewer.actor, at=at)
    return number


@transaction.atomic
def withdraw_consent(viewer: Viewer, ref: Ref, consent: int, *, at: datetime) -> None:
    """The purpose holds no longer; also where the use of the record is restricted. UnknownError."""
    viewer.require("customers.edit")
    (customer,) = scope.editable(viewer, [ref], restricted=True)
    row = Consent.objects.filter(pk=consent, customer=customer, withdrawn_at=None).first()
    if row is None:
        raise UnknownError("consent")
    row.withdrawn_at = at
    row.save(update_fields=["withdrawn_at"])
    left: Value = [one for one in _now(customer) if one != row.purpose]
    applying.apply([(customer, {CONSENTS: left})], record.table(), By(viewer.actor, at))
    detail = {"purpose": row.purpose, "on": row.given_on.isoformat()}
    audit.record("customers.consent-withdrawn", customer.code_id, detail, actor=viewer.actor, at=at)


def of_customer(viewer: Viewer, customer: Customer, keys: Keys) -> list[ConsentRow]:
    """What a customer has agreed to, what holds first; notes as the viewer may see them."""
    found = sorted(customer.consents.order_by("-given_on", "-id"), key=lambda one: one.withdrawn_at is not None)
    return [_row(viewer, one, customer, keys) for one in found]


def added(customer: Customer, values: Mapping[str, Value]) -> dict[str, Value]:
    """Values from a file: the purposes in them join those that hold, since a file does not withdraw."""
    given = values.get(CONSENTS)
    if not given:
        return {key: value for key, value in values.items() if key != CONSENTS}
    now = _now(customer)
    return {**values, CONSENTS: [*now, *(one for one in given if one not in now)]}


def keep(given: Iterable[tuple[int, Value | None]], by: By, *, way: str = "import") -> None:
    """Rows for purposes that stand in records by now, by the ids of the customers."""
    wanted = {pk: list(purposes) for pk, purposes in given if isinstance(purposes, list) and purposes}
    ids = list(wanted)
    known: dict[int, set[str]] = defaultdict(set)
    for start in range(0, len(ids), _CHUNK):
        held = Consent.objects.filter(customer__in=ids[start : start + _CHUNK], withdrawn_at=None)
        for pk, purpose in held.values_list("customer", "purpose"):
            known[pk].add(purpose)
    day = timezone.localtime(by.at).date()
    Consent.objects.bulk_create(
        [
            Consent(customer_id=pk, purpose=one, basis="consent", way=way, given_on=day, actor=by.actor, at=by.at)
            for pk, purposes in wanted.items()
            for one in purposes
            if one not in known[pk]
        ],
        batch_size=_CHUNK,
    )


def follow(customers: Sequence[Customer], by: By) -> None:
    """After records went back to what they were: what they name no longer is withdrawn."""
    for customer in customers:
        ended = Consent.objects.filter(customer=customer, withdrawn_at=None).exclude(purpose__in=_now(customer))
        ended.update(withdrawn_at=by.at)
    keep([(customer.pk, _now(customer)) for customer in customers], by)


def _now(customer: Customer) -> list[str]:
    return list(cast("list[str]", customer.custom.get(CONSENTS) or []))


def _row(viewer: Viewer, one: Consent, customer: Customer, keys: Keys) -> ConsentRow:
    note: Value = ""
    if one.sealed is not None:
        found = sealed.opened(keys.get(customer.subject_id), _NOTE, one.sealed, str(one.pk))
        note = found if isinstance(found, Unopened) else str(found["note"])
    shown, _ = showing.cover(viewer, record.BUILTIN["notes"], customer.kind, note)
    return ConsentRow(one.pk, one.purpose, one.basis, one.way, one.given_on, one.withdrawn_at, str(shown), one.actor)
