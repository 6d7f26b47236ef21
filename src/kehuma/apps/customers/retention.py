"""How long what is kept of customers is kept: rules that put away or erase those with whom nothing happens any more.

A rule says which customers, and what becomes of them. It is switched on once its preview was seen, and then done by the
worker, a portion at a time. Those whose use is restricted, or who are to be kept (``held_for``), are never touched.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from kehuma.apps.audit import services as audit
from kehuma.apps.customers import binning, erasing, restricting, scope, showing
from kehuma.apps.customers.applying import By, note
from kehuma.apps.customers.data import Ref, RetentionFacts, RetentionPreview, RetentionRow
from kehuma.apps.customers.errors import CustomerError, FieldError, TakenError, UnknownError
from kehuma.apps.customers.fields import HOLDS
from kehuma.apps.customers.models import Consent, Customer, RetentionRule
from kehuma.apps.sealing import services as subjects
from kehuma.engine.cleaning.names import tidy_name
from kehuma.lib.viewer import Viewer

ACTIONS = ("bin", "erase")
LEAST_MONTHS, MOST_MONTHS = 1, 600
_COUNTED, _SHOWN, _PORTION = 10_000, 20, 200
# What one round may do: the rest follows the next day, and somebody who notices can switch the rule off.
_MOST = 5_000
# Customers with whom somebody still has something to do, for a subquery: packages above know.
Busy = Callable[[], QuerySet[Any, Any]]


def rules(viewer: Viewer) -> list[RetentionRow]:
    """All rules by name."""
    viewer.require("customers.erase")
    return [_as_row(one) for one in RetentionRule.objects.order_by("name")]


def rule(viewer: Viewer, number: int) -> RetentionRow:
    """One of them; UnknownError."""
    viewer.require("customers.erase")
    return _as_row(_rule(number))


def preview(viewer: Viewer, facts: RetentionFacts, *, busy: Busy, at: datetime) -> RetentionPreview:
    """How many customers the rule would reach now, and the first of them."""
    viewer.require("customers.erase")
    found = _meant(facts, busy, at)
    first = list(found.order_by("last_activity_at", "pk")[:_SHOWN])
    names = showing.names(viewer, [one for one in first if _is_reached(viewer, one)])
    rows = tuple((one.code_id, names.get(one.pk, ""), one.last_activity_at) for one in first)
    return RetentionPreview(found.order_by()[: _COUNTED + 1].count(), rows)


@transaction.atomic
def set_rule(viewer: Viewer, facts: RetentionFacts, *, number: int | None = None, at: datetime) -> int:
    """A new rule, or other facts for one; its id. It is off until it is switched on. FieldError, TakenError."""
    _require_all(viewer)
    name = tidy_name(facts.name)[:60]
    if not name or facts.action not in ACTIONS or facts.kind not in {"", "person", "enterprise"}:
        raise FieldError("retention-facts")
    if not LEAST_MONTHS <= facts.months <= MOST_MONTHS:
        raise FieldError("retention-months", least=LEAST_MONTHS, most=MOST_MONTHS)
    row = RetentionRule() if number is None else _rule(number)
    if RetentionRule.objects.filter(name=name).exclude(pk=row.pk).exists():
        raise TakenError("retention", name)
    row.name, row.kind, row.months, row.action = name, facts.kind, facts.months, facts.action
    row.spares_agreed, row.is_on = facts.spares_agreed, False
    row.save()
    _testify(viewer, row, "added" if number is None else "changed", at)
    return row.pk


@transaction.atomic
def switch_rule(viewer: Viewer, number: int, *, is_on: bool, at: datetime) -> None:
    """Have the rule done from the next round on, or no longer. UnknownError."""
    _require_all(viewer)
    row = _rule(number)
    row.is_on = is_on
    row.save(update_fields=["is_on"])
    _testify(viewer, row, "on" if is_on else "off", at)


@transaction.atomic
def remove_rule(viewer: Viewer, number: int, *, at: datetime) -> None:
    """Take a rule away; what it did stays done. UnknownError."""
    _require_all(viewer)
    row = _rule(number)
    _testify(viewer, row, "removed", at)
    row.delete()


@transaction.atomic
def hold(viewer: Viewer, ref: Ref, *, reason: str, at: datetime) -> None:
    """Keep a customer whatever the rules say, and refuse to erase it; "" lets it go. FieldError."""
    viewer.require("customers.erase")
    if reason and reason not in {one.key for one in HOLDS}:
        raise FieldError("hold-reason")
    customer = restricting.whole(viewer, ref)
    before = customer.held_for
    if before == reason:
        return
    customer.held_for = reason
    customer.save(update_fields=["held_for"])
    note([(customer, [("held_for", "", before, reason)])], By(viewer.actor, at))
    kind, told = ("customers.held", reason) if reason else ("customers.hold-ended", before)
    audit.record(kind, customer.code_id, {"reason": told}, actor=viewer.actor, at=at)


def run(viewer: Viewer, *, busy: Busy, at: datetime, most: int = _MOST) -> int:
    """Do the rules that are on, in portions of one transaction each; how many customers they have reached.

    Erasing works without the root key too: keys are destroyed, not opened.
    """
    _require_all(viewer)
    total = 0
    for row in RetentionRule.objects.filter(is_on=True).order_by("pk"):
        done = 0
        while done < most and (portion := _portion(viewer, row, busy, min(_PORTION, most - done), at)):
            done += portion
        RetentionRule.objects.filter(pk=row.pk).update(last_run_at=at, last_count=done)
        if done:
            detail = {"rule": row.name, "action": row.action, "customers": done}
            audit.record_alone("customers.retention-applied", str(row.pk), detail, actor=viewer.actor, at=at)
        total += done
    return total


@transaction.atomic
def _portion(viewer: Viewer, row: RetentionRule, busy: Busy, most: int, at: datetime) -> int:
    # Somebody may have switched it off meanwhile.
    if not RetentionRule.objects.filter(pk=row.pk, is_on=True).exists():
        return 0
    found = _meant(_as_row(row).facts, busy, at).select_for_update(of=("self",))
    customers = list(found.order_by("last_activity_at", "pk")[:most])
    if not customers:
        return 0
    if row.action == "bin":
        binning.put(customers, By(viewer.actor, at))
        codes = [one.code_id for one in customers]
        detail = {"customers": len(customers), "codes": codes, "rule": row.name}
        audit.record(
            "customers.deleted", codes[0] if len(codes) == 1 else "customers", detail, actor=viewer.actor, at=at
        )
        return len(customers)
    subjects.erase([one.subject_id for one in customers if one.subject_id], actor=viewer.actor, at=at)
    erasing.forget(customers, actor=viewer.actor, at=at)
    for one in customers:
        detail = {"reason": "retention", "rule": row.name}
        audit.record("customers.erased", one.code_id, detail, actor=viewer.actor, at=at)
    return len(customers)


def _meant(facts: RetentionFacts, busy: Busy, at: datetime) -> QuerySet[Customer]:
    """The customers that the rule reaches."""
    found = scope.usable(Customer.objects.filter(last_activity_at__lt=_edge(at, facts.months), held_for=""))
    if facts.kind:
        found = found.filter(kind=facts.kind)
    if facts.spares_agreed:
        found = found.filter(~Exists(Consent.objects.filter(customer=OuterRef("pk"), withdrawn_at=None)))
    if facts.action == "bin":
        found = found.filter(deleted_at=None)
    else:
        # Who has nothing under a key, or was erased before, has nothing left to erase.
        found = found.filter(subject__isnull=False, subject__erased_at=None)
    return found.exclude(pk__in=busy())


def _edge(at: datetime, months: int) -> datetime:
    """The same time of day so many months ago, or the last day of a shorter month.

    >>> _edge(datetime(2026, 3, 31), 1).date().isoformat()
    '2026-02-28'
    """
    local = timezone.localtime(at) if at.tzinfo else at
    year, month = divmod(local.year * 12 + local.month - 1 - months, 12)
    for day in range(local.day, 0, -1):
        try:
            return local.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    raise AssertionError


def _require_all(viewer: Viewer) -> None:
    """A rule reaches everybody's customers, and so does who makes one."""
    viewer.require("customers.erase")
    if viewer.scope != "all":
        raise CustomerError("retention-scope")


def _is_reached(viewer: Viewer, customer: Customer) -> bool:
    owners = scope.reached_owners(viewer)
    return owners is None or customer.owner_id is None or customer.owner_id in owners


def _rule(number: int) -> RetentionRule:
    row = RetentionRule.objects.filter(pk=number).first()
    if row is None:
        raise UnknownError("retention")
    return row


def _as_row(one: RetentionRule) -> RetentionRow:
    facts = RetentionFacts(one.name, one.kind, one.months, one.action, spares_agreed=one.spares_agreed)
    return RetentionRow(one.pk, facts, one.is_on, one.last_run_at, one.last_count)


def _testify(viewer: Viewer, row: RetentionRule, what: str, at: datetime) -> None:
    detail = {"what": what, "rule": row.name, "action": row.action, "months": row.months, "kind": row.kind}
    audit.record("customers.retention-set", str(row.pk), detail, actor=viewer.actor, at=at)
